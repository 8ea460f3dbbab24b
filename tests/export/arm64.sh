#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves on a recording of an arm64 program that its stack copies are unwound
# wherever it was stopped: at each of its instructions, with signed return
# addresses, by the program below --symfs and by the one in a build-id cache.
# What is true was written down where it was recorded, from the calls and
# returns that were seen: tests/data/arm64.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
data=$top_srcdir/tests/data/arm64
work=arm64.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
HOME=$PWD/$work
export HOME

fail() {
	echo "arm64: $*" >&2
	head -c 2000 "$work/out" "$work/err" >&2
	exit 1
}

# run ARG... : without an error, and with nothing to say.
run() {
	"$tool" "$@" >"$work/out" 2>"$work/err" || fail "$*: status $?"
	[ ! -s "$work/err" ] || fail "$*: has something to say"
}

run script -i "$data/calls.data" --symfs "$data" -F ip,sym
cmp "$data/calls.script" "$work/out" || fail "not the calls that were made"

run report -i "$data/calls.data" --symfs "$data"
grep -q '^stacks  *100\.0% complete' "$work/out" || fail "not complete"

# Without the program, the sampled address is all.
run report --flat -i "$data/calls.data"
grep -q '^stacks .* 100\.0% broken' "$work/out" || fail "unwound by nothing"

id=$(od -An -v -tx1 "$data/calls" | tr -d ' \n' |
	sed 's/.*040000001400000003000000474e5500\(.\{40\}\).*/\1/')
cache=$HOME/.debug/.build-id/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-)
mkdir -p "$cache" && cp "$data/calls" "$cache/elf" || exit 1
run script -i "$data/calls.data" -F ip,sym
cmp "$data/calls.script" "$work/out" || fail "not by the build-id cache"

echo "$(grep -c _start "$data/calls.script") stacks are right"
