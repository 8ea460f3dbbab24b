/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The resolver joins what comes before: the processes' mappings, the stacks,
 * and the names; it checks its callers' arguments and knows nothing itself.
 */
#include "config.h"

#include "symbol/resolver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "process/process.h"
#include "stack/stack.h"

/* TASK_COMM_LEN of the kernel is 16; ":4294967295" fits as well. */
#define COMM_SIZE 16

struct lbrvirt_resolver {
	struct lbrvirt_context *ctx;
	bool has_verdict;
	struct dso_table *dsos;
	struct process_table *processes;
	struct unwinder *unwinder;
	struct lookup *lookup;
	char comm[COMM_SIZE]; /* made up for a thread without one */
};

/* Settings of a later version are for it alone, unless they are all zero. */
static bool are_known(const struct lbrvirt_resolver_opts *opts)
{
	const unsigned char *bytes = (const unsigned char *)opts;

	if (opts->size < sizeof(*opts))
		return false;
	for (size_t i = sizeof(*opts); i < opts->size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static bool is_other_release(const char *release)
{
	struct utsname machine;

	return release && uname(&machine) == 0 &&
	       strcmp(release, machine.release) != 0;
}

static int make_stages(struct lbrvirt_resolver *resolver,
		       const struct lbrvirt_resolver_opts *opts,
		       const char *debug_dir)
{
	bool is_elsewhere = is_other_release(opts->kernel_release);
	const struct dso_table_opts dso_opts = {
		.symfs = opts->symfs,
		.debug_dir = debug_dir,
		.is_elsewhere = is_elsewhere,
	};
	const struct lookup_opts lookup_opts = {
		.is_elsewhere = is_elsewhere,
		.kallsyms = opts->kallsyms,
		.debug_dir = debug_dir,
		.no_inline = opts->no_inline,
		.no_demangle = opts->no_demangle,
	};
	int err = dso_table_new(resolver->ctx, &dso_opts, &resolver->dsos);

	if (!err)
		err = process_table_new(resolver->ctx, resolver->dsos,
					&resolver->processes);
	if (!err)
		err = unwinder_new(resolver->ctx, resolver->dsos,
				   &resolver->unwinder);
	if (!err)
		err = lookup_new(resolver->dsos, &lookup_opts,
				 &resolver->lookup);
	return err;
}

int lbrvirt_resolver_new(struct lbrvirt_context *ctx,
			 const struct lbrvirt_resolver_opts *opts,
			 struct lbrvirt_resolver **ret_resolver)
{
	static const struct lbrvirt_resolver_opts defaults = {
		.size = sizeof(defaults)
	};
	struct lbrvirt_resolver *resolver;
	const char *home = getenv("HOME");
	char *cache = NULL;
	int err;

	if (!ctx || !ret_resolver)
		return -EINVAL;
	if (!opts)
		opts = &defaults;
	if (!are_known(opts))
		return error_set(
			ctx, EINVAL,
			"resolver: unknown settings: the program was built for another version");
	resolver = calloc(1, sizeof(*resolver));
	if (!resolver)
		return error_set(ctx, ENOMEM, "out of memory");
	resolver->ctx = ctx;
	resolver->has_verdict = opts->has_verdict;
	if (!opts->debug_dir && home && asprintf(&cache, "%s/.debug", home) < 0)
		cache = NULL;
	err = make_stages(resolver, opts,
			  opts->debug_dir ? opts->debug_dir : cache);
	free(cache);
	if (err) {
		lbrvirt_resolver_free(resolver);
		return error_set(ctx, ENOMEM, "out of memory");
	}
	*ret_resolver = resolver;
	return 0;
}

void lbrvirt_resolver_free(struct lbrvirt_resolver *resolver)
{
	if (!resolver)
		return;
	lookup_free(resolver->lookup);
	unwinder_free(resolver->unwinder);
	process_table_free(resolver->processes);
	dso_table_free(resolver->dsos);
	free(resolver);
}

int lbrvirt_resolver_apply(struct lbrvirt_resolver *resolver,
			   const struct lbrvirt_record *record)
{
	if (!resolver || !record)
		return -EINVAL;
	return process_table_apply(resolver->processes, record);
}

int lbrvirt_resolver_stack(struct lbrvirt_resolver *resolver,
			   const struct lbrvirt_record *record,
			   struct lbrvirt_stack *ret_stack)
{
	const struct process *process;

	if (!resolver || !record || !ret_stack ||
	    record->type != PERF_RECORD_SAMPLE)
		return -EINVAL;
	process = process_table_get(resolver->processes, record->pid);
	if (!process)
		return error_set(resolver->ctx, ENOMEM, "out of memory");
	stack_build(resolver->unwinder, process, record, resolver->has_verdict,
		    ret_stack);
	return 0;
}

int lbrvirt_resolver_symbols(struct lbrvirt_resolver *resolver, uint32_t pid,
			     const struct lbrvirt_frame *frame,
			     const struct lbrvirt_symbol **ret_symbols,
			     size_t *ret_nr)
{
	const struct process *process;

	if (!resolver || !frame || !ret_symbols || !ret_nr)
		return -EINVAL;
	process = process_table_get(resolver->processes,
				    frame->is_kernel ? PROCESS_KERNEL : pid);
	if (!process || lookup_symbols(resolver->lookup, process, frame,
				       ret_symbols, ret_nr))
		return error_set(resolver->ctx, ENOMEM, "out of memory");
	return 0;
}

uint64_t lbrvirt_resolver_epoch(struct lbrvirt_resolver *resolver, uint32_t pid)
{
	const struct process *process;

	if (!resolver)
		return 0;
	process = process_table_get(resolver->processes, pid);
	return process ? process->epoch : 0;
}

const char *lbrvirt_resolver_comm(struct lbrvirt_resolver *resolver,
				  uint32_t pid, uint32_t tid)
{
	const char *comm;

	if (!resolver)
		return "";
	comm = process_table_comm(resolver->processes, pid, tid);
	if (comm)
		return comm;
	/* A thread that is being reaped has no id any more: -1, as perf says */
	snprintf(resolver->comm, sizeof(resolver->comm), ":%d", (int32_t)tid);
	return resolver->comm;
}

struct dso_table *resolver_dsos(const struct lbrvirt_resolver *resolver)
{
	return resolver->dsos;
}

struct lookup *resolver_lookup(const struct lbrvirt_resolver *resolver)
{
	return resolver->lookup;
}
