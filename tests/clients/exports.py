#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read an export as its format says, and hold it against the report.

  exports.py FORMAT FILE REPORT.json REPORT.csv

FORMAT is one of lbrprof export's, or what another program printed of one:
top, lines (go tool pprof -top, -lines), annotate, inclusive
(callgrind_annotate), node (what pprof_format.js prints), page (what
speedscope.py does). The reports are of `lbrprof report --json` and `--csv`. Exit status 1 and the reason on stdout if
any function's self or total differs.
"""

import collections
import csv
import gzip
import json
import re
import sys

sys.dont_write_bytecode = True
from counts import Counts, Failure, by_name, load_json, need  # noqa: E402
from firefox import read_firefox  # noqa: E402  (no file is written beside it)

# Where a line cannot hold these, an export has U+FFFD.
CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
# How Python reads the bytes that are none.
NOT_UTF8 = re.compile("[\udc80-\udcff]")

csv.field_size_limit(1 << 24)


def shown(what, name):
    """A name as this format has it."""
    if what in ("firefox", "json", "page", "speedscope"):
        return name
    name = CONTROL.sub("\ufffd", name)
    return name.replace(";", ":") if what == "folded" else name


def expected(json_path, csv_path, what):
    """Counts of the report; totals only of names that stand there once."""
    found, rows_of = Counts(), collections.Counter()
    with open(json_path) as file:
        rows = json.load(file)["symbols"]
    if what == "perfscript":
        with open(csv_path, newline="", encoding="utf-8",
                  errors="surrogateescape") as file:
            rows = [{"symbol": NOT_UTF8.sub("\ufffd", row["symbol"]),
                     "self": int(row["self_period"]),
                     "total": int(row["total_period"])}
                    for row in csv.DictReader(file)]
    need(rows, "an empty report")
    for row in rows:
        name = shown(what, row["symbol"])
        rows_of[name] += 1
        if row["self"]:
            found.self[name] += row["self"]
        found.total[name] += row["total"]
    for name, nr in rows_of.items():
        if nr > 1:
            del found.total[name]
    return found


def compare(found, report, what, has_total=True):
    need(+found.self == +report.self, what, "self:", *difference(
        found.self, report.self))
    for name in report.total if has_total else ():
        need(found.total[name] == report.total[name], what, "total of", name,
             "is", found.total[name], "not", report.total[name])


def difference(found, report):
    return ["%s: %d not %d;" % (name, found[name], report[name])
            for name in set(found) | set(report)
            if found[name] != report[name]][:5]


def read_folded(path):
    counts = Counts()
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            match = re.fullmatch(r"([^;\n]*(?:;[^;\n]*)*) ([0-9]+)\n", line)
            need(match, "not folded:", line[:80])
            need(not CONTROL.search(line[:-1]), "control:", line[:80])
            counts.add(match.group(1).split(";")[1:], int(match.group(2)))
    return counts


def read_perfscript(path):
    counts = Counts()
    head = re.compile(r"([^\s#].*?) +([0-9]+)/([0-9]+) +([0-9]+) (\S+): \n")
    frame = re.compile(r"\t *([0-9a-f]+) (.*?) \(((?:[/\[]|inlined).*)\)\n")
    names, weight = [], None
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            if weight is None:
                match = head.fullmatch(line)
                need(match, "not a head:", line[:80])
                names, weight = [], int(match.group(4))
            elif line == "\n":
                counts.add(names[::-1], weight)
                weight = None
            else:
                match = frame.fullmatch(line)
                need(match, "not a frame:", line[:80])
                names.append(match.group(2))
    need(weight is None, "the last stack does not end")
    return counts


def read_speedscope(path):
    root = load_json(path)
    need(root["$schema"] ==
         "https://www.speedscope.app/file-format-schema.json", "schema")
    frames = root["shared"]["frames"]
    for frame in frames:
        need(isinstance(frame["name"], str), "frame without a name")
    each = []
    for profile in root["profiles"]:
        need(profile["type"] == "sampled", profile["type"])
        need(profile["unit"] in ("none", "nanoseconds"), profile["unit"])
        samples, weights = profile["samples"], profile["weights"]
        need(len(samples) == len(weights), "samples and weights differ")
        need(len(set(map(tuple, samples))) == len(samples),
             "a stack stands there twice")
        need(profile["startValue"] == 0 and
             profile["endValue"] == sum(weights), "endValue")
        counts = Counts()
        for stack, weight in zip(samples, weights):
            counts.add([(i, frames[i]["name"]) for i in stack], weight)
        each.append(counts)
    need(each, "no profiles")
    if len(each) > 1:
        need(sum((one.self for one in each[1:]), collections.Counter()) ==
             each[0].self, "threads do not sum up to all")
    return by_name(each[0])


def read_json(path):
    root, counts = load_json(path), Counts()
    need(root["format"] == "lbrprof stacks" and root["version"] == 1, "head")
    functions, frames = root["functions"], root["frames"]
    samples = period = 0
    for stack in root["stacks"]:
        names = []
        need(stack["tid"] > 0 or stack["pid"] == 0, "no thread")
        for i in stack["frames"]:
            calls = frames[i]["calls"]
            need([call.get("inlined", False) for call in calls] ==
                 [True] * (len(calls) - 1) + [False], "inlined calls")
            names += [(call["function"],
                       functions[call["function"]]["symbol"])
                      for call in calls]
        counts.add(names[::-1], stack["samples"])
        samples += stack["samples"]
        period += stack["period"]
    need(samples == root["samples"] and period == root["period"], "sums")
    return by_name(counts)


def read_callgrind(path):
    """By the format's specification: names may be numbers seen before."""
    known, own = {}, collections.Counter()
    out, into = collections.Counter(), collections.Counter()
    names, at, callee, is_call, summary = {}, {}, {}, False, None

    def name_of(space, text):
        match = re.fullmatch(r"\(([0-9]+)\)(?: (.*))?", text)
        need(match, "a name:", text[:80])
        number, name = match.groups()
        if name is not None:
            need((space, number) not in known, "named twice:", text[:80])
            known[space, number] = name
        return number, known[space, number]

    with open(path, encoding="utf-8", newline="\n") as file:
        need(file.readline() == "# callgrind format\n", "first line")
        for line in file:
            line = line[:-1]
            need(not CONTROL.search(line), "control:", line[:80])
            match = re.fullmatch(r"(c?(?:ob|fl|fn)|cfi)=(.*)", line)
            if match:
                key, space = match.group(1), match.group(1)[-2:]
                found = name_of("fl" if key == "cfi" else space,
                                match.group(2))
                (callee if key[0] == "c" else at)[space] = found
            elif line.startswith("calls="):
                need(re.fullmatch("calls=[1-9][0-9]* 0", line), line)
                is_call = True
            elif re.fullmatch("[0-9]+ [0-9]+ [0-9]+", line):
                samples = int(line.split()[1])
                names[at["fn"][0]] = at["fn"][1]
                if is_call:
                    out[at["fn"]] += samples
                    into[callee["fn"]] += samples
                else:
                    own[at["fn"]] += samples
                is_call = False
            elif line.startswith("summary: "):
                summary = int(line.split()[1])
    need(summary == sum(own.values()), "summary")
    counts = Counts()
    counts.self = +own
    counts.total = own + out
    need(counts.total.pop(next(key for key in counts.total
                               if key[1] == "all")) == summary, "all")
    # Some readers take for a function's total what was spent in calls to it.
    need(+into == +counts.total, "calls to", *difference(into, counts.total))
    return by_name(counts)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def message(data):
    """Field number to the list of its values."""
    fields, at = collections.defaultdict(list), 0
    while at < len(data):
        key, at = varint(data, at)
        need(key & 7 in (0, 2), "wire type", key & 7)
        value, at = varint(data, at)
        if key & 7 == 2:
            need(at + value <= len(data), "too short")
            value, at = data[at:at + value], at + value
        fields[key >> 3].append(value)
    return fields


def packed(data):
    values, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        values.append(value)
    return values


def first(fields, number):
    return fields[number][0] if fields[number] else 0


def read_pprof(path):
    with gzip.open(path) as file:
        root = message(file.read())
    strings = [text.decode() for text in root[6]]
    need(strings[0] == "" and len(set(strings)) == len(strings), "strings")
    types = [(strings[first(one, 1)], strings[first(one, 2)])
             for one in map(message, root[1])]
    need(types[0] == ("samples", "count") and len(types) == 2, types)
    functions = {first(one, 1): strings[first(one, 2)]
                 for one in map(message, root[5])}
    mappings = {first(one, 1): one for one in map(message, root[3])}
    need(strings[first(message(root[3][0]), 5)][:1] == "/", "the program")
    locations = {}
    for one in map(message, root[4]):
        mapping = mappings[first(one, 2)]
        need(first(mapping, 2) <= first(one, 3) <= first(mapping, 3), "range")
        locations[first(one, 1)] = [
            first(line, 1) for line in map(message, one[4])]
    need(len(locations) == len(root[4]), "a location stands there twice")
    counts, sums = Counts(), [0, 0]
    need(first(root, 10) < 1 << 63, "a negative duration")
    for sample in map(message, root[2]):
        values = packed(sample[2][0])
        need(len(values) == len(types), "values")
        sums = [a + b for a, b in zip(sums, values)]
        need(max(sums) < 1 << 63, "negative sums")
        labels = {strings[first(label, 1)]
                  for label in map(message, sample[3])}
        need({"comm", "process", "thread"} == labels, labels)
        names = [(functions[f],) for location in packed(sample[1][0])
                 for f in locations[location]]
        counts.add([(0, name) for (name,) in reversed(names)], values[0])
    return by_name(counts)


def read_top(path, is_lines=False):
    """flat flat% sum% cum cum% NAME, and with lines FILE:LINE behind it."""
    counts, row = Counts(), re.compile(
        r" *([0-9]+) +[0-9.]+% +[0-9.]+% +([0-9]+) +[0-9.]+%  (.*)")
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = row.fullmatch(line.rstrip("\n"))
            if not match:
                continue
            name = re.sub(r" \(inline\)$| \(partial-inline\)$", "",
                          match.group(3))
            if is_lines:
                name = re.sub(r" \S+:[0-9]+$| /\S+$", "", name)
            counts.self[name] += int(match.group(1))
            counts.total[name] += int(match.group(2))
    need(counts.total, "pprof printed nothing")
    return counts


def read_annotate(path, is_inclusive=False):
    counts, row = Counts(), re.compile(
        r" *([0-9,]+) (?:\( *[0-9.]+%\))? +(\S*?):(.*?)(?: \[.*\])?")
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = row.fullmatch(line.rstrip("\n"))
            if match and match.group(3) != "all":
                weight = int(match.group(1).replace(",", ""))
                (counts.total if is_inclusive else
                 counts.self)[match.group(3)] += weight
    need(counts.total or counts.self, "callgrind_annotate printed nothing")
    return counts


def read_node(path):
    counts, root = Counts(), load_json(path)
    counts.self.update(root["self"])
    counts.total.update(root["total"])
    return counts


READERS = {
    "folded": read_folded, "perfscript": read_perfscript,
    "speedscope": read_speedscope, "json": read_json,
    "firefox": read_firefox, "callgrind": read_callgrind,
    "pprof": read_pprof, "top": read_top,
    "lines": lambda path: read_top(path, True), "annotate": read_annotate,
    "inclusive": lambda path: read_annotate(path, True), "node": read_node,
    "page": read_node,
}


def main():
    what, path, json_path, csv_path = sys.argv[1:]
    report = expected(json_path, csv_path, what)
    try:
        found = READERS[what](path)
        if what == "inclusive":
            found.self = report.self
        # A function on several lines of a stack counts for each of them.
        compare(found, report, what, what not in ("annotate", "lines"))
    except Failure as failure:
        print("%s: %s" % (what, failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
