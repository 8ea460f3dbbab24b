/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page around a profile, which build-aux/make-page puts together out of
 * export/page/: head and style up to where the JSON goes, the piece between
 * that and the packed tree, and the rest with the script.
 */
#ifndef LBRVIRT_EXPORT_HTML_PAGE_H
#define LBRVIRT_EXPORT_HTML_PAGE_H

extern const char html_page_head[];
extern const char html_page_middle[];
extern const char html_page_tail[];

#endif
