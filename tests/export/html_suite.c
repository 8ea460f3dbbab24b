/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page as text, and the tree within; what a browser makes of it is shown in
 * browser/page.py.
 */
#include "config.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "export/html_tree.h"
#include "export/suites.h"
#include "profile/program.h"

#define ABOUT	"<script type=\"application/json\" id=\"about\">"
#define PACKED	"<script type=\"text/plain\" id=\"profile\">"
#define ENDING	"</script>"
#define ESCAPER "</script><script>x</script><!--<script>"

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;
static struct html_tree tree;
static char *page;

static void set_up(void)
{
	const struct lbrvirt_profile_opts opts = { .size = sizeof(opts),
						   .has_parts = true };

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, &opts);
	memset(&tree, 0, sizeof(tree));
	page = NULL;
}

static void tear_down(void)
{
	free(page);
	html_tree_fini(&tree);
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}

static void make_tree(void)
{
	ck_assert_int_eq(html_tree_init(&tree), 0);
	ck_assert_int_eq(html_tree_add(&tree, profile), 0);
	ck_assert_int_eq(html_tree_finish(&tree), 0);
}

static const char *name_of(size_t node)
{
	return tree.functions[tree.nodes[node].function].symbol;
}

START_TEST(paths_share_the_nodes_they_have_in_common)
{
	const struct program_sample elsewhere = {
		.stack = STACK(FUNCTION_MAIN, FUNCTION_HOT),
		.offset = 8,
	};

	program_samples(profile, 2, STACK(FUNCTION_MAIN, FUNCTION_HOT));
	program_sample(profile, &elsewhere);
	program_samples(profile, 3, STACK(FUNCTION_MAIN, FUNCTION_COLD));
	make_tree();
	ck_assert_uint_eq(tree.nr_nodes, 4);
	ck_assert_str_eq(name_of(1), "main");
	ck_assert_uint_eq(tree.nodes[1].up, 0);
	ck_assert_str_eq(name_of(2), "hot");
	ck_assert_uint_eq(tree.nodes[2].up, 0);
	ck_assert_str_eq(name_of(3), "cold");
	ck_assert_uint_eq(tree.nodes[3].up, 1);
	ck_assert_uint_eq(tree.nr_rows, 2);
	ck_assert_uint_eq(tree.rows[0].node, 2);
	ck_assert_uint_eq(tree.rows[0].samples, 3);
	ck_assert_uint_eq(tree.rows[1].node, 3);
	ck_assert_uint_eq(tree.rows[1].samples, 3);
}
END_TEST

START_TEST(a_row_is_of_one_thread_on_one_cpu)
{
	struct program_sample sample = {
		.stack = STACK(FUNCTION_MAIN),
		.tid = 5,
		.cpu = 1,
		.period = 10,
	};

	program_sample(profile, &sample);
	program_sample(profile, &sample);
	sample.cpu = 2;
	program_sample(profile, &sample);
	sample.tid = 6;
	program_sample(profile, &sample);
	make_tree();
	ck_assert_uint_eq(tree.nr_threads, 2);
	ck_assert_uint_eq(tree.nr_rows, 3);
	ck_assert_uint_eq(tree.threads[tree.rows[0].thread].tid, 5);
	ck_assert_uint_eq(tree.rows[0].cpu, 1);
	ck_assert_uint_eq(tree.rows[0].samples, 2);
	ck_assert_uint_eq(tree.rows[0].period, 20);
	ck_assert_uint_eq(tree.rows[1].cpu, 2);
	ck_assert_uint_eq(tree.threads[tree.rows[2].thread].tid, 6);
}
END_TEST

START_TEST(parts_follow_a_range_in_percent)
{
	const struct lbrvirt_profile_opts opts = {
		.size = sizeof(opts),
		.time = "0%-50%",
		.has_parts = true,
	};
	struct program_sample sample = { .stack = STACK(FUNCTION_MAIN) };

	lbrvirt_profile_free(profile);
	profile = program_profile(ctx, &opts);
	for (uint64_t i = 0; i <= 10; i++) {
		sample.time_ns = (1 + i) * NS_PER_SEC;
		program_sample(profile, &sample);
	}
	make_tree();
	ck_assert_uint_eq(tree.nr_rows, 1);
	ck_assert_uint_eq(tree.rows[0].samples,
			  lbrvirt_profile_totals(profile)->samples);
	ck_assert_uint_lt(tree.rows[0].samples, 11);
}
END_TEST

START_TEST(without_parts_a_process_stands_for_its_threads)
{
	struct program_sample sample = { .stack = STACK(FUNCTION_MAIN),
					 .tid = 5 };

	lbrvirt_profile_free(profile);
	profile = program_profile(ctx, NULL);
	program_comm(profile, 5, "same");
	program_comm(profile, 6, "same");
	program_sample(profile, &sample);
	sample.tid = 6;
	program_sample(profile, &sample);
	make_tree();
	ck_assert_uint_eq(tree.nr_rows, 1);
	ck_assert_uint_eq(tree.nr_threads, 1);
	ck_assert_uint_eq(tree.threads[0].pid, program_pid());
	ck_assert_uint_eq(tree.rows[0].cpu, PARTS_NO_CPU);
	ck_assert_uint_eq(tree.rows[0].samples, 2);
}
END_TEST

static void write_page(const struct lbrvirt_html_opts *opts)
{
	size_t size;
	FILE *out = open_memstream(&page, &size);

	ck_assert_int_eq(lbrvirt_export_html(profile, opts, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_eq(strlen(page), size);
}

static size_t count_of(const char *word)
{
	size_t nr = 0;

	for (const char *p = page; (p = strstr(p, word)); p += strlen(word))
		nr++;
	return nr;
}

/* What stands between @start and the end of its element, as a copy. */
static char *element(const char *start)
{
	const char *from = strstr(page, start);
	const char *end;

	ck_assert_ptr_nonnull(from);
	from += strlen(start);
	end = strstr(from, ENDING);
	ck_assert_ptr_nonnull(end);
	return strndup(from, (size_t)(end - from));
}

static struct json_object *about(void)
{
	char *text = element(ABOUT);
	struct json_object *root = json_tokener_parse(text);

	ck_assert_ptr_nonnull(root);
	free(text);
	return root;
}

static uint64_t number(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(object, key, &value),
		      "there is no \"%s\"", key);
	return json_object_get_uint64(value);
}

START_TEST(no_text_ends_the_element_it_stands_in)
{
	const struct lbrvirt_html_opts opts = {
		.size = sizeof(opts),
		.title = ESCAPER,
		.stack_source = ESCAPER,
	};
	struct json_object *root;
	struct json_object *title = NULL;

	program_comm(profile, program_pid(), ESCAPER);
	program_samples(profile, 1, STACK(FUNCTION_HOSTILE));
	write_page(&opts);
	ck_assert_uint_eq(count_of("<script"), 3);
	ck_assert_uint_eq(count_of("</script"), 3);
	root = about();
	ck_assert(json_object_object_get_ex(root, "title", &title));
	ck_assert_str_eq(json_object_get_string(title), ESCAPER);
	json_object_put(root);
}
END_TEST

static unsigned char digit_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	ck_assert_msg(at && c, "'%c' is no digit of base64", c);
	return (unsigned char)(at - digits);
}

/* The packed bytes as they were, in @ret_bytes; returns how many. */
static size_t unpack(unsigned char *ret_bytes, size_t room)
{
	char *text = element(PACKED);
	size_t length = strlen(text);
	unsigned char *bytes = malloc(length + 1);
	uLongf size = room;
	size_t nr = 0;
	uint32_t bits = 0;

	ck_assert_uint_eq(length % 4, 0);
	for (size_t i = 0; i < length && text[i] != '='; i++) {
		bits = bits << 6 | digit_of(text[i]);
		if (i % 4)
			bytes[nr++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	ck_assert_int_eq(uncompress(ret_bytes, &size, bytes, nr), Z_OK);
	free(bytes);
	free(text);
	return size;
}

static uint64_t take_number(const unsigned char **at)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	do {
		value |= (uint64_t)(**at & 0x7f) << shift;
		shift += 7;
	} while (*(*at)++ & 0x80);
	return value;
}

static void take_text(const unsigned char **at, const char *wanted)
{
	uint64_t size = take_number(at);

	ck_assert_uint_eq(size, strlen(wanted));
	ck_assert_mem_eq(*at, wanted, size);
	*at += size;
}

START_TEST(the_packed_columns_come_out_as_they_went_in)
{
	const struct program_sample sample = {
		.stack = STACK(FUNCTION_MAIN, FUNCTION_HOT),
		.cpu = 3,
		.period = 1ull << 40,
	};
	/* Nodes: up 0, 0; functions main, hot; both frames of a call chain.
	 * The row: node 2, thread 0, CPU 3, 1 sample. */
	unsigned char bytes[256];
	const unsigned char *at = bytes;
	struct json_object *root;
	size_t size;

	program_sample(profile, &sample);
	write_page(NULL);
	root = about();
	ck_assert_uint_eq(number(root, "nr_dsos"), 1);
	ck_assert_uint_eq(number(root, "nr_functions"), 2);
	ck_assert_uint_eq(number(root, "nr_threads"), 1);
	ck_assert_uint_eq(number(root, "nr_nodes"), 3);
	ck_assert_uint_eq(number(root, "nr_rows"), 1);
	json_object_put(root);

	size = unpack(bytes, sizeof(bytes));
	take_text(&at, "//anon");
	ck_assert_uint_eq(take_number(&at), 0);
	take_text(&at, "main");
	ck_assert_uint_eq(take_number(&at), 0);
	take_text(&at, "hot");
	ck_assert_uint_eq(take_number(&at), program_pid());
	ck_assert_uint_eq(take_number(&at), program_pid());
	take_text(&at, "program");
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(take_number(&at), 0);
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(take_number(&at), i);
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_ge(*at++, HTML_TREE_CALLED);
	ck_assert_uint_eq(take_number(&at), 2);
	ck_assert_uint_eq(take_number(&at), 0);
	ck_assert_uint_eq(take_number(&at), 4);
	ck_assert_uint_eq(take_number(&at), 1);
	ck_assert_uint_eq(take_number(&at), 1ull << 40);
	ck_assert_uint_eq((size_t)(at - bytes), size);
}
END_TEST

/* A column of a comparison's nodes: all, main, and the two it calls. */
static void take_column(const unsigned char **at, uint64_t all, uint64_t cold,
			uint64_t hot)
{
	const uint64_t wanted[] = { all, all, cold, hot };

	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(take_number(at), wanted[i]);
}

static void write_diff(struct lbrvirt_profile *before,
		       const struct lbrvirt_html_opts *opts)
{
	struct lbrvirt_diff *diff;
	size_t size;
	FILE *out = open_memstream(&page, &size);

	ck_assert_int_eq(lbrvirt_diff_new(before, profile, NULL, &diff), 0);
	ck_assert_int_eq(lbrvirt_export_diff_html(diff, opts, NULL, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(lbrvirt_export_diff_html(NULL, NULL, NULL, stdout),
			 -EINVAL);
	ck_assert_int_eq(lbrvirt_export_diff_html(diff, NULL, NULL, NULL),
			 -EINVAL);
	lbrvirt_diff_free(diff);
}

START_TEST(a_comparison_has_both_sides_and_what_they_were_found_to_be)
{
	const struct lbrvirt_html_opts opts = { .size = sizeof(opts),
						.title = ESCAPER };
	struct lbrvirt_profile *before = program_profile(ctx, NULL);
	struct json_object *root;
	struct json_object *side = NULL;
	unsigned char bytes[256];
	const unsigned char *at = bytes;
	size_t size;

	program_samples(before, 100, STACK(FUNCTION_MAIN, FUNCTION_HOT));
	program_samples(before, 900, STACK(FUNCTION_MAIN, FUNCTION_COLD));
	program_samples(profile, 600, STACK(FUNCTION_MAIN, FUNCTION_HOT));
	program_samples(profile, 400, STACK(FUNCTION_MAIN, FUNCTION_COLD));
	write_diff(before, &opts);
	root = about();
	ck_assert_uint_eq(count_of("<script"), 3);
	ck_assert_uint_eq(number(root, "nr_threads"), 0);
	ck_assert_uint_eq(number(root, "nr_nodes"), 4);
	ck_assert(json_object_object_get_ex(root, "before", &side));
	ck_assert(json_object_object_get_ex(side, "totals", &side));
	ck_assert_uint_eq(number(side, "samples"), 1000);
	ck_assert(json_object_object_get_ex(root, "diff", &side));
	ck_assert(json_object_object_get_ex(side, "path_tests", &side));
	ck_assert_uint_eq(number(side, "changed"), 2);
	json_object_put(root);

	/* Functions as the comparison lists them; nodes by their larger total:
	 * cold before hot, which are above main and that above all. */
	size = unpack(bytes, sizeof(bytes));
	take_text(&at, "//anon");
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "cold", "hot", "main" };

		ck_assert_uint_eq(take_number(&at), 0);
		take_text(&at, names[i]);
	}
	ck_assert_uint_eq(take_number(&at), 0);
	ck_assert_uint_eq(take_number(&at), 0);
	ck_assert_uint_eq(take_number(&at), 1);
	ck_assert_uint_eq(take_number(&at), 2);
	ck_assert_uint_eq(take_number(&at), 0);
	ck_assert_uint_eq(take_number(&at), 1);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(*at++, HTML_TREE_CALLED);
	take_column(&at, LBRVIRT_DIFF_NOISE, LBRVIRT_DIFF_LESS,
		    LBRVIRT_DIFF_MORE);
	take_column(&at, 0, 900, 100);
	take_column(&at, 0, 400, 600);
	take_column(&at, 0, 900, 100);
	take_column(&at, 0, 400, 600);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(take_number(&at), LBRVIRT_DIFF_LESS);
		ck_assert_uint_eq(take_number(&at), LBRVIRT_DIFF_MORE);
		ck_assert_uint_eq(take_number(&at), LBRVIRT_DIFF_NOISE);
	}
	ck_assert_uint_eq((size_t)(at - bytes), size);
	lbrvirt_profile_free(before);
}
END_TEST

START_TEST(an_empty_profile_is_a_page_too)
{
	struct json_object *root;

	write_page(NULL);
	root = about();
	ck_assert_uint_eq(number(root, "nr_nodes"), 1);
	ck_assert_uint_eq(number(root, "nr_rows"), 0);
	json_object_put(root);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(lbrvirt_export_html(profile, NULL, full), -EIO);
	fclose(full);
}
END_TEST

START_TEST(arguments_are_checked)
{
	const struct lbrvirt_html_opts small = { .size = 1 };

	ck_assert_int_eq(lbrvirt_export_html(NULL, NULL, stdout), -EINVAL);
	ck_assert_int_eq(lbrvirt_export_html(profile, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_export_html(profile, &small, stdout), -EINVAL);
}
END_TEST

Suite *html_suite(void)
{
	Suite *suite = suite_create("html");
	TCase *nodes = tcase_create("tree");
	TCase *text = tcase_create("page");

	tcase_add_checked_fixture(nodes, set_up, tear_down);
	tcase_add_test(nodes, paths_share_the_nodes_they_have_in_common);
	tcase_add_test(nodes, a_row_is_of_one_thread_on_one_cpu);
	tcase_add_test(nodes, parts_follow_a_range_in_percent);
	tcase_add_test(nodes, without_parts_a_process_stands_for_its_threads);
	suite_add_tcase(suite, nodes);

	tcase_add_checked_fixture(text, set_up, tear_down);
	tcase_add_test(text, no_text_ends_the_element_it_stands_in);
	tcase_add_test(text, the_packed_columns_come_out_as_they_went_in);
	tcase_add_test(
		text,
		a_comparison_has_both_sides_and_what_they_were_found_to_be);
	tcase_add_test(text, an_empty_profile_is_a_page_too);
	tcase_add_test(text, a_full_disk_is_an_error);
	tcase_add_test(text, arguments_are_checked);
	suite_add_tcase(suite, text);
	return suite;
}
