# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion of lbrprof(1) for fish. Commands and options, with what they do,
# are taken from the tool's own --help, which is made of its command table.

# What the tool says of itself and, if one was typed, of its command. Words of
# the line stay words: they are never read as commands of the shell.
function __lbrprof_help
	set -l words (commandline -opc)
	set -lx ARGP_HELP_FMT
	command $words[1] (__lbrprof_command) --help 2>/dev/null
end

function __lbrprof_command
	set -l words (commandline -opc)
	for word in $words[2..-1]
		if not string match -q -- '-*' $word
			echo $word
			return 0
		end
	end
	return 1
end

# Lines "  NAME   what it does".
function __lbrprof_commands
	__lbrprof_help |
		string replace -r -f '^  ([a-z][a-z-]*)  +(.*)$' '$1\t$2'
end

# Heads such as "  -o, --output=FILE   …": a line for each way to write it.
function __lbrprof_options
	__lbrprof_help |
		while read -l -d \n line
			set -l parts (string match -r '^(-.*?)(?:   *(.*))?$' -- (string trim -- $line))
			or continue
			for word in (string split ', ' -- $parts[2])
				string match -q -- '-*' $word
				or continue
				printf '%s\t%s\n' (string replace -r '[=[].*' '' -- $word) "$parts[3]"
			end
		end
end

complete -c lbrprof -f -n 'not __lbrprof_command' -a '(__lbrprof_commands)'
complete -c lbrprof -n 'string match -q -- "-*" (commandline -ct)' -a '(__lbrprof_options)'
complete -c lbrprof -n '__lbrprof_command | string match -q -r "^(record|run)\$"' -a '(__fish_complete_command)'
