#include "core/extract_select.h"

#include <string.h>

#include "base/error.h"
#include "core/handling.h"

static const char *const origin = "core/extract";

#define PASSAGES_MAX 6 /* that one answer may draw on */
#define NEAR_BEST 0.7  /* share of the best item's score that another one needs */
#define RANK_LOSS 0.12 /* what each place down the ranking costs an item */

bool select_usable(const struct passage *passage) {
    return (passage->carries || passage->referred) && !passage->outranked &&
           (passage->standing == STANDING_CURRENT || passage->standing == STANDING_UNDATED);
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

struct selecting {
    const struct extract_in *in;
    const struct heard *heard;
    struct selection *out;
    esi_arena *arena;
    esi_error *err;
};

static esi_err begin(struct selecting *s, struct selection **out) {
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

/* ---- one passage ------------------------------------------------------------------------------ */

/* May the item be said to this person now, and with its condition or without? */
static esi_err admit(struct selecting *s, const struct passage *p, const struct note_item *item,
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

static esi_err take_step(struct selecting *s, struct pick pick) {
    bool tried = false;
    const esi_err code = heard_tried(s->heard, pick.text, &tried, s->err);
    if (code == ESI_OK && tried) {
        s->out->tried++;
    } else if (code == ESI_OK) {
        select_add(&s->out->steps, SELECT_STEPS_MAX, pick);
    }
    return code;
}

/* Takes one item of a section that handles the trouble. */
static esi_err take_item(struct selecting *s, size_t passage, const struct note_item *item) {
    struct pick pick = {.text = item->text, .passage = passage, .code = item->code};
    bool admitted = false;
    const esi_err code = admit(s, &s->in->passages[passage], item, &admitted, &pick.condition);
    if (code != ESI_OK || !admitted) {
        return code;
    }
    struct view value;
    switch (item->kind) {
    case NOTE_CAUSE:
        select_add(&s->out->causes, 1, pick);
        return ESI_OK;
    case NOTE_STEP:
        return take_step(s, pick);
    case NOTE_SAY:
        select_add(&s->out->says, SELECT_SAYS_MAX, pick);
        return ESI_OK;
    case NOTE_ASK:
        if (!was_asked(s, item->text) &&
            !extract_known(item->text, s->in->issue, s->in->message, &value)) {
            select_add(&s->out->asks, SELECT_ASKS_MAX, pick);
        }
        return ESI_OK;
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

static esi_err take_passage(struct selecting *s, size_t passage) {
    const struct note *note = &s->in->passages[passage].note;
    bool *in = ARENA_ARRAY(s->arena, note->count + 1, bool);
    if (!in) {
        return fail_memory(s->err, origin);
    }
    esi_err code = heard_focus(s->heard, note, in, s->err);
    for (size_t i = 0; i < note->count && code == ESI_OK; i++) {
        if (in[i]) {
            code = take_item(s, passage, &note->items[i]);
        }
    }
    s->out->cites[passage] = code == ESI_OK;
    return code;
}

/* ---- scored items ----------------------------------------------------------------------------- */

struct scored {
    const struct note_item *item; /* NULL: a sentence of the text */
    struct view text;
    size_t passage, index; /* index of the item in its note */
    double score;
    double own; /* without heading and rank */
    bool said;
};

struct scores {
    struct scored *items;
    size_t count, max;
};

static bool can_answer(enum note_kind kind) {
    return kind == NOTE_STEP || kind == NOTE_SAY || kind == NOTE_FACT || kind == NOTE_CAUSE ||
           kind == NOTE_NEVER;
}

static esi_err score_text(struct selecting *s, struct view text, struct view condition,
                          double *out) {
    struct stems stems;
    struct stems more;
    struct stems both;
    esi_err code = stems_read(text, s->arena, &stems, s->err);
    if (code == ESI_OK && condition.n > 0) {
        code = stems_read(condition, s->arena, &more, s->err);
        if (code == ESI_OK) {
            code = stems_join(&stems, &more, s->arena, &both, s->err);
            stems = both;
        }
    }
    if (code == ESI_OK) {
        /* much of the question, and not lost in a long text */
        *out = stems_common(&stems, &s->heard->all) *
               (0.7 + 0.3 * stems_share(&stems, &s->heard->all));
    }
    return code;
}

static esi_err score_passage(struct selecting *s, size_t passage, size_t rank,
                             struct scores *scores) {
    const struct passage *p = &s->in->passages[passage];
    double heading = 0;
    esi_err code = score_text(s, p->heading, p->title, &heading);
    bool *in = ARENA_ARRAY(s->arena, p->note.count + 1, bool);
    if (!in) {
        return fail_memory(s->err, origin);
    }
    if (code == ESI_OK) {
        code = heard_focus(s->heard, &p->note, in, s->err);
    }
    for (size_t i = 0; i < p->note.count && code == ESI_OK; i++) {
        const struct note_item *item = &p->note.items[i];
        struct view condition;
        bool admitted = false;
        if (!in[i] || !can_answer(item->kind) || scores->count == scores->max) {
            continue;
        }
        code = admit(s, p, item, &admitted, &condition);
        if (code != ESI_OK || !admitted) {
            continue;
        }
        struct scored *scored = &scores->items[scores->count++];
        *scored = (struct scored){.item = item, .text = item->text, .passage = passage, .index = i};
        code = score_text(s, item->text, item->condition, &scored->own);
        scored->score = (scored->own + 0.5 * heading) * (1.0 - RANK_LOSS * (double)rank);
    }
    return code;
}

/* ---- sections without a note ------------------------------------------------------------------ */

static struct view without_marks(struct view line) {
    line = view_trim(line);
    while (line.n > 0 &&
           (line.p[0] == '#' || line.p[0] == '>' ||
            ((line.p[0] == '-' || line.p[0] == '*') && line.n > 1 && line.p[1] == ' '))) {
        line = view_trim(view_slice(line, 1, line.n));
    }
    return line;
}

static esi_err score_sentences(struct selecting *s, size_t passage, size_t rank,
                               struct scores *scores) {
    struct view rest = s->in->passages[passage].text;
    struct view line;
    while (view_line(&rest, &line)) {
        if (view_starts(view_trim(line), VIEW("#"))) {
            continue;
        }
        line = without_marks(line);
        struct view sentence;
        while (text_sentence(&line, &sentence) && scores->count < scores->max) {
            struct scored *scored = &scores->items[scores->count];
            *scored = (struct scored){.text = sentence, .passage = passage, .index = scores->count};
            const esi_err code = score_text(s, sentence, (struct view){0}, &scored->own);
            if (code != ESI_OK) {
                return code;
            }
            scored->score = scored->own * (1.0 - RANK_LOSS * (double)rank);
            scores->count += sentence.n > 2;
        }
    }
    return ESI_OK;
}

static bool printable(const struct note *note) {
    for (size_t i = 0; i < note->count; i++) {
        if (can_answer(note->items[i].kind)) {
            return true;
        }
    }
    return false;
}

static esi_err score_all(struct selecting *s, struct scores *scores) {
    scores->max = 400;
    scores->items = ARENA_ARRAY(s->arena, scores->max, struct scored);
    if (!scores->items) {
        return fail_memory(s->err, origin);
    }
    size_t rank = 0;
    esi_err code = ESI_OK;
    for (size_t i = 0; i < s->in->passage_count && rank < PASSAGES_MAX && code == ESI_OK; i++) {
        if (!select_usable(&s->in->passages[i])) {
            continue;
        }
        code = printable(&s->in->passages[i].note) ? score_passage(s, i, rank, scores)
                                                   : score_sentences(s, i, rank, scores);
        rank++;
    }
    return code;
}

/* ---- what is said of what was scored ---------------------------------------------------------- */

static void say_scored(struct selecting *s, struct scored *scored) {
    if (scored->said) {
        return;
    }
    scored->said = true;
    const struct note_item *item = scored->item;
    const struct pick pick = {.text = scored->text,
                              .condition = item ? item->condition : (struct view){0},
                              .passage = scored->passage,
                              .code = item && item->code};
    s->out->cites[scored->passage] = true;
    if (!item || item->kind == NOTE_FACT || item->kind == NOTE_CAUSE) {
        select_add(&s->out->facts, SELECT_FACTS_MAX, pick);
    } else if (item->kind == NOTE_STEP) {
        select_add(&s->out->steps, SELECT_STEPS_MAX, pick);
    } else if (item->kind == NOTE_NEVER) {
        select_add(&s->out->nevers, SELECT_NEVERS_MAX, pick);
    } else {
        select_add(&s->out->says, SELECT_SAYS_MAX, pick);
    }
}

/* The whole list that a step belongs to: a step alone is of no use. */
static void say_list(struct selecting *s, struct scores *scores, size_t at) {
    size_t from = at;
    while (from > 0 && scores->items[from - 1].passage == scores->items[at].passage &&
           scores->items[from - 1].item && scores->items[from - 1].item->kind == NOTE_STEP &&
           scores->items[from].item->order != 1) {
        from--;
    }
    for (size_t i = from; i < scores->count; i++) {
        const struct scored *scored = &scores->items[i];
        if (scored->passage != scores->items[at].passage || !scored->item ||
            scored->item->kind != NOTE_STEP || (i > from && scored->item->order == 1)) {
            break;
        }
        say_scored(s, &scores->items[i]);
    }
}

static double best_score(const struct scores *scores, bool steps_only) {
    double best = 0;
    for (size_t i = 0; i < scores->count; i++) {
        const struct note_item *item = scores->items[i].item;
        if (!steps_only || (item && item->kind == NOTE_STEP)) {
            best = scores->items[i].score > best ? scores->items[i].score : best;
        }
    }
    return best;
}

static bool asks_how(const struct selecting *s) {
    const struct view text =
        s->in->message.n > 0 || !s->in->issue ? s->in->message : s->in->issue->query;
    return view_find(text, VIEW("ow "), 0) != SIZE_MAX;
}

static void say_best(struct selecting *s, struct scores *scores) {
    const double best = best_score(scores, false);
    const double step = best_score(scores, true);
    const bool how = asks_how(s) && step >= 0.5 * best && step > 0;
    for (size_t i = 0; i < scores->count; i++) {
        struct scored *scored = &scores->items[i];
        const bool is_step = scored->item && scored->item->kind == NOTE_STEP;
        const double needed = how && is_step ? step : best;
        if (scored->score <= 0 || scored->score < needed * NEAR_BEST) {
            continue;
        }
        if (is_step && s->out->steps.count == 0) {
            say_list(s, scores, i);
        } else if (!is_step && (scored->own > 0 || s->out->facts.count == 0)) {
            say_scored(s, scored);
        }
    }
    /* Nothing shares a word with the question: the best section's first statements. */
    for (size_t i = 0;
         i < scores->count &&
         s->out->facts.count + s->out->says.count + s->out->steps.count + s->out->nevers.count < 1;
         i++) {
        say_scored(s, &scores->items[i]);
    }
}

/* ---- the two ways ----------------------------------------------------------------------------- */

static bool same_topic(const struct passage *a, const struct passage *b) {
    return view_eq(a->document_id, b->document_id) &&
           (view_starts(a->heading, b->heading) || view_starts(b->heading, a->heading)) &&
           a->heading.n > 0 && b->heading.n > 0;
}

static bool gives(const struct selection *selection) {
    return selection->steps.count + selection->says.count > 0;
}

/* What isn't allowed, where it touches what the person is about. */
static esi_err take_nevers(struct selecting *s) {
    for (size_t i = 0; i < s->in->passage_count; i++) {
        const struct passage *p = &s->in->passages[i];
        for (size_t k = 0; s->out->cites[i] && k < p->note.count; k++) {
            const struct note_item *item = &p->note.items[k];
            double score = 0;
            if (item->kind != NOTE_NEVER || item->for_desk ||
                !heard_role(item->roles, s->in->role)) {
                continue;
            }
            const esi_err code = score_text(s, item->text, item->condition, &score);
            if (code != ESI_OK) {
                return code;
            }
            if (score > 0) {
                select_add(&s->out->nevers, 2, (struct pick){.text = item->text, .passage = i});
            }
        }
    }
    return ESI_OK;
}

esi_err select_handling(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                        struct selection **out, esi_error *err) {
    struct selecting s = {.in = in, .heard = heard, .arena = arena, .err = err};
    struct selection *selection = NULL;
    esi_err code = begin(&s, &selection);
    size_t main = SIZE_MAX;
    for (size_t i = 0; i < in->passage_count && code == ESI_OK; i++) {
        if (!select_usable(&in->passages[i])) {
            continue;
        }
        const bool first = main == SIZE_MAX;
        const bool wanted = first || selection->steps.count == 0 || in->passages[i].referred ||
                            same_topic(&in->passages[i], &in->passages[main]);
        if (wanted) {
            code = take_passage(&s, i);
            main = first ? i : main;
        }
    }
    if (code == ESI_OK) {
        code = take_nevers(&s);
    }
    if (code == ESI_OK && !gives(selection)) {
        struct scores scores = {0};
        code = score_all(&s, &scores);
        if (code == ESI_OK && selection->tried == 0) {
            say_best(&s, &scores);
        }
    }
    if (code == ESI_OK) {
        *out = selection;
    }
    return code;
}

esi_err select_answer(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                      struct selection **out, esi_error *err) {
    struct selecting s = {.in = in, .heard = heard, .arena = arena, .err = err};
    struct selection *selection = NULL;
    struct scores scores = {0};
    esi_err code = begin(&s, &selection);
    if (code == ESI_OK) {
        code = score_all(&s, &scores);
    }
    if (code != ESI_OK) {
        return code;
    }
    say_best(&s, &scores);
    *out = selection;
    return ESI_OK;
}
