#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that report's browser, on a real terminal, shows what report --json
# says, does what its keys promise, lives through every size of the terminal,
# and gives it back however it ends; and that text comes where it should.

. "$(dirname "$0")/common.sh"
need python3

make_spin "$work/spin"
record spin.data -e cpu-clock:u "$work/spin" 1
report spin.data

browse() {
	on_screen "$lbrprof" report -i "$work/spin.data" "$@"
}

# share SYMBOL KIND: in percent, as --json has it.
share() {
	python3 - "$work/report.json" "$1" "$2" <<-'END'
	import json, sys
	report = json.load(open(sys.argv[1]))
	for line in report['symbols']:
	    if line['symbol'] == sys.argv[2]:
	        print('%.1f' % (100.0 * line[sys.argv[3]] / report['samples']))
	        break
	END
}

open_screen 80 24
browse
shows '^ call tree .*spin\.data'
shows ' total .* self .*function \(file\)'
shows '_start \(spin\)'

# The list says what --json does.
keys f
shows '^ functions'
for symbol in spin_first spin_second spin_third; do
	shows " $(share $symbol total)% .* $(share $symbol self)% .*$symbol \(spin\)"
done
[ "$(screen | sed -n 4p | grep -c spin_first)" = 1 ] ||
	fail "spin_first is not the first"

# Who calls it, and back.
keys r
shows '^ callers of spin_first'
shows ' main \(spin\)'
keys BSpace
shows '^ functions'

# Search: in the tree it unfolds the way.
keys t
shows '^ call tree'
keys / ; keys -l SPIN_THIRD ; keys Enter
shows 'spin_third'
keys / ; keys -l nosuchname ; keys Enter
shows "nothing has 'nosuchname'"

# Filters.
keys i ; keys -l '0%-50%' ; keys Enter
shows 'time 0%-50%'
keys x
shows ' [0-9]+ samples in [0-9.]+ s, 0 lost'
wait_for 20 eval '! has "time 0%-50%"' || fail "x keeps the filter"
keys i ; keys -l 'soon' ; keys Enter
wait_for 20 eval '! has "interval, such as"' || fail "the question stays"
lacks 'time soon'
keys d ; shows '^ choose a file' ; keys Down ; keys Enter
shows '; in spin$'
keys x
keys p ; shows 'of process' ; keys Down ; keys Enter
shows '; thread [0-9]+'
keys x
keys e ; shows '^ choose an event' ; shows 'cpu-clock' ; keys Escape
shows '^ call tree'

# The code of a function: what annotate says, at its hottest line.
hottest() {
	"$lbrprof" annotate -i "$work/spin.data" spin_first |
		sed -n 's/^ *\([0-9.]*%\) .*/\1/p' | sort -rn | head -n 1
}
keys f Home a
shows '^ code of spin_first'
shows '^ cpu-clock:u: [0-9]+ of [0-9]+ samples, [0-9.]+% of all$'
shows '^ share  samples  code$'
shows "^ *$(hottest) "
shows 'spin.c:[0-9]+ .*SPIN\(spin_first, 4\)'
keys Right
shows 'code, from further right'
keys Left
shows '^ share  samples  code$'
keys r ; shows '^ callers of spin_first'
keys BSpace ; shows '^ code of spin_first'
keys t ; shows '^ call tree'
keys a
shows "^no sample fell into a function '_start'"
keys f

# Help has every page, and leaves as it came.
keys ? ; shows '^ keys' ; shows 'who calls the function'
keys ? ; shows '^ functions'

# Any size; the browser is alive in the end.
for page in t a \?; do
	keys "$page"
	for size in '132 43' '40 10' '20 5' '10 4' '3 3' '1 1' '300 100' \
	    '80 24'; do
		# shellcheck disable=SC2086
		set -- $size
		tmux_here resize-window -x "$1" -y "$2"
		sleep 0.2
	done
	keys f Home
done
keys f
shows '^ functions'
shows '\? keys'
[ "$(screen | wc -l)" = 24 ] || fail "the screen has $(screen | wc -l) lines"


keys q
restored 0

# However it is ended.
for signal in INT:130 TERM:143 HUP:129 QUIT:131 SEGV:139 ABRT:134; do
	browse
	shows '^ call tree'
	kill -s "${signal%:*}" "$(tool_pid)"
	restored "${signal#*:}"
done

# Stopped, the terminal is the shell's; continued, the browser's again.
keys -l "clear; PS1='job: ' exec bash --norc --noediting -i" ; keys Enter
shows 'job:'
keys -l "$lbrprof report -i $work/spin.data" ; keys Enter
shows '^ call tree'
keys C-z
shows 'Stopped'
[ "$(tmux_here display -p '#{cursor_flag}#{alternate_on}')" = 10 ] ||
	fail "stopped, it keeps the terminal"
keys -l fg ; keys Enter
shows '^ call tree'
keys f
shows '^ functions'
keys q
shows 'job:'

# Branches: executions and predictions, those that fit.
. "$top_srcdir/tests/clients/stepped.sh"
if command -v clang >/dev/null; then
	build_hotpath hotpath
	step hotpath
	for width in 80 60 50; do
		case $width in
		80) titles=' share  samples  executions   taken   mispr  code' ;;
		60) titles=' share  executions  code' ;;
		50) titles=' share  code' ;;
		esac
		open_screen $width 40
		on_screen "$lbrprof" report --flat -i "$work/hotpath.data"
		shows '^ functions'
		keys a
		shows '^ code of rounds'
		shows "^$titles"
		[ $width = 80 ] && shows ' 100.0%   12.5%    .*call'
		keys q
		restored 0
	done
fi

# Text: asked for, into a pipe, from a pipe, on a terminal that cannot.
open_screen 100 60
for way in "--stdio" "| cat" "</dev/null" ; do
	keys -l "clear; PAGER=cat $lbrprof report -i $work/spin.data $way; echo ended with \$?"
	keys Enter
	shows 'ended with 0$'
	shows '^ total   self'
	lacks 'keys  / search'
done
for term in dumb nosuchterminal; do
	keys -l "clear; TERM=$term PAGER=cat $lbrprof report -i $work/spin.data; echo ended with \$?"
	keys Enter
	shows 'ended with 0$'
	shows '^ total   self'
done
