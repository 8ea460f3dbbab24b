#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that names in a recording cannot move the cursor, colour the screen or
# reach the terminal in any other way: functions, files, a source line and a
# thread are named with escape sequences, controls, bytes that are no UTF-8,
# marks that turn the writing around, and a megabyte. All pages, the pager and
# messages are looked at in a real terminal, and so is every byte it was sent.

. "$(dirname "$0")/common.sh"
need objcopy python3

esc=$'\033'
command -v "${CC:-cc}" >/dev/null || skip "there is no compiler"
# As the source, with commands in a comment and in its own name.
source_file="$work/sp${esc}[45min.c"
sed "s|SPIN(spin_first, 4)|SPIN(spin_first, 4) /* $esc[44mblue$esc]0;title\x07 */|" \
	"$top_srcdir/tests/browser/spin.c" >"$source_file"
"${CC:-cc}" -g -O1 -o "$work/plain" "$source_file" ||
	skip "the compiler does not run"
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

# harmless WHAT: of the bytes that the terminal was sent.
harmless() {
	tmux_here pipe-pane
	python3 - "$work/sent" <<-'END' || fail "$1: the terminal was sent that"
	import re, sys
	sent = open(sys.argv[1], 'rb').read()
	evil = [rb'\x1b\[4[1-5]m', rb'\x1b\]', rb'\x07', rb'\x0e',
	        rb'\x1b\[5;5H' + b'moved', rb'\xe2\x80[\xae\x8f]', rb'\xcc\x81',
	        rb'\xc2[\x80-\x9f]']
	found = [e for e in evil if re.search(e, sent)]
	sent.decode()
	print(len(sent), 'bytes;', found)
	sys.exit(not sent or bool(found))
	END
	rm "$work/sent"
}

open_screen 80 24
title=$(tmux_here display -p '#{pane_title}')
export NO_COLOR=1
tmux_here pipe-pane -o "cat >>'$work/sent'"
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
keys Home a
unharmed '^ code of evil1'
shows 'sp\?\[45min.c:.*SPIN\(spin_first'
keys Right Right
unharmed '^ code of evil1'
keys BSpace
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

harmless "the browser"

# The same as text, in the pager and without one; and in messages.
plain() {
	open_screen 80 24
	tmux_here pipe-pane -o "cat >>'$work/sent'"
	on_screen env NO_COLOR=1 "$@"
}
for form in --flat --stdio; do
	plain PAGER=cat "$lbrprof" report --stdio $form -i "$work/evil.data"
	shows 'ended with 0$'
	harmless "report --stdio $form"
done
# What is not for reading is, all the same, if nothing stands behind it.
plain "$lbrprof" report --csv -i "$work/evil.data"
shows 'ended with 0$'
harmless "report --csv"
plain "$lbrprof" script -i "$work/evil.data"
shows 'ended with 0$'
harmless "script"
"$lbrprof" script -i "$work/evil.data" | grep -q "${esc}\[41mred" ||
	fail "script changes names for a pipe, too"
"$lbrprof" report --json -i "$work/evil.data" | python3 -c '
import json, sys
print(next(s["symbol"] for s in json.load(sys.stdin)["symbols"]
           if s["symbol"].startswith("evil1")), end="")' >"$work/symbol"
# The screen's shell has no way to write such a name.
annotate="$lbrprof annotate -i $work/evil.data"
plain PAGER=cat sh -c "$annotate \"\$(cat $work/symbol)\""
shows 'ended with 0$'
harmless "annotate"
plain sh -c "$annotate \"no \$(cat $work/symbol)\""
shows 'ended with 1$'
harmless "a message"
if command -v less >/dev/null; then
	plain "$lbrprof" report --stdio --flat -i "$work/evil.data"
	shows '^file '
	keys q
	shows 'ended with 0$'
	[ "$(tmux_here display -p '#{pane_title}')" = "$title" ] ||
		fail "the window's title was changed"
fi

# Names of code made at run time: nothing shortens them, up to a megabyte.
map=$(python3 "$top_srcdir/tests/browser/recording.py" hostile \
	"$work/hostile.data") || fail "recording.py"
plain "$lbrprof" report -i "$work/hostile.data"
unharmed '^ call tree'
keys f
unharmed '^ functions'
shows 'long x+….*x+ \(anon\)'
for key in a r c Down t + / ; do
	keys "$key"
done
keys -l evil ; keys Enter
shows "nothing has 'evil'"
keys q
restored 0
rm -f "$map"
harmless "names of a megabyte"

# Completion shows files' names, and runs none.
if command -v bash >/dev/null; then
	mkdir "$work/files"
	: >"$work/files/evil${esc}[43m" >"$work/files/evil\$(touch pwned)"
	open_screen 80 24
	tmux_here pipe-pane -o "cat >>'$work/sent'"
	keys -l "cd $work/files; PS1='tab: ' exec bash --norc" ; keys Enter
	shows 'tab:'
	keys -l "PATH=$(dirname "$lbrprof"):\$PATH; bind 'set bell-style none'"
	keys Enter
	keys -l ". $(realpath "$top_srcdir")/completion/lbrprof; clear"
	keys Enter
	wait_for 20 eval '! has clear' || fail "completion is not read"
	keys -l 'lbrprof report -i ev' ; keys Tab
	shows 'report -i evil'
	keys Tab Tab
	shows 'evil\$\(touch pwned\)'
	keys -l '\$' ; keys Tab
	shows 'evil\\\$\\\(touch\\ pwned'
	keys C-c
	[ ! -e "$work/files/pwned" ] || fail "completion ran a file's name"
	harmless "completion"
fi

# Live, with such a thread's name.
"$program" 600 &
started+=($!)
plain "$lbrprof" top -e cpu-clock:u -p $!
shows '^ functions|ended with'
if ! has 'ended with'; then
	unharmed 'evil1\?\[41mred'
	keys p
	unharmed '^ choose a thread'
	shows 'ev\?\[43mil'
	keys q
	restored 0
	harmless "top"
fi
