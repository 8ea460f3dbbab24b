/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The resolver: feed it a recording's records in time order, and it says for
 * each sample which stack it has, and for each address of it which function,
 * source line and inlined calls stand there.
 */
#ifndef LBRVIRT_SYMBOL_H
#define LBRVIRT_SYMBOL_H

#include <lbrvirt/api.h>
#include <lbrvirt/context.h>
#include <lbrvirt/sample.h>
#include <lbrvirt/stack.h>

LBRVIRT_BEGIN_DECLS

struct lbrvirt_resolver;

/** Settings of lbrvirt_resolver_new(). Set size to sizeof of the struct. */
struct lbrvirt_resolver_opts {
	size_t size;
	const char *symfs;     /**< look for files below; NULL: "/" */
	const char *kallsyms;  /**< NULL: /proc/kallsyms */
	const char *debug_dir; /**< build-id cache; NULL: ~/.debug */
	/**
	 * The kernel's release as the recording has it, NULL: not known. If
	 * this machine's is another, its own vDSO and /proc/kallsyms are not
	 * taken for the recorded ones.
	 */
	const char *kernel_release;
	bool no_inline;	       /**< functions only: no inlined calls */
	bool no_demangle;      /**< names as the compiler mangled them */
	/** Samples carry lbrprof's verdicts: lbrvirt_perfdata_note(data,
	    "stack_verdict") is "weight". */
	bool has_verdict;
};

/** One function at an address: the function itself or a call inlined in it. */
struct lbrvirt_symbol {
	/**
	 * Its name, demangled, as perf report prints it; where there is none
	 * "dso+0xoffset", the offset being @dso_offset, and for an address
	 * that is not mapped "0xaddress". Never NULL.
	 */
	const char *name;
	const char *dso;    /**< path of its file; "[kernel.kallsyms]",
				 "[ext4]", "//anon", "[unknown]": never NULL */
	const char *file;   /**< source file, NULL unknown */
	uint32_t line;	    /**< source line, 0 unknown */
	bool is_inlined;    /**< inlined into the next symbol of the list */
	bool has_name;	    /**< false: @name is made up of the offset */
	/**
	 * Where the looked-up address is: offset in the file, which is the
	 * same in all processes; for the kernel, for code made at run time and
	 * for what is not mapped, the address itself.
	 */
	uint64_t dso_offset;
	uint64_t start;	 /**< the same of the function's beginning */
	uint64_t offset; /**< @dso_offset - @start: "name+0xoffset" */
	/**
	 * The address in the file's own terms (the ELF's, as nm and objdump
	 * print it); where the file cannot be had, @dso_offset, which is the
	 * same for most.
	 */
	uint64_t vaddr;
};

/**
 * Make a resolver.
 *
 * @ctx           context for messages; must outlive it.
 * @opts          settings, or NULL for the defaults. Strings are copied.
 * @ret_resolver  receives it; untouched on failure.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Owner:  the caller; end it with lbrvirt_resolver_free().
 * Thread: one at a time per @ctx.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_resolver_new(struct lbrvirt_context *ctx,
		     const struct lbrvirt_resolver_opts *opts,
		     struct lbrvirt_resolver **ret_resolver);

/**
 * Free a resolver. NULL is allowed. Ends the life of every symbol it gave.
 *
 * Since:  0.1
 */
LBRVIRT_API void lbrvirt_resolver_free(struct lbrvirt_resolver *resolver);

/**
 * Take in one record that is not a sample: mappings, names, forks, exits.
 * Samples and unknown types are ignored.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_resolver_apply(struct lbrvirt_resolver *resolver,
				       const struct lbrvirt_record *record);

/**
 * The stack of a sample, from whatever it holds: branch records, a stack copy
 * (which is unwound here), or a call chain.
 *
 * @record     a PERF_RECORD_SAMPLE.
 * @ret_stack  the caller's; filled.
 *
 * Returns 0, or -EINVAL: not a sample.
 *
 * Since:  0.1
 */
LBRVIRT_API int lbrvirt_resolver_stack(struct lbrvirt_resolver *resolver,
				       const struct lbrvirt_record *record,
				       struct lbrvirt_stack *ret_stack);

/**
 * What stands at one frame's address, in the process @pid as it is mapped now.
 * The work is done once per distinct address.
 *
 * @pid          whose address space; ignored for kernel frames.
 * @frame        a frame of lbrvirt_resolver_stack().
 * @ret_symbols  receives the symbols, innermost inlined call first, the
 *               function itself last.
 * @ret_nr       receives their number, at least 1.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 *
 * Owner:  the resolver; the symbols are valid as long as it is.
 * Since:  0.1
 */
LBRVIRT_API int
lbrvirt_resolver_symbols(struct lbrvirt_resolver *resolver, uint32_t pid,
			 const struct lbrvirt_frame *frame,
			 const struct lbrvirt_symbol **ret_symbols,
			 size_t *ret_nr);

/**
 * A number that changes whenever the address space of @pid does, and that no
 * two states share: results kept under (epoch, addresses) stay true.
 *
 * Since:  0.1
 */
LBRVIRT_API uint64_t
lbrvirt_resolver_epoch(struct lbrvirt_resolver *resolver, uint32_t pid);

/**
 * The name (comm) of a thread now; ":TID" as perf prints it where none is
 * known. Valid until the next call with this resolver.
 *
 * Since:  0.1
 */
LBRVIRT_API const char *
lbrvirt_resolver_comm(struct lbrvirt_resolver *resolver, uint32_t pid,
		      uint32_t tid);

LBRVIRT_END_DECLS

#endif
