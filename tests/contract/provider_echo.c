#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider_contract.h"

struct esi_provider {
    int unused;
};

static esi_err echo_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    (void)config;
    esi_provider *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return fail_memory(err, "test/echo");
    }
    *out = self;
    return ESI_OK;
}

static void echo_close(esi_provider *self) {
    free(self);
}

static void echo_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){.name = "echo", .chat_model = "echo-1", .local = true};
}

static esi_err echo_answer(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                           esi_answer *out, esi_error *err) {
    (void)self;
    const esi_answer_listener *listener = request->listener;
    const esi_text last = request->turns[request->turn_count - 1].text;
    esi_finish finish = ESI_FINISH_STOP;
    size_t sent = 0;
    while (sent < last.size && finish == ESI_FINISH_STOP) {
        if (wait_over(&request->wait)) {
            return fail_wait(err, "test/echo", &request->wait);
        }
        const char *space = memchr(last.data + sent, ' ', last.size - sent);
        const size_t end = space == NULL ? last.size : (size_t)(space - last.data) + 1;
        if (listener != NULL && listener->on_text != NULL &&
            listener->on_text(last.data + sent, end - sent, listener->context) != 0) {
            finish = ESI_FINISH_STOPPED;
        }
        sent = end;
    }
    const char *text = esi_arena_copy(arena, last.data, sent);
    const char **cited = esi_arena_alloc(arena, (request->source_count + 1) * sizeof(*cited));
    if (text == NULL || cited == NULL) {
        return fail_memory(err, "test/echo");
    }
    for (size_t i = 0; i < request->source_count; i++) {
        cited[i] = request->sources[i].id;
    }
    *out = (esi_answer){.text = {text, sent},
                        .cited = cited,
                        .cited_count = request->source_count,
                        .has_cited = true,
                        .finish = finish};
    return ESI_OK;
}

const esi_provider_ops echo_ops = {
    .size = sizeof(esi_provider_ops),
    .name = "echo",
    .open = echo_open,
    .close = echo_close,
    .info = echo_info,
    .answer = echo_answer,
};
