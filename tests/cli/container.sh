#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A target that lives in another mount namespace and root, as in a container:
# its program stands at a path that does not exist outside. Its files are
# opened through its own root.

. "$(dirname "$0")/common.sh"
need unshare chroot ldd
need_root "a root of its own"

root=$work/root
mkdir -p "$root/opt" "$root/proc"
cp "$programs/shares" "$root/opt/only-inside"
ldd "$programs/shares" | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done
[ ! -e /opt/only-inside ] || skip "/opt/only-inside exists here"
unshare -m chroot "$root" /opt/only-inside 0.01 ||
	skip "unshare -m and chroot do not work here"

record launched.data -F $rate -- \
	unshare -m chroot "$root" /opt/only-inside 1.5
report launched.data --comm only-inside
in_report complete 98
in_report share self burn_seventy 70
in_report share self burn_thirty 30

unshare -m chroot "$root" /opt/only-inside 30 &
target=$!
started+=("$target")
wait_for 10 grep -q only-inside /proc/$target/comm || fail "target not seen"
record attached.data -F $rate -p $target --duration 1.5
whole_stacks attached.data
in_report share self burn_seventy 70
in_report share self burn_thirty 30
