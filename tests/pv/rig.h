/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a test of driving needs: the host of 2018 with its shared MSRs, folders
 * of its own for what otherwise lies in /run and /etc, and a context.
 */
#ifndef LBRVIRT_TESTS_PV_RIG_H
#define LBRVIRT_TESTS_PV_RIG_H

#include <sys/types.h>

#include "pv/host.h"
#include "pv/pv.h"

struct rig {
	struct host host;
	struct lbrvirt_context *ctx;
	char dir[64];
	char conf[128];
	char state_dir[128];
	char boot_id[128];
	struct pv_paths paths;
};

void rig_init(struct rig *rig);
void rig_fini(struct rig *rig);

/* Write a file of the rig: rig->conf, rig->boot_id. */
void rig_write(const char *path, const char *text);

/* A path below the state folder. Valid until the next call. */
const char *rig_path(const struct rig *rig, const char *name);

/* pv_acquire_on() with a mode, on all CPUs. */
int rig_acquire(struct rig *rig, enum lbrvirt_pv_mode mode,
		struct lbrvirt_pv_hold **ret_hold);
/* The same where it must work. */
struct lbrvirt_pv_hold *rig_hold(struct rig *rig);

/* pv_reset_on(), which must work as soon as nobody holds: on how many CPUs. */
uint32_t rig_reset(struct rig *rig);

bool rig_is_active(const struct rig *rig, unsigned int cpu);
/* Whether all CPUs have ACTIVE, or none has. */
bool rig_all_active(const struct rig *rig);
bool rig_none_active(const struct rig *rig);

/* The guard that is a child of @parent; there must be one. */
pid_t rig_guard_of(pid_t parent);

/* How many guards there are with the rig's folder open. */
unsigned int rig_guards(const struct rig *rig);

/* Wait until a condition holds; fails the test if it never does. */
#define rig_wait_until(condition)                                       \
	do {                                                            \
		unsigned int rig_waits = 0;                             \
		while (!(condition)) {                                  \
			ck_assert_msg(rig_waits++ < 30000, "never: %s", \
				      #condition);                      \
			usleep(1000);                                   \
		}                                                       \
	} while (0)

/* Fork a process that holds, and wait until it does. It ends when it is
 * killed, or, with rig_end(), released. */
struct rig_process {
	pid_t pid;
	int pipe;
};
struct rig_process rig_fork_holder(struct rig *rig);
void rig_end(struct rig_process *process);
void rig_kill(struct rig_process *process);

#endif
