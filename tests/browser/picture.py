#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""picture.py COLUMNS SCREEN...: what `tmux capture-pane -e` printed of screens,
as one SVG. Block characters become rectangles, as fonts differ about them, and
each run of text is told its width, so that columns stand under each other in
any font."""

import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, BASE = 8, 17, 13  # of a cell, and of its text's line
GAP = 12
BACK, FORE, DIM = "#1b1f24", "#d7dde4", "#8a94a0"
COLOURS = {31: "#e5534b", 34: "#539bf5"}
BLOCKS = {"\u2588": 8, "\u2589": 7, "\u258a": 6, "\u258b": 5, "\u258c": 4,
          "\u258d": 3, "\u258e": 2, "\u258f": 1}


def cells(line):
    """Characters with their style: (bold, dim, reverse, colour)."""
    style = (False, False, False, 0)
    for code, char in re.findall("\x1b\\[([0-9;]*)m|(.)", line):
        if char:
            yield char, style
            continue
        for number in map(int, code.split(";") if code else ["0"]):
            bold, dim, reverse, colour = style
            if number == 0:
                style = (False, False, False, 0)
            elif number == 1:
                style = (True, dim, reverse, colour)
            elif number == 2:
                style = (bold, True, reverse, colour)
            elif number == 7:
                style = (bold, dim, True, colour)
            elif number in COLOURS or number == 39:
                style = (bold, dim, reverse, number)


def runs(line, columns):
    """Neighbours of one style, as (column, text, style)."""
    column, text, last = 0, "", None
    line = list(cells(line))[:columns]
    for at, (char, style) in enumerate(line):
        if text and (style != last or char in BLOCKS or text in BLOCKS):
            yield column, text, last
            column, text = at, ""
        text, last = text + char, style
    if text:
        yield column, text, last


def rectangle(column, row, width, colour, edge=0):
    return (f'<rect x="{column * WIDTH:g}" y="{row * HEIGHT + edge}" '
            f'width="{width * WIDTH:g}" height="{HEIGHT - 2 * edge}" '
            f'fill="{colour}"/>')


def draw(lines, columns):
    for row, line in enumerate(lines):
        # tmux leaves blanks at the end out, also those of a reversed row.
        if next((style[2] for _, style in cells(line)), False):
            yield rectangle(0, row, columns, FORE)
        for column, text, (bold, dim, reverse, number) in runs(line, columns):
            colour = COLOURS.get(number, DIM if dim else FORE)
            if reverse:
                colour = BACK
            if text in BLOCKS:
                yield rectangle(column, row, BLOCKS[text] / 8, colour, 2)
                continue
            weight = ' font-weight="bold"' if bold else ""
            # SVG makes many blanks one.
            for words in re.finditer(r"\S+(?: \S+)*", text):
                yield (f'<text x="{(column + words.start()) * WIDTH}" '
                       f'y="{row * HEIGHT + BASE}" '
                       f'textLength="{len(words[0]) * WIDTH}" '
                       f'lengthAdjust="spacingAndGlyphs" fill="{colour}"'
                       f'{weight}>{escape(words[0])}</text>')


def main():
    columns = int(sys.argv[1])
    screens = []
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as screen:
            screens.append(screen.read().rstrip("\n").split("\n"))
    width = columns * WIDTH + 2 * GAP
    height = sum(len(lines) * HEIGHT + GAP for lines in screens) + GAP
    print('<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->')
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} '
          f'{height}" width="{width}" height="{height}" font-size="13" '
          'font-family="ui-monospace,Menlo,Consolas,DejaVu Sans Mono,'
          'monospace">')
    print(f'<rect width="{width}" height="{height}" fill="{BACK}"/>')
    top = GAP
    for lines in screens:
        print(f'<g transform="translate({GAP} {top})">')
        print("\n".join(draw(lines, columns)))
        print("</g>")
        top += len(lines) * HEIGHT + GAP
    print("</svg>")


if __name__ == "__main__":
    main()
