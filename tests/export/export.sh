#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that lbrprof export writes the branches of a recording, to a file or
# standard output, from a file or a pipe, and says what is wrong otherwise.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
data=$top_srcdir/tests/data
work=export.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "export: $*" >&2
	head -c 2000 "$work/out" "$work/err" >&2
	exit 1
}

# run STATUS ARG... : the exit status must be STATUS.
run() {
	wanted=$1
	shift
	"$tool" export "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: exit status $status"
}

says() {
	grep -q -e "$1" "$work/err" || fail "it does not say '$1'"
}

# Every branch of the recording is in a line, as often as it is recorded.
recording=$data/perf-branches.data
run 0 -f brstack -i "$recording"
says 'branches of /guest/bin/branches'
cp "$work/out" "$work/first"
grep -Evq '^(B( ([0-9a-f]+|X:0)){2} [0-9]+ [0-9]+|[Ff] [0-9a-f]+ [0-9a-f]+ [0-9]+)$' \
	"$work/first" && fail 'a line of another form'
lines=$(awk '/^B/ { n += $4; bad += $5 } END { print n, bad }' "$work/first")
entries=$("$tool" script -i "$recording" -F brstackoff,dso | tr ' ' '\n' |
	grep '(/guest/bin/branches)' |
	awk -F/ '{ n++; bad += /\/M\/-\/-\// } END { print n, bad }')
[ "$lines" = "$entries" ] || fail "counts $lines, recorded $entries"
runs=$(awk '/^[Ff]/ { n += $4 } END { print n }' "$work/first")
[ "$runs" -gt 500 ] || fail "only $runs runs between branches"

run 0 -f brstack -i "$recording" -o "$work/file" --dso branches
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail '-o FILE prints'
cmp "$work/first" "$work/file" || fail '-o FILE differs'
run 0 -f brstack -i "$recording" -o -
cmp "$work/first" "$work/out" || fail '-o - differs'
run 0 --format=brstack -i - <"$recording"
cmp "$work/first" "$work/out" || fail '-i - differs'
run 1 -f brstack -i "$recording" --time 0,1
[ ! -s "$work/out" ] || fail 'branches of another time'
says 'no sample with branches is taken'

# Of a damaged recording, what comes before the damage.
size=$(wc -c <"$recording")
head -c $((size / 2)) "$recording" >"$work/cut.data"
run 1 -f brstack -i "$work/cut.data"
[ -s "$work/out" ] || fail 'nothing of half a recording'
says 'damaged at offset'
[ "$(wc -l <"$work/err")" -eq 2 ] || fail 'more than a note and the damage'

run 2 -i "$recording"
says 'name a format with -f'
run 2 -f no-such-format -i "$recording"
says "no such format: 'no-such-format'"
run 2 -f brstack -i "$recording" extra
run 1 -f brstack -i "$data/perf-lbr.data" -o "$work/none"
says 'hold no branches'
[ ! -e "$work/none" ] || fail 'a file of no branches'
run 1 -f brstack -i "$recording" --dso no-such-file
says 'no branch leads from or to no-such-file'
run 1 -f brstack -i "$recording" -o "$work/no/such/folder"
says 'cannot write'

# Stacks: every format, to a file and a pipe; what is wrong is said.
stacks=$data/perf-stacks.data
formats='callgrind firefox folded json perfscript pprof speedscope'
for format in $formats; do
	run 0 -f "$format" -i "$stacks" -o "$work/file"
	[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "$format prints"
	run 0 -f "$format" -i - <"$stacks"
	cmp "$work/file" "$work/out" || fail "$format: standard output differs"
	run 1 -f "$format" -i "$stacks" --time 0,1 -o "$work/none"
	says 'no sample is taken'
	[ ! -e "$work/none" ] || fail "$format: a file of no samples"
	if [ -c /dev/full ]; then
		run 1 -f "$format" -i "$stacks" -o /dev/full
		says 'writ'
		[ -c /dev/full ] || fail "$format: the device is gone"
	fi
done

# A pipe that nobody reads is no error, whoever ignores the signal.
mkfifo "$work/pipe"
exec 4<>"$work/pipe"
exec 5>"$work/pipe"
exec 4<&-
for format in $formats html brstack; do
	"$tool" export -f "$format" -i "$recording" >&5 2>"$work/err"
	status=$?
	[ $status -eq 141 ] || fail "$format: status $status for a closed pipe"
	[ "$(grep -vc 'branches of' "$work/err")" -eq 0 ] ||
		fail "$format has something to say of a closed pipe"
	(
		trap '' PIPE
		exec "$tool" export -f "$format" -i "$recording" >&5 2>"$work/err"
	) || fail "$format: status $? for a closed pipe, without the signal"
	[ "$(grep -vc 'branches of' "$work/err")" -eq 0 ] ||
		fail "$format has something to say of a closed pipe"
done
exec 5>&-

run 1 -f html -i "$stacks" --time 0,1 -o "$work/none"
says 'no sample is taken'
[ ! -e "$work/none" ] || fail 'a page of no samples'
run 0 -f folded -i "$stacks" --weight=samples
mv "$work/out" "$work/first"
run 0 -f folded -i "$stacks" --weight=period
cmp -s "$work/first" "$work/out" && fail 'periods are samples'
run 2 -f folded -i "$stacks" --weight=bytes
says 'samples or period'
run 2 -f folded -i "$stacks" --dso=libc.so.6
says 'for brstack'
if [ -w /dev/full ]; then
	"$tool" export -f brstack -i "$recording" >/dev/full 2>"$work/err" &&
		fail 'a full disk is no error'
	says 'cannot write\|writing'
	# Half a file is removed; a device, or what leads to it, is not.
	ln -s /dev/full "$work/device"
	for format in brstack folded html; do
		run 1 -f $format -i "$recording" -o "$work/device"
		[ -L "$work/device" ] || fail "-f $format removed a device"
	done
fi
exit 0
