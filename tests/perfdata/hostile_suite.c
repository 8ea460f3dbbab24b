/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small files with some of their bits turned round: whatever is made of them,
 * reading ends, touches nothing it should not, and needs bounded memory.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "perfdata/fixture.h"
#include "perfdata/format.h"
#include "perfdata/notes.h"
#include "sample/abi.h"

#define PATH	"hostile.data"
#define FLIPPED "hostile-flipped.data"

/* For all that a file of some KiB may make us allocate. */
#define MEMORY_MAX (1024ull * 1024 * 1024)

enum { FORM_FILE, FORM_PACKED, FORM_PIPE, FORM_PACKED_PIPE, NR_FORMS };
enum { ROUNDS = 1500 };

static struct buffer make_seed(int form)
{
	int level = form == FORM_PACKED || form == FORM_PACKED_PIPE ? 3 : 0;
	struct buffer seed;

	if (form < FORM_PIPE) {
		fixture_write(PATH, level, 12);
		return fixture_slurp(PATH);
	}
	/* Standard output is the pipe; it is put back behind it. */
	fflush(stdout);
	{
		int old = dup(STDOUT_FILENO);
		FILE *file = fopen(PATH, "wb");

		ck_assert_ptr_nonnull(file);
		ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
		fixture_write("-", level, 12);
		ck_assert_int_ge(dup2(old, STDOUT_FILENO), 0);
		close(old);
		fclose(file);
	}
	seed = fixture_slurp(PATH);
	return seed;
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Reads it all, and touches all that is handed out. */
static int read_through(const char *path, size_t file_size, uint64_t *sum)
{
	struct lbrvirt_perfdata *data = NULL;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;
	size_t records = 0;
	int err;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	err = lbrvirt_perfdata_open(ctx, path, NULL, &data);
	while (!err && (err = lbrvirt_perfdata_next(data, &record)) == 0) {
		const struct lbrvirt_sample *sample = &record.sample;
		const unsigned char *bytes = record.bytes;

		for (size_t i = 0; i < record.size; i++)
			*sum += bytes[i];
		if (record.type != PERF_RECORD_SAMPLE)
			continue;
		for (size_t i = 0; i < sample->nr_callchain; i++)
			*sum += sample->callchain[i];
		for (size_t i = 0; i < sample->nr_branches; i++)
			*sum += sample->branches[i].to;
		for (size_t i = 0; i < sample->user_stack_size; i++)
			*sum += ((const unsigned char *)sample->user_stack)[i];
		/* zstd makes no more than some thousand of one byte. */
		ck_assert_uint_lt(++records, 8192 * file_size);
	}
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
	return err;
}

START_TEST(turned_bits_do_no_harm)
{
	struct buffer seed = make_seed(_i);
	uint64_t state = 20240807u + (uint64_t)_i;
	uint64_t sum = 0;
	struct rlimit old;
	bool is_limited = !getenv("LBRVIRT_SANITIZERS");
	int damaged = 0;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &old), 0);
	if (is_limited) {
		struct rlimit small = old;

		small.rlim_cur = MEMORY_MAX;
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &small), 0);
	}
	for (int round = 0; round < ROUNDS; round++) {
		struct buffer flipped = { 0 };
		uint32_t nr = 1 + next_random(&state) % 8;
		int err;

		ck_assert_int_eq(buffer_append(&flipped, seed.bytes, seed.size),
				 0);
		for (uint32_t i = 0; i < nr; i++) {
			size_t at = next_random(&state) % seed.size;

			/* Bits here, whole bytes there. */
			if (next_random(&state) % 4)
				flipped.bytes[at] ^= 1u
						     << next_random(&state) % 8;
			else
				flipped.bytes[at] =
					(unsigned char)next_random(&state);
		}
		fixture_spill(FLIPPED, flipped.bytes, flipped.size);
		err = read_through(FLIPPED, flipped.size, &sum);
		ck_assert_msg(err == -ENODATA || err == -EBADMSG,
			      "round %d: %d", round, err);
		damaged += err == -EBADMSG;
		buffer_fini(&flipped);
	}
	ck_assert_int_gt(damaged, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &old), 0);
	buffer_fini(&seed);
}
END_TEST

/* Each is looked for among those before: a million of them would take hours. */
START_TEST(more_notes_than_anyone_leaves_are_left_out)
{
	struct notes notes = { .nr = 0 };
	char name[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "note %d", i);
		ck_assert_int_eq(notes_set(&notes, name, "text"), 0);
	}
	ck_assert_uint_eq(notes.nr, 256);
	ck_assert_int_eq(notes_set(&notes, "note 0", "another"), 0);
	ck_assert_str_eq(notes_get(&notes, "note 0"), "another");
	ck_assert_str_eq(notes_get(&notes, "note 255"), "text");
	ck_assert_ptr_null(notes_get(&notes, "note 256"));
	notes_fini(&notes);
}
END_TEST

static void append(struct buffer *file, const void *bytes, size_t size)
{
	ck_assert_int_eq(buffer_append(file, bytes, size), 0);
}

#define NR_ATTRS    100
#define IDS_EACH    8000
#define NR_UPDATES  400000
#define UPDATE_NAME 2

struct update {
	struct perf_event_header header;
	uint64_t type;
	uint64_t id;
	char name[16];
};

/* A pipe of some events with as many ids as a record holds, and new names for
 * the last id of each, but most of them for an id that nobody has. */
static void make_updates(struct buffer *file)
{
	const uint64_t magic[] = { FORMAT_MAGIC, FORMAT_PIPE_HEADER_SIZE };
	const struct perf_event_attr attr = { .size = FORMAT_ATTR_SIZE_MIN };
	const struct perf_event_header header = {
		.type = ABI_RECORD_HEADER_ATTR,
		.size = sizeof(header) + FORMAT_ATTR_SIZE_MIN + 8 * IDS_EACH,
	};
	struct update update = {
		.header = { .type = ABI_RECORD_EVENT_UPDATE,
			    .size = sizeof(update) },
		.type = UPDATE_NAME,
	};

	append(file, magic, sizeof(magic));
	for (uint64_t i = 0; i < NR_ATTRS; i++) {
		append(file, &header, sizeof(header));
		append(file, &attr, FORMAT_ATTR_SIZE_MIN);
		for (uint64_t n = 0; n < IDS_EACH; n++) {
			uint64_t id = i * IDS_EACH + n;

			append(file, &id, sizeof(id));
		}
	}
	for (uint64_t i = 0; i < NR_UPDATES; i++) {
		update.id = UINT64_MAX - i;
		if (i < NR_ATTRS)
			update.id = (i + 1) * IDS_EACH - 1;
		snprintf(update.name, sizeof(update.name), "%u",
			 (unsigned int)i);
		append(file, &update, sizeof(update));
	}
}

/* Compared with each id, they would take minutes. */
START_TEST(new_names_find_their_events_among_many_ids)
{
	struct lbrvirt_perfdata *data;
	struct lbrvirt_record record;
	struct lbrvirt_context *ctx;
	struct buffer file = { 0 };
	char name[16];

	make_updates(&file);
	fixture_spill(PATH, file.bytes, file.size);
	buffer_fini(&file);
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, PATH, NULL, &data), 0);
	while (lbrvirt_perfdata_next(data, &record) == 0)
		continue;
	ck_assert_uint_eq(lbrvirt_perfdata_event_count(data), NR_ATTRS);
	for (size_t i = 0; i < NR_ATTRS; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		ck_assert_str_eq(lbrvirt_perfdata_event(data, i)->name, name);
	}
	lbrvirt_perfdata_close(data);
	lbrvirt_context_free(ctx);
}
END_TEST

static void remove_files(void)
{
	fixture_remove("hostile*");
}

Suite *hostile_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *flips = tcase_create("flips");

	tcase_add_loop_test(flips, turned_bits_do_no_harm, 0, NR_FORMS);
	tcase_set_timeout(flips, 300);
	tcase_add_unchecked_fixture(flips, NULL, remove_files);
	tcase_add_test(flips, new_names_find_their_events_among_many_ids);
	tcase_add_test(flips, more_notes_than_anyone_leaves_are_left_out);
	suite_add_tcase(suite, flips);
	return suite;
}
