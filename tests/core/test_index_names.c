#include "collection.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-a", "Glossary", "", "Terms",
     "**Seat**: the place of one learner.\n\n**TTL** (time to live): how long a name is kept.", 0,
     NULL},
    {"kb-b", "Seats", "", "Moving", "A seat is a place in a room. Seats are moved by hand.", 0,
     NULL},
    {"kb-c", "For operators", "", "Node", "A node is the computer below.", 1u << ESI_ROLE_OPERATOR,
     NULL},
};

static struct index *all;
static esi_arena arena;
static struct index_query query;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, sizeof samples / sizeof samples[0], 0);
    query = (struct index_query){0};
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

/* How many sections define it. */
static size_t define(const char *term) {
    const struct view asked = view_of(term);
    query.definition_count = 0;
    ck_assert_int_eq(index_define(all, &query, "en", &asked, 1, &arena, NULL), ESI_OK);
    return query.definition_count;
}

START_TEST(the_plainest_definition_comes_first) {
    ck_assert_uint_eq(define("seat"), 2);
    ck_assert_uint_eq(query.definitions[0].section, 0);
    ck_assert_uint_eq(query.definitions[0].plain, 3);
    ck_assert_uint_eq(query.definitions[1].section, 1);
    ck_assert_uint_eq(query.definitions[1].plain, 1);
}
END_TEST

START_TEST(other_forms_and_slips_are_the_same_term) {
    ck_assert_uint_eq(define("SEATS"), 2);
    ck_assert_uint_eq(define("learnr"), 0);
    ck_assert_uint_eq(define("ttl"), 1);
    ck_assert_uint_eq(define("Time-to-live"), 1);
}
END_TEST

START_TEST(what_nothing_defines_is_not_found) {
    ck_assert_uint_eq(define("teapot"), 0);
    ck_assert_uint_eq(define("learner"), 0);
    ck_assert_uint_eq(define(""), 0);
}
END_TEST

START_TEST(a_role_gets_its_own_definitions) {
    query.role = 1u << ESI_ROLE_TRAINEE;
    ck_assert_uint_eq(define("node"), 0);
    query.role = 1u << ESI_ROLE_OPERATOR;
    ck_assert_uint_eq(define("node"), 1);
}
END_TEST

START_TEST(a_section_that_defines_is_among_the_hits) {
    struct index_hit *hits;
    size_t count;
    collection_ask(all, "room by hand", &arena, &query);
    const struct view asked = VIEW("seat");
    ck_assert_int_eq(index_define(all, &query, "en", &asked, 1, &arena, NULL), ESI_OK);
    ck_assert_int_eq(index_search(all, &query, 1, &arena, &hits, &count, NULL), ESI_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(hits[0].section, 0);
    ck_assert_uint_eq(hits[0].defines, 3);
    ck_assert_uint_eq(hits[1].defines, 1);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("index_names");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_plainest_definition_comes_first);
    tcase_add_test(t, other_forms_and_slips_are_the_same_term);
    tcase_add_test(t, what_nothing_defines_is_not_found);
    tcase_add_test(t, a_role_gets_its_own_definitions);
    tcase_add_test(t, a_section_that_defines_is_among_the_hits);
    return tap_run("core/index_names", t);
}
