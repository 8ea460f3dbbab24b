# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unmodified perf records call stacks from the played LBR. What lbrprof is
# compared with must itself be right, so here perf's chains are compared with
# the module's truth, and that truth with what perf unwinds by CFI.

# The loader's own calls, before a program without a log gets to main(), the
# module can only guess: lbrprof finds that they do not fit together.
check_reader() {
	command -v lbrprof >/dev/null || return 0
	script_lbrprof perf.data own && compare_chains leaf own || return 1
	echo "; lbrprof $(value own.leaf equal)"
	compare "$(value own.leaf equal_percent)" '>=' "${percent:-99}"
}

# check_lbr DEPTH: every chain is the true one, as far as DEPTH reaches, and
# lbrprof reads the same recording with the sampled address as the leaf.
check_lbr() {
	[ "$status" = 0 ] && compare_chains lbr script || return 1
	echo "$(value script.lbr equal) of $(value script.lbr compared) chains" \
		"equal, $(counter truncated) cut, longest" \
		"$(value script.lbr deepest)"
	check_reader || return 1
	cell "$stacks_table" "$(program_of "$name")" "perf lbr" \
		"$(percent_of script.lbr whole compared)"
	[ "$(value script.lbr compared)" -ge 30 ] &&
	[ "$(value script.lbr unmatched)" = 0 ] &&
	[ "$(value script.lbr equal)" = "$(value script.lbr compared)" ] &&
	[ "$(value script.lbr deepest)" -le $(($1 + 1)) ]
}

stacks_table="Stacks whole and true, percent"

# program_of SCENARIO: as the tables call it.
program_of() {
	case $1 in
	perf-dwarf-recursion-nofp) echo recursion-nofp-32 ;;
	smp-*) echo "threads-nofp, 2 CPUs" ;;
	pv-run-perf) echo "threads-nofp, pv run" ;;
	*) echo "${1#*-*-}" ;;
	esac
}

# percent_of FILE PART WHOLE: of "name value" lines.
percent_of() {
	awk -v part="$(value "$1" "$2")" -v whole="$(value "$1" "$3")" \
		'BEGIN { if (whole) printf "%.1f", 100 * part / whole }'
}

for depth in 16 32 64; do
	for program in recursion recursion-nofp; do
		scenario "perf-lbr-$program-$depth" "depth=$depth" \
			"record_lbr $program 60 1000" \
			"check_lbr $depth"
	done
done

for program in split-nofp indirect-nofp callbacks-nofp threads-nofp \
	dlopen-nofp nocfi-nofp tail-nofp; do
	scenario "perf-lbr-$program" "" \
		"record_lbr $program 1000" 'check_lbr 32'
done
scenario perf-lbr-plain "" 'record_lbr plain 1000' \
	'percent=90 check_lbr 32'

# After deep calls returned, the LBR is neither full nor whole.
check_forgets() {
	check_lbr 32 || return 1
	echo ", $(counter full) full"
	[ $(($(counter full) * 2)) -lt "$(counter truncated)" ]
}
scenario perf-lbr-forgets "" 'record_lbr recursion 60 1000 20' check_forgets
scenario perf-lbr-remembers "forget=0" 'record_lbr recursion 60 1000 20' \
	'check_lbr 32 && [ "$(value script.lbr deepest)" = 33 ]'

# Each event carries both; perf script prints the unwound chain.
record_both() {
	local program=/guest/bin/$1

	shift
	$perf_record --call-graph dwarf,16384 -j stack,u -o perf.data -- \
		"$program" "$@" &&
	script_perf perf.data
}

# check_unwound PERCENT: perf's unwinder agrees with the truth log.
check_unwound() {
	[ "$status" = 0 ] && compare_chains true script || return 1
	echo "$(value script.true equal_percent) % of" \
		"$(value script.true compared) chains unwound are the true ones," \
		"$(value script.true right_percent) % of the frames"
	cell "$stacks_table" "$(program_of "$name")" "perf dwarf" \
		"$(percent_of script.true equal compared)"
	[ "$(value script.true compared)" -ge 30 ] &&
	compare "$(value script.true equal_percent)" '>=' "$1"
}

for program in recursion split indirect callbacks threads dlopen; do
	scenario "perf-dwarf-$program-nofp" "" "record_both $program-nofp" \
		'check_unwound 99'
done
# Without a log, what ran before main() cannot be told from the rest.
scenario perf-dwarf-plain "" 'record_both plain' 'check_unwound 90'

# What an unwinder cannot do, and the LBR can.
check_unwound_fails() {
	check_unwound 0 && compare "$(value script.true equal_percent)" '<' 50
}
scenario perf-dwarf-nocfi-nofp "" 'record_both nocfi-nofp 1000' \
	check_unwound_fails

# After a longjmp the LBR is out of step, and perf does not notice.
check_longjmp() {
	[ "$status" = 0 ] && compare_chains true script || return 1
	echo "$(value script.true longer) of $(value script.true compared)" \
		"chains have frames that are none"
	[ $(($(value script.true longer) * 2)) -gt \
		"$(value script.true compared)" ]
}
scenario perf-lbr-longjmp "" 'record_lbr longjmp 1000' check_longjmp

# Deeper than the LBR: what --stitch-lbr makes of it.
stitch() {
	record_lbr recursion-nofp 60 1500 && mv script plain &&
	script_perf perf.data --stitch-lbr && mv script stitched &&
	$perf_record --call-graph dwarf,16384 -j stack,u -o both.data -- \
		/guest/bin/recursion-nofp 60 1500 && script_perf both.data
}
check_stitch() {
	local name

	[ "$status" = 0 ] || return 1
	for name in plain stitched script; do
		compare_chains true $name || return 1
	done
	echo "true chains: lbr $(value plain.true equal_percent) %," \
		"lbr stitched $(value stitched.true equal_percent) %," \
		"dwarf $(value script.true equal_percent) %; frames:" \
		"$(value plain.true right_percent) %," \
		"$(value stitched.true right_percent) %," \
		"$(value script.true right_percent) %"
	compare "$(value plain.true equal_percent)" '<' 10 &&
	compare "$(value script.true equal_percent)" '>=' 98
}
scenario perf-stitch "" stitch check_stitch
scenario perf-stitch-arch "arch=1" stitch check_stitch

# 70 to 30, by the callers of the one function that does the work.
report_split() {
	record_lbr split 2000 &&
	perf script -i perf.data -F ip,sym | awk '
		NF == 0 {
			if (seen != "") {
				n[seen]++
				all++
			}
			seen = ""
		}
		$2 == "seventy" || $2 == "thirty" { seen = $2 }
		END { for (s in n) print 100 * n[s] / all "%", s }' >shares
}
check_split() {
	local seventy thirty

	[ "$status" = 0 ] || return 1
	seventy=$(share_of seventy shares)
	thirty=$(share_of thirty shares)
	echo "seventy $seventy %, thirty $thirty %"
	within "$seventy" 70 6 && within "$thirty" 30 6
}
scenario perf-shares "" report_split check_split
