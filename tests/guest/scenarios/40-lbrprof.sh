# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lbrprof, beside perf, on the same machine: its call stacks are compared with
# the module's truth, frame by frame, and with what perf makes of its files.
# What it makes of perf's files is part of perf-lbr-*.

lbrprof_record="lbrprof record -F 500 -e cycles:u"

scenario lbrprof-starts "" 'need_lbrprof && lbrprof --version' \
	'need_lbrprof && head -n 1 log && [ "$status" = 0 ]'

# record_own MODE PROGRAM ARGUMENTS...: to own.data; "script" is lbrprof's,
# "perf.script" what perf prints of the same file.
record_own() {
	local mode=$1 program=/guest/bin/$2

	shift 2
	need_lbrprof || return
	$lbrprof_record --call-graph "$mode" -o own.data -- "$program" "$@" &&
	script_lbrprof own.data script &&
	perf script -i own.data --show-mmap-events -F pid,tid,time,ip \
		>perf.script
}

# Without the lines of mappings, to compare two scripts.
only_chains() {
	sed '/PERF_RECORD/d; s/ *$//; s/^ *//' "$1"
}

# check_own PERCENT: the joined stacks are whole and true, the calls that the
# LBR knew by their own address, and perf reads the same from the file.
check_own() {
	need_lbrprof || return
	[ "$status" = 0 ] && compare_chains leaf script &&
		compare_chains true script || return 1
	echo "$(value script.true equal_percent) % of" \
		"$(value script.true compared) stacks whole and true," \
		"$(value script.true right_percent) % of the frames"
	case $name in
	lbrprof-auto-* | smp-*)
		cell "$stacks_table" "$(program_of "$name")" lbrprof \
			"$(percent_of script.true equal compared)" ;;
	esac
	only_chains script >own.plain
	only_chains perf.script >perf.plain
	cmp own.plain perf.plain >&2 || {
		echo ", perf reads them otherwise"
		return 1
	}
	[ "$(value script.true compared)" -ge 30 ] &&
	[ "$(value script.true unmatched)" = 0 ] &&
	compare "$(value script.true equal_percent)" '>=' "$1" &&
	compare "$(value script.leaf equal_percent)" '>=' "$1"
}

for depth in 16 32 64; do
	scenario "lbrprof-auto-recursion-nofp-$depth" "depth=$depth" \
		'record_own auto recursion-nofp 60 800' 'check_own 99'
done
for program in split indirect callbacks threads dlopen nocfi tail; do
	scenario "lbrprof-auto-$program-nofp" "" \
		"record_own auto $program-nofp 800" 'check_own 99'
done
# No log: in the loader, before main(), the truth is a guess by frame pointers.
scenario lbrprof-auto-plain "" 'record_own auto plain 800' 'check_own 90'
scenario lbrprof-lbr-indirect-nofp "arch=1" \
	'record_own lbr indirect-nofp 800' 'check_own 99'
# The LBR is neither full nor whole.
scenario lbrprof-auto-forgets "" 'record_own auto recursion-nofp 60 800 20' \
	'check_own 99'

deep_table="Recursion 60 deep, 32 records"

# Deeper than the LBR: lbrprof, perf, and perf with --stitch-lbr.
record_deep() {
	need_lbrprof || return
	$lbrprof_record -o own.data -- /guest/bin/recursion-nofp 60 1200 &&
	script_lbrprof own.data own &&
	record_lbr recursion-nofp 60 1200 && mv script plain &&
	script_perf perf.data --stitch-lbr && mv script stitched
}
# tabulate COLUMN FILE
tabulate() {
	cell "$deep_table" "whole stacks, percent" "$1" \
		"$(value "$2" equal_percent)"
	cell "$deep_table" "true frames, percent" "$1" \
		"$(value "$2" right_percent)"
	cell "$deep_table" "longest stack" "$1" "$(value "$2" deepest)"
}
check_deep() {
	local name

	need_lbrprof || return
	[ "$status" = 0 ] || return 1
	for name in own plain stitched; do
		compare_chains true $name || return 1
		echo "$name: $(value $name.true equal_percent) % whole," \
			"$(value $name.true right_percent) % of frames," \
			"longest $(value $name.true deepest);"
	done
	tabulate lbrprof own.true
	tabulate "perf lbr" plain.true
	tabulate "perf --stitch-lbr" stitched.true
	compare "$(value own.true equal_percent)" '>=' 99 &&
	[ "$(value plain.true deepest)" -le 33 ]
}
scenario lbrprof-deep-32 "depth=32" record_deep check_deep

# No CFI in mid-stack: unwinding alone against both.
record_nocfi() {
	need_lbrprof || return
	$lbrprof_record --call-graph dwarf -o alone.data -- \
		/guest/bin/nocfi-nofp 800 2>alone &&
	record_own auto nocfi-nofp 800
}
check_nocfi() {
	local alone

	alone=$(sed -n 's/.* complete (\([0-9.]*\) %).*/\1/p' alone)
	need_lbrprof || return
	echo "unwound alone: $alone % complete; joined:"
	check_own 99 && compare "$alone" '<' 20
}
scenario lbrprof-nocfi "" record_nocfi check_nocfi

# A longjmp leaves records of calls that are over.
check_longjmp_own() {
	check_own 90
	echo "; $(sed -n 's/^ *branch records: //p' log)"
	compare "$(value script.true equal_percent)" '>=' 99
}
scenario lbrprof-auto-longjmp "" 'record_own auto longjmp-nofp 800' \
	check_longjmp_own

# 70 to 30 by construction, and by lbrprof's own report.
# json_share SYMBOL FILE: percent of all samples.
json_share() {
	tr '{' '\n' <"$2" | awk -v symbol="\"$1\"" -F '[:,}]' '
		$1 == "\"samples\"" { all = $2 }
		$2 == symbol { for (i = 3; i < NF; i++)
			if ($i == "\"total\"") n = $(i + 1) }
		END { if (all) printf "%.1f", 100 * n / all }'
}
record_shares() {
	need_lbrprof || return
	lbrprof record -F 2000 -e cycles:u -o own.data -- \
		/guest/bin/split-nofp 2500 &&
	lbrprof report -i own.data --json >json
}
check_shares() {
	local seventy thirty

	need_lbrprof || return
	[ "$status" = 0 ] || return 1
	seventy=$(json_share seventy json)
	thirty=$(json_share thirty json)
	echo "seventy $seventy %, thirty $thirty %," \
		"$(sed 's/.*{"samples":\([0-9]*\).*/\1/; q' json) samples"
	within "$seventy" 70 3 && within "$thirty" 30 3
}
scenario lbrprof-shares "" record_shares check_shares

# --- polluted ---

pollution_table="Pollution, percent of stacks; shares of call sites in points"

# not_intact LOG: percent of the stacks with records that are no one's chain.
not_intact() {
	sed -n 's/^ *branch records: //p' "$1" | tr ',' '\n' | awk '
		/empty/ { next }
		{ all += $1 }
		/polluted|mismatch|longjmp/ { bad += $1 }
		END { if (all) printf "%.1f", 100 * bad / all; else print -1 }'
}
record_polluted() {
	local program=/guest/bin/$1

	need_lbrprof || return
	shift
	$lbrprof_record -o own.data -- "$program" "$@" &&
	script_lbrprof own.data script
}
# The module's share of polluted stacks, by lbrprof's figure, and the shares
# of all call sites against the truth of the same samples.
check_polluted() {
	local share figure

	need_lbrprof || return
	[ "$status" = 0 ] && compare_chains shares script &&
		compare_chains true script || return 1
	share=$(awk '$1 == "polluted" { p = $2 } $1 == "compared" { n = $2 }
		END { printf "%.1f", 100 * p / n }' script.true)
	figure=$(not_intact log)
	echo "$share % of $(value script.true compared) stacks polluted," \
		"$figure % by lbrprof; stacks true" \
		"$(value script.true equal_percent) %," \
		"shares off by $(value script.shares difference) at most"
	name=${name#lbrprof-polluted-}
	cell "$pollution_table" "$name" "module's count" "$share"
	cell "$pollution_table" "$name" "lbrprof's figure" "$figure"
	cell "$pollution_table" "$name" "true stacks" \
		"$(value script.true equal_percent)"
	cell "$pollution_table" "$name" "shares off by" \
		"$(value script.shares difference)"
	within "$figure" "$share" 3 &&
	compare "$(value script.shares difference)" '<=' 3 &&
	[ "$(value script.true compared)" -ge 100 ]
}
for setting in 0:0 10:0 10:1 10:2 30:0 30:1 30:2; do
	scenario "lbrprof-polluted-${setting%:*}-kind-${setting#*:}" \
		"pollution=${setting%:*} pollution_kind=${setting#*:}" \
		'record_polluted threads-nofp 1500' check_polluted
done
