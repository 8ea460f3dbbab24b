# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A real terminal for the browser's tests: tmux, which keeps a screen as a
# terminal would and prints it. Each test has a server of its own.

# shellcheck source=tests/cli/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cli/common.sh"
need tmux

export LC_ALL=C.UTF-8
unset TMUX PAGER LESS COLUMNS LINES ENV
ulimit -c 0
# libtinfo keeps a screen's settings until the process ends.
echo leak:libtinfo >"$work/leaks"
export LSAN_OPTIONS=suppressions=$work/leaks:print_suppressions=0

# A server that was told to end keeps its socket for a moment still, and a
# new one there would end with it: each has its own.
nr_servers=0

tmux_here() {
	tmux -u -S "$work/tmux$nr_servers" -f "$work/tmux.conf" "$@"
}

close_screen() {
	tmux_here kill-server 2>/dev/null
	cleanup
}
trap close_screen EXIT

cat >"$work/tmux.conf" <<'END'
set -g status off
set -s escape-time 0
set -g default-terminal screen-256color
END

# What is run on the screen: the terminal's settings before and after, and how
# it ended. A shell that edits its lines would put the settings right itself.
cat >"$work/run" <<'END'
stty -g >"$work/before"
echo "the screen before"
sh -c 'echo $$ >"$work/pid"; exec "$@"' sh "$@"
echo "ended with $?"
stty -g >"$work/after"
END
export work

# open_screen COLUMNS ROWS: with a shell on it.
open_screen() {
	tmux_here kill-server 2>/dev/null
	nr_servers=$((nr_servers + 1))
	tmux_here new-session -d -x "$1" -y "$2" "PS1='ready: ' sh" ||
		fail "tmux does not run"
	# Later than the session: tmux 3.3 ends when its first window is made
	# while this is set. Without it, resize-window holds for a moment only.
	tmux_here set -g window-size manual
	shows 'ready:'
}

screen() {
	tmux_here capture-pane -p
}

# What was typed by a user.
keys() {
	tmux_here send-keys "$@"
}

has() {
	screen | grep -q -E -e "$1"
}

# shows PATTERN: in a moment, if not at once.
shows() {
	wait_for 60 has "$1" && return
	screen
	fail "the screen does not show '$1'"
}

lacks() {
	has "$1" || return
	screen
	fail "the screen shows '$1'"
}

# on_screen COMMAND...: begin it.
on_screen() {
	local word line="sh $work/run"

	for word in "$@"; do
		line="$line $(printf '%q' "$word")"
	done
	rm -f "$work/before" "$work/after" "$work/pid"
	# Else what the last one left could be taken for this one's.
	keys -l "clear"
	keys Enter
	wait_for 60 eval '! has "ended with"' || fail "the shell is stuck"
	keys -l "clear; $line"
	keys Enter
}

# tool_pid: of what runs on the screen.
tool_pid() {
	cat "$work/pid"
}

# restored STATUS: it has ended so, and left the terminal as it was.
restored() {
	shows "ended with $1\$"
	wait_for 20 test -s "$work/after" || fail "the shell is stuck"
	cmp -s "$work/before" "$work/after" ||
		fail "the terminal has other settings: $(cat "$work/after")"
	shows 'the screen before'
	lacks 'keys  / search'
	[ "$(tmux_here display -p '#{cursor_flag}#{alternate_on}')" = 10 ] ||
		fail "the cursor is hidden, or the other screen is on"
}

# make_spin PATH: the program of known shares.
make_spin() {
	"${CC:-cc}" -g -O1 -o "$1" "$top_srcdir/tests/browser/spin.c" ||
		skip "the compiler does not run"
}
