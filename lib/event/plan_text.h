/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan in words.
 */
#ifndef LBRVIRT_EVENT_PLAN_TEXT_H
#define LBRVIRT_EVENT_PLAN_TEXT_H

#include "event/plan.h"

/* Write the text of a plan whose ladder was walked. 0 or -ENOMEM. */
int plan_text_write(struct lbrvirt_plan *plan);

#endif
