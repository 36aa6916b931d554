/* test_advice.c: what a model gives beside its answer: what is left open, what it thinks of the
 * case, what it cost. */
#include "script.h"

/* ---- what a model adds ----------------------------------------------------------------------- */

START_TEST(what_is_left_open_passes_the_output_check) {
    struct script script = {.pieces = {GOOD, ALSO},
                            .open = {"Which tray the printer took the sheet from",
                                     "Ask for `rm -rf /srv/prints` on host 10.9.8.7", "  ",
                                     "Who else is waiting, as jane.doe@example.com asked"},
                            .open_count = 4};
    esi_desk *desk = open_with(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_uint_ge(r->open_count, 1);
    ck_assert_str_eq(r->open[0], "Which tray the printer took the sheet from");
    for (size_t i = 0; i < r->open_count; i++) {
        ck_assert_ptr_null(strstr(r->open[i], "rm -rf"));
        ck_assert_ptr_null(strstr(r->open[i], "jane.doe"));
    }
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_repeated_request_gives_the_whole_reply_again) {
    struct script script = {.pieces = {GOOD, BAD, BAD}};
    struct script open = {.pieces = {GOOD, ALSO}, .open = {"Which tray"}, .open_count = 1};
    esi_desk *desk = open_with(_i ? &open : &script);
    esi_error err = {0};
    esi_reply *r[2] = {NULL, NULL};
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = jam;
    request.request_id = "once";
    must(esi_chat_ask(desk, &request, &r[0], &err), &err);
    must(esi_chat_ask(desk, &request, &r[1], &err), &err);
    ck_assert(r[1]->replayed);
    ck_assert_uint_eq(r[1]->open_count, r[0]->open_count);
    ck_assert_int_eq(r[1]->cost, r[0]->cost);
    ck_assert(_i ? r[1]->fallback == NULL : strcmp(r[1]->fallback, "unfounded") == 0);
    ck_assert(!_i || strcmp(r[1]->open[0], "Which tray") == 0);
    ck_assert_int_eq(script.asked + open.asked, 1);
    esi_reply_free(r[0]);
    esi_reply_free(r[1]);
    esi_desk_close(desk);
}
END_TEST

START_TEST(all_calls_of_a_turn_are_summed) {
    struct script script = {
        .pieces = {GOOD, ALSO},
        .charges = {{.model = "gpt-4o", .input_tokens = 100},
                    {.model = "gpt-4o-2024-08-06",
                     .input_tokens = 812,
                     .cached_tokens = 800,
                     .output_tokens = 140},
                    {.model = "nobody's", .input_tokens = 5, .output_tokens = -9}},
        .charge_count = 3};
    esi_desk *desk = open_with(&script);
    esi_error err = {0};
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_int_eq(r->input_tokens, 917);
    ck_assert_int_eq(r->output_tokens, 140);
    ck_assert_int_eq(r->cost, 250 + 2430);
    esi_metrics *metrics = NULL;
    must(esi_metrics_summary(desk, NULL, &metrics, &err), &err);
    ck_assert_int_eq(metrics->cost, 2680);
    esi_metrics_free(metrics);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_model_is_told_how_much_it_may_write_and_what_there_is_to_say) {
    struct script script = {.pieces = {GOOD}};
    esi_desk *desk = open_with(&script);
    esi_reply_free(ask(desk, NULL, jam));
    ck_assert_int_eq(script.max_tokens, 700);
    ck_assert_uint_gt(script.category_count, 3);
    esi_desk_close(desk);
}
END_TEST

/* ---- a model that may raise ------------------------------------------------------------------ */

static esi_desk *open_raising(struct script *script) {
    static const char rules[] =
        "{\"version\":1,\"extends\":\"default\",\"triage\":{\"model_may_raise\":true}}";
    char path[] = "/tmp/esi-policy-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, rules, sizeof(rules) - 1), (int)sizeof(rules) - 1);
    close(file);
    esi_desk *desk = open_under(script, path);
    unlink(path);
    return desk;
}

static bool has_rule(const esi_reply *r, const char *rule) {
    for (size_t i = 0; i < r->rule_count; i++) {
        if (strcmp(r->rules[i], rule) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(where_the_policy_lets_it_a_models_advice_raises_and_opens_a_ticket) {
    struct script script = {.pieces = {GOOD, ALSO},
                            .advice = {.has_severity = true,
                                       .severity = ESI_SEVERITY_HIGH,
                                       .has_tier = true,
                                       .tier = ESI_TIER_2,
                                       .has_escalate = true,
                                       .escalate = true}};
    esi_desk *desk = open_raising(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_int_eq(r->tier, ESI_TIER_2);
    ck_assert_int_eq(r->severity, ESI_SEVERITY_HIGH);
    ck_assert(r->needs_escalation);
    ck_assert_ptr_nonnull(r->ticket_id);
    ck_assert(has_rule(r, "model:raised"));
    ck_assert_ptr_nonnull(strstr(r->answer, "ticket")); /* and the answer says so */
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_models_advice_never_lowers) {
    struct script script = {.pieces = {"Hold the badge flat against the reader."},
                            .advice = {.has_severity = true,
                                       .severity = ESI_SEVERITY_LOW,
                                       .has_tier = true,
                                       .tier = ESI_TIER_0,
                                       .has_escalate = true,
                                       .escalate = false}};
    esi_desk *raising = open_raising(&script);
    esi_desk *without = open_small();
    static const char *const messages[] = {"My badge is not read at the door",
                                           "I tried both steps twice, it is still not read"};
    for (size_t i = 0; i < 2; i++) {
        esi_reply *a = ask(raising, "s", messages[i]);
        esi_reply *b = ask(without, "s", messages[i]);
        ck_assert_int_eq(a->tier, b->tier);
        ck_assert_int_eq(a->severity, b->severity);
        ck_assert_int_eq(a->needs_escalation, b->needs_escalation);
        ck_assert(!has_rule(a, "model:raised"));
        esi_reply_free(a);
        esi_reply_free(b);
    }
    esi_desk_close(raising);
    esi_desk_close(without);
}
END_TEST

START_TEST(a_model_whose_answer_is_not_used_raises_nothing) {
    struct script script = {.pieces = {GOOD, BAD, BAD},
                            .advice = {.has_tier = true, .tier = ESI_TIER_3}};
    esi_desk *desk = open_raising(&script);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_int_lt(r->tier, ESI_TIER_3);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(who_asks_why_is_told_what_the_model_thought) {
    struct script script = {.pieces = {GOOD, ALSO},
                            .open = {"Which tray"},
                            .open_count = 1,
                            .advice = {.has_tier = true, .tier = ESI_TIER_3, .category = "vm"}};
    esi_desk *desk = open_with(&script);
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    bool open = false;
    bool advice = false;
    request.message = jam;
    request.explain = true;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    for (size_t i = 0; i < r->trace_count; i++) {
        open = open || strstr(r->trace[i]->text, "the model leaves open: Which tray");
        advice = advice || strcmp(r->trace[i]->text,
                                  "the model would say TIER_3, vm: a model has no say") == 0;
    }
    ck_assert(open && advice);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("advice");
    tcase_add_test(t, what_is_left_open_passes_the_output_check);
    tcase_add_loop_test(t, a_repeated_request_gives_the_whole_reply_again, 0, 2);
    tcase_add_test(t, all_calls_of_a_turn_are_summed);
    tcase_add_test(t, a_model_is_told_how_much_it_may_write_and_what_there_is_to_say);
    tcase_add_test(t, where_the_policy_lets_it_a_models_advice_raises_and_opens_a_ticket);
    tcase_add_test(t, a_models_advice_never_lowers);
    tcase_add_test(t, a_model_whose_answer_is_not_used_raises_nothing);
    tcase_add_test(t, who_asks_why_is_told_what_the_model_thought);
    return tap_run("desk/advice", t);
}
