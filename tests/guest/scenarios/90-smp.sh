# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What takes two CPUs. A run boots a second time for these: threads that run at
# the same time, and rings of two CPUs to be put in order.

# The real driver; 0xc0000080, EFER, has a number that dd can skip to.
read_efer() {
	dd if=/dev/cpu/1/msr bs=8 skip=$((0xc0000080 / 8)) count=1 |
		od -t x8 -A n >efer
}
scenario msr "" read_efer \
	'echo "EFER reads" $(cat efer); [ $((0x$(tr -d " " <efer))) -gt 0 ]'

scenario smp-perf-lbr-threads "" 'record_lbr threads-nofp 1000' 'check_lbr 32'
scenario smp-lbrprof-threads "" 'record_own auto threads-nofp 1000' \
	'check_own 99'
