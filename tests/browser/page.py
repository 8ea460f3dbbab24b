#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the page of `lbrprof export -f html` does in a browser what it
promises: counts equal those of report --json, for all and for one thread,
process and CPU; zoom, search, merged callers, turning over and Back work, by
mouse and by key; names that try to break out of it do not; it fetches nothing;
it fits from a telephone to a wide screen. Pictures of it are left in
browser-page/ for people to look at."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import driver  # noqa: E402  (after no file may be written beside it)
import recording  # noqa: E402

TOP = os.environ.get("top_srcdir", ".")
TOOL = os.path.join(os.environ.get("top_builddir", "build"), "cli/lbrprof")
PICTURES = "browser-page"
TEXT_SHOWN = 400
OWN_NAMES = ["main", "serve", "parse", "encode", "spin", "rest", "leaf"]
WIDTHS = {"phone": (360, 740), "tablet": (820, 1180), "wide": (1920, 1080)}
# Two threads of one process, stacks by their functions' numbers, outermost
# first, and how often.
STACKS = [
    (0, 0, [0, 1, 2, 6], 40), (0, 1, [0, 1, 2], 10),
    (1, 1, [0, 1, 3, 6], 25), (1, 2, [0, 1, 3, 3, 6], 5),
    (1, 0, [0, 4], 15), (0, 2, [0, 5, 2, 6], 5),
]


def check(is_true, *words):
    if not is_true:
        raise AssertionError(" ".join(map(str, words)))


def lbrprof(*args):
    done = subprocess.run([TOOL, *args], capture_output=True, check=False)
    check(done.returncode == 0, args, done.stderr.decode(errors="replace"))
    return done.stdout


def report(path, *args):
    return json.loads(lbrprof("report", "-i", path, "--json", *args))


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


def table(browser):
    """Name -> (self, total, "self%", "total%")."""
    rows = browser.run("""
        return [...document.querySelectorAll('#table tbody tr')].map((r) => [
            r.querySelector('button').textContent,
            r.querySelector('.self').title, r.querySelector('.total').title,
            r.querySelector('.self').textContent,
            r.querySelector('.total').textContent])""")
    return {row[0]: (*(int(n.replace(",", "")) for n in row[1:3]), *row[3:])
            for row in rows}


def wanted(found):
    samples = found["samples"]
    return {s["symbol"]: (s["self"], s["total"],
                          f"{100 * s['self'] / samples:.2f}%",
                          f"{100 * s['total'] / samples:.2f}%")
            for s in found["symbols"]}


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
        browser.run("""const s = document.getElementById('focus');
            s.value = arguments[0];
            s.dispatchEvent(new Event('change'))""", value)
        shown = table(browser)
        check(shown == wanted(said), text, shown, wanted(said))
    check(kinds == {"p", "t", "c"}, options)


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


def nothing_is_fetched(browser, _):
    fetched = browser.run(
        "return performance.getEntriesByType('resource').map((e) => e.name)")
    check(not fetched, fetched)


def everything_has_a_name(browser, _):
    """For who hears the page: buttons, fields, the graph, one main heading."""
    nameless = browser.run("""
        return [...document.querySelectorAll('button, input, select, canvas')]
            .filter((e) => !(e.textContent.trim() && e.tagName === 'BUTTON') &&
                    !(e.labels && e.labels.length) &&
                    !e.ariaLabel && !e.getAttribute('aria-labelledby') &&
                    !e.ariaHidden)
            .map((e) => e.outerHTML)""")
    check(not nameless, nameless)
    check(browser.run("return document.querySelectorAll('h1').length") == 1,
          "headings of the first level")


def it_fits_every_width(browser, _):
    for name, (width, height) in WIDTHS.items():
        browser.resize(width, height)
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            browser.run("return new Promise((done) => requestAnimationFrame("
                        "() => requestAnimationFrame(done)))")
            over = browser.run("return document.documentElement.scrollWidth "
                               "- document.documentElement.clientWidth")
            browser.screenshot(f"{PICTURES}/{name}-{scheme}.png")
            check(over <= 0, f"{name}: {over} pixels too wide")


def as_shown(name):
    """What the page makes of a name. The resolver has replaced control
    characters, as perf does, but knows none beyond ASCII."""
    cut = name[:TEXT_SHOWN] + "\u2026" if len(name) > TEXT_SHOWN else name
    return "".join("\ufffd" if c in "\u202e\u2066" else c for c in cut)


def hostile_names_stay_names(browser, path):
    said = report(path)
    title = browser.run("return document.title")
    check("owned" not in title, title)
    for selector, nr in (("script", 3), ("style", 1), ("iframe", 0),
                         ("img", 0), ("svg", 0), ("b", 0), ("s", 0),
                         ("option b", 0)):
        found = browser.run("return document.querySelectorAll(arguments[0])"
                            ".length", selector)
        check(found == nr, f"{found} elements {selector}")
    counts = sorted(row[:2] for row in table(browser).values())
    check(counts == sorted((s["self"], s["total"]) for s in said["symbols"]),
          counts)
    names = set(table(browser))
    wanted_names = {as_shown(s["symbol"]) for s in said["symbols"]}
    check(names == wanted_names, names ^ wanted_names)
    for name in ("<!--<script>", "__proto__", "constructor"):
        check(name in names, name)
    check(not any(ord(c) < 32 or c in "\u202e\u2066" for n in names
                  for c in n), "control characters are shown", names)
    # In the graph and beside it, too.
    browser.run("document.getElementById('graph').focus()")
    browser.press("Up", "c", "Escape", "Up", "Enter")
    check("owned" not in browser.run("return document.title"), "executed")


def hostile_addresses_do_nothing(browser, path):
    page = path.replace(".data", ".html")
    for part in ("view=__proto__&func=1e9&zoom=-7&focus=x", "zoom=99999999",
                 "focus=t999&colours=%3Cimg%3E&direction=%00",
                 "view=callers&func=0&search=%2F(%2F"):
        browser.call("POST", "/url", {"url": "about:blank"})
        browser.call("POST", "/url",
                     {"url": f"file://{os.path.abspath(page)}#{part}"})
        browser.wait_for("return document.documentElement.dataset.ready")


KNOWN = [table_equals_the_report, sorting_says_what_it_did,
         focus_counts_as_the_filters_do, search_says_how_much_matches,
         keys_move_zoom_and_merge, callees_are_merged, back_undoes_one_step,
         turning_over_puts_the_root_on_top, nothing_is_fetched,
         everything_has_a_name, it_fits_every_width]
HOSTILE = [hostile_names_stay_names, hostile_addresses_do_nothing]


def run_tests(browser, tests, path):
    """Each on a fresh page; the number of those that failed."""
    page = path.replace(".data", ".html")
    failed = 0
    with open(page, "wb") as out:
        out.write(lbrprof("export", "-f", "html", "-i", path))
    for test in tests:
        browser.resize(1280, 900)
        browser.scheme("light")
        try:
            browser.open(page)
            test(browser, path)
            said = browser.complaints()
            check(not said, said)
        except (AssertionError, driver.Failure) as error:
            print(f"FAILED: {test.__name__}: {str(error)[:2000]}")
            failed += 1
        else:
            print(f"passed: {test.__name__}")
    return failed


def main():
    missing = driver.missing()
    if missing:
        print(f"skipped: {missing}")
        return 77
    work = tempfile.mkdtemp(prefix="lbrprof-page-")
    os.makedirs(PICTURES, exist_ok=True)
    # A browser has settings and caches of its own, which go away with it.
    os.environ["HOME"] = work
    browser = None
    failed = 1
    try:
        browser = driver.Browser(os.path.join(work, "browser"))
        make_known(os.path.join(work, "known.data"))
        failed = run_tests(browser, KNOWN, os.path.join(work, "known.data"))
        recording.hostile(os.path.join(work, "hostile.data"))
        failed += run_tests(browser, HOSTILE,
                            os.path.join(work, "hostile.data"))
    finally:
        if browser:
            browser.close()
        shutil.rmtree(work, ignore_errors=True)
        if os.path.exists(recording.MAP):
            os.unlink(recording.MAP)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
