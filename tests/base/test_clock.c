#include "base/clock.h"

#include <string.h>
#include <time.h>

#include "base/os.h"
#include "tap.h"

START_TEST(the_monotonic_clock_runs_forward) {
    const int64_t before = esi_clock_ns();
    os_sleep(before + 2 * NS_PER_MS);
    ck_assert_int_ge(esi_clock_ns() - before, 2 * NS_PER_MS);
}
END_TEST

START_TEST(the_wall_clock_is_the_systems) {
    const int64_t seconds = clock_now_ms() / 1000;
    ck_assert_int_le(llabs(seconds - (int64_t)time(NULL)), 2);
}
END_TEST

START_TEST(sleeping_costs_no_cpu_time) {
    const int64_t before = clock_cpu_ns();
    os_sleep(esi_clock_ns() + 30 * NS_PER_MS);
    ck_assert_int_lt(clock_cpu_ns() - before, 15 * NS_PER_MS);
}
END_TEST

START_TEST(a_wait_counts_down) {
    const esi_wait wait = wait_for_ms(60000, NULL);
    const int32_t left = esi_wait_left_ms(&wait);
    ck_assert_int_gt(left, 50000);
    ck_assert_int_le(left, 60000);
    ck_assert(!wait_over(&wait));
}
END_TEST

START_TEST(the_last_part_of_a_millisecond_counts) {
    const esi_wait wait = {esi_clock_ns() + 60 * INT64_C(1000000000) + 1, NULL};
    ck_assert_int_ge(esi_wait_left_ms(&wait), 59000);
    const esi_wait over = {esi_clock_ns(), NULL};
    ck_assert_int_eq(esi_wait_left_ms(&over), 0);
}
END_TEST

START_TEST(no_time_is_over_at_once) {
    const esi_wait none = wait_for_ms(0, NULL), less = wait_for_ms(-5, NULL);
    ck_assert(wait_over(&none));
    ck_assert(wait_over(&less));
}
END_TEST

START_TEST(endless_waits_dont_overflow) {
    const esi_wait wait = wait_for_ms(INT64_MAX, NULL);
    ck_assert_int_eq(wait.until_ns, INT64_MAX);
    ck_assert_int_eq(esi_wait_left_ms(&wait), INT32_MAX);
    const esi_wait less = wait_less(&wait, 2000);
    ck_assert_int_eq(less.until_ns, INT64_MAX);
}
END_TEST

START_TEST(a_reserve_ends_a_wait_sooner) {
    const esi_wait wait = wait_for_ms(60000, NULL);
    esi_wait less = wait_less(&wait, 2000);
    ck_assert_int_eq(wait.until_ns - less.until_ns, 2000 * NS_PER_MS);
    less = wait_less(&wait, INT64_MAX);
    ck_assert(wait_over(&less));
    less = wait_less(&wait, 0);
    ck_assert_int_eq(less.until_ns, wait.until_ns);
}
END_TEST

START_TEST(a_thrown_switch_ends_a_wait) {
    esi_cancel *cancel = esi_cancel_create();
    const esi_wait wait = wait_for_ms(60000, cancel);
    ck_assert(!wait_over(&wait));
    esi_cancel_fire(cancel);
    ck_assert(wait_over(&wait));
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(a_sleep_ends_with_its_wait) {
    const int64_t before = esi_clock_ns();
    const esi_wait wait = wait_for_ms(5, NULL);
    wait_sleep(&wait, 60000);
    const int64_t slept = esi_clock_ns() - before;
    ck_assert_int_ge(slept, 5 * NS_PER_MS);
    ck_assert_int_lt(slept, 30000 * NS_PER_MS);
}
END_TEST

START_TEST(a_sleep_is_as_long_as_asked) {
    esi_cancel *cancel = esi_cancel_create();
    const int64_t before = esi_clock_ns();
    const esi_wait wait = wait_for_ms(60000, cancel);
    wait_sleep(&wait, 5);
    const int64_t slept = esi_clock_ns() - before;
    ck_assert_int_ge(slept, 5 * NS_PER_MS);
    ck_assert_int_lt(slept, 30000 * NS_PER_MS);
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(times_are_written_in_utc) {
    static const struct {
        int64_t ms;
        const char *text;
    } want[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
        {INT64_C(1795355640123), "2026-11-22T13:54:00.123Z"},
        {INT64_C(4107542400000), "2100-03-01T00:00:00.000Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char text[32];
        clock_rfc3339(want[i].ms, text);
        ck_assert_str_eq(text, want[i].text);
    }
}
END_TEST

START_TEST(every_day_of_four_centuries_reads_back) {
    for (int64_t day = -100000; day < 100000; day++) {
        char text[32];
        int64_t ms = 1;
        clock_rfc3339(day * MS_PER_DAY, text);
        text[10] = '\0';
        ck_assert(clock_day(text, &ms));
        ck_assert_int_eq(ms, day * MS_PER_DAY);
    }
}
END_TEST

START_TEST(days_that_dont_exist_are_refused) {
    static const char *const bad[] = {NULL,         "",           "2026-02-29", "2026-13-01",
                                      "2026-00-10", "2026-04-31", "2026-04-00", "2026-4-01",
                                      "2026/04/01", "2026-04-1x", "2100-02-29", "2026-04-011",
                                      "-026-04-01"};
    int64_t ms = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert(!clock_day(bad[i], &ms));
    }
    ck_assert_int_eq(ms, 7);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("clock");
    tcase_add_test(t, the_monotonic_clock_runs_forward);
    tcase_add_test(t, the_wall_clock_is_the_systems);
    tcase_add_test(t, sleeping_costs_no_cpu_time);
    tcase_add_test(t, a_wait_counts_down);
    tcase_add_test(t, the_last_part_of_a_millisecond_counts);
    tcase_add_test(t, no_time_is_over_at_once);
    tcase_add_test(t, endless_waits_dont_overflow);
    tcase_add_test(t, a_reserve_ends_a_wait_sooner);
    tcase_add_test(t, a_thrown_switch_ends_a_wait);
    tcase_add_test(t, a_sleep_ends_with_its_wait);
    tcase_add_test(t, a_sleep_is_as_long_as_asked);
    tcase_add_test(t, times_are_written_in_utc);
    tcase_add_test(t, every_day_of_four_centuries_reads_back);
    tcase_add_test(t, days_that_dont_exist_are_refused);
    return tap_run("base/clock", t);
}
