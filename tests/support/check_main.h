/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The main of every Check program: runs the suites it is given and turns
 * their result into an exit status. Verbosity and forking come from the
 * environment: CK_FORK=no keeps tests in one process, for debuggers and
 * sanitizers; CK_RUN_SUITE and CK_RUN_CASE pick one.
 */
#ifndef LBRVIRT_TESTS_SUPPORT_CHECK_MAIN_H
#define LBRVIRT_TESTS_SUPPORT_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

/**
 * Run suites.
 *
 * @make  functions that each build a suite; NULL ends the list.
 *
 * Returns what main returns: 0 if every test passed, else 1.
 */
static inline int check_main(Suite *(*const make[])(void))
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	for (unsigned int i = 0; make[i]; i++)
		srunner_add_suite(runner, make[i]());

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);

	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
