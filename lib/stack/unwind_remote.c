/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libunwind's remote API over a sample: registers from the state, memory from
 * the stack copy and the mapped files. Only this file knows libunwind.
 */
#include "config.h"

#include "stack/unwind_remote.h"

#include <errno.h>
#include <libunwind.h>
#include <stdlib.h>

/* Exported by libunwind for debuggers, declared in none of its headers:
 * binary search in an .eh_frame_hdr that is read through the accessors. */
#define search_table UNW_OBJ(dwarf_search_unwind_table)
extern int search_table(unw_addr_space_t space, unw_word_t ip,
			unw_dyn_info_t *table, unw_proc_info_t *ret_info,
			int need_unwind_info, void *arg);

/* DWARF's numbers and libunwind's are the same on x86-64. */
_Static_assert(UNW_X86_64_RBP == (int)CFI_RBP &&
		       UNW_X86_64_R15 == (int)CFI_R15 &&
		       UNW_X86_64_RIP == (int)CFI_RIP,
	       "register numbers");

struct unwind_remote {
	unw_addr_space_t space;
	/* Of the step under way. */
	const struct unwind_input *input;
	const struct unwind_state *state;
};

/* Bytes of a mapped file as they are in the process. */
static const unsigned char *find_bytes(const struct unwind_input *input,
				       uint64_t address, size_t size)
{
	const struct map *map = process_find_map(input->process, address);
	const unsigned char *bytes;
	uint64_t vaddr;
	size_t found;

	if (!map || !dso_vaddr(input->dsos, map->dso,
			       address - map->start + map->offset, &vaddr))
		return NULL;
	bytes = dso_bytes(input->dsos, map->dso, vaddr, size, &found);
	return bytes && found == size ? bytes : NULL;
}

static int access_memory(unw_addr_space_t space, unw_word_t address,
			 unw_word_t *word, int is_write, void *arg)
{
	const struct unwind_remote *remote = arg;
	const unsigned char *bytes;
	uint64_t value;

	(void)space;
	if (is_write)
		return -UNW_EINVAL;
	if (unwind_state_read(remote->input, address, &value)) {
		*word = value;
		return 0;
	}
	bytes = find_bytes(remote->input, address, sizeof(value));
	if (!bytes)
		return -UNW_EINVAL;
	memcpy(word, bytes, sizeof(*word));
	return 0;
}

static int access_register(unw_addr_space_t space, unw_regnum_t reg,
			   unw_word_t *word, int is_write, void *arg)
{
	const struct unwind_remote *remote = arg;

	(void)space;
	if (is_write || reg < 0 || reg >= CFI_NR_REGISTERS ||
	    !(remote->state->known & 1u << reg))
		return -UNW_EBADREG;
	*word = remote->state->regs[reg];
	/* A cursor begins with an interrupted frame; one that is returned to
	 * has the row of its call instruction. */
	if (reg == CFI_RIP && remote->state->is_return)
		--*word;
	return 0;
}

static int access_fp_register(unw_addr_space_t space, unw_regnum_t reg,
			      unw_fpreg_t *value, int is_write, void *arg)
{
	(void)space;
	(void)reg;
	(void)value;
	(void)is_write;
	(void)arg;
	return -UNW_EBADREG;
}

/* A file's index as libunwind takes it: a table of another process. */
static int describe_table(const struct unwind_input *input,
			  const struct map *map, unw_word_t ip,
			  unw_dyn_info_t *ret_table)
{
	struct cfi_index index;
	uint64_t vaddr;
	uint64_t header;

	if (!cfi_find_index(input->dsos, map->dso, &index) ||
	    !dso_vaddr(input->dsos, map->dso, ip - map->start + map->offset,
		       &vaddr))
		return -UNW_ENOINFO;
	header = index.header + ip - vaddr;
	*ret_table = (unw_dyn_info_t){
		.start_ip = map->start,
		.end_ip = map->end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
	};
	ret_table->u.rti.segbase = header;
	ret_table->u.rti.table_data = header + CFI_INDEX_OFFSET;
	ret_table->u.rti.table_len = (unw_word_t)index.count *
				     CFI_INDEX_ENTRY_SIZE / sizeof(unw_word_t);
	return 0;
}

static int find_proc_info(unw_addr_space_t space, unw_word_t ip,
			  unw_proc_info_t *ret_info, int need_unwind_info,
			  void *arg)
{
	const struct unwind_remote *remote = arg;
	const struct map *map = process_find_map(remote->input->process, ip);
	unw_dyn_info_t table;
	int err;

	if (!map)
		return -UNW_ENOINFO;
	err = describe_table(remote->input, map, ip, &table);
	if (err)
		return err;
	return search_table(space, ip, &table, ret_info, need_unwind_info, arg);
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info,
			    void *arg)
{
	(void)space;
	(void)info;
	(void)arg;
}

static int find_dyn_info_list(unw_addr_space_t space, unw_word_t *ret_address,
			      void *arg)
{
	(void)space;
	(void)ret_address;
	(void)arg;
	return -UNW_ENOINFO;
}

static int refuse_resume(unw_addr_space_t space, unw_cursor_t *cursor,
			 void *arg)
{
	(void)space;
	(void)cursor;
	(void)arg;
	return -UNW_EINVAL;
}

static int refuse_name(unw_addr_space_t space, unw_word_t address, char *name,
		       size_t size, unw_word_t *ret_offset, void *arg)
{
	(void)space;
	(void)address;
	(void)name;
	(void)size;
	(void)ret_offset;
	(void)arg;
	return -UNW_EINVAL;
}

int unwind_remote_new(struct unwind_remote **ret_remote)
{
	unw_accessors_t accessors = {
		.find_proc_info = find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = find_dyn_info_list,
		.access_mem = access_memory,
		.access_reg = access_register,
		.access_fpreg = access_fp_register,
		.resume = refuse_resume,
		.get_proc_name = refuse_name,
	};
	struct unwind_remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return -ENOMEM;
	remote->space = unw_create_addr_space(&accessors, 0);
	if (!remote->space) {
		free(remote);
		return -ENOMEM;
	}
	/* Its cache knows addresses, not processes. */
	unw_set_caching_policy(remote->space, UNW_CACHE_NONE);
	*ret_remote = remote;
	return 0;
}

void unwind_remote_free(struct unwind_remote *remote)
{
	if (!remote)
		return;
	unw_destroy_addr_space(remote->space);
	free(remote);
}

/* Registers that stayed where they were are still read from the state that
 * is replaced here, so it is written last. */
static bool read_caller(unw_cursor_t *cursor, struct unwind_state *ret_state)
{
	struct unwind_state caller = { .is_return = true };

	for (int reg = 0; reg < CFI_NR_REGISTERS; reg++) {
		unw_word_t word;

		if (!(UNWIND_KEPT & 1u << reg) ||
		    unw_get_reg(cursor, reg, &word) != 0)
			continue;
		caller.regs[reg] = word;
		caller.known |= 1u << reg;
	}
	if (!(caller.known & 1u << CFI_RIP) || !(caller.known & 1u << CFI_RSP))
		return false;
	*ret_state = caller;
	return true;
}

bool unwind_remote_step(struct unwind_remote *remote,
			const struct unwind_input *input,
			struct unwind_state *state)
{
	unw_cursor_t cursor;
	unw_proc_info_t info;

	remote->input = input;
	remote->state = state;
	/* Without rows unw_step() would guess; asking for them first makes
	 * sure that it does not. */
	return unw_init_remote(&cursor, remote->space, remote) == 0 &&
	       unw_get_proc_info(&cursor, &info) == 0 &&
	       unw_step(&cursor) > 0 && read_caller(&cursor, state);
}
