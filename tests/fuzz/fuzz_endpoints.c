/* Whatever stands in a file of endpoints, what is made of it can be sent: an address without a
 * user, fields without line breaks. And whatever an endpoint asks for, it gets an hour at most. */
#include "fuzz.h"

#include <string.h>

#include "provider/endpoint.h"

static void check_url(const char *url) {
    const struct view text = view_of(url);
    FUZZ_HOLDS(view_starts(text, VIEW("http")) || view_starts(text, VIEW("HTTP")) || text.n > 7);
    for (size_t i = 0; i < text.n; i++) {
        FUZZ_HOLDS(text.p[i] > ' ' && text.p[i] < 0x7f && text.p[i] != '#');
    }
    struct endpoint_url again;
    const char *why;
    FUZZ_HOLDS(text.n > 2048 || endpoint_url_read(url, &again, &why));
}

static void check_endpoint(const struct endpoint *e) {
    FUZZ_HOLDS(e->name != NULL && e->model != NULL && e->known_as != NULL);
    FUZZ_HOLDS(e->batch_count > 0 && e->batch_tokens > 0 && e->first_ms >= 0);
    FUZZ_HOLDS(e->field_count > 0 && e->field_count <= ENDPOINT_FIELDS_MAX);
    check_url(e->place.url);
    for (size_t i = 0; i < e->field_count; i++) {
        FUZZ_HOLDS(strpbrk(e->fields[i].name, "\r\n: ") == NULL && *e->fields[i].name != '\0');
        FUZZ_HOLDS(strpbrk(e->fields[i].value, "\r\n") == NULL);
    }
}

static void check_file(const char *text) {
    const esi_provider_config config = {.size = sizeof config,
                                        .endpoints = text,
                                        .endpoints_name = "endpoints.json",
                                        .api_key = "key"};
    esi_arena memory = {.max = 0};
    struct endpoints chat = {NULL, 0}, vectors = {NULL, 0};
    esi_error err = {.code = ESI_OK};
    const esi_err result = endpoints_read(&config, &memory, &chat, &vectors, &err);
    if (result == ESI_OK) {
        FUZZ_HOLDS(chat.count + vectors.count > 0 && chat.count <= ENDPOINTS_MAX);
    } else {
        FUZZ_HOLDS(err.code == result && *err.message != '\0' && chat.count + vectors.count == 0);
    }
    for (size_t i = 0; i < chat.count; i++) {
        check_endpoint(&chat.items[i]);
    }
    for (size_t i = 0; i < vectors.count; i++) {
        check_endpoint(&vectors.items[i]);
    }
    endpoints_clear(&chat);
    endpoints_clear(&vectors);
    arena_clear(&memory);
}

static void check_address(const char *text) {
    struct endpoint_url url;
    const char *why = NULL;
    if (!endpoint_url_read(text, &url, &why)) {
        FUZZ_HOLDS(why != NULL && *why != '\0');
        return;
    }
    FUZZ_HOLDS(url.host.n > 0 && endpoint_url_same(&url, &url));
    esi_arena memory = {.max = 0};
    const struct endpoint_verb verb = {.verb = "embeddings",
                                       .deployment = text,
                                       .api_version = strlen(text) % 2 == 0 ? text : NULL,
                                       .azure = strlen(text) % 3 == 0};
    const char *whole = endpoint_url_of(&url, &verb, &memory);
    if (whole != NULL) { /* else it would be too long */
        check_url(whole);
    }
    arena_clear(&memory);
}

static void check_times(const char *text) {
    for (int i = 0; i < 4; i++) {
        const struct retry_reply reply = {.end = HTTP_WHOLE,
                                          .status = 429,
                                          .retry_after = i == 0 || i == 3 ? text : NULL,
                                          .retry_after_ms = i == 1 ? text : NULL,
                                          .rate_reset = i == 2 ? text : NULL,
                                          .date = i == 3 ? text : NULL,
                                          .now_ms = INT64_C(1700000000000)};
        const int64_t ms = retry_asked_ms(&reply);
        FUZZ_HOLDS(ms >= -1 && ms <= RETRY_ASKED_MAX_MS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    check_file(text);
    check_address(text);
    check_times(text);
    free(text);
    return 0;
}
