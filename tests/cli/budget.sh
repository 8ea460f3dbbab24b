#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# --overhead-budget: the rate is never above -F, it may change while recording,
# and whatever it was, the samples' periods add up to the CPU time that the
# program used, and shares by period are right. That the budget is kept is for
# bench/overhead to show: a busy machine proves nothing.

. "$(dirname "$0")/common.sh"

# rates FILE: the slowest and fastest rate that record said it had used.
rates() {
	sed -n 's/^  overhead: .*budget [0-9.]* %; \([0-9 to]*\) Hz.*/\1/p' \
		"$work/$1.err" | sed 's/ to / /' | awk '{ print $1, $NF }'
}

record low.data --overhead-budget 0.5 -F 3999 -- "$programs/shares" 2
says low.data 'budget 0.5 %' 'a sample costs the program [0-9.]+ us' \
	'us a sample besides the recorder' 'interrupts: [0-9]+ NMI'
read -r slowest fastest <<<"$(rates low.data)"
[ "$slowest" -gt 0 ] && [ "$slowest" -le "$fastest" ] &&
	[ "$fastest" -le 3999 ] || fail "rates from $slowest to $fastest Hz"
report low.data
in_report period 1.2 2.4
"$lbrprof" report -i "$work/low.data" >"$work/tree.txt" || fail "report failed"
grep -q '^overhead .* of 0.5 % allowed, at ' "$work/tree.txt" ||
	fail "the report does not tell the overhead"
grep -q '^event .* up to [0-9]* samples a second' "$work/tree.txt" ||
	fail "the report takes the highest rate for the only one"

# All threads and children, those that were made before a change, too.
record high.data --overhead-budget 20 -F 3999 -- "$programs/threads" 2
report high.data
in_report period 1.2 2.4
in_report share self_period thread_forty 40 8
in_report share self_period thread_ten 10 8

# Asked for less than the budget would bear, it is what was asked for.
record asked.data --overhead-budget 100 -F 50 -- "$programs/shares" 1
[ "$(rates asked.data)" = "50 50" ] ||
	fail "-F 50 was sampled at $(rates asked.data)"

# Without a budget nothing of it is said.
record none.data -F 999 -- "$programs/shares" 0.3
! grep -q 'overhead' "$work/none.data.err" || fail "overhead without a budget"

if command -v perf >/dev/null && perf --version >/dev/null 2>&1; then
	perf script -i "$work/low.data" -F period >"$work/periods.txt" \
		2>"$work/perf.err" || fail "perf script: $(cat "$work/perf.err")"
	[ ! -s "$work/perf.err" ] || fail "perf: $(cat "$work/perf.err")"
	awk '{ s += $1 } END { exit !(s > 1.2e9 && s < 2.4e9) }' \
		"$work/periods.txt" || fail "perf adds up other periods"
fi

for wrong in 0 -1 101 x nan 1%%; do
	status=0
	"$lbrprof" record --overhead-budget "$wrong" -o "$work/x.data" -- true \
		>/dev/null 2>"$work/x.err" || status=$?
	[ "$status" = 2 ] || fail "--overhead-budget $wrong: exit status $status"
done
status=0
"$lbrprof" record --overhead-budget 1 -c 1000000 -o "$work/x.data" -- true \
	>/dev/null 2>"$work/x.err" || status=$?
[ "$status" = 2 ] || fail "--overhead-budget with -c: exit status $status"
[ ! -e "$work/x.data" ] || fail "wrong usage left a file"
