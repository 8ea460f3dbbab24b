/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The instrument itself: that instructions are executed by vCPUs, what they
 * answer is KVM's or the played host's, and a fault is a fault.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvm/played_hosts.h"
#include "kvm/suites.h"

enum { CPUS = 3, MSR_OF_NOBODY = 0x4b564dff };

static struct kvm_machine kvm;
static struct machine *machine;
static struct host_2018 host_2018;
static struct kvm_cpuid2 *cpuid;

static void start(struct kvm_cpuid2 *shown, const struct vm_msr_range *ranges,
		  struct kvm_host *host)
{
	struct kvm_machine_opts opts = { .nr_cpus = CPUS,
					 .cpuid = shown,
					 .ranges = ranges,
					 .host = host };

	cpuid = shown;
	ck_assert_ptr_nonnull(shown);
	ck_assert_int_eq(kvm_machine_init(&kvm, &opts), 0);
	machine = &kvm.fake.machine;
}

static void start_today(void)
{
	start(vm_supported_cpuid(), NULL, today_host());
}

static void start_2018(void)
{
	start(played_cpuid_2018(), host_2018_ranges,
	      host_2018_init(&host_2018));
}

static void stop(void)
{
	kvm_machine_fini(&kvm);
	free(cpuid);
}

START_TEST(cpuid_is_what_the_vcpu_was_given)
{
	const struct kvm_cpuid_entry2 *given;
	struct cpuid_regs regs;

	ck_assert_int_eq(machine->ops->cpuid(machine, 0x40000000, 0, &regs), 0);
	ck_assert_uint_eq(regs.ebx, 0x4b4d564b);
	given = played_cpuid_entry(cpuid, 0x40000001, 0);
	ck_assert_int_eq(machine->ops->cpuid(machine, 0x40000001, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, given->eax);
	/* The processor itself would show its own. */
	ck_assert_int_eq(machine->ops->cpuid(machine, 0xa, 0, &regs), 0);
	ck_assert_uint_eq(regs.eax, 0x07300402);
}
END_TEST

/* Documentation/virt/kvm/x86/msr.rst, MSR_KVM_POLL_CONTROL. */
START_TEST(kvm_s_own_control_is_halt_polling)
{
	uint64_t value = 7;

	ck_assert_int_eq(
		machine->ops->msr_read(machine, 0, MSR_PV_CONTROL, &value), 0);
	ck_assert_uint_eq(value, 1);
	ck_assert_int_eq(machine->ops->msr_write(machine, 0, MSR_PV_CONTROL, 0),
			 0);
	ck_assert_int_eq(machine->ops->msr_write(machine, 0, MSR_PV_CONTROL, 2),
			 -EIO);
	ck_assert_int_eq(kvm_machine_peek(&kvm, 0, MSR_PV_CONTROL, &value), 0);
	ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(each_vcpu_has_registers_of_its_own)
{
	uint64_t value = 7;

	ck_assert_int_eq(machine->ops->msr_write(machine, 1, MSR_PV_CONTROL, 0),
			 0);
	for (unsigned int i = 0; i < CPUS; i++) {
		ck_assert_int_eq(machine->ops->msr_read(machine, i,
							MSR_PV_CONTROL, &value),
				 0);
		ck_assert_uint_eq(value, i == 1 ? 0 : 1);
	}
	ck_assert_int_eq(machine->ops->msr_read(machine, CPUS, MSR_PV_CONTROL,
						&value),
			 -ENXIO);
}
END_TEST

START_TEST(a_fault_is_an_error_and_the_vcpu_goes_on)
{
	uint64_t value = 7;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(machine->ops->msr_read(machine, 0,
							MSR_OF_NOBODY, &value),
				 -EIO);
		ck_assert_uint_eq(value, 7);
		ck_assert_int_eq(machine->ops->msr_write(machine, 0,
							 MSR_OF_NOBODY, 1),
				 -EIO);
	}
	ck_assert_int_eq(
		machine->ops->msr_read(machine, 0, MSR_PV_CONTROL, &value), 0);
	ck_assert_uint_eq(value, 1);
}
END_TEST

START_TEST(the_played_host_sees_each_access_in_order)
{
	static const struct kvm_access expected[] = {
		{ .cpu = 2, .msr = MSR_PERF_CAPABILITIES, .value = 5 },
		{ .cpu = 2, .msr = MSR_PV_CONTROL, .value = 0 },
		{ .cpu = 2,
		  .msr = MSR_PV_CONTROL,
		  .is_write = true,
		  .value = 1 },
		{ .cpu = 1,
		  .msr = MSR_PV_CONTROL,
		  .is_write = true,
		  .value = 0x300000002,
		  .has_faulted = true },
	};
	uint64_t value;

	machine->ops->msr_read(machine, 2, MSR_PERF_CAPABILITIES, &value);
	ck_assert_uint_eq(value, 5);
	machine->ops->msr_read(machine, 2, MSR_PV_CONTROL, &value);
	machine->ops->msr_write(machine, 2, MSR_PV_CONTROL, 1);
	ck_assert_int_eq(machine->ops->msr_write(machine, 1, MSR_PV_CONTROL,
						 0x300000002),
			 -EIO);
	ck_assert_uint_eq(kvm_machine_access_count(&kvm), 4);
	for (size_t i = 0; i < 4; i++) {
		struct kvm_access access = kvm_machine_access(&kvm, i);

		ck_assert_uint_eq(access.cpu, expected[i].cpu);
		ck_assert_uint_eq(access.msr, expected[i].msr);
		ck_assert_int_eq(access.is_write, expected[i].is_write);
		ck_assert_int_eq(access.has_faulted, expected[i].has_faulted);
		ck_assert_uint_eq(access.value, expected[i].value);
	}
	ck_assert_uint_eq(host_2018.control[2], 1);
}
END_TEST

/* As the guard process of a recording does: no descriptor is left to it. */
START_TEST(a_child_reaches_the_same_registers)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		for (int fd = 3; fd < 256; fd++)
			close(fd);
		_exit(machine->ops->msr_write(machine, 1, MSR_PV_CONTROL, 1) ?
			      1 :
			      0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(host_2018.control[1], 1);
	ck_assert_uint_eq(host_2018.control[0], 0);
}
END_TEST

Suite *vcpu_suite(void)
{
	Suite *suite = suite_create("vcpu");
	TCase *today = tcase_create("today");
	TCase *then = tcase_create("2018");

	tcase_add_checked_fixture(today, start_today, stop);
	tcase_add_test(today, kvm_s_own_control_is_halt_polling);
	tcase_add_test(today, each_vcpu_has_registers_of_its_own);
	tcase_add_test(today, a_fault_is_an_error_and_the_vcpu_goes_on);
	suite_add_tcase(suite, today);
	tcase_add_checked_fixture(then, start_2018, stop);
	tcase_add_test(then, cpuid_is_what_the_vcpu_was_given);
	tcase_add_test(then, the_played_host_sees_each_access_in_order);
	tcase_add_test(then, a_child_reaches_the_same_registers);
	suite_add_tcase(suite, then);
	return suite;
}
