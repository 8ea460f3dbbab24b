#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# picture.sh FILE: the README's picture of the browser, of two real screens:
# lbrprof under lbrprof while it exports, as a tree, and a function's code with
# its branches. Not a test, but its screens are as theirs.

. "$(dirname "$0")/common.sh"
. "$top_srcdir/tests/clients/stepped.sh"
need python3 clang

out=$1
cd "$work" || exit 1

# The tool itself; cli/lbrprof is libtool's script that runs it.
export LD_LIBRARY_PATH=$top_builddir/lib/.libs
map=$(python3 "$top_srcdir/tests/browser/recording.py" wide wide.data 200000) ||
	fail "no recording to export"
record lbrprof.data "$top_builddir/cli/.libs/lbrprof" export -f folded \
	-i wide.data -o folded
rm -f "$map"
open_screen 96 24
on_screen "$lbrprof" report -i lbrprof.data
shows '^ call tree'
keys Down Down Down Down Down Down
for _ in 1 2 3 4 5 6; do
	keys Right Down
done
keys Home
sleep 1
tmux_here capture-pane -p -e >screen1
keys q
restored 0

build_hotpath hotpath
step hotpath
mv hotpath.data lbrprof.data
open_screen 96 24
on_screen "$lbrprof" report --flat -i lbrprof.data
shows '^ functions'
keys a
shows '^ code of rounds'
sleep 1
tmux_here capture-pane -p -e >screen2
keys q
restored 0

python3 "$top_srcdir/tests/browser/picture.py" 96 screen1 screen2 >picture ||
	fail "no picture"
cp picture "$out"
