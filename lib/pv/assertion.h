/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an administrator says of this host: by --pv, or by a line of
 * /etc/lbrvirt.conf.
 */
#ifndef LBRVIRT_PV_ASSERTION_H
#define LBRVIRT_PV_ASSERTION_H

#include "pv/pv.h"

/*
 * Check @opts (NULL: defaults), and find what is in force: what @opts says if
 * its mode is other than LBRVIRT_PV_AUTO, else the file's line, with a bit and
 * an MSR of @opts taking the place of the file's. Sets pv->assertion,
 * pv->source and pv->is_asserted, on success only. @paths: see pv_status_on().
 *
 * 0; -EINVAL: @opts is out of range; -EACCES: the file is not the
 * administrator's alone, or may not be read; -EBADMSG: it cannot be parsed;
 * -ENOMEM or -EIO.
 */
int assertion_find(struct lbrvirt_context *ctx, struct machine *machine,
		   const struct pv_paths *paths,
		   const struct lbrvirt_pv_opts *opts, struct lbrvirt_pv *pv);

#endif
