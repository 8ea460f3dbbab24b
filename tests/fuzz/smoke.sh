#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each libFuzzer target runs for half a minute and finds nothing: enough to
# notice what is plainly broken, the targets themselves above all. What
# thorough runs are is in fuzz/README.md. Only in a build with clang, so that
# it is done once where several builds are tested.

# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/../cli/common.sh"

seconds=${LBRVIRT_FUZZ_SECONDS:-30}

can_fuzz() {
	printf 'int LLVMFuzzerTestOneInput(const char *b, long n);\n%s\n' \
		'int LLVMFuzzerTestOneInput(const char *b, long n) { return !b && n; }' |
		$CC -fsanitize=fuzzer,address,undefined -x c - \
			-o "$work/probe" 2>/dev/null
}

case ${CC:-} in
*clang*) ;;
*) skip "this build's compiler, ${CC:-unknown}, is not clang" ;;
esac
can_fuzz || skip "$CC cannot link with libFuzzer; install libclang-rt-dev of its version"

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top_builddir/tests" \
	-j "$(nproc)" fuzz FUZZ_CC="$CC" >"$work/make.log" 2>&1 || {
	tail -n 40 "$work/make.log"
	fail "make fuzz"
}
for target in recording object; do
	"$top_srcdir/tests/fuzz/run" "$top_builddir" "$target" "$seconds" \
		"$work/$target" -timeout=60 >"$work/$target.log" 2>&1 || {
		tail -n 60 "$work/$target.log"
		for file in "$work/$target"/found-*; do
			[ -s "$file" ] || continue
			cp "$file" .
			say "the input is $PWD/$(basename "$file")"
		done
		fail "$target: something was found"
	}
	say "$target: $(grep 'stat::number_of_executed_units' \
		"$work/$target.log" | awk '{ print $2 }') inputs, nothing found"
done
