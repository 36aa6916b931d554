#include "core/issue_parts.h"

#include <stdio.h>

#include "conversation.h"
#include "probes.h"
#include "tap.h"

static struct talk talk;
static struct issue_state scene; /* what was said before the probes */
static bool scene_asked;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

static struct view part(struct view *rest, char mark) {
    struct view word = {NULL, 0};
    (void)view_split(rest, mark, &word);
    return view_trim(word);
}

/* "steps | MESSAGE | ITEM; ITEM" */
static void set_scene(struct view line) {
    const struct issue_state none = {.current = -1};
    struct view items[ISSUE_ASKED_MAX];
    size_t count = 0;
    const struct view kind = part(&line, '|');
    const struct view message = part(&line, '|');
    while (line.n > 0 && count < ISSUE_ASKED_MAX) {
        items[count++] = part(&line, ';');
    }
    scene = none;
    scene_asked = talk.asked = false;
    if (view_eq(kind, VIEW("start"))) {
        return;
    }
    const bool steps = view_eq(kind, VIEW("steps"));
    const bool asked = view_eq(kind, VIEW("asked"));
    const struct view cited = VIEW("kb-scene#1");
    const struct issue_outcome outcome = {.coverage = ESI_COVERAGE_COVERED,
                                          .cited = &cited,
                                          .cited_count = 1,
                                          .steps = items,
                                          .step_count = steps ? count : 0,
                                          .asked = items,
                                          .asked_count = asked ? count : 0};
    talk_read(&talk, message);
    ck_assert_int_eq(
        issue_take(&none, &talk.reading, message, &talk.arena, &scene, &talk.step, NULL), ESI_OK);
    ck_assert_int_eq(issue_answered(&scene, &outcome, &talk.arena, NULL), ESI_OK);
    scene_asked = asked;
}

/* Is what the desk asked last answered by a fact that ends in this message? */
static bool is_kept(struct view message) {
    const struct issue *issue = talk_issue(&talk);
    for (size_t i = 0; issue && i < issue->fact_count; i++) {
        const size_t at = view_find(issue->facts[i], VIEW(ISSUE_ANSWERED), 0);
        const struct view said =
            at == SIZE_MAX ? VIEW("?")
                           : view_slice(issue->facts[i], at + sizeof(ISSUE_ANSWERED) - 1, SIZE_MAX);
        if (at != SIZE_MAX && view_starts(message, said)) {
            return true;
        }
    }
    return false;
}

static bool holds(struct view name, struct view message) {
    const struct reading *r = &talk.reading;
    const struct {
        const char *name;
        bool held;
    } known[] = {{"here", talk.step == ISSUE_CONTINUED},
                 {"new", talk.step == ISSUE_OPENED},
                 {"closes", talk.step == ISSUE_CLOSES},
                 {"none", talk.step == ISSUE_NONE},
                 {"failed", r->failed},
                 {"solved", r->solved},
                 {"person", r->wants_person},
                 {"noticket", r->wants_no_ticket},
                 {"answers", is_kept(message)}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (view_eq(name, view_of(known[i].name))) {
            return known[i].held;
        }
    }
    ck_abort_msg("the file wants \"%.*s\"", (int)name.n, name.p);
    return false;
}

static bool is_act(struct view acts) {
    struct view act;
    while (view_split(&acts, '/', &act)) {
        if (view_eq(act, view_of(esi_act_name(talk.reading.act)))) {
            return true;
        }
    }
    return false;
}

static bool is_right(struct view line) {
    struct view rest = line;
    if (line.p[0] == '=') {
        set_scene(view_slice(line, 1, line.n));
        return true;
    }
    struct view wanted = part(&rest, '|');
    const struct view message = view_trim(rest);
    struct view word;
    talk.asked = scene_asked;
    talk_read(&talk, message);
    ck_assert_int_eq(
        issue_take(&scene, &talk.reading, message, &talk.arena, &talk.issues, &talk.step, NULL),
        ESI_OK);
    while (view_split(&wanted, ' ', &word)) {
        const struct view name = view_slice(word, 1, word.n);
        const bool mark = word.p[0] == '+' || word.p[0] == '-';
        if (!(mark ? holds(name, message) == (word.p[0] == '+') : is_act(word))) {
            fprintf(stderr, "# %.*s: %s: %.*s\n", (int)word.n, word.p,
                    esi_act_name(talk.reading.act), (int)line.n, line.p);
            return false;
        }
    }
    return true;
}

START_TEST(turns_do_to_an_issue_what_they_mean) {
    set_scene(VIEW("start"));
    probes_hold(TEST_SOURCE_ROOT "/tests/data/dialog.txt", is_right, 0.92);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("issue_follow");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, turns_do_to_an_issue_what_they_mean);
    return tap_run("core/issue_follow", t);
}
