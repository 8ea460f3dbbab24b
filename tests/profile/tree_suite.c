/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call trees: every sample once on every level it reaches, and the flat list
 * and the tree of one profile say the same.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "profile/program.h"
#include "profile/suites.h"

static struct lbrvirt_context *ctx;
static struct lbrvirt_profile *profile;

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
}

static void tear_down(void)
{
	program_end();
	lbrvirt_profile_free(profile);
	lbrvirt_context_free(ctx);
}

static const struct lbrvirt_profile_node *
tree_of(enum lbrvirt_profile_tree which, const char *symbol)
{
	const struct lbrvirt_profile_node *root = NULL;

	ck_assert_int_eq(lbrvirt_profile_tree(profile, which, symbol, &root),
			 0);
	return root;
}

/* The child of that name; there must be one. */
static const struct lbrvirt_profile_node *
child(const struct lbrvirt_profile_node *node, const char *symbol)
{
	for (size_t i = 0; i < node->nr_children; i++)
		if (strcmp(node->children[i]->symbol, symbol) == 0)
			return node->children[i];
	ck_abort_msg("%s has no child %s", node->symbol, symbol);
	return NULL;
}

static uint64_t sum_self(const struct lbrvirt_profile_node *node,
			 const char *symbol)
{
	uint64_t sum = strcmp(node->symbol, symbol) == 0 ? node->self : 0;

	for (size_t i = 0; i < node->nr_children; i++)
		sum += sum_self(node->children[i], symbol);
	return sum;
}

static void check_sums(const struct lbrvirt_profile_node *node)
{
	uint64_t sum = node->self;

	for (size_t i = 0; i < node->nr_children; i++) {
		sum += node->children[i]->total;
		if (i)
			ck_assert_uint_le(node->children[i]->total_period,
					  node->children[i - 1]->total_period);
		check_sums(node->children[i]);
	}
	ck_assert_uint_eq(sum, node->total);
}

START_TEST(the_calls_tree_goes_from_the_root_to_the_leaves)
{
	const struct lbrvirt_profile_node *root =
		tree_of(LBRVIRT_TREE_CALLS, NULL);
	const struct lbrvirt_profile_node *main_node;

	ck_assert_str_eq(root->symbol, "all");
	ck_assert_uint_eq(root->total, 10);
	ck_assert_uint_eq(root->nr_children, 1);
	main_node = child(child(root, "start"), "main");
	ck_assert_uint_eq(main_node->total, 9);
	ck_assert_uint_eq(child(main_node, "work")->total, 6);
	ck_assert_uint_eq(child(main_node, "work")->self, 2);
	ck_assert_uint_eq(child(child(main_node, "cold"), "hot")->self, 3);
}
END_TEST

START_TEST(every_total_is_the_self_and_the_children)
{
	check_sums(tree_of(LBRVIRT_TREE_CALLS, NULL));
	check_sums(tree_of(LBRVIRT_TREE_CALLEES, "main"));
}
END_TEST

START_TEST(the_flat_list_equals_the_sums_over_the_tree)
{
	const struct lbrvirt_profile_node *root =
		tree_of(LBRVIRT_TREE_CALLS, NULL);
	const struct lbrvirt_profile_symbol *symbols;
	uint64_t all = 0;
	size_t nr;

	ck_assert_int_eq(lbrvirt_profile_symbols(profile, &symbols, &nr), 0);
	for (size_t i = 0; i < nr; i++) {
		ck_assert_uint_eq(sum_self(root, symbols[i].symbol),
				  symbols[i].self);
		all += symbols[i].self;
	}
	ck_assert_uint_eq(all, 10);
}
END_TEST

START_TEST(callers_go_upwards_from_a_symbol)
{
	const struct lbrvirt_profile_node *root =
		tree_of(LBRVIRT_TREE_CALLERS, "hot");

	ck_assert_str_eq(root->symbol, "hot");
	ck_assert_uint_eq(root->total, 7);
	ck_assert_uint_eq(root->self, 7);
	ck_assert_uint_eq(root->nr_children, 2);
	ck_assert_str_eq(root->children[0]->symbol, "work");
	ck_assert_uint_eq(root->children[0]->total, 4);
	ck_assert_uint_eq(child(root, "cold")->total, 3);
	ck_assert_uint_eq(
		child(child(child(root, "cold"), "main"), "start")->total, 3);
}
END_TEST

START_TEST(callees_go_downwards_from_the_outermost_call)
{
	const struct lbrvirt_profile_node *root =
		tree_of(LBRVIRT_TREE_CALLEES, "work");

	ck_assert_uint_eq(root->total, 7);
	ck_assert_uint_eq(root->self, 2);
	ck_assert_uint_eq(child(root, "hot")->total, 4);
	ck_assert_uint_eq(child(child(root, "work"), "cold")->self, 1);
}
END_TEST

START_TEST(around_a_recursion_the_root_has_the_symbols_total)
{
	const struct lbrvirt_profile_symbol *s = program_find(profile, "work");

	ck_assert_uint_eq(tree_of(LBRVIRT_TREE_CALLERS, "work")->total,
			  s->total);
	ck_assert_uint_eq(tree_of(LBRVIRT_TREE_CALLEES, "work")->total,
			  s->total);
	ck_assert_uint_eq(tree_of(LBRVIRT_TREE_CALLERS, "work")->self, s->self);
}
END_TEST

START_TEST(an_unknown_symbol_has_no_tree)
{
	const struct lbrvirt_profile_node *root;

	ck_assert_int_eq(lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLERS,
					      "nobody", &root),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "nobody"));
	ck_assert_int_eq(lbrvirt_profile_tree(profile, LBRVIRT_TREE_CALLERS,
					      NULL, &root),
			 -EINVAL);
}
END_TEST

START_TEST(trees_stay_as_long_as_nothing_is_added)
{
	const struct lbrvirt_profile_node *calls =
		tree_of(LBRVIRT_TREE_CALLS, NULL);
	const struct lbrvirt_profile_node *callers =
		tree_of(LBRVIRT_TREE_CALLERS, "hot");

	ck_assert_ptr_eq(tree_of(LBRVIRT_TREE_CALLS, NULL), calls);
	ck_assert_ptr_eq(tree_of(LBRVIRT_TREE_CALLERS, "hot"), callers);
	ck_assert_uint_eq(calls->total, 10);
}
END_TEST

Suite *tree_suite(void)
{
	Suite *suite = suite_create("trees");
	TCase *tc = tcase_create("trees");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, the_calls_tree_goes_from_the_root_to_the_leaves);
	tcase_add_test(tc, every_total_is_the_self_and_the_children);
	tcase_add_test(tc, the_flat_list_equals_the_sums_over_the_tree);
	tcase_add_test(tc, callers_go_upwards_from_a_symbol);
	tcase_add_test(tc, callees_go_downwards_from_the_outermost_call);
	tcase_add_test(tc, around_a_recursion_the_root_has_the_symbols_total);
	tcase_add_test(tc, an_unknown_symbol_has_no_tree);
	tcase_add_test(tc, trees_stay_as_long_as_nothing_is_added);
	suite_add_tcase(suite, tc);
	return suite;
}
