# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests share that hand other programs an any-branch recording: the
# program of known branches, stepped through and so recorded with every branch
# it took. Sourced after ../cli/common.sh.

step_record=$top_builddir/tests/clients/step_record
rounds=2000

# build_hotpath NAME OPTION...: as people build for BOLT and AutoFDO.
build_hotpath() {
	local name=$1

	shift
	clang -O2 -g -fdebug-info-for-profiling -fno-unroll-loops "$@" \
		-Wl,--emit-relocs -Wl,-z,now -o "$work/$name" \
		"$top_srcdir/tests/clients/hotpath.c" || fail "clang $*"
}

# step NAME OPTION...: hotpath NAME into $work/NAME.data, its branches one by
# one into $work/NAME.truth, and their counts into $work/NAME.counts, lines of
# "FROM TO MISPREDICTED COUNT" in addresses of the file.
step() {
	local name=$1 status=0

	shift
	"$step_record" -t "$work/$name.truth" "$@" "$work/$name.data" \
		"$work/$name" $rounds 2>"$work/$name.err" || status=$?
	[ $status != 77 ] || skip "ptrace is forbidden here"
	[ $status = 0 ] || fail "step_record: $(cat "$work/$name.err")"
	awk '{ key = $1 " " $2; n[key]++; missed[key] += $3 }
		END { for (key in n) print key, missed[key], n[key] }' \
		"$work/$name.truth" | sort >"$work/$name.counts"
	[ "$(wc -l <"$work/$name.counts")" -gt 10 ] || fail "no branches"
}

# newest TOOL: of the names that Debian gives a tool of LLVM, "TOOL" first.
newest() {
	local version

	for version in '' -{30..14}; do
		command -v "$1$version" && return
	done
	skip "$1 is not installed"
}

# The functions whose branches are known, as awk's pattern.
known='^(rounds|always|seldom|even|odd)$'

# named NAME: the counts of branches between the known functions, by symbols:
# "SYMBOL OFFSET SYMBOL OFFSET MISPREDICTED COUNT".
named() {
	nm -n "$work/$1" | awk -v counts="$work/$1.counts" -v known="$known" '
	function number(hex,   i, value) {
		for (i = 1; i <= length(hex); i++)
			value = value * 16 + \
				index("0123456789abcdef", substr(hex, i, 1)) - 1
		return value
	}
	function place(address,   i) {
		for (i = nr; i > 1 && start[i] > address; i--)
			;
		symbol = name[i]
		return sprintf("%s %x", symbol, address - start[i])
	}
	$2 ~ /^[tT]$/ { start[++nr] = number($1); name[nr] = $3 }
	END {
		while ((getline <counts) > 0) {
			line = place(number($1))
			if (symbol !~ known)
				continue
			line = line " " place(number($2))
			if (symbol ~ known)
				print line, $3, $4
		}
	}' | sort
}
