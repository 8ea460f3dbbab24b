#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves on the recordings of tests/data that their form makes no difference:
# of the other byte order, packed, through a pipe, they print what perf printed
# of them; cut off, what came before, and where. perf itself, where it is
# installed, is asked whether the byte-swapped files say the same.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
data=$top_srcdir/tests/data
work=forms.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "forms: $*" >&2
	head -c 2000 "$work/out" "$work/err" >&2
	exit 1
}

# run STATUS ARG...
run() {
	wanted=$1
	shift
	"$tool" "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq "$wanted" ] || fail "$*: exit status $status"
	sed 's/ *$//' "$work/out" >"$work/own"
}

# prints NAME SCRIPT FIELDS: perf ends some lines with a space.
prints() {
	run 0 script -i "$data/$1.data" -F "$3"
	[ ! -s "$work/err" ] || fail "$1: has something to say"
	sed 's/ *$//' "$data/$2.script" >"$work/perf"
	cmp "$work/perf" "$work/own" || fail "$1: not what perf printed"
}

# Each in the form that the recorder wrote, and in the other byte order.
for name in perf-packed perf-pipe lbrprof-packed; do
	prints $name $name ip,brstack
	prints $name.swapped $name ip,brstack
done
prints perf-group perf-group tid,time,event,period,ip
prints perf-group.swapped perf-group tid,time,event,period,ip

# Without the program there is nothing to unwind by: one frame, as in perf.
prints perf-stacks perf-stacks tid,time,ip
prints perf-stacks.swapped perf-stacks tid,time,ip

# What came before the damage, then where it is.
for name in perf-branches perf-pipe; do
	run 1 script -i "$data/$name.cut.data" -F ip,brstack
	grep -q '^lbrprof: .*damaged at offset [0-9]*: ' "$work/err" ||
		fail "$name.cut: does not say where"
	lines=$(wc -l <"$work/own")
	[ "$lines" -ge 2 ] || fail "$name.cut: what came before is missing"
	sed 's/ *$//' "$data/$name.script" | head -n "$lines" |
		cmp - "$work/own" || fail "$name.cut: something else"
done

command -v python3 >/dev/null || {
	echo 'python3 is missing: nothing is converted'
	exit 0
}
# The converter that is here made the files that are here. Only packed ones
# may differ: another libzstd packs otherwise.
for swapped in "$data"/*.swapped.data; do
	case $swapped in
	*packed*) continue ;;
	esac
	python3 -B "$data/swap.py" "${swapped%.swapped.data}.data" \
		"$work/swapped" || fail "swap.py: $swapped"
	cmp "$work/swapped" "$swapped" || fail "swap.py: another file"
done

# of_perf FILE: perf 6.1 aborts where another program asks for build-ids.
of_perf() {
	for turn in 1 2 3 4; do
		perf script -i "$1" 2>"$work/err" </dev/null >"$work/out" &&
			[ -s "$work/out" ] && return
	done
	return 1
}

# All of them, converted now: another form of the same, for perf as well.
command -v perf >/dev/null && perf --version >/dev/null 2>&1 ||
	echo 'perf is missing: not asked about byte order'
for recording in "$data"/*.data; do
	case $recording in
	*.swapped.data | *.cut.data) continue ;;
	esac
	python3 -B "$data/swap.py" "$recording" "$work/swapped" ||
		fail "swap.py: $recording"
	for command in 'script --show-mmap-events' 'script -F +brstack' 'report --flat' \
		'report --json'; do
		# Stack copies of the other order are not unwound.
		case $command,$recording in
		report*,*-kept.data | report*,*-stacks.data) continue ;;
		esac
		for form in "$recording" "$work/swapped"; do
			cp "$form" "$work/recording"
			mv "$work/own" "$work/native"
			# shellcheck disable=SC2086
			run 0 $command -i "$work/recording"
		done
		cmp "$work/native" "$work/own" ||
			fail "$command: another $recording"
	done
	of_perf "$recording" || continue
	mv "$work/out" "$work/perf"
	of_perf "$work/swapped" || fail "perf cannot read it swapped: $recording"
	cmp "$work/perf" "$work/out" || fail "perf: another $recording"
	nr=$((${nr:-0} + 1))
done
echo "${nr:-0} swapped recordings are the same for perf"
