#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Events by name: several in one recording; an unknown name lists near ones;
# one that this machine lacks says so.

. "$(dirname "$0")/common.sh"

record two.data -e cpu-clock -e page-faults -F 999 -- "$programs/shares" 0.5
report two.data
in_report samples 200
in_report share self burn_seventy 70 6
script two.data
for event in cpu-clock page-faults; do
	grep -q " $event:" "$work/script.txt" || fail "no sample of $event"
done

# By count: every fault is a sample.
record faults.data -e page-faults -c 1 -- "$programs/shares" 0.1
report faults.data
in_report samples 20
grep -q '"page-faults' "$work/report.json" || fail "the event's name is lost"

status=0
"$lbrprof" record -e page-fautls -o "$work/x.data" -- true \
	>/dev/null 2>"$work/x.data.err" || status=$?
[ "$status" = 1 ] || [ "$status" = 2 ] || fail "unknown event: $status"
says x.data 'page-fautls' 'page-faults'
[ ! -e "$work/x.data" ] || fail "an unknown event left a file"

# User space only, where stacks begin in the program itself.
record user.data -e cpu-clock:u -F 999 -- "$programs/shares" 0.5
report user.data
in_report complete 99
! grep -q kernel "$work/report.json" || fail "cpu-clock:u has kernel symbols"

# A raw event needs a PMU: either it counts, or the reason is said.
status=0
"$lbrprof" record -e r00c0 -o "$work/raw.data" -- "$programs/shares" 0.2 \
	>/dev/null 2>"$work/raw.data.err" || status=$?
if [ "$status" = 0 ]; then
	report raw.data
else
	[ "$status" = 1 ] || fail "r00c0: exit status $status"
	says raw.data 'r00c0|PMU'
	[ ! -e "$work/raw.data" ] || fail "r00c0 left a file"
fi
