/* What goes to the server as an argument comes back as a column: store/pg_args, store/pg_rows. */
#include <math.h>
#include <stdlib.h>

#include "pg_fixture.h"
#include "tap.h"

static struct pg_target target;
static struct pg_conn *conn;
static esi_arena arena;
static struct pg_rows rows;

static void begin(void) {
    target = target_of(getenv("ESI_TEST_PG"));
    conn = connect_to(&target);
    rows = (struct pg_rows){0};
}

static void end(void) {
    rows_clear(&rows);
    pg_conn_close(conn);
    pg_target_clear(&target);
    arena_clear(&arena);
}

static void ask(const char *sql, const struct pg_args *args) {
    const esi_wait wait = seconds(20);
    const struct pg_step step = {sql, args, &rows};
    rows_clear(&rows);
    MUST(pg_conn_run(conn, &step, 1, &wait, err));
    ck_assert_uint_eq(rows.count, 1);
}

static const char *text(int column) {
    return rows_text(&rows, 0, column, &arena);
}

START_TEST(numbers_come_back) {
    static const int64_t numbers[] = {0, 1, -1, 255, -32768, INT32_MAX, INT64_MAX, INT64_MIN};
    begin();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct pg_args args = args_of(NULL);
        args_int(&args, numbers[i]);
        args_double(&args, (double)numbers[i] / 3);
        args_bool(&args, i % 2 == 1);
        const struct pg_args moved = args; /* it may be copied */
        memset(&args, 0x5a, sizeof args);
        ask("SELECT $1, $2, $3, $1::text", &moved);
        ck_assert_int_eq(rows_int(&rows, 0, 0), numbers[i]);
        ck_assert_double_eq(rows_double(&rows, 0, 1), (double)numbers[i] / 3);
        ck_assert_int_eq(rows_int(&rows, 0, 2), i % 2);
        ck_assert_int_eq(strtoll(text(3), NULL, 10), numbers[i]);
    }
    ask("SELECT 7::smallint, -7::integer, 1.5::real, true, NULL::bigint, NULL::float8", NULL);
    ck_assert_int_eq(rows_int(&rows, 0, 0), 7);
    ck_assert_int_eq(rows_int(&rows, 0, 1), -7);
    ck_assert_double_eq(rows_double(&rows, 0, 2), 1.5);
    ck_assert_int_eq(rows_int(&rows, 0, 3), 1);
    ck_assert_int_eq(rows_int(&rows, 0, 4), 0);
    ck_assert(rows_null(&rows, 0, 4));
    ck_assert_double_eq(rows_double(&rows, 0, 5), 0);
    end();
}
END_TEST

START_TEST(texts_come_back) {
    begin();
    struct pg_args args = args_of(NULL);
    args_text(&args, "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac");
    args_text(&args, "");
    args_text(&args, NULL);
    args_json(&args, "{\"a\": [1]}");
    args_json(&args, NULL);
    ask("SELECT $1, $2, $3, $4, $4::jsonb, $5, $4->'a', length($1)", &args);
    ck_assert_str_eq(text(0), "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac");
    ck_assert_str_eq(text(1), "");
    ck_assert_ptr_null(text(2));
    ck_assert_str_eq(text(3), "{\"a\": [1]}");
    ck_assert_str_eq(text(4), "{\"a\": [1]}");
    ck_assert_ptr_null(text(5));
    ck_assert_str_eq(text(6), "[1]");
    ck_assert_int_eq(rows_int(&rows, 0, 7), 8);
    ck_assert_int_eq(rows_ok(&rows, NULL), ESI_OK);
    end();
}
END_TEST

START_TEST(times_come_back_to_the_millisecond) {
    static const int64_t times[] = {1, -1, 999, 1790000000123, 946684800000, -62135596800000};
    begin();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct pg_args args = args_of(NULL);
        args_time(&args, times[i]);
        ask("SELECT $1, round(extract(epoch FROM $1) * 1000)::bigint", &args);
        ck_assert_int_eq(rows_time(&rows, 0, 0), times[i]);
        ck_assert_int_eq(rows_int(&rows, 0, 1), times[i]);
    }
    struct pg_args args = args_of(NULL);
    args_time(&args, 0);
    args_time(&args, INT64_MAX);
    args_time(&args, INT64_MIN);
    ask("SELECT $1, $1 IS NULL, $2 = 'infinity', $3 = '-infinity', $2, $3", &args);
    ck_assert_int_eq(rows_time(&rows, 0, 0), 0);
    for (int i = 1; i < 4; i++) {
        ck_assert_int_eq(rows_int(&rows, 0, i), 1);
    }
    ck_assert(rows_time(&rows, 0, 4) == INT64_MAX && rows_time(&rows, 0, 5) == INT64_MIN);
    end();
}
END_TEST

START_TEST(ids_and_hashes_come_back) {
    uint8_t hash[32], got[32];
    for (size_t i = 0; i < sizeof hash; i++) {
        hash[i] = (uint8_t)(i * 9);
    }
    begin();
    struct pg_args args = args_of(NULL);
    args_uuid(&args, "01990000-ABCD-7000-8000-0123456789ab");
    args_uuid(&args, NULL);
    args_hash(&args, hash);
    ask("SELECT $1, $1::text, $2, $3, octet_length($3), '\\x01'::bytea", &args);
    ck_assert_str_eq(text(0), "01990000-abcd-7000-8000-0123456789ab");
    ck_assert_str_eq(text(1), text(0));
    ck_assert_ptr_null(text(2));
    ck_assert(rows_hash(&rows, 0, 3, got));
    ck_assert_mem_eq(got, hash, 32);
    ck_assert_int_eq(rows_int(&rows, 0, 4), 32);
    ck_assert(!rows_hash(&rows, 0, 5, got));
    end();
}
END_TEST

START_TEST(vectors_come_back_whole_and_halved) {
    enum { N = 1536 };
    static float sent[N], whole[N], halved[N];
    for (int i = 0; i < N; i++) {
        sent[i] = sinf((float)i) * (i % 7 == 0 ? 1e-6F : 1.0F);
    }
    begin();
    struct pg_args args = args_of(&arena);
    args_vector(&args, sent, N);
    ask("SELECT $1::vector, $1::vector::halfvec, vector_dims($1::vector), NULL::vector", &args);
    ck_assert(rows_vector(&rows, 0, 0, whole, N));
    ck_assert_mem_eq(whole, sent, sizeof sent);
    ck_assert(rows_vector(&rows, 0, 1, halved, N));
    for (int i = 0; i < N; i++) {
        ck_assert_float_le(fabsf(halved[i] - sent[i]), fabsf(sent[i]) / 1024 + 1e-7F);
    }
    ck_assert_int_eq(rows_int(&rows, 0, 2), N);
    ck_assert(!rows_vector(&rows, 0, 0, whole, N - 1));
    ck_assert(!rows_vector(&rows, 0, 3, whole, N));
    end();
}
END_TEST

START_TEST(arrays_come_back) {
    static const char *const texts[] = {"a,b", NULL, "", "\"q\""};
    static const char *const ids[] = {"01990000-0000-7000-8000-000000000001"};
    static const int64_t ints[] = {INT64_MIN, 5};
    static const double doubles[] = {0.1, -2};
    static const float floats[] = {0.5F};
    static const uint8_t hashes[2][32] = {{1}, {2}};
    begin();
    struct pg_args args = args_of(&arena);
    args_texts(&args, texts, 4);
    args_texts(&args, NULL, 0);
    args_uuids(&args, ids, 1);
    args_ints(&args, ints, 2);
    args_doubles(&args, doubles, 2);
    args_floats(&args, floats, 1);
    args_hashes(&args, hashes, 2);
    ask("SELECT $1::text, cardinality($2), $3[1]::text, $4::text, $5::text, $6::text, "
        "get_byte($7[2], 0)",
        &args);
    ck_assert_str_eq(text(0), "{\"a,b\",NULL,\"\",\"\\\"q\\\"\"}");
    ck_assert_int_eq(rows_int(&rows, 0, 1), 0);
    ck_assert_str_eq(text(2), ids[0]);
    ck_assert_str_eq(text(3), "{-9223372036854775808,5}");
    ck_assert_str_eq(text(4), "{0.1,-2}");
    ck_assert_str_eq(text(5), "{0.5}");
    ck_assert_int_eq(rows_int(&rows, 0, 6), 2);
    end();
}
END_TEST

START_TEST(what_is_no_uuid_sends_nothing) {
    static const char *const wrong[] = {"", "x", "01990000-0000-7000-8000-00000000000",
                                        "01990000-0000-7000-8000-0000000000011",
                                        "0199000000007000800000000000000000001"};
    begin();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert(!pg_is_uuid(wrong[i]));
        struct pg_args args = args_of(NULL);
        args_uuid(&args, wrong[i]);
        const struct pg_step step = {"SELECT 1/0 WHERE $1 IS NULL", &args, NULL};
        const esi_wait wait = seconds(20);
        ck_assert_int_eq(pg_conn_run(conn, &step, 1, &wait, NULL), ESI_EINVAL);
    }
    ck_assert(!pg_is_uuid(NULL));
    ck_assert(pg_is_uuid("01990000-0000-7000-8000-000000000001"));
    end();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_values");
    tcase_add_test(t, numbers_come_back);
    tcase_add_test(t, texts_come_back);
    tcase_add_test(t, times_come_back_to_the_millisecond);
    tcase_add_test(t, ids_and_hashes_come_back);
    tcase_add_test(t, vectors_come_back_whole_and_halved);
    tcase_add_test(t, arrays_come_back);
    tcase_add_test(t, what_is_no_uuid_sends_nothing);
    return tap_run("store/pg_values", t);
}
