#include "base/error.h"
#include "core/cues.h"
#include "core/extract_select.h"
#include "core/sections.h"

static const char *const origin = "core/extract";

#define PASSAGES_MAX 6 /* that one answer may draw on */
#define SCORED_MAX 400
#define NEAR_BEST 0.7    /* share of the best item's score that another one needs */
#define RULE_GAIN 1.0    /* what a rule gains, of its own, where somebody asks whether they may */
#define DEFINE_GAIN 20.0 /* what the statement that defines what was asked for gains */
#define CAUSE_SHARE 0.5  /* of its score that a cause keeps where none was asked for */
#define STEP_SHARE 0.75  /* ... that a step keeps where nobody asked how */
#define OWN_LEAST 0.4    /* share of the most that any item says of the question */
#define RANK_LOSS 0.12   /* what each place down the ranking costs an item */

/* ---- scored items ---------------------------------------------------------------------------- */

struct scored {
    const struct note_item *item; /* NULL: a sentence of the text */
    struct view text;
    size_t passage, index; /* index of the item in its note */
    double score;
    double own;  /* without heading and rank */
    double near; /* ... with the section's heading, but not its document's title */
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
        /* much of the question, and not lost in a long text; earlier turns count for less */
        const struct stems *now = s->heard->now.count > 0 ? &s->heard->now : &s->heard->all;
        *out = stems_common(&stems, now) * (0.7 + 0.3 * stems_share(&stems, now)) +
               0.1 * stems_common(&stems, &s->heard->all);
    }
    return code;
}

/* What only another role may do, where it is what was asked for. */
static esi_err note_barred(struct selecting *s, const struct note_item *item) {
    double own = 0;
    const esi_err code = item->kind == NOTE_STEP || item->kind == NOTE_SAY
                             ? score_text(s, item->text, item->condition, &own)
                             : ESI_OK;
    if (code == ESI_OK && own > s->barred) {
        s->barred = own;
        s->barred_roles = item->roles;
    }
    return code;
}

static esi_err score_passage(struct selecting *s, size_t passage, size_t rank,
                             struct scores *scores) {
    const struct passage *p = &s->in->passages[passage];
    double heading = 0;
    double section = 0;
    esi_err code = score_text(s, p->heading, p->title, &heading);
    if (code == ESI_OK) {
        code = score_text(s, p->heading, (struct view){0}, &section);
    }
    bool *in = ARENA_ARRAY(s->arena, p->note.count + 1, bool);
    if (!in) {
        return fail_memory(s->err, origin);
    }
    bool harmful = false;
    const bool names = define_names(p->heading, s->term);
    if (code == ESI_OK) {
        code = heard_focus(s->heard, &p->note, in, s->err);
    }
    if (code == ESI_OK) {
        code = select_harms(s, &p->note, &harmful);
    }
    for (size_t i = 0; i < p->note.count && code == ESI_OK; i++) {
        const struct note_item *item = &p->note.items[i];
        struct view condition;
        bool admitted = false;
        if (!in[i] || !can_answer(item->kind) || scores->count == scores->max ||
            select_about_documents(item->text)) {
            continue;
        }
        const bool defines = item->kind == NOTE_FACT && (names || define_says(item->text, s->term));
        const bool order =
            item->kind == NOTE_NEVER && (item->for_desk || section_for_desk(&p->note));
        if (order || (!section_usable(p) && !defines)) {
            continue;
        }
        code = select_admit(s, p, item, &admitted, &condition);
        if (code == ESI_OK && !heard_role(item->roles, s->in->role)) {
            code = note_barred(s, item);
        }
        admitted = admitted && !harmful;
        if (code != ESI_OK || !admitted) {
            continue;
        }
        struct scored *scored = &scores->items[scores->count++];
        *scored = (struct scored){.item = item, .text = item->text, .passage = passage, .index = i};
        code = score_text(s, item->text, item->condition, &scored->own);
        scored->own += defines ? DEFINE_GAIN : 0;
        s->out->defines |= defines;
        scored->own *= item->kind == NOTE_CAUSE && !s->why ? CAUSE_SHARE : 1;
        scored->near = scored->own + section;
        scored->own *= item->kind == NOTE_STEP && !select_asks_how(s) ? STEP_SHARE : 1;
        const double rule = item->kind == NOTE_NEVER && s->allowed ? RULE_GAIN * scored->own : 0;
        scored->score = (scored->own + 0.5 * heading + rule) * (1.0 - RANK_LOSS * (double)rank);
    }
    return code;
}

/* ---- sections without a note ----------------------------------------------------------------- */

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
    scores->max = SCORED_MAX;
    scores->items = ARENA_ARRAY(s->arena, scores->max, struct scored);
    if (!scores->items) {
        return fail_memory(s->err, origin);
    }
    size_t rank = 0;
    esi_err code = ESI_OK;
    for (size_t i = 0; i < s->in->passage_count && rank < PASSAGES_MAX && code == ESI_OK; i++) {
        const bool defines = s->term.n > 0 && section_current(&s->in->passages[i]);
        if ((!section_usable(&s->in->passages[i]) && !defines) ||
            (s->uses && s->uses[i] < SECTION_WITH)) {
            continue;
        }
        code = printable(&s->in->passages[i].note)   ? score_passage(s, i, rank, scores)
               : section_usable(&s->in->passages[i]) ? score_sentences(s, i, rank, scores)
                                                     : ESI_OK;
        rank++;
    }
    return code;
}

/* ---- what is said of what was scored --------------------------------------------------------- */

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
        select_add(&s->out->nevers, SELECT_NEVERS_MAX, select_pick(item, scored->passage));
    } else {
        select_add(&s->out->says, SELECT_SAYS_MAX, pick);
    }
}

/* The whole list that a step belongs to: a step alone is of no use. */
static void say_list(struct selecting *s, struct scores *scores, size_t at) {
    size_t from = at;
    while (from > 0 && scores->items[from - 1].passage == scores->items[at].passage &&
           scores->items[from - 1].item && scores->items[from - 1].item->kind == NOTE_STEP &&
           scores->items[from - 1].item->roles == scores->items[at].item->roles &&
           scores->items[from].item->order != 1) {
        from--;
    }
    for (size_t i = from; i < scores->count; i++) {
        const struct scored *scored = &scores->items[i];
        if (scored->passage != scores->items[at].passage || !scored->item ||
            scored->item->kind != NOTE_STEP || (i > from && scored->item->order == 1) ||
            scored->item->roles != scores->items[at].item->roles) {
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

static double best_told(const struct scores *scores) {
    double best = 0;
    for (size_t i = 0; i < scores->count; i++) {
        const struct note_item *item = scores->items[i].item;
        const bool tells = !item || item->kind == NOTE_FACT;
        best = tells && scores->items[i].own > best ? scores->items[i].own : best;
    }
    return best;
}

static double best_own(const struct scores *scores) {
    double best = 0;
    for (size_t i = 0; i < scores->count; i++) {
        const struct note_item *item = scores->items[i].item;
        const bool does = item && (item->kind == NOTE_STEP || item->kind == NOTE_SAY);
        best = does && scores->items[i].own > best ? scores->items[i].own : best;
    }
    return best;
}

static struct view asked_text(const struct extract_in *in) {
    return in->message.n > 0 || !in->issue ? in->message : in->issue->query;
}

bool select_asks_how(const struct selecting *s) {
    const struct view text = asked_text(s->in);
    static const char *const measures[] = {"long",  "many", "much", "often", "big",
                                           "large", "old",  "far",  "soon",  "fast"};
    size_t at = view_find(text, VIEW("how "), 0);
    at = at == SIZE_MAX ? view_find(text, VIEW("How "), 0) : at;
    if (at == SIZE_MAX) {
        return false;
    }
    const struct view rest = view_slice(text, at + 4, text.n);
    for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
        if (view_starts(rest, view_of(measures[i]))) {
            return false; /* "how long" asks for a number */
        }
    }
    return true;
}

/* "Can I ...", "am I allowed to ...", "is it possible to ..." */
static esi_err read_form(struct selecting *s) {
    struct cue_text words;
    const esi_err code = cues_read(asked_text(s->in), s->arena, &words, s->err);
    bool who = false;
    for (size_t i = 0; code == ESI_OK && i < words.count; i++) {
        s->yes_no |= i == 0 && words.count > 1 && !(words.words[1].cues & CUE_SELF) &&
                     (words.words[0].cues & (CUE_MODAL | CUE_BE | CUE_DO));
        who |= cues_in(&words.words[i], "who whose whom");
        const uint64_t next = i + 1 < words.count ? words.words[i + 1].cues : 0;
        const bool may = (words.words[i].cues & (CUE_MODAL | CUE_MUST)) && (next & CUE_SELF);
        s->allowed |= (words.words[i].cues & CUE_ALLOW) || (may && i < 4);
        s->why |= cues_in(&words.words[i], "why cause causes reason reasons");
    }
    s->allowed = s->allowed && !who; /* asks for those who may, not for what may not be */
    return code == ESI_OK && s->in->reading->act == ESI_ACT_QUESTION
               ? define_term(asked_text(s->in), s->arena, &s->term, s->err)
               : code;
}

/* Steps that nobody asked for are said where they stand with the answer, and not where it is asked
 * what something is and that is told. */
static bool steps_apart(const struct selecting *s, const struct scores *scores,
                        const struct scored *step, const struct scored *top) {
    const bool told = top && top->item && top->item->kind != NOTE_STEP;
    if (step->near <= 0 || (s->yes_no && told)) {
        return true;
    }
    if (select_asks_how(s)) {
        return false;
    }
    return (s->term.n > 0 && best_told(scores) > 0) || (top && step->passage != top->passage);
}

static void say_best(struct selecting *s, struct scores *scores) {
    const double best = best_score(scores, false);
    const double step = best_score(scores, true);
    double most = 0; /* of what is said by itself, wherever it stands */
    for (size_t i = 0; i < scores->count; i++) {
        most = scores->items[i].own > most ? scores->items[i].own : most;
    }
    const struct scored *top = NULL;
    for (size_t i = 0; i < scores->count && !top; i++) {
        top = scores->items[i].score >= best && best > 0 ? &scores->items[i] : NULL;
    }
    const bool how = select_asks_how(s) && step >= 0.5 * best && step > 0;
    for (size_t i = 0; i < scores->count; i++) {
        struct scored *scored = &scores->items[i];
        const bool is_step = scored->item && scored->item->kind == NOTE_STEP;
        const double needed = how && is_step ? step : best;
        /* within one section its heading says nothing for one item over another */
        const bool beside = top && !is_step && scored->passage == top->passage;
        const bool weak = !is_step && scored->own < OWN_LEAST * most;
        if (scored->score <= 0 || weak || scored->score < needed * NEAR_BEST ||
            (beside && scored->own < top->own * NEAR_BEST)) {
            continue;
        }
        if (is_step && steps_apart(s, scores, scored, top)) {
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

/* The items that say best what was asked, of all sections that may be said. */
esi_err select_best(struct selecting *s) {
    struct scores scores = {0};
    esi_err code = read_form(s);
    if (code == ESI_OK) {
        code = score_all(s, &scores);
    }
    if (code == ESI_OK) {
        say_best(s, &scores);
        const bool better = s->barred > best_own(&scores) && select_asks_how(s);
        s->out->barred = better ? s->barred_roles : 0;
    }
    return code;
}

esi_err select_answer(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                      struct selection **out, esi_error *err) {
    struct selecting s = {.in = in, .heard = heard, .arena = arena, .err = err};
    struct selection *selection = NULL;
    esi_err code = select_begin(&s, &selection);
    if (code == ESI_OK) {
        code = select_best(&s);
    }
    if (code == ESI_OK) {
        *out = selection;
    }
    return code;
}
