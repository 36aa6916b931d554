#include "core/issue.h"

#include "conversation.h"
#include "core/cues.h"
#include "tap.h"

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

static const struct reading *heard(const char *text, bool asked) {
    talk.asked = asked;
    talk_read(&talk, view_of(text));
    return &talk.reading;
}

struct act_case {
    esi_act act;
    bool asked;
    const char *text;
};

static const struct act_case acts[] = {
    {ESI_ACT_QUESTION, false, "How do I connect to the VPN?"},
    {ESI_ACT_QUESTION, false, "how to reset password"},
    {ESI_ACT_QUESTION, false, "which ports are open on the gateway"},
    {ESI_ACT_QUESTION, false, "can I extend my lab"},
    {ESI_ACT_QUESTION, false, "What does error ESI-1042 mean?"},
    {ESI_ACT_QUESTION, false, "I don't know how to take a snapshot"},
    {ESI_ACT_QUESTION, false, "I would like to know what tier 2 means"},
    {ESI_ACT_QUESTION, false, "Could you tell me how long a lab stays open?"},
    {ESI_ACT_QUESTION, false, "what happens to my work if my VM crashes?"},
    {ESI_ACT_QUESTION, false, "What happens when a VM freezes during an exam?"},
    {ESI_ACT_QUESTION, false, "Why is copying images not allowed?"},
    {ESI_ACT_QUESTION, false, "The exercise asks us to crash the service. Which tool may I use?"},
    {ESI_ACT_QUESTION, false, "Last month the whole platform was down. Is that announced?"},
    {ESI_ACT_QUESTION, false, "My colleague says the platform is down. Is that right?"},
    {ESI_ACT_QUESTION, false, "how do I open a ticket?"},
    {ESI_ACT_QUESTION, false, "It's not that it doesn't work, I just want to know how it works"},
    {ESI_ACT_TROUBLE, false, "The VPN drops every few minutes"},
    {ESI_ACT_TROUBLE, false, "why does my VM keep freezing?"},
    {ESI_ACT_TROUBLE, false, "cant log in to the portal"},
    {ESI_ACT_TROUBLE, false, "the vpn conection dosent work"},
    {ESI_ACT_TROUBLE, false, "black screen on console"},
    {ESI_ACT_TROUBLE, false, "I get error 651 when I connect"},
    {ESI_ACT_TROUBLE, false, "It says \"access denied\" when I open the lab"},
    {ESI_ACT_TROUBLE, false, "nothing happens when I click start"},
    {ESI_ACT_TROUBLE, false, "the login page times out"},
    {ESI_ACT_TROUBLE, false, "my flag is not accepted although it is correct"},
    {ESI_ACT_TROUBLE, false, "Is anyone else having problems with the console?"},
    {ESI_ACT_TROUBLE, false, "It worked yesterday but now it doesn't"},
    {ESI_ACT_TROUBLE, false, "it works now but it drops every hour"},
    {ESI_ACT_TROUBLE, false, "My VM crashed. What should I do?"},
    {ESI_ACT_TROUBLE, false, "When I click on start it freezes"},
    {ESI_ACT_REQUEST, false, "Please reset my password"},
    {ESI_ACT_REQUEST, false, "I need my lab extended by two days"},
    {ESI_ACT_REQUEST, false, "Could you please restart my VM"},
    {ESI_ACT_REQUEST, false, "Can we have 2 more hours?"},
    {ESI_ACT_REQUEST, false, "I'd appreciate it if you could extend the lab"},
    {ESI_ACT_REQUEST, false, "restart the web-03 machine"},
    {ESI_ACT_REQUEST, false, "Can I talk to a real person?"},
    {ESI_ACT_ANSWER, true, "It is web-03"},
    {ESI_ACT_ANSWER, true, "it says access denied"},
    {ESI_ACT_ANSWER, true, "since this morning"},
    {ESI_ACT_ANSWER, true, "I don't have a recovery code"},
    {ESI_ACT_ANSWER, true, "no, just me"},
    {ESI_ACT_THANKS, false, "It works now"},
    {ESI_ACT_THANKS, false, "Thank you so much!"},
    {ESI_ACT_THANKS, false, "great, it's working again"},
    {ESI_ACT_GREETING, false, "good morning"},
    {ESI_ACT_GREETING, false, "Hello team!"},
    {ESI_ACT_SMALLTALK, false, "who are you"},
    {ESI_ACT_SMALLTALK, false, "ok"},
};

START_TEST(act_is_read_from_grammar) {
    const struct act_case *c = &acts[_i];
    const struct reading *r = heard(c->text, c->asked);
    ck_assert_msg(r->act == c->act, "\"%s\" is %s, not %s", c->text, esi_act_name(r->act),
                  esi_act_name(c->act));
}
END_TEST

static const char *const failures[] = {
    "Still the same error",
    "it still drops",
    "That didn't help",
    "no luck",
    "It dropped again",
    "The problem persists",
    "I restarted it but it still drops",
    "I tried that and it made no difference",
    "Did all that. Same result.",
    "ok I cleared the cache, but the page is still empty",
    "it is not fixed",
};

START_TEST(failed_try_is_heard) {
    const struct reading *r = heard(failures[_i], false);
    ck_assert_msg(r->failed, "\"%s\"", failures[_i]);
    ck_assert(!r->solved);
}
END_TEST

static const char *const successes[] = {
    "It works now",
    "Thanks, that fixed it",
    "that did it",
    "the problem is gone",
    "I'm in now, thanks",
    "restarting helped",
    "Thank you, I can log in now",
    "yes that worked",
};

START_TEST(solved_is_heard) {
    const struct reading *r = heard(successes[_i], false);
    ck_assert_msg(r->solved, "\"%s\"", successes[_i]);
    ck_assert(!r->failed);
}
END_TEST

static const char *const unsolved[] = {
    "It worked yesterday but now it doesn't",
    "it works now but it drops every hour",
    "Can you help me fix it?",
    "It should work now?",
    "it used to work fine",
    "I hope it works",
};

START_TEST(hope_and_past_solve_nothing) {
    ck_assert_msg(!heard(unsolved[_i], false)->solved, "\"%s\"", unsolved[_i]);
}
END_TEST

START_TEST(deeds_are_kept_in_their_words) {
    const struct reading *r = heard("I restarted the client twice and it still fails", false);
    ck_assert_uint_eq(r->done_count, 1);
    ck_assert(view_starts(r->done[0], VIEW("restarted the client twice")));
    ck_assert_int_eq(r->times, 2);
    ck_assert(r->failed);
}
END_TEST

START_TEST(everything_tried_is_heard) {
    ck_assert(heard("I tried everything, still nothing", false)->done_all);
    ck_assert(heard("I have followed all the steps and it is still stuck", false)->done_all);
    ck_assert(!heard("I tried the first step", false)->done_all);
}
END_TEST

START_TEST(questions_are_no_deeds) {
    ck_assert_uint_eq(heard("Should I restart the client?", false)->done_count, 0);
    ck_assert_uint_eq(heard("If I restarted it, would it help?", false)->done_count, 0);
    ck_assert_uint_eq(heard("I haven't restarted it yet", false)->done_count, 0);
}
END_TEST

static bool has_fact(const struct reading *r, const char *fact) {
    for (size_t i = 0; i < r->fact_count; i++) {
        if (view_eq(r->facts[i], view_of(fact))) {
            return true;
        }
    }
    return false;
}

START_TEST(facts_are_picked_out) {
    const struct reading *r = heard("Seat B12 shows \"Kernel panic - not syncing\" since 14:05, "
                                    "machine web-03, error VPN-204",
                                    false);
    ck_assert(has_fact(r, "Kernel panic - not syncing"));
    ck_assert(has_fact(r, "Seat B12"));
    ck_assert(has_fact(r, "since 14:05"));
    ck_assert(has_fact(r, "machine web-03"));
    ck_assert(has_fact(r, "error VPN-204"));
}
END_TEST

START_TEST(message_without_quotation_marks_is_a_fact) {
    ck_assert(
        has_fact(heard("It says connection refused by peer", false), "connection refused by peer"));
}
END_TEST

static bool signalled(const char *text, const char *signal) {
    return (heard(text, false)->signals & policy_signal_bit(talk.policy, signal)) != 0;
}

START_TEST(signals_are_read_where_something_is_asserted) {
    ck_assert(signalled("I lost my work after the reset", "lost-work"));
    ck_assert(signalled("My exam VM is frozen", "graded"));
    ck_assert(signalled("We can't submit the exam", "graded"));
    ck_assert(signalled("why did everyone in my class get disconnected?", "several-people") ||
              signalled("why did everyone in my class get disconnected?", "class"));
}
END_TEST

static const char *const silent[][2] = {
    {"What happens if I lost my work after a reset?", "lost-work"},
    {"I haven't lost any work, the console is just black", "lost-work"},
    {"My VM is frozen; no work was lost", "lost-work"},
    {"It isn't an exam, the console is just black", "graded"},
    {"My colleague says the whole platform is down", "platform-wide"},
    {"The guide says \"the whole platform is down\" counts as an outage. Where is that?",
     "platform-wide"},
    {"Last year the whole class lost their work. How are backups made now?", "lost-work"},
    {"Which policy covers an outage of the whole platform?", "platform-wide"},
};

START_TEST(signals_are_silent_in_questions_quotes_and_denials) {
    ck_assert_msg(!signalled(silent[_i][0], silent[_i][1]), "\"%s\": %s", silent[_i][0],
                  silent[_i][1]);
}
END_TEST

START_TEST(replies_are_read) {
    ck_assert(heard("yes", true)->affirmed);
    ck_assert(heard("nope", true)->denied);
    ck_assert(heard("No recovery code", true)->denied);
    ck_assert_int_eq(heard("the second one", true)->choice, 2);
    ck_assert_int_eq(heard("3", true)->choice, 3);
    ck_assert_int_eq(heard("I waited a second", false)->choice, 0);
    ck_assert(heard("only me", true)->only_me);
}
END_TEST

START_TEST(wishes_about_tickets_are_read) {
    ck_assert(heard("please open a ticket", false)->wants_person);
    ck_assert(heard("I want to talk to a human", false)->wants_person);
    ck_assert(!heard("how do I open a ticket?", false)->wants_person);
    ck_assert(heard("no ticket please", false)->wants_no_ticket);
    ck_assert(!heard("please don't open a ticket", false)->wants_person);
}
END_TEST

START_TEST(any_text_is_read) {
    char text[4096];
    uint32_t chance = 12345;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof(text); i++) {
            chance = chance * 1664525u + 1013904223u;
            text[i] = (char)("abc '\"`?.,n't\n\t0:-\xC3"[(chance >> 24) % 20]);
        }
        const size_t n = (chance >> 8) % sizeof(text);
        esi_arena arena;
        struct reading reading;
        arena_init(&arena, 0);
        ck_assert_int_eq(
            issue_read(talk.policy, (struct view){text, n}, NULL, 0, false, &arena, &reading, NULL),
            ESI_OK);
        arena_clear(&arena);
    }
}
END_TEST

/* ---- state ----------------------------------------------------------------------------------- */

static enum issue_step turn(const char *text) {
    (void)talk_say(&talk, text);
    return talk.step;
}

START_TEST(report_opens_and_still_continues) {
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    ck_assert_int_eq(turn("it still drops"), ISSUE_CONTINUED);
    ck_assert_uint_eq(talk.issues.count, 1);
}
END_TEST

START_TEST(turns_without_a_topic_go_on) {
    static const char *const texts[] = {"yes",       "the second one",         "please hurry",
                                        "no ticket", "this is so frustrating", "any news?"};
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const enum issue_step step = turn(texts[i]);
        ck_assert_msg(step == ISSUE_CONTINUED, "\"%s\"", texts[i]);
    }
}
END_TEST

START_TEST(new_topic_opens_another) {
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    ck_assert_int_eq(turn("How is the final report graded?"), ISSUE_OPENED);
    ck_assert_uint_eq(talk.issues.count, 2);
}
END_TEST

START_TEST(return_to_an_older_topic_continues_it) {
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    ck_assert_int_eq(turn("How is the final report graded?"), ISSUE_OPENED);
    ck_assert_int_eq(turn("The VPN connection drops again"), ISSUE_CONTINUED);
    ck_assert_int_eq(talk.issues.current, 0);
}
END_TEST

START_TEST(it_works_now_closes) {
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    ck_assert_int_eq(turn("It works now, thanks"), ISSUE_CLOSES);
    ck_assert_int_eq(talk.issues.issues[0].phase, ISSUE_CLOSED);
    ck_assert_int_eq(turn("thanks"), ISSUE_NONE);
}
END_TEST

START_TEST(trouble_that_comes_back_reopens) {
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    ck_assert_int_eq(turn("It works now"), ISSUE_CLOSES);
    ck_assert_int_eq(turn("it dropped again"), ISSUE_CONTINUED);
    ck_assert_int_eq(talk.issues.issues[0].phase, ISSUE_OPEN);
}
END_TEST

START_TEST(solved_and_a_new_question_do_both) {
    ck_assert_int_eq(turn("The VPN drops every few minutes"), ISSUE_OPENED);
    ck_assert_int_eq(turn("It works now! How is the final report graded?"), ISSUE_OPENED);
    ck_assert_int_eq(talk.issues.issues[0].phase, ISSUE_CLOSED);
    ck_assert_int_eq(talk.issues.current, 1);
}
END_TEST

START_TEST(greeting_belongs_to_no_issue) {
    ck_assert_int_eq(turn("hello"), ISSUE_NONE);
    ck_assert_uint_eq(talk.issues.count, 0);
}
END_TEST

START_TEST(try_counts_when_steps_were_given) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_STEP, "Restart the client.");
    (void)turn("The VPN drops every few minutes");
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 0);
    (void)turn("it still drops");
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 1);
}
END_TEST

START_TEST(try_does_not_count_without_steps) {
    (void)turn("The VPN drops every few minutes");
    (void)turn("it still drops");
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 0);
}
END_TEST

START_TEST(asking_again_is_no_try) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_STEP, "Restart the client.");
    (void)turn("The VPN drops every few minutes");
    (void)turn("where do I find the VPN client?");
    (void)turn("I have restarted the client now");
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 0);
}
END_TEST

START_TEST(tries_named_by_the_user_count) {
    (void)turn("I restarted the client twice and the VPN still drops");
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 2);
}
END_TEST

START_TEST(later_step_done_means_those_before_it) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_STEP, "Quit every other client.");
    talk_item(&talk, NOTE_STEP, "Restart the machine.");
    talk_item(&talk, NOTE_STEP, "Plug in a cable.");
    (void)turn("The VPN drops every few minutes");
    (void)turn("I restarted the machine, still drops");
    const struct issue *issue = &talk.issues.issues[0];
    ck_assert_uint_eq(issue->tried_count, 3);
    ck_assert(view_eq(issue->tried[0], VIEW("Quit every other client.")));
    ck_assert(view_eq(issue->tried[1], VIEW("Restart the machine.")));
}
END_TEST

START_TEST(outcome_only_raises) {
    (void)turn("The VPN drops every few minutes");
    struct issue_outcome up = {
        .tier = ESI_TIER_2, .severity = ESI_SEVERITY_HIGH, .escalated = true};
    struct issue_outcome down = {.tier = ESI_TIER_0, .severity = ESI_SEVERITY_LOW};
    ck_assert_int_eq(issue_answered(&talk.issues, &up, &talk.arena, NULL), ESI_OK);
    ck_assert_int_eq(issue_answered(&talk.issues, &down, &talk.arena, NULL), ESI_OK);
    ck_assert_int_eq(talk.issues.issues[0].tier, ESI_TIER_2);
    ck_assert_int_eq(talk.issues.issues[0].severity, ESI_SEVERITY_HIGH);
    ck_assert(talk.issues.issues[0].escalated);
}
END_TEST

START_TEST(reply_is_kept_with_its_question) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_ASK, "Which VPN profile are you using?");
    talk_item(&talk, NOTE_ASK, "Do you use a cable?");
    (void)turn("The VPN drops every few minutes");
    (void)turn("yes");
    const struct issue *issue = &talk.issues.issues[0];
    ck_assert_uint_eq(issue->fact_count, 1);
    ck_assert(view_eq(issue->facts[0], VIEW("Do you use a cable? => yes")));
}
END_TEST

START_TEST(a_yes_to_a_step_answers_no_question) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_STEP, "Close the client on the tablet.");
    talk_item(&talk, NOTE_ASK, "Do others see that too?");
    (void)turn("The VPN drops every few minutes");
    (void)turn("yes closed it on the tablet");
    ck_assert_uint_eq(talk.issues.issues[0].fact_count, 0);
}
END_TEST

START_TEST(newest_issues_are_kept) {
    static const char *const topics[] = {"printer", "badge",    "garage", "canteen", "locker",
                                         "monitor", "keyboard", "webcam", "headset", "charger"};
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        (void)turn(arena_printf(&talk.arena, "My %s is broken", topics[i]));
    }
    ck_assert_uint_eq(talk.issues.count, ISSUE_MAX);
    ck_assert_int_eq(talk.issues.last_number, 10);
    ck_assert_int_eq(talk.issues.issues[0].number, 3);
}
END_TEST

/* ---- as JSON --------------------------------------------------------------------------------- */

START_TEST(state_survives_a_round_trip) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_STEP, "Restart the client.");
    talk_item(&talk, NOTE_ASK, "Which VPN profile are you using?");
    (void)turn("I lost my work when the VPN dropped, error \"peer gone\"");
    (void)turn("profile north-2, still drops");
    struct issue_state back;
    struct buf again;
    buf_init(&again, ISSUE_JSON_MAX);
    ck_assert_int_eq(issue_decode(buf_view(&talk.state), talk.policy, &talk.arena, &back, NULL),
                     ESI_OK);
    ck_assert_int_eq(issue_encode(&back, talk.policy, &again, NULL), ESI_OK);
    ck_assert_str_eq(again.p, talk.state.p);
    ck_assert_int_eq(back.issues[0].failed_tries, 1);
    ck_assert_uint_ne(back.issues[0].signals, 0);
    buf_clear(&again);
}
END_TEST

START_TEST(what_cannot_be_read_is_left_out) {
    static const char *const texts[] = {"",
                                        "  ",
                                        "null",
                                        "[]",
                                        "{",
                                        "{\"issues\":[{\"tier\":99}]}",
                                        "{\"issues\":7,\"current\":3}",
                                        "{\"issues\":[{\"signals\":[\"nobody-knows\",4]}]}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct issue_state state;
        ck_assert_int_eq(issue_decode(view_of(texts[i]), talk.policy, &talk.arena, &state, NULL),
                         ESI_OK);
        ck_assert_int_eq(state.current, -1);
        for (size_t k = 0; k < state.count; k++) {
            ck_assert_int_eq(state.issues[k].tier, ESI_TIER_0);
            ck_assert_uint_eq(state.issues[k].signals, 0);
        }
    }
}
END_TEST

START_TEST(state_has_a_limit) {
    struct buf small;
    buf_init(&small, 50);
    (void)turn("The VPN drops every few minutes");
    ck_assert_int_eq(issue_encode(&talk.issues, talk.policy, &small, NULL), ESI_ETOOBIG);
    buf_clear(&small);
}
END_TEST

/* ---- words ----------------------------------------------------------------------------------- */

START_TEST(cue_table_is_sorted) {
    for (size_t i = 1; i < cue_table_count; i++) {
        ck_assert_str_lt(cue_table[i - 1].word, cue_table[i].word);
    }
}
END_TEST

START_TEST(forms_and_slips_have_their_cues) {
    ck_assert(cues_of(VIEW("crashed")) & CUE_FAIL);
    ck_assert(cues_of(VIEW("stopping")) & CUE_ING);
    ck_assert(cues_of(VIEW("tries")) & CUE_TRY);
    ck_assert(cues_of(VIEW("doesn't")) & CUE_NOT);
    ck_assert(cues_of(VIEW("restrated")) & CUE_MEND);
    ck_assert_uint_eq(cues_of(VIEW("kubelet")), 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("issue");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, act_is_read_from_grammar, 0, sizeof(acts) / sizeof(acts[0]));
    tcase_add_loop_test(t, failed_try_is_heard, 0, sizeof(failures) / sizeof(failures[0]));
    tcase_add_loop_test(t, solved_is_heard, 0, sizeof(successes) / sizeof(successes[0]));
    tcase_add_loop_test(t, hope_and_past_solve_nothing, 0, sizeof(unsolved) / sizeof(unsolved[0]));
    tcase_add_test(t, deeds_are_kept_in_their_words);
    tcase_add_test(t, everything_tried_is_heard);
    tcase_add_test(t, questions_are_no_deeds);
    tcase_add_test(t, facts_are_picked_out);
    tcase_add_test(t, message_without_quotation_marks_is_a_fact);
    tcase_add_test(t, signals_are_read_where_something_is_asserted);
    tcase_add_loop_test(t, signals_are_silent_in_questions_quotes_and_denials, 0,
                        sizeof(silent) / sizeof(silent[0]));
    tcase_add_test(t, replies_are_read);
    tcase_add_test(t, wishes_about_tickets_are_read);
    tcase_add_test(t, any_text_is_read);
    tcase_add_test(t, report_opens_and_still_continues);
    tcase_add_test(t, turns_without_a_topic_go_on);
    tcase_add_test(t, new_topic_opens_another);
    tcase_add_test(t, return_to_an_older_topic_continues_it);
    tcase_add_test(t, it_works_now_closes);
    tcase_add_test(t, trouble_that_comes_back_reopens);
    tcase_add_test(t, solved_and_a_new_question_do_both);
    tcase_add_test(t, greeting_belongs_to_no_issue);
    tcase_add_test(t, try_counts_when_steps_were_given);
    tcase_add_test(t, try_does_not_count_without_steps);
    tcase_add_test(t, asking_again_is_no_try);
    tcase_add_test(t, tries_named_by_the_user_count);
    tcase_add_test(t, later_step_done_means_those_before_it);
    tcase_add_test(t, outcome_only_raises);
    tcase_add_test(t, reply_is_kept_with_its_question);
    tcase_add_test(t, a_yes_to_a_step_answers_no_question);
    tcase_add_test(t, newest_issues_are_kept);
    tcase_add_test(t, state_survives_a_round_trip);
    tcase_add_test(t, what_cannot_be_read_is_left_out);
    tcase_add_test(t, state_has_a_limit);
    tcase_add_test(t, cue_table_is_sorted);
    tcase_add_test(t, forms_and_slips_have_their_cues);
    return tap_run("core/issue", t);
}
