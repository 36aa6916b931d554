/* extract_outcome.c: "it prints paused": who tells what came of a step is told what the section
 * says of that, and not the first of its steps again. */
#include "base/error.h"
#include "core/extract_follow.h"

#define TELLS 1.0        /* weight of the new words that a thing must have */
#define MOST_OF_THEM 0.5 /* ... of all of them */
#define LIGHT 0.5f       /* weight of words that stand in any report */

/* The words of this turn that weren't said before. */
static esi_err new_words(struct selecting *s, struct stems *out) {
    struct stems known;
    const esi_err code = stems_read(s->in->issue->query, s->arena, &known, s->err);
    struct view *items = ARENA_ARRAY(s->arena, s->heard->now.count + 1, struct view);
    float *weights = ARENA_ARRAY(s->arena, s->heard->now.count + 1, float);
    if (code != ESI_OK || !items || !weights) {
        return code != ESI_OK ? code : fail_memory(s->err, "core/extract");
    }
    *out = (struct stems){.items = items, .weights = weights};
    for (size_t i = 0; i < s->heard->now.count; i++) {
        const float weight = s->heard->now.weights[i];
        if (weight > LIGHT && !stems_have(&known, s->heard->now.items[i])) {
            weights[out->count] = weight;
            items[out->count++] = s->heard->now.items[i];
        }
    }
    return ESI_OK;
}

/* How much of the words an item has, with its condition. */
static esi_err has_of(struct selecting *s, const struct note_item *item, const struct stems *words,
                      double *out) {
    struct stems text;
    struct stems condition;
    esi_err code = stems_read(item->text, s->arena, &text, s->err);
    if (code == ESI_OK) {
        code = stems_read(item->condition, s->arena, &condition, s->err);
    }
    *out = 0;
    for (size_t i = 0; code == ESI_OK && i < words->count; i++) {
        const struct view word = words->items[i];
        *out +=
            stems_have(&text, word) || stems_have(&condition, word) ? (double)words->weights[i] : 0;
    }
    return code;
}

static bool may_tell(const struct note_item *item) {
    const bool step = item->kind == NOTE_STEP && item->condition.n > 0;
    return step || item->kind == NOTE_FACT || item->kind == NOTE_SAY || item->kind == NOTE_CAUSE;
}

/* Of the items of the sections at hand the one that has most of the words; two as good: none. */
static esi_err find_told(struct selecting *s, const struct stems *words, struct pick *best,
                         double *most) {
    double second = 0;
    *most = 0;
    for (size_t p = 0; p < s->in->passage_count; p++) {
        const struct passage *passage = &s->in->passages[p];
        for (size_t i = 0; s->uses[p] == SECTION_MAIN && i < passage->note.count; i++) {
            const struct note_item *item = &passage->note.items[i];
            double has = 0;
            const bool may = may_tell(item) && heard_role(item->roles, s->in->role);
            const esi_err code = may ? has_of(s, item, words, &has) : ESI_OK;
            if (code != ESI_OK) {
                return code;
            }
            if (has > *most) {
                second = *most;
                *most = has;
                *best = select_pick(passage, i, p);
            } else if (has > second) {
                second = has;
            }
        }
    }
    *most = second < *most ? *most : 0;
    return ESI_OK;
}

esi_err follow_outcome(struct selecting *s, bool *out) {
    const struct reading *reading = s->in->reading;
    const bool tells = reading->act == ESI_ACT_ANSWER || reading->act == ESI_ACT_TROUBLE;
    struct stems words = {0};
    struct pick pick = {0};
    double has = 0;
    double all = 0;
    *out = false;
    if (s->in->step != ISSUE_CONTINUED || !s->in->issue || !tells || s->out->left.count == 0) {
        return ESI_OK;
    }
    esi_err code = new_words(s, &words);
    for (size_t i = 0; code == ESI_OK && i < words.count; i++) {
        all += (double)words.weights[i];
    }
    if (code == ESI_OK) {
        code = find_told(s, &words, &pick, &has);
    }
    *out = code == ESI_OK && has >= TELLS && has >= MOST_OF_THEM * all;
    if (*out) {
        select_say(s->out, pick);
        s->out->given -= s->out->left.count;
        s->out->left.count = 0;
    }
    return code;
}
