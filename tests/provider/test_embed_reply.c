#include "provider/embed_reply.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define MOST 4096

static float rows[4 * MOST];
static bool seen[4];
static struct embed_reply reply;
static esi_error why;

static esi_err take(const char *body, size_t count, int32_t dimensions) {
    /* Exactly its size, so that a byte too far is seen. */
    const size_t size = strlen(body);
    char *copy = malloc(size + 1);
    memcpy(copy, body, size);
    const struct embed_reply_in in = {{copy, size}, count, dimensions};
    memset(rows, 0, sizeof(rows));
    why = (esi_error){0};
    const esi_err rc = embed_reply_read(&in, rows, seen, &reply, &why);
    free(copy);
    return rc;
}

#define GOOD(body, count, dimensions)                                                              \
    ck_assert_msg(take(body, count, dimensions) == ESI_OK, "%s", why.message)

static void check_bad(const char *body, size_t count, const char *says) {
    ck_assert_str_eq(esi_err_name(take(body, count, 2)), "ESI_EUPSTREAM");
    ck_assert_msg(strstr(why.message, says) != NULL, "%s: %s", body, why.message);
}

static void check_near(float has, double wanted) {
    ck_assert_msg(fabs((double)has - wanted) < 1e-6, "%.9g, not %.9g", (double)has, wanted);
}

START_TEST(vectors_are_put_by_their_index_and_have_length_one) {
    GOOD("{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":1,\"embedding\":[0,-2]"
         "},"
         "{\"embedding\":[3.0,4.0e0],\"index\":0}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":8,"
         "\"total_tokens\":9}}",
         2, 2);
    check_near(rows[0], 0.6);
    check_near(rows[1], 0.8);
    check_near(rows[2], 0);
    check_near(rows[3], -1);
    ck_assert_int_eq(reply.dimensions, 2);
    ck_assert_int_eq(reply.tokens, 8);
}
END_TEST

START_TEST(numbers_are_read_in_every_form_that_json_has) {
    GOOD("{\"data\":[{\"index\":0,\"embedding\":[ 0.000012345678901234567890e5 , -1.5E+0,\n"
         "2e-1, 123456789012345678901234567890e-29, -0.0, 1e-60 ]}]}",
         1, 6);
    const double a = 1.2345678901234567, n = sqrt(a * a + 1.5 * 1.5 + 0.04 + a * a);
    check_near(rows[0], a / n);
    check_near(rows[1], -1.5 / n);
    check_near(rows[2], 0.2 / n);
    check_near(rows[3], a / n);
    check_near(rows[5], 0);
}
END_TEST

START_TEST(numbers_are_right_to_the_last_bit_of_a_float) {
    char body[256];
    for (int i = 0; i < 20000; i++) {
        const float a = (float)(rand() - RAND_MAX / 2) / (float)RAND_MAX;
        const float b = ldexpf(1.0f, -(rand() % 30));
        snprintf(body, sizeof(body), "{\"data\":[{\"embedding\":[%.17g,%.9g]}]}", (double)a,
                 (double)b);
        GOOD(body, 1, 2);
        const double n = sqrt((double)a * (double)a + (double)b * (double)b);
        check_near(rows[0], (double)a / n);
        check_near(rows[1], (double)b / n);
    }
}
END_TEST

START_TEST(base64_is_read_whatever_its_padding) {
    /* 3.0f, 4.0f; then with a third number */
    GOOD("{\"data\":[{\"index\":0,\"embedding\":\"AABAQAAAgEA=\"}]}", 1, 2);
    check_near(rows[0], 0.6);
    check_near(rows[1], 0.8);
    GOOD("{\"data\":[{\"index\":0,\"embedding\":\"AABAQAAAgEA\"}]}", 1, 2);
    check_near(rows[1], 0.8);
    GOOD("{\"data\":[{\"index\":0,\"embedding\":\"AABAQAAAgEAAAAAA\"}]}", 1, 3);
    check_near(rows[2], 0);
    GOOD("{\"data\":[{\"index\":0,\"embedding\":\"\\/\\/9\\/PwAAAAA=\"}]}", 1, 2);
    check_near(rows[0], 1);
    check_bad("{\"data\":[{\"index\":0,\"embedding\":\"AABAQAAAgE\"}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":\"AABA*AAAgEA=\"}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":\"\"}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":\"AADAfwAAgEA=\"}]}", 1,
              "direction"); /* NaN */
}
END_TEST

START_TEST(the_dimensions_of_one_vector_are_found) {
    GOOD("{\"data\":[{\"index\":0,\"embedding\":[1,2,3,4,5]}],\"usage\":null}", 1, 0);
    ck_assert_int_eq(reply.dimensions, 5);
    ck_assert_int_eq(reply.tokens, -1);
}
END_TEST

START_TEST(an_index_may_be_missing_where_there_is_one_text) {
    GOOD("{\"data\":[{\"embedding\":[1,0]}]}", 1, 2);
    check_bad("{\"data\":[{\"embedding\":[1,0]},{\"embedding\":[0,1]}]}", 2, "wasn't asked for");
}
END_TEST

START_TEST(another_length_names_both) {
    ck_assert_str_eq(esi_err_name(take("{\"data\":[{\"index\":0,\"embedding\":[1,0,0]}]}", 1, 2)),
                     "ESI_EDIM");
    ck_assert_ptr_nonnull(strstr(why.message, "3 dimensions, not of 2"));
    ck_assert_str_eq(esi_err_name(take("{\"data\":[{\"index\":0,\"embedding\":[1]}]}", 1, 2)),
                     "ESI_EDIM");
    ck_assert_str_eq(esi_err_name(take("{\"data\":[{\"index\":0,\"embedding\":[1,0]},"
                                       "{\"index\":1,\"embedding\":[1,0,5]}]}",
                                       2, 2)),
                     "ESI_EDIM");
}
END_TEST

START_TEST(a_reply_that_could_put_a_vector_wrongly_is_bad) {
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[1,0]}]}", 2, "fewer");
    check_bad("{\"data\":[]}", 1, "fewer");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[1,0]},{\"index\":0,\"embedding\":[1,0]}]}", 2,
              "twice");
    check_bad("{\"data\":[{\"index\":2,\"embedding\":[1,0]}]}", 2, "wasn't asked for");
    check_bad("{\"data\":[{\"index\":-1,\"embedding\":[1,0]}]}", 2, "wasn't asked for");
    check_bad("{\"data\":[{\"index\":\"0\",\"embedding\":[1,0]}]}", 2, "wasn't asked for");
    check_bad("{\"data\":[{\"index\":0.5,\"embedding\":[1,0]}]}", 2, "wasn't asked for");
}
END_TEST

START_TEST(what_is_no_vector_is_bad) {
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[0,0]}]}", 1, "direction");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[NaN,0]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[null,0]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[1e999,0]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[\"1\",0]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[1,[0]]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[1,-]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":[1,1e]}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":{}}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0,\"embedding\":null}]}", 1, "isn't one");
    check_bad("{\"data\":[{\"index\":0}]}", 1, "without a vector");
    check_bad("{\"data\":[7]}", 1, "no object");
}
END_TEST

START_TEST(what_is_no_reply_is_bad) {
    check_bad("", 1, "no object");
    check_bad("<html>", 1, "no object");
    check_bad("[]", 1, "no object");
    check_bad("{}", 1, "no data");
    check_bad("{\"data\":null}", 1, "no data");
    check_bad("{\"data\":{\"embedding\":[1,0]}}", 1, "no data");
    check_bad("{\"error\":{\"message\":\"no\"}}", 1, "no data");
}
END_TEST

START_TEST(a_reply_that_is_cut_anywhere_is_bad) {
    static const char whole[] = "{\"data\":[{\"index\":0,\"embedding\":[3,4]},{\"index\":1,"
                                "\"embedding\":\"AABAQAAAgEA=\"}],"
                                "\"usage\":{\"prompt_tokens\":8}}";
    char part[sizeof(whole)];
    GOOD(whole, 2, 2);
    for (size_t n = 0; n < sizeof(whole) - 1; n++) {
        memcpy(part, whole, n);
        part[n] = '\0';
        ck_assert_msg(take(part, 2, 2) == ESI_EUPSTREAM, "%s", part);
    }
}
END_TEST

START_TEST(vectors_of_any_size_get_length_one) {
    GOOD("{\"data\":[{\"index\":0,\"embedding\":[3e30,4e30]}]}", 1, 2);
    check_near(rows[0], 0.6);
    GOOD("{\"data\":[{\"index\":0,\"embedding\":[3e-30,4e-30]}]}", 1, 2);
    check_near(rows[1], 0.8);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("embed_reply");
    tcase_add_test(t, vectors_are_put_by_their_index_and_have_length_one);
    tcase_add_test(t, numbers_are_read_in_every_form_that_json_has);
    tcase_add_test(t, numbers_are_right_to_the_last_bit_of_a_float);
    tcase_add_test(t, base64_is_read_whatever_its_padding);
    tcase_add_test(t, the_dimensions_of_one_vector_are_found);
    tcase_add_test(t, an_index_may_be_missing_where_there_is_one_text);
    tcase_add_test(t, another_length_names_both);
    tcase_add_test(t, a_reply_that_could_put_a_vector_wrongly_is_bad);
    tcase_add_test(t, what_is_no_vector_is_bad);
    tcase_add_test(t, what_is_no_reply_is_bad);
    tcase_add_test(t, a_reply_that_is_cut_anywhere_is_bad);
    tcase_add_test(t, vectors_of_any_size_get_length_one);
    return tap_run("provider/embed_reply", t);
}
