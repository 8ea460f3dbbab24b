#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Mistakes get one line that names the cause and the remedy, the right exit
# status, and leave no file behind that could pass for a recording.

. "$(dirname "$0")/common.sh"

# refused STATUS PATTERN ARGUMENT...
refused() {
	local wanted=$1 pattern=$2 got=0 lines

	shift 2
	(cd "$work" && "$lbrprof" "$@") >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = "$wanted" ] ||
		fail "$*: status $got, wanted $wanted: $(cat "$work/err")"
	grep -q -i -E -e "$pattern" "$work/err" ||
		fail "$*: '$pattern' is not in: $(cat "$work/err")"
	lines=$(wc -l <"$work/err")
	[ "$lines" = 1 ] || [ "$wanted" = 2 ] ||
		fail "$*: $lines lines: $(cat "$work/err")"
	[ ! -e "$work/lbrprof.data" ] || fail "$*: lbrprof.data was left"
}

refused 2 'command' record
refused 2 'nosuch' nosuch
refused 2 'no-such-option' record --no-such-option -- true
refused 2 'maybe.*must be' record --call-graph maybe -- true
refused 2 'lots' record --max-size lots -- true
refused 2 'exclude' record -p 1 -- true
refused 2 'no-such-option' report --no-such-option

refused 1 'no-such-command' record -- no-such-command
refused 1 './missing' record -- ./missing
echo 'no program' >"$work/text"
refused 1 'text.*(permission|executable)|(permission|executable).*text' \
	record -- ./text
refused 1 '/tmp' record -- /tmp

sleep 0 &
gone=$!
wait $gone
refused 1 "$gone" record -p $gone
refused 1 "$gone" record -t $gone

refused 1 'no/such/folder' record -o no/such/folder/x.data -- true
mkdir "$work/folder"
refused 1 'folder' record -o folder -- true
[ -d "$work/folder" ] || fail "-o folder removed the folder"

refused 1 'nothere' report -i nothere
refused 1 'lbrprof.data' report
refused 1 'text.*perf.data|perf.data.*text' report -i text
refused 1 'perf.data' script -i text
refused 1 'perf.data|empty' report -i /dev/null
refused 1 'folder' report -i folder

# What comes before the damage is shown.
record good.data -F $rate -- "$programs/shares" 0.5
size=$(stat -c %s "$work/good.data")
head -c $((size / 2)) "$work/good.data" >"$work/half.data"
refused 1 'truncated|damaged|ends' report --json -i half.data
cp "$work/out" "$work/report.json"
in_report samples 100
refused 1 'truncated|damaged|ends' script -i half.data
grep -q burn_seventy "$work/out" || fail "script shows nothing of half a file"
head -c 50 "$work/good.data" >"$work/stub.data"
refused 1 'stub.data' report -i stub.data

# A recording that cannot begin leaves the one before as it was.
cp "$work/good.data" "$work/keep.data"
"$lbrprof" record -o "$work/keep.data" -- ./missing 2>/dev/null &&
	fail "a missing command was recorded"
cmp -s "$work/good.data" "$work/keep.data" ||
	fail "an older recording was lost to one that never began"
