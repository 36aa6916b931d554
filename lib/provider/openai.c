#include "provider/openai.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider/openai_parts.h"

#define ORIGIN "provider/openai"
#define PROBE_REPLY_MAX (1u << 20)
#define PROBE_CONNECT_MS 3000

/* ---- opening and closing -------------------------------------------------------------------- */

static void openai_close(esi_provider *self) {
    if (self == NULL) {
        return;
    }
    http_free(self->http);
    endpoints_clear(&self->chat);
    endpoints_clear(&self->embeddings);
    arena_clear(&self->memory);
    free(self);
}

static esi_err set_up(esi_provider *self, const esi_provider_config *config, esi_error *err) {
    esi_err result = endpoints_read(config, &self->memory, &self->chat, &self->embeddings, err);
    if (result == ESI_OK) {
        result = http_create(config->log, &self->http, err);
    }
    const bool unwanted = config->embedding_model != NULL && *config->embedding_model == '\0';
    if (result == ESI_OK && unwanted) {
        endpoints_clear(&self->embeddings);
        self->embeddings = (struct endpoints){.count = 0};
    }
    if (result == ESI_OK && self->embeddings.count > 0) {
        result = openai_find_dimensions(self, config, &self->dimensions, err);
    }
    return result;
}

static esi_err openai_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    esi_provider *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return fail_memory(err, ORIGIN);
    }
    self->log = config->log;
    self->hedge_ms = config->hedge_ms;
    const esi_err result = set_up(self, config, err);
    if (result != ESI_OK) {
        openai_close(self);
        return result;
    }
    *out = self;
    return ESI_OK;
}

static void openai_info(esi_provider *self, esi_provider_info *out) {
    *out = (esi_provider_info){
        .name = "openai",
        .chat_model = self->chat.count > 0 ? self->chat.items[0].model : NULL,
        .embedding_model = self->embeddings.count > 0 ? self->embeddings.items[0].model : NULL,
        .dimensions = self->dimensions,
    };
}

const esi_provider_ops openai_ops = {
    .size = sizeof(esi_provider_ops),
    .name = "openai",
    .open = openai_open,
    .close = openai_close,
    .info = openai_info,
    .embed = openai_embed,
    .answer = openai_answer,
};
