#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every branch of a program, recorded as it was stepped through: report
# --branches counts each exactly as often as it was taken and as often
# mispredicted, in a file, compressed, and through a pipe.

. "$(dirname "$0")/../cli/common.sh"
. "$(dirname "$0")/stepped.sh"
need clang

# check NAME [COMMAND...]: all that was counted of the known functions, in the
# file or in what the command prints.
check() {
	local name=$1

	shift
	named "$name" >"$work/wanted"
	[ "$(wc -l <"$work/wanted")" -ge 10 ] || fail "$name: too few branches"
	if [ $# = 0 ]; then
		"$lbrprof" report --branches --csv -i "$work/$name.data"
	else
		"$@" 2>/dev/null | "$lbrprof" report --branches --csv -i -
	fi >"$work/report.csv" || fail "$name: lbrprof report --branches"
	awk -F, -v known="$known" '
	NR == 1 {
		for (i = 1; i <= NF; i++)
			column[$i] = i
		next
	}
	{
		gsub(/"/, "")
		split($column["from"], from, /\+0x/)
		split($column["to"], to, /\+0x/)
		if (from[1] ~ known && to[1] ~ known)
			print from[1], from[2], to[1], to[2], \
				$column["mispredicted"], $column["count"]
	}' "$work/report.csv" | sort >"$work/found"
	diff "$work/wanted" "$work/found" || fail "$name: branches differ"
}

build_hotpath fixed -fno-pie -no-pie
step fixed
check fixed
build_hotpath anywhere -fPIE -pie
step anywhere
check anywhere
step anywhere -z -g
check anywhere
check anywhere "$step_record" - "$work/anywhere" $rounds
check anywhere "$step_record" -z - "$work/anywhere" $rounds
