/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KVM's side of a vCPU: memory, vectors, the segments of real mode, CPUID, the
 * MSR filter (KVM_X86_SET_MSR_FILTER: a bit that is 0 denies the access, and
 * KVM_CAP_X86_USER_SPACE_MSR makes of the denial an exit to us).
 */
#include "config.h"

#include "kvm/vcpu.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { VECTOR_GP = 13, REAL_MODE_LIMIT = 0xffff, BITMAP_SIZE = 8 };

static const char *missing_capability(int kvm_fd)
{
	int reasons =
		ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_X86_USER_SPACE_MSR);

	if (ioctl(kvm_fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return "/dev/kvm is of another API version";
	/* Linux 5.10 brought both. The answer is 1 or the reasons, by age. */
	if (reasons <= 0)
		return "this KVM lacks KVM_CAP_X86_USER_SPACE_MSR";
	if (ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_X86_MSR_FILTER) <= 0)
		return "this KVM lacks KVM_CAP_X86_MSR_FILTER";
	return NULL;
}

const char *vm_missing(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	const char *why;
	int vm_fd;

	if (fd < 0)
		return errno == ENOENT ? "there is no /dev/kvm" :
		       errno == EACCES || errno == EPERM ?
					 "/dev/kvm may not be opened here" :
					 "/dev/kvm cannot be opened";
	why = missing_capability(fd);
	if (!why) {
		vm_fd = ioctl(fd, KVM_CREATE_VM, 0);
		if (vm_fd < 0)
			why = "/dev/kvm makes no virtual machine";
		else
			close(vm_fd);
	}
	close(fd);
	return why;
}

struct kvm_cpuid2 *vm_supported_cpuid(void)
{
	size_t size = sizeof(struct kvm_cpuid2) +
		      VM_CPUID_MAX * sizeof(struct kvm_cpuid_entry2);
	struct kvm_cpuid2 *cpuid = calloc(1, size);
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (cpuid && fd >= 0) {
		cpuid->nent = VM_CPUID_MAX;
		if (ioctl(fd, KVM_GET_SUPPORTED_CPUID, cpuid) == 0) {
			close(fd);
			return cpuid;
		}
	}
	if (fd >= 0)
		close(fd);
	free(cpuid);
	return NULL;
}

static void write_vectors(unsigned char *memory)
{
	size_t code_size = (size_t)(guest_page_end - guest_page_begin);
	size_t fault = (size_t)(guest_page_fault - guest_page_begin);
	size_t lost = (size_t)(guest_page_lost - guest_page_begin);

	memcpy(memory + GUEST_CODE, guest_page_begin, code_size);
	for (int i = 0; i < GUEST_VECTORS; i++) {
		uint16_t vector[2] = { (uint16_t)(GUEST_CODE + lost), 0 };

		if (i == VECTOR_GP)
			vector[0] = (uint16_t)(GUEST_CODE + fault);
		memcpy(memory + sizeof(vector) * (size_t)i, vector,
		       sizeof(vector));
	}
}

static int make_memory(struct vm *vm)
{
	struct kvm_userspace_memory_region region = { 0 };
	void *memory;

	vm->memory_size = (size_t)GUEST_SEGMENT_SIZE * (vm->nr_vcpus + 1);
	memory = mmap(NULL, vm->memory_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	vm->memory = memory;
	write_vectors(vm->memory);
	region.memory_size = vm->memory_size;
	region.userspace_addr = (uintptr_t)memory;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		return -errno;
	return 0;
}

static int set_filter(struct vm *vm, const struct vm_msr_range *ranges)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_X86_USER_SPACE_MSR };
	struct kvm_msr_filter filter = { .flags =
						 KVM_MSR_FILTER_DEFAULT_ALLOW };
	uint8_t none[BITMAP_SIZE] = { 0 };

	if (!ranges)
		return 0;
	/* Only what is filtered: unknown registers are KVM's to refuse. */
	cap.args[0] = KVM_MSR_EXIT_REASON_FILTER;
	if (ioctl(vm->fd, KVM_ENABLE_CAP, &cap))
		return -errno;
	for (size_t i = 0; ranges[i].count; i++) {
		struct kvm_msr_filter_range *range = &filter.ranges[i];

		assert(i < KVM_MSR_FILTER_MAX_RANGES);
		assert(ranges[i].count <= BITMAP_SIZE * 8);
		range->flags = (ranges[i].reads ? KVM_MSR_FILTER_READ : 0) |
			       (ranges[i].writes ? KVM_MSR_FILTER_WRITE : 0);
		range->base = ranges[i].base;
		range->nmsrs = ranges[i].count;
		range->bitmap = none;
	}
	return ioctl(vm->fd, KVM_X86_SET_MSR_FILTER, &filter) ? -errno : 0;
}

/* Real mode: a segment's base is 16 times what the register holds. */
static void set_segment(struct kvm_segment *segment, uint32_t base)
{
	segment->base = base;
	segment->selector = (uint16_t)(base >> 4);
	segment->limit = REAL_MODE_LIMIT;
}

static int set_registers(struct vcpu *vcpu, uint32_t base)
{
	struct kvm_regs regs = { .rip = GUEST_CODE,
				 .rsp = GUEST_STACK_TOP,
				 .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return -errno;
	set_segment(&sregs.cs, 0);
	set_segment(&sregs.ds, base);
	set_segment(&sregs.es, base);
	set_segment(&sregs.ss, base);
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) ||
	    ioctl(vcpu->fd, KVM_SET_REGS, &regs))
		return -errno;
	return 0;
}

static int make_vcpu(struct vm *vm, unsigned int number,
		     const struct kvm_cpuid2 *cpuid)
{
	struct vcpu *vcpu = &vm->vcpus[number];
	uint32_t base = (number + 1) * GUEST_SEGMENT_SIZE;
	struct vcpu_exit exit;
	void *run;
	int err;

	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)number);
	if (vcpu->fd < 0)
		return -errno;
	run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vcpu->fd, 0);
	if (run == MAP_FAILED)
		return -errno;
	vcpu->run = run;
	vcpu->segment = vm->memory + base;
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid))
		return -errno;
	err = set_registers(vcpu, base);
	if (!err)
		err = vcpu_run(vcpu, &exit);
	if (!err && exit.kind != VCPU_EXIT_END)
		err = -EIO;
	return err;
}

static int make_all(struct vm *vm, const struct kvm_cpuid2 *cpuid,
		    const struct vm_msr_range *ranges)
{
	int size;
	int err;

	vm->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm_fd < 0)
		return -errno;
	size = ioctl(vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return -errno;
	vm->run_size = (size_t)size;
	vm->fd = ioctl(vm->kvm_fd, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return -errno;
	/* Intel CPUs without "unrestricted guest" need a place for a task
	 * state segment in real mode; others do not mind. */
	(void)ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000ul);
	err = make_memory(vm);
	if (!err)
		err = set_filter(vm, ranges);
	for (unsigned int i = 0; !err && i < vm->nr_vcpus; i++)
		err = make_vcpu(vm, i, cpuid);
	return err;
}

int vm_init(struct vm *vm, unsigned int nr_vcpus,
	    const struct kvm_cpuid2 *cpuid, const struct vm_msr_range *ranges)
{
	assert(nr_vcpus > 0 && nr_vcpus <= VM_VCPUS_MAX);

	memset(vm, 0, sizeof(*vm));
	vm->kvm_fd = -1;
	vm->fd = -1;
	vm->nr_vcpus = nr_vcpus;
	for (unsigned int i = 0; i < VM_VCPUS_MAX; i++)
		vm->vcpus[i].fd = -1;
	return make_all(vm, cpuid, ranges);
}

void vm_fini(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i].run)
			munmap(vm->vcpus[i].run, vm->run_size);
		if (vm->vcpus[i].fd >= 0)
			close(vm->vcpus[i].fd);
	}
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->memory)
		munmap(vm->memory, vm->memory_size);
	if (vm->kvm_fd >= 0)
		close(vm->kvm_fd);
	memset(vm, 0, sizeof(*vm));
}

void vcpu_load(struct vcpu *vcpu, const struct guest_item *items, size_t nr)
{
	static const struct guest_item end = { .op = GUEST_OP_END };
	unsigned char *list = vcpu->segment + GUEST_LIST;

	assert(nr < GUEST_ITEMS_MAX);
	memcpy(list, items, nr * sizeof(*items));
	memcpy(list + nr * sizeof(*items), &end, sizeof(end));
}

const struct guest_item *vcpu_item(const struct vcpu *vcpu, size_t index)
{
	assert(index < GUEST_ITEMS_MAX);
	return (const struct guest_item *)(vcpu->segment + GUEST_LIST) + index;
}

/* 1: an exit for the owner, 0: none, run on, or -EIO. */
static int read_port(const struct kvm_run *run, struct vcpu_exit *ret_exit)
{
	const unsigned char *bytes = (const unsigned char *)run;
	uint32_t value = 0;

	if (run->io.direction != KVM_EXIT_IO_OUT || run->io.size > 4 ||
	    run->io.count != 1)
		return -EIO;
	memcpy(&value, bytes + run->io.data_offset, run->io.size);
	switch (run->io.port) {
	case GUEST_PORT_END:
		*ret_exit = (struct vcpu_exit){ .kind = VCPU_EXIT_END };
		return 0;
	case GUEST_PORT_WORK:
		*ret_exit = (struct vcpu_exit){ .kind = VCPU_EXIT_WORK,
						.value = value };
		return 0;
	default:
		return -EIO;
	}
}

int vcpu_run(struct vcpu *vcpu, struct vcpu_exit *ret_exit)
{
	struct kvm_run *run = vcpu->run;

	while (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return read_port(run, ret_exit);
	case KVM_EXIT_X86_RDMSR:
		*ret_exit = (struct vcpu_exit){ .kind = VCPU_EXIT_RDMSR,
						.msr = run->msr.index };
		return 0;
	case KVM_EXIT_X86_WRMSR:
		*ret_exit = (struct vcpu_exit){ .kind = VCPU_EXIT_WRMSR,
						.msr = run->msr.index,
						.value = run->msr.data };
		return 0;
	default:
		return -EIO;
	}
}

void vcpu_answer(struct vcpu *vcpu, uint64_t value)
{
	vcpu->run->msr.error = 0;
	if (vcpu->run->exit_reason == KVM_EXIT_X86_RDMSR)
		vcpu->run->msr.data = value;
}

void vcpu_answer_fault(struct vcpu *vcpu)
{
	vcpu->run->msr.error = 1;
}
