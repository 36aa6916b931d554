/* conversation.h: a session over sections written by hand, walked as the desk walks it but for
 * retrieval: what was found is stated by the test. */
#ifndef ESIHELP_TESTS_CONVERSATION_H
#define ESIHELP_TESTS_CONVERSATION_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/extract.h"
#include "core/handling.h"

#define TALK_PASSAGES 8

struct talk {
    esi_arena arena;
    struct policy *policy;
    struct passage passages[TALK_PASSAGES];
    size_t passage_count;
    esi_coverage coverage; /* of the next turns */
    esi_role role;
    bool asked, ticket_open;
    struct buf state; /* between turns, as a store keeps it */
    /* of the last turn */
    struct reading reading;
    struct issue_state issues;
    enum issue_step step;
    struct verdict verdict;
    struct decision decision;
    struct decide_reasons reasons;
    struct extract_out out;
};

static inline void talk_begin(struct talk *t) {
    *t = (struct talk){.coverage = ESI_COVERAGE_COVERED, .role = ESI_ROLE_TRAINEE};
    arena_init(&t->arena, 0);
    buf_init(&t->state, ISSUE_JSON_MAX);
    ck_assert_int_eq(policy_read((struct view){0}, "default", &t->policy, NULL), ESI_OK);
}

static inline void talk_end(struct talk *t) {
    policy_free(t->policy);
    buf_clear(&t->state);
    arena_clear(&t->arena);
}

/* A new person at the same desk. */
static inline void talk_anew(struct talk *t) {
    buf_empty(&t->state);
    t->asked = t->ticket_open = false;
}

static inline struct passage *talk_section(struct talk *t, const char *document,
                                           const char *heading) {
    ck_assert_uint_lt(t->passage_count, TALK_PASSAGES);
    struct passage *p = &t->passages[t->passage_count++];
    *p =
        (struct passage){.document_id = view_of(document),
                         .section_id = view_of(arena_printf(&t->arena, "%s#%s", document, heading)),
                         .title = view_of(document),
                         .version = VIEW("2.0"),
                         .heading = view_of(heading),
                         .score = 0.8,
                         .carries = true};
    return p;
}

/* Adds an item to the section that was made last, to be filled in further. */
static inline struct note_item *talk_item(struct talk *t, enum note_kind kind, const char *text) {
    struct note *note = &t->passages[t->passage_count - 1].note;
    struct note_item *items = ARENA_ARRAY(&t->arena, note->count + 1, struct note_item);
    ck_assert_ptr_nonnull(items);
    if (note->count > 0) {
        memcpy(items, note->items, note->count * sizeof(*items));
    }
    note->items = items;
    struct note_item *item = &items[note->count++];
    int32_t order = 0;
    for (size_t i = note->count - 1; kind == NOTE_STEP && i > 0 && order == 0; i--) {
        order = items[i - 1].kind == NOTE_STEP ? items[i - 1].order : -1;
    }
    *item = (struct note_item){.kind = kind,
                               .text = view_of(text),
                               .source = view_of(text),
                               .order = kind == NOTE_STEP ? (order > 0 ? order + 1 : 1) : 0,
                               .line = (int32_t)note->count};
    return item;
}

static inline struct note_item *talk_when(struct talk *t, const char *condition, uint32_t actions) {
    struct note_item *item = talk_item(t, NOTE_WHEN, "escalate");
    item->condition = view_of(condition);
    item->actions = actions;
    return item;
}

static inline void talk_read(struct talk *t, struct view message) {
    struct token *tokens = NULL;
    size_t count = 0;
    ck_assert_int_eq(text_tokens(message, "en", 2000, &t->arena, &tokens, &count, NULL), ESI_OK);
    ck_assert_int_eq(
        issue_read(t->policy, message, tokens, count, t->asked, &t->arena, &t->reading, NULL),
        ESI_OK);
}

static inline struct issue *talk_issue(struct talk *t) {
    return t->step == ISSUE_NONE || t->issues.current < 0 ? NULL
                                                          : &t->issues.issues[t->issues.current];
}

static inline void talk_record(struct talk *t) {
    struct view cited[TALK_PASSAGES];
    size_t count = 0;
    for (size_t i = 0; i < t->passage_count; i++) {
        if (t->out.cites[i]) {
            cited[count++] = t->passages[i].section_id;
        }
    }
    const struct issue_outcome outcome = {.coverage = t->coverage,
                                          .category = t->decision.category,
                                          .tier = t->decision.tier,
                                          .severity = t->decision.severity,
                                          .escalated = t->decision.escalate,
                                          .cited = cited,
                                          .cited_count = count,
                                          .steps = t->out.steps,
                                          .step_count = t->out.step_count,
                                          .asked = t->out.questions,
                                          .asked_count = t->out.question_count,
                                          .rules = t->decision.rules,
                                          .rule_count = t->decision.rule_count};
    if (t->verdict.kind == VERDICT_PASS &&
        (t->step == ISSUE_OPENED || t->step == ISSUE_CONTINUED)) {
        ck_assert_int_eq(issue_answered(&t->issues, &outcome, &t->arena, NULL), ESI_OK);
    }
    buf_empty(&t->state);
    ck_assert_int_eq(issue_encode(&t->issues, t->policy, &t->state, NULL), ESI_OK);
    t->asked = t->out.question_count > 0;
    t->ticket_open |= t->decision.ticket;
}

/* One turn; the answer. */
static inline const char *talk_say(struct talk *t, const char *text) {
    const struct view message = view_of(text);
    struct issue_state old;
    const char *before = arena_str(&t->arena, buf_view(&t->state));
    ck_assert_int_eq(issue_decode(view_of(before), t->policy, &t->arena, &old, NULL), ESI_OK);
    talk_read(t, message);
    ck_assert_int_eq(issue_take(&old, &t->reading, message, &t->arena, &t->issues, &t->step, NULL),
                     ESI_OK);
    const struct coverage coverage = {.outcome = t->coverage, .confidence = 0.8};
    const struct decide_in decide = {.policy = t->policy,
                                     .verdict = &t->verdict,
                                     .reading = &t->reading,
                                     .issue = talk_issue(t),
                                     .closes = t->step == ISSUE_CLOSES,
                                     .coverage = &coverage,
                                     .passages = t->passages,
                                     .passage_count = t->passage_count,
                                     .role = t->role,
                                     .reasons = &t->reasons};
    t->reasons = (struct decide_reasons){.count = 0};
    ck_assert_int_eq(decide_turn(&decide, &t->arena, &t->decision, NULL), ESI_OK);
    const struct extract_in extract = {.policy = t->policy,
                                       .platform = VIEW("Northlight"),
                                       .message = message,
                                       .verdict = &t->verdict,
                                       .reading = &t->reading,
                                       .issue = talk_issue(t),
                                       .step = t->step,
                                       .coverage = &coverage,
                                       .decision = &t->decision,
                                       .passages = t->passages,
                                       .passage_count = t->passage_count,
                                       .role = t->role,
                                       .ticket_open = t->ticket_open};
    ck_assert_int_eq(extract_answer(&extract, &t->arena, &t->out, NULL), ESI_OK);
    talk_record(t);
    return t->out.answer.p;
}

/* Is a rule among those that decided? */
static inline bool talk_ruled(const struct talk *t, const char *rule) {
    for (size_t i = 0; i < t->decision.rule_count; i++) {
        if (view_eq(t->decision.rules[i], view_of(rule))) {
            return true;
        }
    }
    return false;
}

#define says(text, part)                                                                           \
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" isn't in: %s", part, text)
#define keeps(text, part) ck_assert_msg(strstr(text, part) == NULL, "\"%s\" is in: %s", part, text)

#endif
