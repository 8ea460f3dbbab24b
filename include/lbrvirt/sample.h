/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One record of a recording, decoded. The same structs describe a record that
 * was just drained from a ring and one that was read from a perf.data file.
 * Numbers are in the host's byte order whatever the file's was.
 *
 * Layouts: include/uapi/linux/perf_event.h, enum perf_event_type; the perf.data
 * spec is tools/perf/Documentation/perf.data-file-format.txt (both Linux 6.12).
 */
#ifndef LBRVIRT_SAMPLE_H
#define LBRVIRT_SAMPLE_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/api.h>

LBRVIRT_BEGIN_DECLS

/**
 * One event of a recording: what was counted, and what each sample holds.
 * Owned by the object that hands it out, and valid as long as that lives.
 */
struct lbrvirt_event {
	const char *name; /**< as perf would print it: "cycles:u"; never NULL */
	/**
	 * What was opened. A file's shorter attribute is filled up with zeros;
	 * what a longer one says beyond this header's size is dropped.
	 */
	struct perf_event_attr attr;
	const uint64_t *ids; /**< sample ids of this event; NULL if @nr_ids 0 */
	size_t nr_ids;
	uint32_t index; /**< position among the recording's events, from 0 */
};

/** Bits of lbrvirt_branch.flags (perf_branch_entry, little end first). */
#define LBRVIRT_BRANCH_MISPRED 0x1u /**< target mispredicted */
#define LBRVIRT_BRANCH_PREDICTED 0x2u
#define LBRVIRT_BRANCH_IN_TX 0x4u /**< in a transaction */
#define LBRVIRT_BRANCH_ABORT 0x8u /**< transaction abort */
#define LBRVIRT_BRANCH_CYCLES(flags) ((unsigned int)((flags) >> 4) & 0xffffu)
#define LBRVIRT_BRANCH_TYPE(flags) ((unsigned int)((flags) >> 20) & 0xfu)
#define LBRVIRT_BRANCH_SPEC(flags) ((unsigned int)((flags) >> 24) & 0x3u)
#define LBRVIRT_BRANCH_NEW_TYPE(flags) ((unsigned int)((flags) >> 26) & 0xfu)
#define LBRVIRT_BRANCH_PRIV(flags) ((unsigned int)((flags) >> 30) & 0x7u)

/** One branch record: the layout of the kernel's struct perf_branch_entry. */
struct lbrvirt_branch {
	uint64_t from;	/**< address of the branch instruction */
	uint64_t to;	/**< address it went to */
	uint64_t flags; /**< LBRVIRT_BRANCH_… */
};

/**
 * The fields of a PERF_RECORD_SAMPLE. Which are set is said by the event's
 * attr.sample_type; the others are zero or NULL. Pointers point into the
 * record or the decoder and live as long as the record does.
 */
struct lbrvirt_sample {
	uint64_t ip;	 /**< sampled address */
	uint64_t addr;	 /**< address of the access, page fault, … */
	uint64_t period; /**< events this sample stands for */

	const uint64_t *callchain; /**< innermost first, with PERF_CONTEXT_… */
	size_t nr_callchain;

	const struct lbrvirt_branch *branches; /**< newest first */
	size_t nr_branches;
	uint64_t hw_idx;  /**< index of the newest entry, ~0 unknown */
	bool has_hw_idx;  /**< false where the kernel left it out */
	const uint64_t *branch_counters; /**< one a branch, or NULL */

	uint64_t regs_user_abi; /**< PERF_SAMPLE_REGS_ABI_…, 0: no registers */
	uint64_t regs_user_mask;
	const uint64_t *regs_user; /**< one a set bit of the mask */
	uint64_t regs_intr_abi;
	uint64_t regs_intr_mask;
	const uint64_t *regs_intr;

	const void *user_stack;	   /**< copy of the stack from SP upwards */
	uint64_t user_stack_size;  /**< valid bytes of it (the dyn_size) */
	uint64_t user_stack_asked; /**< bytes the kernel set aside */

	const void *raw; /**< tracepoint payload */
	uint32_t raw_size;

	uint64_t weight; /**< WEIGHT, or the struct's 8 bytes */
	uint64_t data_src;
	uint64_t transaction;
	uint64_t phys_addr;
	uint64_t cgroup;
	uint64_t data_page_size;
	uint64_t code_page_size;
	const void *aux;
	uint64_t aux_size;

	/** READ: values as the kernel wrote them, decoded by read_format. */
	const uint64_t *read_values;
	size_t nr_read_values;
};

/** PERF_RECORD_MMAP and MMAP2: a file mapped at an address. */
struct lbrvirt_record_mmap {
	uint32_t pid;
	uint32_t tid;
	uint64_t start;	 /**< first address */
	uint64_t size;	 /**< bytes */
	uint64_t offset; /**< bytes into the file */
	uint32_t prot;	 /**< PROT_…; MMAP: PROT_EXEC unless data */
	uint32_t flags;	 /**< MAP_… */
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t inode; /**< 0 where a build-id stands instead, or unknown */
	uint64_t inode_generation;
	uint8_t build_id[20];
	/** 0: neither the record nor, in a file, its BUILD_ID table has it. */
	uint8_t build_id_size;
	const char *path;      /**< NUL-terminated within the record */
};

/** PERF_RECORD_COMM. */
struct lbrvirt_record_comm {
	uint32_t pid;
	uint32_t tid;
	const char *name;
	bool is_exec; /**< the process called exec: its old mappings are gone */
};

/** PERF_RECORD_FORK and EXIT. */
struct lbrvirt_record_task {
	uint32_t pid;
	uint32_t ppid;
	uint32_t tid;
	uint32_t ptid;
	uint64_t time_ns;
};

/** PERF_RECORD_LOST and LOST_SAMPLES. */
struct lbrvirt_record_lost {
	uint64_t id; /**< LOST: of which event */
	uint64_t nr; /**< records that found no room in the ring */
};

/** PERF_RECORD_THROTTLE and UNTHROTTLE. */
struct lbrvirt_record_throttle {
	uint64_t time_ns;
	uint64_t id;
	uint64_t stream_id;
};

/**
 * One record. @bytes is the whole record, header included, in the host's byte
 * order. Common fields come from the sample or from the sample_id trailer;
 * @fields says which (PERF_SAMPLE_TID, _TIME, _ID, _STREAM_ID, _CPU). A sample
 * that read the counts of a group is handed out once for each member that had
 * counted something, with @event, @id and sample.period the member's own and
 * PERF_SAMPLE_PERIOD in @fields.
 */
struct lbrvirt_record {
	uint32_t type; /**< PERF_RECORD_…, or perf's own from 64 up */
	uint16_t misc; /**< PERF_RECORD_MISC_… */
	uint32_t size; /**< bytes, header included */
	const void *bytes;
	uint64_t offset; /**< where it begins in the file; 0 from a ring */
	/** What it belongs to; NULL where the record does not say. */
	const struct lbrvirt_event *event;

	uint64_t fields;
	uint32_t pid;
	uint32_t tid;
	uint64_t time_ns;
	uint64_t id;
	uint64_t stream_id;
	uint32_t cpu;

	union {
		struct lbrvirt_sample sample;	  /**< SAMPLE */
		struct lbrvirt_record_mmap mmap;  /**< MMAP, MMAP2 */
		struct lbrvirt_record_comm comm;  /**< COMM */
		struct lbrvirt_record_task task;  /**< FORK, EXIT */
		struct lbrvirt_record_lost lost;  /**< LOST, LOST_SAMPLES */
		struct lbrvirt_record_throttle throttle;
	};
};

/**
 * The name of a type of record: "SAMPLE", "MMAP2", …, as perf report -D prints
 * it behind "PERF_RECORD_".
 *
 * Returns a static text, or NULL: the type is not known here. Any thread.
 *
 * Since:  0.1
 */
LBRVIRT_API const char *lbrvirt_record_type_name(uint32_t type);

LBRVIRT_END_DECLS

#endif
