#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the picture of a flame graph that the README shows: lbrprof, seen by
itself, at work on a recording of tests/programs/templates.

  pictures.py FOLDER        writes FOLDER/flamegraph.png

Another picture comes out of each run; commit one only if the page changed."""

import base64
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True
import driver  # noqa: E402  (after no file may be written beside it)

BUILD = os.path.abspath(os.environ.get("top_builddir", "build"))
TOOL = os.path.join(BUILD, "cli/lbrprof")
PROGRAM = os.path.join(BUILD, "tests/programs/templates")
WIDTH, HEIGHT = 900, 900
LARGEST = 100000


def lbrprof(*args):
    subprocess.run([TOOL, "-q", *args], check=True, stdout=subprocess.DEVNULL)


def make_page(work):
    """The tool as libtool made it starts with a shell, which is left out."""
    os.symlink(TOOL, "lbrprof")
    lbrprof("record", "-o", "program.data", "--", PROGRAM, "2")
    lbrprof("record", "-F", "3999", "-o", "tool.data", "--",
            "./lbrprof", "report", "-i", "program.data")
    lbrprof("export", "-f", "html", "-i", "tool.data", "-o", "tool.html",
            "--comm", "lbrprof,lt-lbrprof")
    return os.path.join(work, "tool.html")


def smaller(png):
    """The same picture: Chromium packs for speed."""
    packed, others, at = b"", [], 8
    while at < len(png):
        size, = struct.unpack_from(">I", png, at)
        chunk = png[at:at + 12 + size]
        if chunk[4:8] == b"IDAT":
            packed += chunk[8:-4]
        else:
            others.append(chunk)
        at += len(chunk)
    body = b"IDAT" + zlib.compress(zlib.decompress(packed), 9)
    others.insert(-1, struct.pack(">I", len(body) - 4) + body +
                  struct.pack(">I", zlib.crc32(body)))
    return png[:8] + b"".join(others)


def take_picture(browser, page, path):
    browser.resize(WIDTH, HEIGHT)
    browser.open(page)
    # Without the shell; and a frame halfway up, so that there is something to
    # read below the graph.
    browser.run("document.getElementById('graph').focus({preventScroll: true})")
    browser.press("Up", "Up", "Enter", *["Up"] * 12)
    browser.run("document.activeElement.blur()")
    top, bottom = browser.run("""
        return ['controls', 'status'].map((id) => document.getElementById(id)
            .getBoundingClientRect()[id === 'status' ? 'bottom' : 'top'])""")
    shot = browser.cdp("Page.captureScreenshot", {
        "format": "png", "clip": {
            "x": 0, "y": top, "width": WIDTH, "height": bottom - top + 8,
            "scale": 1}})
    with open(path, "wb") as out:
        out.write(smaller(base64.b64decode(shot["data"])))
    if os.path.getsize(path) > LARGEST:
        sys.exit(f"{path}: larger than {LARGEST} bytes")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if driver.missing():
        sys.exit(driver.missing())
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    work = tempfile.mkdtemp(prefix="lbrprof-pictures-")
    os.chdir(work)
    os.environ["HOME"] = work
    browser = None
    try:
        page = make_page(work)
        browser = driver.Browser(os.path.join(work, "browser"))
        take_picture(browser, page, os.path.join(folder, "flamegraph.png"))
    finally:
        if browser:
            browser.close()
        os.chdir("/")
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
