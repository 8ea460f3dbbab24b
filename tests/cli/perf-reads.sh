#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# perf reads our files without a word of complaint, and shows the samples and
# stacks that lbrprof script shows: plain, compressed, through a pipe, with
# raw stack copies, with several events.

. "$(dirname "$0")/common.sh"
need_perf

# quiet COMMAND...: its output to $work/perf.txt; nothing on stderr.
quiet() {
	"$@" >"$work/perf.txt" 2>"$work/perf.err" ||
		fail "$*: $(tail -n 3 "$work/perf.err")"
	[ ! -s "$work/perf.err" ] || fail "$*: $(head -n 3 "$work/perf.err")"
	! grep -i -q '^# *warning\|^warning' "$work/perf.txt" ||
		fail "$*: $(grep -i warning "$work/perf.txt" | head -n 3)"
}

# same_stacks FILE: times and addresses of every frame, sample by sample.
same_stacks() {
	quiet perf script -i "$work/$1" --no-inline -F comm,tid,time,ip,sym
	script "$1" --no-inline -F comm,tid,time,ip,sym
	$verify samestacks "$work/script.txt" "$work/perf.txt" ||
		fail "$1: perf script shows other stacks"
}

record plain.data -F 1999 -- "$programs/recursion" 0.5
quiet perf report --stdio -i "$work/plain.data"
grep -q burn_at_the_bottom "$work/perf.txt" || fail "perf report: no name"
quiet perf report --stdio --header-only -i "$work/plain.data"
for line in hostname 'os release' 'cpudesc' 'nrcpus online' 'cmdline' \
	'event : name'; do
	grep -q -i "^# *$line" "$work/perf.txt" ||
		fail "perf report --header-only shows no $line"
done
grep -q "$(uname -r)" "$work/perf.txt" || fail "the header lacks the release"
same_stacks plain.data

record threads.data -F 1999 -- "$programs/threads" 0.5
same_stacks threads.data
record fork.data -F 1999 -- "$programs/forkexec" 0.5 "$programs/shares"
same_stacks fork.data
record modules.data -F 1999 -- "$programs/dlhost" 0.5 \
	"$programs/first.so" "$programs/second.so"
same_stacks modules.data

record packed.data -z -F 1999 -- "$programs/recursion" 0.5
same_stacks packed.data
plain=$(stat -c %s "$work/plain.data")
packed=$(stat -c %s "$work/packed.data")
[ "$packed" -lt "$plain" ] || fail "-z: $packed bytes of $plain"

"$lbrprof" record -F 1999 -o - -- "$programs/recursion" 0.5 \
	2>"$work/pipe.err" | cat >"$work/pipe.data"
quiet perf script -i - <"$work/pipe.data"
grep -q burn_at_the_bottom "$work/perf.txt" || fail "perf script -i -: no name"
"$lbrprof" script -i - <"$work/pipe.data" >"$work/script.txt" ||
	fail "lbrprof script -i - failed"
in_stacks chain 98 burn_at_the_bottom descend:60 main

record events.data -e cpu-clock -e page-faults -F 999 -- \
	"$programs/recursion" 0.3
quiet perf script -i "$work/events.data"
for event in cpu-clock page-faults; do
	grep -q " $event:" "$work/perf.txt" || fail "perf script: no $event"
done
quiet perf report --stdio -i "$work/events.data"

record raw.data --keep-stacks -F 499 -- "$programs/recursion" 0.5
quiet perf script -i "$work/raw.data" --no-inline
cp "$work/perf.txt" "$work/script.txt"
in_stacks chain 98 burn_at_the_bottom descend:60 main
whole_stacks raw.data
in_stacks chain 98 burn_at_the_bottom descend:60 main
