#include "provider/openai.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider/openai_parts.h"

#define ORIGIN "provider/openai"
#define PROBE_REPLY_MAX (1u << 20)
#define PROBE_URL_MAX 4096
#define PROBE_CONNECT_MS 3000

/* ---- opening and closing -------------------------------------------------------------------- */

static void openai_close(esi_provider *self) {
    if (self == NULL) {
        return;
    }
    http_free(self->http);
    endpoints_clear(&self->chat);
    endpoints_clear(&self->embeddings);
    buf_clear(&self->categories);
    buf_clear(&self->schema);
    os_mutex_clear(&self->lock);
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
    buf_init(&self->categories, OPENAI_SCHEMA_MAX);
    buf_init(&self->schema, OPENAI_SCHEMA_MAX);
    esi_err result = os_mutex_init(&self->lock, err);
    if (result != ESI_OK) {
        free(self);
        return result;
    }
    result = set_up(self, config, err);
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
        .chat_model = self->chat.count > 0 ? self->chat.items[0].known_as : NULL,
        .embedding_model = self->embeddings.count > 0 ? self->embeddings.items[0].known_as : NULL,
        .dimensions = self->dimensions,
    };
}

/* ---- how its endpoints are ------------------------------------------------------------------ */

static esi_err openai_endpoints(esi_provider *self, esi_arena *arena,
                                const esi_endpoint_state **out, size_t *out_count, esi_error *err) {
    const size_t count = self->chat.count + self->embeddings.count;
    esi_endpoint_state *states = ARENA_ARRAY(arena, count, esi_endpoint_state);
    if (states == NULL) {
        return fail_memory(err, ORIGIN);
    }
    esi_err result = endpoints_tell(&self->chat, arena, states, err);
    if (result == ESI_OK) {
        result = endpoints_tell(&self->embeddings, arena, states + self->chat.count, err);
    }
    if (result == ESI_OK) {
        *out = states;
        *out_count = count;
    }
    return result;
}

/* Where an endpoint lists its models: beside its verb, which the API calls so. Another address is
 * asked as it is. */
static esi_err find_models(const struct endpoint *of, struct buf *url, esi_error *err) {
    static const struct view verbs[] = {{"/chat/completions", 17}, {"/embeddings", 11}};
    const struct view whole = view_of(of->place.url);
    size_t end = view_find(whole, VIEW("?"), 0);
    end = end == SIZE_MAX ? whole.n : end;
    struct view path = view_slice(whole, 0, end);
    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        if (view_ends(path, verbs[i])) {
            path = view_slice(path, 0, path.n - verbs[i].n);
            buf_add(url, path);
            buf_str(url, "/models");
            buf_add(url, view_slice(whole, end, whole.n));
            return url->failed ? fail_memory(err, ORIGIN) : ESI_OK;
        }
    }
    buf_add(url, whole);
    return url->failed ? fail_memory(err, ORIGIN) : ESI_OK;
}

/* Waits for the head of a reply; what stands in it is no matter. */
static esi_err await_status(struct http_call *call, struct http_waiter *waiter,
                            const struct endpoint *of, const esi_wait *wait, esi_error *err) {
    struct http_news news;
    for (;;) {
        http_take(call, &news);
        if (news.status != 0 || news.end == HTTP_TOO_BIG) {
            break; /* whoever sends that much is there */
        }
        if (news.end != HTTP_UNDER_WAY) {
            return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN, "%s can't be reached: %s", of->name,
                            news.problem == NULL ? "no reply" : news.problem);
        }
        if (!http_waiter_wait(waiter, wait->until_ns)) {
            return fail_wait(err, ORIGIN, wait);
        }
    }
    /* An endpoint without a list of models is there all the same; one that sends elsewhere isn't.
     * */
    if (news.status < 300 || news.status == 404 || news.status == 405) {
        return ESI_OK;
    }
    const bool busy = news.status == 429 || news.status >= 500;
    const esi_err code = busy ? ESI_EUNAVAILABLE : ESI_EUPSTREAM;
    (void)esi_fail(err, code, ORIGIN, "%s answers with status %d", of->name, news.status);
    if (err != NULL) {
        err->upstream_status = news.status;
    }
    return code;
}

static esi_err probe_one(esi_provider *self, const struct endpoint *of, const esi_wait *wait,
                         esi_error *err) {
    struct buf url;
    struct http_waiter *waiter = NULL;
    struct http_call *call = NULL;
    buf_init(&url, PROBE_URL_MAX);
    esi_err result = find_models(of, &url, err);
    struct http_place place = of->place;
    place.url = url.p;
    const struct http_request request = {.place = &place,
                                         .fields = of->fields,
                                         .field_count = of->field_count,
                                         .reply_max = PROBE_REPLY_MAX,
                                         .connect_ms = PROBE_CONNECT_MS};
    if (result == ESI_OK) {
        result = http_waiter_create(wait, &waiter, err);
    }
    if (result == ESI_OK) {
        result = http_start(self->http, &request, waiter, &call, err);
    }
    if (result == ESI_OK) {
        result = await_status(call, waiter, of, wait, err);
    }
    http_finish(call);
    http_waiter_free(waiter);
    buf_clear(&url);
    return result;
}

/* One that answers is enough; else the last one's reason. */
static esi_err openai_probe(esi_provider *self, const esi_wait *wait, esi_error *err) {
    const struct endpoints *all = self->chat.count > 0 ? &self->chat : &self->embeddings;
    esi_error why;
    esi_err result = esi_fail(&why, ESI_EUNAVAILABLE, ORIGIN, "no endpoint is there");
    for (size_t i = 0; i < all->count && result != ESI_OK && (i == 0 || !wait_over(wait)); i++) {
        result = probe_one(self, &all->items[i], wait, &why);
    }
    if (result != ESI_OK && err != NULL) {
        *err = why;
    }
    return result;
}

const esi_provider_ops openai_ops = {
    .size = sizeof(esi_provider_ops),
    .name = "openai",
    .open = openai_open,
    .close = openai_close,
    .info = openai_info,
    .embed = openai_embed,
    .answer = openai_answer,
    .probe = openai_probe,
    .endpoints = openai_endpoints,
};
