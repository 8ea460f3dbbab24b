# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the script tests share; each sources this file. A test works in a
# folder of its own, $work, which goes away with it, and ends with exit status
# 0, 1 after fail, or 77 after skip. Reports are judged by verify.py.

set -u
export LC_ALL=C
unset LBRPROF_OPTIONS NO_COLOR

top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-$PWD}
lbrprof=$top_builddir/cli/lbrprof
programs=$top_builddir/tests/programs
verify="python3 -B $top_srcdir/tests/cli/verify.py"
name=$(basename "$0" .sh)

work=$(mktemp -d "${TMPDIR:-/tmp}/lbrprof-$name-XXXXXX") || exit 1
# Nor may a build-id cache of the user help, or fill up.
export HOME=$work
started=()

cleanup() {
	local pid

	for pid in "${started[@]+"${started[@]}"}"; do
		{ kill -9 "$pid" && wait "$pid"; } 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT

# Samples enough for shares to hold within 3 points: 6000 have a standard
# deviation of 0.6 points at the worst.
rate=3999

say() {
	printf '%s: %s\n' "$name" "$*"
}

skip() {
	say "skipped: $*"
	exit 77
}

fail() {
	say "FAILED: $*"
	exit 1
}

need() {
	local tool

	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

# Debian's perf is a script that looks for one of this kernel's version.
need_perf() {
	need perf
	perf --version >/dev/null 2>&1 || skip "perf does not run here"
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "$* needs root"
}

# record FILE ARGUMENT...: into $work/FILE, what it says into $work/FILE.err.
record() {
	local file=$1 status=0

	shift
	"$lbrprof" record -o "$work/$file" "$@" >"$work/$file.out" \
		2>"$work/$file.err" || status=$?
	if [ "$status" != 0 ]; then
		cat "$work/$file.err"
		fail "lbrprof record $*: exit status $status"
	fi
}

# perf_record FILE ARGUMENT...: as record, but by perf. Without -B, perf 6.1 on
# a busy machine often aborts while it collects build-ids at the end (assertion
# failed at util/build-id.c:1010).
perf_record() {
	local file=$1

	shift
	perf record -q -B -o "$work/$file" "$@" >/dev/null \
		2>"$work/$file.err" ||
		fail "perf record $*: $(cat "$work/$file.err")"
}

# report FILE OPTION...: as JSON to $work/report.json, for the checks below.
report() {
	local file=$1

	shift
	"$lbrprof" report --json -i "$work/$file" "$@" >"$work/report.json" \
		2>"$work/report.err" && return
	cat "$work/report.err"
	fail "lbrprof report --json -i $file $* failed"
}

# script FILE OPTION...: as text to $work/script.txt, for stacks below.
script() {
	local file=$1

	shift
	"$lbrprof" script -i "$work/$file" "$@" >"$work/script.txt" \
		2>"$work/script.err" && return
	cat "$work/script.err"
	fail "lbrprof script -i $file $* failed"
}

# in_report CHECK ARGUMENT...: see verify.py.
in_report() {
	local check=$1

	shift
	$verify "$check" "$work/report.json" "$@" && return
	fail "report: $check $*"
}

# in_stacks CHECK ARGUMENT...: see verify.py.
in_stacks() {
	local check=$1

	shift
	$verify "$check" "$work/script.txt" "$@" && return
	fail "stacks: $check $*"
}

# stack_source: the last report's word for it.
stack_source() {
	$verify source "$work/report.json"
}

# Where stacks end: a program's first instruction, or a thread's, which the
# C library exports under no name.
roots=('_start' 'clone3' '__clone3' '__clone' 'clone' '*libc.so.6+0x*')

# whole_stacks FILE: the promise that 99 % of stacks are complete, as it is
# counted by the report and as it shows in the stacks themselves.
whole_stacks() {
	report "$1"
	in_report complete 99
	script "$1"
	in_stacks roots 99 "${roots[@]}"
}

# says FILE PATTERN...: each is a line of what the recorder of FILE said.
says() {
	local file=$1 pattern

	shift
	for pattern in "$@"; do
		grep -q -i -E -e "$pattern" "$work/$file.err" && continue
		cat "$work/$file.err"
		fail "it does not say '$pattern'"
	done
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local turns=$(($1 * 20))

	shift
	while ! "$@" 2>/dev/null; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || return 1
		sleep 0.05
	done
}
