#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves on recordings of other machines that script prints what perf printed
# of them: thread, time, event, address, call chain and branches of each sample,
# in the same order. Names and files are left out: perf had none of the files,
# says "[unknown]" for what we give an offset, and knows modules by their path.
# The recordings are read where they lie, in LBRVIRT_RECORDINGS or beside the
# source tree, and are no part of it.

set -u -o pipefail
export LC_ALL=C

tool=$top_builddir/cli/lbrprof
recordings=${LBRVIRT_RECORDINGS:-$top_srcdir/../shared/recordings}
texts=("$recordings"/*/*.script.txt*)
[ -e "${texts[0]}" ] || {
	echo "skipped: no recordings in $recordings; set LBRVIRT_RECORDINGS"
	exit 77
}
work=recordings.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# Why perf's text is not of the same samples or frames.
reason() {
	case $1 in
	has_embedded_native_libs_apk_perf.data | perf.data.callgraph-3.4)
		echo 'perf prints no frame for an empty chain, we the address' ;;
	perf_with_long_callchain.data) echo 'perf stops at 127 frames' ;;
	perf_with_ip_zero_in_callchain.data)
		echo "perf leaves out arm64's user part, which we unwind" ;;
	*.as-callstack.*) echo 'made up: its branches are no stacks' ;;
	perf-vmlinux.data) echo 'perf leaves out the branches' ;;
	perf.data.intel_pt-4.14) echo 'perf adds events out of the trace' ;;
	*.truncated.data | *.unfinished.data | perf_with_callchain_record.data | \
	perf_with_tracepoint_event_dynamic_field.data)
		echo 'perf refuses it' ;;
	esac
}

# plain: without names, files and what only aligns columns.
plain() {
	sed -E 's/\(([^()]|\([^()]*\))*\)//g
		s/^(\t *[0-9a-f]+).*/\1/
		s/: +([0-9a-f]+) [^ 0].*( 0x[0-9a-f]+\/0x.*)$/: \1\2/
		s/: +([0-9a-f]+) 0x[0-9a-f]+( |$)/: \1\2/
		s/: +([0-9a-f]+) [^0].*$/: \1/
		s/ +/ /g
		s/ $//'
}

nr=0
for text in "${texts[@]}"; do
	recording=${text%.script.txt*}
	name=${recording##*/}
	why=$(reason "$name")
	"$tool" script --ns --no-inline --symfs "$work" --kallsyms /dev/null \
		-F comm,pid,tid,time,event,ip,sym,dso,brstack \
		-i "$recording" >"$work/own" 2>"$work/err"
	ended=$?
	if [ $ended -gt 1 ] || [ "$(wc -l <"$work/err")" != $ended ]; then
		echo "FAILED: $name: exit status $ended: $(cat "$work/err")"
		status=1
	fi
	plain <"$work/own" >"$work/own.plain"
	gzip -dcf "$text" | plain >"$work/perf.plain"
	lines=$(wc -l <"$work/own.plain")
	if [ -n "$why" ]; then
		echo "$name: $lines lines, not compared: $why"
	elif cmp -s "$work/own.plain" "$work/perf.plain"; then
		nr=$((nr + 1))
		echo "$name: $lines lines, as perf's"
	else
		echo "FAILED: $name: not what perf printed:"
		diff "$work/perf.plain" "$work/own.plain" | head -6 | cut -c 1-200
		status=1
	fi
done
[ "$nr" -ge 40 ] || {
	echo "FAILED: only $nr of ${#texts[@]} could be compared"
	status=1
}

# Types that only another tool knows are counted, and the samples shown.
other=$recordings/GrapheneOS__platform_system_extras/perf_with_callchain_record.data
"$tool" report -i "$other" >"$work/own" || status=1
grep -q '^records   [0-9]* of unknown types skipped: type 32' "$work/own" || {
	echo "FAILED: records of unknown types are not shown"
	status=1
}
exit $status
