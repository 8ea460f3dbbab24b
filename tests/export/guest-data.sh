#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves on recordings of a machine with branch records, far from it, that
# script prints what perf printed there, and that recordings with no branch
# records, or with records and stack copies of absent programs, are read.
# They are described in tests/data/README.md.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
data=$top_srcdir/tests/data
work=guest-data.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "guest-data: $*" >&2
	head -c 2000 "$work/out" "$work/err" >&2
	exit 1
}

# run ARG... : without an error, and with nothing to say.
run() {
	"$tool" "$@" >"$work/out" 2>"$work/err" || fail "$*: status $?"
	[ ! -s "$work/err" ] || fail "$*: has something to say"
}

# same_script NAME FIELDS: perf ends some lines with a space.
same_script() {
	run script -i "$data/$1.data" -F "$2"
	sed 's/ *$//' "$data/$1.script" >"$work/perf"
	sed 's/ *$//' "$work/out" >"$work/own"
	cmp "$work/perf" "$work/own" || fail "$1: not what perf printed"
}

# Perf's leaf is the entry of the newest call, ours is the sampled address.
without_leaf() {
	awk '/:/ { leaf = NR + 1 } NR != leaf { sub(/ *$/, ""); print }' "$1"
}

same_script lbrprof-auto tid,time,ip
same_script lbrprof-branches ip,brstack
same_script perf-branches ip,brstack

run script -i "$data/perf-lbr.data" -F tid,time,ip
without_leaf "$data/perf-lbr.script" >"$work/perf"
without_leaf "$work/out" >"$work/own"
[ "$(wc -l <"$work/own")" -gt 200 ] || fail "perf-lbr: too short"
cmp "$work/perf" "$work/own" || fail "perf-lbr: not the calls perf printed"

run report -i "$data/perf-lbr.data"
grep -q '^branches  *100\.0% intact$' "$work/out" || fail "perf-lbr: not intact"

run report -i "$data/perf-empty.data"
grep -q '^samples  *19 ' "$work/out" || fail "perf-empty: samples are missing"
grep -q '^branches  *100\.0% empty$' "$work/out" || fail "perf-empty: not empty"

# Call sites are known from the records, though the program is not here.
run report -i "$data/lbrprof-kept.data" --flat
grep -q '^branches  *100\.0% intact$' "$work/out" || fail "kept: not intact"
grep -q 'callers  *100\.0% from branch records$' "$work/out" ||
	fail "kept: callers are missing"
