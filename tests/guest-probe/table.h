/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machines made of CPUID tables, with the files and refusals that go with them.
 * CPUID values are those of the CPUs' manuals.
 */
#ifndef LBRVIRT_TESTS_GUEST_PROBE_TABLE_H
#define LBRVIRT_TESTS_GUEST_PROBE_TABLE_H

#include <check.h>

#include "guest/guest.h"
#include "support/fake_machine.h"

#define INTEL(max)                                              \
	{                                                       \
		0, 0,                                           \
		{                                               \
			max, 0x756e6547, 0x6c65746e, 0x49656e69 \
		}                                               \
	}
#define AMD(max)                                                \
	{                                                       \
		0, 0,                                           \
		{                                               \
			max, 0x68747541, 0x444d4163, 0x69746e65 \
		}                                               \
	}
#define CPU(eax, ecx)                  \
	{                              \
		1, 0,                  \
		{                      \
			eax, 0, ecx, 0 \
		}                      \
	}
#define KVM_AT(leaf)                                    \
	{                                               \
		leaf, 0,                                \
		{                                       \
			0, 0x4b4d564b, 0x564b4d56, 0x4d \
		}                                       \
	}
#define HYPERV                                                \
	{                                                     \
		0x40000000, 0,                                \
		{                                             \
			0, 0x7263694d, 0x666f736f, 0x76482074 \
		}                                             \
	}
#define END                        \
	{                          \
		0, 0,              \
		{                  \
			0, 0, 0, 0 \
		}                  \
	}

#define GUEST		(1u << 31)
#define PDCM		(1u << 15)
#define ARCH_LBR	(1u << 19)
#define SKYLAKE		0x506e3
#define SAPPHIRE_RAPIDS 0x806f8
#define IVY_BRIDGE	0x306a9

/* What perf_event_open refuses. */
extern const struct fake_open_rule table_no_hardware[];
extern const struct fake_open_rule table_no_branches[];

/* A kernel that drives a PMU with LBR, one without, and none. */
extern const struct fake_file table_pmu_with_lbr[];
extern const struct fake_file table_pmu_without_lbr[];
extern const struct fake_file table_no_pmu[];

struct table_rig {
	struct lbrvirt_context *ctx;
	struct fake_machine fake;
	struct lbrvirt_guest *guest; /* of the last table_probe() */
};

extern struct table_rig table;

/* A checked fixture. */
void table_set_up(void);
void table_tear_down(void);

void table_probe(const struct fake_cpuid *cpuid, const struct fake_file *files,
		 const struct fake_open_rule *rules);

const struct lbrvirt_gate *table_gate(enum lbrvirt_gate_id id);

/* @reason: part of it. */
void table_assert_closed(enum lbrvirt_gate_id id, const char *reason);

#endif
