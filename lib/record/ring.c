/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The consumer's half of the perf ring buffer protocol (kernel/events/
 * ring_buffer.c): data_head is written by the kernel after the bytes, so it is
 * loaded with acquire; data_tail tells the kernel which bytes it may overwrite,
 * so it is stored with release, after the last use of them.
 */
#include "config.h"

#include "record/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A record's size is 16 bits wide. */
#define RECORD_SIZE_MAX 65536

int ring_map(struct ring *ring, int fd, size_t nr_pages)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	void *base;

	memset(ring, 0, sizeof(*ring));
	ring->joined = malloc(RECORD_SIZE_MAX);
	if (!ring->joined)
		return -ENOMEM;
	base = mmap(NULL, (nr_pages + 1) * page_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		int err = errno;

		free(ring->joined);
		ring->joined = NULL;
		return -err;
	}
	ring->page = base;
	ring->bytes = (const unsigned char *)base + page_size;
	ring->size = nr_pages * page_size;
	return 0;
}

void ring_unmap(struct ring *ring)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

	if (ring->page)
		munmap(ring->page, ring->size + page_size);
	free(ring->joined);
	memset(ring, 0, sizeof(*ring));
}

void ring_refresh(struct ring *ring)
{
	ring->head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
}

const void *ring_peek(struct ring *ring, size_t *ret_size)
{
	uint64_t unread = ring->head - ring->tail;
	size_t at = ring->tail & (ring->size - 1);
	const struct perf_event_header *header;
	size_t first = ring->size - at;

	if (unread < sizeof(*header))
		return NULL;
	/* Records are 8-byte aligned: a header never wraps. */
	header = (const void *)(ring->bytes + at);
	*ret_size = header->size;
	if (*ret_size < sizeof(*header) || *ret_size > unread)
		return header;
	if (*ret_size <= first)
		return header;
	memcpy(ring->joined, ring->bytes + at, first);
	memcpy(ring->joined + first, ring->bytes, *ret_size - first);
	return ring->joined;
}

static void store_tail(struct ring *ring)
{
	__atomic_store_n(&ring->page->data_tail, ring->tail, __ATOMIC_RELEASE);
}

void ring_consume(struct ring *ring, size_t size)
{
	assert(size <= ring->head - ring->tail);
	ring->tail += size;
	store_tail(ring);
}

uint64_t ring_drop(struct ring *ring)
{
	uint64_t dropped = ring->head - ring->tail;

	ring->tail = ring->head;
	store_tail(ring);
	return dropped;
}
