/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of the error codes and the way from the kernel's many errnos to
 * the library's few.
 */
#include "config.h"

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>

struct code_text {
	int err;
	const char *text;
};

static const struct code_text code_texts[] = {
	{ 0, "success" },
	{ EINVAL, "invalid argument" },
	{ EOPNOTSUPP, "not supported by this CPU or kernel" },
	{ ENODEV, "hidden from this guest by the hypervisor" },
	{ EACCES, "forbidden by the kernel" },
	{ EBUSY, "held by another user" },
	{ EBADMSG, "malformed input" },
	{ ENOENT, "not found" },
	{ ENODATA, "end of the stream" },
	{ EOVERFLOW, "limit reached" },
	{ ENOMEM, "out of memory" },
	{ EIO, "input/output error" },
};

const char *lbrvirt_strerror(int err)
{
	int code = err < 0 && err != INT_MIN ? -err : err;
	size_t n = sizeof(code_texts) / sizeof(code_texts[0]);

	for (size_t i = 0; i < n; i++) {
		if (code_texts[i].err == code)
			return code_texts[i].text;
	}
	return "unknown error";
}

struct errno_map {
	int from;
	int to;
};

static const struct errno_map errno_maps[] = {
	{ EPERM, EACCES },	  { EROFS, EACCES },	 { ESRCH, ENOENT },
	{ ENOTDIR, ENOENT },	  { ENXIO, ENODEV },	 { ENOSYS, EOPNOTSUPP },
	{ E2BIG, EOVERFLOW },	  { EMFILE, EOVERFLOW }, { ENFILE, EOVERFLOW },
	{ EFBIG, EOVERFLOW },	  { ETXTBSY, EBUSY },	 { EISDIR, EINVAL },
	{ ENAMETOOLONG, EINVAL },
};

int error_from_errno(int err)
{
	for (size_t i = 0; i < sizeof(errno_maps) / sizeof(errno_maps[0]);
	     i++) {
		if (errno_maps[i].from == err)
			return errno_maps[i].to;
	}
	for (size_t i = 0; i < sizeof(code_texts) / sizeof(code_texts[0]);
	     i++) {
		if (code_texts[i].err == err)
			return err;
	}
	return EIO;
}
