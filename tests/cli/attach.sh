#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Recording running multi-threaded programs by -p and -t: threads that were
# there, and with -p those made later. Their stacks are whole: what was
# mapped before the recording is known.

. "$(dirname "$0")/common.sh"

# start_spawner: its pid in $spawner, once it burns.
start_spawner() {
	: >"$work/ready"
	"$programs/spawner" >"$work/ready" &
	spawner=$!
	started+=("$spawner")
	wait_for 10 grep -q ready "$work/ready" || fail "spawner does not start"
}

# busiest_thread PID: the one that has had most CPU time.
busiest_thread() {
	local task

	for task in /proc/"$1"/task/*; do
		awk -v tid="${task##*/}" '{ print $14, tid }' "$task/stat"
	done 2>/dev/null | sort -n | tail -n 1 | cut -d ' ' -f 2
}

start_spawner
record process.data -F $rate -p "$spawner" --duration 1.5
kill -0 "$spawner" || fail "the target did not survive"
whole_stacks process.data
in_report lost 0
in_stacks present early_thread later_thread
in_stacks chain 98 early_thread 'start_thread|*libc.so.6+0x*'
in_stacks chain 98 later_thread 'start_thread|*libc.so.6+0x*'

record thread.data -F $rate -t "$(busiest_thread "$spawner")" --duration 1
script thread.data
in_stacks present early_thread
in_stacks absent later_thread

# Two processes at once; a recording ends when its targets do.
first=$spawner
start_spawner
"$lbrprof" -q record -F 999 -o "$work/two.data" -p "$first,$spawner" \
	2>"$work/two.err" &
recorder=$!
started+=("$recorder")
wait_for 10 test -s "$work/two.data" || fail "recording two does not start"
sleep 0.7
kill "$first" "$spawner"
wait "$recorder" || fail "recording two: $(cat "$work/two.err")"
script two.data
in_stacks present early_thread
pids=$(awk '/^[^ \t]/ { print $2 }' "$work/script.txt" | sort -u | wc -l)
[ "$pids" -ge 2 ] || fail "only $pids threads of two processes seen"
