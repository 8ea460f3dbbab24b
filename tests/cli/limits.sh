#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the kernel limits is lowered, and said: -F above the highest sample
# rate, -m above what a plain user may lock. A plain user gets whole stacks.

. "$(dirname "$0")/common.sh"

limit=$(cat /proc/sys/kernel/perf_event_max_sample_rate)
[ "$limit" -lt 1000000000 ] || skip "no limit on sampling: $limit Hz"
record fast.data -F $((limit + 1000)) -- true
says fast.data "$limit"
record max.data -F max -- true

need setpriv
need_root "becoming another user"
chmod 777 "$work"
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all "$@"
}
as_nobody "$lbrprof" --version >/dev/null 2>&1 &&
	as_nobody test -x "$programs/shares" ||
	skip "user 65534 cannot reach $top_builddir"
paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
[ "$paranoid" -le 2 ] || skip "perf_event_paranoid is $paranoid"

for pages in default 65536; do
	options=()
	[ $pages = default ] || options=(-m $pages)
	as_nobody "$lbrprof" record -F 1999 \
		"${options[@]+"${options[@]}"}" -o "$work/$pages.data" -- \
		"$programs/shares" 1 >/dev/null 2>"$work/$pages.data.err" ||
		fail "as a plain user: $(cat "$work/$pages.data.err")"
	whole_stacks $pages.data
	in_report samples 800
	in_report share self burn_seventy 70 5
done
says 65536.data 'lock'

# Another user's process is none of theirs.
"$programs/spawner" >"$work/ready" &
spawner=$!
started+=("$spawner")
wait_for 10 grep -q ready "$work/ready" || fail "spawner does not start"
status=0
as_nobody "$lbrprof" record -p "$spawner" --duration 0.3 -o "$work/no.data" \
	2>"$work/no.data.err" || status=$?
[ "$status" = 1 ] || fail "another user's process: exit status $status"
says no.data 'another user|permission'
[ ! -e "$work/no.data" ] || fail "another user's process left a file"

# Whole CPUs are not for plain users where the kernel says so.
if [ "$paranoid" -ge 1 ]; then
	status=0
	as_nobody "$lbrprof" record -a --duration 0.3 -o "$work/all.data" \
		2>"$work/all.data.err" || status=$?
	[ "$status" = 1 ] || fail "-a as a plain user: exit status $status"
	says all.data 'perf_event_paranoid|CAP_PERFMON'
	[ ! -e "$work/all.data" ] || fail "-a as a plain user left a file"
fi
