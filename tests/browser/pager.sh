#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that text goes through the pager if and only if it is longer than the
# terminal it is printed on, and is printed anyway if there is no such pager.

. "$(dirname "$0")/common.sh"

make_spin "$work/spin"
record spin.data -e cpu-clock:u "$work/spin" 0.5

# print SETTING...: the report as text.
print() {
	on_screen env "$@" "$lbrprof" report --stdio -i "$work/spin.data"
	shows 'ended with 0$'
}

cat >"$work/pager" <<'END'
#!/bin/sh
echo called >>"$work/called"
exec cat
END
chmod +x "$work/pager"

open_screen 80 12
print PAGER="$work/pager"
[ -s "$work/called" ] || fail "12 lines: the pager was not called"
print PAGER=nosuchpager
shows 'spin_first'
rm "$work/called"
print PAGER=cat
print PAGER=
[ ! -e "$work/called" ] || fail "the pager was called, though forbidden"
print PAGER="head -n 1"

open_screen 80 100
print PAGER="$work/pager"
[ ! -e "$work/called" ] || fail "100 lines: the pager was called"
shows 'spin_first'

# A file or a pipe is no terminal.
PAGER=$work/pager "$lbrprof" report -i "$work/spin.data" >"$work/text" ||
	fail "report into a file"
[ ! -e "$work/called" ] || fail "the pager was called for a file"
grep -q spin_first "$work/text" || fail "the file has no report"

# Colours pass through less, as colours.
command -v less >/dev/null || exit 0
open_screen 80 12
on_screen "$lbrprof" report --stdio -i "$work/spin.data"
shows '^file '
lacks 'ESC\['
keys q
shows 'ended with 0$'
