/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The block that people read before a recording and atop a report: the source
 * of stacks in one line, then each better source in a row of a table, with
 * reasons broken to their column. A reason that repeats is said once.
 */
#include "config.h"

#include "event/plan_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "event/ladder.h"

#define COLUMNS	   78
#define LABEL_SIZE 48

struct page {
	struct buffer *text;
	size_t column; /* where the next letter goes, from 0 */
	size_t indent; /* where broken lines go on */
	bool is_failed;
};

static void append(struct page *page, const char *bytes, size_t size)
{
	if (buffer_append(page->text, bytes, size))
		page->is_failed = true;
	page->column += size;
}

static void break_line(struct page *page)
{
	append(page, "\n", 1);
	page->column = 0;
}

static void move_to(struct page *page, size_t column)
{
	while (page->column < column && !page->is_failed)
		append(page, " ", 1);
}

/* Words with one blank between, broken before the last column. */
static void write_words(struct page *page, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, " ");

		if (page->column > page->indent &&
		    page->column + 1 + length > COLUMNS)
			break_line(page);
		if (page->column < page->indent)
			move_to(page, page->indent);
		else if (page->column > page->indent)
			append(page, " ", 1);
		append(page, words, length);
		words += length;
		words += strspn(words, " ");
	}
}

static const char *describe(enum lbrvirt_stack_source source)
{
	static const char *const texts[] = {
		[LBRVIRT_STACK_NONE] = "none",
		[LBRVIRT_STACK_FP] = "by frame pointers (fp)",
		[LBRVIRT_STACK_DWARF] = "unwound from .eh_frame (dwarf)",
		[LBRVIRT_STACK_LBR] = "from branch records (lbr)",
		[LBRVIRT_STACK_LBR_JOINED] =
			"from branch records, continued by unwinding (lbr+dwarf)",
	};

	return texts[source];
}

static void write_rate(struct page *page, const struct perf_event_attr *attr)
{
	char rate[64];

	if (attr->freq)
		snprintf(rate, sizeof(rate), "at %" PRIu64 " Hz",
			 (uint64_t)attr->sample_freq);
	else if (attr->sample_period == 1)
		snprintf(rate, sizeof(rate), "each time");
	else
		snprintf(rate, sizeof(rate), "every %" PRIu64 " events",
			 (uint64_t)attr->sample_period);
	write_words(page, rate);
}

static bool has_same_rate(const struct perf_event_attr *a,
			  const struct perf_event_attr *b)
{
	return a->freq == b->freq && a->sample_period == b->sample_period;
}

/* "on cycles and page-faults at 999 Hz, on sched:sched_switch each time" */
static void write_events(struct page *page, const struct lbrvirt_plan *plan)
{
	write_words(page, "on");
	for (size_t i = 0; i < plan->nr_requests; i++) {
		const struct lbrvirt_event *event = &plan->events[i];
		bool is_last = i + 1 == plan->nr_requests;
		bool is_joined = !is_last &&
				 has_same_rate(&event->attr, &event[1].attr);
		char name[512];

		snprintf(name, sizeof(name), "%s%s", event->name,
			 is_joined ? "," : "");
		write_words(page, name);
		if (is_joined)
			continue;
		write_rate(page, &event->attr);
		if (!is_last)
			write_words(page, "and on");
	}
}

static void label_step(const struct lbrvirt_plan_step *step, char *ret_label)
{
	snprintf(ret_label, LABEL_SIZE, "%s on %s",
		 lbrvirt_stack_source_name(step->source), step->event);
}

static size_t widest_label(const struct lbrvirt_plan *plan)
{
	char label[LABEL_SIZE];
	size_t widest = 0;

	for (size_t i = 0; i < plan->nr_steps; i++) {
		size_t length;

		if (plan->steps[i].is_taken)
			continue;
		label_step(&plan->steps[i], label);
		length = strlen(label);
		if (length > widest)
			widest = length;
	}
	return widest;
}

static bool is_same_reason(const struct lbrvirt_plan *plan, size_t i)
{
	/* Interned: equal texts are one. */
	return i > 0 && plan->steps[i].reason == plan->steps[i - 1].reason;
}

static void write_step(struct page *page, const struct lbrvirt_plan *plan,
		       size_t i, size_t width)
{
	char label[LABEL_SIZE];

	label_step(&plan->steps[i], label);
	page->indent = 2;
	write_words(page, label);
	page->indent = 2 + width + 2;
	move_to(page, page->indent);
	if (is_same_reason(plan, i)) {
		write_words(page, "no: same reason");
	} else {
		write_words(page, "no:");
		write_words(page, plan->steps[i].reason);
	}
	break_line(page);
}

int plan_text_write(struct lbrvirt_plan *plan)
{
	struct page page = { .text = &plan->text, .indent = 4 };
	size_t width = widest_label(plan);
	char head[128];

	append(&page, "call stacks:", strlen("call stacks:"));
	snprintf(head, sizeof(head), "%s,", describe(plan->source));
	write_words(&page, head);
	write_events(&page, plan);
	if (plan->branch_filter)
		write_words(&page, "with branch records");
	break_line(&page);
	for (size_t i = 0; i < plan->nr_steps; i++)
		if (!plan->steps[i].is_taken)
			write_step(&page, plan, i, width);
	append(&page, "", 1);
	plan->text.size--;
	return page.is_failed ? -ENOMEM : 0;
}
