/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program with known functions, recorded by hand: code made at run time,
 * whose names stand in a map in /tmp as JIT compilers write it, so that no
 * compiler has a say in what the answer is.
 */
#ifndef LBRVIRT_TESTS_PROFILE_PROGRAM_H
#define LBRVIRT_TESTS_PROFILE_PROGRAM_H

#include <lbrvirt/lbrvirt.h>

/* Functions of the program; FUNCTION_LIB is one in a file nobody has. */
enum function {
	FUNCTION_START,
	FUNCTION_MAIN,
	FUNCTION_WORK,
	FUNCTION_HOT,
	FUNCTION_COLD,
	FUNCTION_TEMPLATE, /* "map<int, char>" */
	FUNCTION_HOSTILE,  /* HOSTILE_NAME */
	FUNCTION_LIB,
	FUNCTION_END, /* ends a list */
};

/* Bytes that are not UTF-8 (a lone lead byte, an overlong slash, a surrogate),
 * beside some that are, and what JSON must escape. */
#define HOSTILE_NAME "\xc3(\xc0\xaf\xed\xa0\x80\xe2\x82\xac\"\\/end"

#define LIB_PATH     "/nowhere/libmissing.so"
#define LIB_NAME     "libmissing.so+0x80"
#define NS_PER_SEC   1000000000ull

#define STACK(...)   ((const enum function[]){ __VA_ARGS__, FUNCTION_END })

extern const struct lbrvirt_event program_event;
extern const struct lbrvirt_event program_other_event;

/* An empty profile that knows the program's mappings, names and comm. */
struct lbrvirt_profile *
program_profile(struct lbrvirt_context *ctx,
		const struct lbrvirt_profile_opts *opts);
/* Take the map of names away again. */
void program_end(void);
uint32_t program_pid(void);

/* A sample; what is zero gets a sane value. */
struct program_sample {
	const enum function *stack; /* outermost first, FUNCTION_END last */
	uint64_t offset;	    /* of the sampled address in its function */
	uint32_t tid;		    /* 0: the process's first thread */
	uint32_t cpu;
	uint64_t time_ns;
	uint64_t period;
	uint64_t weight;
	const struct lbrvirt_event *event; /* NULL: program_event */
};

void program_sample(struct lbrvirt_profile *profile,
		    const struct program_sample *sample);

/* @nr times the same. */
void program_samples(struct lbrvirt_profile *profile, unsigned int nr,
		     const enum function *stack);

/* Another name for a thread of the program. */
void program_comm(struct lbrvirt_profile *profile, uint32_t tid,
		  const char *name);

void program_lost(struct lbrvirt_profile *profile, uint32_t type, uint64_t nr);

/* The line of a symbol in the flat profile, or NULL. */
const struct lbrvirt_profile_symbol *
program_find(struct lbrvirt_profile *profile, const char *symbol);

#endif
