#include "base/error.h"
#include "core/extract_follow.h"
#include "core/phrase.h"

/* What the sections that handle a trouble or a request tell to do, with what they say of it: in the
 * order of the document, without what was told, tried or isn't for this person. */

static const char *const origin = "core/extract";

#define SETTLED_SHARE 0.8 /* of a question's words that one thing said must have */
#define PERTINENT 1.2f    /* weight of a word that ties an order to what was said */
#define LABEL_WORDS 5
#define LABEL_SHARE 0.66 /* of a label's words that must have been said */
#define WHOLE 90         /* words of a section that is said whole */

struct taking {
    const struct passage *passage;
    struct pick *picks; /* one per item; without text: not said */
    size_t at;
    bool main;
    bool whole; /* it is short: all of it is said */
    bool named; /* one case of it was described in this turn, when others may have been told */
    bool lacks; /* its steps need what the person hasn't got */
};

/* Asked before, as it stands or as it was put then? */
static esi_err was_asked(struct selecting *s, struct view question, bool *out) {
    const struct issue *issue = s->in->issue;
    *out = false;
    if (!issue || issue->asked_count == 0) {
        return ESI_OK;
    }
    const struct view put = phrase_question(question, s->arena);
    for (size_t i = 0; put.p && i < issue->asked_count; i++) {
        *out |=
            view_find(issue->asked[i], question, 0) != SIZE_MAX || view_eq(issue->asked[i], put);
    }
    return put.p ? ESI_OK : fail_memory(s->err, origin);
}

/* Whoever takes over needs what wasn't answered: then it is asked a second time. */
static esi_err is_due(struct selecting *s, struct view question, bool *out) {
    const struct issue *issue = s->in->issue;
    const bool first = s->in->decision->escalate && !(issue && issue->escalated);
    struct view value;
    bool asked = false;
    const esi_err code = first ? ESI_OK : was_asked(s, question, &asked);
    *out = code == ESI_OK && !asked && !extract_known(question, issue, s->in->message, &value);
    return code;
}

static esi_err take_capture(struct selecting *s, const struct note_item *item, struct pick pick) {
    struct selection *out = s->out;
    bool due = false;
    out->details[out->detail_count++] = *item;
    const esi_err code = is_due(s, item->text, &due);
    if (due) {
        select_add(&out->captures, SELECT_CAPTURES_MAX, pick);
    }
    return code;
}

/* Isn't taken where the step was tried or given before. */
static esi_err take_step(struct selecting *s, const struct note_item *item, struct pick pick,
                         struct taking *t) {
    enum follow_step state = FOLLOW_SAY;
    if (t->lacks || select_about_desk(pick.text) || select_third_person(pick.text)) {
        return ESI_OK;
    }
    const bool met = item->condition.n > 0 && pick.condition.n == 0;
    const esi_err code = follow_step(s, item, met, t->named, &state);
    if (code == ESI_OK && state == FOLLOW_TRIED) {
        s->out->tried++;
    } else if (code == ESI_OK && state == FOLLOW_GIVEN) {
        s->out->given++;
        select_add(&s->out->left, SELECT_ITEMS_MAX, pick);
    } else if (code == ESI_OK) {
        t->picks[pick.index] = pick;
    }
    return code;
}

/* "Whether you still have a code": does a thing that was said settle it, yes or no? */
static esi_err is_settled(struct selecting *s, struct view question, bool *out) {
    struct stems stems;
    *out = false;
    if (!view_starts(question, VIEW("whether ")) && !view_starts(question, VIEW("Whether ")) &&
        view_find(question, VIEW(" whether "), 0) == SIZE_MAX) {
        return ESI_OK;
    }
    const esi_err code = stems_read(question, s->arena, &stems, s->err);
    for (size_t i = 0; code == ESI_OK && i < s->heard->line_count; i++) {
        *out |= stems_share(&stems, &s->heard->lines[i].stems) >= SETTLED_SHARE;
    }
    return code;
}

/* "Escalate, and ask for the seat", "if it persists, ask ...": asked once it is passed on. */
static bool waits_for_ticket(const struct note *note, const struct pick *pick) {
    const struct note_item *before = pick->index > 0 ? &note->items[pick->index - 1] : NULL;
    return pick->condition.n > 0 ||
           (before && before->kind == NOTE_WHEN && (before->actions & NOTE_ESCALATE) &&
            before->line == pick->line);
}

/* However a document was read, nobody is asked for what must stay secret. */
static bool asks_secret(struct view text) {
    static const char *const secrets[] = {"password", "passphrase",  "passcode", "one-time code",
                                          "secret",   "private key", " PIN"};
    bool found = false;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        found |= view_find(text, view_of(secrets[i]), 0) != SIZE_MAX;
    }
    return found && view_find(text, VIEW("whether "), 0) == SIZE_MAX &&
           view_find(text, VIEW("when "), 0) == SIZE_MAX;
}

static esi_err take_ask(struct selecting *s, const struct note_item *item, struct pick pick,
                        bool waits) {
    if (asks_secret(item->text)) {
        return ESI_OK;
    }
    bool settled = false;
    bool due = false;
    esi_err code = is_settled(s, item->text, &settled);
    if (code == ESI_OK && !settled && (s->in->decision->ticket || !waits)) {
        code = is_due(s, item->text, &due);
    }
    if (due) {
        select_add(&s->out->asks, SELECT_ASKS_MAX, pick);
    }
    return code;
}

/* ---- one section ----------------------------------------------------------------------------- */

/* An order that only makes sense to the desk, or speaks of the person as of somebody else. */
static bool is_desks(const struct note_item *item) {
    return item->for_desk || select_third_person(item->text);
}

/* "Escalate. In that case tell them that nothing gets lost": once it is passed on. */
static bool goes_with_ticket(const struct selecting *s, const struct note *note,
                             const struct note_item *item) {
    const bool first = s->in->decision->escalate && !(s->in->issue && s->in->issue->escalated);
    for (size_t i = 0; first && i < note->count && item->kind == NOTE_SAY; i++) {
        const struct note_item *when = &note->items[i];
        if (when->kind == NOTE_WHEN && (when->actions & NOTE_ESCALATE) &&
            when->line == item->line && when < item) {
            return true;
        }
    }
    return false;
}

/* Takes what is said by itself: steps, statements to the person, causes; what is asked and
 * collected on the way. */
static esi_err take_item(struct selecting *s, struct taking *t, size_t index) {
    const struct note_item *item = &t->passage->note.items[index];
    struct pick pick = select_pick(t->passage, index, t->at);
    bool admitted = false;
    bool unhelped = false;
    esi_err code = select_admit(s, t->passage, item, &admitted, &pick.condition);
    if (code == ESI_OK && item->kind == NOTE_STEP) {
        code = follow_unhelped(s, item, &unhelped);
    }
    if (code != ESI_OK || !(admitted || unhelped)) {
        return code;
    }
    pick.condition = unhelped ? (struct view){0} : pick.condition;
    switch (item->kind) {
    case NOTE_STEP:
        return take_step(s, item, pick, t);
    case NOTE_SAY:
    case NOTE_CAUSE:
        if ((!s->told || goes_with_ticket(s, &t->passage->note, item)) &&
            !select_about_documents(item->text) && !select_about_desk(item->text)) {
            t->picks[index] = pick;
        }
        return ESI_OK;
    case NOTE_FACT:
    case NOTE_NEVER: /* where it stands with what is said: see add_beside */
        if (!select_about_documents(item->text) && !select_about_desk(item->text) &&
            !select_other_role(s, item->text, &(uint32_t){0}) &&
            (item->kind == NOTE_FACT || (!is_desks(item) && phrase_denies(item->text)))) {
            t->picks[index] = pick;
        }
        return ESI_OK;
    case NOTE_ASK:
        return take_ask(s, item, pick, waits_for_ticket(&t->passage->note, &pick));
    case NOTE_CAPTURE:
        return take_capture(s, item, pick);
    case NOTE_SYMPTOM:
    case NOTE_WHEN:
    case NOTE_REFER:
        return ESI_OK;
    }
    return ESI_OK;
}

/* Of a line: has it a step that is said, or one that was left out? */
static void steps_of_line(const struct taking *t, int32_t line, bool *said, bool *left_out) {
    *said = *left_out = false;
    for (size_t i = 0; i < t->passage->note.count && line > 0; i++) {
        const struct note_item *item = &t->passage->note.items[i];
        if (item->kind == NOTE_STEP && item->line == line) {
            *said |= t->picks[i].text.n > 0;
            *left_out |= t->picks[i].text.n == 0;
        }
    }
}

/* "If all of them hang: don't reload anything": where that is so, no other step is for them. */
static void heed_nevers(struct taking *t) {
    const struct note *note = &t->passage->note;
    bool forbidden = false;
    for (size_t i = 0; i < note->count; i++) {
        forbidden |= note->items[i].kind == NOTE_NEVER && note->items[i].condition.n > 0 &&
                     t->picks[i].text.n > 0 && t->picks[i].condition.n == 0;
    }
    for (size_t i = 0; forbidden && i < note->count; i++) {
        if (note->items[i].kind == NOTE_STEP && note->items[i].condition.n == 0) {
            t->picks[i] = (struct pick){0};
        }
    }
}

/* Statements stand with their step, or in a section that is said whole. */
static bool stands(const struct selecting *s, const struct taking *t, const struct pick *pick) {
    bool said;
    bool left_out;
    if (pick->kind != NOTE_FACT && pick->kind != NOTE_NEVER) {
        return true;
    }
    steps_of_line(t, pick->line, &said, &left_out);
    return said || (!left_out && !s->told && t->main && (t->whole || pick->kind == NOTE_NEVER));
}

/* What the person is told beside the steps comes behind them, where it stood among them. */
static void add_section(struct selecting *s, const struct taking *t) {
    const size_t count = t->passage->note.count;
    size_t steps = 0; /* that still come */
    for (size_t i = 0; i < count; i++) {
        steps += t->picks[i].kind == NOTE_STEP;
    }
    size_t said = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pick *pick = &t->picks[i];
        bool beside = false;
        bool left_out = false;
        steps_of_line(t, pick->line, &beside, &left_out);
        said += pick->kind == NOTE_STEP && pick->text.n > 0;
        steps -= pick->kind == NOTE_STEP;
        const bool among = pick->kind == NOTE_SAY && !beside && said > 0 && steps > 0;
        if (pick->text.n > 0 && !among && stands(s, t, pick)) {
            select_say(s->out, *pick);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (t->picks[i].text.n > 0 && t->picks[i].kind == NOTE_SAY) {
            select_say(s->out, t->picks[i]); /* nothing is said twice */
        }
    }
}

/* Its steps were given before, or it has none and was cited: what it says isn't said again. */
static bool was_told(const struct selecting *s, const struct passage *p) {
    const struct issue *issue = s->in->issue;
    bool steps = false;
    for (size_t i = 0; i < p->note.count; i++) {
        steps |= p->note.items[i].kind == NOTE_STEP;
        if (p->note.items[i].kind == NOTE_STEP && follow_given(s, p->note.items[i].text)) {
            return true;
        }
    }
    for (size_t i = 0; issue && !steps && i < issue->cited_count; i++) {
        if (view_eq(issue->cited[i], p->section_id)) {
            return true;
        }
    }
    return false;
}

bool select_case(const struct note *note, bool *in) {
    size_t first = note->count;
    bool narrow = false;
    bool does = false;
    for (size_t i = note->count; i > 0; i--) {
        first = note->items[i - 1].kind == NOTE_SYMPTOM ? i - 1 : first;
    }
    for (size_t i = 0; i < note->count; i++) {
        const enum note_kind kind = note->items[i].kind;
        narrow |= !in[i] && (kind == NOTE_STEP || kind == NOTE_FACT || kind == NOTE_CAUSE);
        does |= i > first && in[i] && (kind == NOTE_STEP || kind == NOTE_SAY);
    }
    for (size_t i = 0; narrow && does && i < first; i++) {
        const enum note_kind kind = note->items[i].kind;
        in[i] = in[i] && note->items[i].group == 0 && kind != NOTE_STEP && kind != NOTE_FACT;
    }
    return narrow && does;
}

/* "Text too small: ...": what stands before the colon. */
static struct view label_of(const struct note_item *item) {
    const size_t at = item->kind == NOTE_FACT ? view_find(item->text, VIEW(": "), 0) : SIZE_MAX;
    const struct view label = at == SIZE_MAX ? (struct view){0} : view_slice(item->text, 0, at);
    return select_words(label) <= LABEL_WORDS ? label : (struct view){0};
}

/* Of several lines that say in front what they are for, those that were described. */
static esi_err keep_labelled(struct selecting *s, const struct note *note, bool *in) {
    bool *meant = ARENA_ARRAY(s->arena, note->count + 1, bool);
    size_t labels = 0;
    bool any = false;
    for (size_t i = 0; meant && i < note->count; i++) {
        const struct view label = in[i] ? label_of(&note->items[i]) : (struct view){0};
        struct stems stems;
        if (label.n == 0) {
            continue;
        }
        labels++;
        const esi_err code = stems_read(label, s->arena, &stems, s->err);
        if (code != ESI_OK) {
            return code;
        }
        meant[i] = stems_share(&stems, &s->heard->now) >= LABEL_SHARE;
        any |= meant[i];
    }
    for (size_t i = 0; meant && any && labels > 1 && i < note->count; i++) {
        const enum note_kind kind = note->items[i].kind;
        bool labelled = false;
        bool line = false;
        for (size_t k = 0; k < note->count; k++) {
            const bool same = note->items[k].line == note->items[i].line;
            labelled |= same && label_of(&note->items[k]).n > 0;
            line |= same && meant[k];
        }
        in[i] = in[i] && (line || !labelled || (kind != NOTE_FACT && kind != NOTE_STEP));
    }
    return meant ? ESI_OK : fail_memory(s->err, origin);
}

/* What a document tells the desk about all of its sections: of use where it speaks of what was
 * reported or of what is said already, by more than the document's subject. */
static esi_err keep_pertinent(struct selecting *s, const struct passage *p, bool *in) {
    struct stems said = s->heard->all;
    struct stems title;
    esi_err code = stems_read(p->title, s->arena, &title, s->err);
    for (size_t i = 0; i < s->out->body_count && code == ESI_OK; i++) {
        struct stems part;
        struct stems both;
        code = stems_read(s->out->body[i].text, s->arena, &part, s->err);
        code = code == ESI_OK ? stems_join(&said, &part, s->arena, &both, s->err) : code;
        said = code == ESI_OK ? both : said;
    }
    for (size_t i = 0; i < p->note.count && code == ESI_OK; i++) {
        struct stems item;
        const enum note_kind kind = p->note.items[i].kind;
        code = stems_read(p->note.items[i].text, s->arena, &item, s->err);
        bool pertinent = false;
        for (size_t k = 0; code == ESI_OK && k < item.count; k++) {
            pertinent |= item.weights[k] >= PERTINENT && stems_have(&said, item.items[k]) &&
                         !stems_have(&title, item.items[k]);
        }
        in[i] = in[i] && kind != NOTE_STEP && kind != NOTE_FACT &&
                (pertinent || (kind != NOTE_SAY && kind != NOTE_ASK));
    }
    return code;
}

static esi_err take_passage(struct selecting *s, size_t passage, bool main) {
    struct taking t = {.passage = &s->in->passages[passage], .at = passage, .main = main};
    const struct note *note = &t.passage->note;
    bool *in = ARENA_ARRAY(s->arena, note->count + 1, bool);
    t.picks = ARENA_ARRAY(s->arena, note->count + 1, struct pick);
    if (!in || !t.picks) {
        return fail_memory(s->err, origin);
    }
    esi_err code = heard_focus(s->heard, note, in, s->err);
    bool harmful = false;
    if (code == ESI_OK) {
        code = follow_focus(s, note, in, &t.named);
    }
    if (code == ESI_OK) {
        (void)select_case(note, in);
        code = follow_lacks(s, note, &t.lacks);
    }
    if (code == ESI_OK) {
        code = keep_labelled(s, note, in);
    }
    if (code == ESI_OK && t.passage->referred && section_for_desk(note)) {
        code = keep_pertinent(s, t.passage, in);
    }
    if (code == ESI_OK) {
        code = select_harms(s, note, &harmful);
    }
    const bool told = was_told(s, t.passage);
    /* of a case that is named only now nothing was said */
    s->told = told && (!t.named || s->in->reading->failed);
    s->out->told |= told;
    size_t words = 0;
    for (size_t i = 0; i < note->count && code == ESI_OK; i++) {
        const enum note_kind kind = note->items[i].kind;
        /* of what did the harm only what is asked and collected is of use */
        if (in[i] && (!harmful || kind == NOTE_ASK || kind == NOTE_CAPTURE)) {
            code = take_item(s, &t, i);
        }
        words += select_words(t.picks[i].text);
    }
    t.whole = words <= WHOLE;
    heed_nevers(&t);
    if (code == ESI_OK) {
        add_section(s, &t);
        s->out->cites[passage] = true;
    }
    return code;
}

/* Says what to do? */
static bool tells(const struct selection *selection) {
    for (size_t i = 0; i < selection->body_count; i++) {
        if (selection->body[i].kind == NOTE_STEP || selection->body[i].kind == NOTE_SAY) {
            return true;
        }
    }
    return false;
}

/* ---- the sections together ------------------------------------------------------------------- */

static bool gives(const struct selection *selection) {
    return selection->body_count > 0;
}

/* Do the person's words touch it by more than what the whole section is about? */
static esi_err touches(struct selecting *s, const struct passage *p, const struct note_item *item,
                       bool *out) {
    struct stems never;
    struct stems heading;
    struct stems title;
    esi_err code = stems_read(item->text, s->arena, &never, s->err);
    if (code == ESI_OK) {
        code = stems_read(p->heading, s->arena, &heading, s->err);
    }
    if (code == ESI_OK) {
        code = stems_read(p->title, s->arena, &title, s->err);
    }
    *out = false;
    for (size_t i = 0; code == ESI_OK && i < never.count; i++) {
        *out |= never.weights[i] > 0.6f && stems_have(&s->heard->all, never.items[i]) &&
                !stems_have(&heading, never.items[i]) && !stems_have(&title, never.items[i]);
    }
    return code;
}

/* What isn't allowed, where it touches what the person is about. */
static esi_err take_nevers(struct selecting *s) {
    for (size_t i = 0; i < s->in->passage_count; i++) {
        const struct passage *p = &s->in->passages[i];
        if (!s->out->cites[i] || section_for_desk(&p->note) || was_told(s, p)) {
            continue;
        }
        for (size_t k = 0; k < p->note.count; k++) {
            const struct note_item *item = &p->note.items[k];
            bool near = false;
            if (item->kind != NOTE_NEVER || is_desks(item) ||
                !heard_role(item->roles, s->in->role)) {
                continue;
            }
            const esi_err code = touches(s, p, item, &near);
            if (code != ESI_OK) {
                return code;
            }
            if (near) {
                select_add(&s->out->nevers, 2, select_pick(p, k, i));
            }
        }
    }
    return ESI_OK;
}

/* Is it among the rules of the decision: "kb:ID#HEADING"? */
static bool decided(const struct selecting *s, const struct passage *p) {
    for (size_t i = 0; i < s->in->decision->rule_count; i++) {
        struct view rule = s->in->decision->rules[i];
        if (!view_starts(rule, VIEW("kb:"))) {
            continue;
        }
        rule = view_slice(rule, 3, rule.n);
        if (view_starts(rule, p->document_id) && rule.n > p->document_id.n &&
            view_eq(view_slice(rule, p->document_id.n + 1, rule.n), p->heading)) {
            return true;
        }
    }
    return false;
}

/* Somebody takes over: what to do meanwhile comes from a section about the report, or from none. */
static esi_err leave_beside(struct selecting *s, enum section_use *uses) {
    for (size_t i = 0; i < s->in->passage_count; i++) {
        bool meets = true;
        const esi_err code = uses[i] == SECTION_MAIN && !decided(s, &s->in->passages[i]) &&
                                     s->in->reading->act == ESI_ACT_TROUBLE
                                 ? section_meets(s->heard, &s->in->passages[i], &meets, s->err)
                                 : ESI_OK;
        if (code != ESI_OK) {
            return code;
        }
        if (!meets) {
            for (size_t k = 0; k < s->in->passage_count; k++) {
                uses[k] = uses[k] == SECTION_NONE ? SECTION_NONE : SECTION_OTHER;
            }
            return ESI_OK;
        }
    }
    return ESI_OK;
}

esi_err select_handling(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                        struct selection **out, esi_error *err) {
    struct selecting s = {.in = in, .heard = heard, .arena = arena, .err = err};
    struct selection *selection = NULL;
    esi_err code = select_begin(&s, &selection);
    enum section_use *uses = ARENA_ARRAY(arena, in->passage_count + 1, enum section_use);
    if (code == ESI_OK && !uses) {
        code = fail_memory(err, origin);
    }
    if (code == ESI_OK) {
        code = sections_read(heard, in->passages, in->passage_count, uses, err);
    }
    if (code == ESI_OK && in->decision->escalate) {
        code = leave_beside(&s, uses);
    }
    for (int use = SECTION_MAIN; use >= SECTION_WITH; use--) {
        for (size_t i = 0; i < in->passage_count && code == ESI_OK; i++) {
            if (in->passages[i].referred && use != SECTION_MAIN && tells(selection) &&
                !section_for_desk(&in->passages[i].note)) {
                continue; /* the section at hand says itself what to do */
            }
            code = (int)uses[i] == use ? take_passage(&s, i, use == SECTION_MAIN) : ESI_OK;
        }
    }
    if (code == ESI_OK) {
        code = take_nevers(&s);
    }
    s.uses = uses;
    const bool asks =
        in->reading->act != ESI_ACT_ANSWER && !in->reading->failed && in->reading->topic_count > 0;
    if (code == ESI_OK && !gives(selection) && (!selection->told || asks) &&
        selection->tried + selection->given == 0) {
        code = select_best(&s);
    }
    bool outcome = false;
    if (code == ESI_OK && !in->decision->escalate && !gives(selection)) {
        code = follow_outcome(&s, &outcome);
    }
    if (code == ESI_OK && !in->decision->escalate && !outcome) {
        code = follow_left(&s);
    }
    if (code == ESI_OK) {
        select_tidy(&s);
        *out = selection;
    }
    return code;
}
