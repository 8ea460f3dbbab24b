/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers are seven bits a byte, the lowest first, with the eighth bit set in
 * all but the last. A field is its number and its wire type in one of these.
 */
#include "config.h"

#include "export/proto.h"

#define WIRE_VARINT 0u
#define WIRE_BYTES  2u

/* The longest number of 64 bits, seven at a time. */
#define VARINT_MAX 10

void proto_varint(struct text *text, uint64_t value)
{
	unsigned char *to = text_room(text, VARINT_MAX);

	if (!to)
		return;
	while (value >= 0x80) {
		*to++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*to++ = (unsigned char)value;
	text_end(text, to);
}

void proto_number(struct text *text, unsigned int field, uint64_t value)
{
	if (!value)
		return;
	proto_varint(text, field << 3 | WIRE_VARINT);
	proto_varint(text, value);
}

void proto_bytes(struct text *text, unsigned int field, const void *bytes,
		 size_t size)
{
	proto_varint(text, field << 3 | WIRE_BYTES);
	proto_varint(text, size);
	text_put(text, bytes, size);
}

void proto_message(struct text *text, unsigned int field, struct text *inner)
{
	if (inner->is_short)
		text->is_short = true;
	proto_bytes(text, field, inner->bytes.bytes, inner->bytes.size);
	inner->bytes.size = 0;
}
