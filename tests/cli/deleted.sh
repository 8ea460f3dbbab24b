#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A program that removes its own file while it runs, and one that is gone
# before the report: the recorder opened it in time, names and stacks stay.

. "$(dirname "$0")/common.sh"

cp "$programs/shares" "$work/vanishing"
record vanishing.data -F $rate -- "$work/vanishing" 1.5 unlink
[ ! -e "$work/vanishing" ] || fail "the program is still there"
whole_stacks vanishing.data
in_report share self burn_seventy 70
in_report share self burn_thirty 30
in_stacks chain 99 burn_seventy main

# Deleted before a recording attaches: the file is reached through /proc.
cp "$programs/spawner" "$work/unlinked"
"$work/unlinked" >"$work/ready" &
target=$!
started+=("$target")
wait_for 10 grep -q ready "$work/ready" || fail "spawner does not start"
rm "$work/unlinked"
record unlinked.data -F 1999 -p "$target" --duration 1
report unlinked.data
in_report complete 99
script unlinked.data
in_stacks present early_thread later_thread
