/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lbrprof doctor: one verdict, what record would do, every gate, and who must
 * do what about the first closed one. Who that is, is also the exit status.
 * Where all are open, the self-test has the last word.
 */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <lbrvirt/context.h>
#include <lbrvirt/guest.h>
#include <lbrvirt/plan.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"

#define COLUMNS	       78
#define INDENT	       14
#define GATE_INDENT    25
#define GATE_TEXT_SIZE 1024

enum option_key {
	KEY_SELF_TEST = 0x100,
};

/* Exit statuses, too: scripts ask who can change it. */
enum verdict {
	VERDICT_LBR = STATUS_DONE, /* LBR call stacks can be recorded */
	VERDICT_USER = 3,	   /* a fallback; the user can change it */
	VERDICT_ADMIN = 4,    /* a fallback; the host's administrator can */
	VERDICT_HARDWARE = 5, /* a fallback; the hardware has no more */
};

struct doctor {
	struct lbrvirt_context *ctx;
	struct lbrvirt_guest *guest;
	struct lbrvirt_plan *plan; /* NULL: nothing can be recorded */
	bool wants_self_test; /* asked for its figures, whatever they are */
	bool has_self_test;
	struct lbrvirt_self_test test;
	char why_no_self_test[512];
};

/* Words from the column on, broken at the last one. */
static void print_words(const char *words, size_t column)
{
	size_t at = column;

	while (*words) {
		size_t length = strcspn(words, " ");

		if (at > column && at + 1 + length > COLUMNS) {
			printf("\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			putchar(' ');
			at++;
		}
		printf("%.*s", (int)length, words);
		at += length;
		words += length;
		words += strspn(words, " ");
	}
	putchar('\n');
}

static void print_row(const char *label, const char *words)
{
	printf("  %-*s", INDENT - 2, label);
	print_words(words, INDENT);
}

static bool has_failed_self_test(const struct doctor *doctor)
{
	return doctor->has_self_test &&
	       doctor->test.verdict != LBRVIRT_SELF_TEST_RIGHT;
}

static enum verdict find_self_test_verdict(const struct doctor *doctor)
{
	if (!has_failed_self_test(doctor))
		return VERDICT_LBR;
	if (doctor->test.remedy_user[0])
		return VERDICT_USER;
	return lbrvirt_guest_hypervisor(doctor->guest) == LBRVIRT_HV_NONE ?
		       VERDICT_HARDWARE :
		       VERDICT_ADMIN;
}

static enum verdict find_verdict(const struct doctor *doctor)
{
	enum lbrvirt_guest_verdict verdict =
		lbrvirt_guest_verdict(doctor->guest);

	if (verdict == LBRVIRT_GUEST_OPEN)
		return find_self_test_verdict(doctor);
	return (enum verdict)verdict;
}

static void print_verdict(const struct doctor *doctor, enum verdict verdict)
{
	static const char *const texts[] = {
		[VERDICT_LBR] = "LBR call stacks work here",
		[VERDICT_USER] = "no LBR call stacks yet: you can change that",
		[VERDICT_ADMIN] =
			"no LBR call stacks: the host's administrator can change that",
		[VERDICT_HARDWARE] =
			"no LBR call stacks: this hardware cannot give them",
	};

	printf("%s%s\n\n", texts[verdict],
	       verdict == VERDICT_LBR || doctor->plan ?
		       "" :
		       "; nothing else can be recorded either");
}

static void print_plan(const struct doctor *doctor)
{
	if (doctor->plan) {
		printf("lbrprof record would take\n%s\n",
		       lbrvirt_plan_text(doctor->plan));
		return;
	}
	printf("lbrprof record would fail\n  ");
	print_words(lbrvirt_context_error(doctor->ctx), 2);
	putchar('\n');
}

static void print_gate(const struct lbrvirt_gate *gate)
{
	const char *state = !gate->is_known ? "?" :
			    gate->is_fact   ? gate->is_open ? "ok" : "limited" :
			    gate->is_open   ? "open" :
					      "closed";

	printf("  %-15s%-9s", gate->name, state);
	print_words(gate->value, GATE_INDENT);
	/* Of closed gates the first one has a block of its own. */
	if (gate->is_fact && gate->is_known && !gate->is_open) {
		printf("%*s", GATE_INDENT, "");
		print_words(gate->reason, GATE_INDENT);
	}
}

static void print_gates(const struct doctor *doctor)
{
	puts("Gates on the way to LBR call stacks");
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		if (id == LBRVIRT_GATE_OPEN + 1)
			puts("\nBesides");
		print_gate(lbrvirt_guest_gate(doctor->guest,
					      (enum lbrvirt_gate_id)id));
	}
}

/* One thing to do a line: "; " parts them. */
static void print_remedies(const char *who, const char *remedies)
{
	char one[GATE_TEXT_SIZE];

	while (*remedies) {
		const char *end = strstr(remedies, "; ");
		size_t length = end ? (size_t)(end - remedies) :
				      strlen(remedies);

		snprintf(one, sizeof(one), "%.*s", (int)length, remedies);
		print_row(who, one);
		who = "";
		remedies += length + (end ? 2 : 0);
	}
}

static void print_first_closed(const struct doctor *doctor)
{
	const struct lbrvirt_gate *gate =
		lbrvirt_guest_first_closed(doctor->guest);

	if (!gate)
		return;
	printf("\nFirst closed gate: %s\n", gate->name);
	print_row("why", gate->reason);
	print_remedies(
		"you",
		gate->remedy_user[0] ?
			gate->remedy_user :
			"nothing in here: lbrprof record falls back as said above");
	print_remedies("host admin", gate->remedy_admin);
}

static void print_self_test_figures(const struct lbrvirt_self_test *test)
{
	char words[128];

	snprintf(words, sizeof(words),
		 "%" PRIu64 " of known calls: %" PRIu64 " right, %" PRIu64
		 " empty, %" PRIu64 " wrong",
		 test->nr_samples, test->nr_right, test->nr_empty,
		 test->nr_samples - test->nr_right - test->nr_empty);
	print_row("samples", words);
	snprintf(words, sizeof(words),
		 "counted %" PRIu64 " in %.1f ms, of which %.1f ms on the PMU",
		 test->count, (double)test->enabled_ns / 1e6,
		 (double)test->running_ns / 1e6);
	print_row("event", words);
	if (test->has_interrupts) {
		snprintf(words, sizeof(words), "%" PRIu64 " of the PMU",
			 test->nr_interrupts);
		print_row("interrupts", words);
	}
}

static void print_self_test(const struct doctor *doctor)
{
	const struct lbrvirt_self_test *test = &doctor->test;

	if (!doctor->wants_self_test && !has_failed_self_test(doctor))
		return;
	if (!doctor->has_self_test) {
		printf("\nSelf-test: could not run\n");
		print_row("why", doctor->why_no_self_test);
		return;
	}
	printf("\nSelf-test: %s\n",
	       has_failed_self_test(doctor) ? "failed" : "passed");
	print_self_test_figures(test);
	if (test->reason[0])
		print_row("why", test->reason);
	if (test->remedy_user[0])
		print_row("you", test->remedy_user);
	if (test->remedy_admin[0])
		print_row("host admin", test->remedy_admin);
}

/* Without its verdict, open gates alone would say that LBR works. */
static void run_self_test(struct doctor *doctor)
{
	if (!doctor->wants_self_test &&
	    lbrvirt_guest_first_closed(doctor->guest))
		return;
	doctor->test.size = sizeof(doctor->test);
	doctor->has_self_test =
		!lbrvirt_self_test(doctor->ctx, doctor->guest, &doctor->test);
	if (!doctor->has_self_test)
		snprintf(doctor->why_no_self_test,
			 sizeof(doctor->why_no_self_test), "%s",
			 lbrvirt_context_error(doctor->ctx));
}

static int examine(struct doctor *doctor)
{
	enum verdict verdict;

	doctor->ctx = message_context("doctor");
	if (!doctor->ctx)
		return STATUS_FAILED;
	if (lbrvirt_guest_probe(doctor->ctx, NULL, &doctor->guest)) {
		message_error("doctor", "%s",
			      lbrvirt_context_error(doctor->ctx));
		return STATUS_FAILED;
	}
	run_self_test(doctor);
	/* A machine that records nothing is an answer, not a failure. */
	lbrvirt_plan_new(doctor->ctx, doctor->guest, NULL, &doctor->plan);
	verdict = find_verdict(doctor);
	print_verdict(doctor, verdict);
	print_plan(doctor);
	print_gates(doctor);
	print_first_closed(doctor);
	print_self_test(doctor);
	if (fflush(stdout) || ferror(stdout)) {
		message_error("doctor", "cannot write the result");
		return STATUS_FAILED;
	}
	return (int)verdict;
}

static const char doctor_doc[] =
	"Say whether LBR call stacks work in this guest, and if not, what stands "
	"in the way and who can change it.\v"
	"Exit status: 0 LBR call stacks work; otherwise lbrprof record falls "
	"back, and 3 you can change that, 4 the host's administrator can, 5 the "
	"hardware cannot. 1 failed, 2 wrong usage.";

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct doctor *doctor = state->input;

	switch (key) {
	case KEY_SELF_TEST:
		doctor->wants_self_test = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "nothing to do with '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run_doctor(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "self-test", KEY_SELF_TEST, NULL, 0,
		  "Sample known calls and say how many came out right", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = doctor_doc,
	};
	struct doctor doctor = { 0 };
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &doctor))
		return STATUS_USAGE;
	status = examine(&doctor);
	lbrvirt_plan_free(doctor.plan);
	lbrvirt_guest_free(doctor.guest);
	lbrvirt_context_free(doctor.ctx);
	return status;
}

const struct command command_doctor = {
	.name = "doctor",
	.run = run_doctor,
	.help = "say whether LBR call stacks work here, and what to do if not",
};
