/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few forms of protocol buffers that profile.proto is made of. A message
 * within a message has its length in front, so it is put together in a text of
 * its own first; these are small, and the whole is never in memory, as it would
 * have to be for a generated encoder.
 *
 * Format: protobuf.dev, "Encoding".
 */
#ifndef LBRVIRT_EXPORT_PROTO_H
#define LBRVIRT_EXPORT_PROTO_H

#include "export/text.h"

/* A number; as proto3 has it, 0 goes without saying. */
void proto_number(struct text *text, unsigned int field, uint64_t value);

/* A string, message or packed list. */
void proto_bytes(struct text *text, unsigned int field, const void *bytes,
		 size_t size);

/* The message in @inner, which is emptied. */
void proto_message(struct text *text, unsigned int field, struct text *inner);

/* One number of a packed list. */
void proto_varint(struct text *text, uint64_t value);

#endif
