#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A recording notes when the host took time from the guest, and the report
# flags those stretches. No host can be told to: the note is made up, over the
# one that is there.

. "$(dirname "$0")/common.sh"

record plain.data -F 999 -- "$programs/shares" 0.5

python3 - "$work/plain.data" "$work/stolen.data" <<'END' || fail "no note"
import re
import struct
import sys

whole = open(sys.argv[1], "rb").read()
# A string: its length, padded, and the bytes.
match = re.search(rb"steal\0+[\x40\x80\xc0]\0\0\0(\d+) (\d+)[ \d]*\0", whole)
assert match, "the file has no note on steal"
assert match.group(2) == b"1000000000", match.group(2)
at = match.start(1)
size = struct.unpack_from("<I", whole, at - 4)[0]
note = match.group(1) + b" 1000000000 0 19 100 140 0 500"
assert len(note) < size
open(sys.argv[2], "wb").write(whole[:at] + note.ljust(size, b"\0") +
                              whole[at + size:])
END

"$lbrprof" report -i "$work/stolen.data" >"$work/tree.txt" ||
	fail "report failed"
grep -q '^steal  *12% between 2 s and 4 s, 50% between 5 s and 6 s$' \
	"$work/tree.txt" || fail "$(head -n 12 "$work/tree.txt")"
report stolen.data
python3 - "$work/report.json" <<'END' || fail "--json: other stretches"
import json
import sys

first, second = json.load(open(sys.argv[1]))["steal"]
assert first["percent"] == 12 and second["percent"] == 50
assert first["end_ns"] - first["begin_ns"] == 2e9
assert second["begin_ns"] - first["end_ns"] == 1e9
END
