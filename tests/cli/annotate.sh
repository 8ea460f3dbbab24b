#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lbrprof annotate: a program that spends its time in one division shows it
# there; of a program that was stepped through, every branch is counted as often
# as it was taken; and a file that was changed since is refused.

. "$(dirname "$0")/common.sh"
. "$top_srcdir/tests/clients/stepped.sh"
need python3

cat >"$work/divide.c" <<'END'
volatile unsigned long sink = 7;
__attribute__((noinline)) unsigned long divide(unsigned long n)
{
	unsigned long x = sink;

	for (unsigned long i = 0; i < n; i++)
		x = (x + 0x123456789abcdef) / (i | 3);
	return x;
}
int main(void)
{
	for (unsigned int i = 0; i < 60; i++)
		sink = divide(1000000);
	return 0;
}
END
"${CC:-cc}" -O1 -g -o "$work/divide" "$work/divide.c" || fail "cannot compile"
"$lbrprof" record -F 1999 -o "$work/divide.data" "$work/divide" \
	>"$work/out" 2>&1 || fail "record: $(cat "$work/out")"
"$lbrprof" annotate --json -i "$work/divide.data" divide >"$work/divide.json" ||
	fail "annotate divide"
# Samples stand at the division or at what waited for it: the loop's own line,
# if the compiler counts on there.
python3 - "$work/divide.json" <<'END' || fail "the division is not the hottest"
import json, sys
d = json.load(open(sys.argv[1]))
insns = d["instructions"]
at = [i for i, x in enumerate(insns) if x["text"].startswith("div")]
near = sum(x["samples"] for x in insns[at[0]:at[0] + 3])
line = max(d["lines"], key=lambda x: x["samples"])
print(at, near, d["samples"], line)
sys.exit(not (len(at) == 1 and d["misplaced"] == 0 and d["samples"] > 50 and
              near > 0.7 * d["samples"] and
              sum(x["samples"] for x in insns) == d["samples"] and
              line["line"] in (6, 7) and line["text"]))
END
"$lbrprof" annotate -i "$work/divide.data" divide >"$work/text" ||
	fail "annotate as text"
grep -q 'div' "$work/text" || fail "no division: $(cat "$work/text")"

"$lbrprof" annotate --lines -i "$work/divide.data" divide >"$work/text" ||
	fail "annotate --lines"
grep -q 'divide.c:6  *for (unsigned long' "$work/text" ||
	fail "no line of source: $(cat "$work/text")"

"$lbrprof" annotate -i "$work/divide.data" divi >"$work/out" 2>&1 &&
	fail "a part of a name is a function"
grep -q "is it 'divide'" "$work/out" ||
	fail "not told what it is called: $(cat "$work/out")"

# Another build in its place, with another build-id.
echo 'int more;' >>"$work/divide.c"
"${CC:-cc}" -O0 -g -o "$work/divide" "$work/divide.c" || fail "cannot compile"
if "$lbrprof" annotate -i "$work/divide.data" divide >"$work/out" 2>&1; then
	fail "a changed file is annotated"
fi
grep -q 'not the file that was recorded' "$work/out" ||
	fail "not told why: $(cat "$work/out")"

need clang
build_hotpath hotpath
step hotpath
for symbol in rounds even odd; do
	"$lbrprof" annotate --json -i "$work/hotpath.data" $symbol \
		>"$work/$symbol.json" 2>"$work/out" || continue
	python3 - "$work/$symbol.json" "$work/hotpath.counts" <<'END' ||
import json, sys
d = json.load(open(sys.argv[1]))
start, end = int(d["start"], 16), int(d["end"], 16)
wanted = {}
for line in open(sys.argv[2]):
    source, _, missed, count = line.split()
    source = int(source, 16)
    if start <= source < end:
        n, m = wanted.get(source, (0, 0))
        wanted[source] = (n + int(count), m + int(missed))
got = {}
at = 0
for block in d["blocks"]:
    at += block["instructions"]
    if block["taken"]:
        got[int(d["instructions"][at - 1]["address"], 16)] = (
            block["taken"], block["mispredicted"])
print(d["symbol"], {hex(k): v for k, v in wanted.items()})
print(d["symbol"], {hex(k): v for k, v in got.items()})
sys.exit(wanted != got or not got)
END
		fail "$symbol: branches are not as they were taken"
	checked="${checked-} $symbol"
done
[ -n "${checked-}" ] || fail "no known function could be annotated"
say "branches of$checked"
exit 0
