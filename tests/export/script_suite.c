/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our text of a recording against perf's own, line by line. Inlined calls are
 * left out: in recorded call chains perf does not show them.
 */
#include "config.h"

#include <lbrvirt/lbrvirt.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export/branch_file.h"
#include "export/suites.h"

#define COMMAND_MAX 4096

static struct lbrvirt_context *ctx;
static char recording[64];

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	snprintf(recording, sizeof(recording), "script-test-%d.data",
		 (int)getpid());
}

static void tear_down(void)
{
	unlink(recording);
	lbrvirt_context_free(ctx);
}

/* Whether perf can be had; if not, says that the test is skipped. */
static bool has_perf(void)
{
	if (system("perf --version >/dev/null 2>&1") == 0)
		return true;
	fprintf(stderr, "skipped: perf is not installed\n");
	return false;
}

static const char *program(const char *name)
{
	static char path[COMMAND_MAX / 4];
	const char *build = getenv("top_builddir");

	snprintf(path, sizeof(path), "%s/tests/programs/%s",
		 build ? build : "..", name);
	ck_assert_msg(access(path, X_OK) == 0, "%s was not built", path);
	return path;
}

/* Everything that a stream has, NUL-terminated, owned by the caller. */
static char *read_all(FILE *in)
{
	size_t size = 0;
	char *text = NULL;

	for (;;) {
		size_t got;

		text = realloc(text, size + 65537);
		ck_assert_ptr_nonnull(text);
		got = fread(text + size, 1, 65536, in);
		size += got;
		if (got == 0)
			break;
	}
	text[size] = '\0';
	return text;
}

/* Record a program with perf; false: this machine does not let it. */
static bool record(const char *options, const char *name)
{
	char command[COMMAND_MAX];
	char *reason;
	FILE *in;

	if (!has_perf())
		return false;
	snprintf(command, sizeof(command),
		 "perf record -q -B %s -o %s %s 0.2 2>&1 >/dev/null", options,
		 recording, program(name));
	in = popen(command, "r");
	ck_assert_ptr_nonnull(in);
	reason = read_all(in);
	if (pclose(in) == 0) {
		free(reason);
		return true;
	}
	fprintf(stderr, "skipped: perf record %s: %s\n", options, reason);
	free(reason);
	return false;
}

static char *text_of_perf(const char *fields, const char *options)
{
	char command[COMMAND_MAX];
	char *text;
	FILE *in;

	snprintf(command, sizeof(command),
		 "perf script -f --no-inline %s %s%s -i %s 2>/dev/null",
		 options, fields ? "-F " : "", fields ? fields : "", recording);
	in = popen(command, "r");
	ck_assert_ptr_nonnull(in);
	text = read_all(in);
	ck_assert_int_eq(pclose(in), 0);
	return text;
}

static int write_script(const struct lbrvirt_script_opts *opts, FILE *out)
{
	struct lbrvirt_perfdata *data;
	int err = lbrvirt_perfdata_open(ctx, recording, NULL, &data);

	ck_assert_msg(!err, "%s", lbrvirt_context_error(ctx));
	err = lbrvirt_export_script(ctx, data, opts, out);
	lbrvirt_perfdata_close(data);
	return err;
}

static char *text_of_ours(const char *fields, bool has_mmaps)
{
	const struct lbrvirt_resolver_opts resolver = { .size = sizeof(
								resolver),
							.no_inline = true };
	const struct lbrvirt_script_opts opts = { .size = sizeof(opts),
						  .resolver = &resolver,
						  .fields = fields,
						  .show_mmap_events =
							  has_mmaps };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_msg(!write_script(&opts, out), "%s",
		      lbrvirt_context_error(ctx));
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* The next line of *@text, its newline taken off; NULL: there is none. */
static char *next_line(char **text)
{
	char *line = *text;
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return line;
}

/*
 * Where we differ on purpose: what perf has no name for, and a return address
 * that is the first of the next function. _start of ld.so ends in its call of
 * _dl_start, and _dl_start_user follows. Of PLT entries that stand for a local
 * function perf 6.1 prints no name but "@plt".
 */
static bool is_meant_to_differ(const char *line)
{
	return strstr(line, "[unknown]") || strstr(line, "_dl_start_user") ||
	       strstr(line, " @plt+");
}

/* Compare; returns how many lines were equal. Both texts are used up. */
static unsigned int compare(char *perfs, char *ours)
{
	char *perf_rest = perfs;
	char *our_rest = ours;
	unsigned int equal = 0;

	for (unsigned int line = 1;; line++) {
		const char *p = next_line(&perf_rest);
		const char *o = next_line(&our_rest);

		ck_assert_msg(!p == !o, "line %u: perf has '%s', we '%s'", line,
			      p ? p : "(nothing)", o ? o : "(nothing)");
		if (!p)
			break;
		if (is_meant_to_differ(p))
			continue;
		ck_assert_msg(strcmp(p, o) == 0,
			      "line %u differs\nperf: '%.999s'\nours: '%.999s'",
			      line, p, o);
		equal++;
	}
	free(perfs);
	free(ours);
	return equal;
}

static void check_same(const char *fields, unsigned int least)
{
	ck_assert_uint_ge(compare(text_of_perf(fields, ""),
				  text_of_ours(fields, false)),
			  least);
}

START_TEST(samples_without_stacks_are_perfs_lines)
{
	if (record("-e cpu-clock:u -F 499", "shares"))
		check_same(NULL, 10);
}
END_TEST

START_TEST(event_names_are_as_wide_as_the_widest)
{
	if (record("-e cpu-clock:u,page-faults:u,task-clock:u -F 499",
		   "shares"))
		check_same(NULL, 10);
}
END_TEST

START_TEST(cpus_are_printed_where_they_were_recorded)
{
	if (record("-e cpu-clock:u -F 499 --sample-cpu", "threads"))
		check_same(NULL, 10);
}
END_TEST

START_TEST(periods_are_left_out_where_they_were_not_recorded)
{
	if (record("-e cpu-clock:u -c 2000000", "shares"))
		check_same(NULL, 10);
}
END_TEST

START_TEST(recorded_call_chains_are_perfs_lines)
{
	if (record("-e cpu-clock:u -F 499 -g", "recursion"))
		check_same(NULL, 100);
}
END_TEST

/* Of several symbols at one kernel address each tool has its own favourite,
 * and perf may know the kernel by another file: addresses alone. */
START_TEST(kernel_addresses_are_perfs)
{
	if (record("-e cpu-clock,page-faults -F 499 -g", "threads"))
		check_same("comm,tid,time,event,ip", 100);
}
END_TEST

START_TEST(unwound_stacks_are_perfs_lines)
{
	if (record("-e cpu-clock:u -F 199 --call-graph dwarf", "templates"))
		check_same(NULL, 100);
}
END_TEST

static const char *const field_lists[] = {
	"comm,pid,tid,time,event,ip,sym,dso",
	"ip,sym",
	"ip",
	"time,event,period",
	"comm,tid,ip,sym,symoff,dso",
	"pid,time,ip,dso",
	"comm",
	"+pid",
	"-period",
};

START_TEST(fields_are_perfs_with_call_chains)
{
	if (record("-e cpu-clock:u -F 499 -g", "shares"))
		check_same(field_lists[_i], 20);
}
END_TEST

START_TEST(fields_are_perfs_without_call_chains)
{
	if (record("-e cpu-clock:u -F 499", "shares"))
		check_same(field_lists[_i], 20);
}
END_TEST

START_TEST(mappings_are_perfs_lines)
{
	unsigned int equal;

	if (!record("-e cpu-clock -F 499", "shares"))
		return;
	equal = compare(text_of_perf("comm,tid,time,ip", "--show-mmap-events"),
			text_of_ours("comm,tid,time,ip", true));
	ck_assert_uint_ge(equal, 10);
}
END_TEST

static const char *const branch_lists[] = {
	"ip,brstack",
	"comm,tid,time,cpu,period,event,addr,ip,dso,brstack",
	"brstack",
};

static void check_branches(const char *fields, bool has_chain)
{
	if (!has_perf())
		return;
	ck_assert_int_eq(branch_file_write(ctx, recording, program("shares"),
					   has_chain),
			 0);
	check_same(fields, 2);
}

START_TEST(branches_of_every_kind_are_perfs)
{
	check_branches(branch_lists[_i], false);
}
END_TEST

/* Of files at hand, perf prints plain addresses for offsets. */
START_TEST(branch_offsets_are_perfs_where_it_prints_them)
{
	static const char *const lists[] = { "brstackoff",
					     "tid,brstackoff,dso" };

	if (!has_perf())
		return;
	ck_assert_int_eq(
		branch_file_write(ctx, recording, "/nowhere/app", false), 0);
	check_same(lists[_i], 2);
}
END_TEST

/* The first 20 branches, which are in _init: behind it come PLT entries, for
 * which perf 6.1 has no names. */
static void cut_branches(char *text)
{
	for (int i = 0; i < 20 && text; i++)
		text = strchr(text + 1, ' ');
	ck_assert_ptr_nonnull(text);
	*text = '\0';
}

START_TEST(branch_symbols_are_perfs)
{
	static const char *const lists[] = { "brstacksym", "brstacksym,dso" };
	char *perf, *ours;

	if (!has_perf())
		return;
	ck_assert_int_eq(
		branch_file_write(ctx, recording, program("shares"), false), 0);
	perf = text_of_perf(lists[_i], "");
	ours = text_of_ours(lists[_i], false);
	cut_branches(perf);
	cut_branches(ours);
	ck_assert_ptr_nonnull(strstr(perf, "_init+0x"));
	ck_assert_str_eq(ours, perf);
	free(perf);
	free(ours);
}
END_TEST

START_TEST(branches_follow_call_chains_as_in_perf)
{
	check_branches(branch_lists[_i], true);
}
END_TEST

START_TEST(inlined_calls_are_marked_and_have_no_file)
{
	const struct lbrvirt_script_opts opts = { .size = sizeof(opts) };
	char *text = NULL;
	size_t size;
	FILE *out;

	if (!record("-e cpu-clock:u -F 499 -g", "templates"))
		return;
	out = open_memstream(&text, &size);
	ck_assert_int_eq(write_script(&opts, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_ptr_nonnull(strstr(text, " (inlined)\n"));
	ck_assert_ptr_null(strstr(text, ") (inlined)\n"));
	free(text);
}
END_TEST

/* A file of our own making, so that these do not hang on perf. */
static int script_with(const char *fields, FILE *out)
{
	const struct lbrvirt_script_opts opts = { .size = sizeof(opts),
						  .fields = fields };

	ck_assert_int_eq(branch_file_write(ctx, recording, "/nowhere/program",
					   false),
			 0);
	return write_script(&opts, out);
}

START_TEST(what_has_no_name_is_file_and_offset)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(script_with("ip,sym,symoff,dso", out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_ptr_nonnull(strstr(text, "     555555555040 program+0x1040 "
					   "(/nowhere/program)\n"));
	free(text);
}
END_TEST

static const char *const wrong_fields[] = {
	"nothing", "", "comm,,ip", "ip,symoff", "comm,srcline", "weight",
};

START_TEST(wrong_fields_are_refused_in_words)
{
	FILE *out = fopen("/dev/null", "w");

	ck_assert_int_eq(script_with(wrong_fields[_i], out), -EINVAL);
	ck_assert_str_ne(lbrvirt_context_error(ctx), "");
	fclose(out);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(script_with(NULL, full), -EIO);
	fclose(full);
}
END_TEST

#define ARRAY_SIZE(array) (int)(sizeof(array) / sizeof((array)[0]))

Suite *script_suite(void)
{
	Suite *suite = suite_create("script");
	TCase *perf = tcase_create("perf");
	TCase *own = tcase_create("own");

	tcase_set_timeout(perf, 60);
	tcase_add_checked_fixture(perf, set_up, tear_down);
	tcase_add_test(perf, samples_without_stacks_are_perfs_lines);
	tcase_add_test(perf, event_names_are_as_wide_as_the_widest);
	tcase_add_test(perf, cpus_are_printed_where_they_were_recorded);
	tcase_add_test(perf, periods_are_left_out_where_they_were_not_recorded);
	tcase_add_test(perf, recorded_call_chains_are_perfs_lines);
	tcase_add_test(perf, kernel_addresses_are_perfs);
	tcase_add_test(perf, unwound_stacks_are_perfs_lines);
	tcase_add_loop_test(perf, fields_are_perfs_with_call_chains, 0,
			    ARRAY_SIZE(field_lists));
	tcase_add_loop_test(perf, fields_are_perfs_without_call_chains, 0,
			    ARRAY_SIZE(field_lists));
	tcase_add_test(perf, mappings_are_perfs_lines);
	tcase_add_loop_test(perf, branches_of_every_kind_are_perfs, 0,
			    ARRAY_SIZE(branch_lists));
	tcase_add_loop_test(perf, branch_offsets_are_perfs_where_it_prints_them,
			    0, 2);
	tcase_add_loop_test(perf, branch_symbols_are_perfs, 0, 2);
	tcase_add_loop_test(perf, branches_follow_call_chains_as_in_perf, 0,
			    ARRAY_SIZE(branch_lists));
	tcase_add_test(perf, inlined_calls_are_marked_and_have_no_file);
	suite_add_tcase(suite, perf);

	tcase_add_checked_fixture(own, set_up, tear_down);
	tcase_add_test(own, what_has_no_name_is_file_and_offset);
	tcase_add_loop_test(own, wrong_fields_are_refused_in_words, 0,
			    ARRAY_SIZE(wrong_fields));
	tcase_add_test(own, a_full_disk_is_an_error);
	suite_add_tcase(suite, own);
	return suite;
}
