# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Any-branch mode: from and to are the program's true branches, cycles and
# mispredictions are made up by the rules in module/branches.c.

# record_branches FILTER: entries go to "entries", one a line, newest first,
# as "FROM TO FLAG CYCLES"; a line "-" ends a sample.
record_branches() {
	$perf_record -j "$1" -o perf.data -- /guest/bin/branches 600 &&
	perf script -i perf.data -F brstack | awk '
		function number(hex,    i, n) {
			for (i = 3; i <= length(hex); i++)
				n = n * 16 + index("0123456789abcdef",
					substr(hex, i, 1)) - 1
			return n
		}
		{
			for (i = 1; i <= NF; i++) {
				split($i, part, "/")
				print number(part[1]), number(part[2]), \
					part[3], part[6]
			}
			if (NF)
				print "-"
		}' >entries
}

# Straight code lies between two branches: older to, newer from. Where the
# program asks for the time, branches in between are not logged.
count_entries() {
	awk '
		$1 == "-" { samples++; newer = ""; next }
		{ n++; missed += $3 == "M"; cycles += $4 }
		newer != "" && ($2 > newer || newer - $2 > 400) { bent++ }
		{ newer = $1 }
		END {
			print "samples", samples + 0
			print "entries", n + 0
			print "missed", missed + 0
			print "cycles", cycles + 0
			print "bent", bent + 0
		}' entries >counts
}

check_branches() {
	[ "$status" = 0 ] || return 1
	count_entries
	echo "$(value counts entries) entries in $(value counts samples) samples," \
		"$(value counts missed) mispredicted of $(counter mispredicted)," \
		"$(value counts bent) not joined by straight code"
	[ "$(value counts samples)" -ge 30 ] &&
	[ "$(value counts missed)" = "$(counter mispredicted)" ] &&
	[ "$(value counts entries)" = "$(counter branches)" ] &&
	[ "$(value counts cycles)" -gt "$(value counts entries)" ]
}
scenario branches-any "" 'record_branches any,u' \
	'check_branches && [ "$(value counts bent)" -lt 10 ]'
for filter in any_call any_ret cond ind_call; do
	scenario "branches-$filter" "" "record_branches $filter,u" \
		check_branches
done
scenario branches-amd "vendor=1 depth=16" 'record_branches any,u' \
	check_branches
