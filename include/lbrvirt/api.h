/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every public header needs: the mark of exported symbols and C++
 * linkage. Nothing else is public here.
 */
#ifndef LBRVIRT_API_H
#define LBRVIRT_API_H

/** A symbol that liblbrvirt exports; everything else is hidden. */
#define LBRVIRT_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define LBRVIRT_BEGIN_DECLS extern "C" {
#define LBRVIRT_END_DECLS }
#else
#define LBRVIRT_BEGIN_DECLS
#define LBRVIRT_END_DECLS
#endif

#endif
