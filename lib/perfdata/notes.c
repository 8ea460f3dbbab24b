/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A handful of named texts, kept in the order of their first setting.
 */
#include "config.h"

#include "perfdata/notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* More are nobody's notes, and finding one takes a look at each. */
#define NOTES_MAX 256

void notes_fini(struct notes *notes)
{
	for (size_t i = 0; i < notes->nr; i++) {
		free(notes->names[i]);
		free(notes->texts[i]);
	}
	free(notes->names);
	free(notes->texts);
	memset(notes, 0, sizeof(*notes));
}

static size_t find(const struct notes *notes, const char *name)
{
	size_t i = 0;

	while (i < notes->nr && strcmp(notes->names[i], name) != 0)
		i++;
	return i;
}

static int reserve_one(struct notes *notes)
{
	size_t names_capacity = notes->capacity;
	size_t texts_capacity = notes->capacity;
	void *names = notes->names;
	void *texts = notes->texts;
	int err;

	err = array_reserve(&names, &names_capacity, notes->nr + 1,
			    sizeof(char *));
	notes->names = names;
	if (err)
		return err;
	err = array_reserve(&texts, &texts_capacity, notes->nr + 1,
			    sizeof(char *));
	notes->texts = texts;
	if (err)
		return err;
	notes->capacity = texts_capacity;
	return 0;
}

int notes_set(struct notes *notes, const char *name, const char *text)
{
	size_t i = find(notes, name);
	char *new_name = NULL;
	char *new_text;

	if (i == NOTES_MAX)
		return 0;
	new_text = strdup(text);
	if (!new_text)
		return -ENOMEM;
	if (i == notes->nr) {
		new_name = strdup(name);
		if (!new_name || reserve_one(notes)) {
			free(new_name);
			free(new_text);
			return -ENOMEM;
		}
		notes->names[i] = new_name;
		notes->nr++;
	} else {
		free(notes->texts[i]);
	}
	notes->texts[i] = new_text;
	return 0;
}

const char *notes_get(const struct notes *notes, const char *name)
{
	size_t i = find(notes, name);

	return i < notes->nr ? notes->texts[i] : NULL;
}
