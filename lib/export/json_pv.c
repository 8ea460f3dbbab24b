/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A look at the paravirtual LBR protocol as JSON. What could not be read is
 * absent, not zero.
 */
#include "config.h"

#include "export/json.h"

#include <errno.h>

static int add_assertion(struct json_object *root, const struct lbrvirt_pv *pv)
{
	const struct lbrvirt_pv_assertion *assertion = lbrvirt_pv_assertion(pv);
	struct json_object *object = json_object_new_object();

	if (json_add(root, "assertion", object) ||
	    json_add_string(object, "mode",
			    lbrvirt_pv_mode_name(assertion->mode)) ||
	    json_add_string(object, "source", assertion->source) ||
	    json_add_count(object, "bit", assertion->bit) ||
	    json_add_count(object, "msr", assertion->msr))
		return -ENOMEM;
	return 0;
}

static const char *saying_name(enum lbrvirt_pv_saying saying)
{
	static const char *const names[] = {
		[LBRVIRT_PV_SAYS_NOTHING] = "nothing",
		[LBRVIRT_PV_SAYS_NONE] = "none",
		[LBRVIRT_PV_SAYS_POLL_CONTROL] = "poll-control",
		[LBRVIRT_PV_SAYS_USELESS] = "useless",
		[LBRVIRT_PV_SAYS_FAULTS] = "faults",
		[LBRVIRT_PV_SAYS_POSSIBLE] = "possible",
	};

	return names[saying];
}

static int add_evidence(struct json_object *root, const struct lbrvirt_pv *pv)
{
	struct json_object *list = json_object_new_array();

	if (json_add(root, "evidence", list))
		return -ENOMEM;
	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++) {
		const struct lbrvirt_pv_evidence *evidence =
			lbrvirt_pv_evidence(pv, i);
		const char letter[] = { evidence->letter, '\0' };
		struct json_object *object = json_append_object(list);

		if (!object || json_add_string(object, "letter", letter) ||
		    json_add_string(object, "name", evidence->name) ||
		    json_add_bool(object, "known", evidence->is_known) ||
		    json_add_string(object, "value", evidence->value) ||
		    json_add_string(object, "says",
				    saying_name(evidence->saying)) ||
		    json_add_string(object, "words", evidence->words) ||
		    json_add_bool(object, "veto", evidence->is_veto) ||
		    json_add_bool(object, "lifted", evidence->is_lifted))
			return -ENOMEM;
	}
	return 0;
}

static int add_cpus(struct json_object *root, const struct lbrvirt_pv *pv)
{
	struct json_object *list = json_object_new_array();

	if (json_add(root, "cpus", list))
		return -ENOMEM;
	for (size_t i = 0; i < lbrvirt_pv_cpu_count(pv); i++) {
		const struct lbrvirt_pv_cpu *cpu = lbrvirt_pv_cpu(pv, i);
		struct json_object *object = json_append_object(list);

		if (!object || json_add_count(object, "cpu", cpu->cpu) ||
		    (!cpu->err &&
		     json_add_count(object, "value", cpu->value)) ||
		    json_add_bool(object, "held", cpu->is_held) ||
		    (cpu->is_held &&
		     json_add_count(object, "old_value", cpu->old_value)))
			return -ENOMEM;
	}
	return 0;
}

static int add_holders(struct json_object *root, const struct lbrvirt_pv *pv)
{
	struct json_object *list = json_object_new_array();

	if (json_add(root, "holders", list))
		return -ENOMEM;
	for (size_t i = 0; i < lbrvirt_pv_holder_count(pv); i++) {
		const struct lbrvirt_pv_holder *holder =
			lbrvirt_pv_holder(pv, i);
		struct json_object *object = json_append_object(list);

		if (!object ||
		    json_add_count(object, "pid", (uint64_t)holder->pid) ||
		    json_add_string(object, "comm", holder->comm) ||
		    json_add_count(object, "since_ns", holder->since_ns))
			return -ENOMEM;
	}
	return 0;
}

int lbrvirt_export_pv_json(const struct lbrvirt_pv *pv, FILE *out)
{
	struct json_object *root;
	int err = 0;

	if (!pv || !out)
		return -EINVAL;
	root = json_object_new_object();
	if (!root)
		return -ENOMEM;
	if (json_add_string(root, "verdict",
			    lbrvirt_pv_verdict_name(lbrvirt_pv_verdict(pv))) ||
	    json_add_bool(root, "certain", lbrvirt_pv_is_certain(pv)) ||
	    json_add_string(root, "text", lbrvirt_pv_text(pv)) ||
	    json_add_string(root, "msr_reason", lbrvirt_pv_msr_reason(pv)) ||
	    json_add_bool(root, "stale", lbrvirt_pv_is_stale(pv)) ||
	    add_assertion(root, pv) || add_evidence(root, pv) ||
	    add_cpus(root, pv) || add_holders(root, pv))
		err = -ENOMEM;
	if (!err)
		err = json_write(root, out);
	json_object_put(root);
	return err;
}
