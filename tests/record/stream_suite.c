/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rings in ordinary memory, written as the kernel writes them: the merge, the
 * wrap, and what hostile bytes in a ring cost.
 */
#include "config.h"

#include "record/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/suites.h"

#define RING_SIZE 4096
#define JOINED_SIZE 65536

static struct perf_event_mmap_page pages[2];
static unsigned char ring_bytes[2][RING_SIZE];
static struct ring rings[2];
static struct decoder *decoder;
static struct stream stream;

/* One software event whose records all carry TID and TIME. */
static const uint64_t ids[] = { 7 };
static const struct lbrvirt_event events[] = { {
	.name = "dummy",
	.attr = { .type = PERF_TYPE_SOFTWARE,
		  .size = PERF_ATTR_SIZE_VER0,
		  .sample_type = PERF_SAMPLE_TIME,
		  .sample_id_all = 1 },
	.ids = ids,
	.nr_ids = 1,
} };

static uint64_t seen[64];
static size_t nr_seen;
static int answer;

static int see(const struct lbrvirt_record *record, void *arg)
{
	(void)arg;
	ck_assert_uint_lt(nr_seen, 64);
	seen[nr_seen++] = record->time_ns;
	return answer;
}

static void set_up(void)
{
	struct ring *const both[] = { &rings[0], &rings[1] };

	memset(pages, 0, sizeof(pages));
	memset(rings, 0, sizeof(rings));
	for (size_t i = 0; i < 2; i++) {
		rings[i].page = &pages[i];
		rings[i].bytes = ring_bytes[i];
		rings[i].size = RING_SIZE;
		rings[i].joined = malloc(JOINED_SIZE);
	}
	nr_seen = 0;
	answer = 0;
	ck_assert_int_eq(decoder_new(events, 1, false, &decoder), 0);
	ck_assert_int_eq(stream_init(&stream, decoder, both, 2), 0);
}

static void tear_down(void)
{
	stream_fini(&stream);
	decoder_free(decoder);
	free(rings[0].joined);
	free(rings[1].joined);
}

static void write_bytes(int ring, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		ring_bytes[ring][(pages[ring].data_head + i) % RING_SIZE] =
			((const unsigned char *)bytes)[i];
	}
	pages[ring].data_head += size;
}

/* A LOST record: the shortest that has a time of its own. */
static void write_lost(int ring, uint64_t time_ns, uint64_t nr)
{
	struct {
		struct perf_event_header header;
		uint64_t id, lost, time_ns;
	} record = {
		.header = { .type = PERF_RECORD_LOST, .size = sizeof(record) },
		.id = 7,
		.lost = nr,
		.time_ns = time_ns,
	};

	write_bytes(ring, &record, sizeof(record));
}

static void write_throttle(int ring, uint32_t type, uint64_t time_ns)
{
	struct {
		struct perf_event_header header;
		uint64_t time_ns, id, stream_id, trailer_time_ns;
	} record = {
		.header = { .type = type, .size = sizeof(record) },
		.time_ns = time_ns,
		.id = 7,
		.trailer_time_ns = time_ns,
	};

	write_bytes(ring, &record, sizeof(record));
}

START_TEST(each_pause_of_an_event_is_counted_once)
{
	write_throttle(0, PERF_RECORD_THROTTLE, 10);
	write_throttle(0, PERF_RECORD_UNTHROTTLE, 20);
	write_throttle(1, PERF_RECORD_THROTTLE, 30);
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), 3);
	ck_assert_uint_eq(stream.throttled, 2);
	ck_assert_uint_eq(stream.lost, 0);
}
END_TEST

START_TEST(records_of_two_rings_come_in_time_order)
{
	write_lost(0, 10, 1);
	write_lost(0, 40, 1);
	write_lost(1, 20, 1);
	write_lost(1, 30, 1);
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(seen[i], 10 * (i + 1));
	ck_assert_uint_eq(stream.unordered, 0);
	ck_assert_uint_eq(stream.lost, 4);
}
END_TEST

START_TEST(what_is_younger_than_the_limit_waits)
{
	write_lost(0, 10, 1);
	write_lost(0, 30, 1);
	write_lost(1, 20, 1);
	ck_assert_int_eq(stream_drain(&stream, 20, see, NULL), 2);
	ck_assert_int_eq(stream_drain(&stream, 20, see, NULL), 0);
	ck_assert_int_eq(stream_drain(&stream, 30, see, NULL), 1);
	ck_assert_uint_eq(seen[2], 30);
}
END_TEST

START_TEST(a_record_that_comes_late_is_passed_on_and_counted)
{
	write_lost(0, 30, 1);
	ck_assert_int_eq(stream_drain(&stream, 30, see, NULL), 1);
	write_lost(1, 20, 1);
	ck_assert_int_eq(stream_drain(&stream, 40, see, NULL), 1);
	ck_assert_uint_eq(seen[1], 20);
	ck_assert_uint_eq(stream.unordered, 1);
}
END_TEST

START_TEST(room_is_given_back_only_for_what_was_passed_on)
{
	write_lost(0, 10, 1);
	write_lost(0, 30, 1);
	ck_assert_int_eq(stream_drain(&stream, 20, see, NULL), 1);
	ck_assert_uint_eq(pages[0].data_tail, 32);
	ck_assert_uint_eq(pages[0].data_head, 64);
}
END_TEST

START_TEST(records_that_wrap_are_read_in_one_piece)
{
	uint64_t time_ns = 0;

	/* 32 bytes a record: 128 fill the ring; shift it by half a record. */
	pages[0].data_head = RING_SIZE - 16;
	pages[0].data_tail = RING_SIZE - 16;
	rings[0].tail = RING_SIZE - 16;
	for (int i = 0; i < 3; i++)
		write_lost(0, ++time_ns, 1);
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), 3);
	ck_assert_uint_eq(seen[0], 1);
	ck_assert_uint_eq(seen[2], 3);
}
END_TEST

START_TEST(bytes_that_are_no_record_cost_the_ring_but_are_counted)
{
	static const unsigned char zeros[64];

	write_lost(1, 10, 0);
	write_bytes(0, zeros, sizeof(zeros));
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), 1);
	ck_assert_uint_eq(stream.lost, 1);
	ck_assert_uint_eq(pages[0].data_tail, pages[0].data_head);
}
END_TEST

START_TEST(a_record_longer_than_what_was_written_is_not_followed)
{
	const struct perf_event_header header = {
		.type = PERF_RECORD_LOST,
		.size = 4096,
	};

	write_bytes(0, &header, sizeof(header));
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), 0);
	ck_assert_uint_eq(stream.lost, 1);
}
END_TEST

START_TEST(the_receivers_error_ends_the_drain)
{
	write_lost(0, 10, 0);
	write_lost(0, 20, 0);
	answer = -EIO;
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), -EIO);
	ck_assert_uint_eq(nr_seen, 1);
	answer = 0;
	ck_assert_int_eq(stream_drain(&stream, UINT64_MAX, see, NULL), 1);
	ck_assert_uint_eq(seen[1], 20);
}
END_TEST

Suite *stream_suite(void)
{
	Suite *suite = suite_create("stream");
	TCase *merge = tcase_create("merge");
	TCase *hostile = tcase_create("hostile");

	tcase_add_checked_fixture(merge, set_up, tear_down);
	tcase_add_test(merge, records_of_two_rings_come_in_time_order);
	tcase_add_test(merge, what_is_younger_than_the_limit_waits);
	tcase_add_test(merge, a_record_that_comes_late_is_passed_on_and_counted);
	tcase_add_test(merge, room_is_given_back_only_for_what_was_passed_on);
	tcase_add_test(merge, records_that_wrap_are_read_in_one_piece);
	tcase_add_test(merge, the_receivers_error_ends_the_drain);
	tcase_add_test(merge, each_pause_of_an_event_is_counted_once);
	suite_add_tcase(suite, merge);
	tcase_add_checked_fixture(hostile, set_up, tear_down);
	tcase_add_test(hostile,
		       bytes_that_are_no_record_cost_the_ring_but_are_counted);
	tcase_add_test(hostile,
		       a_record_longer_than_what_was_written_is_not_followed);
	suite_add_tcase(suite, hostile);
	return suite;
}
