# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Commands and checks that scenarios share. Sourced first, by its name.

# All of them: one event, one rate, the program's own code alone.
perf_record="perf record -q -N -F 500 -e cycles:u"

# In attr.branch_sample_type: see linux/perf_event.h.
callstack_as_perf=0x2c801	# USER|CALL_STACK|NO_FLAGS|NO_CYCLES|HW_INDEX
callstack=0x801
any=0x9

# as_user COMMAND: as somebody without privilege.
as_user() {
	su -s /bin/sh user -c "PATH=$PATH $*"
}

# need_lbrprof: for a CHECK to begin with; ends it with "skip".
need_lbrprof() {
	command -v lbrprof >/dev/null && return
	echo "run was not given --lbrprof"
	return 77
}

# script_perf RECORDING [OPTIONS...]: to "script", as chains reads it.
script_perf() {
	local recording=$1

	shift
	perf script -i "$recording" --ns --no-inline --show-mmap-events \
		-F pid,tid,time,ip "$@" >script
}

# script_lbrprof RECORDING NAME: to the file NAME, as chains reads it.
script_lbrprof() {
	lbrprof script -i "$1" --show-mmap-events -F pid,tid,time,ip >"$2"
}

# record_lbr PROGRAM ARGUMENTS...: to perf.data and "script".
record_lbr() {
	local program=/guest/bin/$1

	shift
	$perf_record --call-graph lbr -o perf.data -- "$program" "$@" &&
	script_perf perf.data
}

# compare_chains lbr|leaf|true|shares SCRIPT [MAPS]: leaves the result in SCRIPT.MODE.
compare_chains() {
	local mode=$1

	shift
	chains "$mode" truth "$@" >"$1.$mode"
}

# cell TABLE ROW COLUMN VALUE: of the tables that end a run.
cell() {
	echo "$1|$2|$3|$4" >>/tmp/cells
}

# share_of SYMBOL FILE: percent, of "percent symbol" lines.
share_of() {
	awk -v symbol="$1" '$NF == symbol { sub("%", "", $1); print $1 + 0 }' \
		"$2"
}

# within A B DISTANCE: of decimal fractions.
within() {
	awk -v a="$1" -v b="$2" -v d="$3" \
		'BEGIN { exit !(a != "" && a - b <= d && b - a <= d) }'
}
