#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that lbrprof doctor's exit status, its first line and the gates below
# tell the same story, whatever this machine has.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
out=doctor.$$
trap 'rm -rf "$out" "$out".*' EXIT

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
cp "$out" "$out.first"
grep -q '^lbrprof record would \(take\|fail\)' "$out" || fail 'no plan'

# Asked for, the self-test has a line for each rung, and what it tries on a
# clock works wherever we may sample at all.
"$tool" doctor --self-test >"$out" 2>/dev/null
[ $? -eq "$status" ] || fail 'the self-test changes the exit status'
sed -n '/^Self-test$/,$p' "$out" >"$out.tests"
for rung in lbr cycles cpu-clock dwarf fp; do
	grep -q "^  $rung  *\(passed\|failed\|not run\)  *[^ ]" "$out.tests" ||
		fail "no line for $rung"
done
if grep -q '^  paranoid  *open ' "$out" && grep -q '^  seccomp  *open ' "$out"
then
	grep -q '^  cpu-clock  *passed ' "$out.tests" || fail 'no samples'
	grep -q '^  dwarf  *passed ' "$out.tests" || fail 'unwinding fails'
fi
if [ "$status" -eq 0 ]; then
	grep -q '^  lbr  *passed ' "$out.tests" || fail 'it works untested'
else
	! grep -q '^  lbr  *passed ' "$out.tests" || fail 'it passed, unused'
fi

# No line is wider than a terminal.
! grep -q '.\{80\}' "$out" || fail 'a line has 80 columns or more'

# What was saved gives the same answer, byte for byte, with the same exit
# status, and knows nothing of the machine's name.
"$tool" doctor --json --save "$out.dir" >"$out" || [ $? -eq "$status" ] ||
	fail 'saving changes the exit status'
"$tool" doctor --json --sysroot "$out.dir" >"$out.saved"
saved=$?
# LBR that opens and does not work is seen live alone.
if ! grep -q '^Self-test: failed' "$out.first"; then
	[ "$saved" -eq "$status" ] || fail "saved, the exit status is $saved"
	cmp "$out" "$out.saved" >&2 || fail 'saved, the answer is another'
fi
grep -q "\"status\": *$status\b" "$out" || fail 'JSON has another status'
name=$(uname -n)
if [ ${#name} -gt 5 ] && grep -rqF -- "$name" "$out.dir"; then
	fail 'the host name was saved'
fi
"$tool" doctor --save "$out.dir" >"$out" 2>&1
[ $? -eq 1 ] || fail 'a full folder is written to'
grep -q 'is not empty' "$out" || fail 'a full folder is not named'
for wrong in --save=x --self-test --exit-cost; do
	"$tool" doctor --sysroot "$out.dir" "$wrong" >"$out" 2>&1
	[ $? -eq 2 ] || fail "--sysroot with $wrong is not wrong usage"
done
# Of a dump of CPUID alone only the CPU can be judged.
mkdir "$out.cpu" && [ ! -e "$out.dir/cpuid" ] || {
	cp "$out.dir/cpuid" "$out.cpu/"
	"$tool" doctor --sysroot "$out.cpu/cpuid" >"$out"
	grep -q '^  open  *?  *not saved' "$out" || fail 'a dump has events'
	grep -q '^  driver  *? ' "$out" || fail 'a dump has a driver'
	grep -q 'was not saved' "$out" || fail 'a dump has a plan'
}
"$tool" doctor --sysroot "$out.none" >"$out" 2>&1
[ $? -eq 1 ] || fail 'a missing sysroot is no failure'

# What sampling costs is told when asked for, and changes nothing else.
! grep -q '^Exit cost' "$out" || fail 'the cost is measured unasked'
"$tool" doctor --exit-cost >"$out" 2>/dev/null
[ $? -eq "$status" ] || fail 'the exit cost changes the exit status'
if ! grep -q '^Exit cost: could not be measured' "$out"; then
	grep -q '^Exit cost: CPUID and back, [0-9]* times a CPU' "$out" ||
		fail 'no exit cost'
	grep -q '^  CPU [0-9]*  *median [0-9]* ticks ([0-9.]* us), p99' "$out" ||
		fail 'no CPU was measured'
	grep -q '^  TSC  *[0-9.]* GHz, ' "$out" || fail 'no TSC'
	grep -q '^  elsewhere  *[^ ]' "$out" || fail 'nothing to compare with'
	grep -q "^  PMU's counter  *\(reading one takes [0-9]\|unknown: .\)" \
		"$out" || fail 'nothing on reading a counter'
fi
! grep -q '.\{80\}' "$out" || fail 'a line has 80 columns or more'
if grep -q '^lbrprof record would take' "$out"; then
	sed -n '/^A whole sample/,$p' "$out" |
		grep -q '[0-9.]* us a sample[^:]*: [0-9.]* % at 99 Hz\|too few' ||
		fail 'no sample was timed'
fi

"$tool" doctor --json --exit-cost >"$out" 2>/dev/null
[ $? -eq "$status" ] || fail 'the exit cost as JSON changes the exit status'
grep -q '"exit_cost":{"\(rounds":10000,"tsc_hz":[1-9]\|error":"[^"]\)' "$out" ||
	fail 'JSON has no exit cost'
grep -q '"counter_cost":{"\(ticks":[0-9]\|error":"[^"]\)' "$out" ||
	fail 'JSON has no cost of a counter'
grep -q '"sample_cost":{"\(event":"[^"]*","samples":[1-9]\|error":"[^"]\)' \
	"$out" || fail 'JSON has no cost of a sample'

"$tool" doctor surplus >"$out" 2>&1
[ $? -eq 2 ] || fail 'a surplus word is not wrong usage'
"$tool" doctor >/dev/full 2>"$out"
[ $? -eq 1 ] || fail 'a full disk is no failure'
grep -q 'cannot write' "$out" || fail 'a full disk is not named'
exit 0
