#include "core/focus.h"

#include "base/error.h"
#include "core/clause.h"

#define ASIDE 0.6f      /* of a clause that tells no trouble */
#define BYSTANDER 0.35f /* who is hit, how many, how long, how urgent */
#define NAMES 0.1f      /* a word that counts so much names something */

#define CUES_BYSTANDER (CUE_OTHERS | CUE_ALL | CUE_HURRY | CUE_NOW | CUE_UNIT | CUE_FEW)

/* A stretch of the message, in bytes. */
struct stretch {
    uint32_t from, to;
};

static struct stretch stretch_of(const struct cue_text *text, const struct clause *clause) {
    const uint32_t *from = text->folded.from;
    return (struct stretch){from[clause->words[0].from], from[clause->words[clause->count - 1].to]};
}

static bool is_bystander(const struct index_term *term) {
    return term->kind == TOKEN_NUMBER ||
           (term->kind == TOKEN_WORD && (cues_of(term->form) & CUES_BYSTANDER) != 0);
}

/* Does the term stand in one of the stretches? */
static bool stands_in(const struct stretch *own, size_t own_count, const struct token *tokens,
                      size_t count, const struct index_term *term) {
    for (size_t t = 0; t < count; t++) {
        if (!view_eq(tokens[t].form, term->form)) {
            continue;
        }
        for (size_t i = 0; i < own_count; i++) {
            if (tokens[t].from >= own[i].from && tokens[t].to <= own[i].to) {
                return true;
            }
        }
    }
    return false;
}

esi_err focus_report(struct view message, const struct token *tokens, size_t count,
                     struct index_query *query, esi_arena *arena, esi_error *err) {
    struct cue_text text;
    struct clause *clauses;
    size_t clause_count = 0;
    esi_err rc = cues_read(message, arena, &text, err);
    if (rc == ESI_OK) {
        rc = clause_read(&text, arena, &clauses, &clause_count, err);
    }
    struct stretch *own = rc == ESI_OK ? ARENA_ARRAY(arena, clause_count, struct stretch) : NULL;
    if (rc != ESI_OK || own == NULL) {
        return rc != ESI_OK ? rc : fail_memory(err, "core/focus");
    }
    size_t own_count = 0;
    for (size_t i = 0; i < clause_count; i++) {
        if (clauses[i].trouble && clauses[i].count > 0) {
            own[own_count++] = stretch_of(&text, &clauses[i]);
        }
    }
    bool inside[INDEX_TERMS_MAX] = {false};
    bool names = false;
    for (size_t i = 0; i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        inside[i] = stands_in(own, own_count, tokens, count, term);
        names |= inside[i] && term->weight >= NAMES && !is_bystander(term);
    }
    for (size_t i = 0; names && i < query->term_count; i++) {
        const float factor = is_bystander(&query->terms[i]) ? BYSTANDER : inside[i] ? 1.0f : ASIDE;
        index_lighten(query, i, factor);
    }
    return ESI_OK;
}
