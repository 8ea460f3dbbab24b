# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What goes wrong in guests, and what lbrprof makes of it: which step of the
# ladder it takes, what it says, and how it ends. With --require lbr there is
# no ladder: exit status 1, and no command is run.

ladder_table="What is refused or does not work"

# record_down: as anybody would, then with --require lbr.
record_down() {
	need_lbrprof || return
	lbrprof record -F 500 -o own.data -- /guest/bin/split 300 2>plan
	echo "auto $?" >statuses
	rm -f ran
	lbrprof record --require lbr -F 500 -o required.data -- touch ran \
		2>required
	echo "required $?" >>statuses
	[ ! -e ran ] || echo "ran 1" >>statuses
	cat plan required
}

# check_down SOURCE EVENT WORDS: that step ran, and the reason was given in
# these words, in the plan and by --require lbr.
check_down() {
	need_lbrprof || return
	echo "$(sed -n 's/^call stacks: \(.*\) at .*/\1/p' plan):" \
		"$(sed 's/.*cannot be had: //; q' required | cut -c1-130)"
	name=${name#lbrprof-}
	cell "$ladder_table" "$name" "record" \
		"$(sed -n 's/^call stacks: .*(\(.*\)), on \(.*\) at.*/\1 on \2/p' \
			plan), exit $(value statuses auto)"
	cell "$ladder_table" "$name" "--require lbr" \
		"exit $(value statuses required)"
	grep -q "^call stacks: .*($1), on $2 at" plan &&
	grep -q "cannot be had: .*$3" required || return 1
	tr -s '\n ' ' ' <plan | grep -q "no: .*$3" || return 1
	[ "$(value statuses auto)" = 0 ] && [ ! -e required.data ] &&
	[ "$(value statuses required)" = 1 ] && [ -z "$(value statuses ran)" ] &&
	lbrprof report -i own.data >report && grep -q split report
}

scenario lbrprof-no-lbr "depth=0" record_down \
	'check_down dwarf cycles "LBR"'
scenario lbrprof-amd "vendor=1 depth=16" record_down \
	'check_down dwarf cycles "none with call-stack mode"'
scenario lbrprof-before-haswell "callstack=0 depth=16" record_down \
	'check_down dwarf cycles "none with call-stack mode"'
scenario lbrprof-einval "refuse=22" record_down \
	'check_down dwarf cycles "refuses branch records"'
scenario lbrprof-ebusy "refuse=16 refuse_what=1" record_down \
	'check_down dwarf cycles "somebody else holds the branch records"'
scenario lbrprof-no-pmu "refuse=2 refuse_what=2" record_down \
	'check_down dwarf cpu-clock "has no such event"'
# An event that opens is not one that works.
scenario lbrprof-silent "silent=1" record_down \
	'check_down dwarf cpu-clock "self-test: .*never counts"'
scenario lbrprof-empty "empty=1" record_down \
	'check_down dwarf cycles "self-test: .*without branch records"'
scenario lbrprof-empty-without-hw-idx "empty=2" record_down \
	'check_down dwarf cycles "self-test: .*without branch records"'
scenario lbrprof-all-polluted "pollution=100 pollution_kind=2" record_down \
	'check_down dwarf cycles "self-test: .*come out wrong"'

# --- without privilege ---

at_paranoid() {
	local level=$1 before=$(cat /proc/sys/kernel/perf_event_paranoid)

	shift
	echo "$level" >/proc/sys/kernel/perf_event_paranoid
	as_user "$@"
	echo "$level $?" >>statuses
	echo "$before" >/proc/sys/kernel/perf_event_paranoid
}
record_as_user() {
	need_lbrprof || return
	at_paranoid 3 "lbrprof record -o 3.data -- /guest/bin/split 300 2>3.log"
	at_paranoid 2 "lbrprof record -F 500 -o own.data -- \
		/guest/bin/split-nofp 800 2>2.log"
	cat 3.log 2.log
	script_lbrprof own.data script
}
check_as_user() {
	need_lbrprof || return
	compare_chains true script || return 1
	echo "3: $(tr '\n' ' ' <3.log | cut -c1-220) | 2:" \
		"$(sed -n 's/^call stacks: //p' 2.log)" \
		"$(value script.true equal_percent) % of" \
		"$(value script.true compared) true"
	[ "$(value statuses 3)" = 1 ] && [ "$(value statuses 2)" = 0 ] &&
	grep -q perf_event_paranoid 3.log && [ ! -e 3.data ] &&
	grep -q 'lbr+dwarf' 2.log &&
	compare "$(value script.true equal_percent)" '>=' 99
}
scenario lbrprof-paranoid "" record_as_user check_as_user

# --- what perf recorded of it ---

# Recordings that have no or few stacks are read, and said to be so.
read_perfs() {
	need_lbrprof || return
	$perf_record --call-graph lbr -o perf.data -- /guest/bin/split 500 &&
	lbrprof report -i perf.data >report &&
	lbrprof script -i perf.data -F ip >script
}
check_perfs() {
	need_lbrprof || return
	echo "$(grep -c . script) lines;" "$(grep '^branches' report)"
	[ "$status" = 0 ] && grep -q '^branches *100.0% empty' report
}
scenario lbrprof-reads-empty "empty=1" read_perfs check_perfs
scenario lbrprof-reads-empty-without-hw-idx "empty=2" read_perfs check_perfs

# The code alone must tell where there is nothing to compare with. A stack of
# another thread that ends in the same function is sound in itself.
read_polluted() {
	need_lbrprof || return
	record_lbr threads-nofp 1000 && script_lbrprof perf.data own &&
	lbrprof report -i perf.data >report
}
check_read_polluted() {
	local share figure

	need_lbrprof || return
	[ "$status" = 0 ] && compare_chains true own || return 1
	share=$(awk -v p="$(counter polluted)" -v s="$(counter stacks)" \
		'BEGIN { printf "%.1f", 100 * p / s }')
	figure=$(sed -n 's/^branches *//p' report | tr ',' '\n' | awk '
		/polluted|mismatch|longjmp/ { bad += $1 }
		END { printf "%.1f", bad }')
	echo "$share % of $(counter stacks) stacks polluted, $figure % by the" \
		"code; frames right $(value own.true right_percent) %"
	[ "$1" = any ] || within "$figure" "$share" "$1"
}
for kind in 1 2; do
	scenario "lbrprof-reads-polluted-kind-$kind" \
		"pollution=30 pollution_kind=$kind" read_polluted \
		'check_read_polluted 3'
done
scenario lbrprof-reads-polluted-kind-0 "pollution=30 pollution_kind=0" \
	read_polluted 'check_read_polluted any'
