# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What lbrprof doctor says of each thing that goes wrong in guests, to root and
# to a plain user, who cannot read MSRs; and that what it saved says the same.

doctor() {
	need_lbrprof || return
	lbrprof doctor --self-test >root.log
	echo "root $?" >statuses
	lbrprof doctor --json --save saved >live.json
	lbrprof doctor --json --sysroot saved >saved.json
	at_paranoid 2 "lbrprof doctor >user.log"
	cat root.log
	echo "--- as a plain user ---"
	cat user.log
}

first_closed() {
	sed -n 's/^First closed gate: //p' "$1"
}

# check_said LOG STATUS WANTED [GATE]: the exit status, the first closed gate, if
# any, and that somebody is told what to do.
check_said() {
	[ "$2" = "$3" ] && [ "$(first_closed "$1")" = "${4:-}" ] &&
	! grep -q '.\{80\}' "$1" || return 1
	[ "$3" = 0 ] || grep -q '^  why  *[^ ]' "$1" &&
	if [ "$3" = 3 ]; then grep -q '^  you  *[^n]' "$1"; fi &&
	if [ "$3" = 4 ]; then grep -q '^  host admin  *[^ ]' "$1"; fi
}

# check_doctor STATUS LBR [GATE [USERS]]: the user's gate is root's, unless told
# otherwise. What opens and does not work is not seen in what was saved.
check_doctor() {
	local users=${4:-${3:-}}

	need_lbrprof || return
	echo "exit status $(value statuses root)," \
		"first closed $(first_closed root.log), user's" \
		"$(first_closed user.log):" \
		"$(sed -n "s/^  lbr  *$2 */$2 /p" root.log)"
	grep -q "^  lbr  *$2 " root.log && grep -q '^  dwarf  *passed ' root.log &&
	check_said root.log "$(value statuses root)" "$1" "${3:-}" &&
	check_said user.log "$(value statuses 2)" "$1" "$users" || return 1
	if [ "$2" = failed ]; then
		grep -q '^Self-test: failed' user.log
	else
		cmp live.json saved.json
	fi
}

scenario lbrprof-doctor "" doctor 'check_doctor 0 passed'
scenario lbrprof-doctor-16-deep "depth=16" doctor 'check_doctor 0 passed'
scenario lbrprof-doctor-64-deep "depth=64" doctor 'check_doctor 0 passed'
# As architectural LBR has it.
scenario lbrprof-doctor-arch "arch=1" doctor 'check_doctor 0 passed'
scenario lbrprof-doctor-polluted "pollution=30 pollution_kind=2" doctor \
	'check_doctor 0 passed'
scenario lbrprof-doctor-all-polluted "pollution=100 pollution_kind=2" doctor \
	'check_doctor 4 failed'
scenario lbrprof-doctor-silent "silent=1" doctor 'check_doctor 4 failed'
scenario lbrprof-doctor-empty "empty=1" doctor 'check_doctor 4 failed'
scenario lbrprof-doctor-empty-without-hw-idx "empty=2" doctor \
	'check_doctor 4 failed'
scenario lbrprof-doctor-no-lbr "depth=0" doctor \
	'check_doctor 4 "not run" lbr-format'
scenario lbrprof-doctor-amd "vendor=1 depth=16" doctor \
	'check_doctor 4 "not run" open'
scenario lbrprof-doctor-before-haswell "callstack=0 depth=16" doctor \
	'check_doctor 4 "not run" open'
scenario lbrprof-doctor-einval "refuse=22" doctor \
	'check_doctor 3 "not run" open'
scenario lbrprof-doctor-ebusy "refuse=16" doctor \
	'check_doctor 3 "not run" open'
scenario lbrprof-doctor-ebusy-branches "refuse=16 refuse_what=1" doctor \
	'check_doctor 3 "not run" open'
scenario lbrprof-doctor-eacces "refuse=13" doctor \
	'check_doctor 3 "not run" open'
scenario lbrprof-doctor-eperm "refuse=1" doctor 'check_doctor 3 "not run" open'
scenario lbrprof-doctor-enosys "refuse=38" doctor \
	'check_doctor 3 "not run" open'
scenario lbrprof-doctor-no-pmu "refuse=2 refuse_what=2" doctor \
	'check_doctor 4 "not run" open'

# KVM's word, by CPUID and by MSR 0x345, of a PMU without LBR. Who cannot read
# the register sees what came of it.
scenario lbrprof-doctor-kvm "kvm=1" doctor 'check_doctor 0 passed'
scenario lbrprof-doctor-kvm-version-1 "kvm=1 depth=0 pmu_version=1" doctor \
	'check_doctor 4 "not run" vpmu'
scenario lbrprof-doctor-kvm-no-pdcm "kvm=1 depth=0 pdcm=0" doctor \
	'check_doctor 4 "not run" lbr-format'
scenario lbrprof-doctor-kvm-no-format \
	"kvm=1 control=2 depth=0 perf_capabilities=0x2000" doctor \
	'check_doctor 4 "not run" lbr-format driver'
scenario lbrprof-doctor-kvm-faults \
	"kvm=1 control=2 depth=0 perf_capabilities=-1" doctor \
	'check_doctor 4 "not run" lbr-format driver'
scenario lbrprof-doctor-kvm-held-at-boot "kvm=1 control=2 depth=0" doctor \
	'check_doctor 4 "not run" driver'

# Where perf is root's, it is the user's to change.
doctor_as_user() {
	need_lbrprof || return
	at_paranoid 3 "lbrprof doctor >3.log"
	at_paranoid 2 "lbrprof doctor --self-test >2.log"
	at_paranoid 2 "lbrprof doctor --json --save saved >live.json"
	cat 3.log 2.log
	lbrprof doctor --json --sysroot saved >saved.json
}
check_doctor_as_user() {
	need_lbrprof || return
	echo "3: exit status $(value statuses 3)," \
		"first closed $(first_closed 3.log) |" \
		"2: $(sed -n 's/^  lbr  *passed/passed/p' 2.log)"
	[ "$(value statuses 3)" = 3 ] && [ "$(grep -c '^2 0$' statuses)" = 2 ] &&
	[ "$(first_closed 3.log)" = paranoid ] &&
	grep -q 'sudo sysctl kernel.perf_event_paranoid=2$' 3.log &&
	grep -q '^  lbr  *passed ' 2.log && cmp live.json saved.json
}
scenario lbrprof-doctor-as-user "" doctor_as_user check_doctor_as_user

# What a sample of the PMU costs, stack and branch records and all.
doctor_cost() {
	need_lbrprof || return
	lbrprof doctor --exit-cost
	echo "root $?" >statuses
	lbrprof doctor --exit-cost --json >json
}
# Copying its stack alone takes more than 10 us of this machine's time.
check_doctor_cost() {
	local us=$(sed -n 's/^  cycles  *\([0-9.]*\) us a sample: .*/\1/p' log)

	need_lbrprof || return
	echo "$us us a sample"
	[ "$(value statuses root)" = 0 ] && compare "${us:-0}" '>' 10 &&
	grep -q '"exit_cost":{"' json &&
	grep -q '"sample_cost":{"event":"cycles","samples":[1-9]' json
}
scenario lbrprof-doctor-exit-cost "foreign=1" doctor_cost check_doctor_cost
