# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The small recordings of tests/data, and what perf reads in them here, where
# the programs are. To make them anew, see tests/data/README.md.

set_empty() {
	echo "$1" >/sys/module/lbrplay/parameters/empty
}

# A quarter of a second, at a rate that gives some twenty samples.
record_data() {
	local perf="perf record -q -N -F 100 -e cycles:u"
	local own="lbrprof -q record -F 100 -e cycles:u"

	need_lbrprof || return
	$perf --call-graph lbr -o perf-lbr.data -- /guest/bin/threads-nofp 250 &&
	$perf -j any,u -o perf-branches.data -- /guest/bin/branches 250 &&
	$own -o lbrprof-auto.data -- /guest/bin/threads-nofp 250 &&
	$own --keep-stacks --stack-size 1024 -o lbrprof-kept.data -- \
		/guest/bin/nocfi-nofp 100 &&
	$own -j any,u -o lbrprof-branches.data -- /guest/bin/branches 250 &&
	set_empty 2 &&
	$perf --call-graph lbr -o perf-empty.data -- /guest/bin/split-nofp 250 &&
	set_empty 0 &&
	perf script -i perf-lbr.data -F tid,time,ip >perf-lbr.script &&
	perf script -i lbrprof-auto.data -F tid,time,ip >lbrprof-auto.script &&
	perf script -i perf-branches.data -F ip,brstack \
		>perf-branches.script &&
	perf script -i lbrprof-branches.data -F ip,brstack \
		>lbrprof-branches.script
}
record_forms() {
	local perf="perf record -q -N -F 100"
	local own="lbrprof -q record -F 100 -e cycles:u -j any,u"
	local branches="-e cycles:u -j any,u"
	local clock="-e cpu-clock:u"
	local file

	need_lbrprof || return
	$perf $clock --call-graph dwarf,512 -o perf-stacks.data -- \
		/guest/bin/plain 120 &&
	$perf -e "{cpu-clock,task-clock}:Su" -o perf-group.data -- \
		/guest/bin/plain 120 &&
	$perf $branches -z -o perf-packed.data -- /guest/bin/branches 120 &&
	$perf $branches -o - -- /guest/bin/branches 120 >perf-pipe.data &&
	$own -z -o lbrprof-packed.data -- /guest/bin/branches 120 &&
	perf script -i perf-group.data -F tid,time,event,period,ip \
		>perf-group.script || return
	# Of a pipe, perf names the address, unasked.
	for file in perf-packed perf-pipe lbrprof-packed; do
		perf script -i $file.data -F ip,brstack |
			sed 's/^\( *[0-9a-f]*\) [^ ]* 0x/\1 0x/' >$file.script
		[ -s $file.script ] || return
	done
}
check_data() {
	need_lbrprof || return
	echo "$(ls *.data | wc -l) recordings," \
		"$(cat *.data *.script | wc -c) bytes"
	return "$status"
}
scenario data "" record_data check_data
scenario data-forms "" record_forms check_data
