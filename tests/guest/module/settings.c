// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * The module's parameters, all writable at run time under
 * /sys/module/lbrplay/parameters, and its counters, readable as
 * "name value" lines in /sys/kernel/debug/lbrplay/counters. Writing
 * anything to .../reset zeroes the counters and the truth log.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "lbrplay.h"

struct lbrplay_settings lbrplay_set = {
	.depth = 32,
	.callstack = 1,
	.forget = 1,
	.seed = 1,
	.control_msr = 0x4b564d05,
	.perf_capabilities = 0x2005,
	.kvm_features = 0x01001efb,
	.pmu_version = 2,
	.pdcm = 1,
};
struct lbrplay_counters lbrplay_count;

static struct dentry *folder;

#define SETTING(name, text)                                    \
	module_param_named(name, lbrplay_set.name, int, 0644); \
	MODULE_PARM_DESC(name, text)

static int set_depth(const char *text, const struct kernel_param *param)
{
	int depth, err;

	err = kstrtoint(text, 0, &depth);
	if (err)
		return err;
	if (depth != 0 && depth != 16 && depth != 32 && depth != 64)
		return -EINVAL;
	lbrplay_set.depth = depth;
	return pmu_update_caps();
}

static const struct kernel_param_ops depth_ops = {
	.set = set_depth,
	.get = param_get_int,
};

static int set_control(const char *text, const struct kernel_param *param)
{
	int err = param_set_int(text, param);

	if (!err)
		msr_reset();
	return err;
}

static const struct kernel_param_ops control_ops = {
	.set = set_control,
	.get = param_get_int,
};

module_param_cb(depth, &depth_ops, &lbrplay_set.depth, 0644);
MODULE_PARM_DESC(depth, "LBR entries: 16, 32, 64, or 0 for none");
SETTING(vendor, "0 Intel, 1 AMD LbrExtV2: no call-stack mode");
SETTING(callstack, "0: no call-stack mode, as before Haswell");
SETTING(refuse, "errno that opening fails with, 0 for none");
SETTING(refuse_what, "refuse 0 call stacks, 1 branch stacks, 2 all");
SETTING(silent, "1: events open, never count, never fire");
SETTING(empty, "1: nr 0; 2: nr 0 and no hw_idx, as if no LBR was read");
SETTING(arch, "1: hw_idx always 0, as architectural LBR gives it");
SETTING(pollution, "percent of stacks that are another's");
SETTING(pollution_kind, "0 another thread, 1 own on top of it, 2 stranger");
SETTING(forget, "1: deep calls overwrite the oldest for good");
SETTING(foreign, "1: hand out samples of unlogged code too");
SETTING(seed, "of the pollution's dice");
SETTING(host_saves, "1: no pollution on CPUs where ACTIVE is set");
module_param_cb(control, &control_ops, &lbrplay_set.control, 0644);
MODULE_PARM_DESC(control, "MSR: 1 host of 2018, 2 POLL_CONTROL, 3 faults");
SETTING(control_msr, "its number");
SETTING(perf_capabilities, "MSR 0x345; -1: reading it faults");
SETTING(kernel_drives, "1: the guest kernel sets ACTIVE");
SETTING(kvm, "1: CPUID is KVM's, where it is probed");
SETTING(kvm_features, "CPUID 0x40000001, EAX");
SETTING(kvm_hints, "CPUID 0x40000001, EDX");
SETTING(pmu_version, "CPUID 0xa");
SETTING(pdcm, "CPUID 1: there is an MSR 0x345");

#define LINE(name)                       \
	seq_printf(seq, #name " %lld\n", \
		   (long long)atomic64_read(&lbrplay_count.name))

static int counters_show(struct seq_file *seq, void *unused)
{
	LINE(opened);
	LINE(refused);
	LINE(fired);
	LINE(held_back);
	LINE(samples);
	LINE(stacks);
	LINE(polluted);
	LINE(empty);
	LINE(full);
	LINE(truncated);
	LINE(by_log);
	LINE(by_frames);
	LINE(foreign);
	LINE(branches);
	LINE(mispredicted);
	LINE(truth_lost);
	LINE(msr_reads);
	LINE(msr_writes);
	LINE(msr_faults);
	LINE(cpuid);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static ssize_t reset_write(struct file *file, const char __user *text,
			   size_t size, loff_t *offset)
{
	memset(&lbrplay_count, 0, sizeof(lbrplay_count));
	truth_reset();
	msr_reset();
	return size;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.write = reset_write,
};

int settings_init(void)
{
	int err;

	folder = debugfs_create_dir("lbrplay", NULL);
	err = msr_init(folder);
	if (err) {
		debugfs_remove_recursive(folder);
		return err;
	}
	cpuid_init(folder);
	debugfs_create_file("counters", 0444, folder, NULL, &counters_fops);
	debugfs_create_file("reset", 0200, folder, NULL, &reset_fops);
	debugfs_create_file("truth", 0444, folder, NULL, truth_fops());
	return 0;
}

void settings_fini(void)
{
	debugfs_remove_recursive(folder);
	cpuid_fini();
	msr_fini();
}
