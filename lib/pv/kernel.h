/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether this guest's kernel drives the protocol itself, tested and not
 * assumed. Reads the control MSR; writes nothing, but a kernel that drives it
 * does so meanwhile.
 */
#ifndef LBRVIRT_PV_KERNEL_H
#define LBRVIRT_PV_KERNEL_H

#include "machine/cpus.h"

enum kernel_answer {
	KERNEL_KEEPS_OFF = 0,
	KERNEL_DRIVES = 1,
	KERNEL_UNTESTED = 2, /* no call-stack event could be run */
};

struct kernel_test {
	enum kernel_answer answer;
	int open_err; /* untested: positive errno of opening; 0: it never ran */
};

/*
 * Run a call-stack event for a moment on one of @cpus, with an eye on @msr.
 * 0, or a read's -errno, *@ret_cpu says where.
 */
int kernel_look(struct machine *machine, const struct cpus *cpus, uint32_t msr,
		struct kernel_test *ret_test, unsigned int *ret_cpu);

#endif
