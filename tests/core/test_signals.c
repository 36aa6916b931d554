#include <stdio.h>
#include <string.h>

#include "conversation.h"
#include "probes.h"
#include "tap.h"

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

/* What a line of the file calls a sign, and the policy's names for it. */
static const struct {
    const char *word;
    const char *ids[2];
} signs[] = {{"people", {"several-people", "class"}}, {"graded", {"graded", NULL}},
             {"loss", {"lost-work", "risk-of-loss"}}, {"security", {"security", NULL}},
             {"outage", {"outage", "platform-wide"}}, {"image", {"kernel-image", NULL}}};

static uint64_t bits_of(const char *const ids[2]) {
    return policy_signal_bit(talk.policy, ids[0]) |
           (ids[1] ? policy_signal_bit(talk.policy, ids[1]) : 0);
}

static bool can_go_on(uint64_t signals) {
    static const char *const stuck[2] = {"blocked", "repeat-failure"};
    return !(signals & bits_of(stuck)) || (signals & policy_signal_bit(talk.policy, "workaround"));
}

/* Fills in what was read, in the file's words. */
static void describe(uint64_t signals, bool stuckness, char out[64]) {
    const bool outage = (signals & bits_of(signs[4].ids)) != 0; /* hits people in any case */
    out[0] = '\0';
    for (size_t i = outage ? 1 : 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (signals & bits_of(signs[i].ids)) {
            strcat(strcat(out, out[0] ? " " : ""), signs[i].word);
        }
    }
    if (stuckness) {
        strcpy(out, can_go_on(signals) ? "nuisance" : "stuck");
    } else if (out[0] == '\0') {
        strcpy(out, "-");
    }
}

static bool is_right(struct view line) {
    struct view rest = line;
    struct view wanted = {NULL, 0};
    char got[64];
    ck_assert(view_split(&rest, '|', &wanted));
    wanted = view_trim(wanted);
    talk_read(&talk, view_trim(rest));
    const bool stuckness = view_eq(wanted, VIEW("stuck")) || view_eq(wanted, VIEW("nuisance"));
    describe(talk.reading.signals, stuckness, got);
    if (!view_eq(wanted, view_of(got))) {
        fprintf(stderr, "# %s, not %.*s\n", got, (int)line.n, line.p);
        return false;
    }
    return true;
}

START_TEST(signs_are_read_in_words_of_all_kinds_and_not_in_their_likes) {
    probes_hold(TEST_SOURCE_ROOT "/tests/data/signals.txt", is_right, 0.95);
}
END_TEST

START_TEST(reports_over_platforms_that_nobody_has_are_read) {
    probes_hold(TEST_SOURCE_ROOT "/tests/data/reports.txt", is_right, 0.95);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("signals");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, signs_are_read_in_words_of_all_kinds_and_not_in_their_likes);
    tcase_add_test(t, reports_over_platforms_that_nobody_has_are_read);
    return tap_run("core/signals", t);
}
