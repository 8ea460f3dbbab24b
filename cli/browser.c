/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Draw, wait for a key, hand it to the model. A live source takes its turn in
 * between; its profiles are shown anew once a second, and before each key,
 * since the rows of the model are gone with the next sample.
 */
#include "config.h"

#include "browser.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "browser_model.h"
#include "browser_view.h"
#include "terminal.h"

#define NS_PER_SECOND 1000000000

/* A live source's turn: longer is fewer wakes, shorter is quicker keys. */
#define TURN_MS 40

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* 1, 0 when the user has enough, or a negative error. */
static int take_keys(struct browser_model *model, int timeout_ms)
{
	int key = terminal_key(timeout_ms);

	return browser_model_key(model, key);
}

static int run_still(struct browser_model *model)
{
	int more = 1;

	while (more > 0) {
		browser_view_draw(model);
		more = take_keys(model, -1);
	}
	return more;
}

static int run_live(struct browser_model *model, browser_poll_fn poll)
{
	uint64_t shown_ns = 0;
	bool is_stale = true; /* the rows */
	bool goes_on = true;
	int more = 1;

	while (more > 0) {
		uint64_t now = now_ns();
		bool is_changed = false;
		int key;

		if (goes_on) {
			int state =
				poll(model->source->arg, TURN_MS, &is_changed);

			if (state < 0)
				return state;
			goes_on = state > 0;
			is_stale |= is_changed;
		}
		/* Its last samples are shown before nothing more is waited for. */
		key = terminal_key(goes_on ? 0 : is_stale ? TURN_MS : -1);
		if (key == BROWSER_KEY_NONE && now - shown_ns < NS_PER_SECOND)
			continue;
		if (is_stale) {
			int err;

			model->is_code_stale = true;
			err = browser_model_refresh(model);
			if (err)
				return err;
			is_stale = false;
		}
		more = browser_model_key(model, key);
		browser_view_draw(model);
		if (key == BROWSER_KEY_NONE)
			shown_ns = now;
	}
	return more;
}

enum browser_end browser_run(const struct browser_source *source,
			     browser_poll_fn poll, int *ret_err)
{
	struct browser_model model;
	int number = 0;
	int err;

	if (terminal_open())
		return BROWSER_UNUSABLE;
	err = browser_model_init(&model, source);
	if (!err)
		err = poll ? run_live(&model, poll) : run_still(&model);
	number = terminal_end_signal();
	browser_model_fini(&model);
	terminal_close();
	if (number) {
		*ret_err = number;
		return BROWSER_SIGNALLED;
	}
	*ret_err = err;
	return err < 0 ? BROWSER_FAILED : BROWSER_LEFT;
}
