#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Whole CPUs: -a sees every process, -C only what ran on one CPU. A command
# given along says how long.

. "$(dirname "$0")/common.sh"

paranoid=$(cat /proc/sys/kernel/perf_event_paranoid 2>/dev/null || echo 9)
[ "$(id -u)" = 0 ] || [ "$paranoid" -le 0 ] ||
	skip "-a needs root or perf_event_paranoid <= 0, it is $paranoid"

# Names of their own: there may be others like them.
cp "$programs/spawner" "$work/wide-a$$"
cp "$programs/shares" "$work/wide-b$$"
"$work/wide-a$$" >/dev/null &
started+=($!)
# Everything that runs here is recorded, which on a busy machine may be more
# than the rings hold. That is said then, and worth another try.
for try in 1 2 3; do
	record all.data -a -F $rate -- "$work/wide-b$$" 1.5
	report all.data --comm wide-b$$
	grep -q '"lost":0,' "$work/report.json" && break
	say "try $try: $(grep lost "$work/all.data.err")"
done
in_report share self burn_seventy 70
in_report complete 99
report all.data --comm wide-a$$
in_report complete 98
in_report samples 200

cpu=$(taskset -pc $$ 2>/dev/null | sed 's/.*: *\([0-9]*\).*/\1/')
record one.data -C "${cpu:-0}" -F 999 --duration 0.5
report one.data
in_report samples 10
if [ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ]; then
	report all.data --cpu "${cpu:-0}"
	in_report samples 10
fi
