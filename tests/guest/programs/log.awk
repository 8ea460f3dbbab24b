# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes compiled code keep a log of its calls: reads the compiler's assembly
# (AT&T, built with -ffixed-r10 -ffixed-r11) and surrounds each call with
# instructions that write a struct lbrplay_call, whose offsets are used here,
# and take it back. With -v jumps=1 taken branches go to a ring as well.
#
# All logged code moves to the section "lbrcode", so that the module can tell
# it from the rest. The stack and the CFI stay as they were. A "callq" is not
# logged: the compiler writes "call".
#
# Flags are dead at a call and after it; at other branches they are not, so
# what logs those uses mov and lea alone.

BEGIN {
	FS = "[ \t]+"
	id = 0
	split("COND UNCOND IND CALL IND_CALL RET", kinds, " ")
	for (k in kinds)
		kind[kinds[k]] = k
}

function say(text) {
	print "\t" text
}

# Writes a struct lbrplay_jump. The last instruction but the branch commits.
function log_jump(from, to, load, branch_kind) {
	say("movq lbrplay_jump@gottpoff(%rip), %r10")
	say("movzbl %fs:(%r10), %r11d")
	say("leaq (%r11,%r11), %r11")
	say("movq lbrplay_jumps@gottpoff(%rip), %r10")
	say("leaq (%r10,%r11,8), %r10")
	say("leaq " from "(%rip), %r11")
	say("movq %r11, %fs:(%r10)")
	say("movb $" kind[branch_kind] ", %fs:7(%r10)")
	say(load " " to ", %r11")
	say("movq %r11, %fs:8(%r10)")
	say("movq lbrplay_jump@gottpoff(%rip), %r10")
	say("movzbl %fs:(%r10), %r11d")
	say("leal 1(%r11), %r11d")
	say("movb %r11b, %fs:(%r10)")
}

function log_call(target,    from, back, is_indirect) {
	from = ".Llbrfrom" ++id
	back = ".Llbrback" id
	is_indirect = target ~ /^\*/
	if (is_indirect)
		target = substr(target, 2)
	if (jumps && is_indirect)
		log_jump(from, target, "movq", "IND_CALL")
	else if (jumps)
		log_jump(from, target "(%rip)", "leaq", "CALL")
	say("movq lbrplay_top@gottpoff(%rip), %r10")
	say("movq %fs:(%r10), %r11")
	say("leaq " from "(%rip), %r10")
	say("movq %r10, (%r11)")
	if (is_indirect) {
		say("movq " target ", %r10")
		say("movq %r10, 8(%r11)")
	} else {
		say("movq $0, 8(%r11)")
	}
	say("movq %rsp, 16(%r11)")
	say("movl $0, 24(%r11)")
	say("movl $" back "-" from ", 28(%r11)")
	say("movb $1, 24-16*32(%r11)")
	say("movb $1, 25-32*32(%r11)")
	say("movb $1, 26-64*32(%r11)")
	say("movq lbrplay_top@gottpoff(%rip), %r10")
	say("addq $32, %fs:(%r10)")
	print from ":"
	print
	print back ":"
	say("movq lbrplay_top@gottpoff(%rip), %r10")
	say("subq $32, %fs:(%r10)")
}

# The taken side of a conditional jump goes by a detour, outside lbrcode.
function log_condition(target,    from, detour) {
	from = ".Llbrfrom" ++id
	detour = ".Llbrdetour" id
	print from ":"
	say($2 " " detour)
	say(".pushsection .text.lbrdetour,\"ax\",@progbits")
	print detour ":"
	log_jump(from, target "(%rip)", "leaq", "COND")
	say("jmp " target)
	say(".popsection")
}

function log_goto(target,    from) {
	from = ".Llbrfrom" ++id
	if (target ~ /^\*/)
		log_jump(from, substr(target, 2), "movq", "IND")
	else
		log_jump(from, target "(%rip)", "leaq", "UNCOND")
	print from ":"
	print
}

function log_return(    from) {
	from = ".Llbrfrom" ++id
	log_jump(from, "(%rsp)", "movq", "RET")
	print from ":"
	print
}

/^[ \t]+\.text/ {
	say(".section lbrcode,\"ax\",@progbits")
	next
}

/^[ \t]+\.section[ \t]+\.text/ {
	sub(/\.text[^,]*/, "lbrcode")
	print
	next
}

# It returns twice, and the second time no call is taken back.
/^[ \t]+call[ \t]+_?_?(sig)?setjmp/ {
	print
	next
}

/^[ \t]+call[ \t]/ {
	log_call($3)
	next
}

jumps && /^[ \t]+jmp[ \t]/ {
	log_goto($3)
	next
}

jumps && /^[ \t]+j[a-z]+[ \t]/ {
	log_condition($3)
	next
}

jumps && /^[ \t]+ret/ {
	log_return()
	next
}

{
	print
}
