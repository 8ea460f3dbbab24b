#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judge a report or a script's stacks.

  verify.py share FILE self|total|self_period SYMBOL PERCENT [POINTS]
  verify.py period FILE SECONDS SECONDS
  verify.py complete FILE PERCENT | truncated FILE PERCENT
  verify.py samples FILE MIN | lost FILE MAX | named FILE PERCENT
  verify.py keys FILE | source FILE
  verify.py roots FILE PERCENT SYMBOL...
  verify.py chain FILE PERCENT SYMBOL...
  verify.py present FILE SYMBOL... | absent FILE SYMBOL...
  verify.py samestacks FILE OTHER

FILE is the JSON object of `lbrprof report --json`, from roots on
the text of `lbrprof script`. Symbols are patterns of the shell; a chain's may
be SYMBOL:N, N times in a row; A|B is either. Exit status 1 and the reason on stdout if not.
"""

import fnmatch
import json
import math
import re
import sys

# A file's name may end in " (deleted)", a function's in "operator()".
FRAME = re.compile(r"^\s+([0-9a-f]+) (.*?) \(((?:[/\[]|inlined).*)\)$")


class Failure(Exception):
    pass


def match(symbol, pattern):
    return any(fnmatch.fnmatchcase(symbol, one) for one in pattern.split("|"))


def load(path):
    with open(path) as file:
        return json.load(file)


def stacks(path):
    """Lists of symbols, innermost first, one a sample."""
    found, stack = [], None
    with open(path, errors="replace") as file:
        for line in file:
            line = line.rstrip("\n")
            frame = FRAME.match(line)
            if frame and stack is not None:
                stack.append(re.sub(r"(?<=.)\+0x[0-9a-f]+$", "",
                                    frame.group(2)) if not is_nameless(frame)
                             else frame.group(2))
            elif line and not line[0].isspace():
                stack = []
                found.append(stack)
    if not found:
        raise Failure("no samples in %s" % path)
    return found


def is_nameless(frame):
    """dso+0xoffset: what stands before the plus is the file's own name."""
    base = frame.group(2).rpartition("+0x")[0]
    return base != "" and base.split("/")[-1] == frame.group(3).split("/")[-1]


def percent(part, whole):
    return 100.0 * part / whole if whole else 0.0


def at_least(what, got, wanted):
    if got < wanted:
        raise Failure("%s: %.2f, wanted at least %s" % (what, got, wanted))
    print("%s: %.2f" % (what, got))


def is_kernel(dso):
    return dso.startswith("[") and dso not in ("[vdso]", "[vsyscall]")


def chance(share, samples):
    """Four standard deviations of a share: what few samples cannot tell.
    From 4500 on, it is less than 3 points for any share."""
    share = float(share) / 100
    return 400 * math.sqrt(max(share * (1 - share), 0) / max(samples, 1))


def check_share(path, which, symbol, wanted, points="3"):
    """Self is of user space: the kernel works for others, too, while a busy
    machine's program runs, and none of that is known beforehand."""
    report = load(path)
    counted = sum(entry[which] for entry in report["symbols"]
                  if match(entry["symbol"], symbol))
    samples = report["period" if which == "self_period" else "samples"]
    if which == "self":
        samples -= sum(entry["self"] for entry in report["symbols"]
                       if is_kernel(entry["dso"]))
    got = percent(counted, samples)
    text = "%s of %s: %.2f %% of %d samples" % (which, symbol, got, samples)
    allowed = chance(wanted, report["samples"])
    if abs(got - float(wanted)) > max(float(points), allowed):
        for entry in report["symbols"][:20]:
            print("  %(self)6d %(total)6d %(symbol)s (%(dso)s)" % entry)
        raise Failure("%s, wanted %s" % (text, wanted))
    print(text)


def check_period(path, least, most):
    """The samples' periods add up to that CPU time, whatever their rate."""
    got = load(path)["period"] / 1e9
    if not float(least) <= got <= float(most):
        raise Failure("periods add up to %.2f s, wanted %s to %s" % (
            got, least, most))


def check_stacks(path, kind, wanted):
    counts = load(path)["stacks"]
    at_least("%s stacks of %s, in percent" % (kind, counts),
             percent(counts[kind], sum(counts.values())), float(wanted))


def check_named(path, wanted):
    report = load(path)
    if any("[unknown]" in entry["symbol"] for entry in report["symbols"]):
        raise Failure("[unknown] among the symbols")
    nameless = sum(entry["self"] for entry in report["symbols"]
                   if re.search(r"\+0x[0-9a-f]+$", entry["symbol"]))
    at_least("samples with a name, in percent",
             100 - percent(nameless, report["samples"]), float(wanted))


def check_keys(path):
    """The object has the promised keys, and is sorted by self."""
    report = load(path)
    wanted = {"samples", "lost", "event", "stack_source", "stacks", "symbols"}
    if not wanted <= set(report):
        raise Failure("missing: %s" % (wanted - set(report)))
    if not {"complete", "truncated", "broken"} <= set(report["stacks"]):
        raise Failure("stacks: %s" % report["stacks"])
    if report["stack_source"] not in ("lbr", "dwarf", "fp", "none"):
        raise Failure("stack_source: %s" % report["stack_source"])
    for entry in report["symbols"]:
        if set(entry) != {"symbol", "dso", "self", "total"}:
            raise Failure("a symbol's keys: %s" % sorted(entry))
    own = [entry["self"] for entry in report["symbols"]]
    if own != sorted(own, reverse=True):
        raise Failure("not sorted by self")
    names = [(entry["symbol"], entry["dso"]) for entry in report["symbols"]]
    if len(names) != len(set(names)):
        raise Failure("a symbol of a DSO stands there twice")
    if sum(own) != report["samples"]:
        raise Failure("self adds up to %d of %d" % (sum(own),
                                                    report["samples"]))


def check_roots(path, wanted, *patterns):
    found = stacks(path)
    others, good = {}, 0
    for stack in found:
        root = stack[-1] if stack else "(no stack)"
        if any(match(root, pattern) for pattern in patterns):
            good += 1
        else:
            others[root] = others.get(root, 0) + 1
    for root in sorted(others, key=others.get, reverse=True)[:5]:
        print("  other root: %6d %s" % (others[root], root))
    at_least("stacks with the right root, in percent",
             percent(good, len(found)), float(wanted))


def spell_out(patterns):
    chain = []
    for pattern in patterns:
        times = re.match(r"^(.*[^:]):(\d+)$", pattern)
        chain += [times.group(1)] * int(times.group(2)) if times else [pattern]
    return chain


def check_chain(path, wanted, *patterns):
    """Of the stacks with the chain's first symbol, how many go on so?"""
    chain = spell_out(patterns)
    asked = [stack for stack in stacks(path)
             if any(match(symbol, chain[0]) for symbol in stack)]
    good = 0
    for stack in asked:
        at = next(i for i, symbol in enumerate(stack)
                  if match(symbol, chain[0]))
        part = stack[at:at + len(chain)]
        good += len(part) == len(chain) and all(map(match, part, chain))
    if not asked:
        raise Failure("no stack with %s" % chain[0])
    at_least("of %d stacks with %s called as said, in percent" %
             (len(asked), chain[0]), percent(good, len(asked)), float(wanted))


def check_present(path, *patterns):
    symbols = {symbol for stack in stacks(path) for symbol in stack}
    for pattern in patterns:
        if not any(match(symbol, pattern) for symbol in symbols):
            raise Failure("no %s among %d symbols" % (pattern, len(symbols)))


def check_absent(path, *patterns):
    symbols = {symbol for stack in stacks(path) for symbol in stack}
    for pattern in patterns:
        found = [symbol for symbol in symbols if match(symbol, pattern)]
        if found:
            raise Failure("%s is there: %s" % (pattern, found[:5]))


def blocks(path):
    """Samples as (header's words, frames' addresses), sorted."""
    found = []
    with open(path, errors="replace") as file:
        for line in file:
            words = line.split()
            if line[:1].isspace() and words and found:
                found[-1][1].append(words[0])
            elif words:
                found.append((line.split(), []))
    return sorted(found)


def is_in_exec(mine, yours):
    """Within exec a user address is still one of the program before; perf
    looks it up there, for us its mappings are gone."""
    return (len(mine) == len(yours) and mine[:-1] == yours[:-1] and
            mine[:-1] and int(mine[-1], 16) > int(yours[-1], 16))


def check_samestacks(path, other):
    ours, theirs = blocks(path), blocks(other)
    if not theirs:
        raise Failure("no samples in %s" % other)
    for mine, yours in zip(ours, theirs):
        if mine != yours and not is_in_exec(mine[1], yours[1]):
            raise Failure("%s\nis not\n%s" % (mine, yours))
    if len(ours) != len(theirs):
        raise Failure("%d samples, not %d" % (len(ours), len(theirs)))


CHECKS = {
    "share": check_share,
    "complete": lambda path, wanted: check_stacks(path, "complete", wanted),
    "truncated": lambda path, wanted: check_stacks(path, "truncated", wanted),
    "samples": lambda path, wanted: at_least(
        "samples", load(path)["samples"], int(wanted)),
    "lost": lambda path, wanted: at_least(
        "lost, as a negative number", -load(path)["lost"], -int(wanted)),
    "period": check_period,
    "named": check_named,
    "keys": check_keys,
    "source": lambda path: print(load(path)["stack_source"]),
    "roots": check_roots,
    "chain": check_chain,
    "present": check_present,
    "absent": check_absent,
    "samestacks": check_samestacks,
}


def main(arguments):
    try:
        CHECKS[arguments[0]](*arguments[1:])
    except Failure as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
