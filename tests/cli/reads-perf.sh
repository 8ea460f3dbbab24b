#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files of perf record: report and script read --call-graph dwarf (unwinding
# the raw copies), --call-graph fp, no call graph, -z, and the pipe form.

. "$(dirname "$0")/common.sh"
need_perf

# by_perf FILE OPTION...: recursion for half a second.
by_perf() {
	perf_record "$@" -F 999 -- "$programs/recursion" 0.5
}

by_perf dwarf.data --call-graph dwarf,16384
whole_stacks dwarf.data
in_report keys
in_report share self burn_at_the_bottom 98
in_stacks chain 98 burn_at_the_bottom descend:60 main

by_perf small.data --call-graph dwarf,2048
report small.data
in_report truncated 90

by_perf fp.data --call-graph fp
report fp.data
in_report share self burn_at_the_bottom 98
script fp.data

by_perf none.data
report none.data
in_report share self burn_at_the_bottom 98

if perf record -q -z -o "$work/try.data" -- true >/dev/null 2>&1; then
	by_perf packed.data -z --call-graph dwarf,16384
	report packed.data
	in_report complete 98
	in_report share self burn_at_the_bottom 98
fi

perf record -q -B -F 999 --call-graph dwarf,16384 -o - -- \
	"$programs/recursion" 0.5 2>/dev/null >"$work/pipe.data" ||
	fail "perf record -o - failed"
"$lbrprof" report --json -i - <"$work/pipe.data" >"$work/report.json" ||
	fail "report -i - failed"
in_report share self burn_at_the_bottom 98
in_report complete 98
