#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Four threads with four shares; stacks end where threads begin. Filters pick
# one thread, and leave threads out when they are not to be followed.

. "$(dirname "$0")/common.sh"

record threads.data -F $rate -- "$programs/threads" 1.5
whole_stacks threads.data
in_report lost 0
in_report share self thread_forty 40
in_report share self thread_thirty 30
in_report share self thread_twenty 20
in_report share self thread_ten 10
for thread in forty thirty twenty ten; do
	in_stacks chain 99 "thread_$thread" "thread_${thread}_start"
done

# The thread that a frame of thread_ten was seen in, by script's own words.
tid=$(awk '/^[^ \t]/ { tid = $2 } / thread_ten\+/ { print tid; exit }' \
	"$work/script.txt")
report threads.data --tid "${tid#*/}"
in_report share self thread_ten 98

record alone.data --no-inherit -F $rate -- "$programs/threads" 0.5
script=$("$lbrprof" script -i "$work/alone.data" 2>/dev/null)
case $script in
*thread_forty*) fail "--no-inherit follows a thread" ;;
esac
