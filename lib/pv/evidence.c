/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each letter is a function in a table. What mainline KVM has where the
 * protocol of 2018 was: arch/x86/include/uapi/asm/kvm_para.h of Linux, feature
 * bits 12 (POLL_CONTROL, 5.3) to 17. The protocol's tree ended at bit 11, so
 * on a host that kept to it nothing stands above 12.
 */
#include "config.h"

#include "pv/evidence.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "guest/guest.h"
#include "machine/hypervisor.h"
#include "pv/journal.h"
#include "pv/msr.h"

#define BIT_LATER_FIRST 13u /* PV_SCHED_YIELD, Linux 5.3 as bit 12 */
#define BIT_LATER_LAST	17u /* MIGRATION_CONTROL */
#define HINTS_REALTIME	(1u << 0)
#define PDCM		(1u << 15) /* CPUID.1:ECX */
#define ARCH_LBR	(1u << 19) /* CPUID.7:EDX */
#define LBR_FORMAT	0x3fu	   /* of IA32_PERF_CAPABILITIES */
#define CPUIDLE		"/sys/devices/system/cpu/cpuidle/current_driver"
#define EVENT_SOURCES	"/sys/bus/event_source/devices/"

void pv_look_value(const struct pv_look *look, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(look->texts->value, sizeof(look->texts->value), format, ap);
	va_end(ap);
	printable_clean(look->texts->value);
}

void pv_look_words(const struct pv_look *look, enum lbrvirt_pv_saying saying,
		   const char *format, ...)
{
	va_list ap;

	look->evidence->saying = saying;
	va_start(ap, format);
	vsnprintf(look->texts->words, sizeof(look->texts->words), format, ap);
	va_end(ap);
}

void pv_look_veto(const struct pv_look *look, enum lbrvirt_pv_saying saying,
		  const char *format, ...)
{
	va_list ap;

	look->evidence->saying = saying;
	look->evidence->is_veto = true;
	va_start(ap, format);
	vsnprintf(look->texts->words, sizeof(look->texts->words), format, ap);
	va_end(ap);
}

static bool has_bit(const struct pv_look *look)
{
	return look->features & (1u << look->assertion->bit);
}

bool pv_look_may_read(const struct pv_look *look)
{
	return look->pv->kvm_leaf &&
	       (has_bit(look) || look->assertion->mode == LBRVIRT_PV_FORCE);
}

/* Whose leaves they are, if not KVM's. */
static void say_other_hypervisor(const struct pv_look *look)
{
	char text[HYPERVISOR_SIGNATURE_SIZE];

	if (hypervisor_signature(look->machine, HYPERVISOR_LEAF_FIRST, text))
		return;
	for (size_t i = 0; i < sizeof(text); i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	pv_look_value(look, "\"%.12s\" at 0x%x", text, HYPERVISOR_LEAF_FIRST);
}

static void look_at_signature(const struct pv_look *look)
{
	unsigned int bit = look->assertion->bit;
	struct cpuid_regs regs;

	if (machine_cpuid(look->machine, 1, 0, &regs)) {
		look->evidence->is_known = false;
		pv_look_value(look, "no CPUID");
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_NONE,
			"not x86, or CPUID was not saved: the protocol is KVM's on x86");
	} else if (!hypervisor_is_there(look->machine)) {
		pv_look_value(look, "bare metal");
		pv_look_veto(look, LBRVIRT_PV_SAYS_NONE,
			     "no hypervisor, so nobody to speak it");
	} else if (!look->pv->kvm_leaf) {
		say_other_hypervisor(look);
		pv_look_veto(look, LBRVIRT_PV_SAYS_NONE,
			     "KVM's signature is at no leaf from 0x%x to 0x%x",
			     HYPERVISOR_LEAF_FIRST, HYPERVISOR_LEAF_END);
	} else {
		pv_look_value(look, "KVM at 0x%08x, EAX 0x%08x",
			      look->pv->kvm_leaf, look->features);
		if (has_bit(look))
			pv_look_words(look, LBRVIRT_PV_SAYS_POSSIBLE,
				      "bit %u is set", bit);
		else
			pv_look_veto(look, LBRVIRT_PV_SAYS_NONE,
				     "bit %u is clear: not offered", bit);
	}
}

/* "13, 14" of EAX; "" none. */
static void list_later_bits(uint32_t features, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned int bit = BIT_LATER_FIRST; bit <= BIT_LATER_LAST; bit++)
		if (features & (1u << bit))
			length += (size_t)snprintf(text + length, size - length,
						   "%s%u", length ? ", " : "",
						   bit);
}

static void look_at_numbering(const struct pv_look *look)
{
	char bits[32];

	if (!look->pv->kvm_leaf) {
		look->evidence->is_known = false;
		pv_look_words(look, LBRVIRT_PV_SAYS_NOTHING,
			      "KVM's leaves are not there");
		return;
	}
	list_later_bits(look->features, bits, sizeof(bits));
	pv_look_value(look, "%s%s of bits 13 to 17", bits,
		      bits[0] ? "" : "none");
	if (pv_is_renumbered(look->pv))
		pv_look_words(
			look, LBRVIRT_PV_SAYS_NOTHING,
			"bit %u and MSR 0x%x were asserted: mainline's bits are beside them",
			look->assertion->bit, look->assertion->msr);
	else if (bits[0])
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_POLL_CONTROL,
			"KVM of Linux 5.3 or later, which has halt polling at bit 12 and MSR 0x4b564d05");
	else
		pv_look_words(
			look, LBRVIRT_PV_SAYS_POSSIBLE,
			"nothing later than bit 12, as on a host with the protocol; a later one whose VMM hides them looks the same");
}

static bool is_intel(const struct pv_look *look, char ret_vendor[13])
{
	struct cpuid_regs regs;

	memset(ret_vendor, 0, 13);
	if (machine_cpuid(look->machine, 0, 0, &regs))
		return false;
	memcpy(ret_vendor, &regs.ebx, 4);
	memcpy(ret_vendor + 4, &regs.edx, 4);
	memcpy(ret_vendor + 8, &regs.ecx, 4);
	return strcmp(ret_vendor, "GenuineIntel") == 0;
}

static void look_at_vendor(const struct pv_look *look)
{
	char vendor[13];
	bool is = is_intel(look, vendor);

	for (size_t i = 0; vendor[i]; i++)
		if (vendor[i] < ' ' || vendor[i] > '~')
			vendor[i] = '.';
	look->evidence->is_known = vendor[0];
	pv_look_value(look, "%s", vendor);
	if (is)
		pv_look_words(look, LBRVIRT_PV_SAYS_POSSIBLE,
			      "the protocol was made for Intel's LBR");
	else
		pv_look_veto(look,
			     pv_is_renumbered(look->pv) ?
				     LBRVIRT_PV_SAYS_USELESS :
				     LBRVIRT_PV_SAYS_POLL_CONTROL,
			     "the protocol was made for Intel's LBR alone");
}

/* The format's number, or -errno; -EAGAIN: not to be read. */
static int read_lbr_format(const struct pv_look *look)
{
	unsigned int cpu = look->pv->nr_cpus ? look->pv->cpus[0].cpu : 0;
	uint64_t capabilities;
	int err;

	if (!pv_look_may_read(look))
		return -EAGAIN;
	err = pv_msr_read(look->machine, cpu, PV_MSR_PERF_CAPABILITIES,
			  &capabilities);
	return err ? err : (int)(capabilities & LBR_FORMAT);
}

static void judge_lbr_format(const struct pv_look *look, unsigned int version,
			     int format)
{
	if (format > 0) {
		pv_look_value(look, "PMU version %u, PDCM, LBR format %d",
			      version, format);
		pv_look_words(look, LBRVIRT_PV_SAYS_POSSIBLE,
			      "there is an LBR that it could protect");
	} else if (format == 0 || format == -EIO) {
		pv_look_value(look, "PMU version %u, PDCM, LBR format %s",
			      version, format ? "faults" : "0");
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_USELESS,
			"the host shows no LBR, so there is nothing to protect");
	} else {
		pv_look_value(look, "PMU version %u, PDCM", version);
		pv_look_words(
			look, LBRVIRT_PV_SAYS_POSSIBLE,
			"there may be an LBR that it could protect; MSR 0x345, which says so, was not read");
	}
}

static void look_at_lbr(const struct pv_look *look)
{
	struct cpuid_regs pmu, leaf1, leaf7;
	unsigned int version;

	if (machine_cpuid(look->machine, 0xa, 0, &pmu) ||
	    machine_cpuid(look->machine, 1, 0, &leaf1) ||
	    machine_cpuid(look->machine, 7, 0, &leaf7)) {
		look->evidence->is_known = false;
		return;
	}
	version = pmu.eax & 0xff;
	if (version < 2) {
		pv_look_value(look, "PMU version %u", version);
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_USELESS,
			"the guest kernel's LBR driver takes version 2: no LBR that it could protect");
	} else if (leaf7.edx & ARCH_LBR) {
		pv_look_value(look, "architectural LBR");
		pv_look_veto(look, LBRVIRT_PV_SAYS_USELESS,
			     "newer than the protocol, which does not know it");
	} else if (!(leaf1.ecx & PDCM)) {
		pv_look_value(look, "PMU version %u, no PDCM", version);
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_USELESS,
			"hosts with the protocol show PDCM and MSR 0x345; without them the kernel has no LBR");
	} else {
		judge_lbr_format(look, version, read_lbr_format(look));
	}
}

/* cpuidle-haltpoll writes 0 to the MSR when a CPU comes online, and 1 when the
 * driver goes: it would undo what we do, and we what it does. */
static void look_at_cpuidle(const struct pv_look *look)
{
	struct buffer text = { NULL, 0, 0 };
	int err = look->machine->ops->read_file(look->machine, CPUIDLE, &text);
	const char *driver = err ? "none" : (const char *)text.bytes;

	look->evidence->is_known = !err || err == -ENOENT;
	pv_look_value(look, "%.*s", (int)strcspn(driver, "\n"), driver);
	if (strncmp(driver, "haltpoll", 8) != 0)
		pv_look_words(look, LBRVIRT_PV_SAYS_NOTHING, "%s",
			      look->evidence->is_known ?
				      "this kernel does not use halt polling" :
				      CPUIDLE " cannot be read");
	else if (pv_is_renumbered(look->pv))
		pv_look_words(
			look, LBRVIRT_PV_SAYS_NOTHING,
			"this kernel uses bit 12 for halt polling; another was asserted");
	else
		pv_look_veto(
			look, LBRVIRT_PV_SAYS_POLL_CONTROL,
			"this kernel itself uses the MSR for halt polling and writes it");
	buffer_fini(&text);
}

static void look_at_platform(const struct pv_look *look)
{
	static const char *const names[GUEST_PLATFORM_COUNT] = {
		[GUEST_PLATFORM_FIRECRACKER] = "Firecracker",
		[GUEST_PLATFORM_EC2] = "Amazon EC2",
		[GUEST_PLATFORM_GOOGLE] = "Google Cloud",
	};
	const char *name = names[guest_platform_find(look->machine)];
	bool is_realtime = look->hints & HINTS_REALTIME;

	pv_look_value(look, "%s%s%s", name ? name : "",
		      name && is_realtime ? ", " : "",
		      is_realtime ? "hint: CPUs of its own" :
		      name	  ? "" :
				    "none that is known for it");
	if (pv_is_renumbered(look->pv) || (!name && !is_realtime))
		pv_look_words(look, LBRVIRT_PV_SAYS_NOTHING,
			      "says nothing of the host's KVM");
	else if (name)
		pv_look_words(
			look, LBRVIRT_PV_SAYS_POLL_CONTROL,
			"hosts of this kind run KVM with halt polling; no veto by itself");
	else
		pv_look_words(
			look, LBRVIRT_PV_SAYS_POLL_CONTROL,
			"KVM_HINTS_REALTIME came shortly before halt polling, which guests choose by it; no veto by itself");
}

static void look_at_driver(const struct pv_look *look)
{
	static const char *const files[] = {
		EVENT_SOURCES "cpu/caps/branches",
		EVENT_SOURCES "cpu_core/caps/branches",
	};
	uint64_t depth = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !depth; i++)
		if (machine_read_u64(look->machine, files[i], &depth))
			depth = 0;
	if (depth) {
		pv_look_value(look, "%u branches deep", (unsigned int)depth);
		pv_look_words(
			look, LBRVIRT_PV_SAYS_POSSIBLE,
			"the kernel drives an LBR: mainline KVM saves it by itself, and a kernel with the protocol asks for that by itself, which is tested before anything is written");
	} else {
		pv_look_value(look, "no caps/branches");
		pv_look_words(look, LBRVIRT_PV_SAYS_NOTHING,
			      "the kernel drives no LBR");
	}
}

struct letter {
	const char *name;
	void (*look)(const struct pv_look *look);
};

static const struct letter letters[] = {
	[PV_SIGNATURE] = { "signature", look_at_signature },
	[PV_NUMBERING] = { "numbering", look_at_numbering },
	[PV_VENDOR] = { "vendor", look_at_vendor },
	[PV_LBR] = { "lbr", look_at_lbr },
	[PV_MSR] = { "msr", evidence_msr_look },
	[PV_CPUIDLE] = { "cpuidle", look_at_cpuidle },
	[PV_PLATFORM] = { "platform", look_at_platform },
	[PV_DRIVER] = { "driver", look_at_driver },
};

_Static_assert(sizeof(letters) / sizeof(letters[0]) ==
		       LBRVIRT_PV_EVIDENCE_COUNT,
	       "a letter without a look");

static void read_features(struct pv_look *look)
{
	struct machine *machine = look->machine;
	uint32_t leaf = 0;
	struct cpuid_regs regs;

	if (hypervisor_is_there(machine))
		leaf = hypervisor_find(machine, HYPERVISOR_KVM);
	if (!leaf || machine->ops->cpuid(machine, leaf | 1, 0, &regs))
		return;
	look->pv->kvm_leaf = leaf;
	look->features = regs.eax;
	look->hints = regs.edx;
}

static void look_at(struct pv_look *look, size_t i)
{
	look->evidence = &look->pv->evidence[i];
	look->texts = &look->pv->texts[i];
	*look->evidence = (struct lbrvirt_pv_evidence){
		.letter = (char)('A' + i),
		.name = letters[i].name,
		.value = look->texts->value,
		.words = look->texts->words,
		.is_known = true,
	};
	letters[i].look(look);
}

int evidence_collect(struct lbrvirt_context *ctx, struct machine *machine,
		     const struct pv_paths *paths, struct lbrvirt_pv *pv)
{
	struct pv_look look = {
		.machine = machine,
		.pv = pv,
		.assertion = &pv->assertion,
		.is_saved = !paths,
	};
	int err;

	assert(machine && pv);

	read_features(&look);
	err = evidence_msr_read(&look);
	if (!err && paths)
		err = journal_look(ctx, paths, pv);
	/* The journal is root's, and so are MSRs: others do without. */
	if (err && (err != -EACCES || geteuid() == 0))
		return err;
	for (size_t i = 0; i < LBRVIRT_PV_EVIDENCE_COUNT; i++)
		look_at(&look, i);
	return 0;
}
