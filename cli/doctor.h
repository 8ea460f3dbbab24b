/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lbrprof doctor's findings, as its files share them: doctor.c looks,
 * doctor_test.c tries, doctor_text.c and doctor_cost.c print.
 */
#ifndef LBRPROF_DOCTOR_H
#define LBRPROF_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include <lbrvirt/context.h>
#include <lbrvirt/cost.h>
#include <lbrvirt/export.h>
#include <lbrvirt/guest.h>
#include <lbrvirt/plan.h>
#include <lbrvirt/pv.h>
#include <lbrvirt/session.h>

enum { DOCTOR_TESTS = 5, DOCTOR_WORDS = 512 };

struct doctor {
	const char *sysroot;  /* NULL: this machine */
	const char *save_dir; /* NULL: nothing is saved */
	bool is_json;
	bool wants_tests;
	bool wants_cost;

	struct lbrvirt_context *ctx;
	struct lbrvirt_guest *guest;
	struct lbrvirt_plan *plan; /* NULL: nothing can be recorded */
	char plan_error[DOCTOR_WORDS];
	struct lbrvirt_pv *pv; /* NULL: could not be looked at */
	char pv_error[DOCTOR_WORDS];
	bool has_lbr_test;
	struct lbrvirt_self_test lbr_test;
	struct lbrvirt_doctor_test tests[DOCTOR_TESTS];
	char test_words[DOCTOR_TESTS][DOCTOR_WORDS];
	size_t nr_tests;
	struct lbrvirt_exit_cost *exit_cost; /* NULL: not measured */
	char exit_cost_error[DOCTOR_WORDS];
	bool has_counter_cost;
	struct lbrvirt_counter_cost counter_cost;
	char counter_cost_error[DOCTOR_WORDS];
	bool has_sample_cost;
	struct lbrvirt_sample_cost sample_cost;
	char sample_cost_error[DOCTOR_WORDS];
	enum lbrvirt_guest_verdict verdict;
};

/* Whether the LBR live test ran and did not pass. */
bool doctor_has_failed_lbr_test(const struct doctor *doctor);

/* The LBR live test; without it open gates alone would say that LBR works.
 * Then, if asked for, a try of each rung. */
void doctor_test(struct doctor *doctor);

/* "  LABEL   WORDS", the words broken to their column. */
void doctor_print_row(const char *label, const char *words);

/* The same, broken at punctuation alone. */
void doctor_print_phrases(const char *label, const char *words);

/* Measure what exits and samples cost. */
void doctor_measure_cost(struct doctor *doctor);

/* What was measured, for people. */
void doctor_print_cost(const struct doctor *doctor);

/* Everything, for people, on stdout. */
void doctor_print(const struct doctor *doctor);

#endif
