/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lbrprof doctor --exit-cost measured, as JSON: an exit, what exits alone
 * make of a sample by the model, and a whole sample.
 */
#include "config.h"

#include "export/json.h"

#include <errno.h>
#include <stdio.h>

/* Two decimals: more would be of the arithmetic and not of the measurement. */
static int add_percent(struct json_object *object, double percent)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f", percent);
	return json_add(object, "percent",
			json_object_new_double_s(percent, text));
}

/* Of a CPU that is busy all the time. */
static int add_overhead(struct json_object *object, uint64_t sample_ns)
{
	static const unsigned int rates[] = { LBRVIRT_COST_RATES_HZ };
	struct json_object *list = json_object_new_array();

	if (json_add(object, "overhead", list))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct json_object *row = json_append_object(list);

		if (!row || json_add_count(row, "hz", rates[i]) ||
		    add_percent(row, (double)sample_ns * rates[i] / 1e7))
			return -ENOMEM;
	}
	return sample_ns ? json_add_count(object, "hz_of_1_percent",
					  10000000 / sample_ns) :
			   0;
}

static int add_cpus(struct json_object *object,
		    const struct lbrvirt_exit_cost *cost)
{
	struct json_object *list = json_object_new_array();

	if (json_add(object, "cpus", list))
		return -ENOMEM;
	for (size_t i = 0; i < lbrvirt_exit_cost_cpu_count(cost); i++) {
		const struct lbrvirt_exit_cost_cpu *cpu =
			lbrvirt_exit_cost_cpu(cost, i);
		struct json_object *row = json_append_object(list);

		if (!row || json_add_count(row, "cpu", cpu->cpu) ||
		    json_add_count(row, "min_ticks", cpu->min) ||
		    json_add_count(row, "median_ticks", cpu->median) ||
		    json_add_count(row, "p99_ticks", cpu->p99) ||
		    json_add_count(row, "empty_ticks", cpu->empty))
			return -ENOMEM;
	}
	return 0;
}

/* Nothing, where there are no exits to count. */
static int add_model(struct json_object *object,
		     const struct lbrvirt_exit_cost_total *total)
{
	static const struct {
		const char *name;
		enum lbrvirt_interrupt interrupt;
	} kinds[] = {
		{ "timer", LBRVIRT_INTERRUPT_TIMER },
		{ "pmi", LBRVIRT_INTERRUPT_PMI },
		{ "pmi-mediated", LBRVIRT_INTERRUPT_PMI_MEDIATED },
	};
	struct json_object *list = json_object_new_array();

	if (json_add(object, "model", list))
		return -ENOMEM;
	for (size_t i = 0;
	     total->has_exit && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned int exits =
			lbrvirt_interrupt_exits(kinds[i].interrupt);
		struct json_object *row = json_append_object(list);

		if (!row || json_add_string(row, "interrupt", kinds[i].name) ||
		    json_add_count(row, "exits", exits) ||
		    json_add_count(row, "sample_ns",
				   total->median_ns * exits) ||
		    add_overhead(row, total->median_ns * exits))
			return -ENOMEM;
	}
	return 0;
}

static int add_total(struct json_object *object,
		     const struct lbrvirt_exit_cost_total *total)
{
	static const char *const sources[] = {
		[LBRVIRT_TSC_MEASURED] = "measured",
		[LBRVIRT_TSC_CRYSTAL] = "cpuid-0x15",
		[LBRVIRT_TSC_BASE] = "cpuid-0x16",
		[LBRVIRT_TSC_HYPERVISOR] = "cpuid-0x40000010",
	};

	if (json_add_count(object, "rounds", total->rounds) ||
	    json_add_count(object, "tsc_hz", total->tsc_hz) ||
	    json_add_string(object, "tsc_source", sources[total->tsc_source]) ||
	    json_add_bool(object, "leaves_guest", total->has_exit) ||
	    json_add_count(object, "min_ticks", total->min) ||
	    json_add_count(object, "median_ticks", total->median) ||
	    json_add_count(object, "p99_ticks", total->p99) ||
	    json_add_count(object, "min_ns", total->min_ns) ||
	    json_add_count(object, "median_ns", total->median_ns) ||
	    json_add_count(object, "p99_ns", total->p99_ns) ||
	    json_add_count(object, "kvm_cycles", LBRVIRT_EXIT_CYCLES_KVM) ||
	    json_add_count(object, "kvm_fast_cycles",
			   LBRVIRT_EXIT_CYCLES_KVM_FAST))
		return -ENOMEM;
	return 0;
}

static int add_exit_cost(struct json_object *object,
			 const struct lbrvirt_exit_cost *cost)
{
	const struct lbrvirt_exit_cost_total *total =
		lbrvirt_exit_cost_total(cost);

	if (add_total(object, total) || add_cpus(object, cost) ||
	    add_model(object, total))
		return -ENOMEM;
	return 0;
}

static int add_sample_cost(struct json_object *object,
			   const struct lbrvirt_sample_cost *cost)
{
	if (json_add_string(object, "event", cost->event) ||
	    json_add_count(object, "samples", cost->nr_samples) ||
	    json_add_count(object, "median_ns", cost->median_ns) ||
	    json_add_count(object, "p99_ns", cost->p99_ns) ||
	    add_overhead(object, cost->median_ns))
		return -ENOMEM;
	return 0;
}

static int add_counter_cost(struct json_object *object,
			    const struct lbrvirt_counter_cost *cost)
{
	static const char *const ways[] = {
		[LBRVIRT_COUNTER_KEPT] = "no",
		[LBRVIRT_COUNTER_EXITS] = "yes",
		[LBRVIRT_COUNTER_UNCLEAR] = "unclear",
	};

	if (json_add_count(object, "ticks", cost->ticks) ||
	    json_add_count(object, "ns", cost->ns) ||
	    json_add_string(object, "leaves_guest", ways[cost->way]))
		return -ENOMEM;
	return 0;
}

/* An object, with nothing but the error, if any. NULL: out of memory. */
static struct json_object *add_cost(struct json_object *root, const char *name,
				    const char *error)
{
	struct json_object *object = json_object_new_object();

	if (json_add(root, name, object) ||
	    (error && json_add_string(object, "error", error)))
		return NULL;
	return object;
}

int json_add_costs(struct json_object *root,
		   const struct lbrvirt_doctor *doctor)
{
	const struct lbrvirt_exit_cost *exit = doctor->exit_cost;
	const struct lbrvirt_counter_cost *counter = doctor->counter_cost;
	const struct lbrvirt_sample_cost *sample = doctor->sample_cost;
	struct json_object *object;

	if (exit || doctor->exit_cost_error) {
		object = add_cost(root, "exit_cost",
				  exit ? NULL : doctor->exit_cost_error);
		if (!object || (exit && add_exit_cost(object, exit)))
			return -ENOMEM;
	}
	if (counter || doctor->counter_cost_error) {
		object = add_cost(root, "counter_cost",
				  counter ? NULL : doctor->counter_cost_error);
		if (!object || (counter && add_counter_cost(object, counter)))
			return -ENOMEM;
	}
	if (sample || doctor->sample_cost_error) {
		object = add_cost(root, "sample_cost",
				  sample ? NULL : doctor->sample_cost_error);
		if (!object || (sample && add_sample_cost(object, sample)))
			return -ENOMEM;
	}
	return 0;
}
