/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stretch of a file's header, read from its front. Each step is checked
 * against the end and gives numbers of the host's byte order.
 */
#ifndef LBRVIRT_PERFDATA_VIEW_H
#define LBRVIRT_PERFDATA_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	const unsigned char *bytes;
	size_t size; /* left */
	bool is_swapped;
};

/* Each returns false, and takes nothing, where too little is left. */
bool view_u16(struct view *view, uint16_t *ret);
bool view_u32(struct view *view, uint32_t *ret);
bool view_u64(struct view *view, uint64_t *ret);
bool view_bytes(struct view *view, uint64_t size, const unsigned char **ret);

/* A length and so many bytes, of which those before a NUL are the string. */
bool view_string(struct view *view, const char **ret, size_t *ret_length);

/* The part of @whole at @offset of @size bytes; false: it is not all inside. */
bool view_part(const struct view *whole, uint64_t offset, uint64_t size,
	       struct view *ret);

#endif
