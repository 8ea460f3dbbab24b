/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What administrators say: the words, and the file that must be theirs alone.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pv/assertion.h"
#include "pv/host.h"
#include "pv/suites.h"

#define NOBODY 65534

static struct lbrvirt_context *ctx;
static char folder[] = "assertion-XXXXXX";
static char path[64];
static struct pv_paths paths;
static struct host host;
static struct lbrvirt_pv *pv;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	strcpy(folder, "assertion-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/lbrvirt.conf", folder);
	paths = (struct pv_paths){ .conf = path,
				   .state_dir = "/nonexistent/run" };
	host_init(&host);
	pv = NULL;
}

static void tear_down(void)
{
	lbrvirt_pv_free(pv);
	host_fini(&host);
	unlink(path);
	rmdir(folder);
	lbrvirt_context_free(ctx);
}

static void write_conf(const char *text, size_t size, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static int look(enum lbrvirt_pv_mode mode)
{
	const struct lbrvirt_pv_opts opts = { .size = sizeof(opts),
					      .mode = mode };

	lbrvirt_pv_free(pv);
	pv = NULL;
	return pv_status_on(ctx, host_machine(&host), &paths, &opts, &pv);
}

static void assert_look(void)
{
	int err = look(LBRVIRT_PV_AUTO);

	ck_assert_msg(err == 0, "%d: %s", err, lbrvirt_context_error(ctx));
}

static void assert_says(const char *words)
{
	ck_assert_msg(strstr(lbrvirt_context_error(ctx), words) != NULL,
		      "\"%s\" is not in: %s", words,
		      lbrvirt_context_error(ctx));
}

/* What the file says counts for root's alone, so only root can make one. */
static bool is_root(void)
{
	return geteuid() == 0;
}

struct text {
	const char *text;
	enum lbrvirt_pv_mode mode;
	uint32_t bit;
	uint32_t msr;
};

static const struct text texts[] = {
	{ "auto", LBRVIRT_PV_AUTO, 0, 0 },
	{ "off", LBRVIRT_PV_OFF, 0, 0 },
	{ "assume", LBRVIRT_PV_ASSUME, 0, 0 },
	{ "force", LBRVIRT_PV_FORCE, 0, 0 },
	{ "assume,bit=18", LBRVIRT_PV_ASSUME, 18, 0 },
	{ "assume,bit=0x1f", LBRVIRT_PV_ASSUME, 31, 0 },
	{ "force,msr=0x4b564d09,bit=1", LBRVIRT_PV_FORCE, 1, 0x4b564d09 },
	{ "assume,msr=1263947013", LBRVIRT_PV_ASSUME, 0, 0x4b564d05 },
	{ "assume,msr=0x4b564dff", LBRVIRT_PV_ASSUME, 0, 0x4b564dff },
};

START_TEST(words_are_understood)
{
	struct lbrvirt_pv_opts opts = { .size = 7, .cpus = "0" };

	ck_assert_int_eq(lbrvirt_pv_parse(ctx, texts[_i].text, &opts), 0);
	ck_assert_int_eq(strncmp(texts[_i].text,
				 lbrvirt_pv_mode_name(opts.mode),
				 strlen(lbrvirt_pv_mode_name(opts.mode))),
			 0);
	ck_assert_int_eq(opts.mode, texts[_i].mode);
	ck_assert_uint_eq(opts.bit, texts[_i].bit);
	ck_assert_uint_eq(opts.msr, texts[_i].msr);
	/* The rest is the caller's. */
	ck_assert_uint_eq(opts.size, 7);
	ck_assert_str_eq(opts.cpus, "0");
}
END_TEST

static const char *const no_texts[] = {
	"",
	",",
	"yes",
	"Assume",
	"assume ",
	"assume,",
	"assume,bit",
	"assume,bit=",
	"assume,bit=0",
	"assume,bit=32",
	"assume,bit=-1",
	"assume,bit=+12",
	"assume,bit=12x",
	"assume,bit= 12",
	"assume,bit=4294967308",
	"assume,bit=99999999999999999999",
	"assume,msr=0x",
	"assume,msr=0x345",
	"assume,msr=0x4b564d00",
	"assume,msr=0x4b564d08",
	"assume,msr=0x4b564e00",
	"assume,word=12",
	"bit=12",
	"assume,bit=12,,msr=0x4b564d05",
};

START_TEST(other_words_are_refused)
{
	struct lbrvirt_pv_opts opts = { .bit = 7 };

	ck_assert_int_eq(lbrvirt_pv_parse(ctx, no_texts[_i], &opts), -EINVAL);
	ck_assert_str_ne(lbrvirt_context_error(ctx), "");
	ck_assert_uint_eq(opts.bit, 7);
	ck_assert_int_eq(opts.mode, 0);
}
END_TEST

START_TEST(without_a_file_nothing_is_asserted)
{
	assert_look();
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_AMBIGUOUS);
	ck_assert_str_eq(lbrvirt_pv_assertion(pv)->source, "");
	ck_assert_uint_eq(lbrvirt_pv_assertion(pv)->bit, 12);
	ck_assert_uint_eq(lbrvirt_pv_assertion(pv)->msr, 0x4b564d05);
}
END_TEST

START_TEST(a_line_of_the_file_asserts_it)
{
	static const char text[] = "# this host is ours\n"
				   "\n"
				   "\t pv=assume , "
				   "\n";
	static const char good[] = "# this host is ours\r\n"
				   "\n"
				   "\t pv  =  assume,bit=12  # of 2018\r\n";
	char source[128];

	/* A comma too many is not passed over. */
	write_conf(text, strlen(text), 0644);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EBADMSG);
	write_conf(good, strlen(good), 0644);
	assert_look();
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_LBR);
	snprintf(source, sizeof(source), "%s line 3", path);
	ck_assert_str_eq(lbrvirt_pv_assertion(pv)->source, source);
	ck_assert_ptr_nonnull(strstr(lbrvirt_pv_text(pv), source));
}
END_TEST

START_TEST(a_line_without_an_end_counts)
{
	write_conf("pv = force", 10, 0600);
	assert_look();
	ck_assert_int_eq(lbrvirt_pv_assertion(pv)->mode, LBRVIRT_PV_FORCE);
}
END_TEST

START_TEST(an_empty_file_asserts_nothing)
{
	write_conf("", 0, 0644);
	assert_look();
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_AMBIGUOUS);
	ck_assert_str_eq(lbrvirt_pv_assertion(pv)->source, "");
}
END_TEST

START_TEST(the_command_line_wins)
{
	write_conf("pv = assume,bit=18\n", 19, 0644);
	ck_assert_int_eq(look(LBRVIRT_PV_ASSUME), 0);
	ck_assert_uint_eq(lbrvirt_pv_assertion(pv)->bit, 12);
	ck_assert_str_eq(lbrvirt_pv_assertion(pv)->source, "--pv");
	ck_assert_int_eq(look(LBRVIRT_PV_OFF), 0);
	ck_assert_int_eq(lbrvirt_pv_verdict(pv), LBRVIRT_PV_AMBIGUOUS);
	ck_assert_int_eq(lbrvirt_pv_assertion(pv)->mode, LBRVIRT_PV_OFF);
}
END_TEST

struct line {
	const char *text;
	const char *words; /* of the error, with the line's number */
};

static const struct line lines[] = {
	{ "pv\n", ":1: \"pv\" is not KEY = VALUE" },
	{ "\npv = yes\n", ":2: \"yes\" is none of" },
	{ "pv = assume,bit=40\n", ":1: bit 40 is out of range" },
	{ "#\n#\npw = off\n", ":3: there is no setting \"pw\"" },
	{ "= assume\n", ":1: there is no setting \"\"" },
	{ "pv =\n", ":1: \"\" is none of" },
	{ "pv = off\npv = assume\n", ":2: pv was set in line 1" },
	{ "\x7f\x45\x4c\x46\n", ":1: " },
};

START_TEST(a_broken_line_is_named)
{
	write_conf(lines[_i].text, strlen(lines[_i].text), 0644);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EBADMSG);
	ck_assert_ptr_null(pv);
	assert_says(lines[_i].words);
	assert_says(path);
}
END_TEST

START_TEST(a_nul_does_not_hide_the_rest)
{
	write_conf("\0pv = force\n", 12, 0644);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EBADMSG);
	assert_says("not a text");
}
END_TEST

START_TEST(a_large_file_is_refused)
{
	char *text = malloc(65537);

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', 65537);
	write_conf(text, 65536, 0644);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), 0);
	write_conf(text, 65537, 0644);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EBADMSG);
	assert_says("larger than");
	free(text);
}
END_TEST

static const mode_t loose[] = { 0664, 0646, 0666, 0620, 0602 };

START_TEST(a_file_that_others_may_write_is_refused)
{
	write_conf("pv = force\n", 11, loose[_i]);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EACCES);
	ck_assert_ptr_null(pv);
	assert_says("sudo chmod go-w");
	assert_says(path);
	/* --pv does not depend on it. */
	ck_assert_int_eq(look(LBRVIRT_PV_ASSUME), 0);
}
END_TEST

START_TEST(a_file_that_is_not_roots_is_refused)
{
	write_conf("pv = force\n", 11, 0644);
	if (is_root())
		ck_assert_int_eq(chown(path, NOBODY, 0), 0);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EACCES);
	assert_says("sudo chown root");
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed)
{
	char target[80];

	write_conf("pv = force\n", 11, 0644);
	snprintf(target, sizeof(target), "%s/real.conf", folder);
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(symlink("real.conf", path), 0);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EACCES);
	assert_says("symbolic link");
	unlink(target);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EACCES);
	assert_says("not a regular file");
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(look(LBRVIRT_PV_AUTO), -EACCES);
	rmdir(path);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add_tests_of_root(TCase *file)
{
	if (!is_root()) {
		printf("skipped: only root can make a file that counts\n");
		return;
	}
	tcase_add_test(file, a_line_of_the_file_asserts_it);
	tcase_add_test(file, a_line_without_an_end_counts);
	tcase_add_test(file, an_empty_file_asserts_nothing);
	tcase_add_test(file, a_nul_does_not_hide_the_rest);
	tcase_add_test(file, a_large_file_is_refused);
	tcase_add_loop_test(file, a_broken_line_is_named, 0, COUNT(lines));
	tcase_add_loop_test(file, a_file_that_others_may_write_is_refused, 0,
			    COUNT(loose));
}

Suite *assertion_suite(void)
{
	Suite *suite = suite_create("assertion");
	TCase *words = tcase_create("words");
	TCase *file = tcase_create("file");

	tcase_add_checked_fixture(words, set_up, tear_down);
	tcase_add_loop_test(words, words_are_understood, 0, COUNT(texts));
	tcase_add_loop_test(words, other_words_are_refused, 0, COUNT(no_texts));
	suite_add_tcase(suite, words);

	tcase_add_checked_fixture(file, set_up, tear_down);
	tcase_add_test(file, without_a_file_nothing_is_asserted);
	tcase_add_test(file, the_command_line_wins);
	tcase_add_test(file, a_file_that_is_not_roots_is_refused);
	tcase_add_test(file, a_symbolic_link_is_not_followed);
	tcase_add_test(file, what_is_no_file_is_refused);
	add_tests_of_root(file);
	suite_add_tcase(suite, file);
	return suite;
}
