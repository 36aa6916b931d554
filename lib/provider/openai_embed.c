/* Vectors: texts sent in batches by count and by tokens, replies put back by their index. */
#include <string.h>

#include "base/error.h"
#include "base/token_count.h"
#include "provider/openai_batch.h"

#define ORIGIN "provider/openai"
#define BATCH_COUNT 2048
#define BATCH_TOKENS 250000
#define TEXT_TOKENS 8000 /* a text's vector is that of so much of it */
#define HALVES_MAX 8     /* times that one text is cut in half, where it is still too large */
#define REFUSALS_MAX 3   /* texts refused one after another: it isn't about them */

struct work {
    esi_provider *self;
    const esi_embed_request *request;
    struct view *texts; /* what is sent of them */
    size_t *tokens;     /* about */
    bool *seen;
    float *vectors;
    size_t most;   /* texts of a batch: less than at first, once one was too large */
    int refused;   /* texts one after another */
    bool as_known; /* other forms of a request were tried, in vain */
    esi_error why;
};

/* ---- what is sent ---------------------------------------------------------------------------- */

/* The first bytes of a text, of whole characters. */
static struct view cut(struct view text, size_t n) {
    while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80) {
        n--;
    }
    return view_slice(text, 0, n);
}

static struct view beginning(struct view text, size_t tokens) {
    size_t fits = 0, over = text.n;
    if (token_count(text) <= tokens) {
        return text.n > 0 ? text : VIEW(" "); /* an empty one is refused */
    }
    while (over - fits > 16) { /* counting is cheap */
        const size_t middle = fits + (over - fits) / 2;
        if (token_count(cut(text, middle)) <= tokens) {
            fits = middle;
        } else {
            over = middle;
        }
    }
    return cut(text, fits);
}

static int64_t or_else(int64_t n, int64_t otherwise) {
    return n > 0 ? n : otherwise;
}

/* How many texts go in the request that begins with that one. */
static size_t batch_size(const struct work *w, size_t at) {
    const int64_t limit = or_else(w->self->embeddings.items[0].batch_tokens, BATCH_TOKENS);
    const size_t left = w->request->count - at;
    const size_t most = left < w->most ? left : w->most;
    int64_t tokens = (int64_t)w->tokens[at];
    size_t count = 1;
    while (count < most && tokens + (int64_t)w->tokens[at + count] <= limit) {
        tokens += (int64_t)w->tokens[at + count++];
    }
    return count;
}

/* ---- batches --------------------------------------------------------------------------------- */

static void tell_charge(const struct work *w, const struct openai_batch *b, size_t at) {
    if (w->request->on_charge == NULL || b->from == NULL) {
        return;
    }
    esi_charge charge = {.model = b->from->known_as, .input_tokens = b->tokens};
    if (b->tokens < 0) {
        charge.estimated = true;
        charge.input_tokens = 0;
        for (size_t i = 0; i < b->count; i++) {
            charge.input_tokens += (int64_t)w->tokens[at + i];
        }
    }
    w->request->on_charge(&charge, w->request->context);
}

/* One text that is too large by itself: again and again with half of it. */
static esi_err send_less(struct work *w, size_t at, struct openai_batch *b, esi_error *err) {
    esi_err rc = ESI_ETOOBIG;
    for (int i = 0; b->too_large && i < HALVES_MAX && w->texts[at].n > 1; i++) {
        w->texts[at] = cut(w->texts[at], w->texts[at].n / 2);
        w->tokens[at] = token_count(w->texts[at]);
        rc = w->texts[at].n > 0 ? openai_batch_run(b, &w->request->wait, err) : ESI_ETOOBIG;
    }
    return rc;
}

static void note_made(struct work *w, const struct openai_batch *b, size_t at) {
    w->refused = 0;
    tell_charge(w, b, at);
    for (size_t i = 0; w->request->made != NULL && i < b->count; i++) {
        w->request->made[at + i] = true;
    }
}

/* Sends `count` texts from `at`; *done: those that are over with, be it in vain. */
static esi_err send_batch(struct work *w, size_t at, size_t count, size_t *done, esi_error *err) {
    struct openai_batch b = {.self = w->self,
                             .texts = w->texts + at,
                             .count = count,
                             .vectors = w->vectors + at * (size_t)w->self->dimensions,
                             .seen = w->seen,
                             .dimensions = w->self->dimensions,
                             .as_known = w->as_known};
    esi_error why = {0};
    *done = 0;
    esi_err rc = openai_batch_run(&b, &w->request->wait, &why);
    w->as_known = w->as_known || (rc != ESI_OK && b.refused && b.tried != 0);
    if (rc != ESI_OK && (b.too_large || b.refused) && count > 1) {
        w->most = count / 2;
        return ESI_OK;
    }
    if (rc != ESI_OK && b.too_large) {
        rc = send_less(w, at, &b, &why);
    }
    if (rc == ESI_OK) {
        *done = count;
        note_made(w, &b, at);
        return ESI_OK;
    }
    if ((b.too_large || b.refused) && ++w->refused < REFUSALS_MAX) {
        w->why = why; /* it may be this text alone */
        w->why.code = ESI_EUPSTREAM;
        *done = 1;
        return ESI_OK;
    }
    if (err != NULL) {
        *err = why;
        err->code = rc == ESI_ETOOBIG ? ESI_EUPSTREAM : rc;
    }
    return rc == ESI_ETOOBIG ? ESI_EUPSTREAM : rc;
}

static esi_err send_all(struct work *w, esi_error *err) {
    const size_t count = w->request->count;
    w->most = (size_t)or_else(w->self->embeddings.items[0].batch_count, BATCH_COUNT);
    for (size_t i = 0; i < count; i++) {
        const esi_text *text = &w->request->texts[i];
        w->texts[i] = beginning((struct view){text->data, text->size}, TEXT_TOKENS);
        w->tokens[i] = token_count(w->texts[i]);
    }
    esi_err rc = ESI_OK;
    for (size_t at = 0, done = 0; rc == ESI_OK && at < count; at += done) {
        rc = send_batch(w, at, batch_size(w, at), &done, err);
    }
    if (rc == ESI_OK && w->why.code != ESI_OK) {
        rc = w->why.code;
        if (err != NULL) {
            *err = w->why;
        }
    }
    return rc;
}

esi_err openai_embed(esi_provider *self, const esi_embed_request *request, float *vectors,
                     esi_error *err) {
    esi_arena scratch = {0};
    struct work w = {.self = self, .request = request, .vectors = vectors};
    if (self->embeddings.count == 0 || request->count == 0 || request->count > BATCH_COUNT) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "%s",
                        self->embeddings.count == 0 ? "there is no endpoint for vectors"
                                                    : "a request has 1 to 2048 texts");
    }
    w.texts = ARENA_ARRAY(&scratch, request->count, struct view);
    w.tokens = ARENA_ARRAY(&scratch, request->count, size_t);
    w.seen = ARENA_ARRAY(&scratch, request->count, bool);
    const bool room = w.texts != NULL && w.tokens != NULL && w.seen != NULL;
    const esi_err rc = room ? send_all(&w, err) : fail_memory(err, ORIGIN);
    arena_clear(&scratch);
    return rc;
}
