/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who virtualises this machine: signatures in the hypervisor's CPUID leaves,
 * then DMI and ACPI for who runs it.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "guest/guest.h"
#include "machine/hypervisor.h"

#define DMI "/sys/class/dmi/id"

struct signature {
	char text[HYPERVISOR_SIGNATURE_SIZE + 1];
	enum lbrvirt_hypervisor hypervisor;
};

static const struct signature signatures[] = {
	{ HYPERVISOR_KVM, LBRVIRT_HV_KVM },
	{ "Linux KVM Hv", LBRVIRT_HV_KVM },
	{ "Microsoft Hv", LBRVIRT_HV_HYPERV },
	{ "VMwareVMware", LBRVIRT_HV_VMWARE },
	{ "XenVMMXenVMM", LBRVIRT_HV_XEN },
	{ "TCGTCGTCGTCG", LBRVIRT_HV_TCG },
	{ "bhyve bhyve ", LBRVIRT_HV_BHYVE },
	{ "ACRNACRNACRN", LBRVIRT_HV_ACRN },
	{ "Jailhouse\0\0\0", LBRVIRT_HV_JAILHOUSE },
	{ "VBoxVBoxVBox", LBRVIRT_HV_VIRTUALBOX },
	{ " lrpepyh  vr", LBRVIRT_HV_PARALLELS },
	{ " prl hyperv ", LBRVIRT_HV_PARALLELS },
};

#define NR_SIGNATURES (sizeof(signatures) / sizeof(signatures[0]))

const char *lbrvirt_hypervisor_name(enum lbrvirt_hypervisor hv)
{
	static const char *const names[] = {
		[LBRVIRT_HV_NONE] = "none (bare metal)",
		[LBRVIRT_HV_KVM] = "KVM",
		[LBRVIRT_HV_HYPERV] = "Hyper-V",
		[LBRVIRT_HV_VMWARE] = "VMware",
		[LBRVIRT_HV_XEN] = "Xen",
		[LBRVIRT_HV_TCG] = "QEMU without acceleration (TCG)",
		[LBRVIRT_HV_BHYVE] = "bhyve",
		[LBRVIRT_HV_ACRN] = "ACRN",
		[LBRVIRT_HV_JAILHOUSE] = "Jailhouse",
		[LBRVIRT_HV_VIRTUALBOX] = "VirtualBox",
		[LBRVIRT_HV_PARALLELS] = "Parallels",
		[LBRVIRT_HV_UNKNOWN] = "unknown hypervisor",
	};

	if ((int)hv < 0 || hv > LBRVIRT_HV_UNKNOWN)
		hv = LBRVIRT_HV_UNKNOWN;
	return names[hv];
}

static enum lbrvirt_hypervisor signature_at(struct machine *machine,
					    uint32_t leaf)
{
	char text[HYPERVISOR_SIGNATURE_SIZE];

	if (hypervisor_signature(machine, leaf, text))
		return LBRVIRT_HV_UNKNOWN;
	for (size_t i = 0; i < NR_SIGNATURES; i++)
		if (memcmp(text, signatures[i].text, sizeof(text)) == 0)
			return signatures[i].hypervisor;
	return LBRVIRT_HV_UNKNOWN;
}

static enum lbrvirt_hypervisor find_hypervisor(struct machine *machine)
{
	enum lbrvirt_hypervisor first =
		signature_at(machine, HYPERVISOR_LEAF_FIRST);

	if (first != LBRVIRT_HV_HYPERV && first != LBRVIRT_HV_UNKNOWN)
		return first;
	for (uint32_t leaf = HYPERVISOR_LEAF_FIRST + HYPERVISOR_LEAF_STEP;
	     leaf < HYPERVISOR_LEAF_END; leaf += HYPERVISOR_LEAF_STEP) {
		enum lbrvirt_hypervisor hv = signature_at(machine, leaf);

		if (hv != LBRVIRT_HV_UNKNOWN)
			return hv;
	}
	return first;
}

/* The asset tag of every virtual machine in Azure, as cloud-init and systemd
 * know it too. */
#define AZURE_TAG "7783-7084-3265-9085-8269-3286-77"

static enum guest_platform split_microsoft(struct machine *machine)
{
	struct buffer tag = { 0 };
	enum guest_platform platform = GUEST_PLATFORM_HYPERV;

	if (machine->ops->read_file(machine, DMI "/chassis_asset_tag", &tag) ==
		    0 &&
	    strncmp((const char *)tag.bytes, AZURE_TAG, strlen(AZURE_TAG)) == 0)
		platform = GUEST_PLATFORM_AZURE;
	buffer_fini(&tag);
	return platform;
}

struct dmi_vendor {
	const char *text; /* what sys_vendor begins with */
	enum guest_platform platform;
};

static const struct dmi_vendor dmi_vendors[] = {
	{ "QEMU", GUEST_PLATFORM_QEMU },
	{ "Cloud Hypervisor", GUEST_PLATFORM_CLOUD_HYPERVISOR },
	{ "Amazon EC2", GUEST_PLATFORM_EC2 },
	{ "Google", GUEST_PLATFORM_GOOGLE },
	{ "Microsoft Corporation", GUEST_PLATFORM_HYPERV },
};

/*
 * Firecracker shows no DMI. Its ACPI tables carry "FIRECK", readable by root;
 * others see its clock device, which with DMI could be another VMM's.
 */
static bool is_firecracker(struct machine *machine)
{
	struct buffer table = { 0 };
	bool is = false;

	if (machine->ops->has_path(machine, DMI) != 0)
		return false;
	if (machine->ops->read_file(machine, "/sys/firmware/acpi/tables/DSDT",
				    &table) == 0)
		is = table.size >= 16 &&
		     memcmp(table.bytes + 10, "FIRECK", 6) == 0;
	else
		is = machine->ops->has_path(
			     machine, "/sys/bus/acpi/devices/AMZNC10C:00") == 1;
	buffer_fini(&table);
	return is;
}

enum guest_platform guest_platform_find(struct machine *machine)
{
	enum guest_platform platform = GUEST_PLATFORM_UNKNOWN;
	struct buffer vendor = { 0 };

	if (is_firecracker(machine))
		return GUEST_PLATFORM_FIRECRACKER;
	if (machine->ops->read_file(machine, DMI "/sys_vendor", &vendor))
		return platform;
	for (size_t i = 0; i < sizeof(dmi_vendors) / sizeof(dmi_vendors[0]);
	     i++) {
		const struct dmi_vendor *d = &dmi_vendors[i];

		if (strncmp((const char *)vendor.bytes, d->text,
			    strlen(d->text)) == 0)
			platform = d->platform;
	}
	buffer_fini(&vendor);
	return platform == GUEST_PLATFORM_HYPERV ? split_microsoft(machine) :
						   platform;
}

static const char *platform_name(enum guest_platform platform)
{
	static const char *const names[] = {
		[GUEST_PLATFORM_UNKNOWN] = "",
		[GUEST_PLATFORM_FIRECRACKER] = ", Firecracker",
		[GUEST_PLATFORM_QEMU] = ", QEMU",
		[GUEST_PLATFORM_EC2] = ", Amazon EC2",
		[GUEST_PLATFORM_GOOGLE] = ", Google Cloud",
		[GUEST_PLATFORM_CLOUD_HYPERVISOR] = ", Cloud Hypervisor",
		[GUEST_PLATFORM_AZURE] = ", Azure",
		[GUEST_PLATFORM_HYPERV] = "",
	};

	return names[platform];
}

/* Xen's paravirtual guests run CPUID by themselves and see the CPU's own
 * answers; the kernel knows (Documentation/ABI/stable/sysfs-hypervisor-xen). */
static enum lbrvirt_hypervisor
find_paravirtual(const struct lbrvirt_guest *guest)
{
	char line[16];

	if (guest_read_line(guest, "/sys/hypervisor/type", line,
			    sizeof(line)) &&
	    strcmp(line, "xen") == 0)
		return LBRVIRT_HV_XEN;
	return LBRVIRT_HV_NONE;
}

/* To Linux guests VirtualBox shows KVM's signature unless told otherwise, and
 * Hyper-V's if told so (VMM/VMMR3/GIMKvm.cpp, GIMHv.cpp); DMI keeps the name of
 * its first maker. */
static bool is_virtualbox(const struct lbrvirt_guest *guest)
{
	char line[32];

	return guest_read_line(guest, DMI "/sys_vendor", line, sizeof(line)) &&
	       strcmp(line, "innotek GmbH") == 0;
}

void guest_hypervisor_look(const struct guest_look *look)
{
	struct lbrvirt_guest *guest = look->guest;
	struct cpuid_regs regs;

	if (machine_cpuid(guest->machine, 1, 0, &regs)) {
		guest->hypervisor = LBRVIRT_HV_UNKNOWN;
		look->gate->is_known = false;
		guest_say(look->texts->value, "no CPUID to ask");
		return;
	}
	if (!hypervisor_is_there(guest->machine)) {
		guest->hypervisor = find_paravirtual(guest);
		guest_say(look->texts->value, "%s",
			  lbrvirt_hypervisor_name(guest->hypervisor));
		return;
	}
	guest->hypervisor = find_hypervisor(guest->machine);
	if (is_virtualbox(guest))
		guest->hypervisor = LBRVIRT_HV_VIRTUALBOX;
	guest->platform = guest_platform_find(guest->machine);
	guest_say(look->texts->value, "%s%s",
		  lbrvirt_hypervisor_name(guest->hypervisor),
		  platform_name(guest->platform));
}
