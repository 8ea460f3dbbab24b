#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The same programs under perf record --call-graph dwarf and under lbrprof:
# the flat profiles agree within 3 points per symbol, and lbrprof's report of
# perf's own file does too.

. "$(dirname "$0")/common.sh"
need_perf

# flat_of_perf FILE: "PERCENT SYMBOL" a line to $work/flat.txt. perf 6.1 may
# abort at looking up build-ids here too; not each time with the same file.
flat_of_perf() {
	local turn

	for turn in 1 2 3 4 5; do
		perf report --stdio -i "$1" --no-children --no-inline -g none \
			--percent-limit 0.5 -F overhead,sym \
			>"$work/perf.txt" 2>"$work/perf.err" && break
		say "perf report failed in turn $turn: $(cat "$work/perf.err")"
	done
	sed -n 's/^ *\([0-9.]*\)%  *\[[.k]\] \(.*[^ ]\) *$/\1 \2/p' \
		"$work/perf.txt" >"$work/flat.txt"
	[ -s "$work/flat.txt" ] ||
		fail "perf report shows nothing: $(cat "$work/perf.txt")"
}

# agree FLAT JSON: every symbol of either side with half a percent or more.
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
    share = 100.0 * entry["self"] / report["samples"]
    name = plain(entry["symbol"])
    ours[name] = ours.get(name, 0) + share
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
	local program

	program=$(basename "$1")
	perf_record perf.data -F $rate -m 512 --call-graph dwarf -- "$@"
	record ours.data -F $rate -- "$@"
	flat_of_perf "$work/perf.data"

	say "$program, each by its own recording"
	report ours.data --no-inline
	agree "$work/flat.txt" "$work/report.json" ||
		fail "$program: flat profiles differ"
	say "$program, perf's recording read by both"
	report perf.data --no-inline
	agree "$work/flat.txt" "$work/report.json" ||
		fail "$program: flat profiles of perf's file differ"
	rm -f "$work/perf.data"
}

compare "$programs/shares" 1.5
compare "$programs/recursion" 1
compare "$programs/templates" 1.5
compare "$programs/threads" 1.5
compare "$programs/forkexec" 1.5 "$programs/shares"
compare "$programs/dlhost" 1.5 "$programs/first.so" "$programs/second.so"
compare "$programs/callback" 1.5
