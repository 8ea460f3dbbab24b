#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that zsh is offered every command and every option that the tool
# lists, with what they do; zsh's own _describe is asked what it was given.

tool=${top_builddir:-build}/cli/lbrprof
[ -x "$tool" ] || { echo "skipped: $tool was not built"; exit 77; }
command -v zsh >/dev/null || { echo 'skipped: zsh is not installed'; exit 77; }

cat >"zsh.$$" <<'END'
_describe() {
	[[ $1 == -o ]] && shift
	print -rl -- ${(P)2}
}
_alternative() { print -r -- alternative }
_files() { print -r -- files }
source $1
shift
words=("$@")
CURRENT=$#
_lbrprof
END
trap 'rm -f "zsh.$$"' EXIT
failed=0

# offered WORD...: what zsh is given for the last word.
offered() {
	zsh -f "zsh.$$" "${top_srcdir:-.}/completion/_lbrprof" "$tool" "$@"
}

offers() {
	wanted=$1
	shift
	offered "$@" | grep -q -e "^$wanted" && return
	echo "lbrprof $*: does not offer '$wanted', but: $(offered "$@")"
	failed=1
}

commands=$("$tool" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || { echo 'lbrprof --help lists no commands'; exit 1; }
for command in $commands; do
	offers "$command:[a-z]" ''
	for option in $("$tool" "$command" --help |
	    grep -o '^ \{1,8\}-.*' | grep -o -- '--[a-z][a-z-]*' | sort -u); do
		case $option in --help | --usage | --version) continue ;; esac
		offers "$option:" "$command" -
	done
done
offers --version: --
offers --output:write record --o
offers alternative record ''
offers files report ''
exit $failed
