/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text on its way to a file. A recording has millions of samples and printf
 * reads its format anew for each, so what is printed per sample is put together
 * by these, in memory, and handed on in large pieces.
 */
#ifndef LBRVIRT_EXPORT_TEXT_H
#define LBRVIRT_EXPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"

/* Zero-initialised storage is empty. Out of memory is remembered, and what
 * could not be put is left out. */
struct text {
	struct buffer bytes;
	bool is_short; /* of memory */
};

void text_fini(struct text *text);

/* Write everything to @out. 0, -ENOMEM (also from before), -EIO. */
int text_flush(struct text *text, FILE *out);

/* The same, but only if there is enough to be worth it. */
int text_pass_on(struct text *text, FILE *out);

void text_put(struct text *text, const void *bytes, size_t size);
void text_put_string(struct text *text, const char *string);
void text_put_char(struct text *text, char c);

/* Right-aligned in @width columns, or wider if it must be: "%*s", "%*" PRIu64
 * and "%*" PRIx64 of printf. */
void text_put_padded(struct text *text, const char *string, unsigned int width);
void text_put_decimal(struct text *text, uint64_t value, unsigned int width);
void text_put_hex(struct text *text, uint64_t value, unsigned int width);

/* With zeros for blanks. */
void text_put_zeroed(struct text *text, uint64_t value, unsigned int width);

#endif
