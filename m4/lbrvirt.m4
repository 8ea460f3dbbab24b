# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Macros of configure.ac: flags are tried before they are used, and what is
# missing is collected so that one run names everything there is to install.

# LBRVIRT_SAVE_FLAGS, LBRVIRT_RESTORE_FLAGS
# A probe in between leaves CPPFLAGS, CFLAGS and LIBS as they were.
AC_DEFUN([LBRVIRT_SAVE_FLAGS],
[lbrvirt_save_CPPFLAGS=$CPPFLAGS
lbrvirt_save_CFLAGS=$CFLAGS
lbrvirt_save_LIBS=$LIBS])

AC_DEFUN([LBRVIRT_RESTORE_FLAGS],
[CPPFLAGS=$lbrvirt_save_CPPFLAGS
CFLAGS=$lbrvirt_save_CFLAGS
LIBS=$lbrvirt_save_LIBS])

# LBRVIRT_APPEND_CFLAG(VARIABLE, FLAGS, [IF-NOT])
# clang only warns about a flag it does not know, so -Werror joins the probe.
AC_DEFUN([LBRVIRT_APPEND_CFLAG],
[AC_MSG_CHECKING([whether $CC accepts $2])
LBRVIRT_SAVE_FLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
	[lbrvirt_accepted=yes], [lbrvirt_accepted=no])
LBRVIRT_RESTORE_FLAGS
AC_MSG_RESULT([$lbrvirt_accepted])
AS_IF([test "$lbrvirt_accepted" = yes],
	[$1="[$]{$1:+[$]$1 }$2"],
	[m4_default([$3], [:])])])

# LBRVIRT_MISSING(WHAT, DEBIAN-PACKAGE, FEDORA-PACKAGE)
AC_DEFUN([LBRVIRT_MISSING],
[AS_VAR_APPEND([lbrvirt_missing],
	["`printf '  %-36s %-16s %s' "$1" "$2" "$3"`
"])
AS_VAR_APPEND([lbrvirt_missing_debian], [" $2"])
AS_VAR_APPEND([lbrvirt_missing_fedora], [" $3"])])

# LBRVIRT_NEED_PKG(VARIABLE, PKG-CONFIG-NAME, WHAT, DEBIAN, FEDORA)
AC_DEFUN([LBRVIRT_NEED_PKG],
[PKG_CHECK_MODULES([$1], [$2], [],
	[LBRVIRT_MISSING([$3], [$4], [$5])])])

# LBRVIRT_NEED_LIB(VARIABLE, HEADER, FUNCTION, LIBRARY, WHAT, DEBIAN, FEDORA)
# For what ships no .pc file. Sets VARIABLE_LIBS and leaves LIBS alone, for
# only the library links with it.
AC_DEFUN([LBRVIRT_NEED_LIB],
[LBRVIRT_SAVE_FLAGS
$1_LIBS=
AC_CHECK_HEADER([$2],
	[AC_SEARCH_LIBS([$3], [$4],
		[AS_CASE([$ac_cv_search_$3],
			["none required"], [], [$1_LIBS=$ac_cv_search_$3])],
		[LBRVIRT_MISSING([$5], [$6], [$7])])],
	[LBRVIRT_MISSING([$5], [$6], [$7])])
LBRVIRT_RESTORE_FLAGS
AC_SUBST([$1_LIBS])])

# LBRVIRT_REPORT_MISSING
AC_DEFUN([LBRVIRT_REPORT_MISSING],
[AS_IF([test -n "$lbrvirt_missing"],
	[lbrvirt_heading=`printf '  %-36s %-16s %s' "what" "on Debian" "on Fedora"`
	 AC_MSG_ERROR([these dependencies are missing:

$lbrvirt_heading
$lbrvirt_missing
On Debian:  apt-get install$lbrvirt_missing_debian
On Fedora:  dnf install$lbrvirt_missing_fedora])])])
