/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of what was there before the recording began: names, threads and
 * mappings of running tasks, the kernel and its modules. Same bytes as the
 * kernel would have written for the tracking event.
 */
#ifndef LBRVIRT_RECORD_SYNTH_H
#define LBRVIRT_RECORD_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "machine/machine.h"

/* Receives one record; 0, or a negative error that ends the synthesis. */
typedef int (*synth_fn)(const void *bytes, size_t size, void *arg);

struct synth {
	struct machine *machine;
	uint64_t time_ns;   /* of every record made */
	uint64_t id;	    /* any id of the tracking event */
	bool has_data_maps; /* files mapped without code are told of, too */
	synth_fn fn;
	void *arg;
};

/* Names, threads and executable mappings of one process. One that is gone by
 * now is no error. 0, -ENOMEM, or what fn returned. */
int synth_process(const struct synth *synth, pid_t pid);

/* The same for every process there is. */
int synth_all_processes(const struct synth *synth);

/* The kernel's text and its modules, if their addresses may be known. */
int synth_kernel(const struct synth *synth);

#endif
