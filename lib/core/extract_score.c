#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "base/word_vector.h"
#include "core/cues.h"
#include "core/extract_select.h"
#include "core/phrase.h"
#include "core/sections.h"

static const char *const origin = "core/extract";

#define PASSAGES_MAX 8 /* that one answer may draw on */
#define CLAIMED 0.2f   /* what a word counts that only the claim of another document has */
#define EARLIER 0.2f   /* what a word of an earlier turn counts */
#define UNKNOWN 0.15f  /* weight of a word that was not looked up */
#define SOME 0.02f     /* what the least of words has */

/* What speaks for an item, where the question's words in the item itself count 1. Fitted on
 * questions with known answers over several knowledge bases; none is worth more than a digit. */
#define BLOCK 0.8      /* the question's words beside it, in its list or paragraph, */
#define HEADING 0.3    /* ... over it, */
#define TITLE 0.7      /* ... over the whole document */
#define ALIKE 0.6      /* it means the like on the whole, with its heading */
#define ENTITLED 0.5   /* ... as far as its heading says nothing else */
#define FOUND 0.9      /* how high its section was ranked, of the best one's rank */
#define CARRIES 0.3    /* its section was found to carry the answer */
#define MET_GAIN 0.75  /* it has the kind of answer that is wanted */
#define HOW_GAIN 0.35  /* a step, where somebody asks how, */
#define CODE_GAIN 0.3  /* ... a command */
#define RULE_GAIN 0.25 /* a rule, where somebody asks whether they may */
#define NEVER_LOSS 0.3 /* what isn't allowed, where nobody does */
#define ECHO_LOSS 1.0  /* a few words that all stand in the question */
#define ECHO_WORDS 3
#define CAUSE_LOSS 0.2 /* a cause, where none was asked for */
#define ROLE_GAIN 0.2  /* it is for people like this one, and not for all */
#define STEP_LOSS 0.2  /* a step, where nobody asked how */
#define LEAST_FOUND 1e-6
#define DEFINE_GAIN 2.0 /* the statement that defines what was asked for */

#define BROUGHT 0.7  /* rank of a section that came along in the place of another */
#define REFERRED 0.4 /* ... by a reference */

#define CASE_SHARE 0.4 /* of a case's words that a question about it has */
#define COMMON 0.25    /* what a word counts that most of the cases have */
#define CASE_AHEAD 0.1 /* by how much it is ahead of the next one */
#define NEAR_LEAST 0.4 /* likeness above which two words may stand for one another */
#define NEAR_SAME 0.6  /* ... and mostly do */
#define NEAR_SHARE 0.5 /* what such a word counts at most */

/* ---- the question ---------------------------------------------------------------------------- */

/* A term may be of several words: "hand in". */
static bool is_word_of(struct view term, struct view stem) {
    struct view word;
    while (view_split(&term, ' ', &word)) {
        if (view_eq(word, stem)) {
            return true;
        }
    }
    return false;
}

/* A word of everyday in these documents tells little, and so does one of the story around what is
 * asked: what the search made of it counts as much as how rare it is in general. */
static float telling(const struct extract_in *in, struct view stem) {
    float weight = in->query && in->query->term_count > 0 ? UNKNOWN : 1.0f;
    for (size_t i = 0; in->query && i < in->query->term_count; i++) {
        const struct index_term *term = &in->query->terms[i];
        if (term->weight > 0.0f && (is_word_of(term->used, stem) || is_word_of(term->form, stem))) {
            weight = term->weight;
        }
    }
    return sqrtf(weight + SOME);
}

static void add_words(const struct extract_in *in, struct scores *scores, const struct stems *words,
                      float share) {
    for (size_t i = 0; i < words->count && scores->asked_count < ASKED_MAX; i++) {
        bool known = false;
        for (size_t k = 0; k < scores->asked_count && !known; k++) {
            known = view_eq(scores->asked[k], words->items[i]);
        }
        if (!known) {
            scores->asked[scores->asked_count] = words->items[i];
            /* words of like meaning are looked for only where the word is of this question */
            scores->vectors[scores->asked_count] =
                share >= 1.0f ? word_vector_find(words->items[i]) : WORD_VECTOR_NONE;
            const float weight = share * words->weights[i] * telling(in, words->items[i]);
            scores->weights[scores->asked_count++] = weight;
            scores->total += (double)weight;
        }
    }
}

/* "The 2023 guide says that it takes five minutes, true?": neither the guide's name nor its figure
 * need stand in the document that holds. */
static esi_err claimed_words(struct selecting *s, struct stems *out) {
    struct stems titles = {0};
    esi_err code = ESI_OK;
    bool outranked = false;
    for (size_t i = 0; i < s->in->passage_count && code == ESI_OK; i++) {
        const struct passage *p = &s->in->passages[i];
        struct stems title;
        struct stems both;
        outranked |= p->outranked;
        code = p->outranked ? stems_read(p->title, s->arena, &title, s->err) : ESI_OK;
        if (code == ESI_OK && p->outranked) {
            code = stems_join(&titles, &title, s->arena, &both, s->err);
            titles = both;
        }
    }
    out->items = ARENA_ARRAY(s->arena, s->now.count + 1, struct view);
    out->weights = ARENA_ARRAY(s->arena, s->now.count + 1, float);
    out->count = 0;
    if (code == ESI_OK && (!out->items || !out->weights)) {
        return fail_memory(s->err, origin);
    }
    const bool claims = outranked && (s->want.kinds & WANT_YES_NO);
    for (size_t i = 0; code == ESI_OK && claims && i < s->now.count; i++) {
        const struct view word = s->now.items[i];
        if (stems_have(&titles, word) || want_met(WANT_NUMBER | WANT_TIME, word) != 0 ||
            (word.p[0] >= '0' && word.p[0] <= '9')) {
            out->items[out->count] = word;
            out->weights[out->count++] = s->now.weights[i];
        }
    }
    return code;
}

static uint64_t words_in(const struct scores *scores, const struct stems *stems) {
    uint64_t found = 0;
    for (size_t i = 0; i < scores->asked_count; i++) {
        found |= stems_have(stems, scores->asked[i]) ? UINT64_C(1) << i : 0;
    }
    return found;
}

static esi_err words_of(struct selecting *s, const struct scores *scores, struct view text,
                        uint64_t *out) {
    struct stems stems;
    const esi_err code = stems_read(text, s->arena, &stems, s->err);
    if (code == ESI_OK) {
        *out = words_in(scores, &stems);
    }
    return code;
}

static double weight_of(const struct scores *scores, uint64_t words) {
    double weight = 0;
    for (size_t i = 0; i < scores->asked_count; i++) {
        weight += words >> i & 1 ? (double)scores->weights[i] : 0;
    }
    return scores->total > 0 ? weight / scores->total : 0;
}

/* ---- items ----------------------------------------------------------------------------------- */

static bool can_answer(const struct selecting *s, const struct note_item *item) {
    const enum note_kind kind = item->kind;
    if (kind == NOTE_WHEN) {
        const uint32_t other = WANT_SPAN | WANT_NUMBER | WANT_PERSON | WANT_PLACE | WANT_CODE;
        return (s->want.kinds & WANT_DESK) && !(s->want.kinds & other) &&
               (item->actions & NOTE_ESCALATE) && item->condition.n > 0;
    }
    if (kind == NOTE_CAPTURE) { /* "what belongs in a ticket?", "where is the log?" */
        return s->in->reading->act == ESI_ACT_QUESTION;
    }
    return kind == NOTE_STEP || kind == NOTE_SAY || kind == NOTE_FACT || kind == NOTE_CAUSE ||
           kind == NOTE_NEVER;
}

/* What only another role may do, where it is what was asked for. */
static esi_err note_barred(struct selecting *s, const struct scores *scores,
                           const struct note_item *item, uint32_t roles) {
    uint64_t words = 0;
    const bool does = item->kind == NOTE_STEP || item->kind == NOTE_SAY || item->kind == NOTE_FACT;
    const esi_err code = does ? words_of(s, scores, item->text, &words) : ESI_OK;
    const double own = code == ESI_OK ? weight_of(scores, words) : 0;
    if (own > s->barred) {
        s->barred = own;
        s->barred_roles = roles;
    }
    return code;
}

/* Words of like meaning, for those of the question that stand neither here nor over it. */
static void add_near(const struct scores *scores, const struct stems *stems, struct scored *item) {
    double most[ASKED_MAX] = {0};
    const uint64_t found = item->words | scores->over;
    for (size_t k = 0; k < stems->count; k++) {
        const uint16_t vector = word_vector_find(stems->items[k]);
        for (size_t i = 0; i < scores->asked_count && vector != WORD_VECTOR_NONE; i++) {
            if (!(found >> i & 1) && scores->vectors[i] != WORD_VECTOR_NONE) {
                const double alike = word_vector_similarity(scores->vectors[i], vector);
                most[i] = alike > most[i] ? alike : most[i];
            }
        }
    }
    for (size_t i = 0; i < scores->asked_count; i++) {
        if (most[i] > NEAR_LEAST) {
            const double share = (most[i] - NEAR_LEAST) / (1 - NEAR_LEAST);
            item->own += NEAR_SHARE * share * weight_of(scores, UINT64_C(1) << i);
            item->words |= most[i] >= NEAR_SAME ? UINT64_C(1) << i : 0;
        }
    }
}

static void add_meaning(const struct stems *stems, float sum[WORD_VECTOR_DIMENSIONS]) {
    for (size_t i = 0; i < stems->count; i++) {
        const uint16_t vector = word_vector_find(stems->items[i]);
        if (vector != WORD_VECTOR_NONE) {
            word_vector_add(vector, stems->weights[i], sum);
        }
    }
}

/* How near the item, with its condition and the heading over it, comes to the question. */
static double alike(const struct scores *scores, const struct stems *text,
                    const struct stems *condition) {
    float sum[WORD_VECTOR_DIMENSIONS];
    memcpy(sum, scores->heading, sizeof(sum));
    add_meaning(text, sum);
    add_meaning(condition, sum);
    (void)vector_normalise(sum, WORD_VECTOR_DIMENSIONS);
    return (double)vector_cosine(scores->meaning, sum, WORD_VECTOR_DIMENSIONS);
}

/* Takes an item among the scored ones, by its own words. */
static esi_err take(struct selecting *s, struct scores *scores, struct scored scored) {
    const struct note *note = &s->in->passages[scored.pick.passage].note;
    const struct note_item *of = scored.item ? select_case_of(note, scored.pick.index) : NULL;
    struct stems stems;
    struct stems more = {0};
    esi_err code = stems_read(scored.pick.text, s->arena, &stems, s->err);
    if (code == ESI_OK && scored.item && scored.item->condition.n > 0) {
        code = stems_read(scored.item->condition, s->arena, &more, s->err);
    }
    if (code == ESI_OK && of) {
        code = words_of(s, scores, of->text, &scored.beside);
    }
    if (code == ESI_OK) {
        scored.words = words_in(scores, &stems) | words_in(scores, &more);
        scored.own = weight_of(scores, scored.words);
        for (size_t i = 0; i < stems.count; i++) {
            scored.news += !stems_have(&s->now, stems.items[i]);
        }
        add_near(scores, &stems, &scored);
        scored.alike = alike(scores, &stems, &more);
        scored.met = want_met(s->want.kinds, scored.pick.text);
        scored.met |= scored.pick.code ? s->want.kinds & WANT_CODE : 0;
        scores->items[scores->count++] = scored;
    }
    return code;
}

static esi_err take_item(struct selecting *s, struct scores *scores, size_t passage, size_t index,
                         bool names) {
    const struct passage *p = &s->in->passages[passage];
    const struct note_item *item = &p->note.items[index];
    struct scored scored = {.item = item, .pick = select_pick(p, index, passage)};
    scored.defines = item->kind == NOTE_FACT && names;
    for (size_t i = 0; item->kind == NOTE_FACT && i < s->want.terms.count; i++) {
        scored.defines |= define_says(item->text, s->want.terms.items[i]);
    }
    const bool order = item->kind == NOTE_NEVER && (item->for_desk || section_for_desk(&p->note));
    const bool voice = !(s->want.kinds & WANT_DESK) && select_orders_desk(item->text);
    if (order || voice || select_third_person(item->text)) {
        return ESI_OK;
    }
    bool admitted = item->kind == NOTE_WHEN; /* whether it holds now is another matter */
    esi_err code = ESI_OK;
    if (admitted) {
        scored.pick.condition = item->condition;
        code = select_handover(s, item, &scored.pick.text);
    } else {
        code = select_admit(s, p, item, &admitted, &scored.pick.condition);
    }
    uint32_t roles = item->roles;
    if (code == ESI_OK && item->kind == NOTE_FACT && select_other_role(s, item->text, &roles)) {
        admitted = false;
    }
    if (code == ESI_OK && !heard_role(roles, s->in->role)) {
        code = note_barred(s, scores, item, roles);
    }
    return code == ESI_OK && admitted ? take(s, scores, scored) : code;
}

static bool says_no(struct view text) {
    struct view rest = text;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        char form[16];
        size_t n = 0;
        while (n < word.n && n < sizeof(form)) {
            const char c = word.p[n];
            form[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        const struct cue_word cue = {.form = {form, n}};
        if ((cues_of(cue.form) & CUE_NOT) || cues_in(&cue, "without")) {
            return true;
        }
    }
    return false;
}

/* A case of a section, with the words that it is told by. */
struct told_case {
    const struct note_item *of;
    struct stems stems;
    bool denied; /* it is of who lacks what this person has */
};

static esi_err read_cases(struct selecting *s, const struct note *note, struct told_case *cases,
                          size_t *count) {
    esi_err code = ESI_OK;
    *count = 0;
    for (size_t i = 0; i < note->count && code == ESI_OK; i++) {
        const struct note_item *of = select_case_of(note, i);
        if (of && (i == 0 || of != select_case_of(note, i - 1))) {
            struct told_case *at = &cases[(*count)++];
            at->of = of;
            code = stems_read(of->text, s->arena, &at->stems, s->err);
        }
    }
    return code;
}

/* "Phone" tells nothing apart where every case is about the phone. */
static bool is_common(const struct told_case *cases, size_t count, struct view stem) {
    size_t have = 0;
    for (size_t i = 0; i < count; i++) {
        have += stems_have(&cases[i].stems, stem);
    }
    return count > 2 && 2 * have > count;
}

/* How much of what tells a case from the others was said. */
static double share_of(const struct selecting *s, const struct told_case *cases, size_t count,
                       size_t at) {
    const struct stems *stems = &cases[at].stems;
    double all = 0;
    double said = 0;
    for (size_t i = 0; i < stems->count; i++) {
        const bool common = is_common(cases, count, stems->items[i]);
        const double weight = (double)stems->weights[i] * (common ? COMMON : 1);
        all += weight;
        said += stems_have(&s->now, stems->items[i]) ? weight : 0;
    }
    return all > 0 ? said / all : 0;
}

/* Of a section with cases the one that the question is about; all where none is ahead. */
static esi_err focus_case(struct selecting *s, const struct note *note, bool *in) {
    struct told_case *cases = ARENA_ARRAY(s->arena, note->count + 1, struct told_case);
    const struct note_item *best = NULL;
    double most = 0;
    double second = 0;
    size_t count = 0;
    if (!cases) {
        return fail_memory(s->err, origin);
    }
    const esi_err code = read_cases(s, note, cases, &count);
    if (code != ESI_OK || count < 2) {
        return code != ESI_OK ? code : heard_focus(s->heard, note, in, s->err);
    }
    for (size_t i = 0; i < count; i++) {
        double share = share_of(s, cases, count, i);
        /* "No phone and no codes" isn't the case of who has them */
        cases[i].denied = says_no(cases[i].of->text) && !says_no(s->asked) && share > 0;
        share = cases[i].denied ? 0 : share;
        second = share > most ? most : share > second ? share : second;
        best = share > most ? cases[i].of : best;
        most = share > most ? share : most;
    }
    for (size_t i = 0; i < note->count; i++) {
        const struct note_item *of = select_case_of(note, i);
        in[i] = most < CASE_SHARE || most - second < CASE_AHEAD || !of || of == best;
        for (size_t k = 0; k < count; k++) {
            in[i] = in[i] && !(of && of == cases[k].of && cases[k].denied);
        }
    }
    return ESI_OK;
}

static esi_err take_note(struct selecting *s, struct scores *scores, size_t passage) {
    const struct note *note = &s->in->passages[passage].note;
    bool names = false;
    for (size_t i = 0; i < s->want.terms.count; i++) {
        names |= define_names(s->in->passages[passage].heading, s->want.terms.items[i]);
    }
    bool *in = ARENA_ARRAY(s->arena, note->count + 1, bool);
    bool harmful = false;
    if (!in) {
        return fail_memory(s->err, origin);
    }
    const bool asks = s->in->reading->act == ESI_ACT_QUESTION;
    esi_err code = asks ? focus_case(s, note, in) : heard_focus(s->heard, note, in, s->err);
    (void)select_case(note, in);
    if (code == ESI_OK && s->in->reading->act != ESI_ACT_QUESTION) {
        code = select_harms(s, note, &harmful);
    }
    for (size_t i = 0; i < note->count && code == ESI_OK && !harmful; i++) {
        if (in[i] && can_answer(s, &note->items[i]) && scores->count < SCORED_MAX &&
            !select_about_documents(note->items[i].text)) {
            code = take_item(s, scores, passage, i, names);
        }
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

static esi_err take_sentences(struct selecting *s, struct scores *scores, size_t passage) {
    struct view rest = s->in->passages[passage].text;
    struct view line;
    struct pick pick = {.passage = passage, .kind = NOTE_FACT};
    esi_err code = ESI_OK;
    while (code == ESI_OK && view_line(&rest, &line)) {
        pick.line++;
        if (view_starts(view_trim(line), VIEW("#"))) {
            continue;
        }
        line = without_marks(line);
        while (code == ESI_OK && scores->count < SCORED_MAX && text_sentence(&line, &pick.text)) {
            pick.index++;
            if (pick.text.n > 2) {
                code = take(s, scores, (struct scored){.pick = pick});
            }
        }
    }
    return code;
}

/* ---- where they stand ------------------------------------------------------------------------ */

/* "More time.", asked for more time: a label, and no answer. */
static bool echoes(const struct scored *item) {
    return item->news == 0 && !item->pick.code && select_words(item->pick.text) <= ECHO_WORDS;
}

/* What the question's kind says of an item: how well it is of the kind that is wanted. */
static double suits(const struct selecting *s, const struct scored *item) {
    const uint32_t kinds = s->want.kinds;
    const enum note_kind kind = item->pick.kind;
    const bool step = kind == NOTE_STEP;
    const bool rule = kind == NOTE_NEVER || phrase_denies(item->pick.text);
    const bool code = item->pick.code || view_find(item->pick.text, VIEW("`"), 0) != SIZE_MAX;
    double gain = item->met & WANT_TELLING ? MET_GAIN : 0;
    gain += step && kinds & WANT_STEPS ? HOW_GAIN : step ? -STEP_LOSS : 0;
    gain += code && kinds & (WANT_STEPS | WANT_CODE) ? CODE_GAIN : 0;
    gain += rule && kinds & WANT_LEAVE ? RULE_GAIN * item->own : 0;
    gain += item->item && item->item->roles != 0 && s->in->role > ESI_ROLE_TRAINEE ? ROLE_GAIN : 0;
    gain -= kind == NOTE_NEVER && !(kinds & WANT_LEAVE) ? NEVER_LOSS : 0;
    gain -= echoes(item) ? ECHO_LOSS : 0;
    gain -= kind == NOTE_CAUSE && !(kinds & WANT_CAUSE) ? CAUSE_LOSS : 0;
    return gain + (item->defines ? DEFINE_GAIN : 0);
}

/* Two items of a section: of one paragraph or line, or of one case. */
static bool stand_together(const struct scores *scores, size_t i, size_t k) {
    const struct scored *a = &scores->items[i < k ? i : k];
    const struct scored *b = &scores->items[i < k ? k : i];
    if (a->pick.line > 0 && a->pick.line == b->pick.line) {
        return true;
    }
    if (!a->item || !b->item || a->item->group != b->item->group) {
        return false;
    }
    return a->item->group > 0;
}

/* How high its section was ranked, 0 to 1. */
static double found(const struct scores *scores, const struct passage *p) {
    return p->score > 0  ? p->score / scores->best_found
           : p->carries  ? BROUGHT
           : p->referred ? REFERRED
                         : 0;
}

static void rate(struct selecting *s, struct scores *scores, size_t from, uint64_t heading,
                 uint64_t title) {
    for (size_t i = from; i < scores->count; i++) {
        struct scored *item = &scores->items[i];
        uint64_t block = item->beside;
        for (size_t k = from; k < scores->count; k++) {
            block |= stand_together(scores, i, k) ? scores->items[k].words : 0;
        }
        block &= ~item->words;
        const uint64_t over = heading & ~item->words & ~block;
        const uint64_t above = title & ~item->words & ~block & ~over;
        const struct passage *p = &s->in->passages[item->pick.passage];
        item->score = item->own + BLOCK * weight_of(scores, block) +
                      HEADING * weight_of(scores, over) + TITLE * weight_of(scores, above) +
                      ENTITLED * scores->entitled * weight_of(scores, heading) +
                      ALIKE * item->alike + FOUND * found(scores, p) + (p->carries ? CARRIES : 0) +
                      suits(s, item);
        item->over = heading | title;
        item->entitled = scores->entitled * weight_of(scores, heading);
        s->out->defines |= item->defines;
    }
}

static bool printable(const struct selecting *s, const struct note *note) {
    for (size_t i = 0; i < note->count; i++) {
        if (can_answer(s, &note->items[i])) {
            return true;
        }
    }
    return false;
}

static esi_err score_passage(struct selecting *s, struct scores *scores, size_t passage) {
    const struct passage *p = &s->in->passages[passage];
    const size_t from = scores->count;
    uint64_t heading = 0;
    uint64_t title = 0;
    struct stems stems;
    esi_err code = stems_read(p->heading, s->arena, &stems, s->err);
    if (code == ESI_OK) {
        heading = words_in(scores, &stems);
        scores->entitled = stems_share(&stems, &s->now);
        memset(scores->heading, 0, sizeof(scores->heading));
        add_meaning(&stems, scores->heading);
        code = words_of(s, scores, p->title, &title);
    }
    scores->over = heading | title;
    if (code == ESI_OK && printable(s, &p->note)) {
        code = take_note(s, scores, passage);
    } else if (code == ESI_OK && section_usable(p)) {
        code = take_sentences(s, scores, passage);
    }
    if (code == ESI_OK) {
        rate(s, scores, from, heading, title);
    }
    return code;
}

/* Where a trouble is treated its own sections; else whatever was found, for what a section says is
 * weighed anew here. */
static bool may_answer(const struct selecting *s, size_t passage) {
    const struct passage *p = &s->in->passages[passage];
    if (s->uses) {
        return s->uses[passage] >= SECTION_WITH && section_usable(p);
    }
    return section_usable(p) || (section_current(p) && (p->score > 0 || p->referred));
}

esi_err score_all(struct selecting *s, struct scores *out) {
    out->items = ARENA_ARRAY(s->arena, SCORED_MAX, struct scored);
    if (!out->items) {
        return fail_memory(s->err, origin);
    }
    struct stems claimed;
    const esi_err known = claimed_words(s, &claimed);
    if (known != ESI_OK) {
        return known;
    }
    add_words(s->in, out, &claimed, CLAIMED);
    add_words(s->in, out, &s->now, 1.0f);
    add_words(s->in, out, &s->heard->all, out->asked_count > 0 ? EARLIER : 1.0f);
    add_meaning(&s->now, out->meaning);
    (void)vector_normalise(out->meaning, WORD_VECTOR_DIMENSIONS);
    out->best_found = LEAST_FOUND;
    for (size_t i = 0; i < s->in->passage_count; i++) {
        const double found = s->in->passages[i].score;
        out->best_found = found > out->best_found ? found : out->best_found;
    }
    size_t passages = 0;
    esi_err code = ESI_OK;
    for (size_t i = 0; i < s->in->passage_count && passages < PASSAGES_MAX && code == ESI_OK; i++) {
        if (may_answer(s, i)) {
            passages++;
            code = score_passage(s, out, i);
        }
    }
    return code;
}
