#include "core/clause.h"

#include <stdio.h>

#include "conversation.h"
#include "probes.h"
#include "tap.h"

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

/* ---- clauses --------------------------------------------------------------------------------- */

static struct clause *read(const char *text, size_t *count) {
    struct cue_text *words = ARENA_NEW(&talk.arena, struct cue_text);
    struct clause *clauses = NULL;
    ck_assert_int_eq(cues_read(view_of(text), &talk.arena, words, NULL), ESI_OK);
    ck_assert_int_eq(clause_read(words, &talk.arena, &clauses, count, NULL), ESI_OK);
    return clauses;
}

START_TEST(clauses_end_where_another_begins) {
    size_t count = 0;
    (void)read("wiped it, waited, led stays red and I can't get in", &count);
    ck_assert_uint_eq(count, 4);
    (void)read("the VPN and the console are slow", &count);
    ck_assert_uint_eq(count, 1);
    (void)read("one question: how long does it take", &count);
    ck_assert_uint_eq(count, 2);
    (void)read("it prints nothing but dots", &count);
    ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(code_is_told_from_a_name) {
    size_t count = 0;
    ck_assert_uint_eq(clause_code(&read("the page shows ERR-1107", &count)[0]), 3);
    ck_assert_uint_eq(clause_code(&read("a code K-77", &count)[0]), 2);
    ck_assert_uint_eq(clause_code(&read("log in to JH-1", &count)[0]), 4);
    ck_assert_uint_eq(clause_code(&read("ping 10.0.0.117", &count)[0]), 2);
}
END_TEST

START_TEST(hearsay_is_doubted_by_its_question) {
    size_t count = 0;
    const struct clause *clauses =
        read("The leaflet says all drives fail in May. Is that true?", &count);
    ck_assert_uint_eq(count, 2);
    ck_assert(clauses[0].cites && !clauses[0].trouble);
    ck_assert(clauses[1].confirms && clauses[1].asks);
}
END_TEST

START_TEST(deed_against_trouble_is_a_remedy) {
    size_t count = 0;
    ck_assert(read("I restarted the player", &count)[0].remedy);
    const struct clause *typed = read("typed the code wrong", &count);
    ck_assert(typed[0].done_to > typed[0].done_from && !typed[0].remedy);
    const struct clause *tried = read("tried to open the page", &count);
    ck_assert_uint_eq(tried[0].done_from, tried[0].done_to);
}
END_TEST

START_TEST(what_is_supposed_reports_nothing) {
    size_t count = 0;
    const struct clause *c =
        read("Would I lose it if the drive died and I hadn't saved anything?", &count);
    for (size_t i = 0; i < count; i++) {
        ck_assert(!c[i].trouble);
    }
    ck_assert(read("if I press play it freezes", &count)[0].trouble);
}
END_TEST

/* ---- whole messages -------------------------------------------------------------------------- */

static bool hears(struct view name) {
    const struct reading *r = &talk.reading;
    const struct {
        const char *name;
        bool heard;
    } known[] = {{"failed", r->failed || r->tried},
                 {"solved", r->solved},
                 {"person", r->wants_person},
                 {"noticket", r->wants_no_ticket}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (view_eq(name, view_of(known[i].name))) {
            return known[i].heard;
        }
    }
    ck_abort_msg("the file wants \"%.*s\"", (int)name.n, name.p);
    return false;
}

/* "trouble/question" */
static bool is_act(struct view acts) {
    struct view act;
    while (view_split(&acts, '/', &act)) {
        if (view_eq(act, view_of(esi_act_name(talk.reading.act)))) {
            return true;
        }
    }
    return false;
}

static bool is_right(struct view line) {
    struct view rest = line;
    struct view wanted = {NULL, 0};
    struct view word;
    ck_assert(view_split(&rest, '|', &wanted));
    wanted = view_trim(wanted);
    talk.asked = view_find(wanted, VIEW("asked"), 0) != SIZE_MAX;
    talk_read(&talk, view_trim(rest));
    while (view_split(&wanted, ' ', &word)) {
        const struct view name = view_slice(word, 1, word.n);
        const bool mark = word.n > 1 && (word.p[0] == '+' || word.p[0] == '-');
        const bool right =
            mark ? hears(name) == (word.p[0] == '+') : view_eq(word, VIEW("asked")) || is_act(word);
        if (!right) {
            fprintf(stderr, "# %s: %.*s\n", esi_act_name(talk.reading.act), (int)line.n, line.p);
            return false;
        }
    }
    return true;
}

START_TEST(acts_are_read_in_words_of_all_kinds) {
    probes_hold(TEST_SOURCE_ROOT "/tests/data/acts.txt", is_right, 0.97);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("clause");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, clauses_end_where_another_begins);
    tcase_add_test(t, code_is_told_from_a_name);
    tcase_add_test(t, hearsay_is_doubted_by_its_question);
    tcase_add_test(t, deed_against_trouble_is_a_remedy);
    tcase_add_test(t, what_is_supposed_reports_nothing);
    tcase_add_test(t, acts_are_read_in_words_of_all_kinds);
    return tap_run("core/clause", t);
}
