#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# perf2bolt, which asks perf to read our any-branch recording, finds each
# branch of the hot path as often as the program took it and as often
# mispredicted; and BOLT makes of that a program that still computes the same.

. "$(dirname "$0")/../cli/common.sh"
. "$(dirname "$0")/stepped.sh"
need_perf
need clang nm awk
perf2bolt=$(newest perf2bolt) || { echo "$perf2bolt"; exit 77; }
# It is BOLT itself, and goes by the name it is called by.
ln -s "$perf2bolt" "$work/perf2bolt"

# check NAME: perf2bolt adds what was not branched over, which is left out by
# taking only the lines that are asked for.
check() {
	local log=$work/$1.log

	"$work/perf2bolt" -p "$work/$1.data" -o "$work/$1.fdata" \
		"$work/$1" >"$log" 2>&1 || fail "perf2bolt: $(tail "$log")"
	! grep 'disassembled function contents: [1-9]' "$log" ||
		fail "perf2bolt: branches where the program has none"
	named "$1" >"$work/wanted"
	awk '$1 == 1 && $4 == 1 {
		sub(/\/.*/, "", $2); sub(/\/.*/, "", $5)
		print $2, $3, $5, $6, $7, $8
	}' "$work/$1.fdata" | sort >"$work/found"
	comm -23 "$work/wanted" "$work/found" >"$work/missing"
	[ "$(wc -l <"$work/wanted")" -ge 10 ] || fail "$1: too few branches"
	if [ -s "$work/missing" ]; then
		cat "$work/missing" "$work/$1.fdata"
		fail "$1: perf2bolt counts these otherwise"
	fi
	# The path as its source has it, whatever was counted above.
	for call in "always 1" "seldom 8" "odd 4"; do
		set -- "$1" $call
		grep -q "^rounds [0-9a-f]* $2 0 [0-9]* $((rounds / $3))\$" \
			"$work/found" || fail "$1: not one $2 in $3 rounds"
	done
}

# aggregated NAME: what export made of the branches gives the same profile.
aggregated() {
	"$lbrprof" export -f brstack -i "$work/$1.data" -o "$work/$1.pa" \
		2>"$work/$1.log" || fail "export: $(cat "$work/$1.log")"
	"$work/perf2bolt" -pa -p "$work/$1.pa" -o "$work/$1.pa.fdata" \
		"$work/$1" >"$work/$1.log" 2>&1 ||
		fail "perf2bolt -pa: $(tail "$work/$1.log")"
	sort "$work/$1.fdata" >"$work/wanted"
	sort "$work/$1.pa.fdata" >"$work/found"
	diff "$work/wanted" "$work/found" ||
		fail "$1: another profile from perf2bolt -pa"
}

# bolted NAME: laid out anew by the profile.
bolted() {
	local bolt=${perf2bolt/perf2bolt/llvm-bolt}

	[ -x "$bolt" ] || return 0
	"$bolt" "$work/$1" -data="$work/$1.fdata" -o "$work/$1.bolt" \
		-reorder-blocks=ext-tsp -reorder-functions=hfsort \
		>"$work/$1.log" 2>&1 || fail "llvm-bolt: $(tail "$work/$1.log")"
	[ "$("$work/$1.bolt" $rounds)" = "$("$work/$1" $rounds)" ] ||
		fail "$1: BOLT's program computes something else"
}

build_hotpath fixed -fno-pie -no-pie
step fixed
check fixed
aggregated fixed
bolted fixed
build_hotpath anywhere -fPIE -pie
step anywhere -z
check anywhere
aggregated anywhere
bolted anywhere
