/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doctor's answer for people: one verdict, what record would do, every
 * gate, who must do what about the first closed one, and the rest; in lines of
 * at most 78 columns, but for commands that are longer.
 */
#include "config.h"

#include "doctor.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS	       78
#define INDENT	       16
#define GATE_INDENT    26
#define GATE_TEXT_SIZE 1024

static size_t word_length(const char *words)
{
	return strcspn(words, " ");
}

/*
 * Up to the next punctuation, or the next of several things: what is between
 * may be a command, to be pasted, or a number with its unit.
 */
static size_t phrase_length(const char *words)
{
	size_t length = word_length(words);

	while (words[length] && !strchr(",:;", words[length - 1])) {
		const char *next = words + length + 1;

		if (*next == '(' || strncmp(next, "or ", 3) == 0 ||
		    strncmp(next, "and ", 4) == 0)
			break;
		length += 1 + word_length(next);
	}
	return length;
}

/* Words from where the line is at, broken to the column. */
static void print_parts_at(const char *words, size_t column, size_t at,
			   size_t (*part_length)(const char *words))
{
	bool is_first = true;

	while (*words) {
		size_t length = part_length(words);

		if (!is_first && at + 1 + length > COLUMNS) {
			printf("\n%*s", (int)column, "");
			at = column;
		} else if (!is_first) {
			putchar(' ');
			at++;
		}
		is_first = false;
		printf("%.*s", (int)length, words);
		at += length;
		words += length;
		words += strspn(words, " ");
	}
	putchar('\n');
}

static void print_words_at(const char *words, size_t column, size_t at)
{
	print_parts_at(words, column, at, word_length);
}

static void print_words(const char *words, size_t column)
{
	print_words_at(words, column, column);
}

void doctor_print_row(const char *label, const char *words)
{
	printf("  %-*s", INDENT - 2, label);
	print_words(words, INDENT);
}

void doctor_print_phrases(const char *label, const char *words)
{
	printf("  %-*s", INDENT - 2, label);
	print_parts_at(words, INDENT, INDENT, phrase_length);
}

/* Not of a saved machine whose perf_event_open() nobody called. */
static bool has_opened(const struct doctor *doctor)
{
	return lbrvirt_guest_gate(doctor->guest, LBRVIRT_GATE_OPEN)->is_known;
}

static void print_verdict(const struct doctor *doctor)
{
	static const char *const texts[] = {
		[LBRVIRT_GUEST_OPEN] = "LBR call stacks work here",
		[LBRVIRT_GUEST_USER] =
			"no LBR call stacks yet: you can change that",
		[LBRVIRT_GUEST_ADMIN] =
			"no LBR call stacks: the host's administrator can change that",
		[LBRVIRT_GUEST_HARDWARE] =
			"no LBR call stacks: this hardware cannot give them",
	};

	if (doctor->verdict == LBRVIRT_GUEST_OPEN && !has_opened(doctor))
		puts("nothing that was looked at closes the way to LBR call stacks\n");
	else
		printf("%s%s\n\n", texts[doctor->verdict],
		       doctor->plan || !has_opened(doctor) ?
			       "" :
			       "; nor anything else");
}

static void print_plan(const struct doctor *doctor)
{
	if (doctor->plan) {
		printf("lbrprof record would take\n%s\n",
		       lbrvirt_plan_text(doctor->plan));
		return;
	}
	if (!has_opened(doctor)) {
		puts("What lbrprof record would take was not saved\n");
		return;
	}
	printf("lbrprof record would fail\n  ");
	print_words(doctor->plan_error, 2);
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

/* One thing to do a line, to be pasted: "; " parts them. */
static void print_remedies(const char *who, const char *remedies)
{
	char one[GATE_TEXT_SIZE];

	while (*remedies) {
		const char *end = strstr(remedies, "; ");
		size_t length = end ? (size_t)(end - remedies) :
				      strlen(remedies);

		snprintf(one, sizeof(one), "%.*s", (int)length, remedies);
		doctor_print_phrases(who, one);
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
	doctor_print_row("why", gate->reason);
	print_remedies(
		"you",
		gate->remedy_user[0] ?
			gate->remedy_user :
			"nothing in here: lbrprof record falls back as said above");
	print_remedies("host admin", gate->remedy_admin);
}

/* What facts limit besides. */
static void print_limits(const struct doctor *doctor)
{
	bool is_first = true;

	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate = lbrvirt_guest_gate(
			doctor->guest, (enum lbrvirt_gate_id)id);

		if (!gate->is_fact || gate->is_open || !gate->is_known)
			continue;
		printf(is_first ? "\nLimits\n" : "");
		is_first = false;
		printf("  %s: ", gate->name);
		print_words_at(gate->reason, 4, strlen(gate->name) + 4);
		print_remedies("  you", gate->remedy_user);
		print_remedies("  host admin", gate->remedy_admin);
	}
}

/* What opens and does not work: the gates have nothing to say of it. */
static void print_failed_lbr_test(const struct doctor *doctor)
{
	const struct lbrvirt_self_test *test = &doctor->lbr_test;

	if (!doctor_has_failed_lbr_test(doctor))
		return;
	printf("\nSelf-test: failed\n");
	doctor_print_row("why", test->reason);
	print_remedies("you", test->remedy_user);
	print_remedies("host admin", test->remedy_admin);
}

static void print_pv(const struct doctor *doctor)
{
	printf("\nParavirtual LBR protocol\n  ");
	print_words(doctor->pv ? lbrvirt_pv_text(doctor->pv) : doctor->pv_error,
		    2);
}

static void print_tests(const struct doctor *doctor)
{
	if (!doctor->nr_tests)
		return;
	puts("\nSelf-test");
	for (size_t i = 0; i < doctor->nr_tests; i++) {
		const struct lbrvirt_doctor_test *test = &doctor->tests[i];

		printf("  %-15s%-9s", test->name,
		       !test->has_run	? "not run" :
		       test->has_passed ? "passed" :
					  "failed");
		print_words(test->words, GATE_INDENT);
	}
}

void doctor_print(const struct doctor *doctor)
{
	print_verdict(doctor);
	print_plan(doctor);
	print_gates(doctor);
	print_first_closed(doctor);
	print_failed_lbr_test(doctor);
	print_limits(doctor);
	print_pv(doctor);
	print_tests(doctor);
	if (doctor->wants_cost)
		doctor_print_cost(doctor);
}
