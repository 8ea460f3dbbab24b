# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The paravirtual protocol: the module plays the host of 2018, which saves the
# LBRs of CPUs whose ACTIVE is set and lets the others' be polluted, and what
# else may be found at the same numbers. msr.ko is the real one; CPUID says
# KVM to lbrprof alone.

host_2018="kvm=1 control=1 host_saves=1 pollution=30"
# A mainline host whose CPUID looks like it, and one that does not.
poll_control="kvm=1 control=2 host_saves=1"
mainline="kvm=1 control=2 host_saves=1 kvm_features=0x01007efb"

# --- the module's side, by other means than lbrprof ---

# read_msr CPU NUMBER: as 16 digits, or nothing if it faults. For dd, the
# number must be a multiple of 8 times a block size: one byte at a time is.
read_msr() {
	dd "if=/dev/cpu/$1/msr" bs=8 count=1 iflag=skip_bytes \
		"skip=$(($2))" 2>/dev/null | od -t x8 -A n | tr -d ' '
}
# write_msr CPU NUMBER BYTE
write_msr() {
	printf "\\$(printf %03o "$3")\0\0\0\0\0\0\0" |
		dd "of=/dev/cpu/$1/msr" bs=8 count=1 conv=notrunc \
			oflag=seek_bytes "seek=$(($2))" 2>/dev/null
}
play_msr() {
	local value

	for value in 1 3 0; do
		write_msr 0 0x4b564d05 $value
		echo "$value $? $(read_msr 0 0x4b564d05)"
	done >answers
	read_msr 0 0x345 >capabilities
}
# check_played WRITES: "VALUE STATUS READ" of 1, 3 and 0 written in turn.
check_played() {
	local got=$(tr '\n' ';' <answers)

	echo "writes $got 0x345 $(cat capabilities)," \
		"$(counter msr_faults) faults of $(counter msr_writes) writes" \
		"and $(counter msr_reads) reads"
	[ "$got" = "$1" ] && [ "$(wc -l <accesses)" = 7 ] &&
	grep -q ' cpu 0 wr 0x4b564d05 0x3 faults pid .* dd$' accesses
}
zero=0000000000000000
one=0000000000000001
scenario pv-played-2018 "control=1" play_msr \
	"check_played '1 0 $one;3 1 $one;0 0 $zero;'"
scenario pv-played-poll-control "control=2" play_msr \
	"check_played '1 0 $one;3 1 $one;0 0 $zero;'"
scenario pv-played-absent "control=3 perf_capabilities=-1" play_msr \
	"check_played '1 1 ;3 1 ;0 1 ;'"

# perf needs no lbrprof to be helped: the module's host heeds ACTIVE.
record_active() {
	write_msr 0 0x4b564d05 "$1" && record_lbr threads-nofp 1000
}
check_active() {
	echo "$(counter polluted) of $(counter stacks) stacks polluted"
	[ "$status" = 0 ] && [ "$(counter stacks)" -gt 100 ] &&
	within $(($(counter polluted) * 100 / $(counter stacks))) "$1" "$2"
}
scenario pv-played-saves "$host_2018" 'record_active 1' 'check_active 0 0'
scenario pv-played-pollutes "$host_2018" 'record_active 0' 'check_active 30 8'

scenario pv-played-cpuid "kvm=1" 'need_lbrprof && lbrprof doctor' \
	'need_lbrprof; echo $(grep "^ *hypervisor" log);
	grep -q "hypervisor .* KVM" log && [ "$(counter cpuid)" -gt 3 ]'

# --- lbrprof ---

# all_back: every CPU's control MSR has VALUE, 0 if not said.
all_back() {
	! grep -qv " 0x${1:-0}\$" control
}
no_writes() {
	! grep -q ' wr ' accesses
}
# two_writes: each CPU's ACTIVE is set once and put back once.
two_writes() {
	awk '
		/ 0x4b564d05 / { seen[$3] }
		$4 == "wr" { all[$3] = all[$3] " " $6 }
		END {
			for (cpu in seen) {
				n++
				bad += all[cpu] != " 0x1 0x0"
			}
			exit bad || !n
		}' accesses
}

# record_pv MODE PROGRAM ARGUMENTS...
record_pv() {
	local mode=$1 program=/guest/bin/$2

	shift 2
	need_lbrprof || return
	$lbrprof_record --pv "$mode" -o own.data -- "$program" "$@" &&
	script_lbrprof own.data script && lbrprof report -i own.data >report
}
# check_pv: what lbrprof found fits the module's count.
check_pv() {
	local share figure

	need_lbrprof || return
	[ "$status" = 0 ] && compare_chains true script || return 1
	share=$(awk '$1 == "polluted" { p = $2 } $1 == "compared" { n = $2 }
		END { printf "%.1f", 100 * p / n }' script.true)
	figure=$(not_intact log)
	echo "$share % of $(value script.true compared) stacks polluted," \
		"$figure % by lbrprof, $(value script.true equal_percent) %" \
		"whole and true; $(counter msr_reads) reads," \
		"$(counter msr_writes) writes"
	cell "$pv_table" "${name#pv-}" "polluted, %" "$share"
	cell "$pv_table" "${name#pv-}" "by lbrprof, %" "$figure"
	cell "$pv_table" "${name#pv-}" "writes" "$(counter msr_writes)"
	within "$figure" "$share" 3 && [ "$(value script.true compared)" -ge 100 ]
}
# is_intact LOG: no stack was found polluted but one, or $guesses: those that the
# module made up of frame pointers, in the loader.
is_intact() {
	[ "$(sed -n 's/^ *branch records: //p' "$1" | tr ',' '\n' | awk '
		/polluted|mismatch|longjmp/ { bad += $1 }
		END { print bad + 0 }')" -le "${guesses:-1}" ]
}
check_driven() {
	check_pv && [ "$(counter polluted)" = 0 ] &&
	is_intact log && two_writes && all_back &&
	grep -q "^PV LBR  *held on [0-9]* CPUs; $(counter msr_writes) writes" report
}
check_not_driven() {
	check_pv && [ "$(counter polluted)" -gt 0 ] && no_writes && all_back "$@"
}
pv_table="The protocol"

scenario pv-off "$host_2018" 'record_pv off threads-nofp 1500' \
	check_not_driven
scenario pv-auto "$host_2018" 'record_pv auto threads-nofp 1500' \
	check_not_driven
scenario pv-assume "$host_2018" 'record_pv assume threads-nofp 1500' \
	check_driven
scenario pv-force "$host_2018" 'record_pv force threads-nofp 1500' \
	check_driven
# The vetoes C to H hold no more; B does not either.
scenario pv-force-lifts "$host_2018 kvm_features=0x01007efb" \
	'record_pv force threads-nofp 1500' \
	'check_driven && grep -q "lifted.*B" log'
# A host that renumbered both.
scenario pv-renumbered \
	"$host_2018 kvm_features=0x01040efb control_msr=0x4b564d09" \
	'record_pv assume,bit=18,msr=0x4b564d09 threads-nofp 1000' \
	'sed -i "s/0x4b564d09/0x4b564d05/" accesses; check_driven'

# An administrator's line, and one that others may write to.
record_conf() {
	need_lbrprof || return
	echo "pv = assume" >/etc/lbrvirt.conf
	record_pv auto threads-nofp 1000
	echo "status $?" >statuses
	chmod 666 /etc/lbrvirt.conf
	set_module pollution=0
	lbrprof -v record -o refused.data -- true 2>refused
	echo "refused $?" >>statuses
	rm /etc/lbrvirt.conf
	return "$(value statuses status)"
}
check_conf() {
	check_driven || return
	echo "; writable by others: $(grep lbrvirt.conf refused | head -n 1)"
	grep -q "/etc/lbrvirt.conf .*chmod" refused
}
scenario pv-conf "$host_2018" record_conf check_conf

# What was set before stays set: it is not ours to clear.
scenario pv-already-set "$host_2018" \
	'echo 0 1 >$debug/control; record_pv force threads-nofp 1000' \
	'check_pv && [ "$(counter polluted)" = 0 ] && no_writes && all_back 1'

# --- hands off ---

# demand MODE: record with it must fail, run nothing and say why.
demand() {
	need_lbrprof || return
	lbrprof record --pv "$1" -o demanded.data -- touch ran 2>demanded
	echo "demanded $?" >statuses
	cat demanded
	record_pv auto threads-nofp 600
}
# check_demanded WORDS [VALUE]: an error with these words; auto goes on
# without the protocol. Nothing is written.
check_demanded() {
	need_lbrprof || return
	echo "$(grep '^lbrprof: ' demanded | head -n 1)"
	[ "$status" = 0 ] && [ "$(value statuses demanded)" = 1 ] &&
	[ ! -e ran ] && tr -s '\n ' ' ' <demanded | grep -q "$1" &&
	no_writes && all_back "${2:-0}"
}
scenario pv-poll-control "$poll_control" 'demand assume' 'check_demanded "(E)" 1'
scenario pv-mainline "$mainline" 'demand assume' 'check_demanded "(B, E)" 1'
scenario pv-faults "kvm=1 control=3" 'demand force' 'check_demanded "(E)"'
scenario pv-not-kvm "control=1" 'demand force' 'check_demanded "(A)"'
# Even by force: what is set already is not written.
scenario pv-poll-control-force "$poll_control" \
	'record_pv force threads-nofp 600' \
	'check_pv; [ "$status" = 0 ] && no_writes && all_back 1'

# A guest kernel with the patch does it all itself.
check_kernel_drives() {
	check_pv && [ "$(counter polluted)" = 0 ] && no_writes && all_back &&
	grep -qi 'kernel' log
}
scenario pv-kernel-drives "$host_2018 kernel_drives=1" \
	'record_pv force threads-nofp 1000' check_kernel_drives

# --- MSRs that cannot be had ---

# record_refused BEFORE AFTER [MEANS...]: as an administrator's line says,
# which then cannot be followed, and as demanded, which must fail.
record_refused() {
	local before=$1 after=$2

	shift 2
	need_lbrprof || return
	echo "pv = assume" >/etc/lbrvirt.conf
	eval "$before" || return
	"$@" lbrprof -v record -F 500 -o own.data -- /guest/bin/split 300 2>plan
	echo "auto $?" >statuses
	"$@" lbrprof record --pv assume -o demanded.data -- touch ran \
		2>demanded
	echo "demanded $?" >>statuses
	eval "$after"
	rm /etc/lbrvirt.conf
	cat plan demanded
}
# check_refused WORDS
check_refused() {
	need_lbrprof || return
	echo "$(grep "$1" demanded | head -n 1)"
	[ "$(value statuses auto)" = 0 ] && [ -e own.data ] &&
	[ "$(value statuses demanded)" = 1 ] && [ ! -e ran ] &&
	grep -q "$1" plan && grep -q "$1" demanded && all_back &&
	! grep -q ' wr .* ok ' accesses
}
allow_writes=/sys/module/msr/parameters/allow_writes
scenario pv-allow-writes-off "$host_2018" \
	'record_refused "echo off >$allow_writes" "echo on >$allow_writes"' \
	'check_refused allow_writes'
scenario pv-no-module "$host_2018" \
	'record_refused "rmmod msr" "modprobe msr"' \
	'check_refused "modprobe msr"'
scenario pv-no-rawio "$host_2018" \
	'record_refused : : /usr/bin/setpriv --bounding-set -sys_rawio' \
	'check_refused CAP_SYS_RAWIO'

# --- ways to die ---

# Recordings of half a second; one of four dies with its guard.
kills=200
scenario pv-kills "$host_2018" \
	'need_lbrprof && kills $kills $((kills / 4)) /guest/bin/lbrprof \
		record --pv force -F 100 -e cycles:u -o own.data -- \
		/guest/bin/split-nofp 100' \
	'need_lbrprof; echo $(cat log); [ "$status" = 0 ] &&
		[ "$(value log kills)" = "$kills" ] &&
		[ "$(value log while_active)" -gt 0 ] && all_back'

# Die together, and leave it to the next recording.
record_next() {
	local recorder

	need_lbrprof || return
	lbrprof record --pv force -o killed.data -- sleep 20 &
	wait_for_value 1 || return
	kill_all
	cp "$debug/control" left
	lbrprof pv status >left.status
	record_pv force threads-nofp 600
}
# wait_for_value VALUE: on CPU 0.
wait_for_value() {
	local left=50

	until grep -q "^0 0x$1\$" "$debug/control"; do
		sleep 0.2
		[ $((left -= 1)) -gt 0 ] || return
	done
}
# Stopped first, so that the guard does not see the recorder die.
kill_all() {
	kill -STOP $(pidof lbrprof)
	kill -KILL $(pidof lbrprof)
	sleep 0.2
	killall sleep
}
scenario pv-next-run "$host_2018" record_next \
	'need_lbrprof; echo "left: $(cat left)";
	[ "$status" = 0 ] && grep -q 0x1 left && all_back &&
	[ "$(counter polluted)" = 0 ]'

# The guard alone: the recorder itself puts back what was there, and says so.
lose_guard() {
	local recorder

	need_lbrprof || return
	record_pv force threads-nofp 1500 &
	recorder=$!
	wait_for_value 1 || return
	sleep 0.5
	kill -KILL $(pidof lbrprof | tr ' ' '\n' | sort -n | tail -n 1)
	wait $recorder
}
scenario pv-lost-guard "$host_2018" lose_guard \
	'need_lbrprof; grep -i guard log | head -n 1
	[ "$status" = 0 ] && all_back && grep -qi guard log'

# --- several ---

record_three() {
	local nr pids=

	need_lbrprof || return
	for nr in 1 2 3; do
		$lbrprof_record --pv force -o $nr.data -- \
			/guest/bin/threads-nofp $((nr * 700)) 2>$nr.log &
		pids="$pids $!"
		sleep 0.4
	done
	for nr in $pids; do
		wait "$nr" || return
	done
	cat ?.log
}
check_three() {
	local nr

	need_lbrprof || return
	echo "$(counter polluted) of $(counter stacks) stacks polluted; by" \
		"lbrprof $(for nr in 1 2 3; do not_intact $nr.log; echo; done |
			tr '\n' ' ')%; $(counter msr_writes) writes"
	[ "$status" = 0 ] && [ "$(counter polluted)" = 0 ] &&
	[ "$(counter stacks)" -gt 300 ] || return 1
	for nr in 1 2 3; do
		is_intact $nr.log || return
	done
	two_writes && all_back
}
scenario pv-overlap "$host_2018" record_three check_three

# Somebody else clears it in the middle.
clear_meanwhile() {
	need_lbrprof || return
	(sleep 1.5; echo 0 0 >"$debug/control") &
	record_pv force threads-nofp 3000
}
scenario pv-cleared "$host_2018" clear_meanwhile \
	'check_pv; grep -i cleared log
	[ "$status" = 0 ] && all_back && grep -qi cleared log'

# --- lbrprof pv ---

scenario pv-run-perf "$host_2018" \
	'need_lbrprof && lbrprof pv run --pv assume -- $perf_record \
		--call-graph lbr -o perf.data -- /guest/bin/threads-nofp 1000 &&
		script_perf perf.data' \
	'need_lbrprof; check_lbr 32 && [ "$(counter polluted)" = 0 ] &&
		two_writes && all_back'

show_status() {
	need_lbrprof || return
	lbrprof pv status
	lbrprof pv status --json >json
}
# check_status VERDICT
check_status() {
	need_lbrprof || return
	echo "$(grep -o '"verdict":"[^"]*"' json)"
	[ "$status" = 0 ] && grep -q "\"verdict\":\"$1\"" json && no_writes
}
scenario pv-status-2018 "$host_2018" show_status 'check_status ambiguous'
scenario pv-status-poll-control "$poll_control" show_status \
	'check_status poll-control'
scenario pv-status-mainline "$mainline" show_status 'check_status poll-control'
scenario pv-status-not-kvm "control=1" show_status 'check_status none'
