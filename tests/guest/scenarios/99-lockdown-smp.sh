# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The last, for there is no way back: a kernel that is locked down lets nobody
# write to MSRs.

scenario pv-lockdown "$host_2018" \
	'record_refused "echo integrity >/sys/kernel/security/lockdown" :' \
	'check_refused lockdown'
