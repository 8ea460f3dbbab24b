#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that the tables of docs/host-policies.md are what the program prints:
# one policy's rows, because all of them take minutes.

set -u
document=${top_srcdir:-.}/docs/host-policies.md
tool=${top_builddir:-build}/tests/kvm/host_policies
failed=0

output=$("$tool" --policy 'Linux since 5.12')
status=$?
if [ "$status" = 77 ]; then
	echo "$output"
	exit 77
fi
[ "$status" = 0 ] || { echo "$tool: exit status $status"; exit 1; }

lines=$(grep '^| Linux' <<<"$output")
[ "$(wc -l <<<"$lines")" = 3 ] || { echo "printed: $output"; exit 1; }
while read -r line; do
	grep -qxF "$line" "$document" && continue
	echo "not in $document, see make -C tests host-policies: $line"
	failed=1
done <<<"$lines"
exit $failed
