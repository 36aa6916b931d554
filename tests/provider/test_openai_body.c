#include "provider/openai_body.h"

#include <string.h>

#include "base/json.h"
#include "provider/dialect.h"
#include "tap.h"

#define SCHEMA "{\"type\":\"object\"}"

static const esi_prompt_turn turns[] = {{ESI_SPEAKER_USER, {"First \"one\"\n", 12}},
                                        {ESI_SPEAKER_ASSISTANT, {"Second", 6}},
                                        {ESI_SPEAKER_USER, {"Third", 5}}};
static const esi_answer_request request = {.size = sizeof(esi_answer_request),
                                           .system = {"Rules.", 6},
                                           .turns = turns,
                                           .turn_count = 3,
                                           .max_tokens = 700};

static struct json_doc *written(unsigned dialect, bool stream) {
    const struct answer_body body = {.request = &request,
                                     .model = "gpt-4o",
                                     .schema = VIEW(SCHEMA),
                                     .dialect = dialect,
                                     .stream = stream};
    struct buf out;
    struct json_doc *doc = NULL;
    esi_error err = {0};
    buf_init(&out, BODY_MAX);
    answer_body_write(&body, &out);
    ck_assert(!out.failed);
    ck_assert_msg(json_read(buf_view(&out), BODY_MAX, "the body", &doc, &err) == ESI_OK, "%s",
                  err.message);
    buf_clear(&out);
    return doc;
}

static const json_value *get(const struct json_doc *doc, const char *name) {
    return json_get(json_root(doc), name);
}

static const json_value *message(const struct json_doc *doc, size_t n) {
    const json_value *item = json_first(get(doc, "messages"));
    for (; n > 0; n--) {
        item = json_next(item);
    }
    return item;
}

static void message_is(const struct json_doc *doc, size_t n, const char *role,
                       const char *content) {
    ck_assert_str_eq(json_string(json_get(message(doc, n), "role")), role);
    ck_assert_str_eq(json_string(json_get(message(doc, n), "content")), content);
}

START_TEST(all_that_the_api_offers_is_asked_for) {
    struct json_doc *doc = written(0, true);
    ck_assert_str_eq(json_string(get(doc, "model")), "gpt-4o");
    ck_assert_uint_eq(json_count(get(doc, "messages")), 4);
    message_is(doc, 0, "system", "Rules.");
    message_is(doc, 1, "user", "First \"one\"\n");
    message_is(doc, 2, "assistant", "Second");
    message_is(doc, 3, "user", "Third");
    const json_value *format = get(doc, "response_format");
    ck_assert_str_eq(json_string(json_get(format, "type")), "json_schema");
    const json_value *schema = json_get(format, "json_schema");
    ck_assert(json_bool(json_get(schema, "strict"), false));
    ck_assert_str_eq(json_string(json_get(json_get(schema, "schema"), "type")), "object");
    ck_assert(json_bool(get(doc, "stream"), false));
    ck_assert(json_bool(json_get(get(doc, "stream_options"), "include_usage"), false));
    ck_assert(json_number(get(doc, "max_completion_tokens"), 0) == 700);
    ck_assert(json_number(get(doc, "temperature"), 1) == 0);
    ck_assert_ptr_null(get(doc, "user"));
    json_free(doc);
}
END_TEST

START_TEST(what_an_endpoint_refuses_is_left_out) {
    struct json_doc *doc =
        written(DIALECT_OLD_MAX_TOKENS | DIALECT_NO_USAGE | DIALECT_NO_TEMPERATURE, true);
    ck_assert_ptr_null(get(doc, "max_completion_tokens"));
    ck_assert(json_number(get(doc, "max_tokens"), 0) == 700);
    ck_assert_ptr_null(get(doc, "stream_options"));
    ck_assert_ptr_null(get(doc, "temperature"));
    json_free(doc);
    doc = written(0, false);
    ck_assert(!json_bool(get(doc, "stream"), true));
    ck_assert_ptr_null(get(doc, "stream_options"));
    json_free(doc);
}
END_TEST

START_TEST(without_a_schema_the_rules_carry_it) {
    static const unsigned dialects[] = {DIALECT_NO_SCHEMA, DIALECT_NO_JSON,
                                        DIALECT_NO_SCHEMA | DIALECT_NO_JSON};
    for (size_t i = 0; i < 3; i++) {
        struct json_doc *doc = written(dialects[i], true);
        const char *rules = json_string(json_get(message(doc, 0), "content"));
        ck_assert_int_eq(strncmp(rules, "Rules.\n", 7), 0);
        ck_assert_ptr_nonnull(strstr(rules, "JSON"));
        ck_assert_ptr_nonnull(strstr(rules, SCHEMA));
        const json_value *format = get(doc, "response_format");
        if (dialects[i] == DIALECT_NO_SCHEMA) {
            ck_assert_str_eq(json_string(json_get(format, "type")), "json_object");
        } else {
            ck_assert_ptr_null(format);
        }
        json_free(doc);
    }
}
END_TEST

START_TEST(without_a_role_for_them_the_rules_open_the_first_turn) {
    struct json_doc *doc = written(DIALECT_NO_SYSTEM, true);
    ck_assert_uint_eq(json_count(get(doc, "messages")), 3);
    message_is(doc, 0, "user", "Rules.\n\nFirst \"one\"\n");
    message_is(doc, 1, "assistant", "Second");
    json_free(doc);
}
END_TEST

START_TEST(turns_of_one_role_begin_alike) {
    static const unsigned dialects[] = {0, DIALECT_NO_SCHEMA, DIALECT_NO_SCHEMA | DIALECT_NO_JSON,
                                        DIALECT_NO_SYSTEM};
    const esi_prompt_turn other = {ESI_SPEAKER_USER, {"Another", 7}};
    for (size_t i = 0; i < 4; i++) {
        esi_answer_request second = request;
        second.turns = &other;
        second.turn_count = 1;
        struct answer_body body = {.request = &request,
                                   .model = "m",
                                   .schema = VIEW(SCHEMA),
                                   .dialect = dialects[i],
                                   .stream = true};
        struct buf a, b;
        buf_init(&a, BODY_MAX);
        buf_init(&b, BODY_MAX);
        answer_body_write(&body, &a);
        body.request = &second;
        answer_body_write(&body, &b);
        size_t alike = 0;
        while (alike < a.n && alike < b.n && a.p[alike] == b.p[alike]) {
            alike++;
        }
        const size_t rules = view_find(buf_view(&a), VIEW("Rules."), 0) + 6;
        ck_assert_uint_ge(alike, rules);
        buf_clear(&a);
        buf_clear(&b);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("openai_body");
    tcase_add_test(t, all_that_the_api_offers_is_asked_for);
    tcase_add_test(t, what_an_endpoint_refuses_is_left_out);
    tcase_add_test(t, without_a_schema_the_rules_carry_it);
    tcase_add_test(t, without_a_role_for_them_the_rules_open_the_first_turn);
    tcase_add_test(t, turns_of_one_role_begin_alike);
    return tap_run("provider/openai_body", t);
}
