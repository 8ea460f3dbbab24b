# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The protocol on two CPUs: each has its own MSR, and they come and go. What
# is common to all is in 80-pv.sh.

# At the host's speed, many samples are of the loader.
scenario smp-pv-force "$host_2018" 'record_pv force threads-nofp 3000' \
	'guesses=$(counter by_frames) check_driven && [ "$(counter msr_writes)" = 4 ]'
scenario smp-pv-overlap "$host_2018" record_three \
	'guesses=$(counter by_frames) check_three && [ "$(counter msr_writes)" = 4 ]'

# turn 0|1: CPU 1 off or on.
turn() {
	echo "$1" >/sys/devices/system/cpu/cpu1/online
}
# record_while COMMAND: a recording, with COMMAND in the middle of it.
record_while() {
	local meanwhile

	need_lbrprof || return
	(wait_for_value 1; sleep 1; eval "$1") &
	meanwhile=$!
	record_pv force threads-nofp 4000
	set -- $?
	wait $meanwhile
	return "$1"
}
# Between coming online and being set, a CPU is not protected.
check_hotplug() {
	need_lbrprof || return
	echo "$(counter polluted) of $(counter stacks) stacks polluted;" \
		"$(counter msr_writes) writes;" \
		"control $(tr '\n' ' ' <control)"
	[ "$status" = 0 ] && [ "$(counter stacks)" -gt 300 ] &&
	[ $(($(counter polluted) * 100)) -le $(($(counter stacks) * 5)) ] &&
	all_back
}
scenario smp-pv-cpu-comes "$host_2018" \
	'turn 0; record_while "turn 1"; status=$?; turn 1; exit $status' \
	'check_hotplug && grep -q " cpu 1 wr .* 0x1 ok" accesses'
# Its MSR cannot be put back while it is away: that is said, and left to reset.
check_cpu_goes() {
	echo "$(grep -o "CPU 1 went offline with MSR 0x[0-9a-f]* set" log);" \
		"exit $(value statuses record)"
	check_hotplug && [ "$(value statuses record)" = 0 ] &&
	[ "$(value statuses reset)" = 0 ] &&
	grep -q "CPU 1 went offline with MSR 0x[0-9a-f]* set" log &&
	grep -q "put back on 1 CPU" log
}
scenario smp-pv-cpu-goes "$host_2018" \
	'record_while "turn 0"; echo "record $?" >statuses
	turn 1; lbrprof pv reset; echo "reset $?" >>statuses' \
	check_cpu_goes
scenario smp-pv-cpu-goes-and-comes "$host_2018" \
	'record_while "turn 0; sleep 0.5; turn 1"' check_hotplug

# Comes back with the MSRs of power-on, and must be set anew.
suspend() {
	echo "+2" >/sys/class/rtc/rtc0/wakealarm && echo mem >/sys/power/state
}
scenario smp-pv-suspend "$host_2018" 'record_while suspend' \
	'check_hotplug; grep -i resume log
	[ "$(awk "/ cpu 0 wr .* 0x1 ok/ { n++ } END { print n + 0 }" accesses)" \
		= 2 ]'
