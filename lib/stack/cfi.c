/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cache of rules: for each file a hash table from address to rule, filled
 * by misses. A profile sees the same few thousand addresses over and over, so
 * what a miss costs hardly counts, and the rest is one probe.
 */
#include "config.h"

#include "stack/cfi.h"

#include <assert.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "stack/cfi_row.h"

#define FIRST_SLOTS 256

/* Then a file's rules are forgotten and read again: only addresses that mean
 * nothing come in such numbers. */
#define MAX_SLOTS (1u << 18)

/*
 * Code at the entry point has nobody above it, and the dynamic linker's has
 * no call frame information to say so. In glibc 2.36 its _start and
 * _dl_start_user are 61 bytes, and the next function has information again.
 */
#define ENTRY_SIZE 64

/* DW_EH_PE_… of the one header that linkers write. */
#define PTR_PCREL_SDATA4     0x1b
#define COUNT_UDATA4	     0x03
#define TABLE_DATAREL_SDATA4 0x3b

struct slot {
	uint64_t vaddr;
	struct cfi_rule rule; /* CFI_EMPTY: the slot is free */
};

/* What is known of one file. */
struct rules {
	bool is_open; /* frames and entry were looked for */
	struct cfi_frames *frames;
	struct cfi_index index; /* count 0: none */
	uint64_t entry;		/* virtual address of the entry point */
	bool is_entry_bare;	/* there is one, without rows */
	struct slot *slots;
	size_t nr_slots; /* a power of two */
	size_t nr_used;
};

struct cfi_table {
	struct dso_table *dsos;
	struct rules *rules; /* indexed by dso->id */
	size_t nr_rules;
	size_t capacity;
	struct cfi_rule no_file;
};

int cfi_table_new(struct dso_table *dsos, struct cfi_table **ret_table)
{
	struct cfi_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->dsos = dsos;
	table->no_file.kind = CFI_NO_FILE;
	*ret_table = table;
	return 0;
}

void cfi_table_free(struct cfi_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->nr_rules; i++) {
		cfi_frames_close(table->rules[i].frames);
		free(table->rules[i].slots);
	}
	free(table->rules);
	free(table);
}

static struct rules *rules_of(struct cfi_table *table, const struct dso *dso)
{
	void *rules = table->rules;
	size_t wanted = (size_t)dso->id + 1;

	if (dso->id < table->nr_rules)
		return &table->rules[dso->id];
	if (array_reserve(&rules, &table->capacity, wanted,
			  sizeof(*table->rules)))
		return NULL;
	table->rules = rules;
	memset(&table->rules[table->nr_rules], 0,
	       (wanted - table->nr_rules) * sizeof(*table->rules));
	table->nr_rules = wanted;
	return &table->rules[dso->id];
}

static void open_rules(struct cfi_table *table, struct rules *rules,
		       struct dso *dso)
{
	Elf *elf = dso_elf(table->dsos, dso);
	GElf_Ehdr ehdr;

	rules->is_open = true;
	if (!elf || !gelf_getehdr(elf, &ehdr))
		return;
	rules->entry = ehdr.e_entry;
	rules->frames = cfi_row_open(elf);
	rules->is_entry_bare =
		rules->entry &&
		(!rules->frames ||
		 cfi_row_read(rules->frames, rules->entry).kind == CFI_NONE);
	cfi_find_index(table->dsos, dso, &rules->index);
}

static size_t find_slot(const struct rules *rules, uint64_t vaddr)
{
	size_t slot = hash_word(vaddr);

	for (slot &= rules->nr_slots - 1;;
	     slot = (slot + 1) & (rules->nr_slots - 1)) {
		if (rules->slots[slot].rule.kind == CFI_EMPTY ||
		    rules->slots[slot].vaddr == vaddr)
			return slot;
	}
}

/* Double the slots, or empty them at the limit. At most half are in use. */
static bool make_room(struct rules *rules)
{
	struct rules grown = *rules;

	if ((rules->nr_used + 1) * 2 <= rules->nr_slots)
		return true;
	if (rules->nr_slots >= MAX_SLOTS) {
		memset(rules->slots, 0,
		       rules->nr_slots * sizeof(*rules->slots));
		rules->nr_used = 0;
		return true;
	}
	grown.nr_slots = rules->nr_slots ? rules->nr_slots * 2 : FIRST_SLOTS;
	grown.slots = calloc(grown.nr_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < rules->nr_slots; i++) {
		const struct slot *slot = &rules->slots[i];

		if (slot->rule.kind != CFI_EMPTY)
			grown.slots[find_slot(&grown, slot->vaddr)] = *slot;
	}
	free(rules->slots);
	*rules = grown;
	return true;
}

/*
 * mov $15, %rax (or %eax); syscall: rt_sigreturn. Known by its code, because
 * some C libraries (musl) have no call frame information for it.
 */
static bool is_sigreturn(struct dso_table *dsos, struct dso *dso,
			 uint64_t vaddr)
{
	static const unsigned char wide[] = { 0x48, 0xc7, 0xc0, 15,  0,
					      0,    0,	  0x0f, 0x05 };
	static const unsigned char narrow[] = { 0xb8, 15, 0, 0, 0, 0x0f, 0x05 };
	size_t size;
	const unsigned char *code =
		dso_bytes(dsos, dso, vaddr, sizeof(wide), &size);

	if (!code)
		return false;
	return (size >= sizeof(wide) &&
		memcmp(code, wide, sizeof(wide)) == 0) ||
	       (size >= sizeof(narrow) &&
		memcmp(code, narrow, sizeof(narrow)) == 0);
}

static struct cfi_rule read_rule(struct cfi_table *table,
				 const struct rules *rules, struct dso *dso,
				 uint64_t vaddr)
{
	struct cfi_rule rule = { .kind = CFI_NONE };

	/* The restorer is returned to, not called: it is looked up by the byte
	 * before it, which may be another function's. */
	if (is_sigreturn(table->dsos, dso, vaddr + 1) ||
	    is_sigreturn(table->dsos, dso, vaddr))
		return (struct cfi_rule){ .kind = CFI_SIGNAL,
					  .is_signal = true };
	if (rules->frames)
		rule = cfi_row_read(rules->frames, vaddr);
	if (rule.kind == CFI_NONE && rules->is_entry_bare &&
	    vaddr - rules->entry < ENTRY_SIZE)
		rule.kind = CFI_OUTERMOST;
	return rule;
}

const struct cfi_rule *cfi_table_find(struct cfi_table *table, struct dso *dso,
				      uint64_t vaddr, uint64_t *misses)
{
	struct rules *rules = rules_of(table, dso);
	struct slot *slot;

	if (!rules)
		return &table->no_file;
	if (rules->nr_slots) {
		slot = &rules->slots[find_slot(rules, vaddr)];
		if (slot->rule.kind != CFI_EMPTY)
			return &slot->rule;
	}
	if (!rules->is_open)
		open_rules(table, rules, dso);
	if (!make_room(rules))
		return &table->no_file;
	slot = &rules->slots[find_slot(rules, vaddr)];
	slot->vaddr = vaddr;
	slot->rule = read_rule(table, rules, dso, vaddr);
	rules->nr_used++;
	++*misses;
	return &slot->rule;
}

static bool find_header(struct dso_table *dsos, struct dso *dso,
			uint64_t *ret_vaddr, uint64_t *ret_size)
{
	Elf *elf = dso_elf(dsos, dso);
	GElf_Phdr phdr;
	size_t nr;

	if (!elf || elf_getphdrnum(elf, &nr) != 0)
		return false;
	for (size_t i = 0; i < nr && gelf_getphdr(elf, (int)i, &phdr); i++) {
		if (phdr.p_type == PT_GNU_EH_FRAME) {
			*ret_vaddr = phdr.p_vaddr;
			*ret_size = phdr.p_filesz;
			return true;
		}
	}
	return false;
}

/* Version, three encodings, the address of .eh_frame (4 bytes), the number of
 * entries (4), then the entries. */
bool cfi_find_index(struct dso_table *dsos, struct dso *dso,
		    struct cfi_index *ret_index)
{
	static const unsigned char begin[] = { 1, PTR_PCREL_SDATA4,
					       COUNT_UDATA4,
					       TABLE_DATAREL_SDATA4 };
	const unsigned char *bytes;
	uint64_t header, size;
	uint32_t count;
	size_t found;

	if (!find_header(dsos, dso, &header, &size) || size < CFI_INDEX_OFFSET)
		return false;
	bytes = dso_bytes(dsos, dso, header, size, &found);
	if (!bytes || found < CFI_INDEX_OFFSET ||
	    memcmp(bytes, begin, sizeof(begin)) != 0)
		return false;
	memcpy(&count, bytes + 8, sizeof(count));
	if (count == 0 ||
	    count > (found - CFI_INDEX_OFFSET) / CFI_INDEX_ENTRY_SIZE)
		return false;
	*ret_index = (struct cfi_index){ .entries = bytes + CFI_INDEX_OFFSET,
					 .count = count,
					 .header = header };
	return true;
}

static uint64_t index_address(const struct cfi_index *index, size_t i)
{
	int32_t offset;

	memcpy(&offset, index->entries + i * CFI_INDEX_ENTRY_SIZE,
	       sizeof(offset));
	return index->header + (uint64_t)(int64_t)offset;
}

/* The last entry reaches as far as any function may. */
#define LAST_FUNCTION_SIZE (1u << 20)

bool cfi_table_function(struct cfi_table *table, struct dso *dso,
			uint64_t vaddr, uint64_t *ret_start, uint64_t *ret_end)
{
	struct rules *rules = rules_of(table, dso);
	size_t low = 0;
	size_t high;

	if (!rules)
		return false;
	if (!rules->is_open)
		open_rules(table, rules, dso);
	high = rules->index.count;
	if (high == 0 || vaddr < index_address(&rules->index, 0))
		return false;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (index_address(&rules->index, middle) <= vaddr)
			low = middle;
		else
			high = middle;
	}
	*ret_start = index_address(&rules->index, low);
	*ret_end = low + 1 < rules->index.count ?
			   index_address(&rules->index, low + 1) :
			   *ret_start + LAST_FUNCTION_SIZE;
	return true;
}
