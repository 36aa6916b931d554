#include "provider/openai_batch.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/vector.h"
#include "provider/call.h"
#include "provider/dialect.h"
#include "provider/embed_reply.h"

#define ORIGIN "provider/openai"
#define PROBE_MS 5000
#define AROUND_BYTES (64u << 10) /* what a reply may have beside its vectors */

/* Models whose vectors are known, for an endpoint that can't be asked. */
static const struct known {
    const char *model;
    int32_t dimensions;
} known[] = {
    {"text-embedding-3-small", 1536},
    {"text-embedding-3-large", 3072},
    {"text-embedding-ada-002", 1536},
    {"nomic-embed-text", 768},
    {"mxbai-embed-large", 1024},
    {"all-minilm", 384},
    {"bge-m3", 1024},
    {"snowflake-arctic-embed", 1024},
    {"BAAI/bge-m3", 1024},
    {"BAAI/bge-large-en-v1.5", 1024},
    {"BAAI/bge-base-en-v1.5", 768},
    {"BAAI/bge-small-en-v1.5", 384},
    {"intfloat/multilingual-e5-large", 1024},
    {"sentence-transformers/all-MiniLM-L6-v2", 384},
};

static int32_t known_dimensions(const char *model) {
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i].model, model) == 0) {
            return known[i].dimensions;
        }
    }
    return 0;
}

/* ---- the request ----------------------------------------------------------------------------- */

/* How many dimensions an endpoint is asked for; 0: it isn't told. A model whose vectors are longer
 * than those that are stored once was asked for less. */
static int32_t wanted_dimensions(const struct endpoint *to, int32_t dimensions) {
    if (to->dimensions > 0) {
        return to->dimensions;
    }
    const int32_t whole = known_dimensions(to->known_as);
    return whole > 0 && dimensions > 0 && dimensions < whole ? dimensions : 0;
}

static esi_err write_body(struct endpoint *to, struct buf *body, void *context, esi_error *err) {
    struct openai_batch *b = context;
    const int32_t wanted = wanted_dimensions(to, b->dimensions);
    struct json_out o;
    (void)err; /* what doesn't fit is told by the buffer */
    b->tried = to == b->asked ? b->tried : 0;
    b->asked = to;
    b->dialect = atomic_load(&to->dialect) | b->tried;
    b->whole = b->too_large = b->refused = false;
    buf_empty(&b->reply);
    json_begin(&o, body);
    json_object(&o);
    json_put_name(&o, "model");
    json_put_string(&o, to->model);
    if (wanted > 0 && (b->dialect & DIALECT_NO_DIMENSIONS) == 0) {
        json_put_name(&o, "dimensions");
        json_put_int(&o, wanted);
    }
    if ((b->dialect & DIALECT_NO_BASE64) == 0) {
        json_put_name(&o, "encoding_format");
        json_put_string(&o, "base64");
    }
    json_put_name(&o, "input");
    json_array(&o);
    for (size_t i = 0; i < b->count; i++) {
        json_put_view(&o, b->texts[i]);
    }
    json_array_end(&o);
    json_object_end(&o);
    return ESI_OK;
}

/* ---- the reply ------------------------------------------------------------------------------- */

static enum call_verdict take_bytes(struct view bytes, void *context, esi_error *err) {
    struct openai_batch *b = context;
    buf_add(&b->reply, bytes);
    if (!b->reply.failed) {
        return CALL_GOOD;
    }
    const esi_err rc = b->reply.too_long ? esi_fail(err, ESI_EUPSTREAM, ORIGIN,
                                                    "a reply of vectors that is too long")
                                         : fail_memory(err, ORIGIN);
    return rc == ESI_ENOMEM ? CALL_NOWHERE : CALL_ELSEWHERE;
}

/* A reply of status 200, which may still be an error, or rubbish. */
static enum call_verdict read_reply(struct openai_batch *b, esi_error *err) {
    const struct embed_reply_in in = {b->reply.n > 0 ? buf_view(&b->reply) : VIEW(""), b->count,
                                      b->dimensions};
    struct embed_reply reply;
    const esi_err rc = embed_reply_read(&in, b->vectors, b->seen, &reply, err);
    b->tokens = reply.tokens;
    if (rc == ESI_OK) {
        b->found = reply.dimensions;
        b->whole = true;
        return CALL_GOOD;
    }
    esi_arena scratch = {0};
    struct api_error hidden;
    esi_error why = {0};
    const bool limited = rc == ESI_EUPSTREAM &&
                         api_error_read(in.body, &scratch, &hidden, &why) == ESI_OK &&
                         api_error_limited(200, &hidden);
    arena_clear(&scratch);
    return limited ? CALL_LIMITED : CALL_ELSEWHERE;
}

static enum call_verdict tell_refusal(struct openai_batch *b, int status, bool too_large,
                                      esi_error *err) {
    b->too_large = too_large;
    b->refused = !too_large;
    const esi_err rc = esi_fail(err, too_large ? ESI_ETOOBIG : ESI_EUPSTREAM, ORIGIN,
                                "%zu texts were refused%s with status %d", b->count,
                                too_large ? " as too large" : "", status);
    return rc == ESI_ETOOBIG ? CALL_NOWHERE : CALL_ELSEWHERE;
}

static enum call_verdict read_refusal(struct openai_batch *b, int status, struct view body,
                                      esi_error *err) {
    esi_arena scratch = {0};
    struct api_error said;
    esi_error why = {0};
    if (api_error_read(body, &scratch, &said, &why) != ESI_OK) {
        said = (struct api_error){.message = VIEW("")};
    }
    const bool too_large = api_error_too_large(status, &said);
    const bool limited = api_error_limited(status, &said);
    const unsigned after = dialect_after(b->dialect, status, &said, true);
    arena_clear(&scratch);
    if (too_large) {
        return tell_refusal(b, status, true, err);
    }
    if (after != b->dialect && !b->as_known) {
        b->tried = after;
        return CALL_AGAIN;
    }
    if (!limited && (status == 400 || status == 422)) {
        return tell_refusal(b, status, false, err);
    }
    return CALL_GOOD; /* the status tells all there is */
}

static enum call_verdict end_reply(struct endpoint *from, int status, struct view error_body,
                                   bool was_cut, void *context, esi_error *err) {
    struct openai_batch *b = context;
    if (status != 200) {
        return read_refusal(b, status, error_body, err);
    }
    const enum call_verdict verdict = was_cut ? CALL_BROKEN : read_reply(b, err);
    if (verdict == CALL_GOOD) {
        /* A refusal may have had a reason of its own: only what was answered without is learned. */
        (void)atomic_fetch_or(&from->dialect, b->tried);
    }
    return verdict;
}

esi_err openai_batch_run(struct openai_batch *b, const esi_wait *wait, esi_error *err) {
    const int32_t dimensions = b->dimensions > 0 ? b->dimensions : VECTOR_DIMENSIONS_MAX;
    const size_t most = b->count * EMBED_REPLY_BYTES(dimensions) + AROUND_BYTES;
    const struct call_reader reader = {
        .context = b, .write = write_body, .take = take_bytes, .end = end_reply};
    const struct call call = {.http = b->self->http,
                              .endpoints = &b->self->embeddings,
                              .reader = &reader,
                              .reply_max = most,
                              .repeat_unknown = true,
                              .wait = *wait,
                              .log = b->self->log};
    b->from = NULL;
    b->tokens = -1;
    buf_init(&b->reply, most);
    esi_err rc = call_run(&call, &b->from, err);
    if (rc == ESI_OK && !b->whole) {
        rc = esi_fail(err, ESI_EUPSTREAM, ORIGIN, "the reply of vectors broke off");
    }
    buf_clear(&b->reply);
    return rc;
}

/* ---- how many dimensions --------------------------------------------------------------------- */

static esi_err probe(esi_provider *self, const esi_provider_config *config, int32_t *out,
                     esi_error *err) {
    const struct view text = VIEW("dimensions");
    bool seen;
    esi_arena scratch = {0};
    struct openai_batch b = {.self = self, .texts = &text, .count = 1, .seen = &seen};
    esi_wait wait = wait_for_ms(PROBE_MS, config->wait.cancel);
    if (config->wait.until_ns > 0 && config->wait.until_ns < wait.until_ns) {
        wait.until_ns = config->wait.until_ns;
    }
    b.vectors = ARENA_ARRAY(&scratch, VECTOR_DIMENSIONS_MAX, float);
    const esi_err rc =
        b.vectors != NULL ? openai_batch_run(&b, &wait, err) : fail_memory(err, ORIGIN);
    arena_clear(&scratch);
    if (rc == ESI_OK) {
        *out = b.found;
    }
    return rc;
}

/* What is known without asking; 0: nothing. */
static int32_t told_dimensions(const esi_provider *self, const esi_provider_config *config) {
    const struct endpoint *first = &self->embeddings.items[0];
    if (first->dimensions > 0 || config->dimensions > 0) {
        return first->dimensions > 0 ? first->dimensions : config->dimensions;
    }
    return config->stored_model != NULL && strcmp(config->stored_model, first->known_as) == 0
               ? config->stored_dimensions
               : 0;
}

esi_err openai_find_dimensions(esi_provider *self, const esi_provider_config *config, int32_t *out,
                               esi_error *err) {
    const char *model = self->embeddings.items[0].known_as;
    int32_t found = told_dimensions(self, config);
    esi_error why = {0};
    if (found == 0 && probe(self, config, &found, &why) != ESI_OK) {
        found = known_dimensions(model);
    }
    if (found == 0) {
        return esi_fail(err, why.code == ESI_ENOMEM ? ESI_ENOMEM : ESI_EUNAVAILABLE, ORIGIN,
                        "the vectors of \"%s\" have an unknown number of dimensions, and the "
                        "endpoint couldn't be asked (%s): set ESI_EMBEDDING_DIMENSIONS",
                        model, why.message);
    }
    if (found > VECTOR_DIMENSIONS_MAX) {
        return esi_fail(err, ESI_EDIM, ORIGIN, "vectors have at most %d dimensions, not %d",
                        VECTOR_DIMENSIONS_MAX, (int)found);
    }
    *out = found;
    return ESI_OK;
}
