#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each way in which perf can record here, one after the other: what script
# prints of the recording is what perf script prints of it, letter by letter.
# Ways that this kernel, or this user, does not have are named and left out.

. "$(dirname "$0")/common.sh"
need_perf

# Forks, but executes nothing: in a sample between exec and the new mappings,
# perf still goes by the old ones. Waiting for those that do nothing makes
# context switches, of which an idle machine has few else.
workload=(sh -c 'c() { i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; }
	c & c; for i in 1 2 3 4 5 6 7 8 9 10; do (:); done; wait')
clock="-e cpu-clock -F 999"
usual=comm,pid,tid,time,event,period,ip
nr_compared=0
left_out=()

# again COMMAND...: perf 6.1 aborts where another program asks for build-ids.
again() {
	local turn

	for turn in 1 2 3 4; do
		"$@" 2>"$work/perf.err" </dev/null && return
	done
	left_out+=("$name: $(grep -v '^ *$' "$work/perf.err" | head -n 1)")
	return 1
}

perf_script() {
	perf script -i "$1" -F "$2" >"$work/theirs"
}

# perf_pipe FILE OPTION...
perf_pipe() {
	local file=$1

	shift
	perf record -q -N -B -o - "$@" -- "${workload[@]}" >"$file"
}

# compare FIELDS FILE: perf ends some lines with a space.
compare() {
	"$lbrprof" script -i "$2" -F "$1" >"$work/ours" 2>"$work/err" ||
		fail "$name: $(cat "$work/err")"
	[ ! -s "$work/err" ] || fail "$name: $(cat "$work/err")"
	sed -i 's/ *$//' "$work/ours" "$work/theirs"
	[ "$(wc -l <"$work/theirs")" -ge 5 ] || fail "$name: too few samples"
	if ! diff "$work/theirs" "$work/ours" >"$work/diff"; then
		head -n 10 "$work/diff"
		fail "$name: perf script prints something else"
	fi
	nr_compared=$((nr_compared + 1))
}

# mode NAME FIELDS OPTION...
mode() {
	local name=$1 fields=$2 file=$work/$1.data

	shift 2
	again perf record -q -N -B -o "$file" "$@" -- "${workload[@]}" &&
		again perf_script "$file" "$fields" &&
		compare "$fields" "$file"
}

# piped NAME FIELDS OPTION...: of pipes, perf names the frames unasked.
piped() {
	local name=$1 fields=$2 file=$work/$1.data

	shift 2
	again perf_pipe "$file" "$@" &&
		again perf_script "$file" "$fields" || return 0
	sed -i 's/^\(\t *[0-9a-f]*\) .*/\1/' "$work/theirs"
	compare "$fields" "$file"
	cat "$file" | "$lbrprof" script -i - -F "$fields" | sed 's/ *$//' |
		cmp - "$work/ours" || fail "$name: standard input differs"
}

# shellcheck disable=SC2086
modes() {
	mode plain $usual $clock
	mode fp $usual $clock -g
	mode packed $usual $clock -g -z
	mode anyone $usual,cpu $clock -a
	mode one-cpu $usual,cpu $clock -C 0
	mode per-thread comm,pid,tid,event,period,ip $clock --per-thread
	mode alone $usual $clock --no-inherit
	mode fixed $usual -e cpu-clock -c 500000
	mode events $usual -e cpu-clock,page-faults,context-switches -F 999 -g
	mode counts $usual -e minor-faults,context-switches -c 1
	mode switches $usual $clock --switch-events
	mode namespaces $usual $clock --namespaces
	mode cgroups $usual $clock --all-cgroups
	mode build-ids $usual $clock --buildid-mmap
	mode late-maps $usual $clock --tail-synthesize
	mode overwritten $usual $clock --overwrite -m 16
	mode threads $usual,cpu $clock -a --threads=cpu
	mode packed-threads $usual,cpu $clock -a -z --threads=cpu
	mode identified $usual,cpu $clock --sample-identifier --sample-cpu
	mode monotonic $usual $clock -k mono
	mode bounds $usual $clock --timestamp-boundary
	mode running $usual $clock --running-time
	mode totals $usual $clock -s
	mode weights $usual,weight $clock -W
	mode addresses $usual,addr -e page-faults -c 1 -d
	mode physical $usual,addr,phys_addr -e page-faults -c 1 -d --phys-data
	mode pages $usual,addr,data_page_size,code_page_size -e page-faults -c 1 -d --data-page-size \
		--code-page-size
	mode registers $usual $clock -I
	mode user-registers $usual $clock --user-regs=ax,ip,sp
	mode tracepoints $usual -e sched:sched_switch -R
	mode group $usual -e '{cpu-clock,task-clock}' -F 999
	mode group-read $usual -e '{cpu-clock,task-clock}:S' -F 999
	piped pipe $usual $clock -g
	piped packed-pipe $usual $clock -g -z
}

modes
for left in "${left_out[@]+"${left_out[@]}"}"; do
	say "left out $left"
done
say "$nr_compared ways compared"
[ "$nr_compared" -gt 0 ] || skip "perf cannot record here"
