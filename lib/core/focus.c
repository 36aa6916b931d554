#include "core/focus.h"

#include "base/error.h"
#include "core/claim.h"
#include "core/clause.h"
#include "core/stems.h"

#include <string.h>

#define ASIDE 0.6f      /* of a clause that tells no trouble */
#define RULED_OUT 0.1f  /* ... but says what isn't wrong */
#define BACKGROUND 0.5f /* of a sentence beside the one that asks */
#define ASKS_ENOUGH 2   /* words of a question that can be answered by itself, ... */
#define TELLING 1.0f    /* ... of so much weight */
#define PHATIC 0.1f     /* "fair enough.", "many thanks, Ines" */
#define BYSTANDER 0.35f /* who is hit, how many, how long, how urgent */
#define SOURCE 0.15f    /* what a claim is said to be from */
#define CONTENT 0.2f    /* weight of what is claimed, for its source to count for less */
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

/* A message and what it is looked up with. */
struct reader {
    const struct token *tokens;
    struct index_query *query;
    struct cue_text text;
    struct clause *clauses;
    size_t clause_count;
    float *factors; /* one per clause: what its words count */
};

static esi_err open_reader(struct reader *r, struct view message, esi_arena *arena,
                           esi_error *err) {
    esi_err rc = cues_read(message, arena, &r->text, err);
    if (rc == ESI_OK) {
        rc = clause_read(&r->text, arena, &r->clauses, &r->clause_count, err);
    }
    r->factors = rc == ESI_OK ? ARENA_ARRAY(arena, r->clause_count + 1, float) : NULL;
    return rc == ESI_OK && r->factors == NULL ? fail_memory(err, "core/focus") : rc;
}

/* What the term counts where it counts most; 0: it stands nowhere. */
static float factor_of(const struct reader *r, size_t term) {
    float most = 0.0f;
    for (size_t t = 0; t < r->query->token_count; t++) {
        for (size_t i = 0; r->query->term_of[t] == term && i < r->clause_count; i++) {
            const struct stretch at = stretch_of(&r->text, &r->clauses[i]);
            const bool in = r->tokens[t].from >= at.from && r->tokens[t].to <= at.to;
            most = in && r->factors[i] > most ? r->factors[i] : most;
        }
    }
    return most;
}

/* "I haven't lost anything": what isn't wrong. What is well may say which trouble it is: "by
 * address it's fine". */
static bool rules_out(const struct clause *c) {
    for (size_t i = 0; i < c->count && !c->trouble; i++) {
        if ((clause_cues(c, i) & (CUE_FAIL | CUE_STATE | CUE_THING)) && clause_denied(c, i)) {
            return true;
        }
    }
    return false;
}

/* Clauses that tell trouble count in full; where none does, those that don't say what isn't wrong
 * do, beside one that says it. */
static void weigh_clauses(struct reader *r) {
    bool told = false, ruled = false;
    for (size_t i = 0; i < r->clause_count; i++) {
        told |= r->clauses[i].trouble;
        ruled |= rules_out(&r->clauses[i]);
    }
    for (size_t i = 0; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        r->factors[i] = c->trouble       ? 1.0f
                        : rules_out(c)   ? RULED_OUT
                        : told || !ruled ? ASIDE
                                         : 1.0f;
    }
}

esi_err focus_report(struct view message, const struct token *tokens, struct index_query *query,
                     esi_arena *arena, esi_error *err) {
    struct reader r = {.tokens = tokens, .query = query};
    const esi_err rc = open_reader(&r, message, arena, err);
    if (rc == ESI_OK) {
        weigh_clauses(&r);
    }
    bool names = false;
    for (size_t i = 0; rc == ESI_OK && i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        names |= factor_of(&r, i) >= 1.0f && term->weight >= NAMES && !is_bystander(term);
    }
    for (size_t i = 0; names && i < query->term_count; i++) {
        const float factor = factor_of(&r, i);
        index_lighten(query, i,
                      is_bystander(&query->terms[i]) ? BYSTANDER
                      : factor > 0.0f                ? factor
                                                     : ASIDE);
    }
    return rc;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* "Fair enough.", "thanks in advance", "many thanks, Ines": says nothing of what is asked. */
static bool is_phatic(const struct clause *c) {
    const bool polite = (c->seen & (CUE_THANK | CUE_GREET | CUE_ACK | CUE_HURRY)) != 0;
    return !c->asks && !c->request && !c->trouble && c->count <= (polite ? 5 : 2) &&
           !clause_tells(c);
}

/* "Is it gone after that?": what stands before it says what is meant. */
static bool points_back(const struct clause *c) {
    for (size_t i = 0; i < c->count; i++) {
        const bool links = clause_has(c, i, "that this") && i + 1 < c->count && i > 0 &&
                           (clause_cues(c, i - 1) & (CUE_SAY | CUE_MIND | CUE_TELL));
        if ((clause_cues(c, i) & CUE_THAT) && !links) {
            return true;
        }
    }
    return false;
}

static bool is_asking(const struct clause *c) {
    return c->asks || c->request || (c->last && c->mark == '?');
}

/* Marks the sentence that the i-th clause is of. */
static void mark_sentence(struct reader *r, size_t i, float factor) {
    while (i > 0 && !r->clauses[i - 1].last) {
        i--;
    }
    for (; i < r->clause_count; i++) {
        r->factors[i] = factor > r->factors[i] ? factor : r->factors[i];
        if (r->clauses[i].last) {
            return;
        }
    }
}

/* The sentence before the one that the i-th clause is of, passing over what says nothing. */
static size_t sentence_before(const struct reader *r, size_t i) {
    while (i > 0 && !r->clauses[i - 1].last) {
        i--;
    }
    while (i > 0 && is_phatic(&r->clauses[i - 1])) {
        i--;
    }
    return i > 0 ? i - 1 : r->clause_count;
}

static bool names_something(const struct reader *r) {
    for (size_t i = 0; i < r->query->term_count; i++) {
        const struct index_term *term = &r->query->terms[i];
        if (factor_of(r, i) >= 1.0f && term->weight >= NAMES && !is_bystander(term)) {
            return true;
        }
    }
    return false;
}

/* Marks the sentences that ask and those that they point back to. Returns whether any asks. */
static bool mark_asking(struct reader *r) {
    bool asks = false;
    for (size_t i = 0; i < r->clause_count; i++) {
        if (!is_asking(&r->clauses[i])) {
            continue;
        }
        asks = true;
        mark_sentence(r, i, 1.0f);
        const size_t before = sentence_before(r, i);
        if (points_back(&r->clauses[i]) && before < r->clause_count) {
            mark_sentence(r, before, 1.0f);
        }
    }
    return asks;
}

esi_err focus_asked(struct view message, esi_arena *arena, struct view *out, esi_error *err) {
    struct reader r = {0};
    struct stems words = {0};
    char *text = arena_alloc(arena, 2 * message.n + 2); /* a space behind each clause */
    esi_err rc = text ? open_reader(&r, message, arena, err) : fail_memory(err, "core/focus");
    const bool asks = rc == ESI_OK && mark_asking(&r);
    struct view asked = {text, 0};
    for (size_t i = 0; asks && i < r.clause_count; i++) {
        const struct clause *c = &r.clauses[i];
        if (r.factors[i] < 1.0f) {
            continue;
        }
        const uint32_t to =
            i + 1 < r.clause_count ? r.clauses[i + 1].words[0].from : (uint32_t)r.text.folded.n;
        const struct view part = cues_source(&r.text, message, c->words[0].from, to);
        memcpy(text + asked.n, part.p, part.n);
        asked.n += part.n;
        text[asked.n++] = ' ';
    }
    asked = view_trim(asked);
    if (rc == ESI_OK) {
        rc = stems_read(asked, arena, &words, err);
    }
    size_t names = 0;
    for (size_t i = 0; rc == ESI_OK && i < words.count; i++) {
        const bool deed = (cues_of(words.items[i]) & (CUE_DEED | CUE_MEND | CUE_ORDER)) != 0;
        names += !deed && words.weights[i] >= TELLING; /* "how do I log in?" leaves open to what */
    }
    if (rc == ESI_OK) {
        *out = names >= ASKS_ENOUGH ? asked : message;
    }
    return rc;
}

esi_err focus_question(struct view message, const struct token *tokens, struct index_query *query,
                       esi_arena *arena, esi_error *err) {
    struct reader r = {.tokens = tokens, .query = query};
    const esi_err rc = open_reader(&r, message, arena, err);
    if (rc != ESI_OK || !mark_asking(&r) || !names_something(&r)) {
        return rc;
    }
    for (size_t i = 0; i < r.clause_count; i++) {
        const float least = is_phatic(&r.clauses[i]) ? PHATIC : BACKGROUND;
        r.factors[i] = r.factors[i] > least ? r.factors[i] : least;
    }
    for (size_t i = 0; i < query->term_count; i++) {
        const float factor = factor_of(&r, i);
        index_lighten(query, i, factor > 0.0f ? factor : 1.0f);
    }
    return rc;
}

/* ---- claims ---------------------------------------------------------------------------------- */

static bool is_within(const struct token *token, size_t from, size_t to) {
    return token->from >= from && token->to <= to;
}

static bool is_id_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* The terms of the documents' ids in the message. */
static uint64_t ids_in(const struct index *index, struct view message, const struct token *tokens,
                       const struct index_query *query) {
    uint64_t terms = 0;
    for (size_t at = 0; at < message.n; at++) {
        const size_t from = at;
        uint32_t document;
        while (at < message.n && is_id_letter(message.p[at])) {
            at++;
        }
        if (at - from < 4 ||
            !index_find_document(index, view_slice(message, from, at), &document)) {
            continue;
        }
        for (size_t t = 0; t < query->token_count; t++) {
            if (is_within(&tokens[t], from, at) && query->term_of[t] != INDEX_NO_TERM) {
                terms |= UINT64_C(1) << query->term_of[t];
            }
        }
    }
    return terms;
}

esi_err focus_claim(const struct index *index, struct view message, const struct token *tokens,
                    struct index_query *query, esi_arena *arena, esi_error *err) {
    struct claim_source source;
    uint64_t light = ids_in(index, message, tokens, query);
    const esi_err rc = claim_source_of(message, arena, &source, err);
    for (size_t t = 0; rc == ESI_OK && t < query->token_count; t++) {
        const bool from = source.any && is_within(&tokens[t], source.lead, source.to);
        const bool doubt =
            source.doubts && is_within(&tokens[t], source.doubt_from, source.doubt_to);
        if ((from || doubt) && query->term_of[t] != INDEX_NO_TERM) {
            light |= UINT64_C(1) << query->term_of[t];
        }
    }
    float content = 0.0f;
    for (size_t i = 0; i < query->term_count; i++) {
        content += light >> i & 1 ? 0.0f : query->terms[i].weight;
    }
    for (size_t i = 0; content >= CONTENT && i < query->term_count; i++) {
        if (light >> i & 1) {
            index_lighten(query, i, SOURCE);
        }
    }
    return rc;
}
