#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that names, and addresses, which try to break out of the page do not:
nothing is executed, nothing fetched, nothing moved; and that the page's policy
would let nothing in if they did."""

import os
import sys

sys.dont_write_bytecode = True
import recording  # noqa: E402
from pages import (  # noqa: E402
    check, export, it_fits_every_width, main, nothing_is_fetched, report,
    run_tests, table)

TEXT_SHOWN = 400


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


TESTS = [hostile_names_stay_names, hostile_names_move_nothing,
         nothing_is_fetched, the_policy_lets_nothing_in,
         hostile_addresses_do_nothing]


def run(browser, work):
    path = os.path.join(work, "hostile.data")
    recording.hostile(path)
    return run_tests(browser, TESTS, export(path), path)


if __name__ == "__main__":
    sys.exit(main(run))
