/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done with one hostile input, by libFuzzer and by the replay of what
 * it found alike: everything that the library does with such bytes. Nothing is
 * returned: what is wrong ends the program.
 */
#ifndef LBRVIRT_TESTS_FUZZ_FUZZ_H
#define LBRVIRT_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* End the program, naming place and reason, if @holds is not true. */
#define fuzz_expect(holds) fuzz_expect_at((holds), #holds, __FILE__, __LINE__)
void fuzz_expect_at(bool holds, const char *what, const char *file, int line);

/*
 * A recording: read in the order of the file and in that of time, and, where
 * it is one, as a pipe; each read must give the same. Then stacks, profile,
 * branches, JSON and script.
 */
void fuzz_recording(const uint8_t *bytes, size_t size);

/*
 * A program: looked up and unwound all over its code. Text instead of ELF is
 * taken for kallsyms, a perf map and mangled names.
 */
void fuzz_object(const uint8_t *bytes, size_t size);

/*
 * Say what every mapped file is from now on, whatever its path; NULL: there is
 * none. The bytes must stay, up to the next call. (files.c)
 */
void fuzz_files_are(const uint8_t *bytes, size_t size);

/* Every mapped file is the small program that was built beside this one. */
void fuzz_files_are_program(void);

/* Put bytes where a path leads to them, until the next call with @slot. */
enum { FUZZ_SLOTS = 2 };
const char *fuzz_path_of(unsigned int slot, const uint8_t *bytes, size_t size);

/* A stream that takes some MiB of text and forgets it, then fails. */
FILE *fuzz_sink(void);

#endif
