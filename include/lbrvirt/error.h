/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The closed set of error codes. Functions that can fail return 0 (or a count)
 * or one of these as a negative number, and nothing else:
 *
 *   -EINVAL      the caller's mistake: a bad argument or a wrong order of calls
 *   -EOPNOTSUPP  the CPU (or the kernel) does not have it
 *   -ENODEV      the hypervisor hides it from this guest
 *   -EACCES      the kernel forbids it: privilege, paranoid level, seccomp
 *   -EBUSY       somebody else holds it
 *   -EBADMSG     malformed input
 *   -ENOENT      not found
 *   -ENODATA     end of the stream
 *   -EOVERFLOW   a limit was reached
 *   -ENOMEM      out of memory
 *   -EIO         everything else: reading or writing failed
 *
 * The words that belong to a failure are in lbrvirt_context_error().
 */
#ifndef LBRVIRT_ERROR_H
#define LBRVIRT_ERROR_H

#include <lbrvirt/api.h>

LBRVIRT_BEGIN_DECLS

/**
 * Describe an error code.
 *
 * @err  a code of the set above, negative or positive.
 *
 * Returns a static English text without a final full stop; "unknown error"
 * for a code outside the set. Never NULL.
 *
 * Owner:  the library; valid for ever.
 * Thread: any.
 * Since:  0.1
 */
LBRVIRT_API const char *lbrvirt_strerror(int err);

LBRVIRT_END_DECLS

#endif
