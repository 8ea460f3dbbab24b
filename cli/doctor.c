/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lbrprof doctor: what stands between this guest and its LBR call stacks, and
 * who can change it, which is also the exit status. Where all gates are open,
 * the self-test has the last word.
 */
#include "config.h"

#include "doctor.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"

enum option_key {
	KEY_SELF_TEST = 0x100,
	KEY_EXIT_COST,
	KEY_JSON,
	KEY_SYSROOT,
	KEY_SAVE,
};

static enum lbrvirt_guest_verdict find_verdict(const struct doctor *doctor)
{
	enum lbrvirt_guest_verdict verdict =
		lbrvirt_guest_verdict(doctor->guest);

	if (verdict != LBRVIRT_GUEST_OPEN ||
	    !doctor_has_failed_lbr_test(doctor))
		return verdict;
	if (doctor->lbr_test.remedy_user[0])
		return LBRVIRT_GUEST_USER;
	return lbrvirt_guest_hypervisor(doctor->guest) == LBRVIRT_HV_NONE ?
		       LBRVIRT_GUEST_HARDWARE :
		       LBRVIRT_GUEST_ADMIN;
}

static int fail(const struct doctor *doctor)
{
	message_error("doctor", "%s", lbrvirt_context_error(doctor->ctx));
	return STATUS_FAILED;
}

/* A machine that records nothing is an answer, not a failure; so is one whose
 * settings of the protocol are broken. */
static int look(struct doctor *doctor)
{
	const struct lbrvirt_guest_opts opts = {
		.size = sizeof(opts),
		.sysroot = doctor->sysroot,
		.keeps_answers = doctor->save_dir,
	};
	struct lbrvirt_pv_opts pv_opts = { .size = sizeof(pv_opts) };

	if (lbrvirt_guest_probe(doctor->ctx, &opts, &doctor->guest))
		return fail(doctor);
	if (lbrvirt_plan_new(doctor->ctx, doctor->guest, NULL, &doctor->plan))
		snprintf(doctor->plan_error, sizeof(doctor->plan_error), "%s",
			 lbrvirt_context_error(doctor->ctx));
	pv_opts.guest = doctor->guest;
	if (lbrvirt_pv_status(doctor->ctx, &pv_opts, &doctor->pv))
		snprintf(doctor->pv_error, sizeof(doctor->pv_error), "%s",
			 lbrvirt_context_error(doctor->ctx));
	if (doctor->save_dir &&
	    lbrvirt_guest_save(doctor->ctx, doctor->guest, doctor->save_dir))
		return fail(doctor);
	return STATUS_DONE;
}

static void print_json(const struct doctor *doctor)
{
	const struct lbrvirt_doctor found = {
		.size = sizeof(found),
		.verdict = doctor->verdict,
		.guest = doctor->guest,
		.plan = doctor->plan,
		.plan_error = doctor->plan_error,
		.pv = doctor->pv,
		.pv_error = doctor->pv_error,
		.tests = doctor->nr_tests ? doctor->tests : NULL,
		.nr_tests = doctor->nr_tests,
		.exit_cost = doctor->exit_cost,
		.exit_cost_error =
			doctor->wants_cost ? doctor->exit_cost_error : NULL,
		.counter_cost =
			doctor->has_counter_cost ? &doctor->counter_cost : NULL,
		.counter_cost_error =
			doctor->wants_cost ? doctor->counter_cost_error : NULL,
		.sample_cost = doctor->has_sample_cost ? &doctor->sample_cost :
							 NULL,
		.sample_cost_error =
			doctor->wants_cost ? doctor->sample_cost_error : NULL,
	};

	lbrvirt_export_doctor_json(&found, stdout);
}

static int examine(struct doctor *doctor)
{
	int status;

	doctor->ctx = message_context("doctor");
	if (!doctor->ctx)
		return STATUS_FAILED;
	status = look(doctor);
	if (status != STATUS_DONE)
		return status;
	doctor_test(doctor);
	doctor->verdict = find_verdict(doctor);
	if (doctor->wants_cost)
		doctor_measure_cost(doctor);
	if (doctor->is_json)
		print_json(doctor);
	else
		doctor_print(doctor);
	if (fflush(stdout) || ferror(stdout)) {
		message_error("doctor", "cannot write the result: %s",
			      strerror(errno));
		return STATUS_FAILED;
	}
	return (int)doctor->verdict;
}

static const char doctor_doc[] =
	"Say whether LBR call stacks work in this guest, and if not, what stands "
	"in the way and who can change it.\v"
	"Exit status: 0 LBR call stacks work; otherwise lbrprof record falls "
	"back, and 3 you can change that, 4 the host's administrator can, 5 the "
	"hardware cannot. 1 failed, 2 wrong usage.";

static void check(struct argp_state *state, const struct doctor *doctor)
{
	if (doctor->sysroot && doctor->save_dir)
		argp_error(state,
			   "--save is of this machine, not of --sysroot");
	if (doctor->sysroot && doctor->wants_cost)
		argp_error(
			state,
			"--exit-cost is measured, on this machine, not of --sysroot");
	if (doctor->sysroot && doctor->wants_tests)
		argp_error(state,
			   "--self-test is of this machine, not of --sysroot");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct doctor *doctor = state->input;

	switch (key) {
	case KEY_SELF_TEST:
		doctor->wants_tests = true;
		return 0;
	case KEY_EXIT_COST:
		doctor->wants_cost = true;
		return 0;
	case KEY_JSON:
		doctor->is_json = true;
		return 0;
	case KEY_SYSROOT:
		doctor->sysroot = arg;
		return 0;
	case KEY_SAVE:
		doctor->save_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "nothing to do with '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		check(state, doctor);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run_doctor(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "exit-cost", KEY_EXIT_COST, NULL, 0,
		  "Measure what leaving this guest costs, and what that makes of sampling",
		  0 },
		{ "self-test", KEY_SELF_TEST, NULL, 0,
		  "Sample known calls, and on each rung below LBR, and say how it went",
		  0 },
		{ "json", KEY_JSON, NULL, 0, "Answer as JSON", 0 },
		{ "sysroot", KEY_SYSROOT, "DIR", 0,
		  "Answer from a folder that --save wrote, or a text of CPUID registers",
		  0 },
		{ "save", KEY_SAVE, "DIR", 0,
		  "Write what was read to a new folder, without host name, command lines or serial numbers",
		  0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = doctor_doc,
	};
	struct doctor doctor = { .sysroot = NULL };
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &doctor))
		return STATUS_USAGE;
	status = examine(&doctor);
	lbrvirt_exit_cost_free(doctor.exit_cost);
	lbrvirt_pv_free(doctor.pv);
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
