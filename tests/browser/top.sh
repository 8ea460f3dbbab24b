#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that top shows where a process spends its time now, pauses, begins
# afresh, outlives the process, and gives the terminal back.

. "$(dirname "$0")/common.sh"

make_spin "$work/spin"
"$work/spin" 600 &
spinner=$!
started+=("$spinner")

"$lbrprof" top >"$work/out" 2>&1 </dev/null
[ $? = 2 ] || fail "without a terminal, the exit status is not 2"
grep -q 'needs a terminal' "$work/out" || fail "it does not say why"

open_screen 80 24
on_screen "$lbrprof" top -e cpu-clock:u -p "$spinner"
shows '^ functions|ended with'
if has 'ended with'; then
	screen
	skip "sampling does not work here"
fi
shows '^ functions .*top: forgets each 30 s'
shows 'spin_first \(spin\)'

samples() {
	screen | sed -n 's/^.*: \([0-9]*\) samples.*/\1/p'
}

more_than() {
	[ "$(samples)" -gt "$1" ]
}

before=$(samples)
wait_for 20 more_than "$before" || fail "it stands still"

# A function's code, and more samples in it each second.
samples_of_code() {
	screen | sed -n 's/^.*: \([0-9]*\) of [0-9]* samples, .*/\1/p'
}

more_code_than() {
	[ "$(samples_of_code)" -gt "$1" ]
}

keys a
shows '^ code of spin_'
before=$(samples_of_code)
wait_for 20 more_code_than "$before" || fail "the code stands still"
keys BSpace
shows '^ functions'

# Paused it stands still; the pages can be looked at.
keys Space
shows 'paused'
before=$(samples)
keys r
shows '^ callers of'
keys BSpace
shows '^ functions'
[ "$(samples)" = "$before" ] || fail "paused, it goes on"
keys Space
wait_for 20 eval '! has paused' || fail "it stays paused"

# Afresh: fewer samples than there were.
wait_for 60 more_than 100 || fail "it does not go on"
before=$(samples)
keys z
wait_for 20 eval '[ "$(samples)" -lt "$before" ]' || fail "z keeps all"
wait_for 20 more_than 20 || fail "after z it stands still"

kill -9 "$spinner"
shows 'top: it ended'
keys t
shows '^ call tree'
keys q
restored 0

on_screen "$lbrprof" top -p 2147483646
shows 'lbrprof: top: '
restored 1
