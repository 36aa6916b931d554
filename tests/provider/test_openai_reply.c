#include "provider/openai_reply.h"

#include <string.h>

#include "tap.h"

/* What a reply said in all, cut into pieces of `step` bytes. */
struct heard {
    struct reply reply;
    char text[400];
    esi_err result;
};

static void hear(struct heard *h, const char *bytes, size_t step) {
    const struct view all = view_of(bytes);
    reply_init(&h->reply);
    h->result = ESI_OK;
    for (size_t at = 0; at < all.n && h->result == ESI_OK; at += step) {
        h->result = reply_take(&h->reply, view_slice(all, at, at + step), NULL);
    }
    if (h->result == ESI_OK) {
        h->result = reply_end(&h->reply, NULL);
    }
    const struct buf *content = &h->reply.content;
    ck_assert_uint_lt(content->n, sizeof(h->text));
    memcpy(h->text, content->n == 0 ? "" : content->p, content->n);
    h->text[content->n] = '\0';
}

static void says(const char *bytes, const char *text) {
    for (size_t step = 1; step < 200; step = step * 3 + 1) {
        struct heard h;
        hear(&h, bytes, step);
        ck_assert_int_eq(h.result, ESI_OK);
        ck_assert_str_eq(h.text, text);
        reply_clear(&h.reply);
    }
}

#define CHUNK(delta) "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{" delta "}}]}\n\n"
#define LAST(finish)                                                                               \
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" finish "\"}]}\n\n"

START_TEST(a_stream_is_the_sum_of_its_pieces) {
    says(CHUNK("\"role\":\"assistant\",\"content\":\"\"") CHUNK("\"content\":\"Hel\"")
             CHUNK("\"content\":\"lo\\n\\u00e9\"") LAST("stop") "data: [DONE]\n\n",
         "Hello\n\xc3\xa9");
}
END_TEST

START_TEST(a_pair_of_surrogates_may_be_parted) {
    says(CHUNK("\"content\":\"a\\ud83d\"") CHUNK("\"content\":\"\\ude00b\"") LAST("stop"),
         "a\xf0\x9f\x98\x80"
         "b");
}
END_TEST

START_TEST(only_the_first_choice_counts) {
    says("data: {\"choices\":[{\"delta\":{\"content\":\"no\"},\"index\":1},"
         "{\"delta\":{\"content\":\"yes\"},\"index\":0}]}\n\n"
         "data: {\"choices\":[{\"delta\":{\"content\":\"no\"},\"index\":1}]}\n\n",
         "yes");
}
END_TEST

START_TEST(a_whole_reply_needs_no_stream) {
    says(" \n{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},"
         "\"finish_reason\":\"stop\"}]}",
         "Hello");
    says("\xef\xbb\xbf{\"choices\":[{\"message\":{\"content\":\"Hello\"}}]}\n", "Hello");
}
END_TEST

START_TEST(a_text_may_come_in_parts) {
    says("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"Hel\"},"
         "{\"type\":\"thinking\",\"thinking\":[{\"text\":\"no\"}]},3,"
         "{\"text\":\"lo\",\"type\":\"text\"}]}}]}",
         "Hello");
}
END_TEST

START_TEST(names_that_come_twice_or_arent_known_do_no_harm) {
    says("{\"x\":{\"choices\":[]},\"choices\":[{\"message\":{\"content\":\"no\",\"content\":"
         "\"Hello\",\"annotations\":[]},\"logprobs\":null}],\"x\":1}",
         "Hello");
}
END_TEST

START_TEST(what_a_model_thinks_in_a_field_of_its_own_is_left_out) {
    says(CHUNK("\"reasoning_content\":\"hm\",\"content\":null") CHUNK("\"content\":\"Hello\"")
             LAST("stop"),
         "Hello");
}
END_TEST

START_TEST(how_it_ended_is_told) {
    static const struct {
        const char *word;
        enum reply_finish finish;
    } finishes[] = {{"stop", REPLY_STOPPED},       {"length", REPLY_LENGTH},
                    {"max_tokens", REPLY_LENGTH},  {"content_filter", REPLY_FILTER},
                    {"tool_calls", REPLY_STOPPED}, {"eos_token", REPLY_STOPPED},
                    {"error", REPLY_GIVEN_UP},     {"abort", REPLY_GIVEN_UP}};
    for (size_t i = 0; i < sizeof(finishes) / sizeof(*finishes); i++) {
        char text[200];
        struct heard h;
        (void)snprintf(text, sizeof(text), "data: {\"choices\":[{\"finish_reason\":\"%s\"}]}\n\n",
                       finishes[i].word);
        hear(&h, text, 1000);
        ck_assert_int_eq(h.reply.finish, finishes[i].finish);
        reply_clear(&h.reply);
    }
}
END_TEST

START_TEST(a_stream_without_its_end_is_not_ended) {
    struct heard h;
    hear(&h, CHUNK("\"content\":\"Hel\""), 1000);
    ck_assert_int_eq(h.reply.finish, REPLY_UNFINISHED);
    ck_assert(!h.reply.ended && h.reply.any);
    reply_clear(&h.reply);
    hear(&h, CHUNK("\"content\":\"Hel\"") "data: [DONE]\n\n", 1000);
    ck_assert(h.reply.ended);
    reply_clear(&h.reply);
    hear(&h, "{\"choices\":[{\"message\":{\"content\":\"Hel", 1000);
    ck_assert(!h.reply.ended);
    reply_clear(&h.reply);
}
END_TEST

START_TEST(usage_is_read_wherever_it_stands) {
    struct heard h;
    hear(&h,
         "data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[],\"usage\":null}\n\n" LAST(
             "stop") "data: "
                     "{\"choices\":[],\"usage\":{\"prompt_tokens\":812,\"completion_tokens\":140,"
                     "\"total_tokens\":952,\"prompt_tokens_details\":{\"cached_tokens\":768}}}\n\n",
         7);
    ck_assert(h.reply.usage.said);
    ck_assert_int_eq(h.reply.usage.input, 812);
    ck_assert_int_eq(h.reply.usage.cached, 768);
    ck_assert_int_eq(h.reply.usage.output, 140);
    ck_assert_str_eq(h.reply.model.p, "gpt-4o-2024-08-06");
    reply_clear(&h.reply);
}
END_TEST

START_TEST(a_usage_of_nothing_was_not_counted) {
    struct heard h;
    hear(&h, "{\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}", 1000);
    ck_assert(!h.reply.usage.said);
    reply_clear(&h.reply);
    hear(&h, "{\"choices\":[],\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":\"x\"}}", 1000);
    ck_assert(!h.reply.usage.said);
    reply_clear(&h.reply);
}
END_TEST

START_TEST(a_refusal_is_kept_apart) {
    struct heard h;
    hear(&h, CHUNK("\"refusal\":\"I can't \"") CHUNK("\"refusal\":\"help.\"") LAST("stop"), 5);
    ck_assert_str_eq(h.text, "");
    ck_assert_str_eq(h.reply.refusal.p, "I can't help.");
    reply_clear(&h.reply);
}
END_TEST

START_TEST(an_error_in_its_place_is_kept) {
    static const char *const replies[] = {
        "data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n\n",
        "event: error\ndata: {\"message\":\"overloaded\"}\n\n",
        "data: {\"object\":\"error\",\"message\":\"no\",\"code\":500}\n\n",
        "{\"error\":{\"message\":\"no\"}}",
        "{\"detail\":\"no\"}",
        "[{\"error\":{\"code\":503}}]",
        CHUNK("\"content\":\"Hel\"") "data: {\"error\":\"gone\"}\n\n",
    };
    for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
        struct heard h;
        hear(&h, replies[i], 3);
        ck_assert_msg(h.reply.error.n > 0, "%s", replies[i]);
        reply_clear(&h.reply);
    }
}
END_TEST

START_TEST(an_error_of_null_is_none) {
    struct heard h;
    hear(&h, "{\"error\":null,\"choices\":[{\"message\":{\"content\":\"Hello\"}}]}", 1000);
    ck_assert_uint_eq(h.reply.error.n, 0);
    reply_clear(&h.reply);
}
END_TEST

START_TEST(events_that_nobody_knows_are_passed_over) {
    says(": keep-alive\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\ndata: 12\n\ndata: "
         "rubbish\n\n" CHUNK("\"content\":\"Hello\"") LAST("stop"),
         "Hello");
}
END_TEST

START_TEST(a_page_is_no_reply) {
    struct heard h;
    hear(&h, "<html>\n<body>data: is not what it says</body>\n</html>\n", 4);
    ck_assert_int_eq(h.result, ESI_OK);
    ck_assert(!h.reply.any);
    reply_clear(&h.reply);
}
END_TEST

START_TEST(a_reply_without_an_end_is_refused) {
    struct reply r;
    char rubbish[4096];
    memset(rubbish, 'x', sizeof(rubbish));
    for (int whole = 0; whole < 2; whole++) {
        esi_error err = {0};
        esi_err result = ESI_OK;
        reply_init(&r);
        rubbish[0] = whole ? '{' : 'x';
        for (size_t n = 0; n <= 2 * REPLY_MAX && result == ESI_OK; n += sizeof(rubbish)) {
            result = reply_take(&r, (struct view){rubbish, sizeof(rubbish)}, &err);
        }
        ck_assert_int_eq(result, ESI_ETOOBIG);
        ck_assert_int_eq(err.code, ESI_ETOOBIG);
        reply_clear(&r);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("openai_reply");
    tcase_add_test(t, a_stream_is_the_sum_of_its_pieces);
    tcase_add_test(t, a_pair_of_surrogates_may_be_parted);
    tcase_add_test(t, only_the_first_choice_counts);
    tcase_add_test(t, a_whole_reply_needs_no_stream);
    tcase_add_test(t, a_text_may_come_in_parts);
    tcase_add_test(t, names_that_come_twice_or_arent_known_do_no_harm);
    tcase_add_test(t, what_a_model_thinks_in_a_field_of_its_own_is_left_out);
    tcase_add_test(t, how_it_ended_is_told);
    tcase_add_test(t, a_stream_without_its_end_is_not_ended);
    tcase_add_test(t, usage_is_read_wherever_it_stands);
    tcase_add_test(t, a_usage_of_nothing_was_not_counted);
    tcase_add_test(t, a_refusal_is_kept_apart);
    tcase_add_test(t, an_error_in_its_place_is_kept);
    tcase_add_test(t, an_error_of_null_is_none);
    tcase_add_test(t, events_that_nobody_knows_are_passed_over);
    tcase_add_test(t, a_page_is_no_reply);
    tcase_add_test(t, a_reply_without_an_end_is_refused);
    return tap_run("provider/openai_reply", t);
}
