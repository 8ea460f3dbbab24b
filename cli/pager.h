/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is printed on a terminal and longer than it goes through a pager.
 */
#ifndef LBRPROF_PAGER_H
#define LBRPROF_PAGER_H

struct pager {
	int terminal; /* standard output as it was; -1: nothing is held back */
	int text;     /* what is printed meanwhile */
};

/*
 * Hold back what is printed from now on, if standard output is a terminal and
 * no one forbade it: LBRPROF_PAGER, or else PAGER, set to "" or "cat". Its
 * width must have been asked for before.
 */
void pager_begin(struct pager *pager);

/*
 * Show what was printed: as it is if it fits, else through that pager, or less.
 * Standard output is the terminal again.
 */
void pager_end(struct pager *pager);

#endif
