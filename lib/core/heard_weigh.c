#include "core/heard_weigh.h"

#include "base/text.h"
#include "base/word_vector.h"
#include "core/fact.h"

#define SAID_SHARE 0.6  /* share of a statement's words that must have been said in one breath */
#define SAID_APART 0.85 /* ... in all that was said */
#define SAID_BESIDE 0.5 /* ... beside a number or the like that is met */
#define STRICT_SHARE 0.7
#define STRICT_UNSAID 0.3
#define UNSAID_MOST 0.38 /* what one word that wasn't said may weigh of them */
#define WORDS_LEAST 1.0  /* weight below which words tell nothing */
#define LIKE_LEAST 0.6   /* likeness from which one word may stand for another */
#define LINE_WORDS 200   /* of what was said in one breath */
#define GIVEN 0.3        /* of a word's weight where the section's own subject has it */
#define DENIAL_REACH 5   /* words before those that matter */

/* Words of one kind that exclude one another, near as their meaning is. Those of the first kinds do
 * so only where they are said of the same thing. */
static const char *const kinds[] = {
    "red green blue yellow amber orang white black grey gray brown purpl dark",
    "first second third fourth fifth last",
    "insid outsid",
    "onlin offlin",
    "full empti",
    "monday tuesday wednesday thursday friday saturday sunday",
    "home offic hotel campus mobil",
    "student traine learner pupil instructor teacher tutor lectur oper admin",
    "window linux mac macos android io",
    "chrome firefox safari edg",
};
#define KINDS_OF_THINGS 5

static const char *kind_of(struct view stem) {
    const struct cue_word word = {.form = stem};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (cues_in(&word, kinds[i])) {
            return kinds[i];
        }
    }
    return NULL;
}

/* For a word that wasn't said the most alike one that was. */
static void find_like(struct weighing *w, size_t at) {
    const struct stems *all = &w->heard->all;
    const struct view word = w->part->words.items[at];
    const uint16_t vector =
        stems_have(all, word) || kind_of(word) ? WORD_VECTOR_NONE : word_vector_find(word);
    for (size_t i = 0; vector != WORD_VECTOR_NONE && i < all->count; i++) {
        if (cues_kinds(all->items[i]) & (KIND_PEOPLE | KIND_GROUP)) {
            continue; /* people are counted, not likened */
        }
        const float like = word_vector_similarity(vector, word_vector_find(all->items[i]));
        if (like >= (float)LIKE_LEAST && like > w->likeness[at] && !kind_of(all->items[i])) {
            w->likeness[at] = like;
            w->like[at] = all->items[i];
        }
    }
}

/* How much of the part's words a text has. */
struct share {
    double said;   /* of their weight */
    double unsaid; /* what the heaviest that it hasn't weighs of it */
};

static struct share share_of(const struct weighing *w, const struct stems *text,
                             const struct stems *more) {
    const struct stems *words = &w->part->words;
    struct share share = {0};
    double all = 0;
    for (size_t i = 0; i < words->count; i++) {
        const bool given = w->given && stems_have(w->given, words->items[i]);
        const double weight = (double)words->weights[i] * (given ? GIVEN : 1.0);
        const bool like = w->likeness[i] > 0 && stems_have(text, w->like[i]);
        const bool same =
            stems_have(text, words->items[i]) || (more && stems_have(more, words->items[i]));
        const double said = same ? weight : like ? weight * (double)w->likeness[i] : 0;
        all += weight;
        share.said += said;
        share.unsaid = !same && !like && weight > share.unsaid ? weight : share.unsaid;
    }
    share.said = all > 0 ? share.said / all : 0;
    share.unsaid = all > 0 ? share.unsaid / all : 0;
    return share;
}

static bool is_thing_kind(const char *kind) {
    size_t i = 0;
    while (i < KINDS_OF_THINGS && kinds[i] != kind) {
        i++;
    }
    return i < KINDS_OF_THINGS;
}

/* "Dark" for "red", "E3" for "E7". near: the line speaks of the same thing. */
static bool excludes_word(struct view word, struct view said, bool near) {
    const char *kind = kind_of(word);
    const struct cue_word other = {.form = said};
    if (kind) {
        return (near || !is_thing_kind(kind)) && cues_in(&other, kind);
    }
    return near && fact_has_digit(word) && fact_like(said, word);
}

/* "The lamp is dark" where it must be red. */
static bool excludes(const struct weighing *w, const struct stems *line, bool near) {
    const struct stems *words = &w->part->words;
    for (size_t i = 0; i < words->count; i++) {
        for (size_t k = 0; !stems_have(&w->heard->all, words->items[i]) && k < line->count; k++) {
            if (excludes_word(words->items[i], line->items[k], near)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_said(const struct weighing *w, struct view stem) {
    const struct stems *words = &w->part->words;
    for (size_t i = 0; i < words->count; i++) {
        if (view_eq(words->items[i], stem) || (w->likeness[i] > 0 && view_eq(w->like[i], stem))) {
            return true;
        }
    }
    return false;
}

/* "And", "but": what stands beyond speaks of something else. */
static bool joins(const struct token *token) {
    return token->kind == TOKEN_WORD && (cues_of(token->form) & (CUE_AND | CUE_BUT)) != 0;
}

/* What a line denies, as far as it speaks of the part's words: "it was stolen and I can't sign in"
 * doesn't deny the theft. */
static esi_err denials_of(const struct weighing *w, const struct heard_line *line,
                          struct stems *out, esi_error *err) {
    struct token *tokens = NULL;
    size_t count = 0;
    *out = (struct stems){.denies = line->stems.denies, .negates = line->stems.negates};
    if (line->decided) {
        return ESI_OK;
    }
    const esi_err code =
        text_tokens(line->text, "en", LINE_WORDS, w->heard->arena, &tokens, &count, err);
    size_t from = count;
    size_t to = 0;
    for (size_t i = 0; code == ESI_OK && i < count; i++) {
        if (is_said(w, tokens[i].stem)) {
            from = from == count ? i : from;
            to = i + 1;
        }
    }
    if (code != ESI_OK || to == 0) {
        return code;
    }
    *out = (struct stems){0};
    for (size_t n = 0; from > 0 && n < DENIAL_REACH && !joins(&tokens[from - 1]); n++) {
        from--;
    }
    for (size_t n = 0; to < count && n < DENIAL_REACH / 2 && !joins(&tokens[to]); n++) {
        to++;
    }
    for (size_t i = from; i < to; i++) {
        const uint64_t cues = tokens[i].kind == TOKEN_WORD ? cues_of(tokens[i].form) : 0;
        out->negates ^= (cues & CUE_NOT) != 0;
        out->denies ^= (cues & CUE_NOT) != 0 || ((cues & CUE_FAIL) && !(cues & CUE_THING));
    }
    return ESI_OK;
}

/* Does one deny what the other says? Failures count as denials in one way of reading, not in the
 * other: "fails to start" is "doesn't start", "gone" is "lost". */
static bool denies(const struct stems *a, const struct stems *b) {
    return a->denies != b->denies && a->negates != b->negates;
}

/* The line that says most of it, of equals the last; a line that says otherwise in *against. */
static const struct heard_line *nearest_line(const struct weighing *w, struct share *most,
                                             bool *against) {
    const struct heard_line *nearest = NULL;
    for (size_t i = 0; i < w->heard->line_count; i++) {
        const struct heard_line *line = &w->heard->lines[i];
        const struct share share = share_of(w, &line->stems, NULL);
        *against |= excludes(w, &line->stems, share.said > 0);
        if (share.said > most->said ||
            (share.said == most->said && share.said > 0 && !(nearest && nearest->decided))) {
            *most = share;
            nearest = line;
        }
    }
    return nearest;
}

/* "Every lamp is red" isn't met by one, "another person's files" not by one's own. */
static bool of_those(const struct weighing *w, const struct heard_line *line) {
    return (!w->part->every ||
            fact_has_word(line->text, "all every each everything whole entire")) &&
           (!w->part->before || fact_has_word(line->text, "before already earlier previously again "
                                                          "twice second third")) &&
           (!w->part->others ||
            fact_has_word(line->text, "another other others other's others' else else's foreign "
                                      "stranger strangers someone somebody someone's somebody's"));
}

/* "In a run, not graded": does a line deny a part of it? */
static bool is_denied(const struct weighing *w) {
    for (size_t i = 0; i < w->heard->line_count; i++) {
        const struct stems *line = &w->heard->lines[i].stems;
        if (line->negates && !w->part->words.negates && stems_common(&w->part->words, line) > 0) {
            return true;
        }
    }
    return false;
}

/* What the line that says most of it makes of it. */
static esi_err line_state(const struct weighing *w, const struct heard_line *line,
                          enum condition_state *out, esi_error *err) {
    struct stems denials;
    const esi_err code = denials_of(w, line, &denials, err);
    if (code == ESI_OK) {
        *out = denies(&denials, &w->part->words) ? CONDITION_CONTRADICTED
               : of_those(w, line)               ? CONDITION_MET
                                                 : CONDITION_OPEN;
    }
    return code;
}

esi_err weigh_words(struct weighing *w, bool beside, enum condition_state *out, esi_error *err) {
    const struct stems *words = &w->part->words;
    struct share most = {0};
    bool against = false;
    if (stems_common(words, words) < WORDS_LEAST) {
        /* "it is shown to you": that was reported */
        const bool appears = w->given && fact_has_word(w->part->text, "shown appears see seen get "
                                                                      "happens occurs reported");
        *out = beside || appears ? CONDITION_MET : CONDITION_OPEN;
        return ESI_OK;
    }
    for (size_t i = 0; i < words->count; i++) {
        find_like(w, i);
    }
    const struct heard_line *nearest = nearest_line(w, &most, &against);
    const struct share all = share_of(w, &w->heard->all, beside ? w->given : NULL);
    w->said = all.said;
    if (against) {
        *out = CONDITION_CONTRADICTED;
    } else if (beside) {
        *out = all.said >= SAID_BESIDE ? CONDITION_MET : CONDITION_OPEN;
    } else if (nearest && most.said >= (w->strict ? STRICT_SHARE : SAID_SHARE) &&
               most.unsaid < (w->strict ? STRICT_UNSAID : UNSAID_MOST)) {
        return line_state(w, nearest, out, err);
    } else {
        const bool whole = all.said >= SAID_APART && !w->part->every && !w->part->others;
        *out = !whole ? CONDITION_OPEN : is_denied(w) ? CONDITION_CONTRADICTED : CONDITION_MET;
    }
    return ESI_OK;
}
