/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sample that comes with a finished call chain is hashed without building
 * its stack: equal words in an equal address space (the resolver's epoch) with
 * an equal verdict are an equal stack. One that must be unwound, or put
 * together from branch records, is built first and hashed by its frames.
 */
#include "config.h"

#include "profile/stacks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Mappings of the kernel and its modules, a process of their own. */
#define KERNEL_PID UINT32_MAX

enum key_kind {
	KEY_CHAIN = 1,
	KEY_FRAMES = 2,
};

/* What stands before the chain or the frames. */
struct key_head {
	uint64_t epoch;
	uint64_t kernel_epoch;
	uint64_t ip;
	uint64_t weight;
	uint32_t pid;
	uint32_t comm;
	uint32_t cpumode;
	uint32_t kind; /* enum key_kind */
	uint32_t tid;
	uint32_t zero; /* where there would be padding, of any bytes */
};

int stacks_init(struct stacks *stacks, struct lbrvirt_resolver *resolver,
		bool has_verdict)
{
	int err;

	stacks->resolver = resolver;
	stacks->has_verdict = has_verdict;
	err = intern_new(&stacks->keys);
	if (!err)
		err = intern_new(&stacks->strings);
	if (!err)
		err = intern_new(&stacks->function_keys);
	if (!err)
		err = intern_new(&stacks->location_keys);
	return err;
}

void stacks_fini(struct stacks *stacks)
{
	intern_free(stacks->keys);
	intern_free(stacks->strings);
	intern_free(stacks->function_keys);
	intern_free(stacks->location_keys);
	free(stacks->entries);
	free(stacks->frames);
	free(stacks->origins);
	free(stacks->locations);
	free(stacks->functions_of);
	free(stacks->functions);
	buffer_fini(&stacks->key);
}

void stacks_forget_comm(struct stacks *stacks)
{
	memset(stacks->recent, 0, sizeof(stacks->recent));
}

const char *stacks_string(const struct stacks *stacks, uint32_t id)
{
	return intern_bytes(stacks->strings, id, NULL);
}

int stacks_comm(struct stacks *stacks, const struct lbrvirt_record *record,
		uint32_t *ret_comm)
{
	struct stacks_thread *recent =
		&stacks->recent[record->tid % STACKS_RECENT];
	const char *comm;

	if (!recent->is_known || recent->pid != record->pid ||
	    recent->tid != record->tid) {
		recent->is_known = false;
		/* The idle task, which no comm record names. */
		comm = record->tid == 0 ?
			       "swapper" :
			       lbrvirt_resolver_comm(stacks->resolver,
						     record->pid, record->tid);
		if (intern_add(stacks->strings, comm, strlen(comm),
			       &recent->comm) < 0)
			return -ENOMEM;
		recent->pid = record->pid;
		recent->tid = record->tid;
		recent->is_known = true;
	}
	*ret_comm = recent->comm;
	return 0;
}

/* The resolver makes the stack out of the call chain alone (stack/stack.h). */
static bool is_chain_only(const struct stacks *stacks,
			  const struct lbrvirt_record *record)
{
	const uint64_t copy = PERF_SAMPLE_STACK_USER | PERF_SAMPLE_REGS_USER;
	const struct perf_event_attr *attr;

	if (stacks->has_verdict && record->sample.weight &&
	    record->sample.nr_callchain)
		return true;
	if (!record->event)
		return true;
	attr = &record->event->attr;
	return (attr->sample_type & copy) != copy &&
	       !((attr->sample_type & PERF_SAMPLE_BRANCH_STACK) &&
		 (attr->branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK));
}

static int append_frames(struct buffer *key, const struct lbrvirt_stack *stack)
{
	const size_t size = 2 * sizeof(uint64_t);
	unsigned char *to;

	if (buffer_reserve(key, stack->nr * size))
		return -ENOMEM;
	to = key->bytes + key->size;
	for (size_t i = 0; i < stack->nr; i++) {
		const struct lbrvirt_frame *frame = &stack->frames[i];
		const uint64_t words[2] = {
			frame->address,
			frame->provenance | (uint64_t)frame->is_kernel << 8 |
				(uint64_t)frame->is_return << 9,
		};

		memcpy(to + i * size, words, size);
	}
	key->size += stack->nr * size;
	return 0;
}

/* Fill stacks->key; fills stacks->stack too unless @is_chain. */
static int make_key(struct stacks *stacks, const struct lbrvirt_record *record,
		    uint32_t comm, bool is_chain)
{
	const struct lbrvirt_sample *sample = &record->sample;
	struct key_head head = {
		.epoch = lbrvirt_resolver_epoch(stacks->resolver, record->pid),
		.kernel_epoch =
			lbrvirt_resolver_epoch(stacks->resolver, KERNEL_PID),
		.ip = sample->ip,
		.pid = record->pid,
		.tid = stacks->by_thread ? record->tid : 0,
		.comm = comm,
		.cpumode = record->misc & PERF_RECORD_MISC_CPUMODE_MASK,
		.kind = is_chain ? KEY_CHAIN : KEY_FRAMES,
	};
	int err;

	stacks->key.size = 0;
	if (is_chain) {
		head.weight = stacks->has_verdict ? sample->weight : 0;
		err = buffer_append(&stacks->key, &head, sizeof(head));
		if (!err && sample->nr_callchain)
			err = buffer_append(&stacks->key, sample->callchain,
					    sample->nr_callchain *
						    sizeof(uint64_t));
		return err;
	}

	err = lbrvirt_resolver_stack(stacks->resolver, record, &stacks->stack);
	if (err)
		return err;
	head.weight = stacks->stack.verdict | (uint64_t)stacks->stack.integrity
						      << 8;
	err = buffer_append(&stacks->key, &head, sizeof(head));
	if (!err)
		err = append_frames(&stacks->key, &stacks->stack);
	return err;
}

/* Make room for one more element of an array of the stacks. */
#define RESERVE(stacks, field, wanted)                                  \
	reserve((void **)&(stacks)->field, &(stacks)->field##_capacity, \
		(wanted), sizeof(*(stacks)->field))

static int reserve(void **array, size_t *capacity, size_t wanted, size_t size)
{
	if (wanted > UINT32_MAX)
		return -ENOMEM;
	return array_reserve(array, capacity, wanted, size);
}

static int add_function(struct stacks *stacks,
			const struct lbrvirt_symbol *symbol, uint32_t *ret_id)
{
	uint32_t key[2];
	int is_new;

	if (intern_add(stacks->strings, symbol->name, strlen(symbol->name),
		       &key[0]) < 0 ||
	    intern_add(stacks->strings, symbol->dso, strlen(symbol->dso),
		       &key[1]) < 0 ||
	    RESERVE(stacks, functions, stacks->nr_functions + 1))
		return -ENOMEM;
	is_new = intern_add(stacks->function_keys, key, sizeof(key), ret_id);
	if (is_new <= 0)
		return is_new;
	assert(*ret_id == stacks->nr_functions);
	stacks->functions[stacks->nr_functions++] = (struct stacks_function){
		.symbol = stacks_string(stacks, key[0]),
		.dso = stacks_string(stacks, key[1]),
	};
	return 0;
}

static int add_location(struct stacks *stacks,
			const struct lbrvirt_frame *frame,
			const struct lbrvirt_symbol *symbols, size_t nr,
			uint32_t *ret_id)
{
	struct stacks_location location = {
		.symbols = symbols,
		.nr = (uint32_t)nr,
		.first = (uint32_t)stacks->nr_functions_of,
		.is_kernel = frame->is_kernel,
		.is_return = frame->is_return,
	};
	int is_new;

	/* The resolver gives one address the same array again. */
	if (!intern_find(stacks->location_keys, &symbols, sizeof(symbols),
			 ret_id))
		return 0;
	if (RESERVE(stacks, functions_of, location.first + nr) ||
	    RESERVE(stacks, locations, stacks->nr_locations + 1))
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		int err =
			add_function(stacks, &symbols[i],
				     &stacks->functions_of[location.first + i]);

		if (err)
			return err;
	}
	is_new = intern_add(stacks->location_keys, &symbols, sizeof(symbols),
			    ret_id);
	if (is_new < 0)
		return is_new;
	stacks->nr_functions_of += nr;
	stacks->locations[stacks->nr_locations++] = location;
	return 0;
}

/* Look up the names of the stack at hand and remember them. */
static int add_frames(struct stacks *stacks, uint32_t pid,
		      struct stacks_entry *entry)
{
	const struct lbrvirt_stack *stack = &stacks->stack;
	int err;

	err = RESERVE(stacks, frames, stacks->nr_frames + stack->nr);
	if (!err)
		err = RESERVE(stacks, origins, stacks->nr_frames + stack->nr);
	entry->first = (uint32_t)stacks->nr_frames;
	entry->nr = (uint32_t)stack->nr;
	entry->verdict = stack->verdict;
	entry->integrity = stack->integrity;
	for (size_t i = 0; !err && i < stack->nr; i++) {
		const struct lbrvirt_frame *frame = &stack->frames[i];
		const struct lbrvirt_symbol *symbols;
		size_t nr;

		err = lbrvirt_resolver_symbols(stacks->resolver, pid, frame,
					       &symbols, &nr);
		if (!err)
			err = add_location(stacks, frame, symbols, nr,
					   &stacks->frames[entry->first + i]);
		stacks->origins[entry->first + i] =
			frame->provenance % STACKS_PROVENANCES;
		entry->provenances[frame->provenance % STACKS_PROVENANCES]++;
	}
	if (!err)
		stacks->nr_frames += stack->nr;
	return err;
}

int stacks_add(struct stacks *stacks, const struct lbrvirt_record *record,
	       uint32_t comm, uint32_t *ret_id)
{
	bool is_chain = is_chain_only(stacks, record);
	struct stacks_entry entry = {
		.pid = record->pid,
		.tid = stacks->by_thread ? record->tid : 0,
		.comm = comm,
	};
	int err = make_key(stacks, record, comm, is_chain);

	if (err)
		return err;
	if (!intern_find(stacks->keys, stacks->key.bytes, stacks->key.size,
			 ret_id))
		return 0;

	if (is_chain)
		err = lbrvirt_resolver_stack(stacks->resolver, record,
					     &stacks->stack);
	if (!err)
		err = RESERVE(stacks, entries, stacks->nr_entries + 1);
	if (!err)
		err = add_frames(stacks, record->pid, &entry);
	if (err)
		return err;
	err = intern_add(stacks->keys, stacks->key.bytes, stacks->key.size,
			 ret_id);
	if (err < 0)
		return err;
	assert(*ret_id == stacks->nr_entries);
	stacks->entries[stacks->nr_entries++] = entry;
	return 1;
}
