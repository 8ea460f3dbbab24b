#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the page of `lbrprof diff -f html` shows what diff --json says:
each function, and each call path with its colour, by shares and by periods;
that frames are as wide as before or after; that nothing is said of paths which
were not tested."""

import json
import os
import sys

sys.dont_write_bytecode = True
import recording  # noqa: E402
from pages import (  # noqa: E402
    check, choose, everything_has_a_name, it_fits_every_width, lbrprof, main,
    nothing_is_fetched, rounded, run_tests)

NAMES = ["main", "serve", "parse", "encode", "spin", "rest", "leaf"]


def make_changed(before, after):
    """Two recordings of which it can be read here what changed."""
    path = [0, 1, 2, 6]
    pairs = [  # stack, samples before and after
        (path, 400, 900), ([0, 1, 2], 300, 310), ([0, 1, 3, 6], 800, 300),
        ([0, 1, 3, 3, 6], 50, 60), ([0, 4], 0, 200), ([0, 5, 2, 6], 100, 0),
        ([0, 1], 2, 5)]
    for side, to in enumerate((before, after)):
        time, made = 1000, []
        for stack, *times in pairs:
            for i in range(times[side]):
                time += 1000000
                made.append(recording.sample(
                    recording.PID, i % 2, time,
                    recording.chain(stack[::-1])))
        recording.write(to, [n.encode() for n in NAMES],
                        {recording.PID: b"first"}, made)


def changed(change, basis):
    """What the page says of one number: both sides, and the change."""
    before, after = change["before"], change["after"]
    if basis == "total":
        values = [rounded(100 * v, 2) + "%" for v in (before, after)]
        by = rounded(100 * (after - before), 2)
    else:
        values = []
        for value in (before, after):
            units = iter(("", "k", "M", "G", "T"))
            unit = next(units)
            while value >= 1000:
                value, unit = value / 1000, next(units)
            values.append(rounded(value, 2) + unit)
        by = rounded(100 * (after / before - 1), 1) + "%" if before else (
            "new" if after else "0")
    sign = "+" if after > before and by != "new" else ""
    return (f"{values[0]} before ({change['samples_before']:,} samples), "
            f"{values[1]} after ({change['samples_after']:,} samples)",
            f"{sign}{by}")


def functions_equal_the_diff(browser, said):
    rows = browser.run("""
        return [...document.querySelectorAll('#table tbody tr')].map((r) => [
            r.querySelector('button').textContent,
            ...['self', 'total'].flatMap((w) => [
                r.querySelector('.' + w).title,
                r.querySelector('.' + w + '-change').textContent])])""")
    expected = []
    for symbol in said["symbols"]:
        row = [symbol["symbol"]]
        for which in ("self", "total"):
            sides, by = changed(symbol[which], said["by"])
            row += [sides, f"{by} {symbol[which]['verdict']}"]
        expected.append(row)
    check(rows == expected, rows, expected)


def paths_equal_the_diff(browser, said):
    """Each path zoomed to, so that its frame is as wide as the graph: what
    stands below it, and what its colour says."""
    depths, kinds = [], set()
    for i, path in enumerate(said["paths"]):
        depths.append(depths[path["parent"]] + 1 if "parent" in path else 0)
        browser.run("location.hash = `direction=icicle&zoom=${arguments[0]}`",
                    i)
        browser.wait_for("return document.getElementById('frame-name')"
                         ".textContent === arguments[0]", path["symbol"])
        found = browser.run("""
            const g = document.getElementById('graph');
            const p = g.getContext('2d').getImageData(
                g.width - 4, arguments[0] * 20 + 5, 1, 1).data;
            return [document.getElementById('frame-facts').textContent,
                    p[0], p[1], p[2]]""", depths[i])
        sides, by = changed(path["total"], said["by"])
        verdict = path["total"]["verdict"]
        check(f"{sides}: {by}, {verdict}" in found[0], found[0], sides, by,
              verdict)
        red, _, blue = found[1:]
        seen = "more" if red > blue + 20 else (
            "less" if blue > red + 20 else "noise")
        check(seen == verdict, path["symbol"], found, verdict)
        kinds.add(seen)
    check(kinds == {"more", "less", "noise"}, kinds)


def widths_are_of_the_side_chosen(browser, said):
    """What is gone cannot be seen in a picture of what is there."""
    gone = [s["symbol"] for s in said["symbols"]
            if not s["total"]["samples_after"]]
    check(gone == ["rest"], gone)
    browser.run("location.hash = 'direction=icicle&zoom=1'")
    shown = "return [...document.querySelectorAll('#children button')]" \
            ".map((b) => b.textContent)"
    browser.wait_for(shown + ".includes('spin')")
    choose(browser, "weight", "before")
    children = browser.run(shown)
    check("spin" not in children and "rest" in children, children)


def merged_paths_are_called_untested(browser, said):
    leaf = next(s for s in said["symbols"] if s["symbol"] == "leaf")
    browser.run("""[...document.querySelectorAll('#table tbody button')]
        .find((b) => b.textContent === 'leaf').click()""")
    browser.wait_for("return document.getElementById('graph-title')"
                     ".textContent.endsWith('leaf')")
    text = browser.text("#frame-facts")
    check(text.endswith(leaf["total"]["verdict"]), text)
    browser.run("""[...document.querySelectorAll('#children button')]
        .find((b) => b.textContent === 'parse').click()""")
    text = browser.text("#frame-facts")
    check(text.endswith("not tested"), text)


def diff_fits_every_width(browser, said):
    it_fits_every_width(browser, said, "diff")


TESTS = [functions_equal_the_diff, paths_equal_the_diff,
         widths_are_of_the_side_chosen, merged_paths_are_called_untested,
         nothing_is_fetched, everything_has_a_name, diff_fits_every_width]


def run(browser, work):
    """Tests are given the comparison's JSON."""
    before, after, page = (os.path.join(work, name) for name in
                           ("before.data", "after.data", "diff.html"))
    failed = 0
    make_changed(before, after)
    for basis in ("total", "run"):
        options = ["diff", before, after, "--by", basis]
        lbrprof(*options, "-f", "html", "-o", page)
        failed += run_tests(browser, TESTS, page,
                            json.loads(lbrprof(*options, "--json")))
    return failed


if __name__ == "__main__":
    sys.exit(main(run))
