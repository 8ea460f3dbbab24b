#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves what lbrprof report and script say, and how they end, on recordings
# that are right, cut short, or none: the profile must hold what is known of
# the program, a damaged file must be shown as far as it reads, and every
# failure is one line on stderr with the exit status it should have.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
app=$top_builddir/tests/programs/shares
work=report.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

command -v perf >/dev/null || { echo 'skipped: perf is missing'; exit 77; }
perf record -q -B -e cpu-clock:u -F 499 --call-graph dwarf -o "$work/perf.data" \
	"$app" 0.5 >"$work/err" 2>&1 || {
	echo 'skipped: perf record does not work here:'
	cat "$work/err"
	exit 77
}

fail() {
	echo "report: $*" >&2
	cat "$work/out" "$work/err" >&2
	exit 1
}

# run STATUS ARG... : the exit status must be STATUS.
run() {
	wanted=$1
	shift
	"$tool" "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: exit status $status"
}

# fails_with STATUS WORDS ARG... : and stderr is one line with WORDS.
fails_with() {
	wanted=$1
	words=$2
	shift 2
	run "$wanted" "$@"
	grep -q "^lbrprof.*$words" "$work/err" || fail "$*: not '$words'"
	[ "$wanted" -eq 2 ] || [ "$(wc -l <"$work/err")" -eq 1 ] ||
		fail "$*: more than one line"
}

shows() {
	grep -Eq "$1" "$work/out" || fail "there is no '$1'"
}

# The program spends 70 % and 30 % in two functions.
data=$work/perf.data
run 0 report -i "$data" --no-inline
shows '^file .*perf\.data$'
shows '^command .* record '
shows '^samples +[1-9][0-9]* in [0-9.]+ s, [0-9]+ lost$'
shows '^stacks +[0-9.]+% complete, '
shows '_start \(.*\) > .*main'
shows '^ (6[0-9]|7[0-9])\.[0-9]% .*burn_seventy'
run 0 report -i "$data" --no-inline --flat
shows '^ *(6[0-9]|7[0-9])\.[0-9]% .* burn_seventy +shares'
shows '^ *(2[0-9]|3[0-9])\.[0-9]% .* burn_thirty +shares'
run 0 report -i "$data" --no-inline --callers burn_seventy
shows 'burn_seventy.* main'
run 0 report -i "$data" --no-inline --callees main
shows 'burn_thirty'
run 0 report -i "$data" --no-inline --symbol burn_thirty --flat
shows '^ *100\.0% .* burn_thirty'
run 0 report -i "$data" --csv
shows '^symbol,dso,self,total,self_period,total_period$'
run 0 report -i "$data" --json
shows '^\{"samples":[0-9]+,"lost":0,"event":"cpu-clock:u","stack_source":"dwarf","stacks":\{"complete":[0-9]+,"truncated":0,"broken":0\},"symbols":\[\{"symbol":'

# The same samples in a pipe.
cp "$work/out" "$work/json"
"$tool" report -i - --json <"$data" >"$work/out" 2>"$work/err" ||
	fail 'standard input cannot be read'
cmp -s "$work/out" "$work/json" || fail 'standard input differs'

# perf.data is found where lbrprof.data is not; where neither is, it is said.
tool=$(cd "$(dirname "$tool")" && pwd)/lbrprof
(cd "$work" && "$tool" report --flat >out 2>err) || fail 'perf.data not found'
mkdir "$work/empty"
(cd "$work/empty" && "$tool" report >../out 2>../err) && fail 'nothing found'
grep -q 'lbrprof record' "$work/err" || fail 'no remedy'

# A file cut short is shown as far as it goes.
size=$(wc -c <"$data")
head -c $((size * 2 / 3 + 3)) "$data" >"$work/cut"
for command in report script; do
	fails_with 1 'offset [0-9]' "$command" -i "$work/cut"
	shows 'burn_seventy'
done

for command in report script; do
	fails_with 1 'nothing-there' "$command" -i "$work/nothing-there"
	fails_with 1 'not a perf.data file' "$command" -i "$0"
	fails_with 2 'unexpected word' "$command" "$data"
done
fails_with 1 'nearest are burn_seventy' report -i "$data" --callers burn_sevnty
fails_with 1 "no event 'nothing'" report -i "$data" --event nothing
fails_with 2 'process ids' report -i "$data" --pid init
fails_with 2 'percent-limit' report -i "$data" --percent-limit much
fails_with 2 'exclude' report -i "$data" --json --flat
fails_with 2 'no such field' script -i "$data" -F nothing

# A full disk is told, a reader that went away is not.
"$tool" report -i "$data" >/dev/full 2>"$work/err" && fail 'disk full'
grep -q 'No space left' "$work/err" || fail 'disk full: not said'
"$tool" script -i "$data" 2>"$work/err" | head -n 1 >"$work/out"
[ ! -s "$work/err" ] || fail 'a closed pipe is not quiet'
