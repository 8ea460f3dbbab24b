# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The profiled programs, each in two builds: NAME with frame pointers and
# NAME-nofp without. Made by tests/guest/run:
#
#   make -f .../programs/programs.mk SRC=.../programs (in the folder to fill)
#
# A source is compiled to assembly, goes through log.awk, and is assembled.
# The runtime is compiled as it is.

SRC := .
AWK := awk
CC := gcc
CXX := g++

programs := recursion split indirect callbacks threads dlopen nocfi longjmp \
	tail branches
all: $(programs) $(programs:%=%-nofp) libplugin.so plain

flags := -O2 -Wall -Wextra -Wshadow -fPIC -ffixed-r10 -ffixed-r11 \
	-fcf-protection=none -fno-stack-protector -I$(SRC) -iquote $(SRC)
fp := -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
nofp := -fomit-frame-pointer

# Loaded names are found at once: a lazy PLT would run unlogged code.
link := -Wl,-z,now -Wl,--wrap=main -Wl,--wrap=pthread_create \
	-Wl,--wrap=qsort -Wl,--export-dynamic-symbol=lbrplay_* -pthread -ldl

log = $(AWK) -f $(SRC)/log.awk

%.nofp.o: %.nofp.s
	$(log) -v jumps=$(jumps) $< >$(<:.s=.log.s)
	$(CC) -c -o $@ $(<:.s=.log.s)
%.fp.o: %.fp.s
	$(log) -v jumps=$(jumps) $< >$(<:.s=.log.s)
	$(CC) -c -o $@ $(<:.s=.log.s)
branches.fp.o branches.nofp.o: jumps := 1

%.fp.s: $(SRC)/%.c
	$(CC) $(flags) $(fp) -S -o $@ $<
%.fp.s: $(SRC)/%.cc
	$(CXX) $(flags) $(fp) -S -o $@ $<
%.nofp.s: $(SRC)/%.c
	$(CC) $(flags) $(nofp) -S -o $@ $<
%.nofp.s: $(SRC)/%.cc
	$(CXX) $(flags) $(nofp) -S -o $@ $<
%.fp.s %.nofp.s: $(SRC)/%.S
	$(CC) -E -o $@ $<

common := runtime.o range.o arguments.o trampoline.fp.o
runtime.o range.o arguments.o: %.o: $(SRC)/%.c
	$(CC) -O2 -Wall -Wextra -fPIC -I$(SRC) -c -o $@ $<

$(programs): %: %.fp.o $(common)
	$(CXX) -o $@ $^ $(link)
$(programs:%=%-nofp): %-nofp: %.nofp.o $(common)
	$(CXX) -o $@ $^ $(link)
nocfi: blind.fp.o
nocfi-nofp: blind.fp.o

# No log: the module goes by the frame pointers.
plain: $(SRC)/split.c arguments.o
	$(CC) $(flags) $(fp) -o $@ $^

libplugin.so: plugin.nofp.o range.o
	$(CC) -shared -o $@ $^ -Wl,-z,now

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all
