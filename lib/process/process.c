/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Address spaces as they are now. Insertion does what the kernel does on
 * mmap(MAP_FIXED): whatever was there before is cut away, at both ends or in
 * the middle. munmap leaves no record, so a mapping stays until something
 * takes its place. A fork costs nothing until one side maps something, and
 * then a copy of what lies around that.
 */
#include "config.h"

#include "process/process.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/intern.h"

/* Linux' default vm.max_map_count is 65530; databases raise it fourfold. */
#define MAX_MAPS  (1u << 19)

#define NR_RECENT 64

struct process_table {
	struct lbrvirt_context *ctx;
	struct dso_table *dsos;
	struct intern *pids;	    /* pid to index of processes */
	struct process **processes; /* each allocated by itself */
	/* Records are of a few processes at a time; by pid. NULL: none here. */
	struct process *recent[NR_RECENT];
	struct process *kernel;
	size_t nr_processes;
	size_t processes_capacity;
	struct intern *tids; /* (pid, tid) to index of comms */
	const char **comms;  /* interned in names; NULL: not known */
	size_t nr_comms;
	size_t comms_capacity;
	struct intern *names;
	uint64_t last_epoch;
	struct map_costs costs;
};

static void drop_maps(struct process_table *table, struct process *process)
{
	map_set_drop(process->maps, &table->costs);
	process->maps = NULL;
	process->nr_maps = 0;
}

int process_table_new(struct lbrvirt_context *ctx, struct dso_table *dsos,
		      struct process_table **ret_table)
{
	struct process_table *table = calloc(1, sizeof(*table));

	assert(dsos && ret_table);
	if (!table || intern_new(&table->pids) != 0 ||
	    intern_new(&table->tids) != 0 || intern_new(&table->names) != 0) {
		process_table_free(table);
		return error_set(ctx, ENOMEM, "out of memory");
	}
	table->ctx = ctx;
	table->dsos = dsos;
	*ret_table = table;
	return 0;
}

void process_table_free(struct process_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->nr_processes; i++) {
		drop_maps(table, table->processes[i]);
		free(table->processes[i]);
	}
	free(table->processes);
	free(table->comms);
	intern_free(table->pids);
	intern_free(table->tids);
	intern_free(table->names);
	free(table);
}

static void renew_epoch(struct process_table *table, struct process *process)
{
	process->epoch = ++table->last_epoch;
}

static struct process *find_or_add(struct process_table *table, uint32_t pid)
{
	void *processes = table->processes;
	struct process *process;
	uint32_t id;

	if (intern_find(table->pids, &pid, sizeof(pid), &id) == 0 &&
	    id < table->nr_processes)
		return table->processes[id];
	if (array_reserve(&processes, &table->processes_capacity,
			  table->nr_processes + 1, sizeof(*table->processes)))
		return NULL;
	table->processes = processes;
	process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	if (intern_add(table->pids, &pid, sizeof(pid), &id) < 0) {
		free(process);
		return NULL;
	}
	process->pid = pid;
	renew_epoch(table, process);
	table->processes[table->nr_processes++] = process;
	return process;
}

struct process *process_table_get(struct process_table *table, uint32_t pid)
{
	/* The kernel's is asked for between all the others. */
	struct process **recent = pid == PROCESS_KERNEL ?
					  &table->kernel :
					  &table->recent[pid % NR_RECENT];

	if (!*recent || (*recent)->pid != pid)
		*recent = find_or_add(table, pid);
	return *recent;
}

const struct map *process_next_map(const struct process *process,
				   uint64_t address)
{
	return map_set_next(process->maps, address);
}

const struct map *process_find_map(const struct process *process,
				   uint64_t address)
{
	const struct map *map = map_set_next(process->maps, address);

	return map && map->start <= address ? map : NULL;
}

const struct map_costs *process_table_costs(const struct process_table *table)
{
	return &table->costs;
}

static bool is_known(const struct process *process, const struct map *map)
{
	const struct map *old = process_find_map(process, map->start);

	return old && old->start == map->start && old->end == map->end &&
	       old->offset == map->offset && old->prot == map->prot &&
	       old->dso == map->dso;
}

/* 0 or -ENOMEM. What finds no room is left out. */
static int insert_map(struct process_table *table, struct process *process,
		      const struct map *map)
{
	int err;

	if (process->nr_maps + 2 > MAX_MAPS)
		return 0;
	err = map_set_insert(&process->maps, map, &table->costs);
	process->nr_maps = map_set_count(process->maps);
	return err == -EOVERFLOW ? 0 : err;
}

static bool is_kernel_record(const struct lbrvirt_record *record)
{
	return (record->misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
	       PERF_RECORD_MISC_KERNEL;
}

static int apply_mmap(struct process_table *table,
		      const struct lbrvirt_record *record)
{
	const struct lbrvirt_record_mmap *mmap = &record->mmap;
	bool is_kernel = is_kernel_record(record) ||
			 mmap->pid == PROCESS_KERNEL;
	struct process *process = process_table_get(
		table, is_kernel ? PROCESS_KERNEL : mmap->pid);
	uint64_t room = UINT64_MAX - mmap->start;
	struct map map = { .start = mmap->start,
			   .offset = mmap->offset,
			   .prot = mmap->prot };
	struct dso_key key = {
		.path = mmap->path ? mmap->path : "",
		.build_id = mmap->build_id,
		.build_id_size = mmap->build_id_size,
		.device = makedev(mmap->dev_major, mmap->dev_minor),
		.inode = mmap->inode,
		.is_kernel = is_kernel,
		.pid = is_kernel ? 0 : (pid_t)mmap->pid,
		.start = mmap->start,
	};
	int err;

	if (!process)
		return -ENOMEM;
	map.end = map.start + (mmap->size < room ? mmap->size : room);
	key.end = map.end;
	if (map.end == map.start)
		return 0;
	err = dso_table_add(table->dsos, &key, &map.dso);
	if (err || is_known(process, &map))
		return err;
	err = insert_map(table, process, &map);
	renew_epoch(table, process);
	return err;
}

static int set_comm(struct process_table *table, uint32_t pid, uint32_t tid,
		    const char *name)
{
	const uint32_t key[2] = { pid, tid };
	void *comms = table->comms;
	uint32_t id;

	if (intern_add(table->tids, key, sizeof(key), &id) < 0)
		return -ENOMEM;
	if (array_reserve(&comms, &table->comms_capacity, (size_t)id + 1,
			  sizeof(*table->comms)))
		return -ENOMEM;
	table->comms = comms;
	while (table->nr_comms <= id)
		table->comms[table->nr_comms++] = NULL;
	table->comms[id] = name ? intern_string(table->names, name) : NULL;
	return name && !table->comms[id] ? -ENOMEM : 0;
}

static const char *find_comm(const struct process_table *table, uint32_t pid,
			     uint32_t tid)
{
	const uint32_t key[2] = { pid, tid };
	uint32_t id;

	if (intern_find(table->tids, key, sizeof(key), &id) != 0 ||
	    id >= table->nr_comms)
		return NULL;
	return table->comms[id];
}

static void clear_maps(struct process_table *table, struct process *process)
{
	drop_maps(table, process);
	process->has_exited = false;
	renew_epoch(table, process);
}

static int apply_comm(struct process_table *table,
		      const struct lbrvirt_record_comm *comm)
{
	struct process *process = process_table_get(table, comm->pid);

	if (!process)
		return -ENOMEM;
	if (comm->is_exec && comm->pid != PROCESS_KERNEL)
		clear_maps(table, process);
	return set_comm(table, comm->pid, comm->tid,
			comm->name ? comm->name : "");
}

static void share_maps(struct process *child, const struct process *parent)
{
	child->maps = map_set_share(parent->maps);
	child->nr_maps = parent->nr_maps;
}

static int apply_fork(struct process_table *table,
		      const struct lbrvirt_record *record)
{
	const struct lbrvirt_record_task *task = &record->task;
	const char *comm = find_comm(table, task->ppid, task->ptid);
	struct process *child;
	struct process *parent;

	/* The comm of an earlier thread of this number goes in any case. */
	if (comm || find_comm(table, task->pid, task->tid)) {
		if (set_comm(table, task->pid, task->tid, comm))
			return -ENOMEM;
	}
	/*
	 * FORK_EXEC marks records that perf made up for processes already
	 * running; their mappings follow one by one (Linux 5.0).
	 */
	if (task->pid == task->ppid || task->pid == PROCESS_KERNEL ||
	    (record->misc & PERF_RECORD_MISC_FORK_EXEC))
		return 0;
	child = process_table_get(table, task->pid);
	parent = process_table_get(table, task->ppid);
	if (!child || !parent)
		return -ENOMEM;
	clear_maps(table, child);
	share_maps(child, parent);
	return 0;
}

/* The mappings stay: other threads may outlive the first, and a sample of the
 * exiting task itself comes later than its EXIT. */
static int apply_exit(struct process_table *table,
		      const struct lbrvirt_record_task *task)
{
	struct process *process;

	if (task->pid != task->tid)
		return 0;
	process = process_table_get(table, task->pid);
	if (!process)
		return -ENOMEM;
	process->has_exited = true;
	return 0;
}

int process_table_apply(struct process_table *table,
			const struct lbrvirt_record *record)
{
	int err = 0;

	assert(table && record);
	switch (record->type) {
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		err = apply_mmap(table, record);
		break;
	case PERF_RECORD_COMM:
		err = apply_comm(table, &record->comm);
		break;
	case PERF_RECORD_FORK:
		err = apply_fork(table, record);
		break;
	case PERF_RECORD_EXIT:
		err = apply_exit(table, &record->task);
		break;
	default:
		break;
	}
	return err ? error_set(table->ctx, ENOMEM, "out of memory") : 0;
}

const char *process_table_comm(const struct process_table *table, uint32_t pid,
			       uint32_t tid)
{
	const char *comm = find_comm(table, pid, tid);

	return comm ? comm : find_comm(table, pid, pid);
}
