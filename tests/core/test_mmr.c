#include "core/mmr.h"

#include "tap.h"

static const float east[] = {1.0f, 0.0f}, north[] = {0.0f, 1.0f};
static float scratch[16];
static uint32_t picked[8];

START_TEST(lambda_one_is_by_relevance_alone) {
    const struct mmr_item items[] = {{0.2f, east, 1}, {0.9f, east, 1}, {0.8f, east, 1}};
    ck_assert_uint_eq(mmr_pick(items, 3, 2, 1.0f, 1.0f, scratch, picked, 2), 2);
    ck_assert_uint_eq(picked[0], 1);
    ck_assert_uint_eq(picked[1], 2);
}
END_TEST

START_TEST(a_double_gives_way_to_something_else) {
    const struct mmr_item items[] = {{0.9f, east, 1}, {0.8f, east, 2}, {0.5f, north, 3}};
    ck_assert_uint_eq(mmr_pick(items, 3, 2, 0.6f, 0.0f, scratch, picked, 3), 3);
    ck_assert_uint_eq(picked[0], 0);
    ck_assert_uint_eq(picked[1], 2);
    ck_assert_uint_eq(picked[2], 1);
}
END_TEST

START_TEST(sections_of_one_document_are_alike_without_vectors) {
    const struct mmr_item items[] = {{0.9f, NULL, 1}, {0.8f, NULL, 1}, {0.75f, NULL, 2}};
    mmr_pick(items, 3, 0, 0.7f, 0.5f, scratch, picked, 3);
    ck_assert_uint_eq(picked[1], 2);
    mmr_pick(items, 3, 0, 0.7f, 0.0f, scratch, picked, 3);
    ck_assert_uint_eq(picked[1], 1);
}
END_TEST

START_TEST(equal_items_are_taken_in_their_order) {
    const struct mmr_item items[] = {{0.5f, NULL, 1}, {0.5f, NULL, 2}, {0.5f, NULL, 3}};
    ck_assert_uint_eq(mmr_pick(items, 3, 0, 0.7f, 0.5f, scratch, picked, 3), 3);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(picked[i], i);
    }
}
END_TEST

START_TEST(no_more_are_picked_than_there_are) {
    const struct mmr_item items[] = {{0.5f, NULL, 1}};
    ck_assert_uint_eq(mmr_pick(items, 1, 0, 0.7f, 0.5f, scratch, picked, 8), 1);
    ck_assert_uint_eq(mmr_pick(items, 0, 0, 0.7f, 0.5f, scratch, picked, 8), 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("mmr");
    tcase_add_test(t, lambda_one_is_by_relevance_alone);
    tcase_add_test(t, a_double_gives_way_to_something_else);
    tcase_add_test(t, sections_of_one_document_are_alike_without_vectors);
    tcase_add_test(t, equal_items_are_taken_in_their_order);
    tcase_add_test(t, no_more_are_picked_than_there_are);
    return tap_run("core/mmr", t);
}
