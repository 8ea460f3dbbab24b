/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The result of a look at the protocol, as the files of this stage share it:
 * status.c fills it in, evidence.c and verdict.c decide, hold.c obeys.
 */
#ifndef LBRVIRT_PV_PV_H
#define LBRVIRT_PV_PV_H

#include <lbrvirt/pv.h>

#include "machine/machine.h"

/* Where files lie; tests have folders of their own. */
struct pv_paths {
	const char *conf;	/* /etc/lbrvirt.conf */
	const char *state_dir; /* /run/lbrvirt */
	const char *boot_id;   /* a file; NULL: the kernel's */
};

extern const struct pv_paths pv_paths_default;

enum {
	PV_CPUS_MAX = 8192, /* NR_CPUS of the largest distributed kernels */
	PV_VALUE_SIZE = 160,
	PV_WORDS_SIZE = 400,
};

struct pv_evidence_texts {
	char value[PV_VALUE_SIZE];
	char words[PV_WORDS_SIZE];
};

struct lbrvirt_pv {
	enum lbrvirt_pv_verdict verdict;
	bool is_certain;
	bool is_asserted;  /* by --pv assume or force, or by the file */
	uint32_t kvm_leaf; /* where KVM's leaves begin; 0: not KVM */
	struct lbrvirt_pv_assertion assertion;
	char source[256];
	struct lbrvirt_pv_evidence evidence[LBRVIRT_PV_EVIDENCE_COUNT];
	struct pv_evidence_texts texts[LBRVIRT_PV_EVIDENCE_COUNT];
	char text[1024];
	char lifted[32]; /* "C, D" */
	char msr_reason[PV_WORDS_SIZE];
	struct lbrvirt_pv_cpu *cpus;
	size_t nr_cpus;
	struct lbrvirt_pv_holder *holders;
	size_t nr_holders;
	char (*comms)[16]; /* of the holders */
	bool is_stale;
};

/*
 * Whether bit and MSR are both other than mainline's: what mainline put there
 * says nothing then. Either alone is not enough, halt polling has both.
 */
bool pv_is_renumbered(const struct lbrvirt_pv *pv);

/*
 * lbrvirt_pv_status() on any machine and with any folders; opts->sysroot is
 * not looked at. @paths NULL: a saved machine, of which nobody holds anything,
 * and whose settings are its own. Errors as there.
 */
int pv_status_on(struct lbrvirt_context *ctx, struct machine *machine,
		 const struct pv_paths *paths,
		 const struct lbrvirt_pv_opts *opts, struct lbrvirt_pv **ret_pv);

/* lbrvirt_pv_acquire() and _reset(), likewise. */
int pv_acquire_on(struct lbrvirt_context *ctx, struct machine *machine,
		  const struct pv_paths *paths,
		  const struct lbrvirt_pv_opts *opts,
		  struct lbrvirt_pv_hold **ret_hold);
int pv_reset_on(struct lbrvirt_context *ctx, struct machine *machine,
		const struct pv_paths *paths, uint32_t *ret_cpus);

#endif
