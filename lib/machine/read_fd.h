/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole of a file that may not know its own size.
 */
#ifndef LBRVIRT_MACHINE_READ_FD_H
#define LBRVIRT_MACHINE_READ_FD_H

#include "base/buffer.h"

/* Read until the end, or more than 64 MiB: -EFBIG. The rest is as of
 * machine_ops.read_file(). */
int read_fd(int fd, struct buffer *ret_text);

#endif
