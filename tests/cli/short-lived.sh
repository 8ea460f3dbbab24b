#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Processes that are gone before the recorder has seen them, each from a file
# of its own. None is lost, and their samples have names; most of them even
# where the file is removed at once, which is a race with the recorder: 99 % if
# the machine is idle, 80 % were seen at a load of 8 on two CPUs.

. "$(dirname "$0")/common.sh"

cat >"$work/loop.sh" <<'LOOP'
for i in $(seq "$3"); do
	cp "$1" "$2/brief$i"
	"$2/brief$i" 0.005
	[ "$4" = keep ] || rm "$2/brief$i"
done
LOOP

# brief_ones NUMBER keep|remove PERCENT
brief_ones() {
	local comms

	record $2.data -F $rate -- \
		bash "$work/loop.sh" "$programs/shares" "$work" "$1" "$2"
	report $2.data
	in_report lost 0
	in_report complete "$3"
	script $2.data
	comms=$(awk '/^brief/ { seen[$1] } END { print length(seen) }' \
		"$work/script.txt")
	[ "$comms" = "$1" ] || fail "samples of $comms processes of $1"
	# What burns is known by name, and whole, in each of them.
	in_stacks chain "$3" burn_seventy main
	in_report named "$3"
}

brief_ones 150 keep 98
brief_ones 50 remove 50

record true.data -F $rate -- bash -c 'for i in {1..200}; do /bin/true; done'
report true.data
in_report lost 0
in_report complete 97
if perf --version >/dev/null 2>&1; then
	execs=$(perf script -i "$work/true.data" --show-task-events \
		2>/dev/null | grep -c 'PERF_RECORD_COMM exec: true')
	[ "$execs" = 200 ] || fail "$execs of 200 execs recorded"
fi
