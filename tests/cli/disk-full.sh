#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The disk filling up ends the recording with a reason and status 1, and what
# was flushed until then can be read. --max-size ends it before, with success.

. "$(dirname "$0")/common.sh"

status=0
"$lbrprof" record --max-size 300K -F $rate -o "$work/small.data" -- \
	"$programs/spawner" >/dev/null 2>"$work/small.data.err" || status=$?
[ "$status" = 0 ] || [ "$status" = 143 ] ||
	fail "--max-size: status $status: $(cat "$work/small.data.err")"
says small.data 'max-size'
size=$(stat -c %s "$work/small.data")
[ "$size" -lt 1000000 ] || fail "--max-size 300K: $size bytes"
report small.data
in_report samples 100

need_root "mounting a small file system"
mkdir "$work/disk"
mount -t tmpfs -o size=1536k none "$work/disk" 2>/dev/null ||
	skip "a tmpfs cannot be mounted here"
trap 'umount "$work/disk"; cleanup' EXIT

status=0
"$lbrprof" record -F $rate -o "$work/disk/full.data" -- \
	"$programs/spawner" >/dev/null 2>"$work/full.data.err" || status=$?
[ "$status" = 1 ] || fail "status $status: $(cat "$work/full.data.err")"
says full.data 'space|full'
report disk/full.data
in_report samples 50
in_report complete 99
if perf --version >/dev/null 2>&1; then
	perf script -i "$work/disk/full.data" 2>"$work/perf.err" |
		grep -q early_thread || fail "perf: $(cat "$work/perf.err")"
fi
