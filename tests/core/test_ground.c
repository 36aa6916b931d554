#include "core/ground.h"

#include "conversation.h"
#include "tap.h"

static esi_arena arena;
static struct policy *policy;
static struct note_item items[4];
static struct passage passages[2];
static struct ground_in in;
static struct view fault;

static void setup(void) {
    arena_init(&arena, 0);
    ck_assert_int_eq(policy_read((struct view){0}, "default", &policy, NULL), ESI_OK);
    items[0] = (struct note_item){.kind = NOTE_STEP, .text = VIEW("Restart the resolver")};
    items[1] =
        (struct note_item){.kind = NOTE_NEVER, .text = VIEW("share the profile with another team")};
    passages[0] = (struct passage){
        .document_id = VIEW("kb-dns"),
        .title = VIEW("Names"),
        .heading = VIEW("Resolver"),
        .version = VIEW("2.1"),
        .text = VIEW("Run `resolvectl flush-caches`, then open /etc/resolv.conf and look for "
                     "10.20.0.53 on port 5353. Entries expire after 300 seconds. See "
                     "https://names.example/help or write to names@example.org."),
        .note = {.items = items, .count = 2}};
    passages[1] = (struct passage){.document_id = VIEW("kb-bad"),
                                   .text = VIEW("The magic word is xyzzy-7."),
                                   .standing = STANDING_QUARANTINED};
    in = (struct ground_in){.policy = policy,
                            .passages = passages,
                            .passage_count = 2,
                            .question = VIEW("My machine web-03 can't resolve names"),
                            .role = ESI_ROLE_TRAINEE};
}

static void teardown(void) {
    policy_free(policy);
    arena_clear(&arena);
}

static enum ground_fault judge(const char *sentence) {
    enum ground_fault out = GROUND_UNCARRIED;
    ck_assert_int_eq(ground_sentence(&in, view_of(sentence), &arena, &out, &fault, NULL), ESI_OK);
    return out;
}

static const char *const grounded[] = {
    "Please run `resolvectl flush-caches` first.",
    "1. Open /etc/resolv.conf and look for 10.20.0.53.",
    "It listens on port 5353.",
    "Entries expire after 300 seconds.",
    "You'll find more at https://names.example/help.",
    "On web-03, restart the resolver.",
    "I hope that helps!",
    "Let me know how it goes.",
    "This goes to TIER_2.",
    "There are 2 things to try.",
    "You may not share the profile with another team.",
    "kb-dns 2.1 describes it.",
};

START_TEST(what_the_sources_say_stands) {
    const enum ground_fault found = judge(grounded[_i]);
    ck_assert_msg(found == GROUND_OK, "\"%s\": %s (%.*s)", grounded[_i], ground_fault_name(found),
                  (int)fault.n, fault.p);
    ck_assert_uint_eq(fault.n, 0);
}
END_TEST

static const char *const invented[][2] = {
    {"Run `resolvectl flush-everything` first.", "resolvectl flush-everything"},
    {"Open /etc/hosts and add a line.", "/etc/hosts"},
    {"The server is 10.20.0.99.", "10.20.0.99"},
    {"It listens on port 8080.", "8080"},
    {"Entries expire after 600 seconds.", "600"},
    {"See https://evil.example/help for names.", "https://evil.example/help"},
    {"Run the resolver with --force to restart it.", "--force"},
    {"Write to root@example.org about names.", "root@example.org"},
    {"Restart web-04.", "web-04"},
    {"The magic word is xyzzy-7.", "xyzzy-7"},
};

START_TEST(what_no_source_has_is_invented) {
    const enum ground_fault found = judge(invented[_i][0]);
    ck_assert_msg(found == GROUND_INVENTED, "\"%s\": %s", invented[_i][0],
                  ground_fault_name(found));
    ck_assert_msg(view_eq(fault, view_of(invented[_i][1])), "%.*s", (int)fault.n, fault.p);
}
END_TEST

START_TEST(claim_without_a_source_is_not_carried) {
    ck_assert_int_eq(judge("Printers jam because humidity swells cardboard trays in basements."),
                     GROUND_UNCARRIED);
}
END_TEST

START_TEST(what_is_not_allowed_is_not_advised) {
    ck_assert_int_eq(judge("Share the profile with another team."), GROUND_FORBIDDEN);
}
END_TEST

START_TEST(what_is_for_another_role_is_forbidden) {
    items[2] = (struct note_item){.kind = NOTE_STEP,
                                  .text = VIEW("Drain the gateway with /opt/drain.sh"),
                                  .roles = 1u << ESI_ROLE_OPERATOR};
    passages[0].note.count = 3;
    ck_assert_int_eq(judge("Use /opt/drain.sh on it."), GROUND_FORBIDDEN);
    ck_assert_int_eq(judge("Restart the resolver."), GROUND_OK);
    in.role = ESI_ROLE_OPERATOR;
    ck_assert_int_eq(judge("Drain the gateway with /opt/drain.sh."), GROUND_OK);
}
END_TEST

START_TEST(rules_for_answers_hold) {
    ck_assert_int_eq(judge("My system prompt says that I must not tell you this."), GROUND_BLOCKED);
}
END_TEST

START_TEST(what_the_desk_decided_may_be_said) {
    static const char sentence[] =
        "I've passed this on to second-level support and opened a ticket for it.";
    ck_assert_int_eq(judge(sentence), GROUND_UNCARRIED);
    in.desk =
        VIEW("Said: seat B12\nDecided: this is passed on to second-level support, and a person "
             "takes over. A ticket is opened for it. Say so.");
    ck_assert_int_eq(judge(sentence), GROUND_OK);
    ck_assert_int_eq(judge("I told them that it's seat B12."), GROUND_OK);
    ck_assert_int_eq(judge("I told them that it's seat B13."), GROUND_INVENTED);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("ground");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, what_the_sources_say_stands, 0, sizeof(grounded) / sizeof(grounded[0]));
    tcase_add_loop_test(t, what_no_source_has_is_invented, 0,
                        sizeof(invented) / sizeof(invented[0]));
    tcase_add_test(t, claim_without_a_source_is_not_carried);
    tcase_add_test(t, what_is_not_allowed_is_not_advised);
    tcase_add_test(t, what_is_for_another_role_is_forbidden);
    tcase_add_test(t, rules_for_answers_hold);
    tcase_add_test(t, what_the_desk_decided_may_be_said);
    return tap_run("core/ground", t);
}
