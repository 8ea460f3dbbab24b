/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions that are called as they stand in the source: neither inlined nor
 * cloned for an argument. clang only has the former attribute, and does not do
 * the latter to what it may not inline.
 */
#ifndef LBRVIRT_TESTS_STACK_OPAQUE_H
#define LBRVIRT_TESTS_STACK_OPAQUE_H

#if __has_attribute(noipa)
#define OPAQUE __attribute__((noipa))
#else
#define OPAQUE __attribute__((noinline))
#endif

#endif
