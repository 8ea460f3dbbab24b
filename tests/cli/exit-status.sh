#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# record passes the profiled command's own status on, 128 and the signal's
# number for signals; its output stays its own.

. "$(dirname "$0")/common.sh"

# status WANTED COMMAND...
status() {
	local wanted=$1 got=0

	shift
	"$lbrprof" record -o "$work/x.data" -- "$@" >"$work/out" \
		2>"$work/err" || got=$?
	[ "$got" = "$wanted" ] ||
		fail "$*: status $got, wanted $wanted: $(cat "$work/err")"
	[ -s "$work/x.data" ] || fail "$*: no file"
	rm -f "$work/x.data"
}

status 0 true
status 1 false
status 3 sh -c 'exit 3'
status 255 sh -c 'exit 255'
status 137 sh -c 'kill -KILL $$'
status 143 sh -c 'kill -TERM $$'
status 139 sh -c 'kill -SEGV $$'

status 0 sh -c 'echo words; cat' <<<"from stdin"
[ "$(cat "$work/out")" = "words
from stdin" ] || fail "the command's own output and input are disturbed"

# Options behind the command are the command's.
status 0 echo -o --help
[ "$(cat "$work/out")" = "-o --help" ] || fail "echo -o: $(cat "$work/out")"
