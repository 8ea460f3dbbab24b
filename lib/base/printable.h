/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words out of files that somebody else wrote, such as those of a saved
 * machine: on a terminal their control characters would act.
 */
#ifndef LBRVIRT_BASE_PRINTABLE_H
#define LBRVIRT_BASE_PRINTABLE_H

/* Put '.' for every byte that is not printable ASCII. */
static inline void printable_clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '.';
}

#endif
