#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The same programs under perf record --call-graph dwarf and under lbrprof:
# the flat profiles agree within 3 points per symbol, and lbrprof's report of
# perf's own file does too.

. "$(dirname "$0")/common.sh"
need_perf

# by_perf COMMAND...: record into perf.data, and its flat profile into flat.txt
# as "PERCENT SYMBOL" a line. False if perf fails at either, or loses samples:
# perf 6.1 may abort at looking up build-ids (assertion failed at
# util/build-id.c:1010) and, where others keep the machine busy, cannot always
# write 32 MB/s.
by_perf() {
	perf record -q -B -F $rate -m 512 --call-graph dwarf \
		-o "$work/perf.data" -- "$@" >/dev/null 2>"$work/perf.err" &&
		perf report --stdio -i "$work/perf.data" --no-children \
			--no-inline -g none --percent-limit 0.02 \
			-F overhead,sym >"$work/perf.txt" 2>"$work/perf.err" ||
		return 1
	sed -n 's/^ *\([0-9.]*\)%  *\[[.]\] \(.*[^ ]\) *$/\1 \2/p' \
		"$work/perf.txt" >"$work/flat.txt"
	report perf.data --no-inline
	$verify lost "$work/report.json" 0 >"$work/perf.err"
} 2>/dev/null

# agree FLAT JSON: every symbol of either side with half a percent or more, as
# shares of user space: what the kernel does meanwhile it does for others too.
agree() {
	python3 - "$@" <<'PYTHON'
import json, re, sys

def plain(symbol):
    # perf prints C++ names without arguments.
    return re.sub(r"^.* (?=\S*<)", "", symbol.split("(std::")[0])

theirs, ours, bad = {}, {}, False
for line in open(sys.argv[1]):
    share, symbol = line.rstrip("\n").split(" ", 1)
    theirs[plain(symbol)] = theirs.get(plain(symbol), 0) + float(share)
report = json.load(open(sys.argv[2]))
for entry in report["symbols"]:
    if not re.match(r"\[(?!vdso)", entry["dso"]):
        name = plain(entry["symbol"])
        ours[name] = ours.get(name, 0) + entry["self"]
for shares in (theirs, ours):
    whole = sum(shares.values())
    shares.update({name: 100.0 * n / whole for name, n in shares.items()})
if not theirs or not ours:
    sys.exit("a profile is empty")
for name in set(theirs) | set(ours):
    a, b = theirs.get(name, 0.0), ours.get(name, 0.0)
    if max(a, b) >= 0.5:
        print("  %-40s perf %6.2f lbrprof %6.2f" % (name[:40], a, b))
    bad = bad or abs(a - b) > 3
sys.exit("more than 3 points apart" if bad else 0)
PYTHON
}

# compare COMMAND...: both record the same command, one after the other.
compare() {
	local program turn

	program=$(basename "$1")
	for turn in 1 2 3 4; do
		by_perf "$@" && break
		say "$program: perf failed: $(head -n 1 "$work/perf.err")"
		if [ $turn = 4 ]; then
			left_out+=("$program")
			return
		fi
	done
	say "$program, perf's recording read by both"
	agree "$work/flat.txt" "$work/report.json" ||
		fail "$program: flat profiles of perf's file differ"
	say "$program, each by its own recording"
	record ours.data -F $rate -- "$@"
	report ours.data --no-inline
	agree "$work/flat.txt" "$work/report.json" ||
		fail "$program: flat profiles differ"
	rm -f "$work/perf.data"
}

left_out=()
compare "$programs/shares" 1.5
compare "$programs/recursion" 1
compare "$programs/templates" 1.5
compare "$programs/threads" 1.5
compare "$programs/forkexec" 1.5 "$programs/shares"
compare "$programs/dlhost" 1.5 "$programs/first.so" "$programs/second.so"
compare "$programs/callback" 1.5
[ ${#left_out[@]} = 0 ] ||
	skip "perf fails time and again on ${left_out[*]}; the others agree"
