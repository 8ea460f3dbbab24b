// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * What the CPUID instruction tells the programs in which it is probed: KVM,
 * with the features of today's setting, where there is but qemu's TCG. Writing
 * "FILE OFFSET" to /sys/kernel/debug/lbrplay/cpuid names one such instruction.
 *
 * A user probe's handler can change registers, but not where the program goes
 * on, so the instruction is executed all the same: a probe on it remembers
 * what was asked, and a second one, behind it, puts the answer in place of
 * the CPU's.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>

#include "lbrplay.h"

/* Both bytes are the same in every program: 0f a2. */
#define CPUID_SIZE 2
#define QUESTIONS  32

#define PDCM	   (1u << 15) /* of leaf 1, ECX */
#define HYPERVISOR (1u << 31)

struct question {
	struct task_struct *task; /* NULL: free; never followed */
	u32 leaf;
	u32 subleaf;
};
static struct question questions[QUESTIONS];
static unsigned int next_question;
static DEFINE_SPINLOCK(lock);

struct instruction {
	struct list_head list;
	struct inode *inode;
	loff_t offset;
	struct uprobe_consumer before;
	struct uprobe_consumer after;
};
static LIST_HEAD(instructions);
static DEFINE_MUTEX(instructions_lock);

/* A task that died between its probes has left its question. */
static int remember(struct uprobe_consumer *self, struct pt_regs *regs)
{
	struct question *q;

	if (!lbrplay_set.kvm)
		return 0;
	spin_lock(&lock);
	q = &questions[next_question++ % QUESTIONS];
	q->task = current;
	q->leaf = regs->ax;
	q->subleaf = regs->cx;
	spin_unlock(&lock);
	return 0;
}

static bool recall(struct question *ret)
{
	bool is_found = false;

	spin_lock(&lock);
	for (int i = 0; i < QUESTIONS; i++) {
		struct question *q = &questions[i];

		if (q->task != current)
			continue;
		*ret = *q;
		q->task = NULL;
		is_found = true;
	}
	spin_unlock(&lock);
	return is_found;
}

static void set_regs(struct pt_regs *regs, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	regs->ax = eax;
	regs->bx = ebx;
	regs->cx = ecx;
	regs->dx = edx;
}

/* Leaf 0xa: EAX version, 4 counters of 48 bits, 7 events. */
static u32 pmu_leaf(void)
{
	int version = lbrplay_set.pmu_version;

	return version ? 7 << 24 | 48 << 16 | 4 << 8 | version : 0;
}

static int answer(struct uprobe_consumer *self, struct pt_regs *regs)
{
	struct question q;

	if (!recall(&q))
		return 0;
	switch (q.leaf) {
	case 1:
		regs->cx |= HYPERVISOR;
		regs->cx &= ~(u64)PDCM;
		regs->cx |= lbrplay_set.pdcm ? PDCM : 0;
		break;
	case 0xa:
		set_regs(regs, pmu_leaf(), 0, 0, 0);
		break;
	case 0x40000000: /* "KVMKVMKVM" */
		set_regs(regs, 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d);
		break;
	case 0x40000001:
		set_regs(regs, lbrplay_set.kvm_features, 0, 0,
			 lbrplay_set.kvm_hints);
		break;
	}
	atomic64_inc(&lbrplay_count.cpuid);
	return 0;
}

/* --- the probes --- */

static void free_instruction(struct instruction *i)
{
	iput(i->inode);
	kfree(i);
}

static int add_probes(struct instruction *i)
{
	int err = uprobe_register(i->inode, i->offset, &i->before);

	if (err)
		return err;
	err = uprobe_register(i->inode, i->offset + CPUID_SIZE, &i->after);
	if (err)
		uprobe_unregister(i->inode, i->offset, &i->before);
	return err;
}

static int add_instruction(const char *path, loff_t offset)
{
	struct instruction *i = kzalloc(sizeof(*i), GFP_KERNEL);
	struct file *file;
	int err;

	if (!i)
		return -ENOMEM;
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file)) {
		kfree(i);
		return PTR_ERR(file);
	}
	i->inode = igrab(file_inode(file));
	filp_close(file, NULL);
	i->offset = offset;
	i->before.handler = remember;
	i->after.handler = answer;
	err = add_probes(i);
	if (err) {
		free_instruction(i);
		return err;
	}
	mutex_lock(&instructions_lock);
	list_add(&i->list, &instructions);
	mutex_unlock(&instructions_lock);
	return 0;
}

static ssize_t cpuid_write(struct file *file, const char __user *user,
			   size_t size, loff_t *pos)
{
	char text[256] = "", path[200];
	loff_t offset;
	int err;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	if (sscanf(text, "%199s %lli", path, &offset) != 2)
		return -EINVAL;
	err = add_instruction(path, offset);
	return err ? err : size;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.write = cpuid_write,
};

void cpuid_init(struct dentry *folder)
{
	debugfs_create_file("cpuid", 0200, folder, NULL, &fops);
}

/* After the file is gone. */
void cpuid_fini(void)
{
	struct instruction *i, *next;

	list_for_each_entry_safe(i, next, &instructions, list)
	{
		uprobe_unregister(i->inode, i->offset, &i->before);
		uprobe_unregister(i->inode, i->offset + CPUID_SIZE, &i->after);
		free_instruction(i);
	}
}
