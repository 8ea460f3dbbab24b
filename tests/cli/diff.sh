#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lbrprof diff of a program with itself finds nothing, and of a program with
# one function made slower finds that function and the path to it.

. "$(dirname "$0")/common.sh"
need python3

cat >"$work/work.c" <<'END'
#include <stdlib.h>

volatile unsigned long sink;

__attribute__((noinline)) void hot(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sink = sink * 3 + i;
}

__attribute__((noinline)) void cold(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sink = sink * 5 + i;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	for (unsigned int i = 0; i < 100; i++) {
		hot(n);
		cold(1000000);
	}
	return 0;
}
END
"${CC:-cc}" -O1 -o "$work/work" "$work/work.c" || fail "cannot compile"

# record NAME LOOPS
record() {
	"$lbrprof" record -F 3999 -o "$work/$1.data" "$work/work" "$2" \
		>"$work/out" 2>&1 || fail "record: $(cat "$work/out")"
}

record before 1000000
record same 1000000
record slower 2000000

# judge BEFORE AFTER EXPRESSION OPTION...: of verdicts by symbol, paths and the
# whole object.
judge() {
	local before=$1 after=$2 expression=$3

	shift 3
	"$lbrprof" diff --json "$@" "$work/$before.data" "$work/$after.data" \
		>"$work/diff.json" || fail "diff $before $after"
	python3 - "$work/diff.json" "$expression" <<'END' ||
import json, sys
d = json.load(open(sys.argv[1]))
own = {s["symbol"]: s["self"]["verdict"] for s in d["symbols"]}
paths = {}
for i, p in enumerate(d["paths"]):
    above = d["paths"][p["parent"]]["name"] + " " if "parent" in p else ""
    p["name"] = above + p["symbol"]
    paths[p["symbol"]] = p["total"]["verdict"]
if not eval("(" + sys.argv[2] + ")"):
    print(json.dumps(d["symbols"][:6], indent=1))
    sys.exit(1)
END
		fail "$before $after $*: not $expression"
}

# Runs differ from each other by more than samples tell, on a busy machine:
# what is asked of equals is that no difference of some size is made up.
judge before before 'd["symbol_tests"]["changed"] == 0 and
	d["path_tests"]["changed"] == 0'
judge before same 'd["symbol_tests"]["changed"] == 0 and
	d["path_tests"]["changed"] == 0' --least 5
judge before slower 'own["hot"] == "more" and own["cold"] == "less" and
	paths["hot"] == "more" and own["main"] == "noise"' --least 5
judge slower before 'own["hot"] == "less" and own["cold"] == "more"' --least 5
judge before slower 'own["hot"] == "more" and own["cold"] != "less"' \
	--least 10 --by run

"$lbrprof" diff "$work/before.data" "$work/slower.data" >"$work/text" ||
	fail "diff as text"
grep -q ' more .*self   hot (work)$' "$work/text" ||
	fail "the text does not have hot: $(cat "$work/text")"
"$lbrprof" diff "$work/before.data" "$work/slower.data" -f html \
	-o "$work/page.html" || fail "diff as a page"
grep -q '^<!DOCTYPE html>' "$work/page.html" || fail "it is no page"

# refused WORD...: wrong usage, and nothing is written.
refused() {
	"$lbrprof" diff "$work/before.data" "$work/slower.data" "$@" \
		>"$work/out" 2>"$work/err"
	[ $? = 2 ] && [ ! -s "$work/out" ] && [ -s "$work/err" ] ||
		fail "diff $* is taken"
}
refused -f folded
refused -f html --json
refused -o "$work/file"
[ ! -e "$work/file" ] || fail "something was written"
"$lbrprof" diff "$work/before.data" "$work/slower.data" -f html \
	-o "$work/no/page.html" 2>"$work/err"
[ $? = 1 ] && grep -q 'cannot write' "$work/err" ||
	fail "a page for nowhere: $(cat "$work/err")"
if [ -w /dev/full ]; then
	"$lbrprof" diff "$work/before.data" "$work/slower.data" -f html \
		-o /dev/full 2>"$work/err"
	[ $? = 1 ] && grep -q 'could not be written' "$work/err" ||
		fail "a page for a full disk: $(cat "$work/err")"
fi
"$lbrprof" diff "$work/before.data" >"$work/out" 2>&1
[ $? = 2 ] || fail "one file is taken for two"
"$lbrprof" diff - - <"$work/before.data" >"$work/out" 2>&1
[ $? = 2 ] || fail "one pipe is taken for two recordings"
"$lbrprof" diff --event nothing "$work/before.data" "$work/same.data" \
	>"$work/out" 2>&1
[ $? = 1 ] && grep -q 'no samples that' "$work/out" ||
	fail "an event that is not there: $(cat "$work/out")"
"$lbrprof" diff "$work/before.data" "$work/nowhere.data" >"$work/out" 2>&1
[ $? = 1 ] || fail "a file that is not there is taken"
exit 0
