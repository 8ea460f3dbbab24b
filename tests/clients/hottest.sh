#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The example profiler, as built here: the hottest stack of a program with
# known shares is the one that is known, from its root to its leaf.

. "$(dirname "$0")/../cli/common.sh"

"$top_builddir/examples/hottest" "$programs/shares" 0.5 >"$work/out" ||
	fail "hottest failed"
awk 'NR == 1 { share = $1 } /^\t/ { sub(/^\t/, ""); stack = stack ";" $1 }
	/^[0-9]/ && NR > 1 { exit }
	END { print share, stack }' "$work/out" >"$work/first"
read -r share stack <"$work/first"
case $stack in
';_start;'*';main;burn_seventy') ;;
*) fail "the hottest stack is $stack" ;;
esac
awk -v share="$share" 'BEGIN { exit !(share > 60 && share < 80) }' ||
	fail "it has $share % of the samples, not 70"

"$top_builddir/examples/hottest" "$work/missing" 2>"$work/err" &&
	fail "a missing command was sampled"
grep -q missing "$work/err" || fail "no reason: $(cat "$work/err")"
