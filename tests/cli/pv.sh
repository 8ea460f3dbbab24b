#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `lbrprof pv` and `record --pv` where the protocol is not to be driven, as on
# nearly every machine: nothing is held, nothing is run under a hold that there
# is not, and each refusal says why. tests/guest has a host that speaks it.

. "$(dirname "$0")/common.sh"

need python3
[ ! -e /etc/lbrvirt.conf ] || skip "/etc/lbrvirt.conf asserts something here"

# expect STATUS COMMAND...: out in $work/out, err in $work/err.
expect() {
	local wanted=$1 status=0

	shift
	"$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" = "$wanted" ] ||
		fail "$*: exit status $status, not $wanted: $(cat "$work/err")"
}

# --- status ---
expect 0 "$lbrprof" pv status
grep -q '^Verdict: ' "$work/out" || fail "status has no verdict"
for letter in A B C D E F G H; do
	grep -q "^  $letter " "$work/out" || fail "status lacks evidence $letter"
done
awk 'length > 80 { bad = 1 } END { exit bad }' "$work/out" ||
	fail "status is wider than 80 columns"
verdict=$(sed -n 's/^Verdict: \([a-z-]*\).*/\1/p' "$work/out")
[ "$verdict" != pv-lbr ] || fail "concluded by itself that the host speaks it"
expect 0 "$lbrprof" pv status --json
python3 - "$verdict" "$work/out" <<'END' || fail "status --json"
import json, sys
status = json.load(open(sys.argv[2]))
assert status["verdict"] == sys.argv[1], status["verdict"]
assert [e["letter"] for e in status["evidence"]] == list("ABCDEFGH")
assert status["assertion"]["source"] == ""
assert status["assertion"]["bit"] == 12
assert status["assertion"]["msr"] == 0x4b564d05
assert status["cpus"] and status["holders"] == [] and not status["stale"]
END

# --- a machine that was saved: a plain KVM guest of today ---
expect 0 "$lbrprof" pv status --json \
	--sysroot "$top_srcdir/tests/data/machines/kvm-today"
python3 - "$work/out" <<'END' || fail "status --sysroot of a guest of today"
import json, sys
status = json.load(open(sys.argv[1]))
assert status["verdict"] == "poll-control" and status["certain"]
saying = {e["letter"]: e["says"] for e in status["evidence"]}
for letter in "BCF":
    assert saying[letter] == "poll-control", (letter, saying[letter])
END
expect 1 "$lbrprof" pv status --sysroot "$work/nowhere"

# --- run: only under a hold, unless none was wanted ---
expect 1 "$lbrprof" pv run -- touch "$work/ran"
[ ! -e "$work/ran" ] || fail "run ran the command without a hold"
grep -q 'pv status' "$work/err" || fail "run does not say what next"
expect 7 "$lbrprof" pv run --pv off -- sh -c 'exit 7'
expect 143 "$lbrprof" pv run --pv=off sh -c 'kill -TERM $$'
expect 127 "$lbrprof" pv run --pv off -- "$work/no-such-command"

# --- reset ---
if [ "$(id -u)" = 0 ]; then
	expect 0 "$lbrprof" pv reset
	grep -q 'nothing was left' "$work/err" || fail "reset: $(cat "$work/err")"
fi

# --- record ---
for mode in auto off; do
	expect 0 "$lbrprof" record --pv $mode -o "$work/$mode.data" -- true
	! grep -q 'PV LBR' "$work/err" || fail "--pv $mode: $(cat "$work/err")"
done
if [ "$verdict" = none ] || [ "$verdict" = poll-control ]; then
	expect 1 "$lbrprof" record --pv assume -o "$work/assume.data" -- true
	grep -q 'lbrprof pv status' "$work/err" ||
		fail "--pv assume does not say what next: $(cat "$work/err")"
	[ ! -e "$work/assume.data" ] || fail "--pv assume left a file"
fi
expect 0 "$lbrprof" record --pv assume --call-graph dwarf \
	-o "$work/dwarf.data" -- true
grep -q 'no effect' "$work/err" || fail "--pv with dwarf: $(cat "$work/err")"

# --- wrong usage ---
expect 2 "$lbrprof" pv
expect 2 "$lbrprof" pv nonsense
expect 2 "$lbrprof" pv run
expect 2 "$lbrprof" pv reset --json
expect 2 "$lbrprof" pv status more
for mode in nonsense assume,bit=99 assume,msr=0x345 assume,msr=0x4b564d03 \
    assume,bit= assume,colour=red; do
	expect 2 "$lbrprof" record --pv $mode -o "$work/bad.data" -- true
done
