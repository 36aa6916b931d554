/* openai_parts.h: what the files of the provider "openai" share. */
#ifndef ESIHELP_PROVIDER_OPENAI_PARTS_H
#define ESIHELP_PROVIDER_OPENAI_PARTS_H

#include "base/arena.h"
#include "base/os.h"
#include "base/str.h"
#include "provider/endpoint.h"
#include "provider/http.h"

#define OPENAI_SCHEMA_MAX (64u << 10)

/* Set at opening and then only read; what endpoints learn has its own locks. */
struct esi_provider {
    esi_logger log;
    esi_arena memory; /* of what the endpoints are configured by */
    struct http *http;
    struct endpoints chat, embeddings;
    int32_t dimensions; /* of its vectors; 0: it makes none */
    int64_t hedge_ms;

    /* The form of a reply as it was asked for last: it is nearly always the same. */
    struct os_mutex lock;
    struct buf categories, schema; /* one a line, and what they make */
};

/* The slots. */
esi_err openai_answer(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                      esi_answer *out, esi_error *err) ESI_MUST_CHECK;
esi_err openai_embed(esi_provider *self, const esi_embed_request *request, float *vectors,
                     esi_error *err) ESI_MUST_CHECK;

/* How many dimensions its vectors have: as configured, as stored (of the same model), as an
 * endpoint shows, or as is known of the model. Called while it is opened, with everything else in
 * place. Errors: ESI_EDIM, ESI_EUNAVAILABLE (nobody can be asked, and nothing is known of the
 * model), those of embed. */
esi_err openai_find_dimensions(esi_provider *self, const esi_provider_config *config, int32_t *out,
                               esi_error *err) ESI_MUST_CHECK;

#endif
