#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that lbrprof doctor's exit status, its first line and the gates below
# tell the same story, whatever this machine has.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
out=doctor.$$
trap 'rm -f "$out"' EXIT

fail() {
	echo "doctor: $*" >&2
	cat "$out" >&2
	exit 1
}

"$tool" doctor >"$out" 2>/dev/null
status=$?
case $status in
0) verdict='LBR call stacks work here' ;;
3) verdict='no LBR call stacks yet: you can change that' ;;
4) verdict='no LBR call stacks: the host.s administrator can change that' ;;
5) verdict='no LBR call stacks: this hardware cannot give them' ;;
*) fail "exit status $status" ;;
esac
head -n 1 "$out" | grep -q "^$verdict" || fail "not the verdict of $status"

# A gate is closed, or else the self-test fails, and it is explained, if, and
# only if, LBR does not work.
if [ "$status" -eq 0 ]; then
	grep -q '^  open  *open ' "$out" || fail 'it works, and does not open'
	! grep -q '^First closed gate' "$out" || fail 'it works, but is closed'
	! grep -q '^Self-test: failed' "$out" || fail 'it works, but failed'
else
	gate=$(sed -n 's/^First closed gate: //p' "$out")
	grep -q "^  ${gate:-none}  *closed " "$out" ||
		grep -q '^Self-test: failed' "$out" ||
		fail "gate '$gate' is not closed"
	grep -q '^  why  *[^ ]' "$out" || fail 'no reason'
	grep -q '^  \(you\|host admin\)  *[^ ]' "$out" || fail 'no remedy'
fi
grep -q '^lbrprof record would \(take\|fail\)' "$out" || fail 'no plan'

# Asked for, the self-test speaks; it cannot run where events do not open.
"$tool" doctor --self-test >"$out" 2>/dev/null
[ $? -eq "$status" ] || fail 'the self-test changes the exit status'
if grep -q '^  open  *open ' "$out"; then
	grep -q '^  samples  *[0-9]' "$out" || fail 'no figures'
else
	grep -q '^Self-test: could not run' "$out" || fail 'it ran without LBR'
fi

"$tool" doctor surplus >"$out" 2>&1
[ $? -eq 2 ] || fail 'a surplus word is not wrong usage'
"$tool" doctor >/dev/full 2>"$out"
[ $? -eq 1 ] || fail 'a full disk is no failure'
grep -q 'cannot write' "$out" || fail 'a full disk is not named'
exit 0
