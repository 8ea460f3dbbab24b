/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The code that a vCPU runs, and how it and its owner share memory: a list of
 * items in the vCPU's segment, executed in order, each leaving its results in
 * its place. Real mode: there a fault needs no more than a vector table.
 */
#ifndef LBRVIRT_TESTS_KVM_GUEST_PAGE_H
#define LBRVIRT_TESTS_KVM_GUEST_PAGE_H

#include <stddef.h>
#include <stdint.h>

/* What an item does with its registers, which are loaded from it. */
enum guest_op {
	GUEST_OP_END, /* of the list: tell the owner, start anew */
	GUEST_OP_NOTHING,
	GUEST_OP_CPUID,
	GUEST_OP_RDMSR,
	GUEST_OP_WRMSR,
	/* Tell the owner EAX: time that passes with other instructions. */
	GUEST_OP_WORK,
	/*
	 * What perf's interrupt handler does: LBR off, read TOS and then the
	 * branch records from the newest on until one is empty, EAX of them
	 * at most (a power of 2: all there are), DEBUGCTL set to EDX. TOS and
	 * the records are stored at EBX in the segment, which is left as the
	 * place behind the last one.
	 */
	GUEST_OP_SAMPLE,
};

struct guest_item {
	uint16_t op;
	uint16_t has_faulted;
	uint32_t eax, ecx, edx, ebx;
};

/* What GUEST_OP_SAMPLE stores. */
struct guest_branch {
	uint64_t from, to;
};

struct guest_stack {
	uint64_t tos;
	struct guest_branch branches[];
};

/* Segment 0 has vectors and code; vCPU n has segment n + 1 for itself. */
enum {
	GUEST_SEGMENT_SIZE = 0x10000,
	GUEST_CODE = 0x1000,
	GUEST_VECTORS = 32,
	/* In a vCPU's own segment. */
	GUEST_STACK_TOP = 0x1000,
	GUEST_LIST = 0x1000,
	GUEST_LIST_END = 0xf000,
	GUEST_SAMPLE = 0xf000, /* a place for one sample's records */
	GUEST_ITEMS_MAX =
		(GUEST_LIST_END - GUEST_LIST) / (int)sizeof(struct guest_item),
};

/* OUT goes to these ports: the owner's turn. */
enum {
	GUEST_PORT_END = 0xe0,
	GUEST_PORT_WORK = 0xe4,
	GUEST_PORT_LOST = 0xe8, /* a fault where none is expected */
};

/* Registers that GUEST_OP_SAMPLE knows (Intel SDM vol. 4). */
enum {
	MSR_LBR_SELECT = 0x1c8,
	MSR_LBR_TOS = 0x1c9,
	MSR_DEBUGCTL = 0x1d9,
	MSR_LBR_FROM = 0x680,
	MSR_LBR_TO = 0x6c0,
	DEBUGCTL_LBR = 1,
};

/* The code, to be copied to GUEST_CODE, and where in it things are. */
extern const unsigned char guest_page_begin[], guest_page_end[];
extern const unsigned char guest_page_fault[]; /* handler of #GP */
extern const unsigned char guest_page_lost[];  /* of all others */

#endif
