/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One program: mapped segment by segment into a process, then asked about from
 * all sides, at addresses that its own tables name and at others.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <errno.h>
#include <gelf.h>
#include <lbrvirt/context.h>
#include <lbrvirt/symbol.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/intern.h"
#include "process/process.h"
#include "stack/calls.h"
#include "stack/cfi.h"
#include "stack/link.h"
#include "stack/plt.h"
#include "stack/stack.h"
#include "symbol/demangle.h"
#include "symbol/kernel.h"
#include "symbol/lookup.h"
#include "symbol/perf_map.h"

#define PID	     1
#define SEGMENTS_MAX 6
#define SPACING	     0x10000000u
#define STACK_BASE   0x7ffc00000000u
#define STACK_WORDS  64

/* By what kind of table they were found in. */
#define EVENLY_MAX  12
#define SYMBOLS_MAX 24
#define INDEX_MAX   24
#define PLACES_MAX  (SEGMENTS_MAX * EVENLY_MAX + SYMBOLS_MAX + INDEX_MAX)

struct segment {
	uint64_t start; /* in the process */
	uint64_t vaddr;
	uint64_t size;
};

struct place {
	uint64_t address; /* in the process */
	uint64_t vaddr;
};

struct space {
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct dso *dso;
	struct process_table *processes;
	struct process *process;
	struct unwinder *unwinder;
	struct lookup *lookup;
	struct segment segments[SEGMENTS_MAX];
	size_t nr_segments;
	struct place places[PLACES_MAX];
	size_t nr_places;
	struct lbrvirt_stack stack;
};

static void keep(const char *text)
{
	size_t length = text ? strlen(text) : 0;

	__asm__ volatile("" : : "r"(length) : "memory");
}

static void open_space(struct space *space)
{
	const struct dso_table_opts opts = { .debug_dir = "/nonexistent" };
	const struct lookup_opts lookup = { .kallsyms = "/dev/null",
					    .debug_dir = "/nonexistent" };
	const struct dso_key key = { .path = "/fuzzed" };

	fuzz_expect(lbrvirt_context_new(&space->ctx) == 0);
	fuzz_expect(dso_table_new(space->ctx, &opts, &space->dsos) == 0);
	fuzz_expect(dso_table_add(space->dsos, &key, &space->dso) == 0);
	fuzz_expect(process_table_new(space->ctx, space->dsos,
				      &space->processes) == 0);
	fuzz_expect(unwinder_new(space->ctx, space->dsos, &space->unwinder) ==
		    0);
	fuzz_expect(lookup_new(space->dsos, &lookup, &space->lookup) == 0);
	space->process = process_table_get(space->processes, PID);
	fuzz_expect(space->process != NULL);
}

static void close_space(struct space *space)
{
	lookup_free(space->lookup);
	unwinder_free(space->unwinder);
	process_table_free(space->processes);
	dso_table_free(space->dsos);
	lbrvirt_context_free(space->ctx);
}

static void map_segment(struct space *space, const GElf_Phdr *phdr)
{
	uint64_t start = (space->nr_segments + 1) * SPACING;
	struct lbrvirt_record record = { .type = PERF_RECORD_MMAP2,
					 .misc = PERF_RECORD_MISC_USER };

	record.mmap = (struct lbrvirt_record_mmap){
		.pid = PID,
		.tid = PID,
		.start = start,
		.size = phdr->p_filesz < SPACING ? phdr->p_filesz : SPACING,
		.offset = phdr->p_offset,
		.prot = PROT_READ | PROT_EXEC,
		.path = "/fuzzed",
	};
	if (!record.mmap.size)
		return;
	fuzz_expect(process_table_apply(space->processes, &record) == 0);
	space->segments[space->nr_segments++] = (struct segment){
		.start = start,
		.vaddr = phdr->p_vaddr,
		.size = record.mmap.size,
	};
}

static void map_segments(struct space *space, Elf *elf)
{
	GElf_Phdr phdr;
	size_t nr = 0;

	if (elf_getphdrnum(elf, &nr) != 0)
		return;
	for (size_t i = 0; i < nr && space->nr_segments < SEGMENTS_MAX; i++) {
		if (!gelf_getphdr(elf, (int)i, &phdr))
			return;
		if (phdr.p_type == PT_LOAD)
			map_segment(space, &phdr);
	}
}

static void add_place(struct space *space, uint64_t vaddr)
{
	for (size_t i = 0; i < space->nr_segments; i++) {
		const struct segment *segment = &space->segments[i];
		uint64_t at = vaddr - segment->vaddr;

		if (at >= segment->size || space->nr_places == PLACES_MAX)
			continue;
		space->places[space->nr_places++] =
			(struct place){ .address = segment->start + at,
					.vaddr = vaddr };
		return;
	}
}

static void add_symbols(struct space *space, Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Sym symbol;
	int found = 0;

	while ((section = elf_nextscn(elf, section)) != NULL) {
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) ||
		    header.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(section, NULL);
		for (int i = 1; data && found < SYMBOLS_MAX &&
				gelf_getsym(data, i, &symbol);
		     i++) {
			if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
				continue;
			add_place(space, symbol.st_value + symbol.st_size / 2);
			found++;
		}
	}
}

static void add_index(struct space *space)
{
	struct cfi_index index;
	uint32_t step;

	if (!cfi_find_index(space->dsos, space->dso, &index))
		return;
	step = index.count / INDEX_MAX + 1;
	for (uint32_t i = 0; i < index.count; i += step) {
		int32_t offset;

		memcpy(&offset,
		       index.entries + (size_t)i * CFI_INDEX_ENTRY_SIZE,
		       sizeof(offset));
		add_place(space, index.header + (uint64_t)(int64_t)offset + 1);
	}
}

static void find_places(struct space *space)
{
	Elf *elf = dso_elf(space->dsos, space->dso);

	if (!elf)
		return;
	map_segments(space, elf);
	add_symbols(space, elf);
	add_index(space);
	for (size_t i = 0; i < space->nr_segments; i++) {
		const struct segment *segment = &space->segments[i];

		for (uint64_t j = 0; j < EVENLY_MAX; j++)
			add_place(space, segment->vaddr + segment->size /
								  EVENLY_MAX *
								  j);
	}
}

static void look_up(struct space *space, const struct place *place)
{
	const struct lbrvirt_frame frame = { .address = place->address };
	const struct lbrvirt_symbol *symbols;
	size_t nr;

	fuzz_expect(lookup_symbols(space->lookup, space->process, &frame,
				   &symbols, &nr) == 0);
	fuzz_expect(nr > 0 && symbols[nr - 1].name);
	for (size_t i = 0; i < nr; i++) {
		keep(symbols[i].name);
		keep(symbols[i].file);
		keep(symbols[i].dso);
	}
}

/* A stack of @place and all the others as return addresses. */
static void unwind(struct space *space, const struct place *place)
{
	uint64_t copy[STACK_WORDS];
	uint64_t regs[17];
	const struct lbrvirt_sample sample = {
		.regs_user_abi = PERF_SAMPLE_REGS_ABI_64,
		.regs_user_mask = UNWIND_REGS_MASK,
		.regs_user = regs,
		.user_stack = copy,
		.user_stack_size = sizeof(copy),
		.user_stack_asked = sizeof(copy),
	};

	for (size_t i = 0; i < STACK_WORDS; i++)
		copy[i] = i % 3 ? space->places[i % space->nr_places].address :
				  STACK_BASE + 8 * (i + 5);
	for (size_t i = 0; i < 17; i++)
		regs[i] = STACK_BASE + 16 * i;
	regs[7] = STACK_BASE;	  /* SP */
	regs[8] = place->address; /* IP */
	space->stack.nr = 0;
	unwinder_append(space->unwinder, space->process, &sample,
			&space->stack);
	fuzz_expect(space->stack.nr <= LBRVIRT_STACK_MAX);
	fuzz_expect(space->stack.verdict <= LBRVIRT_VERDICT_BROKEN);
}

static void follow(struct space *space, const struct place *place,
		   const struct place *other)
{
	const struct lbrvirt_branch branch = { .from = other->address,
					       .to = place->address };
	const char *name = plt_name(space->dsos, space->dso, place->vaddr);
	uint64_t start, end, found, misses = 0;

	keep(name);
	if (name)
		plt_find(space->dsos, space->dso, name, place->vaddr, &found);
	cfi_table_find(unwinder_cfi(space->unwinder), space->dso, place->vaddr,
		       &misses);
	unwinder_function(space->unwinder, space->process, place->address,
			  &start, &end);
	unwinder_is_outermost(space->unwinder, space->process, place->address);
	calls_can_be(space->unwinder, space->process, branch.from, branch.to);
	link_begin(space->unwinder);
	link_check(space->unwinder, space->process, &branch, other->address);
	link_check(space->unwinder, space->process, &branch, place->address);
}

static void fuzz_elf(const uint8_t *bytes, size_t size)
{
	struct space *space = calloc(1, sizeof(*space));

	fuzz_expect(space != NULL);
	fuzz_files_are(bytes, size);
	open_space(space);
	find_places(space);
	for (size_t i = 0; i < space->nr_places; i++) {
		const struct place *place = &space->places[i];

		look_up(space, place);
		follow(space, place,
		       &space->places[(i + 7) % space->nr_places]);
		unwind(space, place);
	}
	close_space(space);
	free(space);
}

static void fuzz_kallsyms(const uint8_t *bytes, size_t size)
{
	const struct kernel_identity identity = { .text_start =
							  0xffffffff81000000 };
	struct kernel *kernel;
	uint64_t start = 0;

	fuzz_expect(kernel_new(fuzz_path_of(0, bytes, size), &identity,
			       &kernel) == 0);
	for (uint64_t at = 0; at < 64; at++) {
		const struct name *name = kernel_find(
			kernel, identity.text_start + at * 4096, &start);

		keep(name ? name->text : NULL);
		keep(name ? name->dso : NULL);
	}
	kernel_free(kernel);
}

static void fuzz_perf_map(const uint8_t *bytes, size_t size)
{
	struct perf_map map = { .text = { 0 } };

	fuzz_expect(buffer_append(&map.text, bytes, size) == 0 &&
		    buffer_append(&map.text, "", 1) == 0);
	map.text.size--;
	fuzz_expect(perf_map_parse(&map) == 0);
	for (uint64_t at = 0; at < 64; at++) {
		const struct name *name =
			names_find(&map.names, at * at * at * at);

		keep(name ? name->text : NULL);
	}
	perf_map_fini(&map);
}

static void fuzz_mangled(const uint8_t *bytes, size_t size)
{
	struct intern *strings;
	char *text = strndup((const char *)bytes, size);
	char *at = text;

	fuzz_expect(text && intern_new(&strings) == 0);
	for (char *name; (name = strsep(&at, "\n")) != NULL;) {
		const char *readable = demangle(strings, name);

		fuzz_expect(readable != NULL);
		keep(readable);
	}
	intern_free(strings);
	free(text);
}

void fuzz_object(const uint8_t *bytes, size_t size)
{
	if (size < 2)
		return;
	switch (bytes[0]) {
	case 'k':
		fuzz_kallsyms(bytes + 1, size - 1);
		break;
	case 'p':
		fuzz_perf_map(bytes + 1, size - 1);
		break;
	case 'm':
		fuzz_mangled(bytes + 1, size - 1);
		break;
	default:
		fuzz_elf(bytes, size);
		break;
	}
}
