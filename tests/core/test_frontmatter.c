#include "core/frontmatter.h"

#include <esihelp/types.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

#define ROLE(r) (UINT32_C(1) << (r))

static esi_arena arena;

static struct front read_front(const char *text) {
    struct front front;
    esi_error err;
    ck_assert_int_eq(front_read(view_of(text), &arena, &front, &err), ESI_OK);
    return front;
}

static void check_view(struct view got, const char *want) {
    ck_assert_msg(view_eq(got, view_of(want)), "got \"%.*s\", want \"%s\"", (int)got.n, got.p,
                  want);
}

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

START_TEST(reads_every_key) {
    const char *text = "---\n"
                       "id: kb-vpn\ntitle: The VPN\nversion: 2.10\nlast_updated: 2026-09-14\n"
                       "status: Active\nsupersedes: kb-old\nsuperseded_by: kb-new\n"
                       "tags: [vpn, network]\naudience: [operator]\nlang: en-GB\n"
                       "related:\n  - kb-dns\n  - kb-time\n"
                       "handling:\n  - \"Drops: escalate to Tier 2\"\n"
                       "---\n# The VPN\n";
    const struct front f = read_front(text);
    check_view(f.id, "kb-vpn");
    check_view(f.title, "The VPN");
    check_view(f.version, "2.10");
    check_view(f.updated, "2026-09-14");
    check_view(f.status, "active");
    check_view(f.language, "en");
    check_view(f.supersedes[0], "kb-old");
    check_view(f.superseded_by, "kb-new");
    ck_assert_uint_eq(f.tag_count, 2);
    check_view(f.tags[1], "network");
    ck_assert_uint_eq(f.related_count, 2);
    check_view(f.related[1], "kb-time");
    check_view(f.mends[0].section, "Drops");
    check_view(f.mends[0].text, "escalate to Tier 2");
    ck_assert_int_eq(f.mends[0].line, 16);
    ck_assert_uint_eq(f.problem_count, 0);
    ck_assert_int_eq(f.body_line, 18);
    ck_assert(strncmp(text + f.body, "# The VPN", 9) == 0);
}
END_TEST

START_TEST(knows_other_names_of_keys) {
    const struct front f =
        read_front("---\nKB_ID: KB-7\nname: Time\nRev: 3\nLast Reviewed: 5 March "
                   "2026\nkeywords: a, b ,c\nreplaces: [KB-1]\nsee-also: "
                   "KB-2\nvisibility: internal\n---\n");
    check_view(f.id, "KB-7");
    check_view(f.title, "Time");
    check_view(f.version, "3");
    check_view(f.updated, "2026-03-05");
    ck_assert_uint_eq(f.tag_count, 3);
    check_view(f.tags[1], "b");
    check_view(f.supersedes[0], "KB-1");
    check_view(f.related[0], "KB-2");
    ck_assert_uint_eq(f.roles & ROLE(ESI_ROLE_TRAINEE), 0);
    ck_assert_uint_ne(f.roles & ROLE(ESI_ROLE_OPERATOR), 0);
}
END_TEST

START_TEST(an_audience_includes_those_above_it) {
    const struct front f = read_front("---\nid: a\naudience: Range Operators\n---\n");
    ck_assert_uint_eq(f.roles, ROLE(ESI_ROLE_OPERATOR) | ROLE(ESI_ROLE_SUPPORT_ENGINEER) |
                                   ROLE(ESI_ROLE_ADMIN));
}
END_TEST

START_TEST(an_audience_of_all_or_with_trainees_is_everybody) {
    ck_assert_uint_eq(read_front("---\nid: a\naudience: all\n---\n").roles, 0);
    ck_assert_uint_eq(read_front("---\nid: a\nroles: [everyone]\n---\n").roles, 0);
    ck_assert_uint_eq(read_front("---\nid: a\nroles: [trainee, admin]\n---\n").roles, 0);
}
END_TEST

START_TEST(blank_lines_windows_line_ends_and_a_byte_order_mark_do_not_matter) {
    const struct front f = read_front("\xEF\xBB\xBF\r\n---\r\n\r\nid: kb-a\r\n\r\ntags:\r\n\r\n  - "
                                      "one\r\n\r\n  - two\r\n\r\n---\r\n\r\n# A\r\n");
    check_view(f.id, "kb-a");
    ck_assert_uint_eq(f.tag_count, 2);
    ck_assert_uint_eq(f.problem_count, 0);
    ck_assert_int_eq(f.body_line, 13);
}
END_TEST

START_TEST(a_colon_in_a_value_falls_back_to_lines) {
    const struct front f =
        read_front("---\nid: kb-a\ntitle: VPN: the guide\nversion: 1.0 # draft\n---\ntext\n");
    check_view(f.id, "kb-a");
    check_view(f.title, "VPN: the guide");
    check_view(f.version, "1.0");
    ck_assert_uint_eq(f.problem_count, 1);
}
END_TEST

START_TEST(front_matter_that_never_closes_ends_where_keys_end) {
    const char *text = "---\nid: kb-a\ntitle: A\n\n# A\n\nSome prose.\n\n---\n\nMore prose.\n";
    const struct front f = read_front(text);
    check_view(f.id, "kb-a");
    check_view(f.title, "A");
    ck_assert_uint_eq(f.problem_count, 1);
    ck_assert_ptr_nonnull(strstr(text + f.body, "# A"));
}
END_TEST

START_TEST(front_matter_without_its_marks_is_found) {
    const char *text = "id: kb-a\n\ntags:\n\n- one\n\nversion: 2\n\n# A\n";
    const struct front f = read_front(text);
    check_view(f.id, "kb-a");
    check_view(f.version, "2");
    check_view(f.tags[0], "one");
    ck_assert_ptr_nonnull(strstr(text + f.body, "# A"));
    ck_assert_ptr_null(strstr(text + f.body, "version"));
}
END_TEST

START_TEST(a_rule_at_the_top_is_not_front_matter) {
    const struct front f = read_front("---\n\nJust a line of prose.\n\n---\n");
    ck_assert_uint_eq(f.body, 0);
    ck_assert_uint_eq(f.id.n, 0);
    ck_assert_uint_eq(f.problem_count, 1);
}
END_TEST

START_TEST(a_document_without_front_matter_says_so) {
    const struct front f = read_front("# Title\n\nNote: text.\n");
    ck_assert_uint_eq(f.body, 0);
    ck_assert_uint_eq(f.problem_count, 1);
    ck_assert_int_eq(f.body_line, 1);
}
END_TEST

START_TEST(aliases_and_depth_are_refused_but_lines_are_read) {
    const struct front f = read_front("---\na: &x [1]\nb: *x\nid: kb-a\n---\n");
    check_view(f.id, "kb-a");
    const struct front deep =
        read_front("---\nid: kb-b\nx: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"
                   "\n---\n");
    check_view(deep.id, "kb-b");
}
END_TEST

START_TEST(nested_keys_count_only_in_groups) {
    const struct front f = read_front("---\nauthor:\n  name: Kim\nmetadata:\n  id: kb-a\n  title: A"
                                      "\nrelated:\n  - id: kb-b\n    title: B\n---\n");
    check_view(f.title, "A");
    check_view(f.id, "kb-a");
    ck_assert_uint_eq(f.related_count, 1);
    check_view(f.related[0], "kb-b");
}
END_TEST

static const struct {
    const char *written, *read;
} dates[] = {
    {"2026-11-22", "2026-11-22"},
    {"2026/1/5", "2026-01-05"},
    {"22 Nov 2026", "2026-11-22"},
    {"November 22nd, 2026", "2026-11-22"},
    {"22.11.2026", "2026-11-22"},
    {"11/22/2026", "2026-11-22"},
    {"20261122", "2026-11-22"},
    {"2026-11-22T10:00:00Z", "2026-11-22"},
    {"\"2026-11-22 10:00\"", "2026-11-22"},
    {"2026-11", "2026-11"},
    {"01/02/2026", "01/02/2026"},
    {"last spring", "last spring"},
};

START_TEST(dates_are_read_in_their_usual_forms) {
    char text[128];
    (void)snprintf(text, sizeof text, "---\nid: a\nupdated: %s\n---\n", dates[_i].written);
    check_view(read_front(text).updated, dates[_i].read);
}
END_TEST

START_TEST(the_default_id_is_the_file_name) {
    check_view(front_default_id(VIEW("kb/net/vpn-guide.v2.md")), "vpn-guide.v2");
    check_view(front_default_id(VIEW("vpn")), "vpn");
    check_view(front_default_id(VIEW("a/.hidden")), ".hidden");
}
END_TEST

START_TEST(running_out_of_memory_is_an_error_and_leaves_the_output) {
    struct front front = {.body = 77};
    esi_error err;
    esi_arena small;
    for (size_t max = 0; max < 2000; max += 100) {
        arena_init(&small, max);
        const esi_err e = front_read(VIEW("---\nid: a\ntags: [b, c]\n---\n"), &small, &front, &err);
        ck_assert(e == ESI_OK || (e == ESI_ENOMEM && front.body == 77));
        front.body = 77;
        arena_clear(&small);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("frontmatter");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_every_key);
    tcase_add_test(t, knows_other_names_of_keys);
    tcase_add_test(t, an_audience_includes_those_above_it);
    tcase_add_test(t, an_audience_of_all_or_with_trainees_is_everybody);
    tcase_add_test(t, blank_lines_windows_line_ends_and_a_byte_order_mark_do_not_matter);
    tcase_add_test(t, a_colon_in_a_value_falls_back_to_lines);
    tcase_add_test(t, front_matter_that_never_closes_ends_where_keys_end);
    tcase_add_test(t, front_matter_without_its_marks_is_found);
    tcase_add_test(t, a_rule_at_the_top_is_not_front_matter);
    tcase_add_test(t, a_document_without_front_matter_says_so);
    tcase_add_test(t, aliases_and_depth_are_refused_but_lines_are_read);
    tcase_add_test(t, nested_keys_count_only_in_groups);
    tcase_add_loop_test(t, dates_are_read_in_their_usual_forms, 0,
                        (int)(sizeof dates / sizeof dates[0]));
    tcase_add_test(t, the_default_id_is_the_file_name);
    tcase_add_test(t, running_out_of_memory_is_an_error_and_leaves_the_output);
    return tap_run("core/frontmatter", t);
}
