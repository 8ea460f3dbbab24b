/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64 jumps that leave a function: JMP and Jcc with 4 bytes of displacement
 * (E9, 0F 80 to 8F) or one (EB, 70 to 7F), and JMP through memory or a register
 * (FF /4). Intel SDM vol. 2A, JMP and Jcc. Compilers put no data between
 * instructions, and behind what an assembler put there, decoding soon falls
 * into step again.
 */
#include "config.h"

#include "stack/jumps.h"

#include <string.h>

#include "stack/insn.h"
#include "stack/plt.h"

/* So much code is searched, of so many functions, the first included; and so
 * many stubs are looked up. */
#define CODE_SIZE_MAX (128u << 10)
#define FUNCTIONS_MAX 16
#define STUBS_MAX     8
/* _dl_runtime_resolve() is about 200 bytes long. */
#define BINDER_SIZE_MAX 1024
/* So many instructions may stand between an address' computation and a jump
 * there. */
#define TABLE_JUMP_DISTANCE 32
/* And between longjmp's change of the stack pointer and its jump. */
#define SWITCH_DISTANCE 8

#define REGISTER_RSP	4
#define REGISTER_RBP	5
#define OPCODE_ADD	0x01 /* ADD r/m, r */
#define OPCODE_ADD_TO	0x03 /* ADD r, r/m */
#define OPCODE_STORE	0x89 /* MOV r/m, r */
#define OPCODE_LOAD	0x8b /* MOV r, r/m */
#define OPCODE_LEA	0x8d

/* A search under way. */
struct search {
	struct unwinder *unwinder;
	const struct process *process;
	struct jumps_function to;
	struct jumps_function seen[FUNCTIONS_MAX];
	size_t nr_seen;
	uint64_t stubs[STUBS_MAX];
	size_t nr_stubs;
	size_t code_left;
	bool leads_somewhere;
};

/* Code that is walked over. */
struct walk {
	uint64_t address; /* of the instruction at hand */
	struct insn insn;
	size_t nr; /* instructions so far */
	/* By register: the last instruction that added something to it, or
	 * loaded it from a table; 0: none did. */
	size_t added[16];
	size_t switched; /* the last that changed to another stack */
	const struct jumps_function *from;
};

/*
 * The jumps of switch statements are indirect, too, but stay in their function.
 * They have the prefix NOTRACK, or a table of 8-byte addresses as operand, or
 * the register they jump to was loaded from such a table or had the table's
 * base added to it.
 */
static void remember_table(struct walk *walk)
{
	const struct insn *insn = &walk->insn;

	if (insn->map != 0 || insn->is_vector || !insn->has_modrm)
		return;
	if (insn->opcode == OPCODE_ADD && insn->modrm >> 6 == 3)
		walk->added[insn_rm(insn)] = walk->nr;
	else if (insn->opcode == OPCODE_ADD_TO ||
		 (insn->opcode == OPCODE_LEA && insn_has_index(insn)) ||
		 (insn->opcode == OPCODE_LOAD && insn_has_table(insn)))
		walk->added[insn_reg(insn)] = walk->nr;
}

/* longjmp() loads RSP before it jumps: nobody's callee comes after that. RBP is
 * where functions with a frame pointer take RSP back from. */
static void remember_switch(struct walk *walk)
{
	const struct insn *insn = &walk->insn;

	if (insn->map != 0 || insn->is_vector || !insn->has_modrm)
		return;
	if ((insn->opcode == OPCODE_STORE && insn->modrm >> 6 == 3 &&
	     insn_rm(insn) == REGISTER_RSP && insn_reg(insn) != REGISTER_RBP) ||
	    (insn->opcode == OPCODE_LOAD && insn_reg(insn) == REGISTER_RSP &&
	     (insn->modrm >> 6 != 3 || insn_rm(insn) != REGISTER_RBP)))
		walk->switched = walk->nr;
}

static bool may_leave(const struct walk *walk)
{
	const struct insn *insn = &walk->insn;
	size_t added;

	if (!insn_is_indirect(insn, 4) || insn->is_notrack ||
	    insn_has_table(insn) ||
	    (walk->switched && walk->nr - walk->switched <= SWITCH_DISTANCE))
		return false;
	if (insn->modrm >> 6 != 3)
		return true;
	added = walk->added[insn_rm(insn)];
	return added == 0 || walk->nr - added > TABLE_JUMP_DISTANCE;
}

/* The target of a direct jump out of the function. */
static bool find_target(const struct walk *walk, uint64_t *ret_target)
{
	const struct insn *insn = &walk->insn;
	bool is_jump = insn->map == 0 ?
			       insn->opcode == 0xe9 || insn->opcode == 0xeb ||
				       (insn->opcode & 0xf0) == 0x70 :
			       insn->map == 1 && (insn->opcode & 0xf0) == 0x80;

	*ret_target = walk->address + insn->size + (uint64_t)insn->immediate;
	return is_jump && !insn->is_vector &&
	       *ret_target - walk->from->start >=
		       walk->from->end - walk->from->start;
}

static void remember(struct search *search,
		     const struct jumps_function *function)
{
	for (size_t i = 0; i < search->nr_seen; i++) {
		if (search->seen[i].start == function->start)
			return;
	}
	if (search->nr_seen < FUNCTIONS_MAX)
		search->seen[search->nr_seen++] = *function;
}

/*
 * A stub that has not been bound yet leads through the first entry of its
 * table, which begins with "push GOT+8(%rip)", to the one function of the
 * dynamic linker that then jumps to what it has found: _dl_runtime_resolve()
 * of glibc, which does so through R11 (seen in 2.36).
 */
static bool is_binding(const struct search *search, const struct dso *to)
{
	static const unsigned char push[] = { 0xff, 0x35 };
	static const unsigned char jump[] = { 0x41, 0xff, 0xe3 };
	uint64_t wanted = search->to.end - search->to.start;
	const unsigned char *code;
	size_t size;

	code = unwinder_code(
		search->unwinder, search->process, search->to.start,
		wanted < BINDER_SIZE_MAX ? wanted : BINDER_SIZE_MAX, &size);
	if (!code || size < sizeof(jump))
		return false;
	return memcmp(code, push, sizeof(push)) == 0 ||
	       (plt_is_linker(to) && memmem(code, size, jump, sizeof(jump)));
}

/*
 * A stub stands for a function. If the wanted one's file has that, it must be
 * the one, or jump there. A library's function does not jump back into the
 * file that had to ask for it; it may jump on into another library, as those of
 * C++ for memory do.
 */
static bool search_stub(struct search *search, uint64_t stub)
{
	struct dso *dso, *to;
	uint64_t vaddr, to_vaddr, found;
	struct jumps_function function;
	const char *name;

	if (!unwinder_locate(search->unwinder, search->process, stub, &dso,
			     &vaddr) ||
	    !unwinder_locate(search->unwinder, search->process,
			     search->to.start, &to, &to_vaddr))
		return false;
	name = plt_name(unwinder_dsos(search->unwinder), dso, vaddr);
	switch (name ? plt_find(unwinder_dsos(search->unwinder), to, name,
				to_vaddr, &found) :
		       PLT_CHOSEN) {
	case PLT_HERE:
		found += search->to.start - to_vaddr;
		if (found == search->to.start)
			return true;
		if (unwinder_function(search->unwinder, search->process, found,
				      &function.start, &function.end))
			remember(search, &function);
		search->leads_somewhere |= is_binding(search, to);
		break;
	case PLT_CHOSEN:
		search->leads_somewhere = true;
		break;
	case PLT_ELSEWHERE:
		search->leads_somewhere |= is_binding(search, to) ||
					   (dso != to && !plt_is_linker(to));
		break;
	}
	return false;
}

/* Each stub is looked up once. False: it was, or there are too many. */
static bool remember_stub(struct search *search, uint64_t stub)
{
	for (size_t i = 0; i < search->nr_stubs; i++) {
		if (search->stubs[i] == stub)
			return false;
	}
	if (search->nr_stubs == STUBS_MAX) {
		search->leads_somewhere = true;
		return false;
	}
	search->stubs[search->nr_stubs++] = stub;
	return true;
}

/* A jump out of the function: to the wanted one, by a stub, or on the way. */
static bool follow_jump(struct search *search, uint64_t target)
{
	struct jumps_function function;
	const unsigned char *code;
	size_t size;

	code = unwinder_code(search->unwinder, search->process, target,
			     PLT_STUB_SIZE, &size);
	if (!code)
		return false;
	if (plt_is_stub(code, size))
		return remember_stub(search, target) &&
		       search_stub(search, target);
	if (unwinder_function(search->unwinder, search->process, target,
			      &function.start, &function.end) &&
	    function.start == target)
		remember(search, &function);
	return false;
}

static bool check_insn(struct search *search, struct walk *walk)
{
	const struct jumps_function *to = &search->to;
	uint64_t target;

	walk->nr++;
	remember_table(walk);
	remember_switch(walk);
	search->leads_somewhere |= may_leave(walk);
	if (!find_target(walk, &target))
		return false;
	return (target >= to->start && target < to->end) ||
	       follow_jump(search, target);
}

/* Whether @from jumps into the function that is wanted. */
static bool search_function(struct search *search,
			    const struct jumps_function *from)
{
	struct walk walk = { .from = from };
	uint64_t wanted = from->end - from->start;
	const unsigned char *code;
	size_t size;

	if (wanted > search->code_left)
		wanted = search->code_left;
	code = unwinder_code(search->unwinder, search->process, from->start,
			     wanted, &size);
	search->code_left -= wanted;
	for (size_t at = 0; code && at < size;) {
		if (!insn_decode(code + at, size - at, &walk.insn)) {
			at++;
			continue;
		}
		walk.address = from->start + at;
		if (check_insn(search, &walk))
			return true;
		at += walk.insn.size;
	}
	return false;
}

enum jumps jumps_find(struct unwinder *unwinder, const struct process *process,
		      uint64_t entry, const struct jumps_function *to)
{
	struct search search = {
		.unwinder = unwinder,
		.process = process,
		.to = *to,
		.code_left = CODE_SIZE_MAX,
	};
	struct jumps_function function;
	const unsigned char *code;
	size_t size;

	code = unwinder_code(unwinder, process, entry, PLT_STUB_SIZE, &size);
	if (!code)
		return JUMPS_SOMEWHERE;
	if (plt_is_stub(code, size)) {
		if (search_stub(&search, entry))
			return JUMPS_BOUND;
	} else if (unwinder_function(unwinder, process, entry, &function.start,
				     &function.end)) {
		remember(&search, &function);
	}
	for (size_t i = 0; i < search.nr_seen; i++) {
		function = search.seen[i];
		if (search_function(&search, &function))
			return JUMPS_YES;
	}
	return search.leads_somewhere ? JUMPS_SOMEWHERE : JUMPS_NO;
}
