/* SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later */
/*
 * The memory a logged program shares with the test module: where it is, and
 * its layout, which calls.awk writes into the program's code by offsets.
 *
 * The page lies at a fixed address of the program, so the module finds it in
 * whatever process it interrupts, without a system call or a registry.
 */
#ifndef LBRPLAY_SHARED_H
#define LBRPLAY_SHARED_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#define __u64 uint64_t
#define __u32 uint32_t
#define __u8  uint8_t
#endif

/* Between where Linux puts executables and where it puts libraries. */
#define LBRPLAY_PAGE_ADDRESS 0x100000000000ULL
#define LBRPLAY_MAGIC	     0x59414c50524c4231ULL

#define LBRPLAY_RANGES	     8
#define LBRPLAY_THREADS	     48

/* Guard entries below the stack: pushing marks 64 entries further down. */
#define LBRPLAY_GUARD	64
#define LBRPLAY_ENTRIES 8192

/* One call that has not returned: calls.awk knows these offsets. */
struct lbrplay_call {
	__u64 from;   /* 0: the call instruction */
	__u64 to;     /* 8: callee, or 0 where the call names it */
	__u64 sp;     /* 16: before the call pushed anything */
	__u8 lost[4]; /* 24: overwritten in an LBR of 16, 32, 64 */
	__u32 length; /* 28: of the call instruction */
};

/* A taken branch; PERF_BR_* in the top byte of from. */
struct lbrplay_jump {
	__u64 from;
	__u64 to;
};

#define LBRPLAY_JUMPS 256 /* a byte counts them, without flags */

struct lbrplay_thread {
	__u32 tid; /* 0: free */
	__u32 unused;
	__u64 base;  /* of the thread's struct lbrplay_call array */
	__u64 top;   /* where its pointer to the next free one is */
	__u64 jumps; /* struct lbrplay_jump[LBRPLAY_JUMPS], or 0 */
	__u64 jump;  /* where the byte that indexes it is */
};

struct lbrplay_range {
	__u64 start;
	__u64 end;
};

struct lbrplay_page {
	__u64 magic;
	struct lbrplay_range range[LBRPLAY_RANGES]; /* logged code */
	struct lbrplay_thread thread[LBRPLAY_THREADS];
};

/* Is the instruction of that length, ending at end, call *operand? */
static inline int lbrplay_is_indirect_call(const __u8 *end, int length)
{
	const __u8 *code = end - length;
	int prefix = code[0] >= 0x40 && code[0] <= 0x4f;
	int modrm = code[1 + prefix];
	int mode = modrm >> 6, base = modrm & 7, need = 2 + prefix;

	if (code[prefix] != 0xff || (modrm >> 3 & 7) != 2)
		return 0;
	if (mode != 3)
		need += (base == 4) + (mode == 1) +
			(mode == 2 || (mode == 0 && base == 5)) * 4;
	return need == length;
}

#endif /* LBRPLAY_SHARED_H */
