#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What runs, and why nothing better does, is said once at the start and
# stands atop the report. --require lbr takes LBR or nothing.

. "$(dirname "$0")/common.sh"

record auto.data -F 999 -- "$programs/shares" 0.3
report auto.data
"$lbrprof" report -i "$work/auto.data" >"$work/tree.txt" || fail "report"

status=0
"$lbrprof" record --require lbr -o "$work/lbr.data" -- true \
	>/dev/null 2>"$work/lbr.data.err" || status=$?
if [ "$(stack_source)" = lbr ]; then
	[ "$status" = 0 ] || fail "--require lbr: $(cat "$work/lbr.data.err")"
else
	[ "$status" = 1 ] || fail "--require lbr: exit status $status"
	says lbr.data 'LBR'
	[ ! -e "$work/lbr.data" ] || fail "--require lbr left a file"
	says auto.data 'LBR' 'eh_frame|dwarf'
	grep -q -i lbr "$work/tree.txt" || fail "the report does not say why no LBR"
fi

for wanted in dwarf fp none; do
	record $wanted.data --call-graph $wanted -F $rate -- \
		"$programs/shares" 0.3
	report $wanted.data
	[ "$(stack_source)" = $wanted ] ||
		fail "--call-graph $wanted: stacks from $(stack_source)"
	in_report share self burn_seventy 70 10
done

# -q says nothing at all when nothing failed.
"$lbrprof" -q record -o "$work/q.data" -- true >"$work/q.err" 2>&1 ||
	fail "-q record failed"
[ ! -s "$work/q.err" ] || fail "-q says: $(cat "$work/q.err")"

# The doctor foretells what record does.
"$lbrprof" doctor >"$work/doctor.txt"
line=$(grep -i '^call stacks:' "$work/auto.data.err")
grep -q -F "${line%% on *}" "$work/doctor.txt" ||
	fail "doctor does not foretell: $line"
