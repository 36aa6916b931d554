/* test_model.c: turns whose answer a model writes: what comes of each end, and who hears what. */
#include "script.h"

START_TEST(a_models_grounded_answer_is_given_with_its_sources_and_usage) {
    struct script script = {
        .pieces = {"Open the rear ", "flap of the printer. Pull the sheet out ", "slowly.", NULL},
        .cited = {"s1"},
        .cited_count = 1,
        .says_cited = true};
    esi_desk *desk = open_with(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_str_eq(r->answer, "Open the rear flap of the printer. Pull the sheet out slowly.");
    ck_assert_str_eq(r->model, "script-1");
    ck_assert_int_eq(r->input_tokens, 7);
    ck_assert_int_eq(r->output_tokens, 9);
    ck_assert_uint_eq(r->reference_count, 1);
    ck_assert_str_eq(r->references[0]->id, "doc-print");
    ck_assert_ptr_nonnull(strstr(script.prompt, jam));
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_sentence_with_an_invented_command_is_left_out) {
    struct script script = {.pieces = {"Open the rear flap of the printer. ",
                                       "Then run `sudo systemctl restart cups` on 10.9.8.7. ",
                                       "Pull the sheet out slowly.", NULL}};
    esi_desk *desk = open_with(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_ptr_null(strstr(r->answer, "systemctl"));
    ck_assert_ptr_null(strstr(r->answer, "10.9.8.7"));
    ck_assert_ptr_nonnull(strstr(r->answer, "rear flap"));
    ck_assert_ptr_nonnull(strstr(r->answer, "slowly"));
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_citation_that_was_not_retrieved_is_dropped) {
    struct script script = {.pieces = {"Open the rear flap of the printer.", NULL},
                            .cited = {"s99", "kb-root-passwords"},
                            .cited_count = 2,
                            .says_cited = true};
    esi_desk *desk = open_with(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_uint_ge(r->reference_count, 1);
    ck_assert_str_eq(r->references[0]->id, "doc-print");
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_model_that_fails_is_replaced_by_the_answer_by_rule) {
    struct script script = {.pieces = {NULL}, .fails = ESI_EUPSTREAM};
    esi_desk *desk = open_with(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_str_eq(r->model, "offline");
    ck_assert_ptr_nonnull(strstr(r->answer, "rear flap"));
    ck_assert_int_eq(script.asked, 1);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_model_that_never_answers_costs_its_share_of_the_deadline_only) {
    struct script script = {.wait_for_ever = true};
    esi_desk *desk = open_with(&script);
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = jam;
    request.deadline_ms = 1200;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    ck_assert_str_eq(r->model, "offline");
    esi_reply_free(r);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_refusal_by_the_model_is_no_answer) {
    struct script script = {.pieces = {"I can't help with that.", NULL},
                            .finish = ESI_FINISH_REFUSAL};
    esi_desk *desk = open_with(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_str_eq(r->model, "offline");
    ck_assert_ptr_nonnull(strstr(r->answer, "rear flap"));
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

static int count_replaces(const esi_event *event, void *context) {
    *(int *)context += event->kind == ESI_EVENT_REPLACE;
    return 0;
}

START_TEST(text_that_was_shown_before_a_failure_is_replaced) {
    struct script script = {
        .pieces = {"Open the rear flap of the printer. ", "Pull the sheet", NULL},
        .fails = ESI_EUPSTREAM};
    esi_desk *desk = open_with(&script);
    esi_error err = {0};
    esi_reply *r = NULL;
    int replaces = 0;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = jam;
    request.on_event = count_replaces;
    request.event_context = &replaces;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    ck_assert_int_eq(replaces, 1);
    ck_assert_str_eq(r->model, "offline");
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_model_is_not_asked_for_refusals_and_for_what_is_not_covered) {
    struct script script = {.pieces = {"Bread needs flour.", NULL}};
    esi_desk *desk = open_with(&script);
    esi_reply *bread = ask(desk, NULL, "How do I bake bread?");
    esi_reply *files = ask(desk, NULL, "How do I read the other team's files?");
    esi_reply *hello = ask(desk, NULL, "Hello!");
    ck_assert_int_eq(script.asked, 0);
    ck_assert_str_eq(bread->answer, "This is not covered in the knowledge base.");
    esi_reply_free(bread);
    esi_reply_free(files);
    esi_reply_free(hello);
    esi_desk_close(desk);
}
END_TEST

START_TEST(decisions_are_the_same_with_and_without_a_model) {
    struct script script = {
        .pieces = {"Hold the badge flat against the reader for two seconds.", NULL}};
    esi_desk *with = open_with(&script);
    esi_desk *without = open_small();
    static const char *const messages[] = {"My badge is not read at the door",
                                           "Which paper may be used?", jam};
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        esi_reply *a = ask(with, NULL, messages[i]);
        esi_reply *b = ask(without, NULL, messages[i]);
        ck_assert_int_eq(a->coverage, b->coverage);
        ck_assert_int_eq(a->tier, b->tier);
        ck_assert_int_eq(a->severity, b->severity);
        ck_assert_int_eq(a->needs_escalation, b->needs_escalation);
        ck_assert_double_eq(a->confidence, b->confidence);
        esi_reply_free(a);
        esi_reply_free(b);
    }
    esi_desk_close(with);
    esi_desk_close(without);
}
END_TEST

/* ---- what comes of each end ------------------------------------------------------------------ */

static const struct {
    const char *name;
    struct script script;
    const char *fallback; /* NULL: its answer is used */
    const char *says;     /* part of the line that says so; NULL: nothing is said */
} ends[] = {
    {"unreachable", {.fails = ESI_EUNAVAILABLE}, "unreachable", "can't be reached"},
    {"broken", {.fails = ESI_EUPSTREAM}, "unreachable", "can't be reached"},
    {"too slow", {.fails = ESI_ETIMEOUT}, "timeout", "can't be reached"},
    {"a limit", {.fails = ESI_EUPSTREAM, .upstream_status = 429}, "limit", "can't be reached"},
    {"no reply in a 200",
     {.fails = ESI_EUPSTREAM, .upstream_status = 200},
     "empty",
     "gave no answer"},
    {"broken in mid-answer", {.pieces = {GOOD, ALSO}, .fails = ESI_EUPSTREAM}, "unreachable", ""},
    {"declining",
     {.pieces = {"I can't help."}, .finish = ESI_FINISH_REFUSAL},
     "refusal",
     "no answer"},
    {"filtered", {.pieces = {GOOD, ALSO}, .finish = ESI_FINISH_FILTER}, "filter", "no answer"},
    {"empty", {.pieces = {NULL}}, "empty", "no answer"},
    {"blank", {.pieces = {" ", "\n\n"}}, "empty", "no answer"},
    {"cut in its first sentence",
     {.pieces = {"Open the rear flap of"}, .finish = ESI_FINISH_LENGTH},
     "cut",
     "no answer"},
    {"cut later", {.pieces = {GOOD, "Pull the sh"}, .finish = ESI_FINISH_LENGTH}, NULL, NULL},
    {"invented", {.pieces = {GOOD, BAD, BAD}}, "unfounded", "no answer"},
    {"not covered, it says",
     {.pieces = {"This is not covered ", "in the knowledge base."}},
     "declined",
     NULL},
    {"not covered, in quotes",
     {.pieces = {"**This is not covered in the knowledge base**"}, .whole = true},
     "declined",
     NULL},
    {"not covered, and an answer",
     {.pieces = {"This is not covered in the knowledge base. ", GOOD}},
     NULL,
     NULL},
    {"whole", {.pieces = {GOOD, ALSO}, .whole = true}, NULL, NULL},
};

START_TEST(each_end_of_an_answer_has_its_outcome_and_its_row) {
    struct script script = ends[_i].script;
    esi_desk *desk = open_with(&script);
    esi_desk *without = open_small();
    esi_error err = {0};
    esi_reply *r = ask(desk, NULL, jam);
    esi_reply *by_rule = ask(without, NULL, jam);
    const char *said = strstr(r->answer, "straight from the knowledge base");
    if (ends[_i].fallback) {
        ck_assert_ptr_nonnull(r->fallback);
        ck_assert_str_eq(r->fallback, ends[_i].fallback);
        ck_assert_str_eq(r->model, "offline");
        /* behind the line that says so it is the answer that there is without a model */
        ck_assert_ptr_nonnull(strstr(r->answer, by_rule->answer));
        ck_assert_uint_eq(r->open_count, 0);
    } else {
        ck_assert_ptr_null(r->fallback);
        ck_assert_str_eq(r->model, "script-1");
        ck_assert_ptr_nonnull(strstr(r->answer, "Open the rear flap"));
        ck_assert_ptr_null(strstr(r->answer, "not covered"));
        ck_assert_ptr_null(strstr(r->answer, "Pull the sh\n"));
    }
    ck_assert_msg(!said == !ends[_i].says, "%s: %s", ends[_i].name, r->answer);
    ck_assert(!ends[_i].says || strstr(r->answer, ends[_i].says));
    ck_assert_int_eq(r->input_tokens, 7);
    ck_assert_uint_ge(r->reference_count, 1);
    esi_metrics *metrics = NULL;
    must(esi_metrics_summary(desk, NULL, &metrics, &err), &err);
    ck_assert_int_eq(metrics->fallbacks, ends[_i].fallback ? 1 : 0);
    ck_assert_int_eq(metrics->input_tokens, 7);
    esi_metrics_free(metrics);
    esi_reply_free(r);
    esi_reply_free(by_rule);
    esi_desk_close(desk);
    esi_desk_close(without);
}
END_TEST

START_TEST(decisions_are_the_same_whatever_the_model_does) {
    static const char *const messages[] = {"My badge is not read at the door",
                                           "I tried twice and the badge is still not read", jam};
    struct script script = ends[_i].script;
    script.advice = (esi_advice){.has_tier = true,
                                 .tier = ESI_TIER_3,
                                 .has_severity = true,
                                 .severity = ESI_SEVERITY_CRITICAL,
                                 .has_escalate = true,
                                 .escalate = true};
    esi_desk *with = open_with(&script);
    esi_desk *without = open_small();
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        esi_reply *a = ask(with, "s", messages[i]);
        esi_reply *b = ask(without, "s", messages[i]);
        ck_assert_int_eq(a->coverage, b->coverage);
        ck_assert_int_eq(a->tier, b->tier);
        ck_assert_int_eq(a->severity, b->severity);
        ck_assert_int_eq(a->needs_escalation, b->needs_escalation);
        ck_assert(!a->ticket_id == !b->ticket_id);
        ck_assert_double_eq(a->confidence, b->confidence);
        esi_reply_free(a);
        esi_reply_free(b);
    }
    esi_desk_close(with);
    esi_desk_close(without);
}
END_TEST

/* ---- events ---------------------------------------------------------------------------------- */

struct heard {
    char kinds[64]; /* a letter for each event: m s d r t D */
    size_t count;
    char text[4096];
    size_t n;
    int stop_at; /* cancels at that event; 0: never */
};

static int hear(const esi_event *event, void *context) {
    struct heard *h = context;
    h->kinds[h->count++] = "msdrtD"[event->kind];
    if (event->kind == ESI_EVENT_DELTA) {
        memcpy(h->text + h->n, event->text, event->text_size + 1);
        h->n += event->text_size;
    } else if (event->kind == ESI_EVENT_REPLACE) {
        h->n = 0;
    }
    return h->stop_at > 0 && (int)h->count == h->stop_at;
}

static esi_err ask_hearing(esi_desk *desk, struct heard *h, esi_reply **out, esi_error *err) {
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = jam;
    request.on_event = hear;
    request.event_context = h;
    return esi_chat_ask(desk, &request, out, err);
}

START_TEST(sources_are_told_before_the_first_text) {
    struct script script = {.pieces = {GOOD, ALSO},
                            .cited = {"s1"},
                            .cited_count = 1,
                            .says_cited = true,
                            .early = _i == 1};
    esi_desk *desk = open_with(&script);
    struct heard h = {0};
    esi_error err = {0};
    esi_reply *r = NULL;
    must(ask_hearing(desk, &h, &r, &err), &err);
    ck_assert_str_eq(strchr(h.kinds, 's'), "sddD");
    ck_assert_str_eq(h.text, r->answer);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(silence_ticks) {
    struct script script = {.pieces = {GOOD, ALSO}, .ticks = 2};
    esi_desk *desk = open_with(&script);
    struct heard h = {0};
    esi_error err = {0};
    esi_reply *r = NULL;
    must(ask_hearing(desk, &h, &r, &err), &err);
    ck_assert_str_eq(strchr(h.kinds, 't'), "ttsddD");
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_restart_voids_all_that_was_heard) {
    struct script script = {.pieces = {GOOD, BAD, BAD, ALSO, "Close the flap."}, .restart_at = 3};
    esi_desk *desk = open_with(&script);
    struct heard h = {0};
    esi_error err = {0};
    esi_reply *r = NULL;
    must(ask_hearing(desk, &h, &r, &err), &err);
    ck_assert_str_eq(strchr(h.kinds, 's'), "sdrddD");
    ck_assert_str_eq(r->answer, "Pull the sheet out slowly. Close the flap.");
    ck_assert_str_eq(h.text, r->answer);
    ck_assert_ptr_null(r->fallback);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_turn_cancelled_at_a_tick_leaves_nothing) {
    struct script script = {.pieces = {GOOD, ALSO}, .ticks = 3};
    esi_desk *desk = open_with(&script);
    struct heard h = {.stop_at = 1};
    esi_error err = {0};
    esi_reply *r = NULL;
    ck_assert_int_eq(ask_hearing(desk, &h, &r, &err), ESI_ECANCELLED);
    ck_assert_ptr_null(r);
    ck_assert_int_eq(messages_in(desk), 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(what_was_shown_before_a_cancel_is_recorded_with_its_cost) {
    struct script script = {.pieces = {GOOD, "Pull the sheet out slowly.", " "}};
    esi_desk *desk = open_with(&script);
    struct heard h = {.stop_at = 3};
    esi_error err = {0};
    esi_reply *r = NULL;
    must(ask_hearing(desk, &h, &r, &err), &err);
    ck_assert(r->interrupted);
    ck_assert_ptr_null(r->fallback);
    ck_assert_int_eq(r->input_tokens, 7);
    ck_assert_str_eq(r->answer, h.text);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    const int end_count = (int)(sizeof(ends) / sizeof(ends[0]));
    TCase *t = tcase_create("model");
    tcase_add_test(t, a_models_grounded_answer_is_given_with_its_sources_and_usage);
    tcase_add_test(t, a_sentence_with_an_invented_command_is_left_out);
    tcase_add_test(t, a_citation_that_was_not_retrieved_is_dropped);
    tcase_add_test(t, a_model_that_fails_is_replaced_by_the_answer_by_rule);
    tcase_add_test(t, a_model_that_never_answers_costs_its_share_of_the_deadline_only);
    tcase_add_test(t, a_refusal_by_the_model_is_no_answer);
    tcase_add_test(t, text_that_was_shown_before_a_failure_is_replaced);
    tcase_add_test(t, a_model_is_not_asked_for_refusals_and_for_what_is_not_covered);
    tcase_add_test(t, decisions_are_the_same_with_and_without_a_model);
    tcase_add_loop_test(t, each_end_of_an_answer_has_its_outcome_and_its_row, 0, end_count);
    tcase_add_loop_test(t, decisions_are_the_same_whatever_the_model_does, 0, end_count);
    tcase_add_loop_test(t, sources_are_told_before_the_first_text, 0, 2);
    tcase_add_test(t, silence_ticks);
    tcase_add_test(t, a_restart_voids_all_that_was_heard);
    tcase_add_test(t, a_turn_cancelled_at_a_tick_leaves_nothing);
    tcase_add_test(t, what_was_shown_before_a_cancel_is_recorded_with_its_cost);
    return tap_run("desk/model", t);
}
