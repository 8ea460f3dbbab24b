/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * liblbrvirt: call stacks from the CPU's branch records, inside virtual
 * machines. This header includes all others.
 */
#ifndef LBRVIRT_LBRVIRT_H
#define LBRVIRT_LBRVIRT_H

#include <lbrvirt/annotate.h>
#include <lbrvirt/branches.h>
#include <lbrvirt/context.h>
#include <lbrvirt/cost.h>
#include <lbrvirt/diff.h>
#include <lbrvirt/error.h>
#include <lbrvirt/export.h>
#include <lbrvirt/guest.h>
#include <lbrvirt/perfdata.h>
#include <lbrvirt/plan.h>
#include <lbrvirt/profile.h>
#include <lbrvirt/pv.h>
#include <lbrvirt/sample.h>
#include <lbrvirt/session.h>
#include <lbrvirt/stack.h>
#include <lbrvirt/symbol.h>

#endif
