/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files are found where the recording says, and used only if they are what was
 * recorded. The files are this program itself and copies of it.
 */
#include "config.h"

#include "process/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/dso.h"

static char folder[] = "dso-test-XXXXXX";
static char self[PATH_MAX];

static void set_up(void)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r -- '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct dso_table *make_table(const struct dso_table_opts *opts)
{
	struct dso_table *table;

	ck_assert_int_eq(dso_table_new(NULL, opts, &table), 0);
	return table;
}

static struct dso *add_path(struct dso_table *table, const char *path)
{
	const struct dso_key key = { .path = path };
	struct dso *dso;

	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	return dso;
}

/* Copy the first @size bytes of this program to a file in the folder. */
static void copy_self(const char *name, size_t size, char *ret_path)
{
	char buf[65536];
	int from = open(self, O_RDONLY | O_CLOEXEC);
	int to;

	snprintf(ret_path, PATH_MAX, "%s/%s", folder, name);
	to = open(ret_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ck_assert(from >= 0 && to >= 0);
	while (size) {
		size_t wanted = size < sizeof(buf) ? size : sizeof(buf);
		ssize_t n = read(from, buf, wanted);

		if (n <= 0)
			break;
		ck_assert_int_eq(write(to, buf, (size_t)n), n);
		size -= (size_t)n;
	}
	close(from);
	close(to);
}

START_TEST(names_tell_what_kind_a_mapping_is)
{
	struct dso_table *table = make_table(NULL);
	const struct dso_key kernel = { .path = "[kernel.kallsyms]_text",
					.is_kernel = true };
	struct dso *dso;

	ck_assert_int_eq((int)add_path(table, "/bin/sh")->kind, DSO_FILE);
	ck_assert_int_eq((int)add_path(table, "[vdso]")->kind, DSO_VDSO);
	ck_assert_int_eq((int)add_path(table, "//anon")->kind, DSO_ANON);
	ck_assert_int_eq((int)add_path(table, "[heap]")->kind, DSO_ANON);
	ck_assert_int_eq((int)add_path(table, "/memfd:jit (deleted)")->kind,
			 DSO_ANON);
	ck_assert_int_eq((int)add_path(table, "")->kind, DSO_ANON);
	ck_assert_int_eq(dso_table_add(table, &kernel, &dso), 0);
	ck_assert_int_eq((int)dso->kind, DSO_KERNEL);
	ck_assert_ptr_null(dso_elf(table, dso));
	dso_table_free(table);
}
END_TEST

START_TEST(files_are_one_if_path_and_identity_agree)
{
	const uint8_t one[20] = { 1 };
	const uint8_t two[20] = { 2 };
	struct dso_table *table = make_table(NULL);
	struct dso_key key = { .path = "/x", .device = 5, .inode = 1 };
	struct dso *by_inode;
	struct dso *dso;

	ck_assert_int_eq(dso_table_add(table, &key, &by_inode), 0);
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_eq(dso, by_inode);
	key.inode = 2;
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_ne(dso, by_inode);
	key.build_id = one;
	key.build_id_size = 20;
	ck_assert_int_eq(dso_table_add(table, &key, &by_inode), 0);
	key.inode = 3;
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_eq(dso, by_inode);
	key.build_id = two;
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_ne(dso, by_inode);
	ck_assert_uint_eq(dso_table_count(table), 4);
	ck_assert_ptr_eq(dso_table_at(table, dso->id), dso);
	dso_table_free(table);
}
END_TEST

START_TEST(the_file_is_opened_and_its_bytes_are_found)
{
	struct dso_table *table = make_table(NULL);
	struct dso *dso = add_path(table, self);
	const unsigned char *bytes;
	uint64_t vaddr;
	size_t size;

	ck_assert_ptr_nonnull(dso_elf(table, dso));
	ck_assert_str_eq(dso_file_path(table, dso), self);
	ck_assert(dso_vaddr(table, dso, 0, &vaddr));
	bytes = dso_bytes(table, dso, vaddr, 4, &size);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(size, 4);
	ck_assert_mem_eq(bytes, ELFMAG, SELFMAG);
	ck_assert_ptr_null(dso_bytes(table, dso, UINT64_MAX - 2, 4, &size));
	ck_assert(!dso_vaddr(table, dso, UINT64_MAX, &vaddr));
	ck_assert_int_ge(dso_fd(table, dso), 0);
	ck_assert(dso_is_reachable(table, dso));
	dso_table_free(table);
}
END_TEST

START_TEST(another_build_id_is_another_file)
{
	const uint8_t other[20] = { 0xab, 0xcd };
	const struct dso_table_opts opts = { .debug_dir = folder };
	struct dso_table *table = make_table(&opts);
	struct dso *right = add_path(table, self);
	struct dso_key key = { .path = self };
	struct dso *dso;

	ck_assert_ptr_nonnull(dso_elf(table, right));
	if (right->build_id_size == 0) {
		printf("skipped: this program has no build-id\n");
		dso_table_free(table);
		return;
	}
	key.build_id = other;
	key.build_id_size = right->build_id_size;
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_null(dso_elf(table, dso));
	key.build_id = right->build_id;
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_nonnull(dso_elf(table, dso));
	dso_table_free(table);
}
END_TEST

START_TEST(a_file_that_is_gone_comes_from_the_cache)
{
	const struct dso_table_opts opts = { .debug_dir = folder };
	struct dso_table *table = make_table(&opts);
	struct dso *dso = add_path(table, self);
	struct dso_key key = { .path = "/nowhere/at/all" };

	ck_assert_ptr_nonnull(dso_elf(table, dso));
	if (dso->build_id_size == 0) {
		printf("skipped: this program has no build-id\n");
		dso_table_free(table);
		return;
	}
	ck_assert_int_eq(dso_save_to_cache(table, dso), 0);
	ck_assert_int_eq(dso_save_to_cache(table, dso), 0);
	key.build_id = dso->build_id;
	key.build_id_size = dso->build_id_size;
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_nonnull(dso_elf(table, dso));
	ck_assert_ptr_nonnull(strstr(dso_file_path(table, dso), "/elf"));
	ck_assert(!dso_is_reachable(table, dso));
	dso_table_free(table);
}
END_TEST

START_TEST(symfs_is_a_root_that_links_do_not_leave)
{
	const struct dso_table_opts opts = { .symfs = folder,
					     .debug_dir = folder };
	struct dso_table *table = make_table(&opts);
	char path[PATH_MAX];

	copy_self("copy", SIZE_MAX, path);
	snprintf(path, sizeof(path), "%s/inside", folder);
	ck_assert_int_eq(symlink("/copy", path), 0);
	snprintf(path, sizeof(path), "%s/outside", folder);
	ck_assert_int_eq(symlink(self, path), 0);
	ck_assert_ptr_nonnull(dso_elf(table, add_path(table, "/copy")));
	ck_assert_ptr_nonnull(dso_elf(table, add_path(table, "/inside")));
	ck_assert_ptr_null(dso_elf(table, add_path(table, "/outside")));
	dso_table_free(table);
}
END_TEST

START_TEST(only_regular_elf_files_are_opened)
{
	const struct dso_table_opts opts = { .symfs = folder,
					     .debug_dir = folder };
	struct dso_table *table = make_table(&opts);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/pipe", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	copy_self("empty", 0, path);
	ck_assert_ptr_null(dso_elf(table, add_path(table, "/pipe")));
	ck_assert_ptr_null(dso_elf(table, add_path(table, "/empty")));
	ck_assert_ptr_null(dso_elf(table, add_path(table, "/")));
	dso_table_free(table);
}
END_TEST

/* Every segment of what is left must still lie within what is left. */
START_TEST(cut_files_give_no_bytes_beyond_their_end)
{
	static const size_t sizes[] = { 1,   16,  52,	64,    65,
					100, 300, 1000, 20000, 60000 };
	const struct dso_table_opts opts = { .symfs = folder,
					     .debug_dir = folder };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct dso_table *table = make_table(&opts);
		char path[PATH_MAX];
		struct dso *dso;

		copy_self("cut", sizes[i], path);
		dso = add_path(table, "/cut");
		for (uint64_t at = 0; at < 400000; at += 500) {
			const unsigned char *bytes;
			size_t size;
			uint64_t vaddr;

			if (dso_vaddr(table, dso, at, &vaddr))
				ck_assert_uint_lt(at, sizes[i]);
			bytes = dso_bytes(table, dso, at, 64, &size);
			if (bytes) {
				ck_assert_uint_ge(size, 1);
				ck_assert_uint_le(size, 64);
				/* The sanitizer watches these. */
				ck_assert_int_ge(bytes[0] + bytes[size - 1], 0);
			}
		}
		dso_table_free(table);
	}
}
END_TEST

START_TEST(the_vdso_is_our_own)
{
	struct dso_table *table = make_table(NULL);
	struct dso *dso = add_path(table, "[vdso]");
	GElf_Ehdr ehdr;

	ck_assert_ptr_nonnull(dso_elf(table, dso));
	ck_assert_ptr_nonnull(gelf_getehdr(dso_elf(table, dso), &ehdr));
	ck_assert_int_eq(ehdr.e_type, ET_DYN);
	ck_assert_uint_gt(dso->build_id_size, 0);
	dso_table_free(table);
}
END_TEST

/* The mapping of @path in our own process, as a live key. */
static void *map_file(const char *path, size_t size, struct dso_key *ret_key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct stat st;

	ck_assert(fd >= 0 && at != MAP_FAILED);
	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	*ret_key = (struct dso_key){
		.path = path,
		.device = st.st_dev,
		.inode = st.st_ino,
		.pid = getpid(),
		.start = (uint64_t)(uintptr_t)at,
		.end = (uint64_t)(uintptr_t)at + size,
	};
	return at;
}

START_TEST(a_deleted_file_is_opened_by_its_mapping)
{
	const struct dso_table_opts opts = { .is_live = true,
					     .debug_dir = folder };
	struct dso_table *table = make_table(&opts);
	char real[PATH_MAX];
	char path[PATH_MAX];
	char link[96];
	struct dso_key key;
	struct dso *dso;
	struct stat st;
	void *at;

	copy_self("gone", SIZE_MAX, path);
	ck_assert_ptr_nonnull(realpath(path, real));
	at = map_file(real, 4096, &key);
	ck_assert_int_eq(unlink(real), 0);
	snprintf(link, sizeof(link),
		 "/proc/self/map_files/%" PRIx64 "-%" PRIx64, key.start,
		 key.end);
	if (stat(link, &st) != 0) {
		printf("skipped: map_files: %s\n", strerror(errno));
	} else {
		ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
		ck_assert_ptr_nonnull(dso_elf(table, dso));
		ck_assert(!dso_is_reachable(table, dso));
	}
	munmap(at, 4096);
	dso_table_free(table);
}
END_TEST

START_TEST(a_file_put_in_its_place_is_not_taken_for_it)
{
	const struct dso_table_opts opts = { .is_live = true,
					     .debug_dir = folder };
	struct dso_table *table = make_table(&opts);
	char real[PATH_MAX];
	char path[PATH_MAX];
	struct dso_key key;
	struct dso *dso;
	void *at;

	copy_self("old", SIZE_MAX, path);
	copy_self("new", SIZE_MAX, path);
	ck_assert_ptr_nonnull(realpath(path, real));
	at = map_file(real, 4096, &key);
	munmap(at, 4096);
	snprintf(path, sizeof(path), "%s/old", folder);
	ck_assert_int_eq(rename(path, real), 0);
	/* The mapping is gone, and the path leads to another inode. */
	ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
	ck_assert_ptr_null(dso_elf(table, dso));
	dso_table_free(table);
}
END_TEST

/*
 * A recording that names one path with ever other inodes would have the file
 * read once for each; all of them are the one that is here.
 */
START_TEST(a_path_is_opened_a_few_times_whatever_is_recorded)
{
	struct dso_table *table = make_table(NULL);
	struct dso_key key = { .path = self };
	struct dso *dso = NULL;
	int nr_opened = 0;

	for (key.inode = 1; key.inode <= 1000; key.inode++) {
		ck_assert_int_eq(dso_table_add(table, &key, &dso), 0);
		nr_opened += dso_elf(table, dso) != NULL;
	}
	ck_assert_uint_eq(dso_table_count(table), 1000);
	ck_assert_int_eq(nr_opened, 64);
	dso_table_free(table);
}
END_TEST

Suite *dso_suite(void)
{
	Suite *suite = suite_create("mapped files");
	TCase *tcase = tcase_create("dso");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, names_tell_what_kind_a_mapping_is);
	tcase_add_test(tcase, files_are_one_if_path_and_identity_agree);
	tcase_add_test(tcase, the_file_is_opened_and_its_bytes_are_found);
	tcase_add_test(tcase, another_build_id_is_another_file);
	tcase_add_test(tcase, a_file_that_is_gone_comes_from_the_cache);
	tcase_add_test(tcase, symfs_is_a_root_that_links_do_not_leave);
	tcase_add_test(tcase, only_regular_elf_files_are_opened);
	tcase_add_test(tcase, cut_files_give_no_bytes_beyond_their_end);
	tcase_add_test(tcase, the_vdso_is_our_own);
	tcase_add_test(tcase, a_deleted_file_is_opened_by_its_mapping);
	tcase_add_test(tcase,
		       a_path_is_opened_a_few_times_whatever_is_recorded);
	tcase_add_test(tcase, a_file_put_in_its_place_is_not_taken_for_it);
	suite_add_tcase(suite, tcase);
	return suite;
}
