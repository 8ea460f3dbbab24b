#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# --duration ends a recording before the program does, --delay begins it
# later; both leave complete files. How long is judged by what was sampled:
# the clock of a busy machine proves nothing.

. "$(dirname "$0")/common.sh"

# span FILE: samples, and seconds from the first to the last.
span() {
	script "$1"
	awk '/^[^ \t]/ {
		for (i = 2; i <= NF; i++)
			if ($i ~ /^[0-9]+\.[0-9]+:$/) {
				t = $i + 0
				if (!n++) first = t
				last = t
				break
			}
	} END { print n + 0, last - first }' "$work/script.txt"
}

# linking FILE: how many frames lie in the dynamic linker.
linking() {
	script "$1"
	grep -c 'ld-linux[^/]*)$' "$work/script.txt"
}

"$programs/spawner" >"$work/ready" &
spawner=$!
started+=("$spawner")
wait_for 10 grep -q ready "$work/ready" || fail "spawner does not start"
record duration.data -F 999 -p "$spawner" --duration 0.5
read -r samples seconds <<<"$(span duration.data)"
[ "$samples" -ge 5 ] || fail "--duration 0.5: $samples samples"
awk -v s="$seconds" 'BEGIN { exit !(s < 3) }' ||
	fail "--duration 0.5 took samples for $seconds s"

# A launched command that still runs is ended with the recording.
status=0
"$lbrprof" record -F 999 --duration 1.5 -o "$work/launch.data" -- \
	"$programs/spawner" >/dev/null 2>"$work/launch.err" || status=$?
[ "$status" -lt 2 ] || [ "$status" = 143 ] ||
	fail "--duration: exit status $status: $(cat "$work/launch.err")"
report launch.data
in_report samples 5

# The first thing a program does is to link itself; a delay outlasts that,
# though perhaps not in the first turn where others keep the machine busy.
record whole.data -F $rate -- "$programs/shares" 1
[ "$(linking whole.data)" -gt 0 ] || fail "the start is not recorded"
for turn in 1 2 3; do
	record delay.data -F $rate --delay $((turn * 400)) -- \
		"$programs/shares" $((turn + 1))
	[ "$(linking delay.data)" -gt 0 ] || break
	[ $turn -lt 3 ] || fail "--delay: the start is recorded"
done
whole_stacks delay.data
in_report samples 100
in_report share self burn_seventy 70

status=0
"$lbrprof" record --duration x -o "$work/x.data" -- true \
	>/dev/null 2>"$work/x.err" || status=$?
[ "$status" = 2 ] || fail "--duration x: exit status $status"
[ ! -e "$work/x.data" ] || fail "--duration x left a file"
