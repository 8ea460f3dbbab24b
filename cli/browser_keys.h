/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys as the browser's model takes them: characters are themselves, the
 * others are numbers that no character has. Whoever reads the keyboard
 * translates.
 */
#ifndef LBRPROF_BROWSER_KEYS_H
#define LBRPROF_BROWSER_KEYS_H

enum browser_key {
	BROWSER_KEY_NONE = 0, /* nothing came in time */
	BROWSER_KEY_TAB = '\t',
	BROWSER_KEY_ENTER = '\n',
	BROWSER_KEY_ESCAPE = 0x1b,
	/* Above the last character of Unicode. */
	BROWSER_KEY_UP = 0x110000,
	BROWSER_KEY_DOWN,
	BROWSER_KEY_LEFT,
	BROWSER_KEY_RIGHT,
	BROWSER_KEY_PAGE_UP,
	BROWSER_KEY_PAGE_DOWN,
	BROWSER_KEY_HOME,
	BROWSER_KEY_END,
	BROWSER_KEY_BACKSPACE,
	BROWSER_KEY_RESIZE, /* the screen has another size now */
	BROWSER_KEY_HANGUP, /* a signal, or the keyboard is gone: end */
};

#endif
