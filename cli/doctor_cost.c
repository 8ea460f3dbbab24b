/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The section of `lbrprof doctor --exit-cost`: what an exit costs here beside
 * what others have measured, and what that makes of a second of sampling.
 */
#include "config.h"

#include "doctor.h"

#include <inttypes.h>
#include <stdio.h>

/* As many times as much, and something lies between: a host that is a guest
 * itself exits for each exit several times. */
#define NESTED_FACTOR 4

static const uint64_t rates_hz[] = { LBRVIRT_COST_RATES_HZ };

enum { NR_RATES = sizeof(rates_hz) / sizeof(rates_hz[0]) };

static const char *source_text(enum lbrvirt_tsc_source source)
{
	static const char *const texts[] = {
		[LBRVIRT_TSC_MEASURED] = "measured against CLOCK_MONOTONIC_RAW",
		[LBRVIRT_TSC_CRYSTAL] = "CPUID leaf 0x15",
		[LBRVIRT_TSC_BASE] = "CPUID leaf 0x16",
		[LBRVIRT_TSC_HYPERVISOR] = "CPUID leaf 0x40000010",
	};

	return texts[source];
}

static void print_cpus(const struct lbrvirt_exit_cost *cost)
{
	const struct lbrvirt_exit_cost_total *total =
		lbrvirt_exit_cost_total(cost);
	char label[16], words[192];

	for (size_t i = 0; i < lbrvirt_exit_cost_cpu_count(cost); i++) {
		const struct lbrvirt_exit_cost_cpu *cpu =
			lbrvirt_exit_cost_cpu(cost, i);

		snprintf(label, sizeof(label), "CPU %u", cpu->cpu);
		snprintf(words, sizeof(words),
			 "median %" PRIu64 " ticks (%.2f us), p99 %" PRIu64
			 ", minimum %" PRIu64,
			 cpu->median,
			 (double)cpu->median * 1e6 / (double)total->tsc_hz,
			 cpu->p99, cpu->min);
		doctor_print_row(label, words);
	}
	snprintf(words, sizeof(words), "%.3f GHz, %s",
		 (double)total->tsc_hz / 1e9, source_text(total->tsc_source));
	doctor_print_row("TSC", words);
}

static void print_comparison(const struct lbrvirt_exit_cost_total *total)
{
	double times = (double)total->median / LBRVIRT_EXIT_CYCLES_KVM;
	char words[320];

	if (!total->has_exit)
		snprintf(
			words, sizeof(words),
			"CPUID does not leave the guest: there is no hypervisor, or it does not intercept CPUID, and then exits cost what cannot be told from here");
	else
		snprintf(
			words, sizeof(words),
			"a simple exit takes KVM less than %d cycles, about %d on its fast path; here it is %.1f times the former%s",
			LBRVIRT_EXIT_CYCLES_KVM, LBRVIRT_EXIT_CYCLES_KVM_FAST,
			times,
			times >= NESTED_FACTOR ?
				": the host is a guest itself, or works off exits in user space" :
				"");
	doctor_print_row("elsewhere", words);
}

/* The one sign by which a guest can tell an emulated PMU. */
static void print_counter(const struct doctor *doctor)
{
	static const char *const ways[] = {
		[LBRVIRT_COUNTER_KEPT] =
			"which does not leave the guest: the PMU is mediated, or passed through",
		[LBRVIRT_COUNTER_EXITS] =
			"which leaves the guest: the host emulates the PMU",
		[LBRVIRT_COUNTER_UNCLEAR] =
			"too much for none and too little for an exit: measure again on an idle machine",
	};
	const struct lbrvirt_counter_cost *cost = &doctor->counter_cost;
	char words[DOCTOR_WORDS + 16];

	if (doctor->has_counter_cost)
		snprintf(words, sizeof(words),
			 "reading one takes %" PRIu64 " ticks (%.2f us), %s",
			 cost->ticks, (double)cost->ns / 1e3, ways[cost->way]);
	else
		snprintf(words, sizeof(words), "unknown: %s",
			 doctor->counter_cost_error);
	doctor_print_row("PMU's counter", words);
}

/* The share of a CPU that is busy all the time, and where 1 % is reached. */
static void print_overhead(const struct doctor *doctor, const char *label,
			   uint64_t sample_ns, unsigned int exits)
{
	const struct lbrvirt_exit_cost_total *total =
		lbrvirt_exit_cost_total(doctor->exit_cost);
	char words[256];
	size_t used;

	used = (size_t)snprintf(words, sizeof(words), "%.1f us a sample",
				(double)sample_ns / 1e3);
	if (total)
		used += (size_t)snprintf(
			words + used, sizeof(words) - used, ", %.0f ticks",
			(double)sample_ns * (double)total->tsc_hz / 1e9);
	if (exits)
		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 " (%u exits)", exits);
	for (int i = 0; i < NR_RATES; i++)
		used += (size_t)snprintf(
			words + used, sizeof(words) - used,
			"%s %.2f %% at %" PRIu64 " Hz", i ? "," : ":",
			(double)(sample_ns * rates_hz[i]) / 1e7, rates_hz[i]);
	if (sample_ns)
		snprintf(words + used, sizeof(words) - used,
			 "; 1 %% up to %" PRIu64 " Hz", 10000000 / sample_ns);
	doctor_print_phrases(label, words);
}

static void print_model(const struct doctor *doctor)
{
	const struct lbrvirt_exit_cost_total *total =
		lbrvirt_exit_cost_total(doctor->exit_cost);
	static const struct {
		const char *label;
		enum lbrvirt_interrupt interrupt;
	} kinds[] = {
		{ "timer", LBRVIRT_INTERRUPT_TIMER },
		{ "PMI", LBRVIRT_INTERRUPT_PMI },
		{ "PMI mediated", LBRVIRT_INTERRUPT_PMI_MEDIATED },
	};

	if (!total->has_exit)
		return;
	printf("\nExits alone, by the model of lbrprof-doctor(1)\n");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned int exits =
			lbrvirt_interrupt_exits(kinds[i].interrupt);

		print_overhead(doctor, kinds[i].label, total->median_ns * exits,
			       exits);
	}
}

static void print_sample(const struct doctor *doctor)
{
	const struct lbrvirt_sample_cost *cost = &doctor->sample_cost;

	if (!doctor->plan)
		return;
	printf("\nA whole sample as lbrprof record would take it, its recorder not counted\n");
	if (doctor->has_sample_cost)
		print_overhead(doctor, cost->event, cost->median_ns, 0);
	else
		doctor_print_row("unknown", doctor->sample_cost_error);
}

static void measure_exits(struct doctor *doctor)
{
	if (lbrvirt_exit_cost_measure(doctor->ctx, NULL, &doctor->exit_cost)) {
		snprintf(doctor->exit_cost_error,
			 sizeof(doctor->exit_cost_error), "%s",
			 lbrvirt_context_error(doctor->ctx));
		snprintf(doctor->counter_cost_error,
			 sizeof(doctor->counter_cost_error), "%s",
			 doctor->exit_cost_error);
		return;
	}
	doctor->counter_cost.size = sizeof(doctor->counter_cost);
	doctor->has_counter_cost = !lbrvirt_counter_cost_measure(
		doctor->ctx, doctor->exit_cost, &doctor->counter_cost);
	if (!doctor->has_counter_cost)
		snprintf(doctor->counter_cost_error,
			 sizeof(doctor->counter_cost_error), "%s",
			 lbrvirt_context_error(doctor->ctx));
}

void doctor_measure_cost(struct doctor *doctor)
{
	measure_exits(doctor);
	doctor->sample_cost.size = sizeof(doctor->sample_cost);
	if (!doctor->plan)
		snprintf(doctor->sample_cost_error,
			 sizeof(doctor->sample_cost_error), "%s",
			 doctor->plan_error);
	else if (lbrvirt_sample_cost_measure(doctor->ctx, doctor->plan,
					     &doctor->sample_cost))
		snprintf(doctor->sample_cost_error,
			 sizeof(doctor->sample_cost_error), "%s",
			 lbrvirt_context_error(doctor->ctx));
	else
		doctor->has_sample_cost = true;
}

void doctor_print_cost(const struct doctor *doctor)
{
	const struct lbrvirt_exit_cost *cost = doctor->exit_cost;

	if (cost) {
		printf("\nExit cost: CPUID and back, %" PRIu32 " times a CPU\n",
		       lbrvirt_exit_cost_total(cost)->rounds);
		print_cpus(cost);
		print_comparison(lbrvirt_exit_cost_total(cost));
		print_counter(doctor);
		print_model(doctor);
	} else {
		printf("\nExit cost: could not be measured\n");
		doctor_print_row("why", doctor->exit_cost_error);
	}
	print_sample(doctor);
}
