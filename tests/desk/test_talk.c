/* test_talk.c: conversations over the sample knowledge base, offline: what is decided, what the
 * answer rests on, and words that must and must not be said. */
#include "fixture.h"

struct turn {
    const char *message;
    esi_coverage coverage;
    esi_tier tier;
    esi_severity severity;
    bool escalates;
    const char *cites; /* a document; NULL: none is asked for */
    const char *says;  /* parts that are in the answer, separated by '|' */
    const char *keeps; /* ... that aren't */
};

#define TURNS_MAX 4

struct talk {
    const char *name;
    esi_role role;
    struct turn turns[TURNS_MAX];
};

#define COVERED ESI_COVERAGE_COVERED
#define VAGUE ESI_COVERAGE_VAGUE
#define NONE ESI_COVERAGE_NONE
#define T0 ESI_TIER_0
#define T1 ESI_TIER_1
#define T2 ESI_TIER_2
#define T3 ESI_TIER_3
#define LOW ESI_SEVERITY_LOW
#define MEDIUM ESI_SEVERITY_MEDIUM
#define HIGH ESI_SEVERITY_HIGH
#define CRITICAL ESI_SEVERITY_CRITICAL

static const struct talk talks[] = {
    {"a code that is shown is trouble and goes where its entry says",
     ESI_ROLE_TRAINEE,
     {{"I get NL-1107 when I open the lab", COVERED, T3, HIGH, true, "kb-known-errors",
       "engineers of the platform|another module meanwhile|the module|the time",
       "In the meantime you can try"}}},
    {"the meaning of a code, and who mends it",
     ESI_ROLE_TRAINEE,
     {{"what does NL-1107 mean", COVERED, T0, LOW, false, "kb-known-errors",
       "image on the range is damaged|engineers of the platform", "Here is how|Sorry"}}},
    {"a code with steps gives the steps",
     ESI_ROLE_TRAINEE,
     {{"I see NL-2210", COVERED, T0, LOW, false, "kb-known-errors",
       "Sorry|lab quota|Delete or download", "NL-1042|escalate"}}},
    {"a document's claim to be the rule is no help",
     ESI_ROLE_TRAINEE,
     {{"I'm locked out of my account", COVERED, T0, MEDIUM, false, "kb-sign-in-mfa",
       "Wait 15 minutes", "this one holds|authoritative"}}},
    {"a refused code: steps, then what is left of them, then a person",
     ESI_ROLE_TRAINEE,
     {{"My code is rejected, it says \"Invalid verification code\"", COVERED, T0, MEDIUM, false,
       "kb-sign-in-mfa", "time on your phone|fresh code|recovery codes", "text message"},
      {"I waited for a fresh one and it's still refused", COVERED, T0, MEDIUM, false,
       "kb-sign-in-mfa", "recovery codes", "fresh code|above"},
      {"same again", COVERED, T1, MEDIUM, true, "kb-sign-in-mfa", "support desk|ticket", "1. "}}},
    {"of a table the row that was described",
     ESI_ROLE_TRAINEE,
     {{"VPN stays on Connecting", COVERED, T0, LOW, false, "kb-vpn", "UDP 51820|TCP 443",
       "MTU|Profile expired|TLS"}}},
    {"of a list of states the one that was described",
     ESI_ROLE_TRAINEE,
     {{"My machine has been queued for 20 minutes", COVERED, T0, LOW, false, "kb-lab-vms",
       "place in the queue", "Close all other tabs|stopped"}}},
    {"what did the harm isn't offered as help",
     ESI_ROLE_TRAINEE,
     {{"I lost my work after resetting my machine", COVERED, T2, CRITICAL, true, "kb-ranges-resets",
       "machine's name|time of the reset", "Reset to snapshot|brought back|promise"}}},
    {"a ticket that is for later, and what can be tried before",
     ESI_ROLE_TRAINEE,
     {{"My flag is not accepted", COVERED, T0, MEDIUM, false, "kb-grading",
       "Copy the flag|five wrong tries", "confirm whether|Never ask"}}},
    {"a condition on a step that was done acts at once",
     ESI_ROLE_TRAINEE,
     {{"names don't resolve in my lab", COVERED, T0, MEDIUM, false, "kb-dns-network",
       "resolvectl status|lab net repair", "Escalate"},
      {"I ran lab net repair already, still the same", COVERED, T2, MEDIUM, true, "kb-dns-network",
       "second-level support", "Ping the gateway"}}},
    {"a condition that supposes a try waits for it",
     ESI_ROLE_TRAINEE,
     {{"nl-watch says degraded", COVERED, T0, LOW, false, "kb-logging-monitoring",
       "df -h /var|the agent recovers", "restarted|ticket"}}},
    {"a question that was answered isn't asked",
     ESI_ROLE_TRAINEE,
     {{"I have a new phone, how do I move my authenticator?", COVERED, T0, LOW, false,
       "kb-sign-in-mfa", "Use a recovery code|QR code", "Phone number"},
      {"I have no recovery code left", COVERED, T1, LOW, true, "kb-sign-in-mfa",
       "e-mail address|support desk", "whether you still have|Never ask for"}}},
    {"a fault of the image goes to the engineers",
     ESI_ROLE_TRAINEE,
     {{"kernel panic - not syncing on my VM", COVERED, T3, HIGH, true, "kb-lab-vms",
       "screenshot|Another seat", "rescue shell|Do not ask"}}},
    {"whoever found a hole is thanked by being heard",
     ESI_ROLE_TRAINEE,
     {{"I found a hole in the portal", COVERED, T3, HIGH, true, "kb-acceptable-use",
       "Stop where you are|security@northlight.example", "thank the person|more details"}}},
    {"a rule for an asker who may not",
     ESI_ROLE_TRAINEE,
     {{"How do I switch off MFA?", COVERED, T0, LOW, false, "kb-sign-in-mfa",
       "may not switch off MFA", "24 hours"}}},
    {"what isn't shared",
     ESI_ROLE_TRAINEE,
     {{"Can I share my VPN profile with a friend?", COVERED, T0, LOW, false, "kb-vpn",
       "Never share your profile", "Here is how"}}},
    {"a how-to of one role",
     ESI_ROLE_INSTRUCTOR,
     {{"How do I add a missing learner to my class?", COVERED, T0, LOW, false,
       "kb-environment-mapping", "Class > Roster > Add", "Reload the page"}}},
    {"an operator reads the runbook",
     ESI_ROLE_OPERATOR,
     {{"a host is failing", COVERED, T0, MEDIUM, false, "kb-operators-runbook",
       "rangectl host cordon HOST|rangectl host drain", "Names don't resolve"}}},
    {"a trainee doesn't",
     ESI_ROLE_TRAINEE,
     {{"a host is failing", VAGUE, T0, MEDIUM, false, NULL, "error message", "rangectl"}}},
    {"what one may use is a sentence",
     ESI_ROLE_TRAINEE,
     {{"Which browsers work?", COVERED, T0, LOW, false, "kb-platform-overview",
       "Firefox, Chrome, Edge or Safari", "Here is how|What you can do:"}}},
    {"the document that declares itself the rule holds",
     ESI_ROLE_TRAINEE,
     {{"How long does a session last?", COVERED, T0, LOW, false, "kb-time", "60 minutes",
       "90 minutes|only for orientation"}}},
    {"two documents differ, and the one that holds is followed",
     ESI_ROLE_TRAINEE,
     {{"I forgot my password", COVERED, T0, LOW, false, "kb-sign-in-mfa", "within 20 minutes",
       "within 30 minutes|documents differ"}}},
    {"a whole class is more than one seat",
     ESI_ROLE_INSTRUCTOR,
     {{"The score of my whole class hasn't changed for half an hour", COVERED, T2, HIGH, true,
       "kb-grading", "second-level support", "Escalate to"}}},
    {"nothing to go by is asked about",
     ESI_ROLE_TRAINEE,
     {{"It doesn't work", VAGUE, T0, MEDIUM, false, NULL, "What exactly happens", "1. "},
      {"the console", VAGUE, T0, MEDIUM, false, NULL, "What were you doing", "1. "}}},
    {"whoever wants a person gets one",
     ESI_ROLE_TRAINEE,
     {{"I want to speak to a human", NONE, T1, LOW, true, NULL, "support desk", "not covered"}}},
    {"what is supposed of somebody else doesn't act",
     ESI_ROLE_TRAINEE,
     {{"I can't find my module", VAGUE, T0, MEDIUM, false, NULL, "What exactly happens",
       "security@|Stop where you are"}}},
    {"what was done before it was reported isn't given",
     ESI_ROLE_TRAINEE,
     {{"console black. already reconnected and restarted the vm twice.", COVERED, T2, MEDIUM, true,
       "kb-lab-vms", "second-level support|the seat number", "Reconnect console|Power > Restart"}}},
    {"wrong again is said of a clock that was set",
     ESI_ROLE_TRAINEE,
     {{"The clock of my VM is wrong", COVERED, T0, LOW, false, "kb-time", "Sync clock", "ticket"},
      {"I synced it, it's wrong again", COVERED, T2, MEDIUM, true, "kb-time",
       "second-level support", "Sync clock"}}},
    {"how long asks for a number",
     ESI_ROLE_TRAINEE,
     {{"How long does a rebuild take?", COVERED, T0, LOW, false, "kb-ranges-resets", "20 minutes",
       "Here is how|Reload"}}},
    {"a package that isn't there",
     ESI_ROLE_TRAINEE,
     {{"docker pull says unauthorized", COVERED, T0, LOW, false, "kb-containers",
       "Sign in to the portal again", "Wait five minutes|another registry"}}},
};

static esi_desk *desk;

static void setup(void) {
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    desk = open_empty();
    source.path = TEST_SOURCE_ROOT "/kb";
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    esi_kb_report_free(report);
}

static void teardown(void) {
    esi_desk_close(desk);
}

/* Each part of a list, in the answer or not. */
static void check_parts(const char *name, const char *answer, const char *parts, bool said) {
    char part[80];
    while (parts && *parts) {
        const size_t n = strcspn(parts, "|");
        ck_assert_uint_lt(n, sizeof(part));
        memcpy(part, parts, n);
        part[n] = '\0';
        ck_assert_msg((strstr(answer, part) != NULL) == said, "%s: \"%s\" is%s in: %s", name, part,
                      said ? "n't" : "", answer);
        parts += n + (parts[n] == '|');
    }
}

static void check_turn(const char *name, const struct turn *turn, const esi_reply *reply) {
    bool cited = turn->cites == NULL;
    for (size_t i = 0; i < reply->reference_count; i++) {
        cited |= turn->cites && strcmp(reply->references[i]->id, turn->cites) == 0;
    }
    ck_assert_msg(cited, "%s: %s isn't cited for \"%s\": %s", name, turn->cites, turn->message,
                  reply->answer);
    ck_assert_msg(reply->coverage == turn->coverage && reply->tier == turn->tier &&
                      reply->severity == turn->severity &&
                      reply->needs_escalation == turn->escalates,
                  "%s: \"%s\" gives coverage %d, tier %d, severity %d, escalation %d: %s", name,
                  turn->message, reply->coverage, reply->tier, reply->severity,
                  reply->needs_escalation, reply->answer);
    check_parts(name, reply->answer, turn->says, true);
    check_parts(name, reply->answer, turn->keeps, false);
}

START_TEST(a_conversation_goes_as_the_documents_say) {
    const struct talk *talk = &talks[_i];
    for (size_t i = 0; i < TURNS_MAX && talk->turns[i].message; i++) {
        esi_error err = {0};
        esi_reply *reply = NULL;
        esi_chat_request request = ESI_CHAT_REQUEST_INIT;
        request.session_id = "s";
        request.role = talk->role;
        request.message = talk->turns[i].message;
        must(esi_chat_ask(desk, &request, &reply, &err), &err);
        check_turn(talk->name, &talk->turns[i], reply);
        esi_reply_free(reply);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("talk");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_conversation_goes_as_the_documents_say, 0,
                        (int)(sizeof(talks) / sizeof(talks[0])));
    return tap_run("desk/talk", t);
}
