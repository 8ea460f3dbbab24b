/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order in which evidence counts. No evidence can prove the protocol: a
 * host of today that hides its later feature bits looks just like one that
 * speaks it. So the best that evidence alone can reach is "ambiguous", and
 * "pv-lbr" takes somebody who knows the host.
 */
#include "config.h"

#include "pv/verdict.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pv/evidence.h"

static const char *const names[] = {
	[LBRVIRT_PV_NONE] = "none",
	[LBRVIRT_PV_POLL_CONTROL] = "poll-control",
	[LBRVIRT_PV_AMBIGUOUS] = "ambiguous",
	[LBRVIRT_PV_LBR] = "pv-lbr",
};

const char *lbrvirt_pv_verdict_name(enum lbrvirt_pv_verdict verdict)
{
	if ((unsigned int)verdict >= sizeof(names) / sizeof(names[0]))
		return "unknown";
	return names[verdict];
}

/* An evidence that was lifted says nothing any more. */
static bool says(const struct lbrvirt_pv_evidence *e,
		 enum lbrvirt_pv_saying saying)
{
	return e->saying == saying && !e->is_lifted;
}

static bool is_veto(const struct lbrvirt_pv_evidence *e)
{
	return e->is_veto && !e->is_lifted;
}

typedef bool test_fn(const struct lbrvirt_pv_evidence *e);

static bool is_lifted(const struct lbrvirt_pv_evidence *e)
{
	return e->is_lifted;
}

static bool is_absent(const struct lbrvirt_pv_evidence *e)
{
	return says(e, LBRVIRT_PV_SAYS_NONE) || says(e, LBRVIRT_PV_SAYS_FAULTS);
}

static bool is_poll_control(const struct lbrvirt_pv_evidence *e)
{
	return says(e, LBRVIRT_PV_SAYS_POLL_CONTROL) && e->is_veto;
}

static bool is_useless(const struct lbrvirt_pv_evidence *e)
{
	return says(e, LBRVIRT_PV_SAYS_USELESS);
}

/* D and G: each makes halt polling likely. */
static bool is_hint(const struct lbrvirt_pv_evidence *e)
{
	return is_useless(e) || says(e, LBRVIRT_PV_SAYS_POLL_CONTROL);
}

static bool any(const struct lbrvirt_pv *pv, test_fn *test)
{
	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++)
		if (test(&pv->evidence[i]))
			return true;
	return false;
}

/* "B, C" of those that pass. */
static void list(const struct lbrvirt_pv *pv, test_fn *test, char *text,
		 size_t size)
{
	size_t length = 0;

	assert(size >= 3 * LBRVIRT_PV_EVIDENCE_COUNT);
	text[0] = '\0';
	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++)
		if (test(&pv->evidence[i]))
			length += (size_t)snprintf(text + length, size - length,
						   "%s%c", length ? ", " : "",
						   pv->evidence[i].letter);
}

void verdict_list_vetoes(const struct lbrvirt_pv *pv, char *text, size_t size)
{
	list(pv, is_veto, text, size);
}

/*
 * Force is for hosts that the evidence does not know. It makes no register
 * where there is none: without KVM's leaves, and where reading faults, it
 * lifts nothing.
 */
static void lift(struct lbrvirt_pv *pv)
{
	bool is_kvm = pv->kvm_leaf != 0;

	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++) {
		struct lbrvirt_pv_evidence *e = &pv->evidence[i];

		e->is_lifted = e->is_veto && (is_kvm || i != PV_SIGNATURE) &&
			       e->saying != LBRVIRT_PV_SAYS_FAULTS;
	}
}

/* How a verdict was reached. */
struct way {
	enum lbrvirt_pv_verdict verdict;
	bool is_certain;
	test_fn *test; /* the letters that led there; NULL: none did */
};

static struct way find_way(const struct lbrvirt_pv *pv)
{
	if (any(pv, is_absent))
		return (struct way){ LBRVIRT_PV_NONE, true, is_absent };
	if (any(pv, is_poll_control))
		return (struct way){ LBRVIRT_PV_POLL_CONTROL, true,
				     is_poll_control };
	if (any(pv, is_useless) && pv_is_renumbered(pv))
		return (struct way){ LBRVIRT_PV_NONE, true, is_useless };
	if (any(pv, is_useless) || (any(pv, is_hint) && !pv->is_asserted))
		return (struct way){ LBRVIRT_PV_POLL_CONTROL, false, is_hint };
	if (pv->is_asserted)
		return (struct way){ LBRVIRT_PV_LBR, false, NULL };
	return (struct way){ LBRVIRT_PV_AMBIGUOUS, false, NULL };
}

static void append(struct lbrvirt_pv *pv, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void append(struct lbrvirt_pv *pv, const char *format, ...)
{
	size_t length = strlen(pv->text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(pv->text + length, sizeof(pv->text) - length, format, ap);
	va_end(ap);
}

static void say_verdict(struct lbrvirt_pv *pv, const struct way *way)
{
	const struct lbrvirt_pv_assertion *a = &pv->assertion;
	char by[32] = "";

	if (way->test)
		list(pv, way->test, by, sizeof(by));
	switch (way->verdict) {
	case LBRVIRT_PV_NONE:
		append(pv, "There is no paravirtual LBR here (%s).", by);
		break;
	case LBRVIRT_PV_POLL_CONTROL:
		append(pv,
		       "Bit %u and MSR 0x%x %s the host's halt polling (%s).",
		       a->bit, a->msr,
		       way->is_certain ? "control" : "probably control", by);
		break;
	case LBRVIRT_PV_AMBIGUOUS:
		append(pv,
		       "Bit %u and MSR 0x%x could be paravirtual LBR or halt polling.\n",
		       a->bit, a->msr);
		append(pv,
		       "Who knows that this host speaks the protocol of 2018 can assert it:\n");
		append(pv, "--pv assume, or the line \"pv = assume\" in %s.",
		       pv_paths_default.conf);
		break;
	case LBRVIRT_PV_LBR:
		append(pv, "Bit %u and MSR 0x%x are paravirtual LBR (%s).",
		       a->bit, a->msr, a->source);
		break;
	}
}

/* What the assertion could not do, or did. */
static void say_assertion(struct lbrvirt_pv *pv)
{
	char vetoes[32];

	if (pv->lifted[0])
		append(pv, "\nLifted by force: %s.", pv->lifted);
	if (!pv->is_asserted || pv->verdict == LBRVIRT_PV_LBR)
		return;
	verdict_list_vetoes(pv, vetoes, sizeof(vetoes));
	append(pv, "\nAsserted (%s), but forbidden by %s.",
	       pv->assertion.source, vetoes);
}

void verdict_reach(struct lbrvirt_pv *pv)
{
	struct way way;

	if (pv->assertion.mode == LBRVIRT_PV_FORCE)
		lift(pv);
	list(pv, is_lifted, pv->lifted, sizeof(pv->lifted));
	way = find_way(pv);
	pv->verdict = way.verdict;
	pv->is_certain = way.is_certain;
	pv->text[0] = '\0';
	say_verdict(pv, &way);
	say_assertion(pv);
}
