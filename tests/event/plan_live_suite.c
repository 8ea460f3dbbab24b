/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans on the machine the tests run on, whatever it has: what a plan says
 * opens must open, and what it holds must arrive.
 */
#include "config.h"

#include "event/suites.h"

#include <asm/perf_regs.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/event_attr.h"
#include "event/plan.h"

#define RING_BYTES (9u * 4096)

static struct lbrvirt_context *ctx;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	lbrvirt_context_free(ctx);
}

START_TEST(the_registers_are_those_of_the_kernels_header)
{
	uint64_t mask = 0;

	for (int reg = PERF_REG_X86_AX; reg <= PERF_REG_X86_IP; reg++)
		mask |= 1ull << reg;
	for (int reg = PERF_REG_X86_R8; reg <= PERF_REG_X86_R15; reg++)
		mask |= 1ull << reg;
	ck_assert_uint_eq(EVENT_ATTR_USER_REGS, mask);
}
END_TEST

START_TEST(what_the_plan_says_opens_and_samples)
{
	struct machine *machine = machine_live();
	struct lbrvirt_plan *plan = NULL;
	struct perf_event_attr attr;
	struct perf_event_mmap_page *ring;
	volatile unsigned long work = 0;
	int fd;

	ck_assert_msg(lbrvirt_plan_new(ctx, NULL, NULL, &plan) == 0, "%s",
		      lbrvirt_context_error(ctx));
	attr = lbrvirt_plan_event(plan, 0)->attr;
	fd = event_open(machine, &attr, 0, -1, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_mem_eq(&attr, &lbrvirt_plan_event(plan, 0)->attr,
			 sizeof(attr));
	ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	ck_assert_ptr_ne(ring, MAP_FAILED);
	/* Check's time-out ends this where nothing is ever sampled. */
	while (__atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE) == 0)
		work++;
	munmap(ring, RING_BYTES);
	close(fd);
	lbrvirt_plan_free(plan);
}
END_TEST

START_TEST(every_step_not_taken_has_an_errno_and_words)
{
	struct lbrvirt_guest *guest = NULL;
	struct lbrvirt_plan *plan = NULL;
	size_t nr;

	ck_assert_int_eq(lbrvirt_guest_probe(ctx, NULL, &guest), 0);
	ck_assert_int_eq(lbrvirt_plan_new(ctx, guest, NULL, &plan), 0);
	nr = lbrvirt_plan_step_count(plan);
	ck_assert_uint_ge(nr, 1);
	for (size_t i = 0; i < nr; i++) {
		const struct lbrvirt_plan_step *step =
			lbrvirt_plan_step(plan, i);

		ck_assert_int_eq(step->is_taken, i + 1 == nr);
		ck_assert_int_eq(step->err == 0, step->is_taken);
		ck_assert_int_eq(step->reason[0] == '\0', step->is_taken);
	}
	lbrvirt_plan_free(plan);
	lbrvirt_guest_free(guest);
}
END_TEST

START_TEST(the_tracking_event_wakes_us_at_the_first_mapping)
{
	struct machine *machine = machine_live();
	struct perf_event_attr attr;
	struct pollfd poll_fd;
	void *ring, *map;
	int fd, file;

	event_tracking_attr(&attr);
	fd = event_open(machine, &attr, 0, -1, 0);
	ck_assert_int_ge(fd, 0);
	ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	ck_assert_ptr_ne(ring, MAP_FAILED);
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(file, 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);

	poll_fd = (struct pollfd){ .fd = fd, .events = POLLIN };
	ck_assert_int_eq(poll(&poll_fd, 1, 2000), 1);
	munmap(map, 4096);
	close(file);
	munmap(ring, RING_BYTES);
	close(fd);
}
END_TEST

START_TEST(software_events_open_everywhere)
{
	static const char *const names[] = {
		"cpu-clock:u",
		"task-clock:u",
		"page-faults:u",
		"context-switches:u",
		"cpu-clock:u,page-faults:u",
	};
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = &names[_i],
					  .nr_events = 1 };
	struct lbrvirt_plan *plan = NULL;

	ck_assert_msg(lbrvirt_plan_new(ctx, NULL, &opts, &plan) == 0, "%s",
		      lbrvirt_context_error(ctx));
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_DWARF);
	lbrvirt_plan_free(plan);
}
END_TEST

Suite *plan_live_suite(void)
{
	Suite *suite = suite_create("plan on this machine");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_test(live, the_registers_are_those_of_the_kernels_header);
	tcase_add_test(live, what_the_plan_says_opens_and_samples);
	tcase_add_test(live, every_step_not_taken_has_an_errno_and_words);
	tcase_add_test(live, the_tracking_event_wakes_us_at_the_first_mapping);
	tcase_add_loop_test(live, software_events_open_everywhere, 0, 5);
	suite_add_tcase(suite, live);

	return suite;
}
