/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Maps of JIT compilers: good lines count, others do not, and a file is only
 * read if its owner may be believed.
 */
#include "config.h"

#include "symbol/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbol/perf_map.h"

static void parse(struct perf_map *map, const char *text)
{
	memset(map, 0, sizeof(*map));
	ck_assert_int_eq(buffer_append(&map->text, text, strlen(text) + 1), 0);
	map->text.size--;
	ck_assert_int_eq(perf_map_parse(map), 0);
}

static const char *text_at(const struct perf_map *map, uint64_t address)
{
	const struct name *name = names_find(&map->names, address);

	return name ? name->text : "none";
}

START_TEST(lines_name_their_addresses)
{
	struct perf_map map;

	parse(&map, "1000 20 first\n"
		    "0x2000 0x10 second one, with blanks\n"
		    "3000 10 last");
	ck_assert_str_eq(text_at(&map, 0x101f), "first");
	ck_assert_str_eq(text_at(&map, 0x1020), "none");
	ck_assert_str_eq(text_at(&map, 0x2000), "second one, with blanks");
	ck_assert_str_eq(text_at(&map, 0x3001), "last");
	perf_map_fini(&map);
}
END_TEST

START_TEST(of_two_lines_for_an_address_the_later_holds)
{
	struct perf_map map;

	parse(&map, "1000 20 interpreted_for_long\n1000 20 compiled\n");
	ck_assert_str_eq(text_at(&map, 0x1000), "compiled");
	perf_map_fini(&map);
}
END_TEST

START_TEST(bad_lines_are_passed_over)
{
	struct perf_map map;

	parse(&map, "\n \n1000\n1000 \n1000 20\n1000 20 \nxyz 10 a\n1000 zz a\n"
		    "1000 0 empty\nffffffffffffffff 20 wraps\n"
		    "10000000000000000000 10 too_big\n1000 -1 negative\n"
		    "2000 10 good\n"
		    "3000 10 with\x1b[31mescape\n");
	ck_assert_str_eq(text_at(&map, 0x1000), "none");
	ck_assert_str_eq(text_at(&map, 0x2000), "good");
	ck_assert_str_eq(text_at(&map, 0x3000), "with?[31mescape");
	ck_assert_uint_eq(map.names.nr, 2);
	perf_map_fini(&map);
}
END_TEST

static void write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

START_TEST(the_map_of_a_process_is_found)
{
	struct perf_map map;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	unlink(path);
	write_map(path, "1000 20 jitted\n");
	ck_assert_int_eq(perf_map_init(&map, getpid()), 0);
	unlink(path);
	ck_assert_str_eq(text_at(&map, 0x1010), "jitted");
	perf_map_fini(&map);
}
END_TEST

START_TEST(links_and_pipes_are_not_followed)
{
	struct perf_map map;
	char path[64], other[80];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	snprintf(other, sizeof(other), "%s.target", path);
	unlink(path);
	unlink(other);
	write_map(other, "1000 20 elsewhere\n");
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(perf_map_init(&map, getpid()), 0);
	ck_assert_str_eq(text_at(&map, 0x1010), "none");
	perf_map_fini(&map);
	unlink(path);
	unlink(other);

	ck_assert_int_eq(mkfifo(path, 0644), 0);
	ck_assert_int_eq(perf_map_init(&map, getpid()), 0);
	ck_assert_uint_eq(map.names.nr, 0);
	perf_map_fini(&map);
	unlink(path);
}
END_TEST

#define NOBODY 65534

START_TEST(another_users_map_is_not_believed)
{
	struct perf_map map;
	char path[64];

	if (geteuid() != 0) {
		printf("another_users_map_is_not_believed: skipped, giving a file away takes root\n");
		return;
	}
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	unlink(path);
	write_map(path, "1000 20 planted\n");
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
	ck_assert_int_eq(perf_map_init(&map, getpid()), 0);
	unlink(path);
	ck_assert_str_eq(text_at(&map, 0x1010), "none");
	perf_map_fini(&map);
}
END_TEST

START_TEST(the_owner_of_the_process_is_believed)
{
	struct perf_map map;
	char path[64], byte;
	int ready[2];
	pid_t pid;

	if (geteuid() != 0) {
		printf("the_owner_of_the_process_is_believed: skipped, becoming another user takes root\n");
		return;
	}
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(NOBODY) || setuid(NOBODY) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)pid);
	unlink(path);
	write_map(path, "1000 20 jitted\n");
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
	ck_assert_int_eq(perf_map_init(&map, pid), 0);
	unlink(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	ck_assert_str_eq(text_at(&map, 0x1010), "jitted");
	perf_map_fini(&map);
}
END_TEST

Suite *perf_map_suite(void)
{
	Suite *suite = suite_create("perf_map");
	TCase *lines = tcase_create("lines");
	TCase *files = tcase_create("files");

	tcase_add_test(lines, lines_name_their_addresses);
	tcase_add_test(lines, of_two_lines_for_an_address_the_later_holds);
	tcase_add_test(lines, bad_lines_are_passed_over);
	suite_add_tcase(suite, lines);
	tcase_add_test(files, the_map_of_a_process_is_found);
	tcase_add_test(files, links_and_pipes_are_not_followed);
	tcase_add_test(files, another_users_map_is_not_believed);
	tcase_add_test(files, the_owner_of_the_process_is_believed);
	suite_add_tcase(suite, files);
	return suite;
}
