#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that bash completes lbrprof's commands, options and their arguments,
# with the tool that was built answering for itself.

set -u
top_srcdir=${top_srcdir:-.}
tool=${top_builddir:-build}/cli/lbrprof
failed=0

if [ ! -x "$tool" ]; then
	echo "$tool was not built"
	exit 77
fi
# shellcheck source=/dev/null
. "$top_srcdir/completion/lbrprof"

# complete_line WORD...: what bash offers for the last word; bash has split
# the line at "=" by then, so tests do the same.
complete_line() {
	COMP_WORDS=("$tool" "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_lbrprof
}

# offers WANTED WORD...
offers() {
	local wanted=$1 word

	shift
	complete_line "$@"
	for word in "${COMPREPLY[@]}"; do
		[ "$word" = "$wanted" ] && return
	done
	echo "lbrprof $*: does not offer '$wanted', but: ${COMPREPLY[*]}"
	failed=1
}

# offers_only WANTED WORD...
offers_only() {
	local wanted=$1

	shift
	complete_line "$@"
	[ "${COMPREPLY[*]}" = "$wanted" ] && return
	echo "lbrprof $*: offers '${COMPREPLY[*]}', not '$wanted' alone"
	failed=1
}

# Every format that the tool knows is offered.
formats=$("$tool" export -f none 2>&1 | sed -n "s/.*'none'; there are //p")
[ -n "$formats" ] || {
	echo 'lbrprof export -f none lists no formats'
	exit 1
}
for format in ${formats//,/}; do
	offers "$format" export -f "${format:0:2}"
	offers "$format" export --format = "${format:0:2}"
done

# Every command that the tool lists is offered, so is every option of each.
commands=$("$tool" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
if [ -z "$commands" ]; then
	echo "lbrprof --help lists no commands"
	exit 1
fi
for command in $commands; do
	offers "$command" "${command:0:2}"
	for option in $("$tool" "$command" --help |
	    grep -o '^ \{1,8\}-.*' | grep -o -- '--[a-z][a-z-]*'); do
		complete_line "$command" "$option"
		[ "${COMPREPLY[*]%=}" != "" ] && continue
		echo "lbrprof $command: does not offer $option"
		failed=1
	done
done

offers_only --version --vers
offers_only record -v rec
offers_only --duration= record --dur
offers -g record -
offers_only auto record --call-graph = au
offers_only dwarf record --call-graph = d
offers_only lbr record --require = ''
offers_only max record -F m
offers $$ record -p ''
offers_only "$top_srcdir/COPYING" record -o "$top_srcdir/COPY"

offers_only assume record --pv = as
# An option whose argument is a file is completed with files, whatever it is.
seen=' '
for command in $commands; do
	for option in $("$tool" "$command" --help |
	    sed -n 's/^ .*\(--[a-z-]*\)=\(FILE\|DIR\).*/\1/p'); do
		[[ $seen == *" $option "* ]] && continue
		seen="$seen$option "
		offers "$top_srcdir/COPYING" "$command" "$option" = \
			"$top_srcdir/COPY"
	done
done

# The user's own layout of help changes nothing.
ARGP_HELP_FMT=rmargin=30,opt-doc-col=12 offers_only --duration= record --dur

# No word of the line is ever read as a command.
evil="\$(touch\${IFS}pwned.$$)"
for line in "$evil" "record $evil" "record -o $evil" "report $evil --" \
    "pv run $evil" "record $evil $evil"; do
	# shellcheck disable=SC2086
	complete_line $line ''
	# shellcheck disable=SC2086
	complete_line $line
done
if [ -e "pwned.$$" ]; then
	echo "a word of the line was executed"
	rm "pwned.$$"
	failed=1
fi

offers_only 'status run reset' pv ''
offers_only reset pv re
offers bash pv run bas
offers bash pv run --pv assume -- bas

# Behind its options, record takes a command; that one's words are files.
offers bash record bas
offers bash record -g -i -F 99 -z bas
offers bash record -e cycles -- bas
offers_only "$top_srcdir/COPYING" record bash "$top_srcdir/COPY"
offers_only "$top_srcdir/COPYING" record -- bash -e "$top_srcdir/COPY"

exit "$failed"
