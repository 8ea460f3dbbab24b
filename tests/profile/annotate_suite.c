/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Annotated code out of a file whose every instruction is known (annotated.S),
 * with samples and branches made by hand.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lbrvirt/lbrvirt.h>

#include "profile/suites.h"

#define PID	   100u
#define BASE	   0x10000000ull
#define CYCLES(nr) ((uint64_t)(nr) << 4)
#define GOOD	   LBRVIRT_BRANCH_PREDICTED
#define BAD	   LBRVIRT_BRANCH_MISPRED

static const struct lbrvirt_event event = {
	.name = "cycles",
	.attr = { .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
				 PERF_SAMPLE_BRANCH_STACK,
		  .branch_sample_type = PERF_SAMPLE_BRANCH_USER |
					PERF_SAMPLE_BRANCH_ANY },
};

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;
static struct lbrvirt_branches *branches;
static struct lbrvirt_annotation *code;
static char path[PATH_MAX];
static uint64_t known; /* the function's address in memory */
static uint64_t vaddr; /* and in the file */

static void add(struct lbrvirt_record *record)
{
	record->pid = PID;
	record->tid = PID;
	ck_assert_int_eq(lbrvirt_profile_add(profile, record), 0);
	ck_assert_int_eq(lbrvirt_branches_add(branches, record), 0);
}

static void map(const char *name, const char *build_id)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_MMAP2,
		.misc = PERF_RECORD_MISC_USER,
		.mmap = { .pid = PID,
			  .tid = PID,
			  .start = BASE,
			  .size = 0x100000,
			  .prot = PROT_READ | PROT_EXEC,
			  .flags = MAP_PRIVATE,
			  .path = name },
	};

	if (build_id) {
		record.mmap.build_id_size = 20;
		memcpy(record.mmap.build_id, build_id, 20);
	}
	add(&record);
}

/* Where the file has the function. */
static void find_known(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf;
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;
	GElf_Phdr phdr;
	GElf_Sym symbol;
	size_t nr;

	ck_assert_int_ge(fd, 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	ck_assert_ptr_nonnull(elf);
	vaddr = 0;
	while ((section = elf_nextscn(elf, section)) != NULL) {
		gelf_getshdr(section, &shdr);
		if (shdr.sh_type != SHT_DYNSYM)
			continue;
		for (int i = 0;
		     gelf_getsym(elf_getdata(section, NULL), i, &symbol); i++)
			if (strcmp(elf_strptr(elf, shdr.sh_link,
					      symbol.st_name),
				   "known") == 0)
				vaddr = symbol.st_value;
	}
	ck_assert_uint_ne(vaddr, 0);
	ck_assert_int_eq(elf_getphdrnum(elf, &nr), 0);
	for (size_t i = 0; i < nr; i++) {
		gelf_getphdr(elf, (int)i, &phdr);
		if (phdr.p_type == PT_LOAD &&
		    vaddr - phdr.p_vaddr < phdr.p_filesz)
			known = BASE + vaddr - phdr.p_vaddr + phdr.p_offset;
	}
	elf_end(elf);
	close(fd);
}

static void make(void)
{
	static const struct lbrvirt_resolver_opts resolver = {
		.size = sizeof(resolver),
		.kallsyms = "/dev/null",
		.debug_dir = "/nowhere",
	};
	const struct lbrvirt_profile_opts opts = {
		.size = sizeof(opts),
		.resolver = &resolver,
	};

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	ck_assert_int_eq(lbrvirt_profile_new(ctx, &opts, &profile), 0);
	ck_assert_int_eq(lbrvirt_branches_new(ctx, &opts, &branches), 0);
	code = NULL;
}

static void set_up(void)
{
	ck_assert_ptr_nonnull(realpath("profile/annotated", path));
	make();
	find_known();
}

static void tear_down(void)
{
	lbrvirt_annotation_free(code);
	lbrvirt_profile_free(profile);
	lbrvirt_branches_free(branches);
	lbrvirt_context_free(ctx);
}

static void sample(uint64_t offset, const struct lbrvirt_branch *entries,
		   size_t nr)
{
	struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.event = &event,
		.fields = PERF_SAMPLE_TID | PERF_SAMPLE_PERIOD,
		.sample = { .ip = known + offset,
			    .period = 10,
			    .branches = entries,
			    .nr_branches = nr },
	};

	add(&record);
}

static void annotate(void)
{
	ck_assert_msg(!lbrvirt_annotate(profile, branches, "known", NULL,
					&code),
		      "%s", lbrvirt_context_error(ctx));
}

/* The text of why it cannot be done. */
static const char *refusal(const char *symbol, int err)
{
	ck_assert_int_eq(
		lbrvirt_annotate(profile, branches, symbol, NULL, &code), err);
	ck_assert_ptr_null(code);
	return lbrvirt_context_error(ctx);
}

START_TEST(every_instruction_is_there_and_none_else)
{
	static const struct {
		unsigned int offset;
		enum lbrvirt_flow flow;
		const char *text;
		unsigned int block;
	} wanted[] = {
		{ 0x0, LBRVIRT_FLOW_ON, "xorl %eax, %eax", 0 },
		{ 0x2, LBRVIRT_FLOW_ON, "addl $1, %eax", 1 },
		{ 0x5, LBRVIRT_FLOW_ON, "cmpl %edi, %eax", 1 },
		{ 0x7, LBRVIRT_FLOW_BRANCH, NULL, 1 },
		{ 0x9, LBRVIRT_FLOW_ON, "testl %eax, %eax", 2 },
		{ 0xb, LBRVIRT_FLOW_BRANCH, NULL, 2 },
		{ 0xd, LBRVIRT_FLOW_CALL, NULL, 3 },
		{ 0x12, LBRVIRT_FLOW_RETURN, "retq", 4 },
	};
	const size_t nr = sizeof(wanted) / sizeof(wanted[0]);

	map(path, NULL);
	sample(0, NULL, 0);
	annotate();
	ck_assert_uint_eq(code->nr_instructions, nr);
	ck_assert_uint_eq(code->start, vaddr);
	ck_assert_uint_eq(code->end, vaddr + 0x13);
	ck_assert_uint_eq(code->nr_blocks, 5);
	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_instruction *insn = &code->instructions[i];

		ck_assert_uint_eq(insn->address, vaddr + wanted[i].offset);
		ck_assert_uint_eq(insn->flow, wanted[i].flow);
		ck_assert_uint_eq(insn->block, wanted[i].block);
		if (wanted[i].text)
			ck_assert_str_eq(insn->text, wanted[i].text);
	}
	ck_assert_uint_eq(code->instructions[3].target, vaddr + 0x2);
	ck_assert_ptr_null(code->instructions[3].target_name);
	ck_assert_uint_eq(code->instructions[6].target, vaddr + 0x13);
	ck_assert_str_eq(code->instructions[6].target_name, "other");
}
END_TEST

START_TEST(samples_stand_at_their_instructions_and_lines)
{
	const struct lbrvirt_instruction *cmp;

	map(path, NULL);
	for (unsigned int i = 0; i < 5; i++)
		sample(0x5, NULL, 0);
	sample(0x12, NULL, 0);
	sample(0x6, NULL, 0);  /* in the middle of one */
	sample(0x13, NULL, 0); /* another function */
	annotate();
	cmp = &code->instructions[2];
	ck_assert_uint_eq(cmp->samples, 5);
	ck_assert_uint_eq(cmp->period, 50);
	ck_assert_uint_eq(code->instructions[7].samples, 1);
	ck_assert_uint_eq(code->samples, 6);
	ck_assert_uint_eq(code->misplaced, 1);
	ck_assert_uint_eq(code->all_samples, 8);
	ck_assert_uint_eq(code->blocks[1].samples, 5);
	ck_assert_uint_ne(cmp->line, LBRVIRT_ANNOTATE_NONE);
	ck_assert_uint_eq(code->lines[cmp->line].samples, 5);
	ck_assert_ptr_nonnull(code->lines[cmp->line].text);
	ck_assert_ptr_nonnull(
		strstr(code->lines[cmp->line].text, "cmpl\t%edi, %eax"));
	ck_assert(!code->has_branches);
}
END_TEST

/*
 * In: 0 to the jl at 7, back to 2, to the jl, back to 2, through the jl to the
 * jne at b, to the ret at 12, out. Runs: 0..7, 2..7, 2..b, 12..12.
 */
START_TEST(runs_are_counted_on_every_block_they_pass)
{
	const struct lbrvirt_branch entries[] = {
		{ known + 0x12, known + 0x13, CYCLES(2) | GOOD },
		{ known + 0xb, known + 0x12, CYCLES(10) | GOOD },
		{ known + 0x7, known + 0x2, CYCLES(6) | BAD },
		{ known + 0x7, known + 0x2, CYCLES(4) | GOOD },
		{ known + 0x13, known, CYCLES(99) | GOOD },
	};
	static const struct {
		unsigned int executions, branched, taken, mispredicted;
		double cycles;
	} wanted[] = {
		{ 1, 0, 0, 0, 1 },	   /* 1 instruction of 4 of 4 */
		{ 3, 2, 2, 1, 3 + 6 + 6 }, /* 3 of 4; all of 6; 3 of 5 */
		{ 1, 1, 1, 0, 4 },	   /* 2 of 5 of 10 */
		{ 0, 0, 0, 0, 0 },	   /* the call */
		{ 1, 1, 1, 0, 2 },
	};
	double cycles = 0;

	map(path, NULL);
	sample(0x12, entries, sizeof(entries) / sizeof(entries[0]));
	annotate();
	ck_assert(code->has_branches && code->has_blocks && code->has_cycles &&
		  code->has_predictions);
	ck_assert_uint_eq(code->nr_blocks, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct lbrvirt_basic_block *block = &code->blocks[i];

		ck_assert_uint_eq(block->executions, wanted[i].executions);
		ck_assert_uint_eq(block->branched, wanted[i].branched);
		ck_assert_uint_eq(block->taken, wanted[i].taken);
		ck_assert_uint_eq(block->mispredicted, wanted[i].mispredicted);
		ck_assert_double_eq_tol(block->cycles, wanted[i].cycles, 1e-9);
		cycles += block->cycles;
	}
	ck_assert_double_eq_tol(cycles, 2 + 10 + 6 + 4, 1e-9);
	ck_assert(code->blocks[1].has_shared_cycles);
	ck_assert(!code->blocks[4].has_shared_cycles);
	ck_assert_uint_eq(code->misplaced_runs, 0);
}
END_TEST

/* An indirect jump to 5 makes a block begin there. */
START_TEST(a_run_begins_a_block)
{
	const struct lbrvirt_branch entries[] = {
		{ known + 0x7, known + 0x2, GOOD },
		{ known + 0x13, known + 0x5, GOOD },
	};

	map(path, NULL);
	sample(0x2, entries, 2);
	annotate();
	ck_assert_uint_eq(code->nr_blocks, 6);
	ck_assert_uint_eq(code->blocks[2].first, 2);
	ck_assert_uint_eq(code->blocks[2].executions, 1);
	ck_assert_uint_eq(code->blocks[1].executions, 0);
	ck_assert(!code->has_cycles);
}
END_TEST

START_TEST(runs_between_instructions_are_left_out)
{
	const struct lbrvirt_branch entries[] = {
		{ known + 0x7, known + 0x2, GOOD },
		{ known + 0x13, known + 0x3, GOOD },
	};

	map(path, NULL);
	sample(0x2, entries, 2);
	annotate();
	ck_assert_uint_eq(code->misplaced_runs, 1);
	ck_assert(!code->has_blocks);
}
END_TEST

START_TEST(another_file_than_the_recorded_one_is_refused)
{
	map(path, "twenty bytes of id..");
	sample(0, NULL, 0);
	ck_assert_ptr_nonnull(
		strstr(refusal("known", -ENOENT), "not the file that was"));
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "7477656e747920627974"));
}
END_TEST

START_TEST(a_file_that_is_gone_is_named)
{
	map("/nowhere/gone", NULL);
	sample(0, NULL, 0);
	ck_assert_ptr_nonnull(strstr(refusal("known", -ENOENT),
				     "/nowhere/gone is not there any more"));
}
END_TEST

START_TEST(functions_without_samples_are_refused)
{
	map(path, NULL);
	sample(0, NULL, 0);
	ck_assert_ptr_nonnull(strstr(refusal("unknown", -ENOENT), "unknown"));
	ck_assert_int_eq(lbrvirt_annotate(profile, NULL, NULL, NULL, &code),
			 -EINVAL);
}
END_TEST

START_TEST(a_function_with_branches_alone_is_found)
{
	const struct lbrvirt_branch entries[] = {
		{ known + 0x12, known + 0x13, GOOD },
		{ known + 0x7, known + 0x2, GOOD },
	};

	map(path, NULL);
	sample(0x13, entries, 2);
	annotate();
	ck_assert_uint_eq(code->samples, 0);
	ck_assert_uint_eq(code->blocks[1].taken, 1);
}
END_TEST

Suite *annotate_suite(void)
{
	Suite *suite = suite_create("annotate");
	TCase *tests = tcase_create("known code");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, every_instruction_is_there_and_none_else);
	tcase_add_test(tests, samples_stand_at_their_instructions_and_lines);
	tcase_add_test(tests, runs_are_counted_on_every_block_they_pass);
	tcase_add_test(tests, a_run_begins_a_block);
	tcase_add_test(tests, runs_between_instructions_are_left_out);
	tcase_add_test(tests, another_file_than_the_recorded_one_is_refused);
	tcase_add_test(tests, a_file_that_is_gone_is_named);
	tcase_add_test(tests, functions_without_samples_are_refused);
	tcase_add_test(tests, a_function_with_branches_alone_is_found);
	suite_add_tcase(suite, tests);
	return suite;
}
