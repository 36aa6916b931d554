/* test_openai.c: a desk whose answers come from an endpoint that speaks the API, over real sockets:
 * what each thing that endpoints do comes to, in the reply, in the row and for who listens. */
#include "fixture.h"

#include "upstream.h"

#define DEADLINE_MS 2000
#define RESERVE_MS 400

static const char jam[] = "The printer reports a paper jam, what do I do?";

static void no_proxy(void) {
    static const char *const variables[] = {"http_proxy",  "https_proxy", "all_proxy", "HTTP_PROXY",
                                            "HTTPS_PROXY", "ALL_PROXY",   "NO_PROXY",  "no_proxy"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        unsetenv(variables[i]);
    }
}

struct bench {
    struct upstream *up;
    esi_desk *desk;
};

/* Documents are read before the script begins, so that no line of it is used up by them. */
static struct bench bench_open(const char *script, const char *embedding_provider) {
    const struct upstream_setup setup = {.script = "any normal", .keep_requests = true};
    struct bench b = {.up = upstream_start(&setup)};
    esi_error err = {0};
    esi_options options = ESI_OPTIONS_INIT;
    no_proxy();
    options.store = ":memory:";
    options.api_key = "sk-test-secret";
    options.base_url = upstream_url(b.up);
    options.embedding_provider = embedding_provider;
    options.deadline_ms = DEADLINE_MS;
    options.reserve_ms = RESERVE_MS;
    must(esi_desk_open(&options, &b.desk, &err), &err);
    put_document(b.desk, "print.md", printing_doc);
    put_document(b.desk, "badge.md", badge_doc);
    upstream_play(b.up, script);
    return b;
}

static void bench_close(struct bench *b) {
    esi_desk_close(b->desk);
    upstream_stop(b->up);
}

static esi_metrics sums_of(esi_desk *desk) {
    esi_error err = {0};
    esi_metrics *metrics = NULL;
    must(esi_metrics_summary(desk, NULL, &metrics, &err), &err);
    const esi_metrics sums = *metrics;
    esi_metrics_free(metrics);
    return sums;
}

/* ---- the model writes ------------------------------------------------------------------------ */

static const char *const rights[] = {
    "chat normal",
    "chat normal whole=1",
    "chat cuts",
    "chat ascii",
    "chat crlf",
    "chat comments",
    "chat reorder",
    "chat fenced",
    "chat prose",
    "chat bytes",
    "chat no_usage",
    "chat no_done",
    "chat unknown_id",
    "chat 503; chat normal",
    "chat slow",
    "chat normal cite=0",
    "chat 429 retry_ms=30; chat normal",
    "chat next_fin; chat normal",
};

START_TEST(an_answer_is_written_whatever_dress_it_comes_in) {
    struct bench b = bench_open(rights[_i], "offline");
    esi_reply *r = ask(b.desk, NULL, jam);
    ck_assert_msg(r->fallback == NULL, "%s: %s", rights[_i], r->fallback);
    ck_assert_ptr_nonnull(strstr(r->model, "gpt-4o"));
    ck_assert_uint_ge(r->reference_count, 1);
    ck_assert_str_eq(r->references[0]->id, "doc-print");
    ck_assert_int_gt(r->input_tokens, 0);
    ck_assert_int_gt(r->cost, 0);
    const esi_metrics sums = sums_of(b.desk);
    ck_assert_int_eq(sums.fallbacks, 0);
    ck_assert_int_eq(sums.cost, r->cost);
    esi_reply_free(r);
    bench_close(&b);
}
END_TEST

/* ---- it doesn't ------------------------------------------------------------------------------ */

static const struct {
    const char *script, *fallback;
} wrongs[] = {
    {"chat 401", "unreachable"},
    {"chat 404", "unreachable"},
    {"chat 500", "unreachable"},
    {"chat 502 as=html", "unreachable"},
    {"chat 400 what=context", "unreachable"},
    {"chat reset", "unreachable"},
    {"chat close", "unreachable"},
    {"chat 429", "limit"},
    {"chat 429 retry=60", "limit"},
    {"chat stall", "timeout"},
    {"chat refusal", "refusal"},
    {"chat filter", "filter"},
    {"chat 400 as=azure what=filter", "filter"},
    {"chat empty", "empty"},
    {"chat null", "empty"},
    {"chat normal say=This is not covered in the knowledge base.", "declined"},
    {"chat normal say=Call 10.9.8.7 and run rm -rf /srv/prints there.", "unfounded"},
};

START_TEST(each_failure_comes_to_an_offline_answer_that_is_recorded_so) {
    struct bench b = bench_open(wrongs[_i].script, "offline");
    esi_desk *without = open_small();
    esi_reply *r = ask(b.desk, "s-1", jam);
    esi_reply *by_rule = ask(without, "s-1", jam);
    ck_assert_msg(r->fallback != NULL, "%s: %s", wrongs[_i].script, r->answer);
    ck_assert_msg(strcmp(r->fallback, wrongs[_i].fallback) == 0, "%s: %s", wrongs[_i].script,
                  r->fallback);
    ck_assert_str_eq(r->model, "offline");
    ck_assert_ptr_nonnull(strstr(r->answer, by_rule->answer));
    ck_assert_int_eq(r->tier, by_rule->tier);
    ck_assert_int_eq(r->severity, by_rule->severity);
    ck_assert_int_eq(r->needs_escalation, by_rule->needs_escalation);
    ck_assert_double_eq(r->confidence, by_rule->confidence);
    const esi_metrics sums = sums_of(b.desk);
    ck_assert_int_eq(sums.fallbacks, 1);
    ck_assert_int_eq(sums.messages, 2);
    esi_reply_free(r);
    esi_reply_free(by_rule);
    esi_desk_close(without);
    bench_close(&b);
}
END_TEST

START_TEST(with_endpoints_down_tickets_are_opened_and_show_how_answers_were_made) {
    struct bench b = bench_open("any reset", "offline");
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_reply *first = ask(b.desk, "s-1", "My badge is not read at the door");
    esi_reply *last = ask(b.desk, "s-1", "I did both twice and it is still not read");
    ck_assert(last->needs_escalation);
    ck_assert_ptr_nonnull(last->ticket_id);
    must(esi_ticket_get(b.desk, NULL, last->ticket_id, &ticket, &err), &err);
    ck_assert_uint_eq(ticket->conversation_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const char *fallback = ticket->conversation[i]->fallback;
        ck_assert(i % 2 == 0 ? fallback == NULL : strcmp(fallback, "unreachable") == 0);
    }
    esi_ticket_free(ticket);
    esi_reply_free(first);
    esi_reply_free(last);
    bench_close(&b);
}
END_TEST

/* ---- who listens ----------------------------------------------------------------------------- */

struct heard {
    char kinds[512];
    size_t count;
    char text[8192];
    size_t n;
};

static int hear(const esi_event *event, void *context) {
    struct heard *h = context;
    if (h->count + 1 < sizeof(h->kinds)) {
        h->kinds[h->count++] = "msdrtD"[event->kind];
    }
    if (event->kind == ESI_EVENT_DELTA) {
        memcpy(h->text + h->n, event->text, event->text_size + 1);
        h->n += event->text_size;
    } else if (event->kind == ESI_EVENT_REPLACE) {
        h->n = 0;
    }
    return 0;
}

static esi_reply *ask_hearing(esi_desk *desk, struct heard *h) {
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = jam;
    request.on_event = hear;
    request.event_context = h;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    return r;
}

START_TEST(a_stream_tells_sources_then_sentences_and_ends_as_the_reply) {
    struct bench b = bench_open("chat normal drip=1", "offline");
    struct heard h = {0};
    esi_reply *r = ask_hearing(b.desk, &h);
    const char *source = strchr(h.kinds, 's');
    const char *text = strchr(h.kinds, 'd');
    ck_assert(source && text && source < text);
    ck_assert_ptr_null(strchr(h.kinds, 'r'));
    ck_assert_str_eq(h.text, r->answer);
    esi_reply_free(r);
    bench_close(&b);
}
END_TEST

START_TEST(a_stream_that_breaks_after_text_was_shown_is_replaced) {
    struct bench b = bench_open("chat normal end=reset at=middle say=Open the rear flap of the "
                                "printer. Pull the sheet out slowly. Close the flap and press the "
                                "green button. Open the rear flap of the printer.",
                                "offline");
    struct heard h = {0};
    esi_reply *r = ask_hearing(b.desk, &h);
    ck_assert_ptr_nonnull(strchr(h.kinds, 'r'));
    ck_assert_str_eq(h.text, r->answer);
    ck_assert_str_eq(r->model, "offline");
    ck_assert_int_eq(sums_of(b.desk).messages, 2);
    esi_reply_free(r);
    bench_close(&b);
}
END_TEST

START_TEST(a_silent_endpoint_ticks) {
    struct bench b = bench_open("chat stall", "offline");
    struct heard h = {0};
    esi_reply *r = ask_hearing(b.desk, &h);
    ck_assert_ptr_nonnull(strchr(h.kinds, 't'));
    ck_assert_str_eq(r->fallback, "timeout");
    esi_reply_free(r);
    bench_close(&b);
}
END_TEST

/* ---- vectors and secrets --------------------------------------------------------------------- */

START_TEST(a_questions_vector_is_part_of_what_a_turn_cost) {
    struct bench b = bench_open("any normal", NULL);
    esi_reply *r = ask(b.desk, NULL, jam);
    const struct upstream_counts counts = upstream_counts(b.up);
    ck_assert_int_ge(counts.embed, 2); /* of the documents, and of the question */
    ck_assert_int_eq(counts.chat, 1);
    ck_assert_ptr_null(r->fallback);
    ck_assert_int_eq(sums_of(b.desk).input_tokens, r->input_tokens);
    upstream_play(b.up, "embed normal; chat 500");
    esi_reply *down = ask(b.desk, NULL, "Which paper may be used in the workshop printer?");
    ck_assert_str_eq(down->fallback, "unreachable");
    ck_assert_int_gt(down->input_tokens, 0); /* the vector's */
    ck_assert_int_lt(down->input_tokens, r->input_tokens);
    esi_reply_free(r);
    esi_reply_free(down);
    bench_close(&b);
}
END_TEST

START_TEST(without_vectors_words_answer) {
    struct bench b = bench_open("embed 500; chat normal", NULL);
    esi_reply *r = ask(b.desk, NULL, jam);
    ck_assert_ptr_null(r->fallback);
    ck_assert_str_eq(r->references[0]->id, "doc-print");
    esi_reply_free(r);
    bench_close(&b);
}
END_TEST

START_TEST(an_answer_says_nothing_of_the_key) {
    struct bench b = bench_open("chat 401 echo=1", "offline");
    esi_reply *r = ask(b.desk, NULL, jam);
    ck_assert_ptr_null(strstr(r->answer, "sk-test-secret"));
    ck_assert_ptr_nonnull(strstr(upstream_request(b.up, 0), "sk-test-secret"));
    esi_reply_free(r);
    bench_close(&b);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("openai");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, an_answer_is_written_whatever_dress_it_comes_in, 0,
                        sizeof(rights) / sizeof(rights[0]));
    tcase_add_loop_test(t, each_failure_comes_to_an_offline_answer_that_is_recorded_so, 0,
                        sizeof(wrongs) / sizeof(wrongs[0]));
    tcase_add_test(t, with_endpoints_down_tickets_are_opened_and_show_how_answers_were_made);
    tcase_add_test(t, a_stream_tells_sources_then_sentences_and_ends_as_the_reply);
    tcase_add_test(t, a_stream_that_breaks_after_text_was_shown_is_replaced);
    tcase_add_test(t, a_silent_endpoint_ticks);
    tcase_add_test(t, a_questions_vector_is_part_of_what_a_turn_cost);
    tcase_add_test(t, without_vectors_words_answer);
    tcase_add_test(t, an_answer_says_nothing_of_the_key);
    return tap_run("desk/openai", t);
}
