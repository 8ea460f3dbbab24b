/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lbrprof doctor found, as JSON. Nothing in it says whether a machine was
 * saved: the same answers make the same text.
 */
#include "config.h"

#include "export/json.h"

#include <errno.h>

/* As lbrvirt_guest_verdict numbers them. */
static const char *verdict_name(enum lbrvirt_guest_verdict verdict)
{
	switch (verdict) {
	case LBRVIRT_GUEST_OPEN:
		return "lbr";
	case LBRVIRT_GUEST_USER:
		return "user";
	case LBRVIRT_GUEST_ADMIN:
		return "admin";
	default:
		return "hardware";
	}
}

/* As --call-graph and the reports name them. */
static const char *source_name(enum lbrvirt_stack_source source)
{
	static const char *const names[] = {
		[LBRVIRT_STACK_NONE] = "none",
		[LBRVIRT_STACK_FP] = "fp",
		[LBRVIRT_STACK_DWARF] = "dwarf",
		[LBRVIRT_STACK_LBR] = "lbr",
		[LBRVIRT_STACK_LBR_JOINED] = "lbr+dwarf",
	};

	return names[source];
}

static int add_steps(struct json_object *object,
		     const struct lbrvirt_plan *plan)
{
	struct json_object *list = json_object_new_array();

	if (json_add(object, "steps", list))
		return -ENOMEM;
	for (size_t i = 0; i < lbrvirt_plan_step_count(plan); i++) {
		const struct lbrvirt_plan_step *step =
			lbrvirt_plan_step(plan, i);
		struct json_object *row = json_append_object(list);

		if (!row ||
		    json_add_string(row, "source", source_name(step->source)) ||
		    json_add_string(row, "event", step->event) ||
		    json_add_bool(row, "taken", step->is_taken) ||
		    json_add_count(row, "errno", (uint64_t)step->err) ||
		    json_add_string(row, "reason", step->reason))
			return -ENOMEM;
	}
	return 0;
}

static int add_plan(struct json_object *root,
		    const struct lbrvirt_doctor *doctor)
{
	struct json_object *object = json_object_new_object();

	if (json_add(root, "record", object))
		return -ENOMEM;
	if (!doctor->plan)
		return json_add_string(object, "error",
				       doctor->plan_error ? doctor->plan_error :
							    "");
	if (json_add_string(object, "source",
			    source_name(lbrvirt_plan_source(doctor->plan))))
		return -ENOMEM;
	return add_steps(object, doctor->plan);
}

static const char *state_name(const struct lbrvirt_gate *gate)
{
	if (!gate->is_known)
		return "unknown";
	return gate->is_open ? "open" : "closed";
}

static int add_gates(struct json_object *root,
		     const struct lbrvirt_guest *guest)
{
	struct json_object *list = json_object_new_array();

	if (json_add(root, "gates", list))
		return -ENOMEM;
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(guest, (enum lbrvirt_gate_id)id);
		struct json_object *row = json_append_object(list);

		if (!row || json_add_string(row, "name", gate->name) ||
		    json_add_bool(row, "fact", gate->is_fact) ||
		    json_add_string(row, "state", state_name(gate)) ||
		    json_add_string(row, "value", gate->value) ||
		    json_add_string(row, "reason", gate->reason) ||
		    json_add_string(row, "remedy_user", gate->remedy_user) ||
		    json_add_string(row, "remedy_admin", gate->remedy_admin))
			return -ENOMEM;
	}
	return 0;
}

static int add_pv(struct json_object *root, const struct lbrvirt_doctor *doctor)
{
	const struct lbrvirt_pv *pv = doctor->pv;
	struct json_object *object = json_object_new_object();

	if (json_add(root, "pv", object))
		return -ENOMEM;
	if (!pv)
		return json_add_string(object, "error",
				       doctor->pv_error ? doctor->pv_error :
							  "");
	if (json_add_string(object, "verdict",
			    lbrvirt_pv_verdict_name(lbrvirt_pv_verdict(pv))) ||
	    json_add_bool(object, "certain", lbrvirt_pv_is_certain(pv)) ||
	    json_add_string(object, "text", lbrvirt_pv_text(pv)))
		return -ENOMEM;
	return 0;
}

static int add_tests(struct json_object *root,
		     const struct lbrvirt_doctor *doctor)
{
	struct json_object *list;

	if (!doctor->tests)
		return 0;
	list = json_object_new_array();
	if (json_add(root, "self_test", list))
		return -ENOMEM;
	for (size_t i = 0; i < doctor->nr_tests; i++) {
		const struct lbrvirt_doctor_test *test = &doctor->tests[i];
		struct json_object *row = json_append_object(list);

		if (!row || json_add_string(row, "name", test->name) ||
		    json_add_bool(row, "run", test->has_run) ||
		    json_add_bool(row, "passed", test->has_passed) ||
		    json_add_string(row, "words", test->words))
			return -ENOMEM;
	}
	return 0;
}

static int add_all(struct json_object *root,
		   const struct lbrvirt_doctor *doctor)
{
	const struct lbrvirt_gate *closed =
		lbrvirt_guest_first_closed(doctor->guest);

	if (json_add_string(root, "verdict", verdict_name(doctor->verdict)) ||
	    json_add_count(root, "status", (uint64_t)doctor->verdict) ||
	    json_add_string(root, "hypervisor",
			    lbrvirt_hypervisor_name(
				    lbrvirt_guest_hypervisor(doctor->guest))) ||
	    json_add_string(root, "first_closed", closed ? closed->name : "") ||
	    add_plan(root, doctor) || add_gates(root, doctor->guest) ||
	    add_pv(root, doctor) || add_tests(root, doctor) ||
	    json_add_costs(root, doctor))
		return -ENOMEM;
	return 0;
}

int lbrvirt_export_doctor_json(const struct lbrvirt_doctor *doctor, FILE *out)
{
	struct json_object *root;
	int err;

	if (!doctor || doctor->size != sizeof(*doctor) || !doctor->guest ||
	    !out)
		return -EINVAL;
	root = json_object_new_object();
	if (!root)
		return -ENOMEM;
	err = add_all(root, doctor);
	if (!err)
		err = json_write(root, out);
	json_object_put(root);
	return err;
}
