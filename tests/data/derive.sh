#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# derive.sh [DIR]: makes, of the recordings in DIR (here, if none is named), the
# forms that no recorder writes on this machine: NAME.swapped.data, as a
# big-endian machine would have written NAME.data, and NAME.cut.data, of which
# the end was lost. And perf-stacks.script: what perf says of stack copies where
# the program is not.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here}"

for name in perf-stacks perf-group perf-packed perf-pipe lbrprof-packed; do
	python3 -B "$here/swap.py" "$name.data" "$name.swapped.data"
done
for name in perf-branches perf-pipe; do
	size=$(wc -c <"$name.data")
	head -c $((size * 3 / 4)) "$name.data" >"$name.cut.data"
done
perf script -i perf-stacks.data -F tid,time,ip | sed 's/ *$//' \
	>perf-stacks.script
