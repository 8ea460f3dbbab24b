#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that names in a recording cannot move the cursor, colour the screen or
# reach the terminal in any other way: functions, a file and a thread are named
# with escape sequences, controls, bytes that are no UTF-8, marks that turn the
# writing around, and a megabyte; all pages are looked at in a real terminal.

. "$(dirname "$0")/common.sh"
need objcopy python3

esc=$'\033'
make_spin "$work/plain"
python3 - "$work/names" <<'END'
import sys
names = {
    'spin_first': b'evil1\x1b[41mred\x1b[2J\x1b[5;5Hmoved\x07\x1b]0;title\x07',
    'spin_second': b'evil2\xff\xfe\x9b31m\xc2\x9b32m\xc0\xaf\x08\x08\x0e',
    'spin_third': b'evil3' + b'x' * (1 << 20) + b'\x1b[42mtail',
    'spin_fourth': b'evil4\xe2\x80\xae\xe2\x80\x8f\xcc\x81\xcc\x81<b>"&\'',
}
with open(sys.argv[1], 'wb') as out:
    for old, new in names.items():
        out.write(old.encode() + b' ' + new + b'\n')
END
program="$work/ev${esc}[43mil"
objcopy --redefine-syms="$work/names" "$work/plain" "$program" ||
	skip "objcopy does not take such names"
record evil.data -e cpu-clock:u "$program" 1

# No attribute but those of the browser itself; no row out of its place.
unharmed() {
	local codes

	shows "$1"
	[ "$(screen | wc -l)" = 24 ] || fail "the screen has lost lines"
	screen | tail -n 1 | grep -q '? keys' || {
		screen
		fail "the last line is not the browser's"
	}
	# Of the colours, NO_COLOR leaves none; bold 1, dim 2, reverse 7, off.
	codes=$(tmux_here capture-pane -p -e |
		grep -o "${esc}"'\[[0-9;:]*[A-Za-z]' | sort -u |
		grep -v -x "${esc}"'\[\(\(0\|1\|2\|7\|22\|27\|39\|49\)\?;\?\)*m')
	[ -z "$codes" ] || fail "the screen has $(printf '%q' "$codes")"
	[ "$(tmux_here display -p '#{pane_title}')" = "$title" ] ||
		fail "the window's title was changed"
}

open_screen 80 24
title=$(tmux_here display -p '#{pane_title}')
export NO_COLOR=1
on_screen env NO_COLOR=1 "$lbrprof" report -i "$work/evil.data"
unharmed '^ call tree'
keys +
unharmed 'evil1\?\[41mred'
keys f
unharmed '^ functions'
# Symbols have no megabyte: what is so long is not taken for one.
for symbol in 'evil1\?\[41mred' 'evil2' 'evil4' '\[long name\]'; do
	shows "$symbol"
done
for row in 1 2 3 4; do
	keys r
	unharmed '^ callers of'
	keys BSpace
	unharmed '^ functions'
	keys c
	unharmed '^ callees of'
	keys BSpace
	unharmed '^ functions'
	keys Down
done
keys p
unharmed '^ choose a thread'
shows 'ev\?\[43mil'
keys Escape
keys d
unharmed '^ choose a file'
shows 'ev\?\[43mil'
keys Down ; keys Enter
unharmed '; in .*ev\?\[43mil'
keys q
restored 0

# As text, on a terminal too narrow for any of it.
keys -l "clear; NO_COLOR=1 PAGER=cat $lbrprof report --stdio --flat -i $work/evil.data | cat -v | cut -c1-60; echo 'all of it'"
keys Enter
shows '^all of it'
