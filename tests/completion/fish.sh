#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Proves that fish, asked as if somebody pressed Tab, offers every command and
# every option that the tool lists, with what they do.

tool=${top_builddir:-build}/cli/lbrprof
[ -x "$tool" ] || { echo "skipped: $tool was not built"; exit 77; }
command -v fish >/dev/null || { echo 'skipped: fish is not installed'; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work"
PATH=$(cd "$(dirname "$tool")" && pwd):$PATH
failed=0

# offered LINE
offered() {
	fish --no-config -c "source '${top_srcdir:-.}/completion/lbrprof.fish'
		complete -C '$1'"
}

offers() {
	offered "$2" >"$work/offered"
	grep -q -e "^$1" "$work/offered" && return
	echo "$2: does not offer '$1', but: $(cat "$work/offered")"
	failed=1
}

commands=$("$tool" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || { echo 'lbrprof --help lists no commands'; exit 1; }
for command in $commands; do
	offers "$command	[a-z]" 'lbrprof '
	offered "lbrprof $command --" >"$work/all"
	for option in $("$tool" "$command" --help |
	    grep -o '^ \{1,8\}-.*' | grep -o -- '--[a-z][a-z-]*' | sort -u); do
		grep -q -e "^$option" "$work/all" && continue
		echo "lbrprof $command: does not offer $option"
		failed=1
	done
done
offers '--output	write' 'lbrprof record --ou'
offers '--version' 'lbrprof --v'
offered "lbrprof \"a;touch $work/pwned;\" --" >/dev/null
if [ -e "$work/pwned" ]; then
	echo 'a word of the line was executed'
	failed=1
fi
exit $failed
