#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Stacks that run through other people's code: the C library's qsort calling
# back, stubs of the procedure linkage table, a signal's frame.

. "$(dirname "$0")/common.sh"

record callback.data -F $rate -- "$programs/callback" 1.5
whole_stacks callback.data
in_report share self compare_numbers 70
in_report share self plain_work 30
in_report share total sort_numbers 70
in_stacks chain 99 sort_numbers main

record plt.data -F $rate -- "$programs/plt" 1
whole_stacks plt.data
in_report share total call_through_plt 99
in_stacks chain 99 rand_r call_through_plt main

record signal.data -F $rate -- "$programs/sighandler" 1.5
whole_stacks signal.data
in_report share total interrupted_work 99
in_stacks chain 99 handler_work on_signal '*' interrupted_work main
