/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps memory bounded over hours: a window. It is a session and the
 * profiles that it fills, and when it has seen so much or lived so long, both
 * end and the next one begins, which finds again what is mapped now. So the
 * stacks, names and processes of an hour ago are gone with their window, and
 * what is shown is what happens now. The last window is shown until the next
 * one has something to show.
 */
#include "config.h"

#include "top.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "browser.h"
#include "browser_code.h"
#include "profiles.h"

#define NS_PER_SECOND 1000000000u

/* A window ends at so many distinct stacks: some 100 MB of deep ones. */
#define STACKS_MAX 100000

/* A new window is shown when it is so old. */
#define SHOWN_NS (5 * (uint64_t)NS_PER_SECOND)

struct window {
	struct lbrvirt_session *session; /* NULL: it has ended */
	struct profiles profiles;
	struct lbrvirt_resolver_opts resolver;
	uint64_t begun_ns;
	bool is_changed; /* since it was asked last */
};

struct top_live {
	struct lbrvirt_context *ctx;
	const struct top_opts *opts;
	const struct lbrvirt_plan *plan;
	struct browser_source source;
	char title[128];
	char *tids; /* filters; owned */
	char *dsos;
	struct window *now;
	struct window *before; /* shown still; NULL: now is */
	uint64_t looked_ns;    /* for the number of stacks */
	bool is_paused;
	bool has_ended; /* the targets are gone */
	int err;	/* a new window could not be opened */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static void window_free(struct window *window)
{
	if (!window)
		return;
	lbrvirt_session_close(window->session);
	profiles_fini(&window->profiles);
	free(window);
#ifdef __GLIBC__
	/* What the windows leave between each other's pieces adds up otherwise:
	 * to twice the memory in ten minutes of a machine that compiles. */
	malloc_trim(0);
#endif
}

static int take(const struct lbrvirt_record *record, void *arg)
{
	struct window *window = arg;

	window->is_changed |= record->type == PERF_RECORD_SAMPLE;
	return profiles_take(&window->profiles, record);
}

static int add_profiles(const struct top_live *live, struct window *window)
{
	size_t nr = lbrvirt_plan_event_count(live->plan);
	int err = 0;

	window->resolver.size = sizeof(window->resolver);
	window->resolver.has_verdict = true;
	window->profiles.ctx = live->ctx;
	window->profiles.wants_threads = true;
	window->profiles.opts.size = sizeof(window->profiles.opts);
	window->profiles.opts.resolver = &window->resolver;
	window->profiles.opts.tids = live->tids;
	window->profiles.opts.dsos = live->dsos;
	for (size_t i = 0; !err && i < nr; i++)
		err = profiles_add_event(
			&window->profiles,
			lbrvirt_plan_event(live->plan, i)->name);
	return err;
}

static int window_new(const struct top_live *live, struct window **ret_window)
{
	struct lbrvirt_session_opts opts = live->opts->session;
	struct window *window = calloc(1, sizeof(*window));
	int err = -ENOMEM;

	if (!window)
		return err;
	opts.record_fn = take;
	opts.record_arg = window;
	err = add_profiles(live, window);
	if (!err)
		err = lbrvirt_session_open(live->ctx, live->plan, &opts,
					   &window->session);
	if (!err)
		err = lbrvirt_session_start(window->session);
	if (err) {
		window_free(window);
		return err;
	}
	window->begun_ns = now_ns();
	*ret_window = window;
	return 0;
}

/* No more samples; what it saw can be looked at still. */
static void end_session(struct window *window)
{
	/* What cannot be drained any more is not worth ending for. */
	if (window->session)
		(void)lbrvirt_session_finish(window->session);
	lbrvirt_session_close(window->session);
	window->session = NULL;
}

/* Two sessions at a time would sample each other, and want twice the rings. */
static int roll(struct top_live *live, bool keeps_shown)
{
	struct window *next;
	int err;

	end_session(live->now);
	err = window_new(live, &next);
	if (err)
		return err;
	if (keeps_shown && !live->before) {
		live->before = live->now;
	} else {
		window_free(live->now);
		if (!keeps_shown) {
			window_free(live->before);
			live->before = NULL;
		}
	}
	live->now = next;
	return 0;
}

static struct window *shown(const struct top_live *live)
{
	return live->before ? live->before : live->now;
}

static bool is_full(const struct top_live *live)
{
	for (size_t i = 0; i < live->now->profiles.nr; i++) {
		struct lbrvirt_profile *profile =
			live->now->profiles.events[i].profile;

		if (lbrvirt_profile_totals(profile)->nr_stacks > STACKS_MAX)
			return true;
	}
	return false;
}

/* What the clock asks for. */
static int keep_window(struct top_live *live, bool *is_changed)
{
	uint64_t now = now_ns();
	uint64_t age = now - live->now->begun_ns;

	if (live->before && age >= SHOWN_NS) {
		window_free(live->before);
		live->before = NULL;
		*is_changed = true;
	}
	if (now - live->looked_ns < NS_PER_SECOND)
		return 0;
	live->looked_ns = now;
	if (age < live->opts->window_ns && !is_full(live))
		return 0;
	*is_changed = true;
	return roll(live, true);
}

int top_live_poll(void *arg, int timeout_ms, bool *ret_is_changed)
{
	struct top_live *live = arg;
	int state;

	*ret_is_changed = false;
	if (live->err)
		return live->err;
	if (live->has_ended)
		return 0;
	if (live->is_paused || !live->now->session) {
		const struct timespec turn = { .tv_nsec =
						       timeout_ms * 1000000L };

		nanosleep(&turn, NULL);
		return 1;
	}
	state = lbrvirt_session_poll(live->now->session, timeout_ms);
	if (state < 0)
		return state;
	if (state == 0) {
		end_session(live->now);
		window_free(live->before);
		live->before = NULL;
		live->has_ended = true;
		*ret_is_changed = true;
		snprintf(live->title, sizeof(live->title), "top: it ended ");
		return 0;
	}
	*ret_is_changed = shown(live)->is_changed;
	shown(live)->is_changed = false;
	state = keep_window(live, ret_is_changed);
	return state < 0 ? state : 1;
}

static size_t nr_events(void *arg)
{
	const struct top_live *live = arg;

	return shown(live)->profiles.nr;
}

static const char *event_name(void *arg, size_t event)
{
	const struct top_live *live = arg;

	return shown(live)->profiles.events[event].name;
}

static struct lbrvirt_profile *profile_of(void *arg, size_t event)
{
	const struct top_live *live = arg;

	return shown(live)->profiles.events[event].profile;
}

static const struct browser_thread *threads_of(void *arg, size_t *ret_nr)
{
	struct top_live *live = arg;

	return thread_list_by_samples(&shown(live)->profiles.threads, ret_nr);
}

static int code_of(void *arg, size_t event, const char *symbol, const char *dso,
		   struct code_text *ret_code, char *ret_why, size_t why_size)
{
	const struct top_live *live = arg;

	return browser_code_make(live->ctx, profile_of(arg, event), NULL,
				 symbol, dso, ret_code, ret_why, why_size);
}

static void restart(void *arg)
{
	struct top_live *live = arg;

	if (!live->has_ended)
		live->err = roll(live, false);
}

static void pause_or_go_on(void *arg, bool is_paused)
{
	struct top_live *live = arg;

	if (live->has_ended)
		return;
	live->is_paused = is_paused;
	if (is_paused)
		end_session(live->now);
	else
		live->err = roll(live, true);
}

/* Replaces a copy; 0 or -ENOMEM. */
static int replace(char **place, const char *value)
{
	char *copy = value ? strdup(value) : NULL;

	if (value && !copy)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

static int refilter(void *arg, const struct browser_filter *filter,
		    char *ret_why, size_t why_size)
{
	struct top_live *live = arg;
	int err;

	if (filter->time || live->has_ended || live->is_paused) {
		snprintf(
			ret_why, why_size, "%s",
			filter->time ?
				"top shows what is now: record, then report --time" :
			live->is_paused ?
				"go on first, with Space: filters begin afresh" :
				"nothing is sampled any more, so nothing is left to filter");
		return -EINVAL;
	}
	err = replace(&live->tids, filter->tids);
	if (!err)
		err = replace(&live->dsos, filter->dsos);
	if (!err)
		err = roll(live, false);
	/* Without a session, nothing is there to go on with. */
	live->err = err;
	if (err)
		snprintf(ret_why, why_size, "%s",
			 lbrvirt_context_error(live->ctx));
	return err;
}

int top_live_new(struct lbrvirt_context *ctx, const struct top_opts *opts,
		 const struct lbrvirt_plan *plan, struct top_live **ret_live)
{
	struct top_live *live = calloc(1, sizeof(*live));
	int err;

	if (!live)
		return -ENOMEM;
	live->ctx = ctx;
	live->opts = opts;
	live->plan = plan;
	err = window_new(live, &live->now);
	if (err) {
		top_live_free(live);
		return err;
	}
	snprintf(live->title, sizeof(live->title),
		 "top: forgets each %" PRIu64 " s ",
		 opts->window_ns / NS_PER_SECOND);
	live->source = (struct browser_source){
		.title = live->title,
		.is_live = true,
		.arg = live,
		.nr_events = nr_events,
		.event_name = event_name,
		.profile = profile_of,
		.threads = threads_of,
		.refilter = refilter,
		.restart = restart,
		.pause = pause_or_go_on,
		.code = code_of,
		.first_page = BROWSER_FLAT,
	};
	*ret_live = live;
	return 0;
}

void top_live_free(struct top_live *live)
{
	if (!live)
		return;
	window_free(live->now);
	window_free(live->before);
	free(live->tids);
	free(live->dsos);
	free(live);
}

const struct browser_source *top_live_source(struct top_live *live)
{
	return &live->source;
}
