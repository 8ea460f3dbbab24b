/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checked, unaligned reading of either byte order.
 */
#include "config.h"

#include "perfdata/view.h"

#include <string.h>

static bool take(struct view *view, void *ret, size_t size)
{
	if (view->size < size)
		return false;
	memcpy(ret, view->bytes, size);
	view->bytes += size;
	view->size -= size;
	return true;
}

bool view_u16(struct view *view, uint16_t *ret)
{
	uint16_t value;

	if (!take(view, &value, sizeof(value)))
		return false;
	*ret = view->is_swapped ? __builtin_bswap16(value) : value;
	return true;
}

bool view_u32(struct view *view, uint32_t *ret)
{
	uint32_t value;

	if (!take(view, &value, sizeof(value)))
		return false;
	*ret = view->is_swapped ? __builtin_bswap32(value) : value;
	return true;
}

bool view_u64(struct view *view, uint64_t *ret)
{
	uint64_t value;

	if (!take(view, &value, sizeof(value)))
		return false;
	*ret = view->is_swapped ? __builtin_bswap64(value) : value;
	return true;
}

bool view_bytes(struct view *view, uint64_t size, const unsigned char **ret)
{
	if (size > view->size)
		return false;
	*ret = view->bytes;
	view->bytes += size;
	view->size -= size;
	return true;
}

bool view_string(struct view *view, const char **ret, size_t *ret_length)
{
	struct view begin = *view;
	const unsigned char *bytes;
	uint32_t size;

	if (!view_u32(view, &size) || !view_bytes(view, size, &bytes)) {
		*view = begin;
		return false;
	}
	*ret = (const char *)bytes;
	*ret_length = strnlen(*ret, size);
	return true;
}

bool view_part(const struct view *whole, uint64_t offset, uint64_t size,
	       struct view *ret)
{
	if (offset > whole->size || size > whole->size - offset)
		return false;
	ret->bytes = whole->bytes + offset;
	ret->size = size;
	ret->is_swapped = whole->is_swapped;
	return true;
}
