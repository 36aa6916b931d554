#include <string.h>

#include "core/pattern.h"
#include "core/pattern_literal.h"
#include "core/pattern_trie.h"
#include "tap.h"

/* A set with one group of these expressions, frozen. */
static struct pattern_set *set_of(const char *const *expressions, size_t count) {
    struct pattern_set *set = NULL;
    uint32_t group = PATTERN_NONE;
    ck_assert_int_eq(pattern_set_create(&set, NULL), ESI_OK);
    ck_assert_int_eq(pattern_group(set, &group, NULL), ESI_OK);
    ck_assert_uint_eq(group, 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(pattern_add(set, group, expressions[i], "here", NULL) == ESI_OK, "%s",
                      expressions[i]);
    }
    ck_assert_int_eq(pattern_freeze(set, NULL), ESI_OK);
    return set;
}

static bool find_in(const struct pattern_set *set, const char *text, size_t from,
                    struct pattern_match *out) {
    struct pattern_scan *scan = NULL;
    ck_assert_int_eq(pattern_scan_create(set, &scan, NULL), ESI_OK);
    pattern_scan_text(scan, view_of(text));
    const bool found = pattern_scan_find(scan, 0, from, out);
    pattern_scan_free(scan);
    return found;
}

static bool matches(const char *expression, const char *text) {
    struct pattern_set *set = set_of(&expression, 1);
    struct pattern_match m;
    const bool found = find_in(set, text, 0, &m);
    pattern_set_free(set);
    return found;
}

START_TEST(the_first_match_of_a_group_is_found) {
    const char *const expressions[] = {"\\bwipe (?:the )?disk\\b", "\\bdelete\\b"};
    struct pattern_set *set = set_of(expressions, 2);
    struct pattern_match m;
    ck_assert(find_in(set, "please delete it, then wipe the disk", 0, &m));
    ck_assert_uint_eq(m.from, 7);
    ck_assert_uint_eq(m.to, 13);
    ck_assert(!m.limit);
    pattern_set_free(set);
}
END_TEST

START_TEST(a_search_goes_on_from_where_it_is_told) {
    const char *const expressions[] = {"\\bwipe (?:the )?disk\\b", "\\bdelete\\b"};
    struct pattern_set *set = set_of(expressions, 2);
    struct pattern_match m;
    ck_assert(find_in(set, "please delete it, then wipe the disk", 13, &m));
    ck_assert_uint_eq(m.from, 23);
    ck_assert_uint_eq(m.to, 36);
    ck_assert(!find_in(set, "please delete it, then wipe the disk", 24, &m));
    pattern_set_free(set);
}
END_TEST

START_TEST(of_two_matches_at_one_place_the_longer_is_given) {
    const char *const expressions[] = {"read", "read the file"};
    struct pattern_set *set = set_of(expressions, 2);
    struct pattern_match m;
    ck_assert(find_in(set, "i read the file", 0, &m));
    ck_assert_uint_eq(m.to, 15);
    pattern_set_free(set);
}
END_TEST

START_TEST(a_group_without_its_literals_costs_nothing) {
    const char *const expressions[] = {"\\b(?:wipe|delete) .{0,40}\\bdisk\\b"};
    struct pattern_set *set = set_of(expressions, 1);
    struct pattern_scan *scan = NULL;
    struct pattern_match m;
    ck_assert_int_eq(pattern_scan_create(set, &scan, NULL), ESI_OK);
    pattern_scan_text(scan, VIEW("delete my account")); /* one of the two clauses only */
    ck_assert(!pattern_scan_maybe(scan, 0));
    ck_assert(!pattern_scan_find(scan, 0, 0, &m));
    ck_assert_uint_eq(pattern_scan_steps(scan), 0);
    pattern_scan_text(scan, VIEW("delete my disk"));
    ck_assert(pattern_scan_maybe(scan, 0));
    ck_assert(pattern_scan_find(scan, 0, 0, &m));
    ck_assert_uint_gt(pattern_scan_steps(scan), 0);
    pattern_scan_free(scan);
    pattern_set_free(set);
}
END_TEST

/* What the automaton lets through must be all that PCRE2 would match. */
START_TEST(no_form_of_an_expression_is_lost_by_its_literals) {
    static const struct {
        const char *expression, *text;
    } rows[] = {
        {"colou?r", "the color"},
        {"colou?r", "the colour"},
        {"ab{0,1}c", "xacx"},
        {"ab{0}c", "ac"},
        {"(?:show|print)?me", "me"},
        {"(?:show |print )*me", "print show me"},
        {"x+yz", "xxxyz"},
        {"a|b", "b"},
        {"(?:foo|[0-9]+)bar", "12bar"},
        {"\\d{4}", "in 2026"},
        {"[^a-z]end", " end"},
        {"[]a]end", "]end"},
        {"[[:alpha:]]end", "qend"},
        {"[\\]x]end", "]end"},
        {"\\bfoo\\b|\\bbar\\b", "a bar"},
        {"foo(?=bar)", "foobar"},
        {"(?<!x)foo", "a foo"},
        {"(?<=the )foo", "the foo"},
        {"(?i)FOO", "foo"},
        {"FOO", "foo"},
        {"\\Qa.b\\E", "a.b"},
        {"(?<name>foo)bar", "foobar"},
        {"(?#words)foo", "foo"},
        {"\\.\\*\\?", "x.*?x"},
        {"\\x{66}oo", "foo"},
        {"\\p{Lu}?oo", "zoo"},
        {"(?:(?:ab){2}){2}", "abababab"},
        {"(?:|foo)bar", "bar"},
        {"密码.{0,4}什么", "请问密码是什么"},
        {"(?:密码|口令)是", "口令是"},
        {"a{2,}b", "caab"},
        {"logs? .{0,20}\\Kwipe it", "the log and wipe it"},
        {"(?:very ){0,2}long literal that is cut", "very long literal that is cut"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(matches(rows[i].expression, rows[i].text), "%s in %s", rows[i].expression,
                      rows[i].text);
    }
}
END_TEST

START_TEST(case_does_not_count) {
    ck_assert(matches("Ignore", "please IGNORE it"));
}
END_TEST

START_TEST(a_match_may_begin_behind_what_it_needs) {
    const char *const expressions[] = {"\\blogs?\\b.{0,40}?\\Kwipe"};
    struct pattern_set *set = set_of(expressions, 1);
    struct pattern_match m;
    ck_assert(find_in(set, "the log: wipe it", 0, &m));
    ck_assert_uint_eq(m.from, 9);
    ck_assert_uint_eq(m.to, 13);
    ck_assert(!find_in(set, "wipe it", 0, &m));
    pattern_set_free(set);
}
END_TEST

START_TEST(a_bad_expression_is_refused_with_reason_and_place) {
    struct pattern_set *set = NULL;
    uint32_t group = 0;
    esi_error err = {0};
    ck_assert_int_eq(pattern_set_create(&set, NULL), ESI_OK);
    ck_assert_int_eq(pattern_group(set, &group, NULL), ESI_OK);
    ck_assert_int_eq(pattern_add(set, group, "abc(", "file:3: rule \"x\"", &err), ESI_EPOLICY);
    ck_assert_ptr_eq(strstr(err.message, "file:3: rule \"x\": "), err.message);
    ck_assert_ptr_nonnull(strstr(err.message, "missing closing parenthesis"));
    ck_assert_ptr_nonnull(strstr(err.message, "character 5"));
    pattern_set_free(set);
}
END_TEST

START_TEST(an_expression_that_is_too_long_is_refused) {
    struct pattern_set *set = NULL;
    uint32_t group = 0;
    char *expression = malloc(PATTERN_LENGTH_MAX + 2);
    ck_assert_ptr_nonnull(expression);
    memset(expression, 'a', PATTERN_LENGTH_MAX + 1);
    expression[PATTERN_LENGTH_MAX + 1] = '\0';
    ck_assert_int_eq(pattern_set_create(&set, NULL), ESI_OK);
    ck_assert_int_eq(pattern_group(set, &group, NULL), ESI_OK);
    ck_assert_int_eq(pattern_add(set, group, expression, "x", NULL), ESI_ETOOBIG);
    pattern_set_free(set);
    free(expression);
}
END_TEST

START_TEST(a_runaway_expression_ends_at_its_limit_and_says_so) {
    const char *const expressions[] = {"go(?:a+)+b"};
    struct pattern_set *set = set_of(expressions, 1);
    struct pattern_match m;
    ck_assert(find_in(set, "goaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac b", 0, &m));
    ck_assert(m.limit);
    ck_assert_uint_eq(m.from, 0);
    pattern_set_free(set);
}
END_TEST

START_TEST(the_steps_of_one_text_are_capped_in_sum) {
    const char *const expressions[] = {"(?:[a-z]+ ?)+[0-9]", "go(?:[a-z]+ ?)+[0-9]"};
    struct pattern_set *set = set_of(expressions, 2);
    struct pattern_scan *scan = NULL;
    char *text = malloc(60001);
    struct pattern_match m;
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < 60000; i++) {
        text[i] = "go away "[i % 8];
    }
    text[60000] = '\0';
    ck_assert_int_eq(pattern_scan_create(set, &scan, NULL), ESI_OK);
    pattern_scan_text(scan, view_of(text));
    ck_assert(pattern_scan_find(scan, 0, 0, &m));
    ck_assert(m.limit);
    ck_assert_uint_le(pattern_scan_steps(scan), PATTERN_STEPS_MAX);
    pattern_scan_free(scan);
    pattern_set_free(set);
    free(text);
}
END_TEST

START_TEST(text_that_is_not_utf8_counts_as_a_limit) {
    const char *const expressions[] = {"foo"};
    struct pattern_set *set = set_of(expressions, 1);
    struct pattern_match m;
    ck_assert(find_in(set, "bar \xff", 0, &m));
    ck_assert(m.limit);
    pattern_set_free(set);
}
END_TEST

START_TEST(different_expressions_are_counted_once_each) {
    const char *const expressions[] = {"one", "two", "three"};
    struct pattern_set *set = set_of(expressions, 3);
    struct pattern_scan *scan = NULL;
    struct pattern_match m;
    ck_assert_int_eq(pattern_scan_create(set, &scan, NULL), ESI_OK);
    pattern_scan_text(scan, VIEW("two two one two"));
    ck_assert_uint_eq(pattern_scan_different(scan, 0, 3, &m), 2);
    ck_assert_uint_eq(m.from, 8);
    ck_assert_uint_eq(pattern_scan_different(scan, 0, 1, &m), 1);
    pattern_scan_free(scan);
    pattern_set_free(set);
}
END_TEST

START_TEST(a_scan_is_used_for_one_text_after_the_other) {
    const char *const expressions[] = {"needle"};
    struct pattern_set *set = set_of(expressions, 1);
    struct pattern_scan *scan = NULL;
    struct pattern_match m;
    ck_assert_int_eq(pattern_scan_create(set, &scan, NULL), ESI_OK);
    pattern_scan_text(scan, VIEW("a needle"));
    ck_assert(pattern_scan_find(scan, 0, 0, &m));
    pattern_scan_text(scan, VIEW("nothing"));
    ck_assert(!pattern_scan_find(scan, 0, 0, &m));
    pattern_scan_text(scan, VIEW("needle"));
    ck_assert(pattern_scan_find(scan, 0, 0, &m));
    ck_assert_uint_eq(m.from, 0);
    pattern_scan_free(scan);
    pattern_set_free(set);
}
END_TEST

START_TEST(a_text_full_of_literals_is_searched_to_its_end) {
    const char *const expressions[] = {"ab(?=c)"};
    struct pattern_set *set = set_of(expressions, 1);
    char text[8003];
    struct pattern_match m;
    for (size_t i = 0; i < 8000; i++) {
        text[i] = "ab"[i % 2];
    }
    memcpy(text + 8000, "c", 2);
    ck_assert(find_in(set, text, 0, &m));
    ck_assert(!m.limit);
    ck_assert_uint_eq(m.from, 7998);
    pattern_set_free(set);
}
END_TEST

/* ---- what an expression can't match without -------------------------------------------------- */

static bool clause_is(const struct literal_clause *c, const char *const *items, size_t count) {
    bool same = c->count == count;
    for (size_t i = 0; same && i < count; i++) {
        same = view_eq(c->items[i], view_of(items[i]));
    }
    return same;
}

START_TEST(each_part_that_must_be_there_is_a_clause) {
    esi_arena arena;
    struct literal_need need;
    arena_init(&arena, 0);
    ck_assert(literal_read("\\b(?:show|print) .{0,9}\\bprompt", &arena, &need));
    ck_assert_uint_eq(need.count, 2);
    ck_assert(clause_is(&need.all[0], (const char *const[]){"show", "print"}, 2));
    ck_assert(clause_is(&need.all[1], (const char *const[]){"prompt"}, 1));
    ck_assert(clause_is(&need.lead, (const char *const[]){"show", "print"}, 2));
    arena_clear(&arena);
}
END_TEST

START_TEST(an_optional_beginning_belongs_to_what_a_match_begins_with) {
    esi_arena arena;
    struct literal_need need;
    arena_init(&arena, 0);
    ck_assert(literal_read("(?:please )?reveal", &arena, &need));
    ck_assert_uint_eq(need.count, 1);
    ck_assert(clause_is(&need.all[0], (const char *const[]){"reveal"}, 1));
    ck_assert(clause_is(&need.lead, (const char *const[]){"please ", "reveal"}, 2));
    ck_assert(literal_read("\\w+ reveal", &arena, &need));
    ck_assert_uint_eq(need.lead.count, 0);
    arena_clear(&arena);
}
END_TEST

START_TEST(what_is_not_understood_needs_nothing) {
    static const char *const expressions[] = {
        "(?x) f o o",      "\\Qfoo\\E", "(?|foo|bar)", "(foo)\\1",
        "(?(?=a)abc|bcd)", "(*UTF)foo", "a*",          ""};
    esi_arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
        struct literal_need need;
        ck_assert(literal_read(expressions[i], &arena, &need));
        ck_assert_msg(need.count == 0 && need.lead.count == 0, "%s", expressions[i]);
    }
    arena_clear(&arena);
}
END_TEST

START_TEST(groups_within_groups_end_at_a_depth) {
    char expression[2 * 64 + 4] = "";
    esi_arena arena;
    struct literal_need need;
    memset(expression, '(', 64);
    memcpy(expression + 64, "foo", 3);
    memset(expression + 67, ')', 60);
    expression[127] = '\0';
    arena_init(&arena, 0);
    ck_assert(literal_read(expression, &arena, &need));
    ck_assert_uint_eq(need.count, 0);
    arena_clear(&arena);
}
END_TEST

START_TEST(literals_within_literals_are_all_hit) {
    struct trie *trie = trie_create();
    ck_assert_ptr_nonnull(trie);
    ck_assert_uint_eq(trie_add(trie, VIEW("he")), 0);
    ck_assert_uint_eq(trie_add(trie, VIEW("she")), 1);
    ck_assert_uint_eq(trie_add(trie, VIEW("hers")), 2);
    ck_assert_uint_eq(trie_add(trie, VIEW("HE")), 0);
    ck_assert(trie_freeze(trie));
    struct trie_hit hits[4];
    ck_assert_uint_eq(trie_scan(trie, VIEW("usHers"), hits, 4), 3);
    ck_assert(hits[0].literal == 1 && hits[0].from == 1);
    ck_assert(hits[1].literal == 0 && hits[1].from == 2);
    ck_assert(hits[2].literal == 2 && hits[2].from == 2);
    ck_assert_uint_eq(trie_scan(trie, VIEW("usHers"), hits, 1), 3);
    trie_free(trie);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("pattern");
    tcase_add_test(t, the_first_match_of_a_group_is_found);
    tcase_add_test(t, a_search_goes_on_from_where_it_is_told);
    tcase_add_test(t, of_two_matches_at_one_place_the_longer_is_given);
    tcase_add_test(t, a_group_without_its_literals_costs_nothing);
    tcase_add_test(t, no_form_of_an_expression_is_lost_by_its_literals);
    tcase_add_test(t, case_does_not_count);
    tcase_add_test(t, a_match_may_begin_behind_what_it_needs);
    tcase_add_test(t, a_bad_expression_is_refused_with_reason_and_place);
    tcase_add_test(t, an_expression_that_is_too_long_is_refused);
    tcase_add_test(t, a_runaway_expression_ends_at_its_limit_and_says_so);
    tcase_add_test(t, the_steps_of_one_text_are_capped_in_sum);
    tcase_add_test(t, text_that_is_not_utf8_counts_as_a_limit);
    tcase_add_test(t, different_expressions_are_counted_once_each);
    tcase_add_test(t, a_scan_is_used_for_one_text_after_the_other);
    tcase_add_test(t, a_text_full_of_literals_is_searched_to_its_end);
    tcase_add_test(t, each_part_that_must_be_there_is_a_clause);
    tcase_add_test(t, an_optional_beginning_belongs_to_what_a_match_begins_with);
    tcase_add_test(t, what_is_not_understood_needs_nothing);
    tcase_add_test(t, groups_within_groups_end_at_a_depth);
    tcase_add_test(t, literals_within_literals_are_all_hit);
    return tap_run("core/pattern", t);
}
