#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Load an export into speedscope's own page, in a real browser, and print what
its table says of all threads: self and total of each function, as JSON.

  speedscope.py PAGE EXPORT

PAGE is the index.html of the npm package. Nothing is fetched: speedscope loads
a file as its own command does, by a script beside it that calls it. Exit status
77 and the reason if there is no browser."""

import base64
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "browser"))
import driver  # noqa: E402  (found beside the page's test)

# Only rows that can be seen are in the page; so high is none too high.
ROW_HEIGHT, HEAD_HEIGHT, HEIGHT_MAX = 20, 200, 100000

# Those of its table of functions; the list of threads is a table as well.
ROWS = """
const rows = [...document.querySelectorAll("tr")].map(
	row => [...row.querySelectorAll("td")].map(cell => cell.textContent)
).filter(cells => cells.length == 3 && /^[0-9,]+ \\(/.test(cells[0]));
return rows.length ? rows : null"""


def number(text):
    """Of "1,234 (56%)"."""
    return int(text.split(" ")[0].replace(",", ""))


def ask(browser, page, script, nr_functions):
    height = min(HEAD_HEIGHT + nr_functions * ROW_HEIGHT, HEIGHT_MAX)
    browser.resize(1000, height)
    browser.call("POST", "/url",
                 {"url": f"file://{page}#localProfilePath={script}"})
    browser.wait_for("return document.body.innerText.includes('all threads')")
    browser.press("3")
    counts = {"self": {}, "total": {}}
    for total, own, name in browser.wait_for(ROWS):
        for kind, text in (("self", own), ("total", total)):
            counts[kind][name] = counts[kind].get(name, 0) + number(text)
    return counts


def main():
    page, export = map(os.path.abspath, sys.argv[1:])
    reason = driver.missing()
    if reason:
        print(reason)
        sys.exit(77)
    with open(export, "rb") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "profile.js")
        with open(script, "w") as out:
            out.write('speedscope.loadFileFromBase64("profile.json", "%s")'
                      % base64.b64encode(text).decode())
        browser = driver.Browser(os.path.join(folder, "user"))
        try:
            counts = ask(browser, page, script,
                         len(json.loads(text)["shared"]["frames"]))
        finally:
            browser.close()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
