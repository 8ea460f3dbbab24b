/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter lists are spelled as perf report's: names and numbers separated
 * by commas. C++ names hold commas of their own, so a comma within brackets
 * does not end a name.
 */
#include "config.h"

#include "profile/filter.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

#define NSEC_PER_SEC 1000000000ull
#define PERCENT_UNIT 1000ull /* percents are kept in thousandths */

static int add_name(struct name_list *list, const char *name, size_t size)
{
	char **names = reallocarray(list->names, list->nr + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	list->names = names;
	names[list->nr] = strndup(name, size);
	if (!names[list->nr])
		return -ENOMEM;
	list->nr++;
	return 0;
}

/* Length of the first name in @text: up to a comma outside of brackets. */
static size_t name_length(const char *text)
{
	int depth = 0;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (strchr("(<[{", text[i]))
			depth++;
		else if (strchr(")>]}", text[i]) && depth > 0)
			depth--;
		else if (text[i] == ',' && depth == 0)
			break;
	}
	return i;
}

static int parse_names(const char *text, struct name_list *list)
{
	const char *rest = text;
	int err = 0;

	if (!text)
		return 0;
	/* Whole too: "operator<" upsets the count of brackets. */
	err = add_name(list, text, strlen(text));
	while (!err && *rest != '\0') {
		size_t length = name_length(rest);

		if (length != strlen(text))
			err = add_name(list, rest, length);
		rest += length;
		if (*rest == ',')
			rest++;
	}
	return err;
}

static bool parse_number(const char **text, uint64_t *ret_number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*ret_number = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0;
}

/* "1,4-6": ids, CPUs. */
static int parse_numbers(const char *text, struct number_list *list)
{
	if (!text)
		return 0;
	for (;;) {
		struct number_range range;
		struct number_range *ranges;

		if (!parse_number(&text, &range.first))
			return -EINVAL;
		range.last = range.first;
		if (*text == '-') {
			text++;
			if (!parse_number(&text, &range.last) ||
			    range.last < range.first)
				return -EINVAL;
		}
		ranges = reallocarray(list->ranges, list->nr + 1,
				      sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		list->ranges = ranges;
		ranges[list->nr++] = range;
		if (*text == '\0')
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

/*
 * A decimal number in units of 10^-@digits: seconds to nanoseconds, percents to
 * thousandths. Digits beyond that are read and dropped.
 */
static bool parse_decimal(const char **text, int digits, uint64_t *ret_value)
{
	uint64_t scale = 1;
	uint64_t value;

	for (int i = 0; i < digits; i++)
		scale *= 10;
	if (!parse_number(text, &value) ||
	    __builtin_mul_overflow(value, scale, &value))
		return false;
	if (**text == '.') {
		for ((*text)++; isdigit((unsigned char)**text); (*text)++) {
			scale /= 10;
			if (__builtin_add_overflow(
				    value, scale * (uint64_t)(**text - '0'),
				    &value))
				return false;
		}
	}
	*ret_value = value;
	return true;
}

static bool parse_percents(const char *text, struct filter *filter)
{
	if (!parse_decimal(&text, 3, &filter->time_first) || *text++ != '%' ||
	    *text++ != '-' || !parse_decimal(&text, 3, &filter->time_last) ||
	    *text++ != '%' || *text != '\0')
		return false;
	filter->is_percent = true;
	return filter->time_last <= 100 * PERCENT_UNIT;
}

static bool parse_seconds(const char *text, struct filter *filter)
{
	filter->time_first = 0;
	filter->time_last = UINT64_MAX;
	if (*text != ',' && !parse_decimal(&text, 9, &filter->time_first))
		return false;
	if (*text++ != ',')
		return false;
	if (*text != '\0' && !parse_decimal(&text, 9, &filter->time_last))
		return false;
	return *text == '\0';
}

static int parse_time(const char *text, struct filter *filter)
{
	if (!text)
		return 0;
	filter->has_time = true;
	if (strchr(text, '%') ? !parse_percents(text, filter) :
				!parse_seconds(text, filter))
		return -EINVAL;
	return filter->time_first <= filter->time_last ? 0 : -EINVAL;
}

static int parse_lists(struct lbrvirt_context *ctx,
		       const struct lbrvirt_profile_opts *opts,
		       struct filter *filter)
{
	const struct {
		const char *what;
		const char *text;
		struct number_list *list;
	} lists[] = {
		{ "process ids", opts->pids, &filter->pids },
		{ "thread ids", opts->tids, &filter->tids },
		{ "CPUs", opts->cpus, &filter->cpus },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		int err = parse_numbers(lists[i].text, lists[i].list);

		if (err == -EINVAL)
			return error_set(
				ctx, EINVAL,
				"cannot read the %s '%s': write numbers as in 1,4-6",
				lists[i].what, lists[i].text);
		if (err)
			return error_set(ctx, ENOMEM, "out of memory");
	}
	return 0;
}

int filter_init(struct lbrvirt_context *ctx,
		const struct lbrvirt_profile_opts *opts, struct filter *filter)
{
	int err = parse_lists(ctx, opts, filter);

	if (err)
		return err;
	if (parse_time(opts->time, filter))
		return error_set(
			ctx, EINVAL,
			"cannot read the time '%s': write seconds as A,B (either may be empty) or a share as 10%%-20%%",
			opts->time);
	if (parse_names(opts->comms, &filter->comms) ||
	    parse_names(opts->dsos, &filter->dsos) ||
	    parse_names(opts->symbols, &filter->symbols))
		return error_set(ctx, ENOMEM, "out of memory");
	return 0;
}

static void free_names(struct name_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		free(list->names[i]);
	free(list->names);
}

void filter_fini(struct filter *filter)
{
	free_names(&filter->comms);
	free_names(&filter->dsos);
	free_names(&filter->symbols);
	free(filter->pids.ranges);
	free(filter->tids.ranges);
	free(filter->cpus.ranges);
	memset(filter, 0, sizeof(*filter));
}

/* Whether a list takes a value that is only there if @is_known. */
static bool takes_number(const struct number_list *list, bool is_known,
			 uint64_t number)
{
	if (!list->ranges)
		return true;
	for (size_t i = 0; is_known && i < list->nr; i++)
		if (number >= list->ranges[i].first &&
		    number <= list->ranges[i].last)
			return true;
	return false;
}

static bool takes_name(const struct name_list *list, const char *name)
{
	for (size_t i = 0; i < list->nr; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}

bool filter_takes_sample(const struct filter *filter,
			 const struct lbrvirt_record *record)
{
	bool has_tid = record->fields & PERF_SAMPLE_TID;

	if (!takes_number(&filter->pids, has_tid, record->pid) ||
	    !takes_number(&filter->tids, has_tid, record->tid) ||
	    !takes_number(&filter->cpus, record->fields & PERF_SAMPLE_CPU,
			  record->cpu))
		return false;
	if (!filter->has_time)
		return true;
	if (!(record->fields & PERF_SAMPLE_TIME))
		return false;
	return filter->is_percent || (record->time_ns >= filter->time_first &&
				      record->time_ns <= filter->time_last);
}

bool filter_takes_comm(const struct filter *filter, const char *comm)
{
	return !filter->comms.names || takes_name(&filter->comms, comm);
}

bool filter_takes_leaf(const struct filter *filter,
		       const struct lbrvirt_symbol *symbols, size_t nr)
{
	assert(nr > 0);

	if (filter->dsos.names) {
		const char *dso = symbols[nr - 1].dso;
		const char *slash = strrchr(dso, '/');

		if (!takes_name(&filter->dsos, dso) &&
		    !(slash && takes_name(&filter->dsos, slash + 1)))
			return false;
	}
	if (!filter->symbols.names)
		return true;
	for (size_t i = 0; i < nr; i++)
		if (takes_name(&filter->symbols, symbols[i].name))
			return true;
	return false;
}

void filter_percent_range(const struct filter *filter, uint64_t first,
			  uint64_t last, struct number_range *ret_range)
{
	uint64_t span = last - first;
	/* Split so that a span of centuries does not overflow. */
	uint64_t unit = span / (100 * PERCENT_UNIT);
	uint64_t rest = span % (100 * PERCENT_UNIT);

	assert(filter->is_percent && first <= last);

	ret_range->first = first + unit * filter->time_first +
			   rest * filter->time_first / (100 * PERCENT_UNIT);
	ret_range->last = first + unit * filter->time_last +
			  rest * filter->time_last / (100 * PERCENT_UNIT);
}
