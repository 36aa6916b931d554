#include "core/extract_select.h"

#include <string.h>

#include "base/error.h"
#include "core/cues.h"
#include "core/sections.h"

static const char *const origin = "core/extract";

#define CLOSE_SHARE 0.5   /* of what was said that a statement must speak of */
#define SETTLED_SHARE 0.8 /* of a question's words that one thing said must have */

bool select_about_documents(struct view text) {
    static const char *const subjects[] = {"document", "page ",  "pages",   "policy",
                                           "guide",    "manual", "article", "runbook"};
    static const char *const claims[] = {"authoritative",  "authority",         "one holds",
                                         "this holds",     "document holds",    "prevail",
                                         "precedence",     "supersede",         "is the rule for",
                                         "takes priority", "for reference only"};
    bool subject = false;
    bool claim = false;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        subject |= view_find(text, view_of(subjects[i]), 0) != SIZE_MAX;
    }
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        claim |= view_find(text, view_of(claims[i]), 0) != SIZE_MAX;
    }
    return subject && claim;
}

void select_add(struct picks *picks, size_t max, struct pick pick) {
    for (size_t i = 0; i < picks->count; i++) {
        if (view_eq_nocase(picks->items[i].text, pick.text)) {
            return;
        }
    }
    if (picks->count < max && picks->count < SELECT_ITEMS_MAX && pick.text.n > 0) {
        picks->items[picks->count++] = pick;
    }
}

struct pick select_pick(const struct note_item *item, size_t passage) {
    return (struct pick){.text = item->text,
                         .passage = passage,
                         .before = item->roles == 0, /* of what isn't allowed: for anybody */
                         .code = item->code};
}

esi_err select_begin(struct selecting *s, struct selection **out) {
    s->out = ARENA_NEW(s->arena, struct selection);
    size_t details = 0;
    for (size_t i = 0; i < s->in->passage_count; i++) {
        details += s->in->passages[i].note.count;
    }
    if (s->out) {
        s->out->cites = ARENA_ARRAY(s->arena, s->in->passage_count + 1, bool);
        s->out->details = ARENA_ARRAY(s->arena, details + 1, struct note_item);
    }
    if (!s->out || !s->out->cites || !s->out->details) {
        return fail_memory(s->err, origin);
    }
    *out = s->out;
    return ESI_OK;
}

/* ---- one passage ----------------------------------------------------------------------------- */

/* May the item be said to this person now, and with its condition or without? */
esi_err select_admit(struct selecting *s, const struct passage *p, const struct note_item *item,
                     bool *out, struct view *condition) {
    *out = heard_role(item->roles, s->in->role) && item->text.n > 0;
    *condition = (struct view){0};
    if (!*out || item->condition.n == 0) {
        return ESI_OK;
    }
    enum condition_state state = CONDITION_OPEN;
    const esi_err code = heard_condition(s->heard, &p->note, item, &state, s->err);
    if (code == ESI_OK) {
        *out = state != CONDITION_CONTRADICTED;
        *condition = state == CONDITION_MET ? (struct view){0} : item->condition;
    }
    return code;
}

static bool was_asked(const struct selecting *s, struct view question) {
    for (size_t i = 0; s->in->issue && i < s->in->issue->asked_count; i++) {
        const struct view asked = s->in->issue->asked[i];
        if (view_find(asked, question, 0) != SIZE_MAX || view_eq(asked, question)) {
            return true;
        }
    }
    return false;
}

static void take_capture(struct selecting *s, const struct note_item *item, struct pick pick) {
    struct selection *out = s->out;
    out->details[out->detail_count++] = *item;
    struct view value;
    if (!extract_known(item->text, s->in->issue, s->in->message, &value)) {
        select_add(&out->captures, SELECT_CAPTURES_MAX, pick);
    }
}

/* "I deleted my files by resetting the machine": nobody wants to be told to reset it. */
static esi_err harms(struct selecting *s, struct view step, bool *out) {
    static const char losses[] = "lost lose losing deleted gone restore recover undo overwritten "
                                 "wiped erased vanished disappeared";
    const struct view text =
        s->in->message.n > 0 || !s->in->issue ? s->in->message : s->in->issue->query;
    struct cue_text words;
    struct step_words told;
    struct step_words asked;
    bool loss = false;
    *out = false;
    esi_err code = cues_read(text, s->arena, &words, s->err);
    for (size_t i = 0; code == ESI_OK && i < words.count; i++) {
        loss |= cues_in(&words.words[i], losses);
    }
    if (code != ESI_OK || !loss) {
        return code;
    }
    code = step_read(text, s->arena, &told, s->err);
    if (code == ESI_OK) {
        code = step_read(step, s->arena, &asked, s->err);
    }
    for (size_t i = 0; code == ESI_OK && i < asked.deed_count; i++) {
        for (size_t k = 0; k < told.deed_count; k++) {
            *out |= view_eq(asked.deeds[i], told.deeds[k]);
        }
    }
    return code;
}

esi_err select_harms(struct selecting *s, const struct note *note, bool *out) {
    esi_err code = ESI_OK;
    *out = false;
    for (size_t i = 0; i < note->count && code == ESI_OK && !*out; i++) {
        if (note->items[i].kind == NOTE_STEP) {
            code = harms(s, note->items[i].text, out);
        }
    }
    return code;
}

static bool was_given(const struct selecting *s, struct view step) {
    for (size_t i = 0; s->in->issue && i < s->in->issue->step_count; i++) {
        if (view_eq(s->in->issue->steps[i], step)) {
            return true;
        }
    }
    return false;
}

static esi_err take_step(struct selecting *s, struct pick pick) {
    bool tried = false;
    const esi_err code = heard_tried(s->heard, pick.text, &tried, s->err);
    if (code == ESI_OK && tried) {
        s->out->tried++;
    } else if (code == ESI_OK && was_given(s, pick.text)) {
        s->out->given++;
    } else if (code == ESI_OK) {
        select_add(&s->out->steps, SELECT_STEPS_MAX, pick);
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

static esi_err take_ask(struct selecting *s, const struct note_item *item, struct pick pick) {
    struct view value;
    bool settled = false;
    const esi_err code = is_settled(s, item->text, &settled);
    if (code == ESI_OK && !settled && !was_asked(s, item->text) &&
        !extract_known(item->text, s->in->issue, s->in->message, &value)) {
        select_add(&s->out->asks, SELECT_ASKS_MAX, pick);
    }
    return code;
}

/* Takes one item of a section that handles the trouble. */
static esi_err take_item(struct selecting *s, size_t passage, const struct note_item *item) {
    struct pick pick = {.text = item->text,
                        .passage = passage,
                        .before = s->out->steps.count + s->out->tried + s->out->given == 0,
                        .code = item->code};
    const bool told = s->told;
    bool admitted = false;
    const esi_err code =
        select_admit(s, &s->in->passages[passage], item, &admitted, &pick.condition);
    if (code != ESI_OK || !admitted) {
        return code;
    }
    switch (item->kind) {
    case NOTE_CAUSE:
        select_add(&s->out->causes, told ? 0 : 1, pick);
        return ESI_OK;
    case NOTE_STEP:
        return take_step(s, pick);
    case NOTE_SAY:
        if (!select_about_documents(item->text)) {
            select_add(&s->out->says, told ? 0 : SELECT_SAYS_MAX, pick);
        }
        return ESI_OK;
    case NOTE_ASK:
        return take_ask(s, item, pick);
    case NOTE_CAPTURE:
        take_capture(s, item, pick);
        return ESI_OK;
    case NOTE_FACT:
    case NOTE_SYMPTOM:
    case NOTE_WHEN:
    case NOTE_NEVER:
    case NOTE_REFER:
        return ESI_OK;
    }
    return ESI_OK;
}

/* Its steps were given before, or it has none and was cited: what it says isn't said again. */
static bool was_told(const struct selecting *s, const struct passage *p) {
    const struct issue *issue = s->in->issue;
    bool steps = false;
    for (size_t i = 0; i < p->note.count; i++) {
        steps |= p->note.items[i].kind == NOTE_STEP;
        if (p->note.items[i].kind == NOTE_STEP && was_given(s, p->note.items[i].text)) {
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

static esi_err take_passage(struct selecting *s, size_t passage) {
    const struct note *note = &s->in->passages[passage].note;
    bool *in = ARENA_ARRAY(s->arena, note->count + 1, bool);
    if (!in) {
        return fail_memory(s->err, origin);
    }
    esi_err code = heard_focus(s->heard, note, in, s->err);
    bool harmful = false;
    if (code == ESI_OK) {
        code = select_harms(s, note, &harmful);
    }
    if (code != ESI_OK) {
        return code;
    }
    s->told = was_told(s, &s->in->passages[passage]);
    s->out->told |= s->told;
    for (size_t i = 0; i < note->count && code == ESI_OK; i++) {
        const enum note_kind kind = note->items[i].kind;
        /* of what did the harm only what is asked and collected is of use */
        if (in[i] && (!harmful || kind == NOTE_ASK || kind == NOTE_CAPTURE)) {
            code = take_item(s, passage, &note->items[i]);
        }
    }
    s->out->cites[passage] = code == ESI_OK;
    return code;
}

/* ---- the sections together ------------------------------------------------------------------- */

static bool gives(const struct selection *selection) {
    return selection->steps.count + selection->says.count > 0;
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
            if (item->kind != NOTE_NEVER || item->for_desk ||
                !heard_role(item->roles, s->in->role)) {
                continue;
            }
            const esi_err code = touches(s, p, item, &near);
            if (code != ESI_OK) {
                return code;
            }
            if (near) {
                select_add(&s->out->nevers, 2, select_pick(item, i));
            }
        }
    }
    return ESI_OK;
}

/* A statement helps against trouble only where it is about what was said, not beside it. */
static esi_err keep_close(struct selecting *s) {
    struct picks *facts = &s->out->facts;
    size_t kept = 0;
    for (size_t i = 0; i < facts->count; i++) {
        struct stems stems;
        const esi_err code = stems_read(facts->items[i].text, s->arena, &stems, s->err);
        if (code != ESI_OK) {
            return code;
        }
        if (stems_share(&s->heard->now, &stems) >= CLOSE_SHARE) {
            facts->items[kept++] = facts->items[i];
        }
    }
    facts->count = kept;
    return ESI_OK;
}

/* Somebody takes over: what to do meanwhile comes from a section about the report, or from none. */
static esi_err leave_beside(struct selecting *s, enum section_use *uses) {
    for (size_t i = 0; i < s->in->passage_count; i++) {
        bool meets = true;
        const esi_err code = uses[i] == SECTION_MAIN && s->in->reading->act == ESI_ACT_TROUBLE
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
            code = (int)uses[i] == use ? take_passage(&s, i) : ESI_OK;
        }
    }
    if (code == ESI_OK) {
        code = take_nevers(&s);
    }
    s.uses = uses;
    if (code == ESI_OK && !gives(selection)) {
        if (selection->tried + selection->given == 0 && !selection->told) {
            code = select_best(&s);
        }
        if (code == ESI_OK && in->reading->act == ESI_ACT_TROUBLE) {
            code = keep_close(&s);
        }
    }
    if (code == ESI_OK) {
        *out = selection;
    }
    return code;
}
