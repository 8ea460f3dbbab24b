#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each format that lbrprof export writes, read as its specification says and by
# the programs it is for: self and total of every function are the report's.

. "$(dirname "$0")/../cli/common.sh"

clients=$top_srcdir/tests/clients
formats='callgrind firefox folded json perfscript pprof speedscope'
status=0
missing=

# judge WHAT FILE: see exports.py.
judge() {
	python3 -B "$clients/exports.py" "$1" "$2" \
		"$work/report.json" "$work/report.csv" && return
	say "FAILED: $recording: $1"
	status=1
}

# absent TOOL WHAT...: said once, at the end.
absent() {
	case $missing in
	*"$1"*) ;;
	*) missing="$missing $1" ;;
	esac
}

go_pprof() {
	command -v go >/dev/null || {
		absent 'go'
		return
	}
	# All of them, by samples, and without a look for the files.
	set -- go tool pprof -symbolize=none -sample_index=samples \
		-nodecount=1000000 -nodefraction=0 -edgefraction=0
	GOFLAGS=-mod=mod GOCACHE=$work/go HOME=$work \
		"$@" -top "$work/pprof" >"$work/top" 2>"$work/err" || {
		cat "$work/err"
		fail "$recording: go tool pprof -top"
	}
	judge top "$work/top"
	GOCACHE=$work/go HOME=$work \
		"$@" -top -lines "$work/pprof" >"$work/lines" 2>"$work/err" ||
		fail "$recording: go tool pprof -top -lines"
	judge lines "$work/lines"
}

node_pprof() {
	if ! command -v node >/dev/null ||
		! node -e 'require.resolve("pprof-format")' 2>/dev/null; then
		absent 'pprof-format(npm)'
		return
	fi
	node "$clients/pprof_format.js" "$work/pprof" >"$work/node" ||
		fail "$recording: pprof-format cannot read it"
	judge node "$work/node"
}

# Speedscope's own page, from its npm package.
speedscope_page() {
	local package status

	package=$(node -p 'require.resolve("speedscope/package.json")' \
		2>/dev/null) || {
		absent 'speedscope(npm)'
		return
	}
	python3 -B "$clients/speedscope.py" \
		"$(dirname "$package")/dist/release/index.html" \
		"$work/speedscope" >"$work/page" 2>"$work/err"
	status=$?
	[ "$status" != 77 ] || {
		absent "chromium"
		return
	}
	[ "$status" = 0 ] ||
		fail "$recording: speedscope's page: $(tail -n 3 "$work/err")"
	judge page "$work/page"
}

# It shortens files' names by the folder that it runs in, but not those of
# functions that are called, which are others then: it gets an empty one.
annotate() {
	command -v callgrind_annotate >/dev/null || {
		absent callgrind_annotate
		return
	}
	mkdir -p "$work/empty"
	(cd "$work/empty" && callgrind_annotate --threshold=100 \
		--show=Samples --auto=no "$work/callgrind") \
		>"$work/annotate" 2>"$work/err" ||
		fail "$recording: callgrind_annotate"
	[ ! -s "$work/err" ] || fail "$recording: $(head -n 3 "$work/err")"
	judge annotate "$work/annotate"
	(cd "$work/empty" && callgrind_annotate --threshold=100 \
		--show=Samples --auto=no --inclusive=yes "$work/callgrind") \
		>"$work/annotate" ||
		fail "$recording: callgrind_annotate --inclusive=yes"
	judge inclusive "$work/annotate"
}

# damaged RECORDING: what comes before its end, which is missing.
damaged() {
	recording=$1
	"$lbrprof" report --json -i "$work/$recording" >"$work/report.json" \
		2>"$work/err" && fail "$recording: report finds no damage"
	"$lbrprof" report --csv -i "$work/$recording" >"$work/report.csv" \
		2>"$work/err"
	for format in $formats; do
		"$lbrprof" export -f "$format" -i "$work/$recording" \
			-o "$work/$format" 2>"$work/err"
		[ $? = 1 ] || fail "$format: no status 1 for damage"
		grep -q 'damaged at offset' "$work/err" ||
			fail "$format: $(cat "$work/err")"
		judge "$format" "$work/$format"
	done
}

# check RECORDING: all formats of it.
check() {
	recording=$1
	report "$recording"
	"$lbrprof" report --csv -i "$work/$recording" >"$work/report.csv" ||
		fail "lbrprof report --csv -i $recording"
	for format in $formats; do
		"$lbrprof" export -f "$format" -i "$work/$recording" \
			-o "$work/$format" 2>"$work/err" ||
			fail "export -f $format -i $recording: $(cat "$work/err")"
		"$lbrprof" export -f "$format" -i "$work/$recording" -o - |
			cmp - "$work/$format" ||
			fail "$format: through a pipe it is another"
		judge "$format" "$work/$format"
	done
	go_pprof
	node_pprof
	annotate
	case $recording in
	# A browser takes its time: threads, inlined calls, names, oddities.
	threads.data | templates.data | hostile.data | odd.data)
		speedscope_page ;;
	esac
}

record threads.data -F 1999 -- "$programs/threads" 0.5
check threads.data
threads=$(python3 -c 'import json, sys
print(len(json.load(open(sys.argv[1]))["threads"]))' "$work/firefox")
[ "$threads" -ge 4 ] || fail "$threads threads of four"

record recursion.data -F 1999 -- "$programs/recursion" 0.3
check recursion.data
record templates.data -F 1999 -- "$programs/templates" 0.3
check templates.data

# Of several events the first one, and it is said so.
record events.data -e page-faults,cpu-clock -F 1999 -- "$programs/templates" 0.3
check events.data
"$lbrprof" export -f folded -i "$work/events.data" 2>&1 >"$work/folded" |
	grep -q 'only page-faults is exported: name another with --event' ||
	fail 'events.data: nothing said of the other event'

# Recordings of other machines: the kernel's code, several processes.
for recording in perf-lbr perf-stacks lbrprof-auto; do
	cp "$top_srcdir/tests/data/$recording.data" "$work/"
	check $recording.data
done

head -c $(($(wc -c <"$work/threads.data") * 2 / 3)) "$work/threads.data" \
	>"$work/cut.data"
damaged cut.data

# Names that try to get out of what they are put in, a megabyte among them;
# then what nobody expects of a recording.
maps=
trap 'rm -f $maps; cleanup' EXIT
for kind in hostile odd; do
	map=$(python3 -B "$clients/odd.py" $kind "$work/$kind.data") ||
		fail "odd.py $kind"
	maps="$maps $map"
	check $kind.data
done

[ -z "$missing" ] || say "not there, so not asked:$missing"
exit $status
