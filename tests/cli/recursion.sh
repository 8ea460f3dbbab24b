#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Recursion 60 deep: each frame is there, no more and no less. With a stack
# copy that is too small for it the stacks count as truncated, not complete.

. "$(dirname "$0")/common.sh"

record whole.data -F $rate -- "$programs/recursion" 1
whole_stacks whole.data
in_report share self burn_at_the_bottom 99
in_report share total descend 99
in_stacks chain 99 burn_at_the_bottom descend:60 main

report whole.data
# Only stack copies can be too small.
[ "$(stack_source)" = dwarf ] || exit 0
record cut.data -F 999 --stack-size 2048 -- "$programs/recursion" 1
report cut.data
in_report truncated 95
in_report share self burn_at_the_bottom 99
says cut.data 'truncated'
