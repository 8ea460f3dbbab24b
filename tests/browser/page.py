#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the page of `lbrprof export -f html` does in a browser what it
promises: counts equal those of report --json, for all and for one thread,
process and CPU, and by periods where the rate changed; zoom, search, merged
callers, turning over and Back work, by mouse and by key; it fetches nothing; it
fits from a telephone to a wide screen. Pictures of it are left in browser-page/
for people to look at."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
import recording  # noqa: E402
from pages import (  # noqa: E402
    BUILD, TOOL, check, choose, everything_has_a_name, export,
    it_fits_every_width, main, nothing_is_fetched, report, run_tests, table,
    wanted)

PROGRAM = os.path.join(BUILD, "tests/programs/threads")
OWN_NAMES = ["main", "serve", "parse", "encode", "spin", "rest", "leaf"]
# Two threads of one process, stacks by their functions' numbers, outermost
# first, and how often.
STACKS = [
    (0, 0, [0, 1, 2, 6], 40), (0, 1, [0, 1, 2], 10),
    (1, 1, [0, 1, 3, 6], 25), (1, 2, [0, 1, 3, 3, 6], 5),
    (1, 0, [0, 4], 15), (0, 2, [0, 5, 2, 6], 5),
]


def record_with_budget(path):
    """Whether it can be done here."""
    done = subprocess.run(
        [TOOL, "-q", "record", "--overhead-budget", "2", "-F", "3999", "-o",
         path, "--", PROGRAM, "1"], stderr=subprocess.PIPE, check=False)
    if done.returncode:
        print("nothing is recorded here, so nothing with a budget:",
              done.stderr.decode(errors="replace").strip())
    return done.returncode == 0


def make_known(path):
    """A recording whose every count can be read above."""
    time = 1000
    made = []
    for thread, cpu, stack, times in STACKS:
        for _ in range(times):
            time += 1000000
            made.append(recording.sample(
                recording.PID + thread, cpu, time,
                recording.chain(stack[::-1])))
    comms = {recording.PID: b"first", recording.PID + 1: b"second"}
    recording.write(path, [n.encode() for n in OWN_NAMES], comms, made)


def address(browser):
    return browser.run("return location.hash")


def selected(browser):
    return browser.text("#frame-name")


def table_equals_the_report(browser, path):
    shown, said = table(browser), wanted(report(path))
    check(shown == said, shown, said)


def sorting_says_what_it_did(browser, _):
    browser.click("th[data-key='total'] button")
    check(browser.run("return document.querySelector("
                      "'th[data-key=total]').ariaSort") == "descending",
          "aria-sort is not set")
    totals = [row[1] for row in table(browser).values()]
    check(totals == sorted(totals, reverse=True), totals)
    browser.click("th[data-key='total'] button")
    totals = [row[1] for row in table(browser).values()]
    check(totals == sorted(totals), totals)


def focus_counts_as_the_filters_do(browser, path):
    options = browser.run("""
        return [...document.querySelectorAll('#focus option')]
            .map((o) => [o.value, o.textContent])""")
    kinds = set()
    for value, text in options:
        if not value:
            continue
        kinds.add(value[0])
        if value[0] == "t":
            tid = text.split("/")[1].split()[0]
            said = report(path, "--tid", tid)
        elif value[0] == "p":
            said = report(path, "--pid", value[1:])
        else:
            said = report(path, "--cpu", value[1:])
        choose(browser, "focus", value)
        shown = table(browser)
        check(shown == wanted(said), text, shown, wanted(said))
    check(kinds == {"p", "t", "c"}, options)


def periods_weigh_as_in_the_report(browser, path):
    """Where the rate changed, samples would count a slow time for less."""
    shown, said = table(browser), wanted(report(path), "_period")
    check(shown == said, shown, said)
    for selector in ("#functions-note", "#status", "#summary"):
        check("CPU time" in browser.text(selector), browser.text(selector))
    choose(browser, "weight", "samples")
    shown, said = table(browser), wanted(report(path))
    check(shown == said, shown, said)
    check(browser.text("#functions-note").endswith("by samples"),
          browser.text("#functions-note"))


def search_says_how_much_matches(browser, _):
    browser.type("#search", "parse")
    matched = browser.text("#matched")
    check(matched == "matched: 55.00%", matched)
    check(list(table(browser)) == ["parse"], table(browser))
    browser.run("""const s = document.getElementById('search');
        s.value = '/^(parse|encode)$/';
        s.dispatchEvent(new Event('input'))""")
    matched = browser.text("#matched")
    check(matched == "matched: 85.00%", matched)
    browser.run("""const s = document.getElementById('search');
        s.value = '/(/';
        s.dispatchEvent(new Event('input'))""")
    check(browser.run("return document.getElementById('search').ariaInvalid")
          == "true", "a wrong expression is not called wrong")


def keys_move_zoom_and_merge(browser, _):
    browser.run("document.getElementById('graph').focus()")
    check(selected(browser) == "all", selected(browser))
    browser.press("Up", "Up")
    check(selected(browser) == "serve", selected(browser))
    check("serve" in browser.text("#spoken"), browser.text("#spoken"))
    browser.press("Right")
    check(selected(browser) == "spin", selected(browser))
    browser.press("Left", "Enter")
    check("zoom=" in address(browser), address(browser))
    check("80 samples" in browser.text("#status"), browser.text("#status"))
    browser.press("Up", "Right")
    check(selected(browser) == "encode", selected(browser))
    browser.press("c")
    check("encode" in browser.text("#graph-title"), "callers are not shown")
    children = browser.run("return [...document.querySelectorAll("
                           "'#children li')].map((l) => l.textContent)")
    check(children == ["serve 30.00%"], children)
    browser.press("Escape")
    check(browser.text("#graph-title") == "Calls", "Escape does not lead back")


def callees_are_merged(browser, _):
    browser.run("document.getElementById('graph').focus()")
    browser.press("Up", "Up", "Up", "e")
    check("callees of parse" in browser.text("#graph-title"),
          browser.text("#graph-title"))
    check("55 samples" in browser.text("#status"), browser.text("#status"))
    children = browser.run("return [...document.querySelectorAll("
                           "'#children li')].map((l) => l.textContent)")
    check(children == ["leaf 45.00%"], children)


def back_undoes_one_step(browser, _):
    browser.click("#children button")
    first = address(browser)
    browser.click("#children button")
    check(selected(browser) == "serve", selected(browser))
    browser.click("#back")
    browser.wait_for("return location.hash === arguments[0]", first)
    browser.wait_for("return document.getElementById('frame-name')"
                     ".textContent === 'main'")
    browser.call("POST", "/back", {})
    browser.wait_for("return document.getElementById('frame-name')"
                     ".textContent === 'all'")
    check(browser.run("return document.getElementById('back').disabled"),
          "there is more to go back to")


def graph_box(browser):
    browser.run("document.getElementById('scroll').scrollIntoView()")
    return browser.run("""
        const b = document.getElementById('graph').getBoundingClientRect();
        return { left: b.left, top: b.top, right: b.right,
                 bottom: b.bottom }""")


def turning_over_puts_the_root_on_top(browser, _):
    before = browser.run("return document.getElementById('graph').toDataURL()")
    browser.click("#direction")
    check(browser.run("return document.getElementById('direction')"
                      ".ariaPressed") == "true", "it is not pressed")
    box = graph_box(browser)
    browser.point(box["left"] + 5, box["top"] + 28)
    check(browser.text("#status").startswith("main"), browser.text("#status"))
    browser.point(box["left"] + 5, box["top"] + 28, True)
    check("zoom=" in address(browser), "a click does not zoom")
    check(browser.run("return document.getElementById('graph').toDataURL()")
          != before, "nothing was drawn")


KNOWN = [table_equals_the_report, sorting_says_what_it_did,
         focus_counts_as_the_filters_do, search_says_how_much_matches,
         keys_move_zoom_and_merge, callees_are_merged, back_undoes_one_step,
         turning_over_puts_the_root_on_top, nothing_is_fetched,
         everything_has_a_name, it_fits_every_width]
BUDGET = [periods_weigh_as_in_the_report]


def run(browser, work):
    path = os.path.join(work, "known.data")
    make_known(path)
    failed = run_tests(browser, KNOWN, export(path), path)
    path = os.path.join(work, "budget.data")
    if record_with_budget(path):
        failed += run_tests(browser, BUDGET, export(path), path)
    return failed


if __name__ == "__main__":
    sys.exit(main(run))
