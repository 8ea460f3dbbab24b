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
print LBRPROF_PAGER="$work/pager" PAGER=cat
[ -s "$work/called" ] || fail "LBRPROF_PAGER is not heeded"
rm "$work/called"
print LBRPROF_PAGER= PAGER="$work/pager"
print PAGER=cat
print PAGER=
[ ! -e "$work/called" ] || fail "the pager was called, though forbidden"
# Who has seen enough and leaves makes no error, however much is left.
print PAGER="head -n 1"
lacks 'lbrprof: '

on_screen env PAGER="$work/pager" "$lbrprof" annotate -i "$work/spin.data" \
	spin_first
shows 'ended with 0$'
[ -s "$work/called" ] || fail "annotate: the pager was not called"
rm "$work/called"
on_screen env PAGER="$work/pager" "$lbrprof" diff --all "$work/spin.data" \
	"$work/spin.data"
shows 'ended with 0$'
[ -s "$work/called" ] || fail "diff: the pager was not called"
rm "$work/called"

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
