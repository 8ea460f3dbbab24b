# SPDX-License-Identifier: LGPL-2.1-or-later
#
# record --overhead-budget on the PMU, with LBR: eight events stand by, one
# samples at a time, and stacks are as whole and true as at one rate.

# record_budget PERCENT EVENT PROGRAM ARGUMENTS...
record_budget() {
	local percent=$1 event=$2 program=/guest/bin/$3

	need_lbrprof || return
	shift 3
	lbrprof record --overhead-budget "$percent" -F 2000 -e "$event" \
		-o own.data -- "$program" "$@" &&
	script_lbrprof own.data script &&
	lbrprof report -i own.data >report &&
	perf script -i own.data -F period >periods
}

# said_budget PERCENT: what the summary says was seen, which is less.
said_budget() {
	local said

	said=$(sed -n 's/^ *overhead: //p' log)
	printf '%s' "overhead $said; "
	case $said in
	*", budget $1 %; "*" Hz"*"; "*" us a sample besides the recorder") ;;
	*) return 1 ;;
	esac
	grep -q "^overhead .* of $1 % allowed, at " report &&
	tr -s '\n ' ' ' <log | grep -q 'call stacks: .*(lbr+dwarf), on cycles' &&
	grep -q '^ *steal: .*; recorder: ' log &&
	grep -q '^ *interrupts: [0-9]* NMI, [0-9]* of the PMU' log &&
	compare "${said%% %*}" '<=' "$1"
}

# The periods, of whatever rate, add up to the program's time in user space,
# where alone the module samples; the one CPU gives the recorder some, too.
check_budget_time() {
	local periods

	need_lbrprof || return
	periods=$(awk '{ s += $1 } END { printf "%.2f", s / 1e9 }' periods)
	[ "$status" = 0 ] && said_budget "$1" || return 1
	echo "$periods s of $2 s"
	compare "$periods" '<=' "$2" &&
	compare "$periods" '>=' "$(awk -v s="$2" 'BEGIN { print s * 0.65 }')"
}
scenario lbrprof-budget-time "foreign=1" \
	'record_budget 15 cycles recursion-nofp 60 4000' 'check_budget_time 15 4'

check_budget_stacks() {
	need_lbrprof || return
	[ "$status" = 0 ] && said_budget "$1" && compare_chains true script ||
		return 1
	echo "$(value script.true equal_percent) % of" \
		"$(value script.true compared) true"
	[ "$(value script.true compared)" -ge 100 ] &&
	compare "$(value script.true equal_percent)" '>=' 99
}
scenario lbrprof-budget-stacks "" \
	'record_budget 30 cycles:u threads-nofp 2000' \
	'check_budget_stacks 30'
