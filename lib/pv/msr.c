/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of registers, and the causes behind an errno of /dev/cpu/N/msr: the
 * driver answers EPERM for five different reasons, ENXIO for two
 * (arch/x86/kernel/msr.c). What tells them apart lies in /proc and /sys.
 */
#include "config.h"

#include "pv/msr.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pv/pv.h"

/* MSR_KVM_WALL_CLOCK_NEW ..00 to MSR_KVM_MIGRATION_CONTROL ..08 are taken, of
 * a range that KVM reserves up to ..ff; ..05 is the one in question. */
#define CONTROL_FIRST_FREE 0x4b564d09u
#define CONTROL_LAST	   0x4b564dffu

#define CAP_RAWIO_BIT	   (1ull << 17) /* CAP_SYS_RAWIO */
#define LOCKDOWN	   "/sys/kernel/security/lockdown"
#define DRIVER		   "/sys/class/msr"
#define ALLOW_WRITES	   "/sys/module/msr/parameters/allow_writes"
#define FIRST_NODE	   "/dev/cpu/0/msr"
#define WHOLE_USER_MAP	   4294967295ul

bool pv_msr_is_control(uint32_t msr)
{
	return msr == LBRVIRT_PV_MSR_DEFAULT ||
	       (msr >= CONTROL_FIRST_FREE && msr <= CONTROL_LAST);
}

/* Asserted, and refused where assertions are compiled out. */
static int check_register(uint32_t msr, bool is_write)
{
	bool is_allowed = pv_msr_is_control(msr) ||
			  (!is_write && msr == PV_MSR_PERF_CAPABILITIES);

	assert(is_allowed);
	return is_allowed ? 0 : -EPERM;
}

int pv_msr_read(struct machine *machine, unsigned int cpu, uint32_t msr,
		uint64_t *ret_value)
{
	int err = check_register(msr, false);

	if (err)
		return err;
	return machine->ops->msr_read(machine, cpu, msr, ret_value);
}

int pv_msr_write_active(struct machine *machine, unsigned int cpu, uint32_t msr,
			uint64_t old, bool active, uint64_t *nr_writes)
{
	uint64_t value = (old & ~(uint64_t)LBRVIRT_PV_ACTIVE) |
			 (active ? LBRVIRT_PV_ACTIVE : 0);
	int err = check_register(msr, true);

	if (err || value == old)
		return err;
	/* One that fails marks the kernel as tainted, too. */
	++*nr_writes;
	return machine->ops->msr_write(machine, cpu, msr, value);
}

int pv_msr_set_active(struct machine *machine, unsigned int cpu, uint32_t msr,
		      bool active, uint64_t *ret_old, uint64_t *nr_writes)
{
	uint64_t old;
	int err = pv_msr_read(machine, cpu, msr, &old);

	if (!err)
		err = pv_msr_write_active(machine, cpu, msr, old, active,
					  nr_writes);
	if (!err && ret_old)
		*ret_old = old;
	return err;
}

/* What a cause can be told from. */
struct surroundings {
	struct machine *machine;
	bool has_status; /* the three below are known */
	bool has_rawio;
	bool has_seccomp;
	bool is_initial_user_namespace;
};

static bool has_path(const struct surroundings *here, const char *path)
{
	return here->machine->ops->has_path(here->machine, path) == 1;
}

/* Whether the file is there and @word in it. */
static bool file_says(const struct surroundings *here, const char *path,
		      const char *word)
{
	struct buffer text = { NULL, 0, 0 };
	bool says = false;

	if (here->machine->ops->read_file(here->machine, path, &text) == 0)
		says = strstr((const char *)text.bytes, word) != NULL;
	buffer_fini(&text);
	return says;
}

static uint64_t find_number(const char *text, const char *name, int base)
{
	const char *found = strstr(text, name);

	return found ? strtoull(found + strlen(name), NULL, base) : 0;
}

/* "0 0 4294967295": all users, so the first namespace; the driver asks for
 * the capability there. */
static bool is_whole_user_map(struct machine *machine)
{
	struct buffer text = { NULL, 0, 0 };
	unsigned long first = 1;
	unsigned long outside = 1;
	unsigned long count = 0;
	bool is_whole = true;

	if (machine->ops->read_file(machine, "/proc/self/uid_map", &text) == 0)
		is_whole = sscanf((const char *)text.bytes, "%lu %lu %lu",
				  &first, &outside, &count) == 3 &&
			   first == 0 && outside == 0 &&
			   count == WHOLE_USER_MAP;
	buffer_fini(&text);
	return is_whole;
}

static void look_around(struct machine *machine, struct surroundings *here)
{
	struct buffer text = { NULL, 0, 0 };

	memset(here, 0, sizeof(*here));
	here->machine = machine;
	here->is_initial_user_namespace = is_whole_user_map(machine);
	if (machine->ops->read_file(machine, "/proc/self/status", &text) == 0) {
		const char *status = (const char *)text.bytes;

		here->has_status = true;
		here->has_rawio = find_number(status, "\nCapEff:", 16) &
				  CAP_RAWIO_BIT;
		here->has_seccomp = find_number(status, "\nSeccomp:", 10) != 0;
	}
	buffer_fini(&text);
}

/* In the order in which the driver asks, and only what it asks for a write. */
static const char *why_not_written(const struct surroundings *here)
{
	if (file_says(here, LOCKDOWN, "[integrity]") ||
	    file_says(here, LOCKDOWN, "[confidentiality]"))
		return "kernel lockdown forbids writing MSRs: it comes with Secure Boot or lockdown=; boot without, it cannot be lifted in a running kernel";
	if (file_says(here, ALLOW_WRITES, "off"))
		return "the msr module was told msr.allow_writes=off: echo default | sudo tee " ALLOW_WRITES;
	return NULL;
}

static const char *why_not_permitted(const struct surroundings *here,
				     bool is_write)
{
	const char *why = is_write ? why_not_written(here) : NULL;

	if (here->has_status && !here->has_rawio)
		return "MSRs need the capability CAP_SYS_RAWIO: run as root, or in a container that was started with --cap-add SYS_RAWIO";
	if (!here->is_initial_user_namespace)
		return "MSRs need CAP_SYS_RAWIO outside of this user namespace: run as root of the machine, not of a rootless container";
	if (why)
		return why;
	if (here->has_seccomp)
		return "a seccomp filter or the container's list of devices forbids " FIRST_NODE
		       ": run outside of the container or service, or start the container with --privileged";
	return "the control group's list of devices or a security module forbids " FIRST_NODE
	       ": run outside of the container or service, or start the container with --device " FIRST_NODE
	       " and those of the other CPUs";
}

/* 1: there is such a module to load; 0: there is none; -1: who knows. */
static int find_module(const struct surroundings *here)
{
	struct machine *machine = here->machine;
	struct buffer release = { NULL, 0, 0 };
	char path[300];
	int found = -1;

	if (machine->ops->read_file(machine, "/proc/sys/kernel/osrelease",
				    &release) == 0) {
		const char *text = (const char *)release.bytes;

		snprintf(path, sizeof(path), "/lib/modules/%.*s/modules.dep",
			 (int)strcspn(text, "\n"), text);
		if (has_path(here, path))
			found = file_says(here, path, "/msr.ko");
	}
	buffer_fini(&release);
	return found;
}

static const char *why_no_device(const struct surroundings *here)
{
	if (has_path(here, DRIVER))
		return "there is no " FIRST_NODE
		       " here though the kernel has the driver: a container needs --device " FIRST_NODE
		       " and those of the other CPUs";
	switch (find_module(here)) {
	case 1:
		return "the msr module is not loaded: sudo modprobe msr";
	case 0:
		return "this kernel has no MSR driver: boot one that was built with CONFIG_X86_MSR";
	default:
		return "there is no " FIRST_NODE
		       ": sudo modprobe msr; where there is no such module, boot a kernel that was built with CONFIG_X86_MSR";
	}
}

static const char *find_reason(const struct surroundings *here, int err,
			       bool is_write)
{
	switch (err) {
	case EPERM:
		return why_not_permitted(here, is_write);
	case EACCES:
		return "only root may open " FIRST_NODE ": run as root";
	case ENOENT:
	case ENOTDIR:
		return why_no_device(here);
	case ENXIO:
	case ENODEV:
		/* A node without its driver answers like a CPU offline. */
		if (!has_path(here, DRIVER))
			return why_no_device(here);
		return "the CPU is offline: bring it online, or leave it out";
	case EIO:
		if (is_write)
			return "the host refused the value: this register is not the protocol's; take the assertion back";
		return "the MSR faults when it is read: the host has no such register, or the CPU no MSRs; check msr= and the host's kernel";
	case ENOSYS:
		return "a seccomp filter hides the system calls that read and write files at an offset: run without it";
	default:
		return NULL;
	}
}

void pv_msr_explain(struct machine *machine, int err, bool is_write, char *text,
		    size_t size)
{
	struct surroundings here;
	const char *reason;

	err = err < 0 ? -err : err;
	look_around(machine, &here);
	reason = find_reason(&here, err, is_write);
	if (reason)
		snprintf(text, size, "%s", reason);
	else
		snprintf(text, size, "%s of " FIRST_NODE " failed: %s",
			 is_write ? "writing" : "reading", strerror(err));
}

/* The code of the public set that an access' errno stands for. */
static int public_code(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
	case ENOSYS:
		return EACCES;
	case ENOENT:
	case ENOTDIR:
		return ENOENT;
	default:
		return EIO;
	}
}

int pv_msr_error(struct lbrvirt_context *ctx, struct machine *machine,
		 unsigned int cpu, int err, bool is_write)
{
	char text[PV_WORDS_SIZE];

	pv_msr_explain(machine, err, is_write, text, sizeof(text));
	return error_set(ctx, public_code(err), "CPU %u: %s", cpu, text);
}
