#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Modules loaded while the program runs, the second over the addresses of the
# first: each sample is looked up in the module that stood there then.

. "$(dirname "$0")/common.sh"

record modules.data -F $rate -- "$programs/dlhost" 2 \
	"$programs/first.so" "$programs/second.so"
whole_stacks modules.data
in_report share self host_work 40
in_report share self module_first 30
in_report share self module_second 30
in_stacks chain 99 module_first module_run run_module main
in_stacks chain 99 module_second module_run run_module main

report modules.data --dso first.so
in_report share self module_first 98
