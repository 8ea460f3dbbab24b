/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the machine of a row out of the working one, and judges what was found.
 */
#include "config.h"

#include "guest-probe/row.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/recording.h"

static const struct fake_file working[] = {
	{ DEVICES "cpu/caps/branches", "32\n" },
	{ DEVICES "cpu/caps/pmu_name", "skylake\n" },
	{ DEVICES "cpu/events/topdown-retiring", "event=0x00,umask=0x80\n" },
	{ DEVICES "cpu/type", "4\n" },
	{ DEVICES "software/type", "1\n" },
	{ SYSCTL "perf_event_paranoid", "0\n" },
	{ SYSCTL "perf_event_mlock_kb", "516\n" },
	{ SYSCTL "perf_event_max_sample_rate", "100000\n" },
	{ SYSCTL "kptr_restrict", "0\n" },
	{ SYSCTL "osrelease", "6.12.0-test\n" },
	{ "/proc/self/status",
	  "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n" },
	{ "/proc/self/limits",
	  "Limit\nMax locked memory         8388608  8388608  bytes\n" },
	{ "/proc/stat", "cpu  100 0 100 9800 0 0 0 0 0 0\n" },
	{ "/dev/cpu/0/msr", "" },
	{ "/usr/lib/debug/.build-id", "" },
};

enum { FILES_MAX = 32, CPUID_MAX = 16 };

struct row_rig rig;

static struct fake_cpuid cpuid[CPUID_MAX];
static size_t nr_cpuid;
static struct fake_file files[FILES_MAX];
static struct fake_open_rule rules[3];

void row_set_up(void)
{
	rig.guest = NULL;
	nr_cpuid = 0;
	memset(cpuid, 0, sizeof(cpuid));
	memset(files, 0, sizeof(files));
	memset(rules, 0, sizeof(rules));
	ck_assert_int_eq(lbrvirt_context_new(&rig.ctx), 0);
}

void row_tear_down(void)
{
	lbrvirt_guest_free(rig.guest);
	if (rig.fake.cpus)
		fake_cpus_free(rig.fake.cpus);
	rig.fake.cpus = NULL;
	lbrvirt_context_free(rig.ctx);
}

static void put(uint32_t leaf, uint32_t eax, uint32_t ebx, uint32_t ecx,
		uint32_t edx)
{
	cpuid[nr_cpuid++] =
		(struct fake_cpuid){ leaf, 0, { eax, ebx, ecx, edx } };
}

static uint32_t word(const char *text, size_t i)
{
	uint32_t value;

	memcpy(&value, text + i * 4, 4);
	return value;
}

static void put_cpu(const struct row *row)
{
	const char *vendor = row->vendor ? row->vendor : "GenuineIntel";

	put(0, 0x20, word(vendor, 0), word(vendor, 2), word(vendor, 1));
	put(1, row->cpu ? row->cpu : SKYLAKE, 0,
	    ((row->signature ? GUEST : 0) | PDCM) & ~row->no_leaf1, 0);
	if (!row->has_no_pmu)
		put(0xa, row->pmu ? row->pmu : 0x402, 0, 0, 0x603);
	if (row->leaf7_edx)
		put(7, 0, 0, 0, row->leaf7_edx);
	if (row->leaf1c_ebx)
		put(0x1c, 0x8b, row->leaf1c_ebx, 0, 0);
	if (row->signature)
		put(0x40000000, 0x40000001, word(row->signature, 0),
		    word(row->signature, 1), word(row->signature, 2));
	if (row->kvm_hints)
		put(0x40000001, 0, 0, 0, row->kvm_hints);
	if (row->amd_brs)
		put(0x80000008, 0, row->amd_brs, 0, 0);
	put(0x80000000, 0x80000022, 0, 0, 0);
	if (row->amd_lbr)
		put(0x80000022, row->amd_lbr, 0x100, 0, 0);
}

static bool is_replaced(const struct row *row, const char *path)
{
	size_t length = row->no_file ? strlen(row->no_file) : 0;

	if (length && strncmp(path, row->no_file, length) == 0)
		return true;
	for (size_t i = 0; i < 3 && row->files[i].path; i++)
		if (strcmp(row->files[i].path, path) == 0)
			return true;
	return false;
}

static void put_files(const struct row *row)
{
	size_t nr = 0;

	for (size_t i = 0; i < 3 && row->files[i].path; i++)
		files[nr++] = row->files[i];
	for (size_t i = 0; i < sizeof(working) / sizeof(working[0]); i++)
		if (!is_replaced(row, working[i].path))
			files[nr++] = working[i];
}

void row_probe(const struct row *row)
{
	put_cpu(row);
	put_files(row);
	if (row->any_err)
		rules[0] = (struct fake_open_rule){ fake_any, row->any_err };
	else if (row->call_stack_err)
		rules[0] = (struct fake_open_rule){ fake_is_call_stack,
						    row->call_stack_err };
	rig.fake = (struct fake_machine){ .cpuid = cpuid,
					  .files = files,
					  .rules = rules };
	if (row->msr != MSR_NO_DEVICE) {
		rig.fake.cpus = fake_cpus_new(1, 0x4b564d05);
		rig.fake.cpus->capabilities = row->capabilities;
		atomic_store(&rig.fake.cpus->read_err,
			     row->msr == MSR_FAULTS ? EIO :
			     row->msr == MSR_DENIED ? EPERM :
						      0);
	}
	ck_assert_int_eq(guest_probe_on(rig.ctx, fake_machine_init(&rig.fake),
					&rig.guest),
			 0);
}

void row_put_leaf(uint32_t leaf, const struct cpuid_regs *regs)
{
	put(leaf, regs->eax, regs->ebx, regs->ecx, regs->edx);
}

void row_refuse(struct fake_open_rule rule)
{
	rules[0] = rule;
}

/* That texts fit was not so once. */
static void assert_text(const char *got, const char *want)
{
	ck_assert_str_eq(got, want);
	ck_assert_uint_lt(strlen(got), GUEST_TEXT_SIZE - 1);
}

void row_assert_closed(const struct row *row)
{
	const struct lbrvirt_gate *gate =
		lbrvirt_guest_gate(rig.guest, row->gate);

	ck_assert_msg(gate->is_known && !gate->is_open, "%s is open: %s",
		      gate->name, gate->value);
	assert_text(gate->reason, row->reason);
	assert_text(gate->remedy_user, row->user ? row->user : "");
	assert_text(gate->remedy_admin, row->admin ? row->admin : "");
}

/* What was asked of the machine, in a folder that goes away again. */
void row_save(struct machine *recording, char *ret_folder)
{
	snprintf(ret_folder, ROW_FOLDER_SIZE, "saved-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(ret_folder));
	ck_assert_int_eq(recording_save(rig.ctx, recording, ret_folder), 0);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void assert_same(const struct lbrvirt_guest *live,
			const struct lbrvirt_guest *saved)
{
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *a =
			lbrvirt_guest_gate(live, (enum lbrvirt_gate_id)id);
		const struct lbrvirt_gate *b =
			lbrvirt_guest_gate(saved, (enum lbrvirt_gate_id)id);

		ck_assert_str_eq(a->value, b->value);
		ck_assert_str_eq(a->reason, b->reason);
		ck_assert_str_eq(a->remedy_user, b->remedy_user);
		ck_assert_str_eq(a->remedy_admin, b->remedy_admin);
		ck_assert_int_eq(a->is_open, b->is_open);
		ck_assert_int_eq(a->is_known, b->is_known);
	}
}

void row_remove(const char *folder)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void row_assert_saved(const struct row *row)
{
	struct lbrvirt_guest_opts saved = { .size = sizeof(saved) };
	struct lbrvirt_guest *live = NULL;
	struct machine *recording;
	char folder[ROW_FOLDER_SIZE];

	row_probe(row);
	ck_assert_int_eq(recording_new(rig.ctx, &rig.fake.machine, &recording),
			 0);
	ck_assert_int_eq(guest_probe_on(rig.ctx, recording, &live), 0);
	row_save(recording, folder);
	assert_same(rig.guest, live);
	lbrvirt_guest_free(rig.guest);
	rig.guest = NULL;
	saved.sysroot = folder;
	ck_assert_int_eq(lbrvirt_guest_probe(rig.ctx, &saved, &rig.guest), 0);
	ck_assert(lbrvirt_guest_is_saved(rig.guest));
	assert_same(live, rig.guest);
	lbrvirt_guest_free(live);
	recording_free(recording);
	row_remove(folder);
}
