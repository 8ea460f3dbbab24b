/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine in a folder: what it answers, and that nothing outside the folder
 * answers for it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/snapshot.h"
#include "machine/suites.h"

static struct lbrvirt_context *ctx;
static struct machine *machine;
static char folder[32];
static char secret[64]; /* a file beside the folder */

static void put(const char *name, const char *text, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void set_up(void)
{
	FILE *file;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	machine = NULL;
	strcpy(folder, "snapshot-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(secret, sizeof(secret), "%s.secret", folder);
	file = fopen(secret, "w");
	ck_assert_ptr_nonnull(file);
	fputs("secret\n", file);
	fclose(file);
}

static void tear_down(void)
{
	char command[128];

	snapshot_close(machine);
	snprintf(command, sizeof(command), "rm -rf ./%s ./%s", folder, secret);
	ck_assert_int_eq(system(command), 0);
	lbrvirt_context_free(ctx);
}

/* With something of a machine in it. */
static void open_folder(void)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "%s/proc", folder);
	ck_assert(mkdir(path, 0777) == 0 || errno == EEXIST);
	err = snapshot_open(ctx, folder, &machine);
	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
}

static void refuse_folder(int err, const char *words)
{
	ck_assert_int_eq(snapshot_open(ctx, folder, &machine), err);
	ck_assert_ptr_null(machine);
	ck_assert_msg(strstr(lbrvirt_context_error(ctx), words) != NULL, "%s",
		      lbrvirt_context_error(ctx));
}

static int read_path(const char *path)
{
	struct buffer text = { NULL, 0, 0 };
	int err = machine->ops->read_file(machine, path, &text);

	if (!err)
		ck_assert_ptr_null(strstr((char *)text.bytes, "secret"));
	buffer_fini(&text);
	return err;
}

static void link_to(const char *target, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(symlink(target, path), 0);
}

START_TEST(files_are_found_by_their_own_path)
{
	struct buffer text = { NULL, 0, 0 };
	char path[64];
	char few[4];

	snprintf(path, sizeof(path), "%s/proc", folder);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	put_text("proc/number", "123456\n");
	open_folder();
	ck_assert_int_eq(
		machine->ops->read_file(machine, "/proc/number", &text), 0);
	ck_assert_str_eq((char *)text.bytes, "123456\n");
	ck_assert_uint_eq(text.size, 7);
	buffer_fini(&text);
	ck_assert_int_eq(machine->ops->peek_file(machine, "/proc/number", few,
						 sizeof(few)),
			 3);
	ck_assert_str_eq(few, "123");
	ck_assert_int_eq(machine->ops->has_path(machine, "/proc"), 1);
	ck_assert_int_eq(machine->ops->has_path(machine, "/proc/number"), 1);
	ck_assert_int_eq(machine->ops->has_path(machine, "/proc/number/x"), 0);
	ck_assert_int_eq(machine->ops->has_path(machine, "/sys"), 0);
	ck_assert_int_eq(read_path("/proc/nothing"), -ENOENT);
	ck_assert_int_eq(read_path("/proc"), -EISDIR);
}
END_TEST

START_TEST(an_empty_folder_has_nothing)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE };
	struct cpuid_regs regs;
	uint64_t value;

	open_folder();
	ck_assert_int_eq(machine->ops->cpuid(machine, 0, 0, &regs),
			 -EOPNOTSUPP);
	ck_assert_int_eq(machine->ops->msr_read(machine, 0, 0x345, &value),
			 -ENOENT);
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &attr, 0, -1,
						       -1, 0),
			 -ENODATA);
	ck_assert_int_eq(machine->ops->has_path(machine, "/sys"), 0);
	ck_assert_int_eq(read_path("/proc/self/status"), -ENOENT);
}
END_TEST

/* Without the folder's root being the root, each of these finds the file. */
START_TEST(nothing_outside_is_reached)
{
	char up[128];
	char *whole = realpath(secret, NULL);

	ck_assert_ptr_nonnull(whole);
	link_to(whole, "absolute");
	snprintf(up, sizeof(up), "../%s", secret);
	link_to(up, "relative");
	link_to("..", "above");
	link_to("/proc/self/root", "magic");
	open_folder();
	ck_assert_int_eq(read_path("/absolute"), -ENOENT);
	ck_assert_int_eq(read_path("/relative"), -ENOENT);
	ck_assert_int_eq(read_path(up), -ENOENT);
	snprintf(up, sizeof(up), "/above/%s", secret);
	ck_assert_int_eq(read_path(up), -ENOENT);
	snprintf(up, sizeof(up), "/magic%s", whole);
	ck_assert_int_eq(read_path(up), -ENOENT);
	snprintf(up, sizeof(up), "/../../../../../..%s", whole);
	ck_assert_int_eq(read_path(up), -ENOENT);
	ck_assert_int_eq(machine->ops->has_path(machine, "/absolute"), 0);
	free(whole);
}
END_TEST

START_TEST(links_within_the_folder_are_followed)
{
	put_text("real", "here\n");
	link_to("/real", "absolute");
	link_to("../../real", "relative");
	open_folder();
	ck_assert_int_eq(read_path("/absolute"), 0);
	ck_assert_int_eq(read_path("/relative"), 0);
}
END_TEST

START_TEST(what_is_no_file_is_not_read)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0666), 0);
	open_folder();
	ck_assert_int_eq(read_path("/fifo"), -EACCES);
	snapshot_close(machine);
	machine = NULL;
	snprintf(path, sizeof(path), "%s/cpuid", folder);
	ck_assert_int_eq(mkfifo(path, 0666), 0);
	refuse_folder(-EACCES, "cpuid: not a regular file");
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	refuse_folder(-EACCES, "cpuid: not a regular file");
}
END_TEST

START_TEST(a_folder_without_anything_of_a_machine_is_refused)
{
	put_text("README", "cpuid, proc and sys are elsewhere\n");
	refuse_folder(-EBADMSG, "no saved machine");
}
END_TEST

/* Sparse: it takes no room on the disk. */
START_TEST(a_huge_file_is_refused)
{
	char path[64];

	put_text("huge", "");
	snprintf(path, sizeof(path), "%s/huge", folder);
	ck_assert_int_eq(truncate(path, (64 << 20) + 1), 0);
	open_folder();
	ck_assert_int_eq(read_path("/huge"), -EFBIG);
}
END_TEST

START_TEST(msrs_are_those_of_the_file)
{
	uint64_t value = 7;

	put_text("msr", "# CPU REGISTER VALUE\n"
			"\n"
			"0 0x345 0x5 # Skylake\n"
			"\t1 837 18446744073709551615\r\n"
			"1 0x4b564d05 fault\n"
			"0 0x345 0x6\n");
	open_folder();
	ck_assert_int_eq(machine->ops->msr_read(machine, 0, 0x345, &value), 0);
	ck_assert_uint_eq(value, 5);
	ck_assert_int_eq(machine->ops->msr_read(machine, 1, 0x345, &value), 0);
	ck_assert_uint_eq(value, UINT64_MAX);
	ck_assert_int_eq(machine->ops->msr_read(machine, 1, 0x4b564d05, &value),
			 -EIO);
	ck_assert_int_eq(machine->ops->msr_read(machine, 0, 0x4b564d05, &value),
			 -ENOENT);
	ck_assert_int_eq(machine->ops->msr_read(machine, 2, 0x345, &value),
			 -ENOENT);
	ck_assert_int_eq(machine->ops->msr_write(machine, 0, 0x4b564d05, 1),
			 -EPERM);
	ck_assert_uint_eq(value, UINT64_MAX);
}
END_TEST

static const char *const no_msrs[] = {
	"0 0x345\n",
	"0 0x345 1 2\n",
	"0 0x345 1 2 3 4\n",
	"x 0x345 1\n",
	"0 0x 1\n",
	"0 0x345 -1\n",
	"0 0x345 0x1g\n",
	"0 0x345 Fault\n",
	"65536 0x345 1\n",
	"0 0x1000003451 1\n",
	"0 0x345 18446744073709551616\n",
};

START_TEST(a_broken_line_of_msrs_is_named)
{
	char text[64];

	snprintf(text, sizeof(text), "0 0x345 1\n%s", no_msrs[_i]);
	put_text("msr", text);
	refuse_folder(-EBADMSG, "/msr:2: wanted is CPU REGISTER VALUE");
}
END_TEST

START_TEST(events_open_as_the_file_says)
{
	struct perf_event_attr software = { .type = PERF_TYPE_SOFTWARE };
	struct perf_event_attr cycles = { .type = PERF_TYPE_HARDWARE };
	struct perf_event_attr branches = {
		.type = PERF_TYPE_HARDWARE,
		.sample_type = PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = PERF_SAMPLE_BRANCH_ANY,
	};
	struct perf_event_attr calls = branches;
	int fd;

	calls.branch_sample_type = PERF_SAMPLE_BRANCH_CALL_STACK;
	put_text("perf_event_open", "call-stack EOPNOTSUPP # AMD\n"
				    "branches EBUSY\n"
				    "hardware ENOENT\n"
				    "any ok\n");
	open_folder();
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &calls, 0, -1,
						       -1, 0),
			 -EOPNOTSUPP);
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &branches, 0,
						       -1, -1, 0),
			 -EBUSY);
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &cycles, 0, -1,
						       -1, 0),
			 -ENOENT);
	fd = machine->ops->perf_event_open(machine, &software, 0, -1, -1, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

/* No PMU: hardware events are not there, whatever else they ask for. */
START_TEST(the_first_line_that_fits_answers)
{
	struct perf_event_attr branches = {
		.type = PERF_TYPE_HARDWARE,
		.sample_type = PERF_SAMPLE_BRANCH_STACK,
	};

	put_text("perf_event_open", "hardware ENOENT\nbranches EOPNOTSUPP\n");
	open_folder();
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &branches, 0,
						       -1, -1, 0),
			 -ENOENT);
	branches.type = PERF_TYPE_SOFTWARE;
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &branches, 0,
						       -1, -1, 0),
			 -EOPNOTSUPP);
}
END_TEST

START_TEST(refusals_of_precision_and_of_the_kernel_are_their_own)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.exclude_kernel = 1,
		.precise_ip = 2,
	};

	put_text("perf_event_open",
		 "precise EOPNOTSUPP\nkernel EACCES\nhardware EBUSY\n");
	open_folder();
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &attr, 0, -1,
						       -1, 0),
			 -EOPNOTSUPP);
	attr.precise_ip = 0;
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &attr, 0, -1,
						       -1, 0),
			 -EBUSY);
	attr.exclude_kernel = 0;
	ck_assert_int_eq(machine->ops->perf_event_open(machine, &attr, 0, -1,
						       -1, 0),
			 -EACCES);
}
END_TEST

static const char *const no_answers[] = {
	"any\n",    "any ok ok\n",
	"all ok\n", "any EWHAT\n",
	"any 2\n",  "any ok\nany ok\nany ok\nany ok\nany ok\nany ok\nany ok\n",
};

START_TEST(a_broken_line_of_answers_is_named)
{
	put_text("perf_event_open", no_answers[_i]);
	refuse_folder(-EBADMSG, "/perf_event_open:");
}
END_TEST

#define DUMP(eax)                      \
	"   0x00000000 0x00: eax=" eax \
	" ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n"

START_TEST(a_broken_dump_is_named_with_its_folder)
{
	char words[64];

	put_text("cpuid", DUMP("0x00000001") "   0x00000001\n");
	snprintf(words, sizeof(words), "%s/cpuid:2:", folder);
	refuse_folder(-EBADMSG, words);
}
END_TEST

START_TEST(a_nul_does_not_hide_the_rest)
{
	put("msr", "0 0x345 1\n\0 0x345 2\n", 20);
	refuse_folder(-EBADMSG, "/msr: not a text");
}
END_TEST

static int read_leaf_0(void *arg)
{
	struct cpuid_regs regs;

	ck_assert_int_eq(machine->ops->cpuid(machine, 0, 0, &regs), 0);
	*(uint32_t *)arg = regs.eax;
	return 42;
}

START_TEST(on_another_cpu_cpuid_is_that_cpus)
{
	uint32_t eax = 0;

	put_text("cpuid", DUMP("0x00000001") DUMP("0x00000002"));
	open_folder();
	ck_assert_int_eq(
		machine->ops->run_on_cpu(machine, 1, read_leaf_0, &eax), 42);
	ck_assert_uint_eq(eax, 2);
	read_leaf_0(&eax);
	ck_assert_uint_eq(eax, 1);
}
END_TEST

START_TEST(a_dump_alone_is_a_machine_without_files)
{
	char path[64];
	uint32_t eax = 0;

	put_text("dump.txt", DUMP("0x00000016"));
	snprintf(path, sizeof(path), "%s/dump.txt", folder);
	ck_assert_int_eq(snapshot_open(ctx, path, &machine), 0);
	read_leaf_0(&eax);
	ck_assert_uint_eq(eax, 0x16);
	ck_assert_int_eq(machine->ops->has_path(machine, "/"), 0);
	ck_assert_int_eq(read_path("/proc/self/status"), -ENOENT);
	ck_assert_int_eq(read_path("dump.txt"), -ENOENT);
}
END_TEST

START_TEST(what_is_not_there_is_said_so)
{
	ck_assert_int_eq(snapshot_open(ctx, "nothing", &machine), -ENOENT);
	ck_assert_str_eq(lbrvirt_context_error(ctx),
			 "nothing: No such file or directory");
	ck_assert_int_eq(snapshot_open(ctx, "/dev/zero", &machine), -EACCES);
	ck_assert_ptr_null(machine);
	snapshot_close(NULL);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *snapshot_suite(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *files = tcase_create("files");
	TCase *tables = tcase_create("tables");

	tcase_add_checked_fixture(files, set_up, tear_down);
	tcase_add_test(files, files_are_found_by_their_own_path);
	tcase_add_test(files, an_empty_folder_has_nothing);
	tcase_add_test(files, nothing_outside_is_reached);
	tcase_add_test(files, links_within_the_folder_are_followed);
	tcase_add_test(files, what_is_no_file_is_not_read);
	tcase_add_test(files,
		       a_folder_without_anything_of_a_machine_is_refused);
	tcase_add_test(files, a_huge_file_is_refused);
	tcase_add_test(files, what_is_not_there_is_said_so);
	suite_add_tcase(suite, files);

	tcase_add_checked_fixture(tables, set_up, tear_down);
	tcase_add_test(tables, msrs_are_those_of_the_file);
	tcase_add_loop_test(tables, a_broken_line_of_msrs_is_named, 0,
			    COUNT(no_msrs));
	tcase_add_test(tables, events_open_as_the_file_says);
	tcase_add_test(tables, the_first_line_that_fits_answers);
	tcase_add_test(tables,
		       refusals_of_precision_and_of_the_kernel_are_their_own);
	tcase_add_loop_test(tables, a_broken_line_of_answers_is_named, 0,
			    COUNT(no_answers));
	tcase_add_test(tables, a_broken_dump_is_named_with_its_folder);
	tcase_add_test(tables, a_nul_does_not_hide_the_rest);
	tcase_add_test(tables, on_another_cpu_cpuid_is_that_cpus);
	tcase_add_test(tables, a_dump_alone_is_a_machine_without_files);
	suite_add_tcase(suite, tables);
	return suite;
}
