/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs to be run one instruction at a time: each has calls of a shape that
 * is hard to follow, and is short.
 */
#ifndef LBRVIRT_TESTS_STACK_PROGRAMS_H
#define LBRVIRT_TESTS_STACK_PROGRAMS_H

/* 20 calls deep; frames without and with a frame pointer, realigned ones, and
 * ones of variable size. */
void programs_recursion(void);
/* The same, 60 calls deep. */
void programs_deep(void);
/* The C library calls back. */
void programs_callbacks(void);
/* A handler that calls. */
void programs_signal(void);
/* First calls go through the dynamic linker. */
void programs_binding(void);
/* Jumps for calls: in a row, out of the file, and through a pointer. */
void programs_tail_calls(void);
/* Code that its function was parted from. */
void programs_cold(void);
/* Calls that are left by longjmp, here and in the C library. The child ends
 * in them, so that it does not return to where no record was made. */
void programs_longjmp(void);
void programs_failed_lookup(void);
/* Assembly functions without call frame information: in the middle of a stack,
 * and innermost, called by functions without and with a frame pointer. */
void programs_bare_middle(void);
void programs_bare_middle_of_variable(void);
void programs_bare_leaf(void);
void programs_bare_leaf_of_variable(void);

#endif
