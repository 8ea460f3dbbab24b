# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lbrprof, beside perf, on the same machine.

scenario lbrprof-starts "" 'need_lbrprof && lbrprof --version' \
	'need_lbrprof && head -n 1 log && [ "$status" = 0 ]'
