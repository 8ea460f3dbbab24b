/* SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later */
/*
 * What the files of the test module tell each other. The data goes
 *
 *	user memory -> struct lbrplay_history -> struct lbrplay_stack -> perf
 *	(calls.c or     (what happened)          (what the LBR would
 *	 frames.c,                                hold: stack.c)
 *	 branches.c)
 *
 * and settings.c says which hardware, and which misfortune, is played.
 */
#ifndef LBRPLAY_MODULE_H
#define LBRPLAY_MODULE_H

#include <linux/fs.h>
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <linux/types.h>

#include "lbrplay_shared.h"

#define LBRPLAY_DEPTH_MAX   64
#define LBRPLAY_HISTORY_MAX 160
#define LBRPLAY_CODE	    512

/* One call, or one taken branch, as the CPU saw it. */
struct lbrplay_branch {
	u64 from;
	u64 to;
	u64 sp;	     /* of the caller when it called */
	u16 lost_at; /* bit n: gone from an LBR of 16 << n */
	u8 kind;     /* PERF_BR_*, any-branch mode only */
};

enum lbrplay_source {
	LBRPLAY_NOTHING, /* no user context, or unreadable */
	LBRPLAY_FRAMES,	 /* the frame-pointer chain */
	LBRPLAY_CALLS,	 /* the program's own log, exact */
	LBRPLAY_FOREIGN, /* the log, but the CPU is in unlogged code */
};

/*
 * Newest first, all the way out: the truth at one instant. Too large for an
 * interrupt's stack, so each CPU has one, with room for what is read.
 */
struct lbrplay_history {
	enum lbrplay_source source;
	u32 nr;
	u32 pushed; /* calls on the hardware's stack, stale ones too */
	struct lbrplay_branch branch[LBRPLAY_HISTORY_MAX];

	struct lbrplay_page page;
	struct lbrplay_call call[LBRPLAY_HISTORY_MAX];
	struct lbrplay_jump jump[LBRPLAY_JUMPS];
	u8 code[LBRPLAY_CODE];
};

/* What perf is handed; the layout is struct perf_branch_stack's. */
struct lbrplay_stack {
	u64 nr;
	u64 hw_idx;
	struct perf_branch_entry entry[LBRPLAY_DEPTH_MAX];
};

enum lbrplay_vendor { LBRPLAY_INTEL, LBRPLAY_AMD };
enum lbrplay_pollution { LBRPLAY_OTHER, LBRPLAY_MIXED, LBRPLAY_STRANGER };
/* Whose control MSR it is. */
enum lbrplay_control {
	LBRPLAY_NO_CONTROL, /* the CPU's own registers are read and written */
	LBRPLAY_PV_LBR,	    /* the host of 2018 */
	LBRPLAY_POLL_CONTROL,
	LBRPLAY_FAULTS,
};

/* Settings of today; each is a module parameter of the same name. */
struct lbrplay_settings {
	int depth;	       /* entries; 0: this machine has no LBR */
	int vendor;	       /* enum lbrplay_vendor */
	int callstack;	       /* 0: as before Haswell, no call-stack mode */
	int refuse;	       /* errno for opening, 0: none */
	int refuse_what;       /* 0 call stacks, 1 branch stacks, 2 all */
	int silent;	       /* opens, never counts, never fires */
	int empty;	       /* 1: nr 0; 2: nr 0, and hw_idx missing too */
	int arch;	       /* hw_idx as architectural LBR: always 0 */
	int pollution;	       /* percent of the stacks */
	int pollution_kind;    /* enum lbrplay_pollution */
	int forget;	       /* deep calls overwrite the oldest for good */
	int foreign;	       /* hand out samples of unlogged code too */
	int seed;	       /* of the pollution's dice */
	int host_saves;	       /* no pollution where ACTIVE is set */
	int control;	       /* enum lbrplay_control */
	int control_msr;       /* its number */
	int perf_capabilities; /* MSR 0x345; -1: reading it faults */
	int kernel_drives;     /* the guest kernel sets ACTIVE */
	int kvm;	       /* CPUID is played, where it is probed */
	int kvm_features;      /* leaf 0x40000001, EAX */
	int kvm_hints;	       /* and EDX */
	int pmu_version;       /* leaf 0xa */
	int pdcm;	       /* leaf 1 */
};

extern struct lbrplay_settings lbrplay_set;

/* What was done since the last reset; read through debugfs. */
struct lbrplay_counters {
	atomic64_t fired;   /* timer expiries with an event on the CPU */
	atomic64_t samples; /* handed to perf */
	atomic64_t stacks;  /* of these, with a branch stack of nr > 0 */
	atomic64_t polluted;
	atomic64_t empty;
	atomic64_t full;      /* nr equals depth */
	atomic64_t truncated; /* older calls were lost, full or not */
	atomic64_t by_log;
	atomic64_t by_frames;
	atomic64_t foreign;	 /* CPU in unlogged code */
	atomic64_t held_back;	 /* of these, not handed to perf */
	atomic64_t branches;	 /* any-branch entries handed out */
	atomic64_t mispredicted; /* of these */
	atomic64_t refused;	 /* event_init() said no to a branch stack */
	atomic64_t opened;
	atomic64_t truth_lost; /* records the truth log had no room for */
	atomic64_t msr_reads;  /* of the two registers played */
	atomic64_t msr_writes; /* faulting ones too */
	atomic64_t msr_faults;
	atomic64_t cpuid; /* answers given */
};

extern struct lbrplay_counters lbrplay_count;

int settings_init(void);
void settings_fini(void);

int pmu_init(void);
void pmu_fini(void);
int pmu_update_caps(void);

/* Reads user memory in interrupt context: 0, or -EFAULT if not resident. */
int calls_peek(void *to, u64 user_address, size_t size);
bool calls_read(const struct pt_regs *user, struct lbrplay_history *ret);
enum lbrplay_source calls_read_jumps(const struct pt_regs *user,
				     struct lbrplay_history *ret, u8 *ret_next);

void frames_read(const struct pt_regs *user, struct lbrplay_history *ret);
int frames_call_target(u64 from, u64 *ret_to);

void branches_read(const struct pt_regs *user, struct lbrplay_history *ret);
void branches_fill(const struct lbrplay_history *history, u64 wanted,
		   struct lbrplay_stack *stack);

/* Returns 1 if the stack handed out is not the interrupted thread's own. */
int stack_fill(const struct lbrplay_history *history,
	       struct lbrplay_stack *ret_stack);

int truth_init(void);
void truth_fini(void);
const struct file_operations *truth_fops(void);
void truth_reset(void);
void truth_log(u64 time, const struct pt_regs *user,
	       const struct lbrplay_history *history,
	       const struct lbrplay_stack *stack, bool is_polluted);

/* The control MSR of this CPU, with interrupts off. */
bool msr_is_active(void);
void msr_kernel_set(bool is_active);
/* All CPUs' to what they are at power-on; forgets the accesses. */
void msr_reset(void);
int msr_init(struct dentry *folder);
void msr_fini(void);

void cpuid_init(struct dentry *folder);
void cpuid_fini(void);

#endif /* LBRPLAY_MODULE_H */
