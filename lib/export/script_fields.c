/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names and defaults are those of perf script (tools/perf/Documentation/
 * perf-script.txt, Linux 6.1), so that a command line can be carried over.
 */
#include "config.h"

#include "export/script_fields.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

#define DEFAULTS                                                              \
	(SCRIPT_COMM | SCRIPT_TID | SCRIPT_CPU | SCRIPT_TIME | SCRIPT_EVENT | \
	 SCRIPT_IP | SCRIPT_SYM | SCRIPT_SYMOFF | SCRIPT_DSO | SCRIPT_PERIOD)

struct field {
	const char *name;
	unsigned int bit;
	uint64_t sample_type; /* 0: every sample has it */
	const char *attribute;
};

static const struct field known[] = {
	{ "comm", SCRIPT_COMM, 0, NULL },
	{ "pid", SCRIPT_PID, PERF_SAMPLE_TID, "TID" },
	{ "tid", SCRIPT_TID, PERF_SAMPLE_TID, "TID" },
	{ "time", SCRIPT_TIME, PERF_SAMPLE_TIME, "TIME" },
	{ "cpu", SCRIPT_CPU, PERF_SAMPLE_CPU, "CPU" },
	{ "event", SCRIPT_EVENT, 0, NULL },
	{ "period", SCRIPT_PERIOD, 0, NULL },
	{ "addr", SCRIPT_ADDR, PERF_SAMPLE_ADDR, "ADDR" },
	{ "weight", SCRIPT_WEIGHT,
	  PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT, "WEIGHT" },
	{ "ip", SCRIPT_IP, PERF_SAMPLE_IP, "IP" },
	{ "sym", SCRIPT_SYM, 0, NULL },
	{ "symoff", SCRIPT_SYMOFF, 0, NULL },
	{ "dso", SCRIPT_DSO, 0, NULL },
	{ "srcline", SCRIPT_SRCLINE, 0, NULL },
	{ "brstack", SCRIPT_BRSTACK, 0, NULL },
	{ "brstacksym", SCRIPT_BRSTACKSYM, 0, NULL },
	{ "brstackoff", SCRIPT_BRSTACKOFF, 0, NULL },
	{ "phys_addr", SCRIPT_PHYS_ADDR, PERF_SAMPLE_PHYS_ADDR, "PHYS_ADDR" },
	{ "data_page_size", SCRIPT_DATA_PAGE, PERF_SAMPLE_DATA_PAGE_SIZE,
	  "DATA_PAGE_SIZE" },
	{ "code_page_size", SCRIPT_CODE_PAGE, PERF_SAMPLE_CODE_PAGE_SIZE,
	  "CODE_PAGE_SIZE" },
};

#define NR_KNOWN (sizeof(known) / sizeof(known[0]))

static const struct field *find_field(const char *name, size_t length)
{
	for (size_t i = 0; i < NR_KNOWN; i++)
		if (strlen(known[i].name) == length &&
		    strncmp(known[i].name, name, length) == 0)
			return &known[i];
	return NULL;
}

static bool is_sign(char c)
{
	return c == '+' || c == '-';
}

/* One word of the list: "comm", or "+brstack", "-period" among others alike. */
static int parse_word(struct lbrvirt_context *ctx, const char *word,
		      size_t length, bool has_sign,
		      struct script_fields *fields)
{
	const struct field *field;
	bool is_minus = word[0] == '-';

	if (is_sign(word[0]) != has_sign)
		return error_set(
			ctx, EINVAL,
			"fields with + or - change the default, those without replace it: '%.*s' does not fit the ones before it",
			(int)length, word);
	if (has_sign) {
		word++;
		length--;
	}
	field = find_field(word, length);
	if (!field)
		return error_set(
			ctx, EINVAL,
			"no such field: '%.*s'; known are comm, pid, tid, time, cpu, event, period, addr, weight, ip, sym, symoff, dso, srcline, brstack, brstacksym, brstackoff, phys_addr, data_page_size and code_page_size",
			(int)length, word);
	if (is_minus) {
		fields->wanted &= ~field->bit;
		fields->named &= ~field->bit;
	} else {
		fields->wanted |= field->bit;
		fields->named |= field->bit;
	}
	return 0;
}

static int check_together(struct lbrvirt_context *ctx, unsigned int wanted)
{
	if ((wanted & SCRIPT_SYMOFF) && !(wanted & SCRIPT_SYM))
		return error_set(ctx, EINVAL,
				 "the field symoff needs sym: name that too");
	if ((wanted & SCRIPT_SRCLINE) && !(wanted & SCRIPT_IP))
		return error_set(ctx, EINVAL,
				 "the field srcline needs ip: name that too");
	return 0;
}

int script_fields_parse(struct lbrvirt_context *ctx, const char *text,
			struct script_fields *ret_fields)
{
	struct script_fields fields = { .wanted = DEFAULTS };
	bool has_sign = text && is_sign(text[0]);
	int err = 0;

	if (!text) {
		*ret_fields = fields;
		return 0;
	}
	if (!has_sign)
		fields.wanted = 0;
	for (;;) {
		size_t length = strcspn(text, ",");

		err = parse_word(ctx, text, length, has_sign, &fields);
		if (err)
			return err;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	err = check_together(ctx, fields.wanted);
	if (!err)
		*ret_fields = fields;
	return err;
}

/* perf keeps one list of fields a type; all types of its own PMUs share one. */
static uint32_t type_of(const struct lbrvirt_event *event)
{
	return event->attr.type < PERF_TYPE_MAX ? event->attr.type :
						  PERF_TYPE_MAX;
}

static const struct lbrvirt_event *
first_of_type(const struct lbrvirt_perfdata *data,
	      const struct lbrvirt_event *event)
{
	size_t nr = lbrvirt_perfdata_event_count(data);

	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_event *other =
			lbrvirt_perfdata_event(data, i);

		if (other && type_of(other) == type_of(event))
			return other;
	}
	return event;
}

int script_fields_of(struct lbrvirt_context *ctx,
		     const struct script_fields *fields,
		     const struct lbrvirt_perfdata *data,
		     const struct lbrvirt_event *event,
		     unsigned int *ret_fields)
{
	const struct lbrvirt_event *first = first_of_type(data, event);
	unsigned int wanted = fields->wanted;

	for (size_t i = 0; i < NR_KNOWN; i++) {
		const struct field *field = &known[i];

		if (!(wanted & field->bit) || !field->sample_type ||
		    (first->attr.sample_type & field->sample_type))
			continue;
		if (fields->named & field->bit)
			return error_set(
				ctx, EINVAL,
				"samples of the event '%s' have no %s: the field '%s' cannot be printed",
				first->name, field->attribute, field->name);
		wanted &= ~field->bit;
	}
	*ret_fields = wanted;
	return 0;
}
