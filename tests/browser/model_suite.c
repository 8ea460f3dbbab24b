/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the browser's keys do, without a screen, on a profile with known shares:
 *
 *   start (10)
 *     main (9)
 *       work (6, 2 of its own)
 *         hot (4)
 *       cold (3)
 *         hot (3)
 *     work (1)
 *       work (1)
 *         cold (1)
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser/suites.h"
#include "browser_model.h"
#include "profile/program.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;
static struct browser_model model;
static struct browser_filter given; /* to refilter(); the texts are copied */
static char given_tids[32], given_dsos[64], given_time[64];
static unsigned int nr_refilters;
static bool is_refused;
static unsigned int nr_codes;

static size_t nr_events(void *arg)
{
	(void)arg;
	return 1;
}

static const char *event_name(void *arg, size_t event)
{
	(void)arg;
	(void)event;
	return "cpu-clock";
}

static struct lbrvirt_profile *profile_of(void *arg, size_t event)
{
	(void)arg;
	(void)event;
	return profile;
}

static const struct browser_thread *threads_of(void *arg, size_t *ret_nr)
{
	static const struct browser_thread threads[] = {
		{ .pid = 10, .tid = 11, .samples = 7, .comm = "worker" },
		{ .pid = 10, .tid = 10, .samples = 3, .comm = "main" },
	};

	(void)arg;
	*ret_nr = 2;
	return threads;
}

static const char *copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
	return from ? to : NULL;
}

static int refilter(void *arg, const struct browser_filter *filter,
		    char *ret_why, size_t why_size)
{
	(void)arg;
	nr_refilters++;
	if (is_refused) {
		snprintf(ret_why, why_size, "refused");
		return -EINVAL;
	}
	given.tids = copy(given_tids, sizeof(given_tids), filter->tids);
	given.dsos = copy(given_dsos, sizeof(given_dsos), filter->dsos);
	given.time = copy(given_time, sizeof(given_time), filter->time);
	return 0;
}

static int code_of(void *arg, size_t event, const char *symbol, const char *dso,
		   struct code_text *ret_code, char *ret_why, size_t why_size)
{
	(void)arg;
	(void)event;
	(void)dso;
	if (strcmp(symbol, "hot") != 0) {
		snprintf(ret_why, why_size, "no code of %s", symbol);
		return -ENOENT;
	}
	nr_codes++;
	*ret_code = (struct code_text){ .nr = 2, .hottest = 1 };
	ret_code->lines = calloc(2, sizeof(*ret_code->lines));
	ret_code->sums = strdup("7 samples");
	ck_assert_ptr_nonnull(ret_code->lines);
	ret_code->lines[0].text = strdup("}");
	ret_code->lines[0].percent = -1;
	ret_code->lines[1].text = strdup("spin();");
	ret_code->lines[1].numbers = strdup(" 75.0%");
	ret_code->lines[1].percent = 75;
	return 0;
}

static struct browser_source source = {
	.title = "test",
	.nr_events = nr_events,
	.event_name = event_name,
	.profile = profile_of,
	.threads = threads_of,
	.refilter = refilter,
	.code = code_of,
};

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	profile = program_profile(ctx, NULL);
	program_samples(profile, 4,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_WORK,
			      FUNCTION_HOT));
	program_samples(profile, 2,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_WORK));
	program_samples(profile, 3,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_COLD,
			      FUNCTION_HOT));
	program_samples(profile, 1,
			STACK(FUNCTION_START, FUNCTION_WORK, FUNCTION_WORK,
			      FUNCTION_COLD));
	given = (struct browser_filter){ NULL, NULL, NULL };
	nr_refilters = 0;
	nr_codes = 0;
	source.is_live = false;
	is_refused = false;
	ck_assert_int_eq(browser_model_init(&model, &source), 0);
	browser_model_resize(&model, 20);
}

static void tear_down(void)
{
	browser_model_fini(&model);
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}

static void press(int key)
{
	ck_assert_int_eq(browser_model_key(&model, key), 1);
}

static void type(const char *text)
{
	for (; *text != '\0'; text++)
		press((unsigned char)*text);
}

/* The rows as "start 0 main 1": names and depths. */
static void check_rows(const char *wanted)
{
	char text[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < model.rows.nr && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s %u", i ? " " : "",
					 model.rows.rows[i].symbol,
					 model.rows.rows[i].depth);
	ck_assert_str_eq(text, wanted);
}

static const struct browser_row *at_cursor(void)
{
	ck_assert_uint_lt(model.cursor, model.rows.nr);
	return &model.rows.rows[model.cursor];
}

START_TEST(the_tree_begins_unfolded_to_where_the_ways_part)
{
	check_rows("start 0 main 1 work 1");
	ck_assert_uint_eq(model.cursor, 0);
	ck_assert(browser_model_percent(&model, at_cursor()->total) == 100.0);
}
END_TEST

START_TEST(right_unfolds_left_folds_and_goes_to_the_caller)
{
	press(BROWSER_KEY_DOWN);
	press(BROWSER_KEY_RIGHT);
	check_rows("start 0 main 1 work 2 cold 2 work 1");
	press(BROWSER_KEY_DOWN);
	ck_assert_str_eq(at_cursor()->symbol, "work");
	press(BROWSER_KEY_LEFT);
	ck_assert_str_eq(at_cursor()->symbol, "main");
	press(BROWSER_KEY_LEFT);
	check_rows("start 0 main 1 work 1");
	press(BROWSER_KEY_LEFT);
	ck_assert_str_eq(at_cursor()->symbol, "start");
	press(BROWSER_KEY_ENTER);
	check_rows("start 0");
}
END_TEST

START_TEST(plus_unfolds_all_below_and_minus_folds_it_again)
{
	press('+');
	check_rows("start 0 main 1 work 2 hot 3 cold 2 hot 3 "
		   "work 1 work 2 cold 3");
	press('-');
	check_rows("start 0");
}
END_TEST

START_TEST(the_list_is_by_self_or_by_total)
{
	press('f');
	check_rows("hot 0 work 0 cold 0 start 0 main 0");
	press('s');
	check_rows("start 0 main 0 hot 0 work 0 cold 0");
	ck_assert_uint_gt(at_cursor()->total, 0);
}
END_TEST

START_TEST(callers_and_callees_are_of_the_function_under_the_cursor)
{
	press('f');
	ck_assert_str_eq(at_cursor()->symbol, "hot");
	press('r');
	ck_assert_int_eq(model.here.page, BROWSER_CALLERS);
	check_rows("hot 0 work 1 cold 1");
	press(BROWSER_KEY_DOWN);
	press('c');
	ck_assert_int_eq(model.here.page, BROWSER_CALLEES);
	ck_assert_str_eq(model.here.symbol, "work");
	press(BROWSER_KEY_BACKSPACE);
	ck_assert_int_eq(model.here.page, BROWSER_CALLERS);
	ck_assert_str_eq(at_cursor()->symbol, "work");
	press(BROWSER_KEY_ESCAPE);
	ck_assert_int_eq(model.here.page, BROWSER_FLAT);
	ck_assert_str_eq(at_cursor()->symbol, "hot");
}
END_TEST

START_TEST(a_search_unfolds_the_way_and_goes_around)
{
	press('/');
	type("HOT");
	press(BROWSER_KEY_ENTER);
	check_rows("start 0 main 1 work 2 hot 3 cold 2 work 1");
	ck_assert_uint_eq(model.cursor, 3);
	press('n');
	check_rows("start 0 main 1 work 2 hot 3 cold 2 hot 3 work 1");
	ck_assert_uint_eq(model.cursor, 5);
	press('n');
	ck_assert_uint_eq(model.cursor, 3);
	press('N');
	ck_assert_uint_eq(model.cursor, 5);
	press('N');
	ck_assert_uint_eq(model.cursor, 3);
}
END_TEST

START_TEST(a_search_in_vain_says_so_and_moves_nothing)
{
	press(BROWSER_KEY_DOWN);
	press('/');
	type("nosuch");
	press(BROWSER_KEY_BACKSPACE);
	press(BROWSER_KEY_ENTER);
	ck_assert_ptr_nonnull(strstr(model.message, "'nosuc'"));
	ck_assert_uint_eq(model.cursor, 1);
	press('/');
	type("hot");
	press(BROWSER_KEY_ESCAPE);
	ck_assert_int_eq(model.prompt, BROWSER_PROMPT_NONE);
	ck_assert_uint_eq(model.cursor, 1);
}
END_TEST

START_TEST(filters_add_up_until_all_is_shown_again)
{
	press('p');
	ck_assert_uint_eq(model.rows.nr, 3);
	press(BROWSER_KEY_DOWN);
	press(BROWSER_KEY_ENTER);
	ck_assert_str_eq(given.tids, "11");
	ck_assert_int_eq(model.here.page, BROWSER_TREE);
	press('d');
	press(BROWSER_KEY_DOWN);
	press(BROWSER_KEY_ENTER);
	ck_assert_ptr_nonnull(given.dsos);
	ck_assert_str_eq(given.tids, "11");
	press('i');
	type("10%-20%");
	press(BROWSER_KEY_ENTER);
	ck_assert_str_eq(given.time, "10%-20%");
	ck_assert_uint_eq(nr_refilters, 3);
	press('p');
	press(BROWSER_KEY_ENTER); /* all */
	ck_assert_ptr_null(given.tids);
	ck_assert_ptr_nonnull(given.time);
	press('x');
	ck_assert_ptr_null(given.dsos);
	ck_assert_ptr_null(given.time);
}
END_TEST

START_TEST(a_refused_filter_is_not_kept)
{
	is_refused = true;
	press('i');
	type("soon");
	press(BROWSER_KEY_ENTER);
	ck_assert_str_eq(model.message, "refused");
	ck_assert_ptr_null(model.time);
	check_rows("start 0 main 1 work 1");
}
END_TEST

START_TEST(code_is_shown_at_its_hottest_line)
{
	press('a');
	ck_assert_str_eq(model.message, "no code of start");
	ck_assert_int_eq(model.here.page, BROWSER_TREE);
	press('f');
	press('a');
	ck_assert_int_eq(model.here.page, BROWSER_CODE);
	ck_assert_uint_eq(model.rows.nr, 2);
	ck_assert_str_eq(at_cursor()->symbol, "spin();");
	press(BROWSER_KEY_BACKSPACE);
	ck_assert_int_eq(model.here.page, BROWSER_FLAT);
	ck_assert(!model.has_code);
}
END_TEST

START_TEST(code_is_made_anew_when_its_samples_change)
{
	press('f');
	press('a');
	ck_assert_uint_eq(nr_codes, 1);
	press('i');
	type("1,2");
	press(BROWSER_KEY_ENTER);
	ck_assert_uint_eq(nr_codes, 2);
	press('x');
	ck_assert_uint_eq(nr_codes, 3);
	press('j');
	ck_assert_uint_eq(nr_codes, 3);
}
END_TEST

START_TEST(code_leads_to_its_callers_and_back)
{
	press('f');
	press('a');
	press('r');
	ck_assert_int_eq(model.here.page, BROWSER_CALLERS);
	ck_assert_str_eq(model.here.symbol, "hot");
	press('a');
	press(BROWSER_KEY_BACKSPACE);
	ck_assert_int_eq(model.here.page, BROWSER_CALLERS);
	press(BROWSER_KEY_BACKSPACE);
	ck_assert_int_eq(model.here.page, BROWSER_CODE);
	ck_assert_uint_eq(model.rows.nr, 2);
}
END_TEST

START_TEST(code_moves_to_the_left_and_right)
{
	press('f');
	press('a');
	press(BROWSER_KEY_LEFT);
	ck_assert_uint_eq(model.shift, 0);
	press(BROWSER_KEY_RIGHT);
	ck_assert_uint_eq(model.shift, 8);
	press(BROWSER_KEY_LEFT);
	ck_assert_uint_eq(model.shift, 0);
}
END_TEST

START_TEST(the_cursor_stays_on_its_function_when_samples_come)
{
	press('+');
	press(BROWSER_KEY_DOWN);
	press(BROWSER_KEY_DOWN);
	press(BROWSER_KEY_DOWN);
	press(BROWSER_KEY_DOWN);
	ck_assert_str_eq(at_cursor()->symbol, "cold");
	/* Cold overtakes work. */
	program_samples(profile, 20,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_COLD));
	ck_assert_int_eq(browser_model_refresh(&model), 0);
	check_rows("start 0 main 1 cold 2 hot 3 work 2 hot 3 "
		   "work 1 work 2 cold 3");
	ck_assert_uint_eq(model.cursor, 2);
}
END_TEST

START_TEST(live_the_first_row_stays_the_cursor_s)
{
	source.is_live = true;
	press('f');
	ck_assert_uint_eq(model.cursor, 0);
	ck_assert_str_eq(at_cursor()->symbol, "hot");
	program_samples(profile, 20,
			STACK(FUNCTION_START, FUNCTION_MAIN, FUNCTION_COLD));
	ck_assert_int_eq(browser_model_refresh(&model), 0);
	ck_assert_uint_eq(model.cursor, 0);
	ck_assert_str_eq(at_cursor()->symbol, "cold");
}
END_TEST

START_TEST(the_cursor_never_leaves_the_rows_nor_the_screen)
{
	static const int keys[] = { BROWSER_KEY_DOWN,
				    BROWSER_KEY_UP,
				    BROWSER_KEY_PAGE_DOWN,
				    BROWSER_KEY_PAGE_UP,
				    BROWSER_KEY_END,
				    BROWSER_KEY_HOME,
				    '+',
				    '-',
				    'f',
				    't',
				    BROWSER_KEY_ENTER,
				    BROWSER_KEY_LEFT,
				    BROWSER_KEY_RIGHT,
				    'n',
				    'N',
				    's',
				    'r',
				    'c',
				    'a',
				    'e',
				    'p',
				    'd',
				    '?',
				    BROWSER_KEY_BACKSPACE,
				    BROWSER_KEY_ESCAPE,
				    'x',
				    'z',
				    ' ',
				    '/',
				    'h',
				    'o',
				    't',
				    1,
				    0x20ac,
				    BROWSER_KEY_RESIZE,
				    BROWSER_KEY_NONE };
	uint32_t random = 3;

	for (unsigned int i = 0; i < 50000; i++) {
		random = random * 1664525u + 1013904223u;
		browser_model_resize(&model, (random >> 20) % 8);
		press(keys[(random >> 8) % (sizeof(keys) / sizeof(keys[0]))]);
		if (!model.rows.nr)
			continue;
		ck_assert_uint_lt(model.cursor, model.rows.nr);
		ck_assert_uint_le(model.top, model.cursor);
		ck_assert_uint_lt(model.cursor, model.top + model.height);
	}
}
END_TEST

START_TEST(q_and_a_hangup_end_it)
{
	ck_assert_int_eq(browser_model_key(&model, 'q'), 0);
	press('/');
	press('q');
	ck_assert_str_eq(model.typed, "q");
	ck_assert_int_eq(browser_model_key(&model, BROWSER_KEY_HANGUP), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, the_tree_begins_unfolded_to_where_the_ways_part);
	tcase_add_test(tcase, right_unfolds_left_folds_and_goes_to_the_caller);
	tcase_add_test(tcase, plus_unfolds_all_below_and_minus_folds_it_again);
	tcase_add_test(tcase, the_list_is_by_self_or_by_total);
	tcase_add_test(
		tcase,
		callers_and_callees_are_of_the_function_under_the_cursor);
	tcase_add_test(tcase, a_search_unfolds_the_way_and_goes_around);
	tcase_add_test(tcase, a_search_in_vain_says_so_and_moves_nothing);
	tcase_add_test(tcase, filters_add_up_until_all_is_shown_again);
	tcase_add_test(tcase, a_refused_filter_is_not_kept);
	tcase_add_test(tcase, code_is_shown_at_its_hottest_line);
	tcase_add_test(tcase, code_is_made_anew_when_its_samples_change);
	tcase_add_test(tcase, code_leads_to_its_callers_and_back);
	tcase_add_test(tcase, code_moves_to_the_left_and_right);
	tcase_add_test(tcase,
		       the_cursor_stays_on_its_function_when_samples_come);
	tcase_add_test(tcase, live_the_first_row_stays_the_cursor_s);
	tcase_add_test(tcase, the_cursor_never_leaves_the_rows_nor_the_screen);
	tcase_add_test(tcase, q_and_a_hangup_end_it);
}

Suite *model_suite(void)
{
	Suite *suite = suite_create("browser_model");
	TCase *tcase = tcase_create("model");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
