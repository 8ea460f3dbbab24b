#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# llvm-profgen makes of our any-branch recording, whether perf reads it for
# it or lbrprof script prints it, a profile with the hot path's calls as often
# as they were made and its lines in proportion.

. "$(dirname "$0")/../cli/common.sh"
. "$(dirname "$0")/stepped.sh"
need clang
profgen=$(newest llvm-profgen) || { echo "$profgen"; exit 77; }

# generate NAME OPTION...: a profile as text.
generate() {
	local name=$1

	shift
	"$profgen" --binary="$work/$name" --format=text \
		--output="$work/$name.prof" "$@" >"$work/$name.log" 2>&1 ||
		fail "llvm-profgen $*: $(tail "$work/$name.log")"
}

# check NAME: calls are branches, each of which the file has once. Lines are
# counted by what was run between two branches of a sample: one in 32 is
# between two samples.
check() {
	awk -v rounds=$rounds '
	function is(what, found, wanted) {
		if (found == wanted)
			return
		print "  " what ": " found ", not " wanted
		bad = 1
	}
	function near(what, found, wanted) {
		if (found <= wanted && found > 0.9 * wanted)
			return
		print "  " what ": " found ", not about " wanted
		bad = 1
	}
	/^[a-z]/ { split($0, head, ":"); name = head[1]; entered[name] = head[3] }
	/^ [0-9]/ {
		line[name] = $2 > line[name] ? $2 : line[name]
		for (i = 3; name == "rounds" && i <= NF; i++) {
			split($i, call, ":")
			called[call[1]] += call[2]
		}
	}
	END {
		is("always", called["always"], rounds)
		is("seldom", called["seldom"], rounds / 8)
		is("odd", called["odd"], rounds / 4)
		is("even", called["even"], 3 * rounds / 4)
		is("entries of even", entered["even"], 3 * rounds / 4)
		is("entries of rounds", entered["rounds"], 1)
		near("lines of always", line["always"], rounds)
		near("lines of even", line["even"], 3 * rounds / 4)
		near("lines of odd", line["odd"], rounds / 4)
		near("lines of seldom", line["seldom"], rounds / 8)
		exit bad
	}' "$work/$1.prof" && return
	cat "$work/$1.prof"
	fail "$1: llvm-profgen counts otherwise"
}

by_lbrprof() {
	script "$1.data" --show-mmap-events -F ip,brstack
	generate "$1" --perfscript="$work/script.txt"
	check "$1"
}

build_hotpath fixed -fno-pie -no-pie
step fixed
by_lbrprof fixed
build_hotpath anywhere -fPIE -pie
step anywhere -z
by_lbrprof anywhere

need_perf
for name in fixed anywhere; do
	generate "$name" --perfdata="$work/$name.data"
	check "$name"
done
