/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One ring buffer shared with the kernel. The only file that reads a ring's
 * head and stores its tail.
 */
#ifndef LBRVIRT_RECORD_RING_H
#define LBRVIRT_RECORD_RING_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	struct perf_event_mmap_page *page; /* NULL: not mapped */
	const unsigned char *bytes;
	uint64_t size;	       /* of the data area, a power of two */
	uint64_t tail;	       /* what was read; the kernel knows up to here */
	uint64_t head;	       /* what may be read, as of ring_refresh() */
	unsigned char *joined; /* a record that wraps, in one piece */
};

/*
 * Map the ring of event @fd with @nr_pages data pages (a power of two).
 * 0 or -errno as mmap gave it: EPERM is the locked memory limit.
 */
int ring_map(struct ring *ring, int fd, size_t nr_pages);
void ring_unmap(struct ring *ring);

/* See how far the kernel has written. */
void ring_refresh(struct ring *ring);

/*
 * The oldest unread record in one piece, or NULL: none up to the head. It is
 * valid until ring_consume(). *ret_size is its size as its header says.
 */
const void *ring_peek(struct ring *ring, size_t *ret_size);

/* Give the oldest @size bytes back to the kernel. */
void ring_consume(struct ring *ring, size_t size);

/*
 * The bytes at the tail are no record: drop everything up to the head.
 * Returns how many bytes that were.
 */
uint64_t ring_drop(struct ring *ring);

#endif
