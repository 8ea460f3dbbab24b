# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The two libFuzzer programs, out of the library's own sources: each object is
# compiled once more, by clang, with sanitizers and counters of coverage in it.
# Called by "make fuzz" in tests/, which hands over the folders, the names of
# the libraries and --wrap.

FUZZ_CC = clang

sanitizers = -fsanitize=address,undefined -fno-sanitize-recover=all
flags = \
	-std=gnu11 -g -O1 -fno-omit-frame-pointer -pthread \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wundef -Wvla \
	$(sanitizers) -fsanitize=fuzzer-no-link -DHAVE_CONFIG_H \
	-I$(top_builddir) -I$(srcdir) -I$(top_srcdir)/include \
	-I$(top_srcdir)/lib $(FUZZ_CFLAGS)

# The page is made by the build, or comes with the tarball.
library = $(sort fuzz/objects/lib/export/html_page.o \
	$(patsubst $(top_srcdir)/lib/%.c,fuzz/objects/lib/%.o, \
	$(wildcard $(top_srcdir)/lib/*/*.c)))
common = $(library) fuzz/objects/files.o

.PHONY: all
all: fuzz/fuzz_recording fuzz/fuzz_object

fuzz/fuzz_%: fuzz/objects/%.o fuzz/objects/target_%.o $(common)
	@echo "  LINK     $@"; \
	$(FUZZ_CC) $(sanitizers) -fsanitize=fuzzer -pthread -o $@ $^ \
		$(FUZZ_WRAP) $(FUZZ_LIBS)

fuzz/objects/target_%.o: $(srcdir)/fuzz/target.c
	@mkdir -p $(@D)
	@echo "  CC       $@"; \
	$(FUZZ_CC) $(flags) -DFUZZ_TARGET=fuzz_$* -MMD -c -o $@ $<

fuzz/objects/lib/%.o: $(top_srcdir)/lib/%.c
	@mkdir -p $(@D)
	@echo "  CC       $@"; \
	$(FUZZ_CC) $(flags) -MMD -c -o $@ $<

fuzz/objects/lib/%.o: $(top_builddir)/lib/%.c
	@mkdir -p $(@D)
	@echo "  CC       $@"; \
	$(FUZZ_CC) $(flags) -MMD -c -o $@ $<

fuzz/objects/%.o: $(srcdir)/fuzz/%.c
	@mkdir -p $(@D)
	@echo "  CC       $@"; \
	$(FUZZ_CC) $(flags) -MMD -c -o $@ $<

.SECONDARY:

-include $(patsubst %.o,%.d,$(common)) $(wildcard fuzz/objects/*.d)
