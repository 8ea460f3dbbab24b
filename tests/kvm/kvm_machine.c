/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One request is one connection: an operation has no state, and whoever asks
 * may have closed every descriptor it inherited.
 */
#include "config.h"

#include "kvm/kvm_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	enum guest_op op; /* GUEST_OP_END: the thread shall end */
	unsigned int cpu;
	uint32_t eax, ecx, edx;
};

struct reply {
	int err;
	struct cpuid_regs regs;
};

static struct kvm_machine *kvm_of(struct machine *machine)
{
	return (struct kvm_machine *)machine;
}

static void note(struct kvm_machine *kvm, const struct kvm_access *access)
{
	pthread_mutex_lock(&kvm->lock);
	if (kvm->nr_accesses < KVM_ACCESSES_MAX)
		kvm->accesses[kvm->nr_accesses++] = *access;
	pthread_mutex_unlock(&kvm->lock);
}

static void answer(struct kvm_machine *kvm, unsigned int cpu,
		   const struct vcpu_exit *exit)
{
	struct vcpu *vcpu = &kvm->vm.vcpus[cpu];
	struct kvm_access access = { .cpu = cpu,
				     .msr = exit->msr,
				     .is_write = exit->kind == VCPU_EXIT_WRMSR,
				     .value = exit->value };

	access.has_faulted = !kvm->host->answer(kvm->host, cpu, exit->msr,
						access.is_write, &access.value);
	if (access.has_faulted)
		vcpu_answer_fault(vcpu);
	else
		vcpu_answer(vcpu, access.value);
	note(kvm, &access);
}

/* The list of the one item, until it is done. */
static int execute(struct kvm_machine *kvm, const struct request *request)
{
	struct guest_item item = { .op = (uint16_t)request->op,
				   .eax = request->eax,
				   .ecx = request->ecx,
				   .edx = request->edx };
	struct vcpu *vcpu = &kvm->vm.vcpus[request->cpu];
	struct vcpu_exit exit;
	int err;

	vcpu_load(vcpu, &item, 1);
	for (;;) {
		err = vcpu_run(vcpu, &exit);
		if (err || exit.kind == VCPU_EXIT_END)
			return err;
		answer(kvm, request->cpu, &exit);
	}
}

static struct reply serve_request(struct kvm_machine *kvm,
				  const struct request *request)
{
	struct reply reply = { .err = -ENXIO };
	const struct guest_item *item;

	if (request->cpu >= kvm->vm.nr_vcpus)
		return reply;
	reply.err = execute(kvm, request);
	if (reply.err)
		return reply;
	item = vcpu_item(&kvm->vm.vcpus[request->cpu], 0);
	reply.regs.eax = item->eax;
	reply.regs.ebx = item->ebx;
	reply.regs.ecx = item->ecx;
	reply.regs.edx = item->edx;
	if (item->has_faulted)
		reply.err = -EIO; /* as msr.ko has it */
	return reply;
}

static void *serve(void *arg)
{
	struct kvm_machine *kvm = arg;
	struct request request = { .op = GUEST_OP_NOTHING };

	while (request.op != GUEST_OP_END) {
		int fd = accept(kvm->listener, NULL, NULL);
		struct reply reply = { 0 };

		if (fd < 0)
			continue;
		if (recv(fd, &request, sizeof(request), 0) ==
		    (ssize_t)sizeof(request)) {
			if (request.op != GUEST_OP_END)
				reply = serve_request(kvm, &request);
			(void)send(fd, &reply, sizeof(reply), MSG_NOSIGNAL);
		}
		close(fd);
	}
	return NULL;
}

static int ask(struct kvm_machine *kvm, const struct request *request,
	       struct reply *ret_reply)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&kvm->name, kvm->name_size) ||
	    send(fd, request, sizeof(*request), MSG_NOSIGNAL) < 0)
		err = -errno;
	else if (recv(fd, ret_reply, sizeof(*ret_reply), 0) !=
		 (ssize_t)sizeof(*ret_reply))
		err = -EPIPE;
	close(fd);
	return err ? err : ret_reply->err;
}

static int kvm_cpuid(struct machine *machine, uint32_t leaf, uint32_t subleaf,
		     struct cpuid_regs *ret_regs)
{
	struct request request = { .op = GUEST_OP_CPUID,
				   .eax = leaf,
				   .ecx = subleaf };
	struct reply reply;
	int err = ask(kvm_of(machine), &request, &reply);

	if (!err)
		*ret_regs = reply.regs;
	return err;
}

static int kvm_msr_read(struct machine *machine, unsigned int cpu, uint32_t msr,
			uint64_t *ret_value)
{
	struct request request = { .op = GUEST_OP_RDMSR,
				   .cpu = cpu,
				   .ecx = msr };
	struct reply reply;
	int err = ask(kvm_of(machine), &request, &reply);

	if (!err)
		*ret_value = reply.regs.eax | (uint64_t)reply.regs.edx << 32;
	return err;
}

static int kvm_msr_write(struct machine *machine, unsigned int cpu,
			 uint32_t msr, uint64_t value)
{
	struct request request = { .op = GUEST_OP_WRMSR,
				   .cpu = cpu,
				   .eax = (uint32_t)value,
				   .ecx = msr,
				   .edx = (uint32_t)(value >> 32) };
	struct reply reply;

	return ask(kvm_of(machine), &request, &reply);
}

/* The vCPUs are nobody's to be bound to: an operation names its own. */
static int kvm_run_on_cpu(struct machine *machine, unsigned int cpu,
			  int (*fn)(void *arg), void *arg)
{
	return cpu < kvm_of(machine)->vm.nr_vcpus ? fn(arg) : -EINVAL;
}

static int listen_somewhere(struct kvm_machine *kvm)
{
	struct sockaddr *name = (struct sockaddr *)&kvm->name;

	kvm->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (kvm->listener < 0)
		return -errno;
	/* No name asked for: the kernel finds a free abstract one, unix(7). */
	kvm->name.sun_family = AF_UNIX;
	kvm->name_size = sizeof(kvm->name);
	if (bind(kvm->listener, name, sizeof(sa_family_t)) ||
	    getsockname(kvm->listener, name, &kvm->name_size) ||
	    listen(kvm->listener, 64))
		return -errno;
	return 0;
}

int kvm_machine_init(struct kvm_machine *kvm,
		     const struct kvm_machine_opts *opts)
{
	int err;

	memset(kvm, 0, sizeof(*kvm));
	kvm->listener = -1;
	kvm->host = opts->host;
	kvm->fake.files = opts->files;
	pthread_mutex_init(&kvm->lock, NULL);
	kvm->ops = *fake_machine_init(&kvm->fake)->ops;
	kvm->ops.cpuid = kvm_cpuid;
	kvm->ops.msr_read = kvm_msr_read;
	kvm->ops.msr_write = kvm_msr_write;
	kvm->ops.run_on_cpu = kvm_run_on_cpu;
	kvm->fake.machine.ops = &kvm->ops;
	err = vm_init(&kvm->vm, opts->nr_cpus, opts->cpuid, opts->ranges);
	if (!err)
		err = listen_somewhere(kvm);
	if (!err)
		err = -pthread_create(&kvm->thread, NULL, serve, kvm);
	kvm->has_thread = !err;
	return err;
}

void kvm_machine_fini(struct kvm_machine *kvm)
{
	struct request end = { .op = GUEST_OP_END };
	struct reply reply;

	if (kvm->has_thread) {
		(void)ask(kvm, &end, &reply);
		pthread_join(kvm->thread, NULL);
	}
	if (kvm->listener >= 0)
		close(kvm->listener);
	vm_fini(&kvm->vm);
	pthread_mutex_destroy(&kvm->lock);
}

size_t kvm_machine_access_count(struct kvm_machine *kvm)
{
	size_t nr;

	pthread_mutex_lock(&kvm->lock);
	nr = kvm->nr_accesses;
	pthread_mutex_unlock(&kvm->lock);
	return nr;
}

struct kvm_access kvm_machine_access(struct kvm_machine *kvm, size_t index)
{
	struct kvm_access access = { 0 };

	pthread_mutex_lock(&kvm->lock);
	if (index < kvm->nr_accesses)
		access = kvm->accesses[index];
	pthread_mutex_unlock(&kvm->lock);
	return access;
}

void kvm_machine_forget(struct kvm_machine *kvm)
{
	pthread_mutex_lock(&kvm->lock);
	kvm->nr_accesses = 0;
	pthread_mutex_unlock(&kvm->lock);
}

/* KVM_GET_MSRS and KVM_SET_MSRS: how many of the one it was. */
static int move_msr(struct kvm_machine *kvm, unsigned int cpu,
		    unsigned long request, struct kvm_msr_entry *entry)
{
	struct kvm_msrs *msrs = calloc(1, sizeof(*msrs) + sizeof(*entry));
	int nr;

	if (!msrs)
		return -ENOMEM;
	msrs->nmsrs = 1;
	msrs->entries[0] = *entry;
	nr = ioctl(kvm->vm.vcpus[cpu].fd, request, msrs);
	if (nr < 0)
		nr = -errno;
	*entry = msrs->entries[0];
	free(msrs);
	return nr == 1 ? 0 : nr < 0 ? nr : -EIO;
}

int kvm_machine_peek(struct kvm_machine *kvm, unsigned int cpu, uint32_t msr,
		     uint64_t *ret_value)
{
	struct kvm_msr_entry entry = { .index = msr };
	int err = move_msr(kvm, cpu, KVM_GET_MSRS, &entry);

	if (!err)
		*ret_value = entry.data;
	return err;
}

int kvm_machine_poke(struct kvm_machine *kvm, unsigned int cpu, uint32_t msr,
		     uint64_t value)
{
	struct kvm_msr_entry entry = { .index = msr, .data = value };

	return move_msr(kvm, cpu, KVM_SET_MSRS, &entry);
}
