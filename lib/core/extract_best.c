#include "core/cues.h"
#include "core/extract_follow.h"

/* Of the items that were scored those that are said: the one that answers, what has the kind of
 * answer that was asked for, and what stands with them. A section is small: where no item is
 * clearly ahead, more of it is said. */

#define CLEAR 0.75       /* share of the best one's own words that leaves an item behind it */
#define OWN_NEAR 0.6     /* ... and that goes with it */
#define BEHIND 0.25      /* how far behind the best score what goes with it may be, */
#define MET_BEHIND 0.6   /* ... what has the kind of answer in the same section, */
#define REST_BEHIND 0.4  /* ... what answers the other half of a question */
#define REST_SHARE 0.35  /* of the question's weight that is worth another section */
#define TOGETHER 60      /* words of a paragraph that is said whole */
#define CALLED 0.8       /* how far a heading is the question, for its section to be said, too */
#define STEPS_BEHIND 0.2 /* ... steps beside a sentence that tells the way */
#define HOW_BEHIND 0.5   /* how far behind steps of another section may be */
#define STEPS_FEW 2
#define SHORT 50      /* words of a section that is said whole */
#define PROSE_MAX 80  /* words of an answer without steps */
#define HOW_MAX 120   /* ... of a section that tells how */
#define AGAIN_WORDS 4 /* of what is asked about in the words of the question before */
#define REPORTED 0.3  /* share of a symptom's words that makes a question a report of it */

struct choosing {
    struct selecting *s;
    struct scores *scores;
    const struct scored *top;
    size_t words; /* of what was chosen */
};

static bool is_step(const struct scored *item) {
    return item->pick.kind == NOTE_STEP;
}

static bool wants(const struct choosing *c, uint32_t kinds) {
    return (c->s->want.kinds & kinds) != 0;
}

static void choose(struct choosing *c, struct scored *item) {
    if (!item->chosen) {
        item->chosen = true;
        c->words += select_words(item->pick.text);
    }
}

static bool same_line(const struct scored *a, const struct scored *b) {
    return a->pick.passage == b->pick.passage && a->pick.line == b->pick.line && a->pick.line > 0;
}

/* ---- what answers ---------------------------------------------------------------------------- */

static struct scored *best_of(struct choosing *c, bool steps, size_t passage) {
    struct scored *best = NULL;
    for (size_t i = 0; i < c->scores->count; i++) {
        struct scored *item = &c->scores->items[i];
        if ((steps || !is_step(item)) && (passage == SIZE_MAX || item->pick.passage == passage) &&
            (!best || item->score > best->score)) {
            best = item;
        }
    }
    return best;
}

/* What has the kind of answer that was asked for, in the best section or hardly worse elsewhere. */
static struct scored *best_met(struct choosing *c) {
    struct scored *best = NULL;
    for (size_t i = 0; i < c->scores->count; i++) {
        struct scored *item = &c->scores->items[i];
        const bool here = item->pick.passage == c->top->pick.passage;
        if ((item->met & WANT_TELLING) &&
            item->score >= c->top->score - (here ? MET_BEHIND : BEHIND) &&
            (!best || item->score > best->score)) {
            best = item;
        }
    }
    return best;
}

static uint64_t chosen_words(const struct choosing *c) {
    uint64_t words = 0;
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        words |= item->chosen ? item->words | item->over : 0;
    }
    return words;
}

static double weigh(const struct choosing *c, uint64_t words) {
    double weight = 0;
    for (size_t i = 0; i < c->scores->asked_count; i++) {
        weight += words >> i & 1 ? (double)c->scores->weights[i] : 0;
    }
    return c->scores->total > 0 ? weight / c->scores->total : 0;
}

static void choose_near(struct choosing *c) {
    const bool how = wants(c, WANT_STEPS);
    for (size_t i = 0; i < c->scores->count; i++) {
        struct scored *item = &c->scores->items[i];
        const bool here = item->pick.passage == c->top->pick.passage;
        const bool step = is_step(item) && !how && !is_step(c->top);
        const bool capture = item->pick.kind == NOTE_CAPTURE &&
                             (item->own < c->top->own || item->item->condition.n > 0);
        if (item->chosen || step || capture || item->score < c->top->score - BEHIND ||
            item->own < OWN_NEAR * c->top->own || c->words > PROSE_MAX) {
            continue;
        }
        if (here) {
            choose(c, item);
        }
    }
}

/* Somebody who asks two things gets both. */
static void choose_rest(struct choosing *c) {
    struct scored *best = NULL;
    double most = 0;
    const uint64_t said = chosen_words(c);
    for (size_t i = 0; i < c->scores->count; i++) {
        struct scored *item = &c->scores->items[i];
        const double more = weigh(c, item->words & ~said);
        if (!item->chosen && more >= REST_SHARE && more > most &&
            item->score >= c->top->score - REST_BEHIND) {
            most = more;
            best = item;
        }
    }
    if (best && best->pick.passage != c->top->pick.passage) {
        choose(c, best);
    }
}

/* ---- what stands with it --------------------------------------------------------------------- */

/* The whole list that a step belongs to: a step alone is of no use. */
static void add_list(struct choosing *c, size_t at) {
    struct scored *items = c->scores->items;
    size_t from = at;
    while (from > 0 && items[from - 1].item && is_step(&items[from - 1]) &&
           items[from - 1].pick.passage == items[at].pick.passage &&
           items[from - 1].item->roles == items[at].item->roles && items[from].item->order != 1) {
        from--;
    }
    for (size_t i = from; i < c->scores->count; i++) {
        if (items[i].pick.passage != items[at].pick.passage || !items[i].item ||
            (is_step(&items[i]) && i > from && items[i].item->order == 1) ||
            items[i].item->roles != items[at].item->roles ||
            (!is_step(&items[i]) && !same_line(&items[i], &items[i - 1]))) {
            break;
        }
        choose(c, &items[i]);
    }
}

static size_t block_words(const struct choosing *c, const struct scored *item) {
    size_t words = 0;
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *other = &c->scores->items[i];
        words += other == item || same_line(other, item) ? select_words(other->pick.text) : 0;
    }
    return words;
}

/* "It prints a code": what it points back to stands before its paragraph, and the command that a
 * sentence leads in stands behind it. */
static void add_neighbours(struct choosing *c, size_t at) {
    struct scored *items = c->scores->items;
    const size_t passage = items[at].pick.passage;
    const bool before = at > 0 && items[at - 1].pick.passage == passage;
    const bool behind = at + 1 < c->scores->count && items[at + 1].pick.passage == passage;
    const bool begins = before && !same_line(&items[at - 1], &items[at]);
    if (begins && !is_step(&items[at]) && !items[at].pick.code &&
        (items[at - 1].pick.code || !is_step(&items[at - 1])) &&
        select_points_back(items[at].pick.text)) {
        choose(c, &items[at - 1]);
    }
    const struct view text = view_trim(items[at].pick.text);
    if (behind && items[at + 1].pick.code && view_ends(text, VIEW(":"))) {
        choose(c, &items[at + 1]);
    }
}

/* The rest of its paragraph; of a long one what it points back to, and what points to it. */
static void add_block(struct choosing *c, size_t at) {
    struct scored *items = c->scores->items;
    const bool whole = block_words(c, &items[at]) <= TOGETHER;
    for (size_t i = at; i > 0 && same_line(&items[i - 1], &items[at]); i--) {
        if (!whole && !select_points_back(items[i].pick.text)) {
            break;
        }
        choose(c, &items[i - 1]);
    }
    for (size_t i = at + 1; i < c->scores->count && same_line(&items[i], &items[at]); i++) {
        if (!whole && (!select_points_back(items[i].pick.text) || c->words > TOGETHER)) {
            break;
        }
        choose(c, &items[i]);
    }
}

static size_t passage_words(const struct choosing *c, size_t passage) {
    size_t words = 0;
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        words += item->pick.passage == passage ? select_words(item->pick.text) : 0;
    }
    return words;
}

static void add_passage(struct choosing *c, size_t passage, bool steps) {
    for (size_t i = 0; i < c->scores->count; i++) {
        struct scored *item = &c->scores->items[i];
        if (item->pick.passage == passage && (steps || !is_step(item)) &&
            item->pick.kind != NOTE_CAPTURE) {
            choose(c, item);
        }
    }
}

/* "Which browsers work?": a section that is called just so is said, too. */
static void choose_entitled(struct choosing *c) {
    const struct scored *best = NULL;
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        if (item->entitled >= CALLED && item->pick.passage != c->top->pick.passage &&
            c->top->entitled < CALLED && (!best || item->score > best->score)) {
            best = item;
        }
    }
    if (best && passage_words(c, best->pick.passage) <= PROSE_MAX) {
        add_passage(c, best->pick.passage, true);
    }
}

/* Is the best one ahead of all the others of its section that stand elsewhere in it? */
static bool is_clear(const struct choosing *c) {
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        if (item != c->top && item->pick.passage == c->top->pick.passage &&
            !same_line(item, c->top) && item->own >= CLEAR * c->top->own) {
            return false;
        }
    }
    return c->top->own > 0;
}

static void expand(struct choosing *c) {
    const size_t count = c->scores->count;
    bool *anchors = ARENA_ARRAY(c->s->arena, count + 1, bool);
    for (size_t i = 0; anchors && i < count; i++) {
        anchors[i] = c->scores->items[i].chosen;
    }
    for (size_t i = 0; anchors && i < count; i++) {
        if (!anchors[i]) {
            continue;
        }
        const struct scored *item = &c->scores->items[i];
        const bool told = item->met & WANT_TELLING && !wants(c, WANT_STEPS); /* "PINs have six" */
        if (item->item && is_step(item) && !told) {
            add_list(c, i);
        }
        if (c->words < PROSE_MAX) {
            add_block(c, i);
        }
    }
    for (size_t i = count; i > 0; i--) { /* backwards: what points back may stand on another */
        if (c->scores->items[i - 1].chosen) {
            add_neighbours(c, i - 1);
        }
    }
}

/* ---- together -------------------------------------------------------------------------------- */

static struct scored *first_of(struct choosing *c) {
    struct scored *top = best_of(c, true, SIZE_MAX);
    if (!top || wants(c, WANT_STEPS) || !is_step(top)) {
        return top;
    }
    /* steps that nobody asked for make way for a statement that says as much */
    struct scored *told = best_of(c, false, top->pick.passage);
    if (top->own <= 0) {
        return top; /* the heading says it all: the whole section is told */
    }
    return told && told->score >= top->score - BEHIND && told->own > 0 ? told : top;
}

/* "How do I ...": of the section that answers the list of steps that does, with what is said of it;
 * of a section with one list all. */
static void choose_how(struct choosing *c) {
    const size_t passage = c->top->pick.passage;
    bool roles = false; /* some steps are one role's, others another's */
    bool code = false;  /* it tells a command */
    size_t best = c->scores->count;
    size_t other = c->scores->count; /* the best step elsewhere */
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        code |= item->pick.code && item->pick.passage == passage;
        if (!item->item || !is_step(item)) {
            continue;
        }
        size_t *most = item->pick.passage == passage ? &best : &other;
        roles |= item->pick.passage == passage && best < i &&
                 item->item->roles != c->scores->items[best].item->roles;
        *most =
            *most == c->scores->count || item->score > c->scores->items[*most].score ? i : *most;
    }
    const bool aside =
        best == c->scores->count || c->scores->items[best].score < c->top->score - STEPS_BEHIND;
    const bool sentence = !is_step(c->top) && !wants(c, WANT_ACTION) && is_clear(c);
    if (sentence && best < c->scores->count && aside) {
        return; /* it tells the way in a sentence; the steps are for something else */
    }
    if (best == c->scores->count && other < best && !code &&
        c->scores->items[other].score >= c->top->score - HOW_BEHIND) {
        add_list(c, other);
    } else if (!roles && passage_words(c, passage) <= HOW_MAX) {
        add_passage(c, passage, true);
    } else if (best < c->scores->count &&
               c->scores->items[best].score >= c->top->score - REST_BEHIND) {
        add_list(c, best);
    }
}

/* A question that reports a trouble ("it says degraded, do I have to stop?") gets the steps, too,
 * where the section is about that trouble. */
static esi_err choose_for_report(struct choosing *c) {
    const size_t passage = c->top->pick.passage;
    double match = 0;
    if (c->s->heard->report.count == 0) {
        return ESI_OK;
    }
    const esi_err code =
        heard_symptoms(c->s->heard, &c->s->in->passages[passage].note, &match, c->s->err);
    for (size_t i = 0; code == ESI_OK && match >= REPORTED && i < c->scores->count; i++) {
        struct scored *item = &c->scores->items[i];
        if (item->pick.passage == passage && is_step(item)) {
            choose(c, item);
        }
    }
    return code;
}

/* What is said sends its reader to another document, which was found, too: the best of it. */
static void choose_referred(struct choosing *c) {
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        for (size_t k = 0; item->chosen && k < c->s->in->passage_count; k++) {
            const struct passage *p = &c->s->in->passages[k];
            struct scored *best = k != item->pick.passage && section_usable(p) &&
                                          p->document_id.n > 0 &&
                                          view_find(item->pick.text, p->document_id, 0) != SIZE_MAX
                                      ? best_of(c, true, k)
                                      : NULL;
            if (best && passage_words(c, k) <= PROSE_MAX) {
                add_passage(c, k, true);
            } else if (best) {
                choose(c, best);
            }
        }
    }
}

/* What a ticket needs is told as a whole. */
static void add_captures(struct choosing *c, size_t passage) {
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct pick *pick = &c->scores->items[i].pick;
        if (pick->kind == NOTE_CAPTURE && pick->passage == passage) {
            select_add(&c->s->out->captures, SELECT_CAPTURES_MAX, *pick);
        }
    }
}

static void say_chosen(struct choosing *c) {
    struct selection *out = c->s->out;
    const size_t first = c->top->pick.passage;
    for (int rest = 0; rest < 2; rest++) {
        for (size_t i = 0; i < c->scores->count; i++) {
            const struct scored *item = &c->scores->items[i];
            if (!item->chosen || (item->pick.passage == first) == (rest == 1)) {
                continue;
            }
            out->cites[item->pick.passage] = true;
            if (item->pick.kind == NOTE_NEVER) {
                select_add(&out->nevers, SELECT_NEVERS_MAX, item->pick);
            } else if (item->pick.kind == NOTE_CAPTURE) {
                add_captures(c, item->pick.passage);
            } else {
                select_say(out, item->pick);
            }
        }
    }
}

/* Is what only others may do a better answer than all that was said? */
static bool is_barred(const struct choosing *c) {
    double best = 0;
    for (size_t i = 0; i < c->scores->count; i++) {
        best = c->scores->items[i].own > best ? c->scores->items[i].own : best;
    }
    const double barred = c->s->barred;
    return wants(c, WANT_STEPS | WANT_LEAVE)
               ? barred > best
               : wants(c, WANT_PERSON) && barred > 0 && barred >= best;
}

/* "Can I hide some?": the one step that does it, and not a procedure. */
static bool few_steps(const struct choosing *c) {
    size_t steps = 0;
    for (size_t i = 0; i < c->scores->count; i++) {
        const struct scored *item = &c->scores->items[i];
        steps += is_step(item) && item->pick.passage == c->top->pick.passage;
    }
    return steps <= STEPS_FEW;
}

/* "And a host?", "what about the chat?": asks the same of something else. */
static esi_err ask_again(struct selecting *s) {
    const struct issue *issue = s->in->issue;
    struct cue_text words;
    struct want before;
    if (s->in->step != ISSUE_CONTINUED || !issue || s->want.kinds != 0) {
        return ESI_OK;
    }
    esi_err code = cues_read(s->asked, s->arena, &words, s->err);
    size_t from = 0;
    while (code == ESI_OK && from < words.count &&
           ((words.words[from].cues & (CUE_AND | CUE_DET)) ||
            cues_in(&words.words[from], "ok okay so then what how about"))) {
        from++;
    }
    if (code != ESI_OK || from == 0 || from == words.count || words.count - from > AGAIN_WORDS) {
        return code;
    }
    code = want_read(issue->query, s->arena, &before, s->err);
    if (code == ESI_OK) {
        s->want.kinds = before.kinds;
        s->want.terms.count = before.kinds & WANT_MEANING ? 1 : 0;
        s->want.terms.items[0] =
            cues_source(&words, s->asked, words.words[from].from, words.words[words.count - 1].to);
    }
    return code;
}

esi_err select_one(struct selecting *s) {
    struct scores scores = {0};
    struct choosing c = {.s = s, .scores = &scores};
    esi_err code = s->in->reading->act == ESI_ACT_QUESTION || !s->uses
                       ? want_read(s->asked, s->arena, &s->want, s->err)
                       : ESI_OK;
    if (code == ESI_OK) {
        code = ask_again(s);
    }
    if (code == ESI_OK) {
        code = score_all(s, &scores);
    }
    s->out->wants_steps |= (s->want.kinds & WANT_STEPS) != 0;
    c.top = code == ESI_OK ? first_of(&c) : NULL;
    if (!c.top) {
        return code;
    }
    s->out->own = c.top->own > s->out->own ? c.top->own : s->out->own;
    struct scored *met = c.top->met & WANT_TELLING ? NULL : best_met(&c);
    choose(&c, &scores.items[c.top - scores.items]);
    if (met) {
        choose(&c, met);
    }
    choose_near(&c);
    choose_rest(&c);
    choose_entitled(&c);
    const size_t passage = c.top->pick.passage;
    if (wants(&c, WANT_STEPS)) {
        choose_how(&c);
    } else if (!(c.top->met & WANT_TELLING) && passage_words(&c, passage) <= SHORT) {
        add_passage(&c, passage, true);
    } else if (c.top->own <= 0 && passage_words(&c, passage) <= HOW_MAX) {
        add_passage(&c, passage, true);
    } else if (!is_clear(&c) && passage_words(&c, passage) <= PROSE_MAX) {
        add_passage(&c, passage, is_step(c.top) || (wants(&c, WANT_LEAVE) && few_steps(&c)));
    }
    if (code == ESI_OK) {
        code = choose_for_report(&c);
    }
    choose_referred(&c);
    expand(&c);
    if (code != ESI_OK) {
        return code;
    }
    say_chosen(&c);
    select_tidy(s);
    s->out->barred |= is_barred(&c) ? s->barred_roles : 0;
    s->barred = 0;
    return ESI_OK;
}
