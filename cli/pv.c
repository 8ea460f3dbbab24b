/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof pv`: what this host makes of the paravirtual LBR protocol, holding
 * it for any program, and putting back what was left.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "pv_hold.h"

enum long_only {
	OPT_PV = 256,
	OPT_SYSROOT,
	OPT_JSON,
};

struct pv_args {
	struct lbrvirt_pv_opts pv;
	const char *action;
	char **command; /* of run */
	bool is_json;
};

/* Lines of at most 78 columns, each indented. */
static void print_words(const char *words, int indent)
{
	int at = 0;

	while (*words) {
		int length = (int)strcspn(words, " ");

		if (at && at + 1 + length > 78) {
			putchar('\n');
			at = 0;
		}
		at += printf("%*s%.*s", at ? 1 : indent, "", length, words);
		words += length;
		words += strspn(words, " ");
	}
	putchar('\n');
}

static void print_evidence(const struct lbrvirt_pv *pv)
{
	puts("\nEvidence");
	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++) {
		const struct lbrvirt_pv_evidence *evidence =
			lbrvirt_pv_evidence(pv, i);

		printf("  %c %-12s %s%s\n", evidence->letter, evidence->name,
		       evidence->value,
		       evidence->is_lifted ? " (veto, lifted)" :
		       evidence->is_veto   ? " (veto)" :
					     "");
		if (evidence->words[0])
			print_words(evidence->words, 17);
	}
}

static void print_cpu(const struct lbrvirt_pv_cpu *cpu, uint32_t msr)
{
	if (cpu->err)
		printf("  CPU %-4u MSR 0x%x cannot be read: %s", cpu->cpu, msr,
		       strerror(cpu->err));
	else
		printf("  CPU %-4u MSR 0x%x = 0x%" PRIx64, cpu->cpu, msr,
		       cpu->value);
	if (cpu->is_held)
		printf("; held, was 0x%" PRIx64, cpu->old_value);
	putchar('\n');
}

static void print_cpus(const struct lbrvirt_pv *pv)
{
	uint32_t msr = lbrvirt_pv_assertion(pv)->msr;

	puts("\nCPUs");
	if (lbrvirt_pv_msr_reason(pv)[0])
		print_words(lbrvirt_pv_msr_reason(pv), 2);
	for (size_t i = 0; i < lbrvirt_pv_cpu_count(pv); i++) {
		const struct lbrvirt_pv_cpu *cpu = lbrvirt_pv_cpu(pv, i);

		/* The reason above is that of all. */
		if (!cpu->err || cpu->is_held || !lbrvirt_pv_msr_reason(pv)[0])
			print_cpu(cpu, msr);
	}
}

static void print_holders(const struct lbrvirt_pv *pv)
{
	size_t nr = lbrvirt_pv_holder_count(pv);

	puts("\nHolders");
	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_pv_holder *holder =
			lbrvirt_pv_holder(pv, i);

		printf("  process %d %s\n", (int)holder->pid, holder->comm);
	}
	if (lbrvirt_pv_is_stale(pv))
		puts("  none that lives, but CPUs are left set: `lbrprof pv reset'");
	else if (nr == 0)
		puts("  none");
}

static void print_status(const struct lbrvirt_pv *pv)
{
	const struct lbrvirt_pv_assertion *assertion = lbrvirt_pv_assertion(pv);

	printf("Verdict: %s%s\n",
	       lbrvirt_pv_verdict_name(lbrvirt_pv_verdict(pv)),
	       lbrvirt_pv_is_certain(pv) ? "" : " (not certain)");
	puts(lbrvirt_pv_text(pv));
	if (assertion->source[0])
		printf("Asserted: %s by %s, CPUID bit %" PRIu32
		       ", MSR 0x%" PRIx32 "\n",
		       lbrvirt_pv_mode_name(assertion->mode), assertion->source,
		       assertion->bit, assertion->msr);
	print_evidence(pv);
	print_cpus(pv);
	print_holders(pv);
}

static int fail(const struct lbrvirt_context *ctx)
{
	message_error("pv", "%s", lbrvirt_context_error(ctx));
	return STATUS_FAILED;
}

static int show_status(struct lbrvirt_context *ctx, const struct pv_args *args)
{
	struct lbrvirt_pv *pv;

	if (lbrvirt_pv_status(ctx, &args->pv, &pv))
		return fail(ctx);
	if (args->is_json)
		lbrvirt_export_pv_json(pv, stdout);
	else
		print_status(pv);
	lbrvirt_pv_free(pv);
	if (fflush(stdout) || ferror(stdout)) {
		message_error("pv", "cannot write the result: %s",
			      strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

static volatile sig_atomic_t running_pid;

static void pass_on(int number)
{
	kill((pid_t)running_pid, number);
}

/* What ends the command ends us after it, with ACTIVE put back. A terminal
 * sends its signals to both. */
static void handle_signals(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction pass = { .sa_handler = pass_on };

	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigaction(SIGTERM, &pass, NULL);
	sigaction(SIGHUP, &pass, NULL);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return STATUS_FAILED;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

/* The command's own status, as a shell gives it. */
static int run_command(char **command)
{
	sigset_t all, old;
	bool is_missing;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = fork();
	if (pid > 0) {
		running_pid = pid;
		handle_signals();
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0) {
		message_error("pv", "cannot start a process: %s",
			      strerror(errno));
		return STATUS_FAILED;
	}
	if (pid == 0) {
		execvp(command[0], command);
		is_missing = errno == ENOENT;
		message_error("pv", "%s: %s", command[0], strerror(errno));
		_exit(is_missing ? 127 : 126);
	}
	return wait_for(pid);
}

static int hold_and_run(struct lbrvirt_context *ctx, struct pv_args *args)
{
	const struct lbrvirt_pv_summary *summary;
	struct lbrvirt_pv_hold *hold;
	int status = STATUS_FAILED;

	if (lbrvirt_pv_acquire(ctx, &args->pv, &hold))
		return fail(ctx);
	summary = lbrvirt_pv_hold_summary(hold);
	if (!summary->is_held && args->pv.mode != LBRVIRT_PV_OFF)
		message_note("pv", "PV LBR is not driven: %s", summary->reason);
	if (summary->is_held || summary->is_kernel_driven ||
	    args->pv.mode == LBRVIRT_PV_OFF)
		status = run_command(args->command);
	else
		message_error(
			"pv",
			"%s was not run; see `lbrprof pv status', and lbrvirt-pv(7) before --pv assume",
			args->command[0]);
	if (lbrvirt_pv_release(hold))
		status = fail(ctx);
	pv_hold_show(hold);
	lbrvirt_pv_hold_free(hold);
	return status;
}

static int reset(struct lbrvirt_context *ctx)
{
	uint32_t cpus;

	if (lbrvirt_pv_reset(ctx, &cpus))
		return fail(ctx);
	if (cpus)
		message_note("pv", "put back on %" PRIu32 " CPUs", cpus);
	else
		message_note("pv", "nothing was left to put back");
	return STATUS_DONE;
}

static int act(struct pv_args *args)
{
	struct lbrvirt_context *ctx = message_context("pv");
	int status;

	if (!ctx)
		return STATUS_FAILED;
	if (strcmp(args->action, "status") == 0)
		status = show_status(ctx, args);
	else if (strcmp(args->action, "run") == 0)
		status = hold_and_run(ctx, args);
	else
		status = reset(ctx);
	lbrvirt_context_free(ctx);
	return status;
}

static void take_word(struct argp_state *state, struct pv_args *args, char *arg)
{
	if (!args->action) {
		args->action = arg;
		return;
	}
	if (strcmp(args->action, "run") != 0)
		argp_error(state, "nothing to do with '%s'", arg);
	/* The command's own options are the command's. */
	args->command = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check(struct argp_state *state, const struct pv_args *args)
{
	static const char *const actions[] = { "status", "run", "reset" };
	bool is_known = false;

	for (size_t i = 0; args->action && i < 3; i++)
		is_known = is_known || strcmp(args->action, actions[i]) == 0;
	if (!is_known)
		argp_error(state, "say what to do: status, run or reset");
	if (strcmp(args->action, "run") == 0 && !args->command)
		argp_error(state, "run: name a COMMAND");
	if (strcmp(args->action, "status") != 0 &&
	    (args->pv.sysroot || args->is_json))
		argp_error(state, "--sysroot and --json belong to status");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct pv_args *args = state->input;

	switch (key) {
	case OPT_PV:
		pv_hold_parse(state, arg, &args->pv);
		return 0;
	case 'C':
		args->pv.cpus = arg;
		return 0;
	case OPT_SYSROOT:
		args->pv.sysroot = arg;
		return 0;
	case OPT_JSON:
		args->is_json = true;
		return 0;
	case ARGP_KEY_ARG:
		take_word(state, args, arg);
		return 0;
	case ARGP_KEY_END:
		check(state, args);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char pv_doc[] =
	"The paravirtual LBR protocol of 2018: say what this host makes of it, "
	"hold it while a command runs, or put back what was left by a holder "
	"that was killed.\v"
	"Nothing is ever written unless --pv assume, --pv force or "
	"/etc/lbrvirt.conf asserts that this host speaks the protocol; read "
	"lbrvirt-pv(7) first. Exit status: 0 done, 1 failed, 2 wrong usage; run "
	"passes the command's own on.";

static int run_pv(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "pv", OPT_PV, "MODE", 0,
		  "auto, off, assume or force; with ,bit=N and ,msr=N on hosts that renumbered them (default: auto)",
		  0 },
		{ "cpu", 'C', "CPUS", 0, "run: only on these CPUs: 0-2,5", 0 },
		{ "sysroot", OPT_SYSROOT, "DIR", 0,
		  "status: answer from a folder, not from this machine", 0 },
		{ "json", OPT_JSON, NULL, 0, "status: as JSON", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "status\nrun [--] COMMAND [ARG...]\nreset",
		.doc = pv_doc,
	};
	struct pv_args args = { .pv.size = sizeof(args.pv) };

	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args))
		return STATUS_USAGE;
	return act(&args);
}

const struct command command_pv = {
	.name = "pv",
	.run = run_pv,
	.help = "the paravirtual LBR protocol: status, run, reset",
};
