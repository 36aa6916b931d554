#include "desk/lookup.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "core/answer.h"
#include "core/define.h"
#include "core/focus.h"
#include "core/handling.h"
#include "core/relevance.h"

#define ORIGIN "desk/lookup"
#define TOKENS_MAX 512
#define VECTOR_SHARE 3 /* of what is left, a third */

/* Words answer without a vector, too: a model that is silent doesn't get all of the time. */
static esi_wait vector_wait(const esi_wait *wait) {
    const int64_t now = esi_clock_ns();
    const int64_t left = wait->until_ns > now ? wait->until_ns - now : 0;
    return (esi_wait){.until_ns = now + left / VECTOR_SHARE, .cancel = wait->cancel};
}

const float *lookup_embed(const esi_desk *desk, const struct lookup_in *in, esi_arena *arena) {
    const struct model *model = &desk->embedder;
    const esi_text text = {in->words.p, in->words.n};
    esi_embed_request request = {.size = sizeof(request),
                                 .texts = &text,
                                 .count = 1,
                                 .query = true,
                                 .wait = vector_wait(&in->wait),
                                 .on_charge = budget_charge,
                                 .context = desk->budget};
    if (in->bill) {
        request.on_charge = bill_charge;
        request.context = in->bill;
    }
    float *vector = ARENA_ARRAY(arena, (size_t)model->info.dimensions, float);
    esi_error why = {0};
    if (vector && questions_find(desk->questions, in->words, vector)) {
        return vector;
    }
    if (!vector || model->ops->embed(model->self, &request, vector, &why) != ESI_OK) {
        log_warn(&desk->settings.log, ORIGIN, in->request_id,
                 "the question could not be embedded, words alone are used: %s",
                 vector ? why.message : "out of memory");
        return NULL;
    }
    questions_keep(desk->questions, in->words, vector);
    return vector;
}

/* The sections that define what the words ask the meaning of. */
static esi_err find_meaning(const struct index *index, const struct lookup_in *in, esi_arena *arena,
                            struct index_query *query, esi_error *err) {
    struct define_terms terms;
    const esi_err rc = define_asked(in->words, arena, &terms, err);
    return rc == ESI_OK && terms.count > 0
               ? index_define(index, query, in->language, terms.items, terms.count, arena, err)
               : rc;
}

/* What the words are, what is asked with them, and what of them counts most. */
static esi_err read_question(const esi_desk *desk, const struct index *index,
                             const struct lookup_in *in, esi_arena *arena, struct lookup *out,
                             esi_error *err) {
    const struct policy *policy = desk->policy;
    const bool report = in->act == ESI_ACT_TROUBLE;
    struct token *tokens;
    size_t count;
    esi_err rc = text_tokens(in->words, in->language, TOKENS_MAX, arena, &tokens, &count, err);
    if (rc == ESI_OK) {
        rc = index_prepare(index, tokens, count, in->language, policy->synonyms,
                           policy->synonym_count, arena, &out->query, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    out->query.role = 1u << in->role;
    out->query.wants = answer_asked(tokens, count);
    if (in->act == ESI_ACT_QUESTION) {
        rc = find_meaning(index, in, arena, &out->query, err);
    }
    if (rc == ESI_OK) {
        rc = aim_read(in->words, tokens, &out->query, report, arena, &out->aim, err);
    }
    for (size_t i = 0; rc == ESI_OK && out->aim.count && i < out->query.term_count; i++) {
        out->query.counted |= out->aim.parts[i] == AIM_SORT ? UINT64_C(1) << i : 0;
    }
    if (rc == ESI_OK) {
        rc = (report ? focus_report : focus_question)(in->words, tokens, &out->query, arena, err);
    }
    return rc == ESI_OK ? focus_claim(index, in->words, tokens, &out->query, arena, err) : rc;
}

esi_err lookup_search(const esi_desk *desk, const struct index *index, const struct lookup_in *in,
                      esi_arena *arena, struct lookup *out, esi_error *err) {
    struct index_hit *hits;
    esi_err rc = read_question(desk, index, in, arena, out, err);
    if (rc != ESI_OK) {
        return rc;
    }
    out->query.vector = in->vector;
    if (!in->embedded && index_dimensions(index) > 0) {
        out->query.vector = lookup_embed(desk, in, arena);
    }
    out->trained_vectors = out->query.vector && !desk->embedder_is_offline;
    rc = index_search(index, &out->query, in->most, arena, &hits, &out->hit_count, err);
    if (rc == ESI_OK) {
        rc = fuse_rank(hits, out->hit_count, fuse_default(), arena, &out->hits, err);
    }
    return rc;
}

esi_err lookup_run(const esi_desk *desk, const struct index *index, const struct lookup_in *in,
                   esi_arena *arena, struct lookup *out, esi_error *err) {
    const esi_err rc = lookup_search(desk, index, in, arena, out, err);
    const struct relevance_in relevance = {.index = index,
                                           .query = &out->query,
                                           .aim = &out->aim,
                                           .act = in->act,
                                           .trained_vectors = out->trained_vectors};
    return rc == ESI_OK ? relevance_rank(&relevance, out->hits, out->hit_count, arena, err) : rc;
}
