// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * Two registers behind the real msr.ko: the paravirtual control MSR, of which
 * each CPU has its own, and IA32_PERF_CAPABILITIES. Probes on the functions
 * that msr.ko calls lead those who ask for these registers here; all others
 * go on to the CPU's own.
 *
 * What was asked for is told by /sys/kernel/debug/lbrplay/accesses, a line
 * each, oldest first; .../control has each CPU's value, and takes
 * "CPU VALUE" to change it behind everybody's back.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/syscore_ops.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "lbrplay.h"

#define ACTIVE		  1ULL
#define PERF_CAPABILITIES 0x345

/* The first so many since the last reset; the counters go on. */
#define ACCESSES_MAX 16384

struct access {
	u64 time;
	u64 value;
	pid_t pid;
	u32 msr;
	u32 cpu;
	int err;
	bool is_write;
	char comm[TASK_COMM_LEN];
};
static struct access *accesses;
static u32 nr_accesses;

static DEFINE_PER_CPU(u64, control);
static DEFINE_RAW_SPINLOCK(lock);

static u64 reset_value(void)
{
	return lbrplay_set.control == LBRPLAY_POLL_CONTROL;
}

void msr_reset(void)
{
	unsigned int cpu;
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(control, cpu), reset_value());
	nr_accesses = 0;
	raw_spin_unlock_irqrestore(&lock, flags);
}

bool msr_is_active(void)
{
	return lbrplay_set.control == LBRPLAY_PV_LBR &&
	       (READ_ONCE(*this_cpu_ptr(&control)) & ACTIVE);
}

void msr_kernel_set(bool is_active)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(*this_cpu_ptr(&control), is_active ? ACTIVE : 0);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* --- accesses --- */

static bool is_played(u32 msr)
{
	return lbrplay_set.control &&
	       (msr == lbrplay_set.control_msr || msr == PERF_CAPABILITIES);
}

/* Under the lock. */
static void log_access(const struct access *access)
{
	atomic64_inc(access->is_write ? &lbrplay_count.msr_writes :
					&lbrplay_count.msr_reads);
	if (access->err)
		atomic64_inc(&lbrplay_count.msr_faults);
	if (nr_accesses < ACCESSES_MAX)
		accesses[nr_accesses++] = *access;
}

static int read_register(const struct access *access, u64 *ret_value)
{
	if (access->msr == PERF_CAPABILITIES) {
		if (lbrplay_set.perf_capabilities < 0)
			return -EIO;
		*ret_value = lbrplay_set.perf_capabilities;
		return 0;
	}
	if (lbrplay_set.control == LBRPLAY_FAULTS)
		return -EIO;
	*ret_value = per_cpu(control, access->cpu);
	return 0;
}

/* The 2018 patches do not say what their host does with bits but ACTIVE. */
static int write_register(const struct access *access)
{
	if (access->msr == PERF_CAPABILITIES ||
	    lbrplay_set.control == LBRPLAY_FAULTS || (access->value & ~ACTIVE))
		return -EIO;
	WRITE_ONCE(per_cpu(control, access->cpu), access->value);
	return 0;
}

/* An offline CPU cannot be asked, so it is not: -ENXIO, and no line. */
static int do_access(struct access *access)
{
	if (access->cpu >= nr_cpu_ids || !cpu_online(access->cpu))
		return -ENXIO;
	access->time = ktime_get_mono_fast_ns();
	access->pid = task_tgid_nr(current);
	memcpy(access->comm, current->comm, sizeof(access->comm));
	raw_spin_lock_irq(&lock);
	access->err = access->is_write ? write_register(access) :
					 read_register(access, &access->value);
	log_access(access);
	raw_spin_unlock_irq(&lock);
	return access->err;
}

static int played_rdmsr(unsigned int cpu, u32 msr, u32 *low, u32 *high)
{
	struct access access = { .cpu = cpu, .msr = msr };
	int err = do_access(&access);

	*low = lower_32_bits(access.value);
	*high = upper_32_bits(access.value);
	return err;
}

static int played_wrmsr(unsigned int cpu, u32 msr, u32 low, u32 high)
{
	struct access access = {
		.cpu = cpu,
		.msr = msr,
		.value = (u64)high << 32 | low,
		.is_write = true,
	};

	return do_access(&access);
}

/* --- the way here --- */

static int lead_read(struct kprobe *probe, struct pt_regs *regs)
{
	if (!is_played(regs->si))
		return 0;
	regs->ip = (unsigned long)played_rdmsr;
	return 1;
}

static int lead_write(struct kprobe *probe, struct pt_regs *regs)
{
	if (!is_played(regs->si))
		return 0;
	regs->ip = (unsigned long)played_wrmsr;
	return 1;
}

static struct kprobe read_probe = {
	.symbol_name = "rdmsr_safe_on_cpu",
	.pre_handler = lead_read,
};
static struct kprobe write_probe = {
	.symbol_name = "wrmsr_safe_on_cpu",
	.pre_handler = lead_write,
};

/* --- what is shown --- */

static void *accesses_start(struct seq_file *seq, loff_t *pos)
{
	return *pos < READ_ONCE(nr_accesses) ? &accesses[*pos] : NULL;
}

static void *accesses_next(struct seq_file *seq, void *entry, loff_t *pos)
{
	++*pos;
	return accesses_start(seq, pos);
}

static void accesses_stop(struct seq_file *seq, void *entry)
{
}

static int accesses_show(struct seq_file *seq, void *entry)
{
	const struct access *a = entry;

	seq_printf(seq, "%llu.%06llu cpu %u %s 0x%x 0x%llx %s pid %d %s\n",
		   a->time / NSEC_PER_SEC,
		   a->time % NSEC_PER_SEC / NSEC_PER_USEC, a->cpu,
		   a->is_write ? "wr" : "rd", a->msr, a->value,
		   a->err ? "faults" : "ok", a->pid, a->comm);
	return 0;
}

static const struct seq_operations accesses_sops = {
	.start = accesses_start,
	.next = accesses_next,
	.stop = accesses_stop,
	.show = accesses_show,
};
DEFINE_SEQ_ATTRIBUTE(accesses);

static int control_show(struct seq_file *seq, void *unused)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) seq_printf(seq, "%u 0x%llx\n", cpu,
					     READ_ONCE(per_cpu(control, cpu)));
	return 0;
}

static ssize_t control_write(struct file *file, const char __user *user,
			     size_t size, loff_t *offset)
{
	char text[64] = "";
	unsigned int cpu;
	u64 value;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	if (sscanf(text, "%u %lli", &cpu, &value) != 2 || !cpu_possible(cpu))
		return -EINVAL;
	raw_spin_lock_irq(&lock);
	WRITE_ONCE(per_cpu(control, cpu), value);
	raw_spin_unlock_irq(&lock);
	return size;
}

static int control_open(struct inode *inode, struct file *file)
{
	return single_open(file, control_show, NULL);
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.read = seq_read,
	.write = control_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* Suspended to memory, a machine comes back with the registers of a new one. */
static void resume(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(control, cpu), reset_value());
}

static struct syscore_ops syscore_ops = {
	.resume = resume,
};

int msr_init(struct dentry *folder)
{
	int err;

	accesses = vcalloc(ACCESSES_MAX, sizeof(*accesses));
	if (!accesses)
		return -ENOMEM;
	err = register_kprobe(&read_probe);
	if (err)
		goto fail_accesses;
	err = register_kprobe(&write_probe);
	if (err)
		goto fail_read;
	register_syscore_ops(&syscore_ops);
	debugfs_create_file("accesses", 0444, folder, NULL, &accesses_fops);
	debugfs_create_file("control", 0644, folder, NULL, &control_fops);
	return 0;

fail_read:
	unregister_kprobe(&read_probe);
fail_accesses:
	vfree(accesses);
	return err;
}

/* After the files are gone. */
void msr_fini(void)
{
	unregister_syscore_ops(&syscore_ops);
	unregister_kprobe(&write_probe);
	unregister_kprobe(&read_probe);
	vfree(accesses);
}
