/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How sysfs describes a PMU: "type" is a number for perf_event_attr.type,
 * format/TERM says which bits of which config word a term sets
 * ("config:0-7,32"), events/NAME holds terms under a name
 * (Documentation/ABI/testing/sysfs-bus-event_source-devices-format, -events).
 */
#include "config.h"

#include "event/event_pmu.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define DEVICES	 "/sys/bus/event_source/devices"
#define WORD_MAX 63

struct pmu_term {
	char name[WORD_MAX + 1];
	uint64_t value;
	bool has_value;
};

struct pmu_parser {
	struct lbrvirt_context *ctx;
	struct machine *machine;
	struct perf_event_attr *attr;
	char pmu[WORD_MAX + 1];
};

/* A name that may stand in a path: no slash, not hidden. */
static bool copy_word(const char *text, size_t length, char *ret_word)
{
	if (length == 0 || length > WORD_MAX || text[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!isalnum(c) && !strchr("_-.", c))
			return false;
	}
	memcpy(ret_word, text, length);
	ret_word[length] = '\0';
	return true;
}

static int read_pmu_file(struct pmu_parser *parser, const char *folder,
			 const char *name, struct buffer *text)
{
	char path[sizeof(DEVICES) + 3 * WORD_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/%s/%s", parser->pmu, folder,
		 name);
	return parser->machine->ops->read_file(parser->machine, path, text);
}

static uint64_t mask_of(unsigned int low, unsigned int high)
{
	unsigned int width = high - low + 1;

	return (width == 64 ? ~0ull : (1ull << width) - 1) << low;
}

/* Spread @value over the bit ranges of "0-7,32"; -EOVERFLOW: too large. */
static int place_bits(const char *ranges, uint64_t value, uint64_t *word)
{
	while (*ranges && *ranges != '\n') {
		char *end;
		unsigned long low = strtoul(ranges, &end, 10);
		unsigned long high = low;
		unsigned int width;

		if (end == ranges)
			return -EBADMSG;
		if (*end == '-')
			high = strtoul(end + 1, &end, 10);
		if (high > 63 || low > high)
			return -EBADMSG;
		width = (unsigned int)(high - low + 1);
		*word &= ~mask_of((unsigned int)low, (unsigned int)high);
		*word |= (value << low) &
			 mask_of((unsigned int)low, (unsigned int)high);
		value = width == 64 ? 0 : value >> width;
		ranges = end + (*end == ',');
	}
	return value ? -EOVERFLOW : 0;
}

static __u64 *config_word(struct perf_event_attr *attr, const char *name,
			  size_t length)
{
	if (length == 6 && memcmp(name, "config", 6) == 0)
		return &attr->config;
	if (length == 7 && memcmp(name, "config1", 7) == 0)
		return &attr->config1;
	if (length == 7 && memcmp(name, "config2", 7) == 0)
		return &attr->config2;
	return NULL;
}

/* "config:0-7,32" applied to one value. */
static int apply_format(struct pmu_parser *parser, const char *format,
			uint64_t value)
{
	const char *colon = strchr(format, ':');
	__u64 *word = colon ? config_word(parser->attr, format,
					  (size_t)(colon - format)) :
			      NULL;
	uint64_t bits;
	int err;

	if (!word)
		return -EBADMSG;
	bits = *word;
	err = place_bits(colon + 1, value, &bits);
	if (!err)
		*word = bits;
	return err;
}

static int apply_terms(struct pmu_parser *parser, const char *terms,
		       size_t length, bool may_be_named);

/* A bare word may be a named event, whose file holds terms. */
static int apply_named(struct pmu_parser *parser, const struct pmu_term *term)
{
	struct buffer text = { 0 };
	const char *terms;
	int err = read_pmu_file(parser, "events", term->name, &text);

	if (err)
		return err;
	terms = (const char *)text.bytes;
	err = apply_terms(parser, terms, strcspn(terms, "\n"), false);
	buffer_fini(&text);
	return err;
}

static int apply_term(struct pmu_parser *parser, const struct pmu_term *term,
		      bool may_be_named)
{
	__u64 *word = config_word(parser->attr, term->name, strlen(term->name));
	struct buffer text = { 0 };
	int err;

	if (word && term->has_value) {
		*word = term->value;
		return 0;
	}
	if (strcmp(term->name, "period") == 0 && term->has_value) {
		parser->attr->sample_period = term->value;
		return 0;
	}
	if (may_be_named && !term->has_value) {
		err = apply_named(parser, term);
		if (err != -ENOENT)
			return err;
	}
	err = read_pmu_file(parser, "format", term->name, &text);
	if (err == -ENOENT)
		return error_set(parser->ctx, EINVAL,
				 "PMU '%s' has no term '%s'; ls " DEVICES
				 "/%s/format lists them",
				 parser->pmu, term->name, parser->pmu);
	if (!err)
		err = apply_format(parser, (const char *)text.bytes,
				   term->has_value ? term->value : 1);
	buffer_fini(&text);
	if (err == -EOVERFLOW)
		return error_set(parser->ctx, EINVAL,
				 "PMU '%s': the value of '%s' is too large",
				 parser->pmu, term->name);
	return err;
}

/* "name" or "name=number". */
static int split_term(const char *text, size_t length, struct pmu_term *term)
{
	const char *equals = memchr(text, '=', length);
	char number[WORD_MAX + 1];
	size_t size;
	char *end;

	memset(term, 0, sizeof(*term));
	if (!copy_word(text, equals ? (size_t)(equals - text) : length,
		       term->name))
		return -EINVAL;
	if (!equals)
		return 0;
	size = (size_t)(text + length - equals - 1);
	if (size == 0 || size > WORD_MAX || !isdigit((unsigned char)equals[1]))
		return -EINVAL;
	memcpy(number, equals + 1, size);
	number[size] = '\0';
	errno = 0;
	term->value = strtoull(number, &end, 0);
	term->has_value = true;
	return errno || *end ? -EINVAL : 0;
}

static int apply_terms(struct pmu_parser *parser, const char *terms,
		       size_t length, bool may_be_named)
{
	const char *end = terms + length;

	while (terms < end) {
		const char *comma = memchr(terms, ',', (size_t)(end - terms));
		size_t size = (size_t)((comma ? comma : end) - terms);
		struct pmu_term term;
		int err = split_term(terms, size, &term);

		if (err)
			return error_set(
				parser->ctx, EINVAL,
				"PMU '%s': cannot read '%.*s'; terms are NAME or NAME=NUMBER",
				parser->pmu, (int)size, terms);
		err = apply_term(parser, &term, may_be_named);
		if (err)
			return err;
		terms += size + 1;
	}
	return 0;
}

int event_pmu_parse(struct lbrvirt_context *ctx, struct machine *machine,
		    const char *text, struct perf_event_attr *attr)
{
	struct pmu_parser parser = {
		.ctx = ctx,
		.machine = machine,
		.attr = attr,
	};
	const char *slash = strchr(text, '/');
	const char *last = strrchr(text, '/');
	char path[sizeof(DEVICES) + 2 * WORD_MAX];
	uint64_t type;
	int err;

	if (slash == last || last[1] != '\0' ||
	    !copy_word(text, (size_t)(slash - text), parser.pmu))
		return error_set(ctx, EINVAL,
				 "event '%s': write PMU/TERM=VALUE,…/", text);
	snprintf(path, sizeof(path), DEVICES "/%s/type", parser.pmu);
	err = machine_read_u64(machine, path, &type);
	if (err == -ENOENT)
		return error_set(
			ctx, ENOENT,
			"event '%s': this machine has no PMU '%s'; ls " DEVICES
			" lists them",
			text, parser.pmu);
	if (!err) {
		attr->type = (uint32_t)type;
		err = apply_terms(&parser, slash + 1,
				  (size_t)(last - slash - 1), true);
	}
	if (err && err != -EINVAL && err != -ENOMEM)
		return error_set(ctx, EIO,
				 "event '%s': " DEVICES
				 "/%s cannot be understood",
				 text, parser.pmu);
	return err;
}
