#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# perf reads our any-branch recordings without a word of complaint, plain, with
# call chains, compressed and through a pipe: its branches are those that the
# program took, its list of them by function has the exact numbers, its branch
# history begins with the hot path, and its text is that of lbrprof script.

. "$(dirname "$0")/../cli/common.sh"
. "$(dirname "$0")/stepped.sh"
need_perf
need clang

# quietly COMMAND...: its output to $work/perf.txt, and nothing on stderr.
# perf 6.1 aborts where another program asks for build-ids.
quietly() {
	local turn

	for turn in 1 2 3 4; do
		"$@" >"$work/perf.txt" 2>"$work/perf.err" && break
		[ $turn -lt 4 ] || fail "$*: $(head -n 3 "$work/perf.err")"
	done
	[ ! -s "$work/perf.err" ] || fail "$*: $(head -n 3 "$work/perf.err")"
}

# by_function NAME: branches between functions, "FROM TO COUNT".
by_function() {
	named "$1" | awk '{ n[$1 " " $3] += $6 }
		END { for (pair in n) print pair, n[pair] }' | sort
}

# counted NAME: in what perf report -F sample,symbol_from,symbol_to printed.
counted() {
	awk -v known="$known" '$2 == "[.]" && $3 ~ known && $5 ~ known {
		print $3, $5, $1 }' "$work/perf.txt" | sort >"$work/found"
	by_function "$1" | diff - "$work/found" ||
		fail "$1: perf report counts otherwise"
}

# branch_report NAME FILE: perf shows branches, and not addresses, unasked.
branch_report() {
	quietly perf report --stdio -i "$2" -F sample,symbol_from,symbol_to
	counted "$1"
	quietly perf report --stdio -i "$2"
	grep -q 'Source Symbol  *Target Symbol' "$work/perf.txt" ||
		fail "$1: perf report does not show branches"
}

# history NAME FILE: calls and returns of the loop.
history() {
	quietly perf report --stdio --branch-history --no-children -i "$2"
	grep -m 1 -q '^ *[0-9.]*%  *hotpath.c:' "$work/perf.txt" ||
		fail "$1: no branch history by line"
	for function in rounds always seldom even odd; do
		grep -q "[- |]$function hotpath.c:" "$work/perf.txt" ||
			fail "$1: no $function in the branch history"
	done
}

# texts FILE [FIELDS]: as from lbrprof script.
texts() {
	quietly perf script -i "$1" -F "${2-ip,brstack}"
	"$lbrprof" script -i "$1" -F "${2-ip,brstack}" >"$work/script.txt" ||
		fail "lbrprof script"
	sed -i 's/ *$//' "$work/perf.txt" "$work/script.txt"
	cmp "$work/perf.txt" "$work/script.txt" ||
		fail "perf script -F ${2-ip,brstack}: another text"
}

# check NAME
check() {
	branch_report "$1" "$work/$1.data"
	history "$1" "$work/$1.data"
	texts "$work/$1.data"
}

build_hotpath hotpath -fPIE -pie
step hotpath
check hotpath
step hotpath -z
check hotpath
step hotpath -g
branch_report hotpath "$work/hotpath.data"
texts "$work/hotpath.data" brstack
texts "$work/hotpath.data" comm,tid,time,event,ip

# Of a pipe, perf knows too late that there are branches, unless told.
from_pipe() {
	"$step_record" "$@" - "$work/hotpath" $rounds 2>/dev/null |
		perf report -b --stdio -i - -F sample,symbol_from,symbol_to
}
quietly from_pipe
counted hotpath
quietly from_pipe -z
counted hotpath
