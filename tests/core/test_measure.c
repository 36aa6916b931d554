#include "core/measure.h"

#include "tap.h"

#define MINUTES(n) ((n)*INT64_C(60000))
#define MB(n) ((n)*INT64_C(1048576000))

static const struct {
    const char *text;
    enum measure_unit unit;
    enum measure_compare compare;
    int64_t amount;
    const char *thing;
    int64_t within;
} limits[] = {
    {"it has been queued for more than 15 minutes", MEASURE_SECONDS, MEASURE_MORE, MINUTES(15), "",
     0},
    {"the queue takes longer than an hour", MEASURE_SECONDS, MEASURE_MORE, MINUTES(60), "", 0},
    {"nothing happens for an hour and a half", MEASURE_SECONDS, MEASURE_AT_LEAST, MINUTES(90), "",
     0},
    {"it is still there after half an hour", MEASURE_SECONDS, MEASURE_AT_LEAST, MINUTES(30), "", 0},
    {"the file is over 5 GB", MEASURE_BYTES, MEASURE_MORE, MB(5 * 1024), "", 0},
    {"less than 200MB are free", MEASURE_BYTES, MEASURE_LESS, MB(200), "", 0},
    {"the disk is above 90 % full", MEASURE_PERCENT, MEASURE_MORE, 90000, "", 0},
    {"fewer than three teams are left", MEASURE_COUNT, MEASURE_LESS, 3000, "teams", 0},
    {"at least two seats are hit", MEASURE_COUNT, MEASURE_AT_LEAST, 2000, "seats", 0},
    {"more than one group is hit", MEASURE_COUNT, MEASURE_MORE, 1000, "group", 0},
    {"five or more consoles freeze", MEASURE_COUNT, MEASURE_AT_LEAST, 5000, "consoles", 0},
    {"a host fails twice within a day", MEASURE_COUNT, MEASURE_AT_LEAST, 2000, "twice", 86400},
    {"it drops three times in ten minutes", MEASURE_COUNT, MEASURE_AT_LEAST, 3000, "times", 600},
    {"up to 1,200 packets a second", MEASURE_COUNT, MEASURE_AT_MOST, 1200000, "packets", 0},
    {"it takes no more than 1.5 hours", MEASURE_SECONDS, MEASURE_AT_MOST, MINUTES(90), "", 0},
};

START_TEST(quantities_are_read_with_how_they_compare) {
    struct measure m;
    ck_assert_msg(measure_read(view_of(limits[_i].text), &m), "%s", limits[_i].text);
    ck_assert_int_eq(m.unit, limits[_i].unit);
    ck_assert_int_eq(m.compare, limits[_i].compare);
    ck_assert_int_eq(m.amount, limits[_i].amount);
    ck_assert_int_eq(m.within, limits[_i].within);
    ck_assert(view_eq(m.thing, view_of(limits[_i].thing)));
}
END_TEST

START_TEST(texts_without_a_quantity_have_none) {
    static const char *const none[] = {
        "the seat is lost", "a class is hit", "one seat is hit", "it fails once", "",
        "TW-104 is shown",  "see section 3"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct measure m;
        ck_assert_msg(!measure_read(view_of(none[i]), &m), "%s", none[i]);
    }
}
END_TEST

static const struct {
    const char *limit;
    const char *said;
    enum measure_fit fit;
} fits[] = {
    {"for more than 15 minutes", "it's been 20 mins now", MEASURE_FITS},
    {"for more than 15 minutes", "since about ten minutes", MEASURE_FAILS},
    {"for more than an hour", "queued for an hour and a half", MEASURE_FITS},
    {"for more than an hour", "for over an hour", MEASURE_FITS},
    {"for more than an hour", "for less than an hour", MEASURE_FAILS},
    {"for more than an hour", "it is stuck", MEASURE_UNSAID},
    {"for more than an hour", "we are two teams", MEASURE_UNSAID},
    {"over 5 GB", "my file has 6.2gb", MEASURE_FITS},
    {"over 5 GB", "it is 900 MB. why", MEASURE_FAILS},
    {"fewer than three teams", "we are two teams", MEASURE_FITS},
    {"more than one group", "it hits 2 groups", MEASURE_FITS},
    {"twice within a day", "it crashed three times today", MEASURE_FITS},
    {"above 90 %", "df says 97%", MEASURE_FITS},
};

START_TEST(what_was_said_is_held_against_the_limit) {
    struct measure m;
    ck_assert(measure_read(view_of(fits[_i].limit), &m));
    ck_assert_msg(measure_fit(&m, view_of(fits[_i].said)) == fits[_i].fit, "%s: %s", fits[_i].limit,
                  fits[_i].said);
}
END_TEST

START_TEST(huge_numbers_stay_in_their_bounds) {
    struct measure m;
    ck_assert(measure_read(VIEW("over 99999999999999999999999999 TB"), &m));
    ck_assert_int_gt(m.amount, 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("measure");
    tcase_add_loop_test(t, quantities_are_read_with_how_they_compare, 0,
                        (int)(sizeof limits / sizeof limits[0]));
    tcase_add_test(t, texts_without_a_quantity_have_none);
    tcase_add_loop_test(t, what_was_said_is_held_against_the_limit, 0,
                        (int)(sizeof fits / sizeof fits[0]));
    tcase_add_test(t, huge_numbers_stay_in_their_bounds);
    return tap_run("core/measure", t);
}
