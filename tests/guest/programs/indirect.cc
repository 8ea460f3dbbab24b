/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * indirect [MS]: C++ with virtual calls, a table of function pointers, a
 * std::function and constructors.
 */
#include <functional>

#include "runtime.h"
#include "spin.h"

struct shape {
	virtual ~shape() {}
	virtual void draw(unsigned int rounds) = 0;
};

struct circle : shape {
	NOINLINE void draw(unsigned int rounds) override
	{
		spin(rounds);
		KEEP_FRAME();
	}
};

struct group : shape {
	shape *first, *second;

	NOINLINE group(shape *a, shape *b) : first(a), second(b)
	{
		spin(100);
		KEEP_FRAME();
	}

	NOINLINE void draw(unsigned int rounds) override
	{
		first->draw(rounds);
		second->draw(rounds / 2);
		KEEP_FRAME();
	}
};

NOINLINE static void plain(shape *s)
{
	s->draw(3000);
	KEEP_FRAME();
}

NOINLINE static void nested(shape *s)
{
	circle extra;
	group pair(s, &extra);

	pair.draw(1500);
	KEEP_FRAME();
}

static void (*const volatile table[])(shape *) = { plain, nested };

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);
	circle a, b;
	group pair(&a, &b), tree(&pair, &a);
	std::function<void(int)> pick = [&tree](int i) {
		table[i & 1](&tree);
		KEEP_FRAME();
	};

	while (lbrplay_has_time(ms))
		for (int i = 0; i < 40; i++)
			pick(i);
	return 0;
}
