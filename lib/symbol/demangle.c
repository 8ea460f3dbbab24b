/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf report (6.1) calls cplus_demangle() with DMGL_NO_OPTS, which tries Rust
 * and then C++ and leaves out parameters and Rust's hashes; so do we, to print
 * the same names. D, which perf leaves mangled, keeps its parameters.
 *
 * Names come out of any file. libiberty bounds its recursion (and so refuses
 * C++ names of more than 1024 characters), but not its output: substitutions
 * within substitutions can ask for gigabytes. Hence the callback forms of its
 * functions, and a jump out of the callback once enough has come.
 */
#include "config.h"

#include "symbol/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX (16 * 1024)
#define D_NAME_MAX 1024

struct output {
	jmp_buf too_long;
	size_t size;
	char text[OUTPUT_MAX];
};

typedef int (*demangle_fn)(const char *mangled, int options,
			   demangle_callbackref callback, void *arg);

static void append_output(const char *text, size_t size, void *arg)
{
	struct output *output = arg;

	if (size > sizeof(output->text) - output->size)
		longjmp(output->too_long, 1);
	/* An identifier may be empty, and NULL then. */
	if (size)
		memcpy(output->text + output->size, text, size);
	output->size += size;
}

/* True: @output holds the name. The jump crosses frames of libiberty alone,
 * which hold no memory but their own stack. */
static bool try_language(demangle_fn fn, const char *name,
			 struct output *output)
{
	output->size = 0;
	if (setjmp(output->too_long))
		return false;
	return fn(name, DMGL_NO_OPTS, append_output, output) &&
	       output->size > 0;
}

static const char *demangle_d(struct intern *strings, const char *name)
{
	char *readable;
	const char *kept;

	if (strlen(name) > D_NAME_MAX)
		return intern_string(strings, name);
	readable = dlang_demangle(name, DMGL_NO_OPTS);
	kept = intern_string(strings, readable ? readable : name);
	free(readable);
	return kept;
}

const char *demangle(struct intern *strings, const char *name)
{
	struct output output;
	uint32_t id;

	if (name[0] != '_')
		return intern_string(strings, name);
	if (name[1] == 'D')
		return demangle_d(strings, name);
	if (!try_language(rust_demangle_callback, name, &output) &&
	    !try_language(cplus_demangle_v3_callback, name, &output))
		return intern_string(strings, name);
	if (intern_add(strings, output.text, output.size, &id) < 0)
		return NULL;
	return intern_bytes(strings, id, NULL);
}
