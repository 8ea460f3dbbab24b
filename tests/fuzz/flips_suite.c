/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real recordings with some bytes turned: those of tests/data, and those that
 * lie in LBRVIRT_RECORDINGS or beside the source tree. Which bytes depends on
 * the variant's number alone, so that "the 17th of that file" says it all.
 *
 * LBRVIRT_FLIPS sets how many variants of each recording are tried; by default
 * as many as some seconds allow, for they cost what the recording is long. A
 * failure names file and variant; LBRVIRT_FLIPS_FILE and LBRVIRT_FLIPS_FIRST
 * go straight there.
 */
#include "config.h"

#include "fuzz/suites.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/load.h"

/* By default: bytes read of each recording, and variants in any case. */
#define BYTES_DEFAULT	 (512 * 1024)
#define FLIPS_LEAST	 2
#define FLIPS_MOST	 1000

#define BYTES_MAX_TURNED 8

/* The beginning is all structure, the rest mostly samples. */
#define HEADER_SIZE 512

/* What is turned back afterwards. */
struct turned {
	size_t at;
	unsigned char was;
};

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static size_t pick(uint64_t *state, size_t size)
{
	size_t reach = size;

	if (next_random(state) % 4 == 0 && size > HEADER_SIZE)
		reach = HEADER_SIZE;
	return next_random(state) % reach;
}

/* Returns how many bytes it turned. */
static size_t turn_bytes(struct buffer *bytes, uint64_t variant,
			 struct turned turned[BYTES_MAX_TURNED])
{
	uint64_t state = variant * 0x9e3779b97f4a7c15u + 20240807u;
	size_t nr = 1 + next_random(&state) % BYTES_MAX_TURNED;

	for (size_t i = 0; i < nr; i++) {
		size_t at = pick(&state, bytes->size);

		turned[i] = (struct turned){ at, bytes->bytes[at] };
		if (next_random(&state) % 4)
			bytes->bytes[at] ^= 1u << next_random(&state) % 8;
		else
			bytes->bytes[at] = (unsigned char)next_random(&state);
	}
	return nr;
}

static void try_recording(const char *path, uint64_t first, uint64_t nr)
{
	struct turned turned[BYTES_MAX_TURNED];
	struct buffer bytes = load_file(path);

	fuzz_recording(bytes.bytes, bytes.size);
	if (nr == 0)
		nr = BYTES_DEFAULT / (bytes.size + 1);
	if (nr < FLIPS_LEAST)
		nr = FLIPS_LEAST;
	if (nr > FLIPS_MOST)
		nr = FLIPS_MOST;
	printf("%s: %llu variants\n", path, (unsigned long long)nr);
	for (uint64_t i = first; bytes.size && i < first + nr; i++) {
		size_t nr_turned = turn_bytes(&bytes, i, turned);

		/* Last words, if it is the last. */
		printf("variant %llu\r", (unsigned long long)i);
		fflush(stdout);
		fuzz_recording(bytes.bytes, bytes.size);
		while (nr_turned--)
			bytes.bytes[turned[nr_turned].at] =
				turned[nr_turned].was;
	}
	buffer_fini(&bytes);
}

static uint64_t asked(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* What stands beside a recording is made of it. */
static bool is_recording(const char *path)
{
	static const char *const others[] = { ".txt", ".gz", ".script", ".md" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t length = strlen(others[i]);

		if (strlen(path) > length &&
		    strcmp(path + strlen(path) - length, others[i]) == 0)
			return false;
	}
	return true;
}

static size_t try_all(const char *pattern)
{
	const char *only = getenv("LBRVIRT_FLIPS_FILE");
	size_t nr = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (!is_recording(path) || (only && !strstr(path, only)))
			continue;
		try_recording(path, asked("LBRVIRT_FLIPS_FIRST"),
			      asked("LBRVIRT_FLIPS"));
		nr++;
	}
	globfree(&found);
	return nr;
}

static const char *top_folder(void)
{
	const char *top = getenv("top_srcdir");

	return top ? top : "..";
}

START_TEST(turned_bytes_of_our_recordings_do_no_harm)
{
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/tests/data/*.data",
		 top_folder());
	ck_assert(try_all(pattern) > 0 || getenv("LBRVIRT_FLIPS_FILE"));
}
END_TEST

START_TEST(turned_bytes_of_other_recordings_do_no_harm)
{
	const char *folder = getenv("LBRVIRT_RECORDINGS");
	char pattern[4096];

	if (folder)
		snprintf(pattern, sizeof(pattern), "%s/*/*", folder);
	else
		snprintf(pattern, sizeof(pattern),
			 "%s/../shared/recordings/*/*", top_folder());
	if (try_all(pattern) == 0)
		printf("skipped: no recordings as %s; set LBRVIRT_RECORDINGS\n",
		       pattern);
}
END_TEST

Suite *flips_suite(void)
{
	Suite *suite = suite_create("flips");
	TCase *tcase = tcase_create("recordings");

	tcase_set_timeout(tcase, 24 * 3600);
	tcase_add_test(tcase, turned_bytes_of_our_recordings_do_no_harm);
	tcase_add_test(tcase, turned_bytes_of_other_recordings_do_no_harm);
	suite_add_tcase(suite, tcase);
	return suite;
}
