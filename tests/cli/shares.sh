#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Two functions that burn 70 % and 30 %: shares, names, whole stacks, the
# JSON object's form, and the header that says what ran. Once more without
# .eh_frame_hdr, where .eh_frame must be searched.

. "$(dirname "$0")/common.sh"

for program in shares shares-nohdr; do
	record $program.data -F $rate -- "$programs/$program" 1.5
	whole_stacks $program.data
	in_report keys
	in_report samples 4000
	in_report lost 0
	in_report named 98
	in_report share self burn_seventy 70
	in_report share self burn_thirty 30
	in_report share total main 99
	in_stacks chain 99 burn_seventy main
	in_stacks chain 99 burn_thirty main
done

says shares.data 'wrote' '0 lost' 'complete'
"$lbrprof" report -i "$work/shares.data" >"$work/tree.txt" ||
	fail "report failed"
for text in burn_seventy burn_thirty main _start; do
	grep -q "$text" "$work/tree.txt" || fail "no $text in the tree"
done
"$lbrprof" report --flat -i "$work/shares.data" >"$work/flat.txt" ||
	fail "report --flat failed"
grep -E 'burn_(seventy|thirty)' "$work/flat.txt" | head -n 1 |
	grep -q burn_seventy || fail "report --flat is not sorted by self"
"$lbrprof" report --callers burn_thirty -i "$work/shares.data" |
	grep -q main || fail "report --callers does not show main"
"$lbrprof" report --callees main -i "$work/shares.data" |
	grep -q burn_thirty || fail "report --callees does not show burn_thirty"
