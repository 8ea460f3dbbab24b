# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What goes wrong in guests: refusals, and events that open and give nothing,
# or somebody else's branches. Here only that the module plays it so that
# perf and the kernel see what they would see.

# attempt_all "BRANCH_SAMPLE_TYPE EXPECTED"...
attempt_all() {
	local pair got bad=0

	for pair in "$@"; do
		got=$(attempt "${pair% *}")
		echo "${pair% *} $got" >>attempts
		[ "$got" = "${pair#* }" ] || bad=1
	done
	return $bad
}

check_attempts() {
	tr '\n' ',' <attempts | sed 's/,$//; s/,/, /g'
	return "$status"
}

scenario refuse-nothing "" \
	"attempt_all '$callstack_as_perf ok' '$callstack ok' '$any ok' '0 ok'" \
	check_attempts
scenario refuse-no-lbr "depth=0" \
	"attempt_all '$callstack_as_perf EOPNOTSUPP' '$any EOPNOTSUPP' '0 ok' &&
	[ ! -e /sys/bus/event_source/devices/cpu/caps/branches ]" \
	check_attempts
scenario refuse-amd "vendor=1 depth=16" \
	"attempt_all '$callstack_as_perf EOPNOTSUPP' '$callstack EOPNOTSUPP' \
	'0x4009 EOPNOTSUPP' '0x8009 EOPNOTSUPP' '$any ok'" \
	check_attempts
scenario refuse-old "callstack=0 depth=16" \
	"attempt_all '$callstack_as_perf EOPNOTSUPP' '$any ok'" \
	check_attempts
scenario refuse-einval "refuse=22" \
	"attempt_all '$callstack_as_perf EINVAL' '$callstack EINVAL' '$any ok'" \
	check_attempts
scenario refuse-ebusy "refuse=16 refuse_what=1" \
	"attempt_all '$callstack_as_perf EBUSY' '$any EBUSY' '0 ok'" \
	check_attempts
scenario refuse-mixed-types "" \
	"attempt_all '0x809 EINVAL' '0x811 EINVAL' '$callstack ok'" \
	check_attempts
scenario refuse-all "refuse=2 refuse_what=2" \
	"attempt_all '$callstack_as_perf ENOENT' '0 ENOENT'" \
	check_attempts

# Debian's third level: nothing at all without privilege.
attempt_paranoid() {
	local level before=$(cat /proc/sys/kernel/perf_event_paranoid)

	for level in 3 2; do
		echo $level >/proc/sys/kernel/perf_event_paranoid
		echo "$level $(as_user attempt $callstack_as_perf)" >>attempts
	done
	echo "$before" >/proc/sys/kernel/perf_event_paranoid
	echo "default $before" >>attempts
	[ "$(sed -n 1,2p attempts)" = "3 EACCES
2 ok" ]
}
scenario refuse-paranoid "" attempt_paranoid check_attempts

# perf's own answer to a refusal.
record_refused() {
	! $perf_record --call-graph lbr -o perf.data -- /guest/bin/split 100
}
check_refused() {
	grep -A 1 -m 1 '^Error:' log | tail -n 1
	return "$status"
}
scenario perf-refused-amd "vendor=1" record_refused check_refused
scenario perf-refused-ebusy "refuse=16" record_refused check_refused

# --- opened, but ---

record_split() {
	$perf_record --call-graph lbr -o perf.data -- /guest/bin/split 1000 &&
	perf report -D -i perf.data 2>errors >dump
	grep -c 'PERF_RECORD_SAMPLE' dump >samples
	return 0
}

check_empty() {
	echo "$(counter empty) made empty, perf reads $(cat samples)"
	[ "$status" = 0 ] && [ "$(counter stacks)" = 0 ] &&
	[ "$(counter empty)" -ge 30 ]
}
scenario empty "empty=1" record_split \
	'check_empty && [ "$(cat samples)" = "$(counter empty)" ]'
# The core writes no hw_idx then, though the event asked for it; perf 6.1
# gives up reading the whole file.
scenario empty-without-hw-idx "empty=2" record_split \
	'check_empty && echo ": $(head -n 1 errors)"'

check_silent() {
	echo "$(cat samples) samples, $(counter fired) expiries"
	[ "$status" = 0 ] && [ "$(cat samples)" = 0 ] &&
	[ "$(counter fired)" = 0 ] && [ "$(counter opened)" -gt 0 ]
}
scenario silent "silent=1" record_split check_silent

# --- polluted ---

# check_pollution PERCENT: the share asked for, and no other chain is wrong.
check_pollution() {
	local share

	[ "$status" = 0 ] && compare_chains lbr script || return 1
	share=$(awk -v p="$(counter polluted)" -v s="$(counter stacks)" \
		'BEGIN { printf "%.1f", 100 * p / s }')
	echo "$share % of $(counter stacks) stacks polluted, of the others" \
		"$(value script.lbr equal) of $(value script.lbr compared) true"
	within "$share" "$1" 6 &&
	[ "$(value script.lbr equal)" = "$(value script.lbr compared)" ] &&
	[ "$(value script.lbr polluted)" -gt 0 ]
}
for setting in 10:0 10:1 10:2 30:0; do
	scenario "polluted-${setting%:*}-kind-${setting#*:}" \
		"pollution=${setting%:*} pollution_kind=${setting#*:}" \
		'record_lbr threads 1000' "check_pollution ${setting%:*}"
done

# Code that keeps no log, on request.
check_foreign() {
	echo "$(counter foreign) samples in unlogged code, $(counter held_back)" \
		"held back"
	[ "$status" = 0 ] && [ "$(counter foreign)" -gt 0 ] &&
	[ "$(counter held_back)" = 0 ]
}
scenario foreign "foreign=1" 'record_lbr callbacks 1000' check_foreign
