#include "core/extract.h"
#include "core/phrase.h"

#include "conversation.h"
#include "tap.h"

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

/* What a reply says after it has named who takes over. */
static const char *behind_team(const char *id) {
    const struct view reply = phrase_vary(phrase_of(talk.policy, id), 0);
    const char *text = arena_str(&talk.arena, reply);
    const char *team = strstr(text, "{team}");
    return team ? team + strlen("{team}") : text;
}

/* A section that a desk would have on dropped connections. */
static void vpn(void) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_CAUSE, "Most drops come from a second client that changes the routes.");
    talk_item(&talk, NOTE_STEP, "Quit every other client.");
    talk_item(&talk, NOTE_STEP, "Restart the range client.");
    talk_item(&talk, NOTE_STEP, "Plug in a cable.");
    talk_item(&talk, NOTE_SAY, "a reconnect doesn't stop your lab")->for_desk = true;
    talk_item(&talk, NOTE_ASK, "Which profile are you using?");
    talk_item(&talk, NOTE_CAPTURE, "the profile name");
    talk_item(&talk, NOTE_CAPTURE, "the time of the last drop");
    talk_when(&talk, "it persists after two tries", NOTE_ESCALATE)->tries = 2;
}

static void profiles(void) {
    talk_section(&talk, "kb-profiles", "Profiles");
    talk_item(&talk, NOTE_FACT, "A profile is valid for 30 days.");
    talk_item(&talk, NOTE_FACT, "Old profiles are kept in the archive of the range.");
    talk_item(&talk, NOTE_STEP, "Open the profile page.");
    talk_item(&talk, NOTE_STEP, "Select Download.");
    talk_item(&talk, NOTE_NEVER, "use the profile of another person");
}

/* ---- trouble --------------------------------------------------------------------------------- */

START_TEST(steps_come_numbered_in_order) {
    vpn();
    const char *answer = talk_say(&talk, "The VPN drops every few minutes");
    says(answer, "1. Quit every other client.\n2. Restart the range client.\n3. Plug in a cable.");
    says(answer, "most drops come from a second client that changes the routes.");
    says(answer, "A reconnect doesn't stop your lab.");
    ck_assert_uint_eq(talk.out.step_count, 3);
    ck_assert(talk.out.cites[0]);
}
END_TEST

START_TEST(question_of_the_section_is_asked) {
    vpn();
    const char *answer = talk_say(&talk, "The VPN drops every few minutes");
    says(answer, "Which profile are you using?");
    ck_assert_uint_eq(talk.out.question_count, 1);
    ck_assert(view_eq(talk.out.questions[0], VIEW("Which profile are you using?")));
}
END_TEST

START_TEST(question_is_not_asked_when_it_was_answered) {
    vpn();
    keeps(talk_say(&talk, "The VPN drops every few minutes, profile north-2"), "Which profile");
    ck_assert_uint_eq(talk.out.question_count, 0);
}
END_TEST

START_TEST(question_is_asked_once) {
    vpn();
    (void)talk_say(&talk, "The VPN drops every few minutes");
    keeps(talk_say(&talk, "please hurry"), "Which profile");
    keeps(talk_say(&talk, "it drops again"), "Which profile");
}
END_TEST

START_TEST(step_done_already_is_left_out) {
    vpn();
    const char *answer = talk_say(&talk, "I restarted the range client, the VPN drops");
    keeps(answer, "Restart the range client");
    says(answer, "1. Quit every other client.\n2. Plug in a cable.");
}
END_TEST

START_TEST(steps_are_not_repeated_to_a_reply) {
    vpn();
    (void)talk_say(&talk, "The VPN drops every few minutes");
    const char *answer = talk_say(&talk, "north-2");
    keeps(answer, "Quit every other client");
    keeps(answer, "A reconnect doesn't");
    ck_assert_int_eq(talk.reading.act, ESI_ACT_ANSWER);
}
END_TEST

START_TEST(who_takes_over_is_said) {
    vpn();
    (void)talk_say(&talk, "The VPN drops every few minutes");
    (void)talk_say(&talk, "north-2, still drops");
    const char *answer = talk_say(&talk, "no luck");
    ck_assert(talk.decision.escalate);
    says(answer, behind_team("escalated"));
    says(answer, "What is the time of the last drop?");
    keeps(answer, "the profile name");
}
END_TEST

START_TEST(open_ticket_is_joined) {
    vpn();
    talk.ticket_open = true;
    const char *answer = talk_say(&talk, "The VPN drops and I lost my work");
    says(answer, "I've added this to your open ticket");
    keeps(answer, behind_team("escalated"));
}
END_TEST

START_TEST(details_are_what_a_ticket_needs) {
    vpn();
    (void)talk_say(&talk, "The VPN drops every few minutes");
    ck_assert_uint_eq(talk.out.detail_count, 2);
    ck_assert(view_eq(talk.out.details[0].text, VIEW("the profile name")));
}
END_TEST

START_TEST(item_for_another_role_is_withheld) {
    vpn();
    talk_item(&talk, NOTE_STEP, "Run rangectl reset.")->roles = 1u << ESI_ROLE_OPERATOR;
    keeps(talk_say(&talk, "The VPN drops every few minutes"), "rangectl");
    talk_anew(&talk);
    talk.role = ESI_ROLE_OPERATOR;
    says(talk_say(&talk, "The VPN drops every few minutes"), "4. Run rangectl reset.");
}
END_TEST

START_TEST(conditional_step_says_when) {
    talk_section(&talk, "kb-vpn", "Dropped connections");
    talk_item(&talk, NOTE_STEP, "Restart the range client.");
    talk_item(&talk, NOTE_STEP, "Turn Bluetooth off.")->condition = VIEW("you use a headset");
    says(talk_say(&talk, "The VPN drops every few minutes"),
         "2. If you use a headset, turn Bluetooth off.");
}
END_TEST

START_TEST(row_of_a_catalogue_answers_alone) {
    talk_section(&talk, "kb-errors", "Known errors");
    talk_item(&talk, NOTE_SYMPTOM, "VPN-201");
    talk_item(&talk, NOTE_STEP, "Download a new profile.");
    talk_item(&talk, NOTE_SYMPTOM, "VPN-204");
    talk_item(&talk, NOTE_STEP, "Disconnect the other client.");
    const char *answer = talk_say(&talk, "I get error VPN-204");
    says(answer, "disconnect the other client.");
    keeps(answer, "Download a new profile");
}
END_TEST

START_TEST(code_keeps_its_lines) {
    talk_section(&talk, "kb-dns", "Resolver");
    talk_item(&talk, NOTE_STEP, "Flush the cache:");
    talk_item(&talk, NOTE_STEP, "resolvectl flush-caches\nresolvectl status")->code = true;
    talk_item(&talk, NOTE_STEP, "Try again.");
    says(
        talk_say(&talk, "DNS is not resolving"),
        "1. Flush the cache:\n```\nresolvectl flush-caches\nresolvectl status\n```\n2. Try again.");
}
END_TEST

START_TEST(section_without_a_note_gives_its_best_sentences) {
    struct passage *p = talk_section(&talk, "kb-notes", "Notes");
    p->text =
        VIEW("Snapshots are kept for a week. A snapshot of a running machine takes a minute.\n"
             "The canteen opens at noon.");
    const char *answer = talk_say(&talk, "How long are snapshots kept?");
    says(answer, "Snapshots are kept for a week.");
    keeps(answer, "canteen");
}
END_TEST

/* ---- information ----------------------------------------------------------------------------- */

START_TEST(fact_that_answers_stands_alone) {
    profiles();
    ck_assert_str_eq(talk_say(&talk, "How many days is a profile valid?"),
                     "A profile is valid for 30 days.");
}
END_TEST

START_TEST(how_gives_the_whole_list) {
    profiles();
    says(talk_say(&talk, "How do I download a profile?"),
         "1. Open the profile page.\n2. Select Download.");
}
END_TEST

START_TEST(what_is_not_allowed_answers_may_i) {
    profiles();
    const char *answer = talk_say(&talk, "Can I use the profile of a friend?");
    says(answer, "isn't allowed: use the profile of another person.");
    keeps(answer, "1. Open");
}
END_TEST

START_TEST(orders_to_the_desk_are_not_said_of_never) {
    talk_section(&talk, "kb-mfa", "New phone");
    talk_item(&talk, NOTE_STEP, "Use a recovery code.");
    talk_item(&talk, NOTE_NEVER, "reset the second factor on the strength of a message")->for_desk =
        true;
    keeps(talk_say(&talk, "My second factor is lost, please reset it"), "strength");
}
END_TEST

/* ---- documents that differ ------------------------------------------------------------------- */

static void rivals(bool named) {
    talk_section(&talk, "kb-new", "Second factor");
    talk_item(&talk, NOTE_FACT, "The second factor is an app.");
    struct passage *old = talk_section(&talk, "kb-old", "Second factor");
    talk_item(&talk, NOTE_FACT, "The second factor is a text message.");
    old->version = VIEW("1.2");
    old->outranked = true;
    old->outranked_by = VIEW("kb-new");
    old->outranked_why = VIEW("newer version");
    old->named = named;
}

START_TEST(winner_is_followed_without_a_word_of_the_other) {
    rivals(false);
    const char *answer = talk_say(&talk, "What is the second factor?");
    says(answer, "The second factor is an app.");
    keeps(answer, "text message");
    keeps(answer, "1.2");
    ck_assert(talk.out.cites[0]);
    ck_assert(!talk.out.cites[1]);
}
END_TEST

START_TEST(who_repeats_a_claim_hears_which_holds_and_why) {
    rivals(false);
    talk.passages[1].text = VIEW("The second factor is a text message.");
    const char *answer = talk_say(&talk, "The guide says it is a text message. Is that right?");
    says(answer, "The second factor is an app.");
    says(answer, "2.0");
    says(answer, "1.2");
    says(answer, "newer version");
    ck_assert(talk.out.cites[0]);
    ck_assert(talk.out.cites[1]);
}
END_TEST

START_TEST(the_other_figure_is_stated_where_a_claim_is_repeated) {
    rivals(true);
    talk.passages[0].holds_item = 1;
    const char *answer = talk_say(&talk, "kb-old says so");
    says(answer, "The second factor is an app.");
    says(answer, "holds");
    ck_assert(talk.out.cites[0]);
}
END_TEST

START_TEST(trouble_is_not_about_documents) {
    talk_section(&talk, "kb-new", "Locked account");
    talk_item(&talk, NOTE_STEP, "Wait ten minutes.");
    struct passage *old = talk_section(&talk, "kb-old", "Account is locked");
    talk_item(&talk, NOTE_STEP, "Wait an hour.");
    old->outranked = true;
    old->outranked_by = VIEW("kb-new");
    const char *answer = talk_say(&talk, "my account is locked");
    says(answer, "wait ten minutes.");
    keeps(answer, "holds");
}
END_TEST

START_TEST(loser_is_cited_where_it_was_named) {
    rivals(true);
    (void)talk_say(&talk, "What is the second factor, kb-old says a text message?");
    ck_assert(talk.out.cites[0]);
    ck_assert(talk.out.cites[1]);
}
END_TEST

/* ---- turns of their own ---------------------------------------------------------------------- */

START_TEST(not_covered_is_said_to_the_letter) {
    talk.coverage = ESI_COVERAGE_NONE;
    vpn();
    ck_assert_str_eq(talk_say(&talk, "How do I bake bread?"), EXTRACT_NOT_COVERED);
    ck_assert(!talk.out.cites[0]);
}
END_TEST

START_TEST(vague_asks_at_most_two) {
    talk.coverage = ESI_COVERAGE_VAGUE;
    vpn();
    profiles();
    const char *answer = talk_say(&talk, "it doesn't work");
    ck_assert_uint_ge(talk.out.question_count, 1);
    ck_assert_uint_le(talk.out.question_count, 2);
    says(answer, "?");
    keeps(answer, "Quit every other");
    ck_assert(!talk.out.cites[0] && !talk.out.cites[1]);
}
END_TEST

START_TEST(greeting_names_the_platform) {
    const char *answer = talk_say(&talk, "hello");
    says(answer, "Northlight");
    keeps(answer, "{");
}
END_TEST

START_TEST(solved_is_welcomed) {
    vpn();
    (void)talk_say(&talk, "The VPN drops every few minutes");
    ck_assert_str_eq(talk_say(&talk, "It works now"), policy_reply(talk.policy, "solved"));
}
END_TEST

START_TEST(haste_repeats_nothing) {
    vpn();
    (void)talk_say(&talk, "The VPN drops and I lost my work");
    const char *answer = talk_say(&talk, "please hurry");
    keeps(answer, "Quit every other");
    says(answer, behind_team("escalated_again"));
}
END_TEST

START_TEST(refusal_begins_with_what_is_not_allowed) {
    const struct policy_rule rule = {.id = "other-users",
                                     .category = "other_users",
                                     .reason = "Files belong to their team.",
                                     .reply = "I can't help with other people's files.",
                                     .escalate = true};
    talk.verdict = (struct verdict){.kind = VERDICT_REFUSE, .rule = &rule};
    vpn();
    const char *answer = talk_say(&talk, "How do I read the other team's files?");
    ck_assert(strncmp(answer, "I can't help with other people's files. Files belong to their team.",
                      67) == 0);
    keeps(answer, "Quit every other");
}
END_TEST

START_TEST(refusal_with_help_carries_allowed_steps) {
    const struct policy_rule rule = {.id = "other-users",
                                     .category = "other_users",
                                     .reason = "Files belong to their team.",
                                     .reply = "I can't help with other people's files."};
    talk.verdict = (struct verdict){.kind = VERDICT_REFUSE_WITH_HELP, .rule = &rule};
    profiles();
    const char *answer = talk_say(&talk, "How do I download a profile?");
    ck_assert(strncmp(answer, "I can't help with other people's files.", 39) == 0);
    says(answer, "1. Open the profile page.\n2. Select Download.");
}
END_TEST

START_TEST(answer_has_a_limit) {
    talk_section(&talk, "kb-long", "Long");
    char *step = arena_alloc(&talk.arena, 2001);
    memset(step, 'x', 2000);
    for (char c = 'a'; c < 'j'; c++) {
        step[0] = c;
        talk_item(&talk, NOTE_STEP, arena_str(&talk.arena, view_of(step)));
    }
    (void)talk_say(&talk, "The VPN drops every few minutes");
    ck_assert_uint_le(talk.out.answer.n, EXTRACT_ANSWER_MAX);
    ck_assert_uint_ge(talk.out.step_count, 1);
    ck_assert_uint_lt(talk.out.step_count, 9);
}
END_TEST

/* Every sentence of an answer comes from a source or is one of the desk's own. */
START_TEST(same_turn_gives_the_same_answer) {
    vpn();
    const char *first = talk_say(&talk, "The VPN drops every few minutes");
    for (int i = 0; i < 5; i++) {
        talk_anew(&talk);
        ck_assert_str_eq(talk_say(&talk, "The VPN drops every few minutes"), first);
    }
}
END_TEST

/* ---- what is known --------------------------------------------------------------------------- */

struct known {
    const char *subject;
    const char *said;
    const char *value; /* NULL: not known */
};

static const struct known knowns[] = {
    {"your seat number", "My console on seat B12 is black", "B12"},
    {"the name of the machine", "machine web-03 is frozen", "web-03"},
    {"the exact error message", "I get \"connection refused\" when I log in", "connection refused"},
    {"the error code", "It fails with error VPN-204", "error VPN-204"},
    {"when it began", "The lab drops since 14:05", "since 14:05"},
    {"Which browser do you use?", "The console is black in Firefox", "Firefox"},
    {"your seat number", "My console is black", NULL},
    {"the exact error message", "My console on seat B12 is black", NULL},
    {"when it began", "I get error VPN-204 on seat B12", NULL},
    {"the module", "I get error VPN-204 on seat B12", NULL},
};

START_TEST(known_is_what_was_said) {
    const struct known *k = &knowns[_i];
    struct view value = {0};
    (void)talk_say(&talk, k->said);
    const struct issue *issue = talk_issue(&talk);
    ck_assert_ptr_nonnull(issue);
    const bool known = extract_known(view_of(k->subject), issue, view_of(k->said), &value);
    ck_assert_msg(known == (k->value != NULL), "%s in: %s", k->subject, k->said);
    if (known) {
        ck_assert_msg(view_eq(value, view_of(k->value)), "%.*s", (int)value.n, value.p);
    }
}
END_TEST

START_TEST(known_is_what_was_answered) {
    vpn();
    struct view value;
    (void)talk_say(&talk, "The VPN drops every few minutes");
    (void)talk_say(&talk, "the blue one");
    ck_assert(extract_known(VIEW("the profile name"), talk_issue(&talk), (struct view){0}, &value));
    ck_assert(view_eq(value, VIEW("the blue one")));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("extract");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, steps_come_numbered_in_order);
    tcase_add_test(t, question_of_the_section_is_asked);
    tcase_add_test(t, question_is_not_asked_when_it_was_answered);
    tcase_add_test(t, question_is_asked_once);
    tcase_add_test(t, step_done_already_is_left_out);
    tcase_add_test(t, steps_are_not_repeated_to_a_reply);
    tcase_add_test(t, who_takes_over_is_said);
    tcase_add_test(t, open_ticket_is_joined);
    tcase_add_test(t, details_are_what_a_ticket_needs);
    tcase_add_test(t, item_for_another_role_is_withheld);
    tcase_add_test(t, conditional_step_says_when);
    tcase_add_test(t, row_of_a_catalogue_answers_alone);
    tcase_add_test(t, code_keeps_its_lines);
    tcase_add_test(t, section_without_a_note_gives_its_best_sentences);
    tcase_add_test(t, fact_that_answers_stands_alone);
    tcase_add_test(t, how_gives_the_whole_list);
    tcase_add_test(t, what_is_not_allowed_answers_may_i);
    tcase_add_test(t, orders_to_the_desk_are_not_said_of_never);
    tcase_add_test(t, winner_is_followed_without_a_word_of_the_other);
    tcase_add_test(t, who_repeats_a_claim_hears_which_holds_and_why);
    tcase_add_test(t, the_other_figure_is_stated_where_a_claim_is_repeated);
    tcase_add_test(t, trouble_is_not_about_documents);
    tcase_add_test(t, loser_is_cited_where_it_was_named);
    tcase_add_test(t, not_covered_is_said_to_the_letter);
    tcase_add_test(t, vague_asks_at_most_two);
    tcase_add_test(t, greeting_names_the_platform);
    tcase_add_test(t, solved_is_welcomed);
    tcase_add_test(t, haste_repeats_nothing);
    tcase_add_test(t, refusal_begins_with_what_is_not_allowed);
    tcase_add_test(t, refusal_with_help_carries_allowed_steps);
    tcase_add_test(t, answer_has_a_limit);
    tcase_add_test(t, same_turn_gives_the_same_answer);
    tcase_add_loop_test(t, known_is_what_was_said, 0, sizeof(knowns) / sizeof(knowns[0]));
    tcase_add_test(t, known_is_what_was_answered);
    return tap_run("core/extract", t);
}
