#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves on recordings of Intel and AMD processors that report --branches and
# --blocks show what is known of them, that script prints branches as perf
# does, and that recordings without branches are refused with the reason. The
# recordings are read where they lie, in LBRVIRT_RECORDINGS or beside the
# source tree, and are no part of it.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
recordings=${LBRVIRT_RECORDINGS:-$top_srcdir/../shared/recordings}
intel=$recordings/google__autofdo/testdata__propeller_sample_1.perfdata1
kernel=$recordings/google__perf_data_converter/perf.data.branch-4.14
amd=$recordings/google__perf_data_converter/perf.data.branch_stack_spec
arm=$recordings/google__autofdo/perf-vmlinux.data
plain=$recordings/google__perf_data_converter/perf.data.group_desc-4.14
stacks=$recordings/derived-permissive/raw_callgraph_branch-3.4.as-callstack
cut=$recordings/derived-permissive/lbr-any-skl.truncated.data

[ -e "$intel" ] || {
	echo "skipped: no recordings in $recordings; set LBRVIRT_RECORDINGS"
	exit 77
}
work=branches.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "branches: $*" >&2
	head -c 2000 "$work/out" >&2
	cat "$work/err" >&2
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

# fails_with STATUS WORDS ARG... : stderr has WORDS.
fails_with() {
	wanted=$1
	words=$2
	shift 2
	run "$wanted" "$@"
	grep -q "^lbrprof.*$words" "$work/err" || fail "$*: not '$words'"
}

shows() {
	grep -Eq -e "$1" "$work/out" || fail "there is no '$1'"
}

# sum COLUMN : of the comma-separated output, counted from the last one.
sum() {
	awk -F, -v n="$1" 'NR > 1 { s += $(NF - n) } END { print s }' "$work/out"
}

# entries FILE : what another decoder read, one entry a line.
entries() {
	gzip -dc "$1.samples.tsv.gz" | sed 1d | cut -f 8 | sed 's/^[0-9]*://' |
		tr ' ' '\n' | grep -v '^$'
}

# Figures as other programs find them in the same file.
run 0 report -i "$intel" --branches
shows "^branches  $(entries "$intel" | wc -l); 0\.02% mispredicted; cycles of"
shows '^samples +3688 in [0-9.]+ s, 3680 with branches, 0 lost$'
run 0 report -i "$intel" --branches --csv
[ "$(sum 7)" -eq "$(entries "$intel" | wc -l)" ] || fail 'the sum of counts'
# The flag's lowest hexadecimal digit: 1 is mispredicted.
[ "$(sum 5)" -eq "$(entries "$intel" | grep -c '/[0-9a-f]*1$')" ] ||
	fail 'the sum of mispredictions'
run 0 report -i "$intel" --branches --json
shows '^\{"samples":3688,"lost":0,"event":"cycles:u","entries":117760,'
run 0 report -i "$intel" --blocks
shows '^blocks    [0-9]+ executions$'
shows 'left out, as entries are missing: .* backwards'
run 0 report -i "$intel" --blocks --json
shows '"blocks":\[\{"start":\{"symbol":"'

# Registers that were never written are none; what was not recorded is not 0.
run 0 report -i "$kernel" --branches
shows "^branches  $(entries "$kernel" | grep -vc '^0>0/'); "
shows "^ +$(entries "$kernel" | grep -c '^0>0/') empty entries"
run 0 report -i "$amd" --branches
shows '^branches  128; 7\.03% mispredicted; cycles not recorded$'
run 0 report -i "$amd" --blocks
shows 'cycles not recorded: by executions'
shows '^ +[0-9.]+% +23 +- +-  \['
fails_with 1 'without cycles' report -i "$amd" --blocks --sort cycles

# The same in a pipe; and damage is told after what came before it.
"$tool" report -i "$intel" --branches --csv >"$work/file"
"$tool" report -i - --branches --csv <"$intel" >"$work/out" 2>"$work/err" ||
	fail 'standard input cannot be read'
cmp -s "$work/file" "$work/out" || fail 'standard input differs'
fails_with 1 'offset [0-9]' report -i "$cut" --branches
shows '^samples +7 in '

for list in --branches --blocks; do
	fails_with 1 'hold no branches' report -i "$plain" "$list"
	fails_with 1 'are call stacks' report -i "$stacks.data" "$list"
	fails_with 1 'are call stacks' report -i "$stacks.pipe.data" "$list"
	fails_with 1 "no event 'nothing'" report -i "$intel" "$list" \
		--event nothing
	fails_with 2 'in seconds' report -i "$intel" "$list" --time 10%-20%
	fails_with 2 'of stacks' report -i "$intel" "$list" --flat
done
fails_with 1 'does not say that all' report -i "$arm" --blocks
fails_with 2 'exclude' report -i "$intel" --blocks --branches
fails_with 2 'cycles or count' report -i "$intel" --blocks --sort mispredict
fails_with 2 'takes count' report -i "$intel" --branches --sort nothing
fails_with 2 'is for' report -i "$intel" --sort count

command -v perf >/dev/null || { echo 'perf is missing: not compared'; exit 0; }
# perf shifts the frames of call chains, so chains are not compared here; of
# recordings in pipes it prints fields that were not asked for.
for list in "$recordings"/*/*.evlist.txt; do
	recording=${list%.evlist.txt}
	grep -q BRANCH_STACK "$list" || continue
	case $recording in
	*.pipe.data) continue ;;
	esac
	fields=ip,brstack
	grep -q CALLCHAIN "$list" && fields=brstack
	perf script -i "$recording" -F "$fields" >"$work/perf" \
		2>/dev/null </dev/null || continue
	run 0 script -i "$recording" -F "$fields"
	cmp "$work/perf" "$work/out" >"$work/err" ||
		fail "script -i $recording -F $fields"
	nr=$((${nr:-0} + 1))
done
[ "${nr:-0}" -gt 0 ] || fail 'perf reads none of the recordings'
