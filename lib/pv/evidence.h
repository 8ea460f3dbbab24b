/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What speaks for and against the protocol, letter by letter; lbrvirt-pv(7)
 * has the table. Nothing here writes, and nothing draws conclusions from more
 * than one letter.
 */
#ifndef LBRVIRT_PV_EVIDENCE_H
#define LBRVIRT_PV_EVIDENCE_H

#include "pv/pv.h"

/* Indexes into lbrvirt_pv.evidence. */
enum pv_letter {
	PV_SIGNATURE, /* A */
	PV_NUMBERING,
	PV_VENDOR,
	PV_LBR,
	PV_MSR, /* E */
	PV_CPUIDLE,
	PV_PLATFORM,
	PV_DRIVER, /* H */
};

/* What the looks share. */
struct pv_look {
	struct machine *machine;
	struct lbrvirt_pv *pv;
	const struct lbrvirt_pv_assertion *assertion;
	uint32_t features; /* EAX of KVM's feature leaf */
	uint32_t hints;	   /* its EDX */
	bool is_saved;	   /* a snapshot */

	struct lbrvirt_pv_evidence *evidence; /* the one being looked at */
	struct pv_evidence_texts *texts;      /* its texts */
};

/* Fill the texts of the one being looked at. */
void pv_look_value(const struct pv_look *look, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void pv_look_words(const struct pv_look *look, enum lbrvirt_pv_saying saying,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Words that forbid driving. */
void pv_look_veto(const struct pv_look *look, enum lbrvirt_pv_saying saying,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether reading MSRs can change the verdict. */
bool pv_look_may_read(const struct pv_look *look);

/* Letter E, in evidence_msr.c: the control MSR on each of pv->cpus, which
 * evidence_msr_read() fills in. 0 or -ENOMEM. */
int evidence_msr_read(const struct pv_look *look);
void evidence_msr_look(const struct pv_look *look);

/*
 * Fill pv->evidence, pv->cpus, pv->holders and pv->msr_reason; pv->assertion
 * is there. 0, -ENOMEM, or what journal_look() says.
 */
int evidence_collect(struct lbrvirt_context *ctx, struct machine *machine,
		     const struct pv_paths *paths, struct lbrvirt_pv *pv);

#endif
