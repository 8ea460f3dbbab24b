/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records other than samples: mappings, names, births and deaths of tasks,
 * losses. Each is its own fields and then, if the event asked for it with
 * sample_id_all, a trailer whose fields are found from the record's end.
 *
 * Linux, include/uapi/linux/perf_event.h, enum perf_event_type.
 */
#include "config.h"

#include "sample/fields.h"

#include <string.h>
#include <sys/mman.h>

#include "sample/abi.h"

/* Layouts as cursor_swap() reads them; NULL: decoded by hand, or unknown. */
static const char *const layouts[ABI_RECORD_CALLCHAIN_DEFERRED + 1] = {
	[PERF_RECORD_READ] = "44*",
	[PERF_RECORD_AUX] = "888",
	[PERF_RECORD_ITRACE_START] = "44",
	[PERF_RECORD_SWITCH_CPU_WIDE] = "44",
	[PERF_RECORD_NAMESPACES] = "44*",
	[PERF_RECORD_KSYMBOL] = "8422",
	[PERF_RECORD_BPF_EVENT] = "224",
	[PERF_RECORD_CGROUP] = "8",
	[PERF_RECORD_TEXT_POKE] = "822",
	[ABI_RECORD_AUX_OUTPUT_HW_ID] = "8",
	[ABI_RECORD_CALLCHAIN_DEFERRED] = "*",
};

/* What MMAP2 has between offset and path: numbers of the file or its id. */
struct mmap2_file {
	union {
		struct {
			uint32_t major;
			uint32_t minor;
			uint64_t inode;
			uint64_t generation;
		};
		struct {
			uint8_t build_id_size;
			uint8_t reserved[3];
			uint8_t build_id[20];
		};
	};
};

/*
 * Where two programs record and one asks for build-ids, the records of the other
 * get the bit, too, and not the id: perf_event_mmap_output() puts back size and
 * type of what it has changed for an event before it goes to the next, but not
 * misc (kernel/events/core.c, Linux 5.12 to 6.18). So the bit is believed where
 * it can be true: zeroes follow an id that is short of 20 bytes, and ids of
 * less than 16, which few linkers make, are not the number of a common device
 * and a minor number, which has 20 bits.
 */
static bool is_build_id(const struct mmap2_file *file)
{
	static const uint8_t none[sizeof(file->build_id)];
	size_t size = file->build_id_size;

	if (size == 0 || size > sizeof(none) ||
	    memcmp(file->reserved, none, sizeof(file->reserved)) != 0 ||
	    memcmp(file->build_id + size, none, sizeof(none) - size) != 0)
		return false;
	return size >= 16 || file->build_id[2] >> 4 || file->build_id[3];
}

static bool decode_mmap2_file(struct cursor *cursor,
			      struct lbrvirt_record *record)
{
	struct lbrvirt_record_mmap *mmap = &record->mmap;
	struct mmap2_file file;
	const void *bytes;

	if (cursor->end - cursor->pos < sizeof(file))
		return cursor_fail(cursor, "file of MMAP2");
	memcpy(&file, cursor->bytes + cursor->pos, sizeof(file));
	if (!is_build_id(&file))
		record->misc &= (uint16_t)~PERF_RECORD_MISC_MMAP_BUILD_ID;
	if (!(record->misc & PERF_RECORD_MISC_MMAP_BUILD_ID))
		cursor_swap(cursor, "4488");
	if (!cursor_bytes(cursor, sizeof(file), &bytes, "file of MMAP2"))
		return false;
	memcpy(&file, bytes, sizeof(file));
	if (!(record->misc & PERF_RECORD_MISC_MMAP_BUILD_ID)) {
		mmap->dev_major = file.major;
		mmap->dev_minor = file.minor;
		mmap->inode = file.inode;
		mmap->inode_generation = file.generation;
	} else {
		mmap->build_id_size = file.build_id_size;
		memcpy(mmap->build_id, file.build_id, file.build_id_size);
	}
	return cursor_u32_pair(cursor, &mmap->prot, &mmap->flags,
			       "flags of MMAP2");
}

static bool decode_mmap(struct cursor *cursor, struct lbrvirt_record *record)
{
	struct lbrvirt_record_mmap *mmap = &record->mmap;

	if (!cursor_u32_pair(cursor, &mmap->pid, &mmap->tid, "pid of MMAP") ||
	    !cursor_u64(cursor, &mmap->start, "start of MMAP") ||
	    !cursor_u64(cursor, &mmap->size, "size of MMAP") ||
	    !cursor_u64(cursor, &mmap->offset, "offset of MMAP"))
		return false;
	if (record->type == PERF_RECORD_MMAP2) {
		if (!decode_mmap2_file(cursor, record))
			return false;
	} else if (!(record->misc & PERF_RECORD_MISC_MMAP_DATA)) {
		mmap->prot = PROT_EXEC;
	}
	return cursor_string(cursor, &mmap->path, "path of MMAP");
}

static bool decode_comm(struct cursor *cursor, struct lbrvirt_record *record)
{
	struct lbrvirt_record_comm *comm = &record->comm;

	comm->is_exec = record->misc & PERF_RECORD_MISC_COMM_EXEC;
	return cursor_u32_pair(cursor, &comm->pid, &comm->tid, "pid of COMM") &&
	       cursor_string(cursor, &comm->name, "name of COMM");
}

static bool decode_task(struct cursor *cursor, struct lbrvirt_record *record)
{
	struct lbrvirt_record_task *task = &record->task;

	return cursor_u32_pair(cursor, &task->pid, &task->ppid,
			       "pid of FORK or EXIT") &&
	       cursor_u32_pair(cursor, &task->tid, &task->ptid,
			       "tid of FORK or EXIT") &&
	       cursor_u64(cursor, &task->time_ns, "time of FORK or EXIT");
}

static bool decode_lost(struct cursor *cursor, struct lbrvirt_record *record)
{
	struct lbrvirt_record_lost *lost = &record->lost;

	if (record->type == PERF_RECORD_LOST &&
	    !cursor_u64(cursor, &lost->id, "id of LOST"))
		return false;
	return cursor_u64(cursor, &lost->nr, "number of LOST");
}

static bool decode_throttle(struct cursor *cursor,
			    struct lbrvirt_record *record)
{
	struct lbrvirt_record_throttle *throttle = &record->throttle;

	return cursor_u64(cursor, &throttle->time_ns, "time of THROTTLE") &&
	       cursor_u64(cursor, &throttle->id, "id of THROTTLE") &&
	       cursor_u64(cursor, &throttle->stream_id, "id of THROTTLE");
}

bool body_decode(struct cursor *cursor, struct lbrvirt_record *record)
{
	switch (record->type) {
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		return decode_mmap(cursor, record);
	case PERF_RECORD_COMM:
		return decode_comm(cursor, record);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return decode_task(cursor, record);
	case PERF_RECORD_LOST:
	case PERF_RECORD_LOST_SAMPLES:
		return decode_lost(cursor, record);
	case PERF_RECORD_THROTTLE:
	case PERF_RECORD_UNTHROTTLE:
		return decode_throttle(cursor, record);
	default:
		break;
	}
	if (record->type < sizeof(layouts) / sizeof(layouts[0]) &&
	    layouts[record->type])
		cursor_swap(cursor, layouts[record->type]);
	return true;
}
