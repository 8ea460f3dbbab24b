/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks the table of saved machines, tests/data/machines/expected.tsv: each
 * folder's verdict, first closed gate and the exact text of what to do.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lbrvirt/guest.h>

#include "guest-probe/saved_suites.h"

enum { ROWS_MAX = 200, CELLS_MAX = 8 };

enum cell {
	CELL_KIND, /* "machine"; or "remedy", then its name and text */
	CELL_NAME,
	CELL_HYPERVISOR,
	CELL_TEXT = CELL_HYPERVISOR,
	CELL_VERDICT,
	CELL_STATUS,
	CELL_GATE,
	CELL_USER,
	CELL_ADMIN,
};

struct row {
	char *cells[CELLS_MAX]; /* NULL: the line had fewer */
};

static char table[32768];
static struct row remedies[ROWS_MAX];
static struct row machines[ROWS_MAX];
static int nr_remedies;
static int nr_machines;

static struct lbrvirt_context *ctx;
static struct lbrvirt_guest *guest;

static void find_path(const char *name, char *ret_path, size_t size)
{
	const char *top = getenv("top_srcdir");

	snprintf(ret_path, size, "%s/tests/data/machines/%s", top ? top : ".",
		 name);
}

static struct row split(char *line)
{
	struct row row = { { NULL } };
	char *save = NULL;
	char *cell = strtok_r(line, "\t", &save);

	for (size_t i = 0; cell && i < CELLS_MAX; i++) {
		row.cells[i] = cell;
		cell = strtok_r(NULL, "\t", &save);
	}
	return row;
}

static void take_line(char *line)
{
	struct row row;

	if (line[0] == '#' || line[0] == '\0')
		return;
	row = split(line);
	if (strcmp(row.cells[CELL_KIND], "remedy") == 0 && row.cells[CELL_TEXT])
		remedies[nr_remedies++ % ROWS_MAX] = row;
	else if (strcmp(row.cells[CELL_KIND], "machine") == 0 &&
		 row.cells[CELL_ADMIN])
		machines[nr_machines++ % ROWS_MAX] = row;
	else
		fprintf(stderr, "expected.tsv: %s: cells are missing\n",
			row.cells[CELL_NAME] ? row.cells[CELL_NAME] : "?");
}

/* Before the first test, which may run in a process of its own. */
static void read_table(void)
{
	char *rest = table;
	char *line;
	char path[4096];
	FILE *file;

	find_path("expected.tsv", path, sizeof(path));
	file = fopen(path, "r");
	if (!file) {
		perror(path);
		return;
	}
	table[fread(table, 1, sizeof(table) - 1, file)] = '\0';
	fclose(file);
	while ((line = strsep(&rest, "\n")))
		take_line(line);
}

static const struct row *find_row(const struct row *rows, int nr,
				  const char *name)
{
	for (int i = 0; i < nr; i++)
		if (strcmp(rows[i].cells[CELL_NAME], name) == 0)
			return &rows[i];
	return NULL;
}

/* The text that a cell stands for. */
static const char *find_remedy(const char *name)
{
	const struct row *row;

	if (strcmp(name, "-") == 0)
		return "";
	row = find_row(remedies, nr_remedies, name);
	ck_assert_msg(row != NULL, "there is no remedy %s", name);
	return row->cells[CELL_TEXT];
}

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	guest = NULL;
}

static void tear_down(void)
{
	lbrvirt_guest_free(guest);
	lbrvirt_context_free(ctx);
}

static void probe(const char *name)
{
	struct lbrvirt_guest_opts opts = { .size = sizeof(opts) };
	char path[4096];
	int err;

	find_path(name, path, sizeof(path));
	opts.sysroot = path;
	err = lbrvirt_guest_probe(ctx, &opts, &guest);
	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
}

static void assert_same(const struct row *row, const char *what,
			const char *got, const char *wanted)
{
	ck_assert_msg(strcmp(got, wanted) == 0,
		      "%s: %s is \"%s\", and should be \"%s\"",
		      row->cells[CELL_NAME], what, got, wanted);
}

static void assert_verdict(const struct row *row)
{
	static const char *const words[] = {
		[LBRVIRT_GUEST_OPEN] = "lbr",
		[LBRVIRT_GUEST_USER] = "user",
		[LBRVIRT_GUEST_ADMIN] = "admin",
		[LBRVIRT_GUEST_HARDWARE] = "hardware",
	};
	enum lbrvirt_guest_verdict verdict = lbrvirt_guest_verdict(guest);
	char status[16];

	assert_same(row, "verdict", words[verdict], row->cells[CELL_VERDICT]);
	snprintf(status, sizeof(status), "%d", (int)verdict);
	assert_same(row, "status", status, row->cells[CELL_STATUS]);
}

START_TEST(a_saved_machine_is_judged_as_the_table_says)
{
	const struct row *row = &machines[_i];
	const struct lbrvirt_gate *gate;

	probe(row->cells[CELL_NAME]);
	assert_same(row, "hypervisor",
		    lbrvirt_hypervisor_name(lbrvirt_guest_hypervisor(guest)),
		    row->cells[CELL_HYPERVISOR]);
	gate = lbrvirt_guest_first_closed(guest);
	assert_same(row, "gate", gate ? gate->name : "-",
		    row->cells[CELL_GATE]);
	assert_verdict(row);
	assert_same(row, "the user's remedy", gate ? gate->remedy_user : "",
		    find_remedy(row->cells[CELL_USER]));
	assert_same(row, "the host's remedy", gate ? gate->remedy_admin : "",
		    find_remedy(row->cells[CELL_ADMIN]));
}
END_TEST

START_TEST(every_folder_is_in_the_table_and_nothing_else)
{
	int nr_folders = 0;
	struct dirent *entry;
	char path[4096];
	DIR *folder;

	find_path("", path, sizeof(path));
	folder = opendir(path);
	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) {
		if (strchr(entry->d_name, '.')) /* files, "." and ".." */
			continue;
		ck_assert_msg(find_row(machines, nr_machines, entry->d_name) !=
				      NULL,
			      "%s is not in expected.tsv", entry->d_name);
		nr_folders++;
	}
	closedir(folder);
	ck_assert_int_eq(nr_folders, nr_machines);
	ck_assert_int_lt(nr_machines, ROWS_MAX);
	ck_assert_int_lt(nr_remedies, ROWS_MAX);
}
END_TEST

START_TEST(every_remedy_of_the_table_is_somebodys)
{
	for (int i = 0; i < nr_remedies; i++) {
		const char *name = remedies[i].cells[CELL_NAME];
		bool is_used = false;

		for (int m = 0; m < nr_machines; m++)
			is_used |= strcmp(machines[m].cells[CELL_USER], name) ==
					   0 ||
				   strcmp(machines[m].cells[CELL_ADMIN],
					  name) == 0;
		ck_assert_msg(is_used, "%s is nobody's", name);
	}
}
END_TEST

/* Each gate that can close the way is the first closed one somewhere. */
START_TEST(every_gate_closes_the_way_of_some_machine)
{
	probe("arm64");
	for (int id = 0; id < LBRVIRT_GATE_COUNT; id++) {
		const struct lbrvirt_gate *gate =
			lbrvirt_guest_gate(guest, (enum lbrvirt_gate_id)id);
		bool is_closed = gate->is_fact;

		for (int m = 0; m < nr_machines; m++)
			is_closed |= strcmp(machines[m].cells[CELL_GATE],
					    gate->name) == 0;
		ck_assert_msg(is_closed, "%s is closed nowhere", gate->name);
	}
}
END_TEST

Suite *machines_suite(void)
{
	Suite *suite = suite_create("machines");
	TCase *verdicts = tcase_create("verdicts");
	TCase *whole = tcase_create("table");

	read_table();
	tcase_add_checked_fixture(verdicts, set_up, tear_down);
	tcase_add_loop_test(verdicts,
			    a_saved_machine_is_judged_as_the_table_says, 0,
			    nr_machines);
	suite_add_tcase(suite, verdicts);

	tcase_add_checked_fixture(whole, set_up, tear_down);
	tcase_add_test(whole, every_folder_is_in_the_table_and_nothing_else);
	tcase_add_test(whole, every_remedy_of_the_table_is_somebodys);
	tcase_add_test(whole, every_gate_closes_the_way_of_some_machine);
	suite_add_tcase(suite, whole);
	return suite;
}
