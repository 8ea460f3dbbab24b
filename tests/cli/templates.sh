#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# C++: names are demangled; what the compiler inlined, a template and a
# lambda, is credited to itself, and with --no-inline to the function that
# holds it.

. "$(dirname "$0")/common.sh"

record templates.data -F $rate -- "$programs/templates" 1.5

report templates.data --no-inline
in_report share self '*weighted<7>*' 70
in_report share self '*weighted<3>*' 30
in_report complete 99

report templates.data
in_report share total '(anonymous namespace)::weighted<7>' 70
in_report share total '(anonymous namespace)::weighted<3>' 30
in_report share total '*fold<*' 99
in_report share self '*operator()*' 99
in_report named 98

script templates.data
in_stacks roots 99 "${roots[@]}"
in_stacks chain 98 '*operator()*' '*fold<*' '*weighted<*' main

# Without debug information the functions keep their names if the symbol
# table does; with neither there is no name, but there are whole stacks.
record stripped.data -F $rate -- "$programs/templates-stripped" 1
report stripped.data
in_report complete 99
in_report share self 'templates-stripped+0x*' 99
