/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints the tables of docs/host-policies.md: what each policy does to a guest
 * that uses LBR call stacks, and what it costs that guest and one that does
 * not use them. The tables are the same everywhere; --measure adds what an
 * exit costs on this host, which is not.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvm/play.h"
#include "kvm/played_cpuid.h"

/* No exit is cheaper, and no emulated instruction dearer than its like. */
enum { EXIT_TICKS_MIN = 300 };

enum { SKIPPED = 77, SECONDS = 5, SEED = 1, POLICIES_MAX = 32 };

/* Cycles, as the thread of October 2023 has them: an exit handled in KVM, and
 * switching the PMU's registers, a save and a restore. From the cheapest to
 * the dearest: half of it for an exit on the fast path, twice the switch. */
struct prices {
	double exit;
	double both_ways;
};

static const struct prices low = { 750, 1000 }, high = { 1500, 2000 };

enum scenario { BOTH_USE, ONE_USED, ONE_NEVER_USED, SCENARIOS };

struct row {
	const struct host_policy *policy;
	struct play_result results[SCENARIOS][HOST_VCPUS];
};

struct settings {
	uint64_t seconds;
	uint64_t seed;
	bool does_measure;
	const char *policy; /* only this one; NULL: all */
};

static double per_second(uint64_t nr, uint64_t ran_ns)
{
	return ran_ns ? (double)nr * 1e9 / (double)ran_ns : 0;
}

static double share(uint64_t nr, uint64_t of)
{
	return of ? 100.0 * (double)nr / (double)of : 0;
}

static double thousand_cycles(const struct host_counts *counts,
			      const struct prices *prices)
{
	double moves =
		per_second(counts->saves + counts->restores, counts->ran_ns);

	return (per_second(counts->exits, counts->ran_ns) * prices->exit +
		moves / 2 * prices->both_ways) /
	       1000;
}

static void add_counts(struct host_counts *sum, const struct host_counts *other)
{
	sum->ran_ns += other->ran_ns;
	sum->switches += other->switches;
	sum->user_exits += other->user_exits;
	sum->toggles += other->toggles;
	sum->saves += other->saves;
	sum->restores += other->restores;
	sum->exits += other->exits;
}

/* Both guests of the first scenario do the same: one result of the two. */
static struct play_result both(const struct row *row)
{
	const struct play_result *results = row->results[BOTH_USE];
	struct play_result sum = results[0];

	add_counts(&sum.counts, &results[1].counts);
	sum.caught += results[1].caught;
	sum.samples.taken += results[1].samples.taken;
	sum.samples.polluted += results[1].samples.polluted;
	sum.samples.foreign += results[1].samples.foreign;
	sum.samples.cut += results[1].samples.cut;
	return sum;
}

static void print_cost(const struct host_counts *counts)
{
	printf(" %.0f | %.0f | %.0f to %.0f |",
	       per_second(counts->saves + counts->restores, counts->ran_ns),
	       per_second(counts->exits, counts->ran_ns),
	       thousand_cycles(counts, &low), thousand_cycles(counts, &high));
}

static void print_users(const struct row *rows)
{
	puts("A guest that uses LBR, beside another that does:\n\n"
	     "| saved and restored | polluted | foreign | cut short | "
	     "moves/s | exits/s | kcycles/s |\n"
	     "| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
	for (const struct row *row = rows; row->policy; row++) {
		struct play_result sum = both(row);
		const struct guest_samples *samples = &sum.samples;

		printf("| %s | %.1f %% | %.1f %% | %.1f %% |",
		       row->policy->name,
		       share(samples->polluted, samples->taken),
		       share(samples->foreign, samples->taken),
		       share(samples->cut, samples->taken));
		print_cost(&sum.counts);
		putchar('\n');
	}
}

static void print_others(const struct row *rows)
{
	puts("\nA guest beside one that uses LBR, which itself no longer does, "
	     "or never did:\n\n"
	     "| saved and restored | no longer: moves/s | exits/s | kcycles/s |"
	     " never: moves/s | exits/s | kcycles/s |\n"
	     "| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
	for (const struct row *row = rows; row->policy; row++) {
		printf("| %s |", row->policy->name);
		print_cost(&row->results[ONE_USED][1].counts);
		print_cost(&row->results[ONE_NEVER_USED][1].counts);
		putchar('\n');
	}
}

static void print_alone(const struct row *rows)
{
	puts("\nThe guest that uses LBR, beside these two:\n\n"
	     "| saved and restored | no longer: wrong | moves/s | exits/s |"
	     " never: wrong | moves/s | exits/s |\n"
	     "| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
	for (const struct row *row = rows; row->policy; row++) {
		printf("| %s |", row->policy->name);
		for (int i = ONE_USED; i <= ONE_NEVER_USED; i++) {
			const struct play_result *r = &row->results[i][0];
			const struct host_counts *counts = &r->counts;

			printf(" %.1f %% | %.0f | %.0f |",
			       share(r->samples.polluted + r->samples.cut,
				     r->samples.taken),
			       per_second(counts->saves + counts->restores,
					  counts->ran_ns),
			       per_second(counts->exits, counts->ran_ns));
		}
		putchar('\n');
	}
}

static void print_schedule(const struct row *rows)
{
	struct play_result sum = both(rows);
	const struct host_counts *counts = &sum.counts;

	printf("\nWith the first policy, a second: %.0f samples, %.0f switches "
	       "(%.1f of them between LBR off and the end of the reads), %.0f "
	       "exits to user space, %.0f writes of DEBUGCTL.\n",
	       per_second(sum.samples.taken, counts->ran_ns),
	       per_second(counts->switches, counts->ran_ns),
	       per_second(sum.caught, counts->ran_ns),
	       per_second(counts->user_exits, counts->ran_ns),
	       per_second(counts->toggles, counts->ran_ns));
}

/*
 * A KVM that emulates the guest's instructions has no exit to measure: a CPUID
 * costs it what any instruction does. Then what costs this program one.
 */
static double exit_price(const struct play_prices *measured)
{
	bool is_emulated = measured->kernel < EXIT_TICKS_MIN;

	printf("\nOn this host, in ticks of the TSC: a CPUID of the vCPU %llu, "
	       "an RDMSR answered in user space %llu, a CPUID of this program "
	       "%llu. With the %s as the price of an exit",
	       (unsigned long long)measured->kernel,
	       (unsigned long long)measured->user,
	       (unsigned long long)measured->own,
	       is_emulated ? "last (this KVM emulates CPUID, without an exit)" :
			     "first");
	return (double)(is_emulated ? measured->own : measured->kernel);
}

static int print_measured(const struct kvm_cpuid2 *cpuid,
			  const struct row *rows)
{
	struct prices here = { 0, high.both_ways };
	struct play_prices measured;
	int err = play_measure(cpuid, &measured);

	if (err)
		return err;
	here.exit = exit_price(&measured);
	printf(", and %.0f for a save and a restore, kcycles/s:\n\n"
	       "| saved and restored | uses LBR | no longer | never |\n"
	       "| --- | ---: | ---: | ---: |\n",
	       here.both_ways);
	for (const struct row *row = rows; row->policy; row++) {
		struct play_result sum = both(row);

		printf("| %s | %.0f | %.0f | %.0f |\n", row->policy->name,
		       thousand_cycles(&sum.counts, &here),
		       thousand_cycles(&row->results[ONE_USED][1].counts,
				       &here),
		       thousand_cycles(&row->results[ONE_NEVER_USED][1].counts,
				       &here));
	}
	return 0;
}

static int play_row(const struct kvm_cpuid2 *cpuid, struct row *row,
		    const struct settings *settings)
{
	static const enum guest_kind second[SCENARIOS] = {
		[BOTH_USE] = GUEST_USES,
		[ONE_USED] = GUEST_USED,
		[ONE_NEVER_USED] = GUEST_NEVER_USED,
	};
	int err = 0;

	for (int i = 0; !err && i < SCENARIOS; i++) {
		struct play_opts opts = {
			.policy = row->policy,
			.kinds = { GUEST_USES, second[i] },
			.run_ns = settings->seconds * 1000 * NS_PER_MS,
			.seed = settings->seed,
		};

		err = play_run(cpuid, &opts, row->results[i]);
	}
	return err;
}

static int play_all(const struct kvm_cpuid2 *cpuid, struct row *rows,
		    const struct settings *settings)
{
	const char *only = settings->policy;
	int err = 0;

	for (int i = 0; !err && host_policies[i].name; i++) {
		if (only && strcmp(host_policies[i].name, only) != 0)
			continue;
		rows->policy = &host_policies[i];
		err = play_row(cpuid, rows++, settings);
	}
	return err;
}

static int parse(int argc, char **argv, struct settings *ret_settings)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "policy", required_argument, NULL, 'p' },
		{ "measure", no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			ret_settings->seconds = strtoull(optarg, NULL, 10);
		else if (option == 'r')
			ret_settings->seed = strtoull(optarg, NULL, 10);
		else if (option == 'p' && host_policy_named(optarg))
			ret_settings->policy = optarg;
		else if (option == 'm')
			ret_settings->does_measure = true;
		else
			return -1;
	}
	if (optind == argc && ret_settings->seconds)
		return 0;
	fprintf(stderr,
		"usage: %s [--seconds N] [--seed N] [--policy NAME] "
		"[--measure]\n",
		argv[0]);
	return -1;
}

int main(int argc, char **argv)
{
	static struct row rows[POLICIES_MAX];
	struct settings settings = { .seconds = SECONDS, .seed = SEED };
	const char *missing = vm_missing();
	struct kvm_cpuid2 *cpuid;
	int err;

	if (parse(argc, argv, &settings))
		return 2;
	if (missing) {
		printf("skipped: no vCPU to play on: %s\n", missing);
		return SKIPPED;
	}
	cpuid = played_cpuid_2018();
	err = cpuid ? play_all(cpuid, rows, &settings) : -1;
	if (!err) {
		print_users(rows);
		print_others(rows);
		print_alone(rows);
		print_schedule(rows);
		if (settings.does_measure)
			err = print_measured(cpuid, rows);
	}
	if (err)
		fprintf(stderr, "%s: cannot be played: %s\n", argv[0],
			strerror(err < 0 ? -err : err));
	free(cpuid);
	return err ? 1 : 0;
}
