# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Any-branch recordings by lbrprof: its script is perf's, its lists add up to
# the module's counts.

# record_jumps OPTIONS
record_jumps() {
	need_lbrprof || return
	lbrprof record -F 500 -e cycles:u "$@" -o own.data -- \
		/guest/bin/branches 600 &&
	lbrprof script -i own.data -F ip,brstack >own.script &&
	perf script -i own.data -F ip,brstack >perf.script &&
	lbrprof report -i own.data --branches --json >branches.json
}

# sum_json NAME: the report's first number of that name, the sum of all.
sum_json() {
	grep -o "\"$1\":[0-9]*" branches.json | head -n 1 | cut -d: -f2
}

check_jumps() {
	local counted missed

	need_lbrprof || return
	[ "$status" = 0 ] || return 1
	counted=$(grep -o '/[MP-]/[X-]/[A-]/' own.script | wc -l)
	missed=$(grep -o '/M/[X-]/[A-]/' own.script | wc -l)
	echo "$counted entries of $(counter branches) in $(counter samples)" \
		"samples, $missed mispredicted of $(counter mispredicted);" \
		"reported: $(sum_json entries), $(sum_json mispredicted)"
	cmp own.script perf.script >&2 || {
		echo ", perf's script differs"
		return 1
	}
	[ "$counted" = "$(counter branches)" ] && [ "$counted" -gt 100 ] &&
	[ "$missed" = "$(counter mispredicted)" ] &&
	[ "$(sum_json entries)" = "$counted" ] &&
	[ "$(sum_json mispredicted)" = "$missed" ]
}
scenario lbrprof-branches-any "" 'record_jumps -b' check_jumps
scenario lbrprof-branches-any-user "" 'record_jumps -j any,u' check_jumps
scenario lbrprof-branches-cond "" 'record_jumps -j cond,u' check_jumps
scenario lbrprof-branches-amd "vendor=1 depth=16" 'record_jumps -j any,u' \
	check_jumps
