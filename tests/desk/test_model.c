/* test_model.c: turns whose answer a model writes: a scripted one, brought through
 * sys/provider.h. */
#include "fixture.h"

#include <esihelp/sys/provider.h>

struct script {
    const char *pieces[16]; /* what it writes, NULL-terminated */
    const char *cited[4];
    size_t cited_count;
    bool says_cited;
    esi_err fails; /* after the pieces */
    esi_finish finish;
    bool wait_for_ever; /* until its wait ends */
    int asked;
    char prompt[65536]; /* the last turn that it was given */
};

static struct script *script_of(esi_provider *self) {
    return (struct script *)self;
}

static esi_err script_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    (void)err;
    *out = config->context;
    return ESI_OK;
}

static void script_close(esi_provider *self) {
    (void)self;
}

static void script_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){.name = "script", .chat_model = "script-1"};
}

static esi_err script_answer(esi_provider *self, const esi_answer_request *request,
                             esi_arena *arena, esi_answer *out, esi_error *err) {
    struct script *s = script_of(self);
    s->asked++;
    const esi_prompt_turn *last = &request->turns[request->turn_count - 1];
    snprintf(s->prompt, sizeof(s->prompt), "%.*s", (int)last->text.size, last->text.data);
    while (s->wait_for_ever && esi_wait_left_ms(&request->wait) > 0) {
        usleep(1000);
    }
    if (s->wait_for_ever) {
        return esi_fail(err, ESI_ETIMEOUT, "test/script", "too slow");
    }
    const esi_answer_listener *listener = request->listener;
    const esi_charge charge = {.model = "script-1", .input_tokens = 7, .output_tokens = 9};
    listener->on_charge(&charge, listener->context);
    char *text = esi_arena_alloc(arena, 16384);
    size_t n = 0;
    for (size_t i = 0; s->pieces[i]; i++) {
        const size_t size = strlen(s->pieces[i]);
        memcpy(text + n, s->pieces[i], size);
        n += size;
        if (listener->on_text(s->pieces[i], size, listener->context)) {
            out->finish = ESI_FINISH_STOPPED;
            return ESI_OK;
        }
    }
    if (s->fails != ESI_OK) {
        return esi_fail(err, s->fails, "test/script", "it broke");
    }
    *out = (esi_answer){.text = {text, n},
                        .cited = s->cited,
                        .cited_count = s->cited_count,
                        .has_cited = s->says_cited,
                        .finish = s->finish};
    return ESI_OK;
}

static const esi_provider_ops script_ops = {.size = sizeof(esi_provider_ops),
                                            .name = "script",
                                            .open = script_open,
                                            .close = script_close,
                                            .info = script_info,
                                            .answer = script_answer};

static esi_desk *open_with(struct script *script) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.provider = "custom";
    options.provider_ops = &script_ops;
    options.provider_context = script;
    options.reserve_ms = 200;
    must(esi_desk_open(&options, &desk, &err), &err);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    return desk;
}

static const char jam[] = "The printer reports a paper jam, what do I do?";

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

int main(void) {
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
    return tap_run("desk/model", t);
}
