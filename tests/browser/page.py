#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the page of `lbrprof export -f html` does in a browser what it
promises: counts equal those of report --json, for all and for one thread,
process and CPU; zoom, search, merged callers, turning over and Back work, by
mouse and by key; names that try to break out of it do not; it fetches nothing;
it fits from a telephone to a wide screen. Pictures of it are left in
browser-page/ for people to look at."""

import decimal
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
PROGRAM = os.path.join(os.environ.get("top_builddir", "build"),
                       "tests/programs/threads")
PICTURES = "browser-page"
TEXT_SHOWN = 400
OWN_NAMES = ["main", "serve", "parse", "encode", "spin", "rest", "leaf"]
WIDTHS = {"phone": (360, 740), "tablet": (1024, 768), "wide": (1920, 1080)}
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


def wanted(found, ending=""):
    """@ending: "_period", or nothing for samples."""
    whole = found["period" if ending else "samples"]
    return {s["symbol"]: tuple(s[w + ending] for w in ("self", "total")) +
            tuple(rounded(100 * s[w + ending] / whole, 2) + "%"
                  for w in ("self", "total"))
            for s in found["symbols"] if s["total" + ending]}


def choose(browser, which, value):
    browser.run("""const s = document.getElementById(arguments[0]);
        s.value = arguments[1];
        s.dispatchEvent(new Event('change'))""", which, value)


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


def nothing_is_fetched(browser, _):
    fetched = browser.run(
        "return performance.getEntriesByType('resource').map((e) => e.name)")
    check(not fetched, fetched)
    asked = {url for url in browser.requests() if url != "about:blank"}
    check(asked == {browser.run("return location.href")}, asked)


def the_policy_lets_nothing_in(browser, _):
    """Whatever got into the page would neither run nor fetch."""
    refused = browser.run("""
        return new Promise((done) => {
            const refused = new Set();
            document.addEventListener('securitypolicyviolation', (e) => {
                refused.add(e.effectiveDirective);
                if (refused.size === 6)
                    done([...refused].sort());
            });
            const add = (tag, key, value) => {
                const e = document.createElement(tag);
                e[key] = value;
                document.body.append(e);
            };
            add('script', 'textContent', "document.title = 'owned'");
            add('style', 'textContent', 'body { display: none }');
            add('img', 'src', 'http://127.0.0.1:9/i');
            add('iframe', 'src', 'http://127.0.0.1:9/f');
            add('b', 'innerHTML', '<i onclick="1">');
            fetch('http://127.0.0.1:9/x').catch(() => 0);
            setTimeout(() => done([...refused].sort()), 5000);
        })""")
    check(refused == ["connect-src", "frame-src", "img-src",
                      "script-src-attr", "script-src-elem",
                      "style-src-elem"], refused)
    check("owned" not in browser.text("title"), "executed")
    asked = {u for u in browser.requests() if u.startswith("http")}
    check(not asked, asked)
    browser.complaints()


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


def it_fits_every_width(browser, _, what="page"):
    for name, (width, height) in WIDTHS.items():
        browser.resize(width, height)
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            browser.run("return new Promise((done) => requestAnimationFrame("
                        "() => requestAnimationFrame(done)))")
            over = browser.run("return document.documentElement.scrollWidth "
                               "- document.documentElement.clientWidth")
            browser.screenshot(f"{PICTURES}/{what}-{name}-{scheme}.png")
            check(over <= 0, f"{name}: {over} pixels too wide")


def as_shown(name):
    """What the page makes of a name. The resolver has replaced control
    characters, as perf does, but knows none beyond ASCII."""
    cut = name[:TEXT_SHOWN] + "\u2026" if len(name) > TEXT_SHOWN else name
    return "".join("\ufffd" if c in "\u202e\u2066" else c for c in cut)


def diff_fits_every_width(browser, said):
    it_fits_every_width(browser, said, "diff")


def record_with_budget(path):
    """Whether it can be done here."""
    done = subprocess.run(
        [TOOL, "-q", "record", "--overhead-budget", "2", "-F", "3999", "-o",
         path, "--", PROGRAM, "1"], stderr=subprocess.PIPE, check=False)
    if done.returncode:
        print("nothing is recorded here, so nothing with a budget:",
              done.stderr.decode(errors="replace").strip())
    return done.returncode == 0


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
        recording.write(to, [n.encode() for n in OWN_NAMES],
                        {recording.PID: b"first"}, made)


def rounded(number, digits):
    """As browsers do it, which round halves up."""
    unit = decimal.Decimal(1).scaleb(-digits)
    return format(decimal.Decimal(number).quantize(
        unit, decimal.ROUND_HALF_UP if number > 0 else
        decimal.ROUND_HALF_DOWN), f".{digits}f")


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


def hostile_names_move_nothing(browser, path):
    """Nothing stands beside the page, and no name takes more than its cell:
    a megabyte is cut, an override of the direction is gone."""
    it_fits_every_width(browser, path, "hostile")
    tall = browser.run("""
        return [...document.querySelectorAll('td, li, h1, h2, dd, p, option')]
            .filter((e) => e.getBoundingClientRect().height > 400 ||
                    getComputedStyle(e).direction !== 'ltr')
            .map((e) => e.outerHTML.slice(0, 200))""")
    check(not tall, tall)


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
BUDGET = [periods_weigh_as_in_the_report]
DIFF = [functions_equal_the_diff, paths_equal_the_diff,
        widths_are_of_the_side_chosen, merged_paths_are_called_untested,
        nothing_is_fetched, everything_has_a_name, diff_fits_every_width]
HOSTILE = [hostile_names_stay_names, hostile_names_move_nothing,
           nothing_is_fetched, the_policy_lets_nothing_in,
           hostile_addresses_do_nothing]


def run_tests(browser, tests, path):
    """Each on a fresh page; the number of those that failed."""
    page = path.replace(".data", ".html")
    with open(page, "wb") as out:
        out.write(lbrprof("export", "-f", "html", "-i", path))
    return open_and_run(browser, tests, page, path)


def run_diff_tests(browser, before, after, *options):
    """The same of a comparison; tests are given its JSON."""
    page = after.replace(".data", "-diff.html")
    lbrprof("diff", before, after, *options, "-f", "html", "-o", page)
    said = json.loads(lbrprof("diff", before, after, *options, "--json"))
    return open_and_run(browser, DIFF, page, said)


def open_and_run(browser, tests, page, arg):
    failed = 0
    for test in tests:
        browser.resize(1280, 900)
        browser.scheme("light")
        try:
            browser.open(page)
            test(browser, arg)
            # What a test looks at pixel by pixel is slow, says Chromium.
            said = [words for words in browser.complaints()
                    if "willReadFrequently" not in words]
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
        path = os.path.join(work, "budget.data")
        if record_with_budget(path):
            failed += run_tests(browser, BUDGET, path)
        before, after = (os.path.join(work, f"{name}.data")
                         for name in ("before", "after"))
        make_changed(before, after)
        failed += run_diff_tests(browser, before, after)
        failed += run_diff_tests(browser, before, after, "--by", "run")
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
