/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branch records of something else: of another moment of the same program, or
 * of another one at the same addresses. A stack copy tells them from the true
 * ones; the code alone does so unless they would be as right.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack/lbr.h"
#include "stack/lbr_trial.h"
#include "stack/programs.h"

#define MAX_SNAPSHOTS 512

/* The records of another moment, and where the code was then. */
struct snapshot {
	struct lbr_records records;
	uint64_t leaf;
};

struct snapshots {
	size_t nr;
	struct snapshot at[MAX_SNAPSHOTS];
};

static void add_snapshot(struct snapshots *snapshots, struct lbr_trial *trial,
			 size_t interval)
{
	if (trial->stepper.nr_steps % interval || trial->records.nr == 0 ||
	    snapshots->nr == MAX_SNAPSHOTS)
		return;
	snapshots->at[snapshots->nr++] = (struct snapshot){
		.records = trial->records,
		.leaf = trial->stepper.regs.rip,
	};
}

static bool take_snapshots(struct snapshots *snapshots, void (*program)(void))
{
	struct lbr_trial trial;

	snapshots->nr = 0;
	if (!lbr_trial_start(&trial, program, NULL, 16))
		return false;
	while (lbr_trial_step(&trial))
		add_snapshot(snapshots, &trial, 8);
	lbr_trial_end(&trial);
	return true;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct pollution {
	struct snapshots *own;	  /* of the same program */
	struct snapshots *others; /* of another one */
	uint64_t state;
	unsigned int share; /* percent */
	size_t nr_clean;
	size_t nr_polluted; /* with other records than the true ones */
	size_t nr_false;    /* alarms about clean records */
	size_t nr_joined;   /* polluted and not noticed, with a stack copy */
	/* Polluted, taken for the truth without a stack copy: */
	size_t nr_right; /* and they tell it */
	size_t nr_alike; /* the code was in the same function then */
	size_t nr_wrong; /* but it was in another */
};

static struct snapshot choose(struct pollution *pollution,
			      const struct lbr_trial *trial)
{
	const struct snapshots *from = next_random(&pollution->state) % 2 ?
					       pollution->own :
					       pollution->others;

	if (next_random(&pollution->state) % 100 >= pollution->share ||
	    from->nr == 0)
		return (struct snapshot){ .records = trial->records,
					  .leaf = trial->stepper.regs.rip };
	return from->at[next_random(&pollution->state) % from->nr];
}

static bool is_same_records(const struct lbr_records *a,
			    const struct lbr_records *b)
{
	return a->nr == b->nr && memcmp(a->branches, b->branches,
					a->nr * sizeof(a->branches[0])) == 0;
}

/* Without a stack copy: frames as far as they go. */
static bool is_part_of(const struct lbrvirt_stack *part,
		       const struct lbrvirt_stack *whole)
{
	if (part->nr > whole->nr)
		return false;
	for (size_t i = 1; i < part->nr; i++) {
		if (!lbr_is_return_of(whole->frames[i].address,
				      part->frames[i].address))
			return false;
	}
	return true;
}

static void build_alone(struct lbr_trial *trial,
			const struct lbr_records *records)
{
	const struct lbrvirt_record record =
		lbr_ring_record(&trial->stepper, records, false);

	stack_build(trial->stepper.space.unwinder, trial->stepper.space.process,
		    &record, false, trial->stack);
}

static bool is_alike(const struct lbr_trial *trial, uint64_t leaf)
{
	const struct space *space = &trial->stepper.space;
	uint64_t start, end;

	return unwinder_function(space->unwinder, space->process,
				 trial->stepper.regs.rip, &start, &end) &&
	       leaf >= start && leaf < end;
}

/* Whatever the records are, the stack is the unwound one. */
static void check_joined(struct lbr_trial *trial, struct pollution *pollution,
			 const struct lbr_records *records, bool is_clean)
{
	uint8_t integrity;

	lbr_trial_build(trial, records);
	if (!lbr_trial_is_same(trial->stack, trial->unwound)) {
		lbr_ring_print(&trial->stepper, records, trial->stack);
		ck_abort_msg("joined, another stack than unwound");
	}
	integrity = trial->stack->integrity;
	if (is_clean)
		pollution->nr_false += !lbr_is_good(integrity);
	else
		pollution->nr_joined += integrity < LBRVIRT_INTEGRITY_LONGJMP;
}

/* What is taken for polluted is not shown. */
static void check_alone(struct lbr_trial *trial, struct pollution *pollution,
			const struct snapshot *snapshot, bool is_clean)
{
	build_alone(trial, &snapshot->records);
	if (!lbr_is_good(trial->stack->integrity)) {
		ck_assert_uint_eq(trial->stack->verdict,
				  LBRVIRT_VERDICT_BROKEN);
		ck_assert_uint_eq(trial->stack->nr, 1);
		pollution->nr_false += is_clean;
	} else if (is_clean) {
		ck_assert(is_part_of(trial->stack, trial->unwound));
	} else if (is_part_of(trial->stack, trial->unwound)) {
		pollution->nr_right++;
	} else if (is_alike(trial, snapshot->leaf)) {
		pollution->nr_alike++;
	} else {
		pollution->nr_wrong++;
	}
}

static void pollute(struct lbr_trial *trial, struct pollution *pollution)
{
	struct snapshot snapshot = choose(pollution, trial);
	bool is_clean = is_same_records(&snapshot.records, &trial->records);

	if (snapshot.records.nr == 0)
		return;
	pollution->nr_clean += is_clean;
	pollution->nr_polluted += !is_clean;
	check_joined(trial, pollution, &snapshot.records, is_clean);
	check_alone(trial, pollution, &snapshot, is_clean);
}

static const struct {
	void (*program)(void);
	unsigned int share;
} polluted[] = {
	{ programs_recursion, 10 }, { programs_recursion, 30 },
	{ programs_binding, 30 },   { programs_callbacks, 30 },
	{ programs_cold, 30 },
};

START_TEST(records_of_something_else_do_not_get_in)
{
	struct pollution pollution = { .state = 0x5eed5eed5eed5eedu,
				       .share = polluted[_i].share };
	struct snapshots *snapshots = calloc(2, sizeof(*snapshots));
	struct lbr_trial trial;

	ck_assert_ptr_nonnull(snapshots);
	pollution.own = &snapshots[0];
	pollution.others = &snapshots[1];
	if (!take_snapshots(pollution.others, programs_tail_calls) ||
	    !lbr_trial_start(&trial, polluted[_i].program, NULL, 16)) {
		free(snapshots);
		return;
	}
	while (lbr_trial_step(&trial)) {
		pollute(&trial, &pollution);
		add_snapshot(pollution.own, &trial, 4);
	}
	printf("%zu clean, %zu false alarms; %zu polluted; joined: %zu not "
	       "noticed; alone: %zu right, %zu of the same function, %zu "
	       "wrong\n",
	       pollution.nr_clean, pollution.nr_false, pollution.nr_polluted,
	       pollution.nr_joined, pollution.nr_right, pollution.nr_alike,
	       pollution.nr_wrong);
	ck_assert_uint_gt(pollution.nr_polluted, 50);
	ck_assert_uint_eq(pollution.nr_false, 0);
	ck_assert_uint_le(pollution.nr_joined * 4, pollution.nr_polluted);
	ck_assert_uint_le(pollution.nr_wrong * 2, pollution.nr_polluted);
	lbr_trial_end(&trial);
	free(snapshots);
}
END_TEST

Suite *lbr_pollution_suite(void)
{
	Suite *suite = suite_create("branch records polluted");
	TCase *tcase = tcase_create("pollution");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, records_of_something_else_do_not_get_in, 0,
			    sizeof(polluted) / sizeof(polluted[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
