#include "core/quantity.h"

#include "tap.h"

static esi_arena arena;
static struct quantity found[QUANTITIES_MAX];

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static size_t read(const char *text) {
    struct cue_text words;
    ck_assert_int_eq(cues_read(view_of(text), &arena, &words, NULL), ESI_OK);
    return quantities_read(&words, 0, words.count, found);
}

struct quantity_case {
    const char *text;
    enum quantity_kind kind;
    double value;
    enum quantity_bound bound;
};

static const struct quantity_case cases[] = {
    {"for more than an hour", QUANTITY_TIME, 3600, BOUND_MORE},
    {"since 15 min", QUANTITY_TIME, 900, BOUND_NONE},
    {"it took 10mins", QUANTITY_TIME, 600, BOUND_NONE},
    {"half an hour ago", QUANTITY_TIME, 1800, BOUND_NONE},
    {"an hour and a half now", QUANTITY_TIME, 5400, BOUND_NONE},
    {"one and a half hours", QUANTITY_TIME, 5400, BOUND_NONE},
    {"a quarter of an hour", QUANTITY_TIME, 900, BOUND_NONE},
    {"three quarters of an hour", QUANTITY_TIME, 2700, BOUND_NONE},
    {"another ten minutes", QUANTITY_TIME, 600, BOUND_NONE},
    {"a couple of minutes", QUANTITY_TIME, 120, BOUND_NONE},
    {"for hours", QUANTITY_TIME, 7200, BOUND_LEAST},
    {"within a day", QUANTITY_TIME, 86400, BOUND_MOST},
    {"30 days or more", QUANTITY_TIME, 30 * 86400, BOUND_LEAST},
    {"over 5 GB", QUANTITY_SIZE, 5e9, BOUND_MORE},
    {"I use 512mb", QUANTITY_SIZE, 512e6, BOUND_NONE},
    {"above 90 %", QUANTITY_PERCENT, 90, BOUND_MORE},
    {"at 95 percent", QUANTITY_PERCENT, 95, BOUND_NONE},
    {"it failed twice", QUANTITY_TIMES, 2, BOUND_NONE},
    {"for the third time", QUANTITY_TIMES, 3, BOUND_NONE},
    {"four times", QUANTITY_TIMES, 4, BOUND_NONE},
    {"more than two teams", QUANTITY_COUNT, 2, BOUND_MORE},
    {"three of us", QUANTITY_COUNT, 3, BOUND_NONE},
    {"several seats", QUANTITY_COUNT, 2, BOUND_LEAST},
};

START_TEST(a_quantity_is_read) {
    const struct quantity_case *c = &cases[_i];
    ck_assert_msg(read(c->text) >= 1, "%s: none", c->text);
    ck_assert_msg(found[0].kind == c->kind && found[0].bound == c->bound &&
                      found[0].value > c->value * 0.999 && found[0].value < c->value * 1.001,
                  "%s: kind %d, bound %d, %g", c->text, found[0].kind, found[0].bound,
                  found[0].value);
}
END_TEST

START_TEST(what_is_no_quantity_is_left_alone) {
    static const char *const texts[] = {
        "the second monitor's cable", "a restart",     "one more thing",
        "the seat is empty",          "for the class", "all of it"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const size_t count = read(texts[i]);
        ck_assert_msg(count == 0 || found[0].kind == QUANTITY_TIMES, "%s: kind %d", texts[i],
                      found[0].kind);
    }
}
END_TEST

START_TEST(how_often_and_how_long_are_told_apart) {
    ck_assert_uint_eq(read("it drops every ten minutes"), 1);
    ck_assert(found[0].period);
    ck_assert_uint_eq(read("my lesson starts in ten minutes"), 1);
    ck_assert(found[0].ahead);
    ck_assert_uint_eq(read("it drops since ten minutes"), 1);
    ck_assert(!found[0].period && !found[0].ahead);
}
END_TEST

static bool within(const char *said, const char *stated) {
    ck_assert_uint_ge(read(stated), 1);
    const struct quantity limit = found[0];
    ck_assert_uint_ge(read(said), 1);
    ck_assert_int_eq(found[0].kind, limit.kind);
    return quantity_within(&found[0], &limit);
}

START_TEST(bounds_are_kept) {
    ck_assert(within("an hour and a half", "more than an hour"));
    ck_assert(!within("an hour", "more than an hour"));
    ck_assert(within("an hour", "at least an hour"));
    ck_assert(within("20 minutes", "for 20 minutes"));
    ck_assert(!within("19 minutes", "for 20 minutes"));
    ck_assert(within("half an hour", "within an hour"));
    ck_assert(!within("two hours", "within an hour"));
    ck_assert(!within("two teams", "more than two teams"));
    ck_assert(within("more than two teams", "more than two teams"));
    ck_assert(!within("nearly an hour", "at least an hour"));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("quantity");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_quantity_is_read, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, what_is_no_quantity_is_left_alone);
    tcase_add_test(t, how_often_and_how_long_are_told_apart);
    tcase_add_test(t, bounds_are_kept);
    return tap_run("core/quantity", t);
}
