# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of pages have in common: the tool, the page's table, what is
true of every page, and how tests are run, each on a fresh page."""

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

BUILD = os.environ.get("top_builddir", "build")
TOOL = os.path.join(BUILD, "cli/lbrprof")
PICTURES = "browser-page"
WIDTHS = {"phone": (360, 740), "tablet": (1024, 768), "wide": (1920, 1080)}


def check(is_true, *words):
    if not is_true:
        raise AssertionError(" ".join(map(str, words)))


def lbrprof(*args):
    done = subprocess.run([TOOL, *args], capture_output=True, check=False)
    check(done.returncode == 0, args, done.stderr.decode(errors="replace"))
    return done.stdout


def report(path, *args):
    return json.loads(lbrprof("report", "-i", path, "--json", *args))


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


def rounded(number, digits):
    """As browsers do it, which round halves up."""
    unit = decimal.Decimal(1).scaleb(-digits)
    return format(decimal.Decimal(number).quantize(
        unit, decimal.ROUND_HALF_UP if number > 0 else
        decimal.ROUND_HALF_DOWN), f".{digits}f")


def choose(browser, which, value):
    browser.run("""const s = document.getElementById(arguments[0]);
        s.value = arguments[1];
        s.dispatchEvent(new Event('change'))""", which, value)


def nothing_is_fetched(browser, _):
    fetched = browser.run(
        "return performance.getEntriesByType('resource').map((e) => e.name)")
    check(not fetched, fetched)
    asked = {url for url in browser.requests() if url != "about:blank"}
    check(asked == {browser.run("return location.href")}, asked)


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


def export(path):
    """The page of a recording."""
    page = path.replace(".data", ".html")
    with open(page, "wb") as out:
        out.write(lbrprof("export", "-f", "html", "-i", path))
    return page


def run_tests(browser, tests, page, arg):
    """The number of those that failed. @arg is handed to them."""
    failed = 0
    for test in tests:
        browser.resize(1280, 900)
        browser.scheme("light")
        try:
            browser.complaints()
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


def main(run):
    """@run: a function of a browser and a folder to work in, which returns
    how many tests failed."""
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
        failed = run(browser, work)
    finally:
        if browser:
            browser.close()
        shutil.rmtree(work, ignore_errors=True)
        if os.path.exists(recording.MAP):
            os.unlink(recording.MAP)
    return 1 if failed else 0
