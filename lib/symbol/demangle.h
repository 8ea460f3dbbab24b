/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mangled names made readable: C++, Rust (legacy and v0), D. The only file
 * that calls libiberty.
 */
#ifndef LBRVIRT_SYMBOL_DEMANGLE_H
#define LBRVIRT_SYMBOL_DEMANGLE_H

#include "base/intern.h"

/*
 * The readable form of @name, without the parameter list of C++ functions, as
 * perf report prints it; @name itself where it is not mangled or cannot be
 * read. Interned in @strings. NULL: out of memory.
 */
const char *demangle(struct intern *strings, const char *name);

#endif
