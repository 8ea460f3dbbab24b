#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs with nothing left but .eh_frame: stacks are as whole as before,
# and what has no name shows as its file and the offset in it.

. "$(dirname "$0")/common.sh"

record shares.data -F $rate -- "$programs/shares-stripped" 1.5
report shares.data
in_report complete 99
in_report share self 'shares-stripped+0x*' 99
in_report share total 'shares-stripped+0x*' 300 300
! grep -q '"symbol":"\[unknown\]"' "$work/report.json" || fail "[unknown] in the report"

# The last frame of each stack lies in _start, a few bytes after the entry.
entry=$((0x$(readelf -h "$programs/shares-stripped" |
	sed -n 's/.*Entry point address: *0x//p')))
script shares.data
patterns=()
for offset in {0..64}; do
	patterns+=("$(printf '*+0x%x' $((entry + offset)))")
done
in_stacks roots 98 "${patterns[@]}"

record threads.data -F $rate -- "$programs/threads-stripped" 1
report threads.data
in_report complete 99
in_report share self 'threads-stripped+0x*' 98
