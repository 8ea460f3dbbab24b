#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A child is followed through fork, and through exec into another program:
# functions are looked up in what each process had mapped at the time.

. "$(dirname "$0")/common.sh"

record fork.data -F $rate -- "$programs/forkexec" 2 "$programs/shares"
whole_stacks fork.data
in_report lost 0
in_report share self parent_work 50
in_report share self child_work 30
in_report share self burn_seventy 14
in_report share self burn_thirty 6
in_stacks chain 99 child_work run_child main

report fork.data --comm shares
in_report share self burn_seventy 70
in_report share self burn_thirty 30
report fork.data --dso forkexec
in_report share self parent_work 62.5

record parent.data --no-inherit -F $rate -- \
	"$programs/forkexec" 0.5 "$programs/shares"
report parent.data
in_report share self parent_work 98
in_report share self child_work 0 0.5
