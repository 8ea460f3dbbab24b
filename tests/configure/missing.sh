#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is missing is named in one go, with the package to install on Debian and
# on Fedora: here everything that is found by pkg-config.

work=$(pwd)/configure-missing.$$
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT

if (cd "$work" && "$top_srcdir/configure" --disable-dependency-tracking \
	PKG_CONFIG=/bin/false CC="$CC" CXX="$CXX") >"$work/out" 2>&1; then
	echo "configure does without pkg-config"
	exit 1
fi
failed=0
for name in libunwind-dev libunwind-devel libdw-dev elfutils-devel \
	libelf-dev elfutils-libelf-devel libzstd-dev libzstd-devel \
	zlib1g-dev zlib-devel libjson-c-dev json-c-devel \
	libcapstone-dev capstone-devel libncurses-dev ncurses-devel; do
	grep -q "$name" "$work/out" || {
		echo "configure does not name $name"
		failed=1
	}
done
[ $failed = 0 ] || tail -n 20 "$work/out"
exit $failed
