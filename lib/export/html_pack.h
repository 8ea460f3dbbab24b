/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes on their way into a page: deflated (the zlib format, RFC 1950), then in
 * base64, so that nothing of them can mean anything to an HTML parser.
 */
#ifndef LBRVIRT_EXPORT_HTML_PACK_H
#define LBRVIRT_EXPORT_HTML_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct html_pack;

/* 0 or -ENOMEM. @out is borrowed. */
int html_pack_new(FILE *out, struct html_pack **ret_pack);

/* Errors are remembered; html_pack_finish() tells them. */
void html_pack_bytes(struct html_pack *pack, const void *bytes, size_t size);
void html_pack_number(struct html_pack *pack, uint64_t number);

/* A length and as many bytes of UTF-8, whatever @text holds. */
void html_pack_text(struct html_pack *pack, const char *text);

/* Write what is left. 0, -ENOMEM or -EIO; also from before. */
int html_pack_finish(struct html_pack *pack);

/* NULL is allowed. */
void html_pack_free(struct html_pack *pack);

#endif
