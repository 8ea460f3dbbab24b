/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the sample stage, and how they write records: as lists of
 * words, in either byte order.
 */
#ifndef LBRVIRT_TESTS_SAMPLE_SUITES_H
#define LBRVIRT_TESTS_SAMPLE_SUITES_H

#include <check.h>
#include <stdint.h>
#include <string.h>

#include <lbrvirt/sample.h>

#include "sample/decode.h"

Suite *sample_suite(void);
Suite *body_suite(void);
Suite *events_suite(void);
Suite *swap_suite(void);

/* The first word of a record: type, misc and size as the header has them. */
static inline uint64_t header_word(uint32_t type, uint16_t misc, size_t size)
{
	struct perf_event_header header = {
		.type = type,
		.misc = misc,
		.size = (uint16_t)size,
	};
	uint64_t word;

	memcpy(&word, &header, sizeof(word));
	return word;
}

/* Two 32-bit fields in the order they stand in memory. */
static inline uint64_t pair_word(uint32_t first, uint32_t second)
{
	uint32_t pair[2] = { first, second };
	uint64_t word;

	memcpy(&word, pair, sizeof(word));
	return word;
}

/* A decoder that knows one event, and what it made of the last record. */
struct decoded {
	struct decoder *decoder;
	struct lbrvirt_event event;
	struct lbrvirt_record record;
	const char *why;
	int err;
};

static inline void decode_begin(struct decoded *decoded,
				const struct perf_event_attr *attr,
				bool is_swapped)
{
	memset(decoded, 0, sizeof(*decoded));
	decoded->event.name = "test";
	decoded->event.attr = *attr;
	ck_assert_int_eq(decoder_new(&decoded->event, 1, is_swapped,
				     &decoded->decoder),
			 0);
}

static inline void decode_bytes(struct decoded *decoded, const void *bytes,
				size_t size)
{
	decoded->err = decoder_decode(decoded->decoder, bytes, size,
				      &decoded->record, &decoded->why);
}

static inline void decode_words(struct decoded *decoded, uint32_t type,
				uint16_t misc, uint64_t *words, size_t size)
{
	words[0] = header_word(type, misc, size);
	decode_bytes(decoded, words, size);
}

#endif
