/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses of processes, from mappings to symbols: what is shared, what is
 * named otherwise than by a function, and return addresses.
 */
#include "config.h"

#include "symbol/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbol/lookup.h"
#include "symbol/program.h"

#define BASE	   0x555500000000ull
#define OTHER_BASE 0x7f0000000000ull

struct world {
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct process_table *processes;
	struct lookup *lookup;
};

static void make_world(struct world *world, const struct lookup_opts *opts)
{
	static const struct dso_table_opts dso_opts = { .is_live = false };

	ck_assert_int_eq(lbrvirt_context_new(&world->ctx), 0);
	ck_assert_int_eq(dso_table_new(world->ctx, &dso_opts, &world->dsos), 0);
	ck_assert_int_eq(process_table_new(world->ctx, world->dsos,
					   &world->processes),
			 0);
	ck_assert_int_eq(lookup_new(world->dsos, opts, &world->lookup), 0);
}

static void end_world(struct world *world)
{
	lookup_free(world->lookup);
	process_table_free(world->processes);
	dso_table_free(world->dsos);
	lbrvirt_context_free(world->ctx);
}

static void map_file(struct world *world, uint32_t pid, uint64_t start,
		     uint64_t size, uint64_t offset, const char *path)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = pid == PROCESS_KERNEL ? PERF_RECORD_MISC_KERNEL :
						PERF_RECORD_MISC_USER,
		.pid = pid,
		.mmap = { .pid = pid,
			  .tid = pid,
			  .start = start,
			  .size = size,
			  .offset = offset,
			  .prot = PROT_READ | PROT_EXEC,
			  .path = path },
	};

	ck_assert_int_eq(process_table_apply(world->processes, &record), 0);
}

static const struct lbrvirt_symbol *ask(struct world *world, uint32_t pid,
					struct lbrvirt_frame frame,
					size_t *ret_nr)
{
	const struct lbrvirt_symbol *symbols;
	const struct process *process = process_table_get(
		world->processes, frame.is_kernel ? PROCESS_KERNEL : pid);

	ck_assert_int_eq(lookup_symbols(world->lookup, process, &frame,
					&symbols, ret_nr),
			 0);
	ck_assert_uint_ge(*ret_nr, 1);
	return symbols;
}

/* Offset in the file of a function of inlined5, by nm. Its first segments map
 * addresses to the same offsets, or else the test says so. */
static uint64_t find_function(const char *path, const char *name)
{
	char command[2 * PATH_MAX], line[512];
	uint64_t address;
	FILE *in;

	snprintf(command, sizeof(command), "nm '%s' | grep ' [Tt] %s$'", path,
		 name);
	in = popen(command, "r");
	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), in));
	address = strtoull(line, NULL, 16);
	ck_assert_int_eq(pclose(in), 0);
	return address;
}

/* A file of 1 MB may have thousands of names that are 1 MB long. */
START_TEST(a_name_of_no_sensible_length_is_not_kept)
{
	const struct lookup_opts opts = { .no_inline = true };
	const struct lbrvirt_symbol *symbols;
	char path[PATH_MAX];
	struct program program;
	struct world world;
	uint64_t function;
	size_t nr;

	program_find("inlined5", path);
	function = find_function(path, "plain_c_name");
	program_make_folder(&program, "longname");
	program_run("cd '%s' && { printf 'plain_c_name ' &&"
		    " head -c %d /dev/zero | tr '\\0' a && echo; } >names &&"
		    " objcopy --redefine-syms=names '%s' x",
		    program.folder, _i ? 8193 : 8192, path);
	ck_assert_ptr_nonnull(realpath(program.folder, path));
	strcat(path, "/x");
	make_world(&world, &opts);
	map_file(&world, 10, BASE, 0x100000, 0, path);
	symbols = ask(&world, 10,
		      (struct lbrvirt_frame){ .address = BASE + function },
		      &nr);
	if (_i)
		ck_assert_str_eq(symbols[0].name, "[long name]");
	else
		ck_assert_uint_eq(strlen(symbols[0].name), 8192);
	ck_assert(symbols[0].has_name);
	end_world(&world);
	program_run("rm -rf '%s'", program.folder);
}
END_TEST

START_TEST(two_processes_share_what_a_file_says)
{
	const struct lookup_opts opts = { .no_inline = false };
	const struct lbrvirt_symbol *one, *other;
	char path[PATH_MAX];
	struct world world;
	uint64_t function;
	size_t nr;

	program_find("inlined5", path);
	function = find_function(path, "plain_c_name");
	make_world(&world, &opts);
	map_file(&world, 10, BASE, 0x100000, 0, path);
	map_file(&world, 11, OTHER_BASE, 0x100000, 0, path);
	one = ask(&world, 10,
		  (struct lbrvirt_frame){ .address = BASE + function }, &nr);
	ck_assert_str_eq(one[nr - 1].name, "plain_c_name");
	ck_assert(one[nr - 1].has_name);
	ck_assert_str_eq(one[nr - 1].dso, path);
	ck_assert_uint_eq(one[nr - 1].offset, 0);
	ck_assert_uint_eq(one[nr - 1].start, function);
	ck_assert_ptr_nonnull(strstr(one[nr - 1].file, "/inlined.cc"));
	ck_assert_uint_gt(one[nr - 1].line, 0);
	other = ask(&world, 11,
		    (struct lbrvirt_frame){ .address = OTHER_BASE + function },
		    &nr);
	ck_assert_ptr_eq(one, other);
	end_world(&world);
}
END_TEST

START_TEST(a_return_address_is_looked_up_before_itself)
{
	const struct lookup_opts opts = { .no_inline = true };
	const struct lbrvirt_symbol *symbol;
	char path[PATH_MAX];
	struct world world;
	uint64_t function;
	size_t nr;

	program_find("inlined5", path);
	function = find_function(path, "plain_c_name");
	make_world(&world, &opts);
	map_file(&world, 10, BASE, 0x100000, 0, path);
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = BASE + function,
					     .is_return = true },
		     &nr);
	ck_assert_str_ne(symbol->name, "plain_c_name");
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = BASE + function + 1,
					     .is_return = true },
		     &nr);
	ck_assert_str_eq(symbol->name, "plain_c_name");
	ck_assert_uint_eq(symbol->offset, 1);
	ck_assert_uint_eq(symbol->dso_offset, function + 1);
	end_world(&world);
}
END_TEST

START_TEST(inlined_calls_are_given_or_left_out)
{
	struct lookup_opts opts = { .no_inline = false };
	const struct lbrvirt_symbol *symbols = NULL;
	uint32_t innermost_line = 0;
	uint64_t at = 0, function;
	char path[PATH_MAX];
	struct world world;
	size_t nr = 0;

	program_find("inlined5", path);
	function = find_function(path, "_ZN6shapes5boxesEl");
	make_world(&world, &opts);
	map_file(&world, 10, BASE, 0x100000, 0, path);
	for (at = BASE + function; nr < 3 && at < BASE + function + 64; at++)
		symbols = ask(&world, 10,
			      (struct lbrvirt_frame){ .address = at }, &nr);
	ck_assert_uint_ge(nr, 3);
	at--;
	ck_assert_str_eq(symbols[nr - 1].name, "shapes::boxes");
	ck_assert(!symbols[nr - 1].is_inlined);
	for (size_t i = 0; i + 1 < nr; i++) {
		ck_assert(symbols[i].is_inlined);
		ck_assert_uint_eq(symbols[i].start, symbols[nr - 1].start);
	}
	innermost_line = symbols[0].line;
	end_world(&world);

	opts.no_inline = true;
	opts.no_demangle = true;
	make_world(&world, &opts);
	map_file(&world, 10, BASE, 0x100000, 0, path);
	symbols = ask(&world, 10, (struct lbrvirt_frame){ .address = at }, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(symbols->name, "_ZN6shapes5boxesEl");
	ck_assert_uint_eq(symbols->line, innermost_line);
	end_world(&world);
}
END_TEST

START_TEST(what_has_no_name_is_called_by_file_and_offset)
{
	const struct lookup_opts opts = { .no_inline = false };
	const struct lbrvirt_symbol *symbol;
	struct world world;
	size_t nr;

	make_world(&world, &opts);
	map_file(&world, 10, BASE, 0x1000, 0x2000, "/nonexistent/lib.so");
	map_file(&world, 10, BASE + 0x1000, 0x1000, 0, "//anon");
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = BASE + 0x123 }, &nr);
	ck_assert_str_eq(symbol->name, "lib.so+0x2123");
	ck_assert_str_eq(symbol->dso, "/nonexistent/lib.so");
	ck_assert(!symbol->has_name);
	ck_assert_uint_eq(symbol->dso_offset, 0x2123);
	ck_assert_uint_eq(symbol->offset, 0);
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = BASE + 0x1123 }, &nr);
	ck_assert_str_eq(symbol->name, "anon+0x555500001123");
	ck_assert_str_eq(symbol->dso, "//anon");
	symbol =
		ask(&world, 10, (struct lbrvirt_frame){ .address = 0x42 }, &nr);
	ck_assert_str_eq(symbol->name, "0x42");
	ck_assert_str_eq(symbol->dso, "[unknown]");
	symbol = ask(&world, 10, (struct lbrvirt_frame){ .is_return = true },
		     &nr);
	ck_assert_str_eq(symbol->name, "0x0");
	end_world(&world);
}
END_TEST

START_TEST(kernel_addresses_are_named_by_kallsyms)
{
	const struct lookup_opts opts = { .kallsyms = "symbol-kallsyms-2" };
	FILE *out = fopen(opts.kallsyms, "we");
	const struct lbrvirt_symbol *symbol;
	struct world world;
	size_t nr;

	ck_assert_ptr_nonnull(out);
	fputs("ffffffff81000000 T _text\nffffffff81000100 T schedule\n"
	      "ffffffffc0000000 t probe\t[ext4]\n",
	      out);
	fclose(out);
	make_world(&world, &opts);
	map_file(&world, PROCESS_KERNEL, 0xffffffff81000000, 0x1000000,
		 0xffffffff81000000, "[kernel.kallsyms]_text");
	map_file(&world, PROCESS_KERNEL, 0xffffffffc0800000, 0x1000, 0,
		 "/lib/modules/6.1/kernel/fs/xfs.ko.xz");
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = 0xffffffff81000110,
					     .is_kernel = true },
		     &nr);
	ck_assert_str_eq(symbol->name, "schedule");
	ck_assert_str_eq(symbol->dso, "[kernel.kallsyms]");
	ck_assert_uint_eq(symbol->offset, 0x10);
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = 0xffffffffc0000004,
					     .is_kernel = true },
		     &nr);
	ck_assert_str_eq(symbol->name, "probe");
	ck_assert_str_eq(symbol->dso, "[ext4]");
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = 0xffffffffc0800004,
					     .is_kernel = true },
		     &nr);
	ck_assert_str_eq(symbol->name, "[xfs]+0xffffffffc0800004");
	ck_assert_str_eq(symbol->dso, "[xfs]");
	end_world(&world);
	unlink(opts.kallsyms);
}
END_TEST

START_TEST(a_user_address_is_not_taken_for_the_kernels)
{
	const struct lookup_opts opts = { .kallsyms = "/nonexistent" };
	const struct lbrvirt_symbol *symbol;
	struct world world;
	size_t nr;

	make_world(&world, &opts);
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = 0xffffffff81000110,
					     .is_kernel = true },
		     &nr);
	ck_assert_str_eq(symbol->name, "[kernel.kallsyms]+0xffffffff81000110");
	symbol = ask(&world, 10,
		     (struct lbrvirt_frame){ .address = 0xffffffff81000110 },
		     &nr);
	ck_assert_str_eq(symbol->name, "0xffffffff81000110");
	end_world(&world);
}
END_TEST

START_TEST(run_time_code_is_named_by_its_process_map)
{
	const struct lookup_opts opts = { .no_inline = false };
	const struct lbrvirt_symbol *symbol;
	uint32_t pid = (uint32_t)getpid();
	struct world world;
	char path[64];
	FILE *out;
	size_t nr;

	snprintf(path, sizeof(path), "/tmp/perf-%u.map", pid);
	unlink(path);
	out = fopen(path, "wxe");
	ck_assert_ptr_nonnull(out);
	fputs("555500000100 40 Java.lang.Main\n", out);
	fclose(out);
	make_world(&world, &opts);
	map_file(&world, pid, BASE, 0x1000, 0, "//anon");
	map_file(&world, pid + 1, BASE, 0x1000, 0, "//anon");
	symbol = ask(&world, pid,
		     (struct lbrvirt_frame){ .address = BASE + 0x110 }, &nr);
	unlink(path);
	ck_assert_str_eq(symbol->name, "Java.lang.Main");
	ck_assert_uint_eq(symbol->offset, 0x10);
	symbol = ask(&world, pid + 1,
		     (struct lbrvirt_frame){ .address = BASE + 0x110 }, &nr);
	ck_assert_str_eq(symbol->name, "anon+0x555500000110");
	end_world(&world);
}
END_TEST

START_TEST(the_vdso_has_names)
{
	const struct lookup_opts opts = { .no_inline = false };
	const struct lbrvirt_symbol *symbol;
	FILE *in = fopen("/proc/self/maps", "re");
	unsigned long long start = 0, end = 0;
	unsigned int nr_named = 0;
	struct world world;
	char line[512];
	size_t nr;

	ck_assert_ptr_nonnull(in);
	while (fgets(line, sizeof(line), in)) {
		if (strstr(line, "[vdso]"))
			sscanf(line, "%llx-%llx", &start, &end);
	}
	fclose(in);
	if (!start) {
		printf("the_vdso_has_names: skipped, this process has none\n");
		return;
	}
	make_world(&world, &opts);
	map_file(&world, 10, start, end - start, 0, "[vdso]");
	for (uint64_t at = start; at < end; at += 4) {
		symbol = ask(&world, 10,
			     (struct lbrvirt_frame){ .address = at }, &nr);
		nr_named += symbol->has_name &&
			    strstr(symbol->name, "clock_gettime");
	}
	ck_assert_uint_gt(nr_named, 0);
	end_world(&world);
}
END_TEST

Suite *lookup_suite(void)
{
	Suite *suite = suite_create("lookup");
	TCase *tcase = tcase_create("addresses");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_name_of_no_sensible_length_is_not_kept, 0,
			    2);
	tcase_add_test(tcase, two_processes_share_what_a_file_says);
	tcase_add_test(tcase, a_return_address_is_looked_up_before_itself);
	tcase_add_test(tcase, inlined_calls_are_given_or_left_out);
	tcase_add_test(tcase, what_has_no_name_is_called_by_file_and_offset);
	tcase_add_test(tcase, kernel_addresses_are_named_by_kallsyms);
	tcase_add_test(tcase, a_user_address_is_not_taken_for_the_kernels);
	tcase_add_test(tcase, run_time_code_is_named_by_its_process_map);
	tcase_add_test(tcase, the_vdso_has_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
