/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `lbrprof pv` and `lbrprof record --pv` share: the option, and the words
 * for what a hold did.
 */
#ifndef LBRPROF_PV_HOLD_H
#define LBRPROF_PV_HOLD_H

#include <argp.h>
#include <lbrvirt/pv.h>

/* Read the argument of --pv; wrong usage is said and ends the tool. */
void pv_hold_parse(struct argp_state *state, const char *text,
		   struct lbrvirt_pv_opts *opts);

/* Lines of a summary, on stderr; none if nothing was held, or under -q. */
void pv_hold_show(struct lbrvirt_pv_hold *hold);

#endif
