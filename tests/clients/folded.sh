#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Flame graphs start from folded stacks, which scripts make of perf script's
# text. Folding ours and perf's of the same file gives the same lines.

. "$(dirname "$0")/../cli/common.sh"
need_perf

# The usual fold: comm, then frames from the root, offsets left out. Frames
# without a name, which perf calls [unknown], become a question mark.
fold() {
	awk '
	/^[^ \t]/ { comm = $1; stack = ""; next }
	NF == 0 { if (comm) count[comm stack]++; comm = ""; next }
	{
		symbol = $0
		sub(/^[ \t]*[0-9a-f]+ /, "", symbol)
		file = symbol
		sub(/ \([^(]*\)$/, "", symbol)
		sub(/.*[\/(]/, "", file)
		sub(/\)$/, "", file)
		sub(/\+0x[0-9a-f]+$/, "", symbol)
		if (symbol == "[unknown]" || symbol == file)
			symbol = "?"
		# perf 6.1 has no name for some entries of the PLT.
		sub(/^.*@plt$/, "@plt", symbol)
		stack = ";" symbol stack
	}
	END {
		if (comm)
			count[comm stack]++
		for (line in count)
			print line, count[line]
	}' "$1" | sort
}

# compare FILE [PATTERN]: what runs in main, or else the stacks with PATTERN.
# perf looks a caller up by its return address; where a call is a function's
# last instruction, as around exit, that is the next function.
compare() {
	perf script -i "$work/$1" --no-inline >"$work/perf.txt" 2>/dev/null ||
		fail "perf script"
	script "$1" --no-inline
	fold "$work/perf.txt" | grep "${2-;main;}" >"$work/theirs"
	fold "$work/script.txt" | grep "${2-;main;}" >"$work/ours"
	[ -s "$work/ours" ] || fail "nothing to fold"
	diff "$work/theirs" "$work/ours" >"$work/diff" && return
	head -n 20 "$work/diff"
	fail "$1: folded stacks differ"
}

record recursion.data -F 1999 -- "$programs/recursion" 0.5
compare recursion.data
record callback.data -F 1999 -- "$programs/callback" 0.5
compare callback.data
record templates.data -F 1999 -- "$programs/templates" 0.5
compare templates.data

# Of LBR call stacks, made elsewhere, there are no names here, only frames.
for far in perf-lbr lbrprof-auto; do
	cp "$top_srcdir/tests/data/$far.data" "$work/"
	compare $far.data ';?;?;?'
done

# Call chains that stand beside branch records.
command -v clang >/dev/null || {
	say "clang is not installed: no chains beside branches"
	exit 0
}
. "$(dirname "$0")/stepped.sh"
build_hotpath hotpath -fPIE -pie
step hotpath -g
compare hotpath.data
grep -q ';main;rounds;always ' "$work/ours" || fail "the hot path is missing"
