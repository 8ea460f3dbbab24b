/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recording, for the two commands that do.
 */
#ifndef LBRPROF_RECORD_H
#define LBRPROF_RECORD_H

#include "record_opts.h"

/*
 * Record to opts->session.output and tell about it. @argv is what the file
 * keeps as command line. Returns the exit status.
 */
int record_run(struct record_opts *opts, char **argv);

#endif
