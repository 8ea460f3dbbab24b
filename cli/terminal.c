/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ncurses' adapter. ncurses gives a terminal back when endwin() is called,
 * which no signal handler may do. So the few bytes that do it are kept ready:
 * in a crash they are written with write(), and the settings that the terminal
 * had are put back with tcsetattr(); both are allowed in handlers
 * (signal-safety(7)).
 *
 * SIGTSTP is left to ncurses, which gives the terminal back before the program
 * stops, and takes it again when it goes on. After a SIGSTOP, which nobody can
 * catch, the shell has changed the terminal's settings: SIGCONT says so.
 */
#include "config.h"

#include "terminal.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* term.h makes macros of common words. */
#undef columns
#undef lines

/* An escape key alone is known by nothing following it for so long. */
#define ESCAPE_DELAY_MS 50

#define FAREWELL_SIZE	256

/* What handlers must reach; the terminal is one, and so is this. */
static struct {
	SCREEN *screen; /* NULL: not open */
	struct termios before;
	char farewell[FAREWELL_SIZE];
	size_t farewell_size;
	bool has_colour;
	volatile sig_atomic_t is_open;
	volatile sig_atomic_t end_signal;
	volatile sig_atomic_t is_continued;
} terminal;

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
static const int crashes[] = { SIGSEGV, SIGBUS,	 SIGILL,  SIGFPE, SIGABRT,
			       SIGQUIT, SIGTRAP, SIGXCPU, SIGSYS };

#define NR(array) (sizeof(array) / sizeof((array)[0]))

bool terminal_is_usable(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term &&
	       term[0] && strcmp(term, "dumb") != 0;
}

/* For handlers: nothing here but what signal-safety(7) allows. */
static void give_back(void)
{
	ssize_t written;

	if (!terminal.is_open)
		return;
	terminal.is_open = 0;
	written =
		write(STDOUT_FILENO, terminal.farewell, terminal.farewell_size);
	(void)written;
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
}

static void on_ending(int number)
{
	/* Asked twice, the loop that should have seen it is stuck. */
	if (terminal.end_signal) {
		give_back();
		signal(number, SIG_DFL);
		raise(number);
	}
	terminal.end_signal = number;
}

static void on_crash(int number)
{
	int saved = errno;

	give_back();
	/* SA_RESETHAND has put the default back: die of it as if not caught. */
	raise(number);
	errno = saved;
}

static void on_continue(int number)
{
	(void)number;
	terminal.is_continued = 1;
}

static void set_handlers(bool is_open)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigemptyset(&action.sa_mask);
	if (is_open)
		action.sa_handler = on_ending;
	for (size_t i = 0; i < NR(ending); i++)
		sigaction(ending[i], &action, NULL);
	if (is_open) {
		action.sa_handler = on_continue;
		action.sa_flags = SA_RESTART;
	}
	sigaction(SIGCONT, &action, NULL);
	if (is_open) {
		action.sa_handler = on_crash;
		action.sa_flags = SA_RESETHAND | SA_NODEFER;
	}
	for (size_t i = 0; i < NR(crashes); i++)
		sigaction(crashes[i], &action, NULL);
}

/* Appends a capability without its padding, "$<5/>". */
static void add_farewell(const char *capability)
{
	/* Older headers want it without const, and change nothing in it. */
	const char *text = tigetstr((char *)capability);

	if (!text || text == (const char *)-1)
		return;
	while (*text != '\0' && terminal.farewell_size < FAREWELL_SIZE) {
		const char *end = text[0] == '$' && text[1] == '<' ?
					  strchr(text, '>') :
					  NULL;

		if (end) {
			text = end + 1;
			continue;
		}
		terminal.farewell[terminal.farewell_size++] = *text++;
	}
}

static void set_colours(void)
{
	const char *no_colour = getenv("NO_COLOR");

	terminal.has_colour = !(no_colour && no_colour[0]) && has_colors();
	if (!terminal.has_colour)
		return;
	start_color();
	use_default_colors();
	init_pair(TERMINAL_TOTAL, COLOR_BLUE, -1);
	init_pair(TERMINAL_SELF, COLOR_RED, -1);
}

int terminal_open(void)
{
	if (!terminal_is_usable() ||
	    tcgetattr(STDIN_FILENO, &terminal.before) != 0)
		return -1;
	setlocale(LC_CTYPE, "");
	/* Not initscr(): it ends the program where TERM is not known. */
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen)
		return -1;
	terminal.farewell_size = 0;
	add_farewell("sgr0");
	add_farewell("cnorm");
	add_farewell("rmkx");
	add_farewell("rmcup");
	terminal.end_signal = 0;
	terminal.is_open = 1;
	set_handlers(true);
	atexit(terminal_close);
	set_colours();
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	curs_set(0);
	return 0;
}

void terminal_close(void)
{
	if (!terminal.screen)
		return;
	if (terminal.is_open)
		endwin();
	terminal.is_open = 0;
	set_handlers(false);
	delscreen(terminal.screen);
	terminal.screen = NULL;
}

void terminal_size(unsigned int *ret_rows, unsigned int *ret_columns)
{
	int rows, columns;

	getmaxyx(stdscr, rows, columns);
	*ret_rows = rows > 0 ? (unsigned int)rows : 1;
	*ret_columns = columns > 0 ? (unsigned int)columns : 1;
}

void terminal_clear(void)
{
	erase();
}

void terminal_clear_row(unsigned int row)
{
	move((int)row, 0);
	clrtoeol();
}

static attr_t attributes_of(enum terminal_style style)
{
	static const attr_t attributes[TERMINAL_STYLES] = {
		[TERMINAL_STRONG] = A_BOLD,
		[TERMINAL_DIM] = A_DIM,
		[TERMINAL_BAR] = A_REVERSE,
	};

	return attributes[style];
}

void terminal_put(unsigned int row, unsigned int column,
		  enum terminal_style style, const struct cells *cells)
{
	unsigned int rows, columns;
	short pair = 0;

	terminal_size(&rows, &columns);
	if (row >= rows || column >= columns ||
	    cells->columns > columns - column)
		return;
	if (terminal.has_colour &&
	    (style == TERMINAL_TOTAL || style == TERMINAL_SELF))
		pair = (short)style;
	attr_set(attributes_of(style), pair, NULL);
	/* ERR if it ends in the last cell of the screen, behind which there is
	 * no place for the cursor; it is written all the same. */
	(void)mvaddnwstr((int)row, (int)column, cells->text, (int)cells->nr);
	attr_set(A_NORMAL, 0, NULL);
}

void terminal_mark(unsigned int row)
{
	mvchgat((int)row, 0, -1, A_REVERSE, 0, NULL);
}

void terminal_show(void)
{
	refresh();
}

void terminal_show_cursor(unsigned int row, unsigned int column)
{
	curs_set(1);
	move((int)row, (int)column);
}

void terminal_hide_cursor(void)
{
	curs_set(0);
}

static int translate(int result, wint_t key)
{
	static const struct {
		wint_t theirs;
		int ours;
	} keys[] = {
		{ KEY_UP, BROWSER_KEY_UP },
		{ KEY_DOWN, BROWSER_KEY_DOWN },
		{ KEY_LEFT, BROWSER_KEY_LEFT },
		{ KEY_RIGHT, BROWSER_KEY_RIGHT },
		{ KEY_PPAGE, BROWSER_KEY_PAGE_UP },
		{ KEY_NPAGE, BROWSER_KEY_PAGE_DOWN },
		{ KEY_HOME, BROWSER_KEY_HOME },
		{ KEY_END, BROWSER_KEY_END },
		{ KEY_BACKSPACE, BROWSER_KEY_BACKSPACE },
		{ KEY_ENTER, BROWSER_KEY_ENTER },
		{ KEY_RESIZE, BROWSER_KEY_RESIZE },
	};

	if (result == OK) {
		if (key == '\r')
			return BROWSER_KEY_ENTER;
		if (key == 0x7f || key == '\b')
			return BROWSER_KEY_BACKSPACE;
		return key < BROWSER_KEY_UP ? (int)key : BROWSER_KEY_NONE;
	}
	for (size_t i = 0; i < NR(keys); i++)
		if (keys[i].theirs == key)
			return keys[i].ours;
	return BROWSER_KEY_NONE;
}

/* The keyboard's other end is gone: without this, reading it never waits. */
static bool is_hung_up(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) == 1 && (fd.revents & (POLLHUP | POLLERR));
}

int terminal_key(int timeout_ms)
{
	wint_t key = 0;
	int result;

	if (terminal.is_continued) {
		terminal.is_continued = 0;
		reset_prog_mode();
		clearok(curscr, TRUE);
		return BROWSER_KEY_RESIZE;
	}
	if (terminal.end_signal)
		return BROWSER_KEY_HANGUP;
	timeout(timeout_ms);
	result = get_wch(&key);
	if (terminal.end_signal || (result == ERR && is_hung_up()))
		return BROWSER_KEY_HANGUP;
	return result == ERR ? BROWSER_KEY_NONE : translate(result, key);
}

int terminal_end_signal(void)
{
	return terminal.end_signal;
}
