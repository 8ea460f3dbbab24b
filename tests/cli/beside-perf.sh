#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# perf records a command while lbrprof records the whole machine, programs start
# and map files, and perf reads what it recorded. It cannot where the other one
# asks the kernel for build-ids (see is_build_id() in lib/sample/body.c).

. "$(dirname "$0")/common.sh"
need_perf
cd "$work" || exit 1

"$lbrprof" record -a -F 99 -o ours.data -- sleep 4 >ours.out 2>&1 &
ours=$!
sleep 1
perf record -q -N -B -e cpu-clock -F 99 -o theirs.data -- \
	sh -c 'for i in 1 2 3 4 5 6 7 8; do ls / >/dev/null; done' \
	>theirs.out 2>&1 || {
	wait $ours
	grep -q 'smashing\|assertion' theirs.out &&
		fail "perf aborts beside us: $(cat theirs.out)"
	skip "perf cannot record here: $(head -n 1 theirs.out)"
}
wait $ours || fail "lbrprof failed: $(cat ours.out)"
perf script --show-mmap-events -i theirs.data >script.out 2>script.err ||
	fail "perf cannot read what it recorded beside us: $(cat script.err)"
grep -q 'MMAP2.*bin/ls' script.out || fail 'no mapping was recorded'
"$lbrprof" script --show-mmap-events -i ours.data >ours.out 2>ours.err ||
	fail "$(cat ours.err)"
grep -q 'MMAP2.*<[0-9a-f]\{40\}>.*bin/ls' ours.out ||
	fail 'a mapping has no build-id'
