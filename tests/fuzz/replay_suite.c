/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inputs that once crashed, hung or ate memory, each under a name that says
 * what it did, and some that reach far.
 */
#include "config.h"

#include "fuzz/suites.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "fuzz/load.h"

static size_t replay(const char *folder,
		     void (*target)(const uint8_t *bytes, size_t size))
{
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	size_t nr;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/inputs/%s/*",
		 top ? top : "..", folder);
	ck_assert_msg(glob(pattern, 0, NULL, &found) == 0, "no file is %s",
		      pattern);
	for (nr = 0; nr < found.gl_pathc; nr++) {
		struct buffer bytes = load_file(found.gl_pathv[nr]);

		printf("%s\n", found.gl_pathv[nr]);
		fflush(stdout);
		target(bytes.bytes, bytes.size);
		buffer_fini(&bytes);
	}
	globfree(&found);
	return nr;
}

START_TEST(recordings_that_did_harm_do_none_now)
{
	ck_assert_uint_gt(replay("recording", fuzz_recording), 0);
}
END_TEST

START_TEST(programs_that_did_harm_do_none_now)
{
	ck_assert_uint_gt(replay("object", fuzz_object), 0);
}
END_TEST

Suite *replay_suite(void)
{
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("inputs");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, recordings_that_did_harm_do_none_now);
	tcase_add_test(tcase, programs_that_did_harm_do_none_now);
	suite_add_tcase(suite, tcase);
	return suite;
}
