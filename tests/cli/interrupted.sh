#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# However a recording ends, the file can be read: Ctrl-C and SIGTERM end it
# cleanly, SIGKILL leaves what was flushed until then.

. "$(dirname "$0")/common.sh"

# Ctrl-C must reach the recorder though shells ignore SIGINT for what they
# start in the background.
start_recorder() {
	local file=$1

	rm -f "$work/$file"
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
		"$lbrprof" record -F $rate -o "$work/$file" -- \
		"$programs/spawner" >/dev/null 2>"$work/$file.err" &
	recorder=$!
	started+=("$recorder")
	wait_for 10 test -s "$work/$file" || fail "recording does not start"
	sleep 1.3
}

# read_by_perf FILE: perf takes it too, and says nothing of it.
read_by_perf() {
	perf --version >/dev/null 2>&1 || return 0
	perf script -i "$work/$1" >"$work/perf.txt" 2>"$work/perf.err" ||
		fail "perf script: $(cat "$work/perf.err")"
	grep -q early_thread "$work/perf.txt" ||
		fail "perf script shows no sample of $1"
}

for signal in INT TERM; do
	start_recorder $signal.data
	kill -$signal "$recorder"
	status=0
	wait "$recorder" || status=$?
	[ "$status" != 1 ] ||
		fail "SIG$signal: status 1: $(cat "$work/$signal.data.err")"
	says $signal.data 'samples in .* lost'
	whole_stacks $signal.data
	in_report samples 500
	in_stacks present early_thread
	read_by_perf $signal.data
	[ ! -s "$work/perf.err" ] || fail "perf: $(cat "$work/perf.err")"
done

start_recorder kill.data
read -r -a children <"/proc/$recorder/task/$recorder/children"
started+=("${children[@]}")
kill -KILL "$recorder"
wait "$recorder" 2>/dev/null
whole_stacks kill.data
in_report samples 100
in_stacks present early_thread
read_by_perf kill.data
