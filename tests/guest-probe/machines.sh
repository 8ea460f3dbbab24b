#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that lbrprof doctor says of every saved machine what the table does:
# its verdict, the exit status, the first closed gate and each remedy, as text
# and as JSON. The library's side of it is machines_suite.c.

set -u
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
machines=$top_srcdir/tests/data/machines
out=machines.$$
trap 'rm -f "$out"' EXIT

fail() {
	echo "machines: $name: $*" >&2
	cat "$out" >&2
	exit 1
}

# What stands behind a remedy's name, in one line as doctor's JSON has it.
remedy() {
	[ "$1" = - ] || awk -F '\t+' -v name="$1" \
		'$1 == "remedy" && $2 == name { print $3 }' \
		"$machines/expected.tsv" | sed 's/[\\"]/\\&/g'
}

check_text() {
	first=$(head -n 1 "$out")
	case $verdict in
	lbr) wanted='LBR call stacks work here' ;;
	user) wanted='no LBR call stacks yet: you can change that' ;;
	admin) wanted="no LBR call stacks: the host's administrator can" ;;
	hardware) wanted='no LBR call stacks: this hardware cannot' ;;
	*) fail "the table's verdict is $verdict" ;;
	esac
	case $first in
	"$wanted"*) ;;
	*) fail "'$first' is not the verdict $verdict" ;;
	esac
	! grep -v 'gcloud ' "$out" | grep -q '.\{80\}' ||
		fail 'a line has 80 columns or more'
	closed=$(sed -n 's/^First closed gate: //p' "$out")
	[ "${closed:--}" = "$gate" ] || fail "gate '$closed', not $gate"
}

check_json() {
	closed="\"first_closed\":\"${gate#-}\""
	grep -q "\"verdict\":\"$verdict\",\"status\":$status" "$out" ||
		fail 'JSON has another verdict'
	grep -qF "\"hypervisor\":\"$hypervisor\",$closed" "$out" ||
		fail 'JSON has another hypervisor or gate'
	[ "$gate" = - ] && return
	grep -qF "\"remedy_user\":\"$(remedy "$you")\",\"remedy_admin\":\"$(
		remedy "$admin")\"" "$out" || fail 'JSON has other remedies'
}

nr=0
tab=$(printf '\t')
while IFS=$tab read -r kind name hypervisor verdict status gate you admin; do
	[ "$kind" = machine ] || continue
	"$tool" doctor --sysroot "$machines/$name" >"$out" 2>/dev/null
	[ $? -eq "$status" ] || fail "the exit status is not $status"
	check_text
	"$tool" doctor --json --sysroot "$machines/$name" >"$out" 2>/dev/null
	[ $? -eq "$status" ] || fail "with --json the status is not $status"
	check_json
	nr=$((nr + 1))
done <"$machines/expected.tsv"
# What is to be pasted stands in one line.
while IFS=$tab read -r name command; do
	"$tool" doctor --sysroot "$machines/$name" >"$out" 2>/dev/null
	grep -qF -- "$command" "$out" || fail "'$command' is broken"
done <<END
hyperv	Set-VMProcessor NAME -Perfmon @("pmu","lbr")
kvm-pmu	-cpu host,migratable=no,pmu=on
xen	sudo setcap cap_perfmon+ep "\$(command -v lbrprof)"
END
name='the table'
[ "$nr" -ge 25 ] || fail "$nr machines"
exit 0
