/* An endpoint's key: of its own, of a file, or of the options where they are for its address. */
#include "base/error.h"
#include "provider/endpoint_parts.h"

#define ORIGIN "provider/endpoint"

/* Anything else could end the field and begin another. */
static bool is_key(struct view key) {
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] <= ' ' || key.p[i] > '~') {
            return false;
        }
    }
    return true;
}

static esi_err keep_key(const struct endpoint_draft *draft, const char *member, struct view text,
                        esi_arena *memory, const char **out, esi_error *err) {
    const struct view key = view_trim(text);
    if (key.n == 0) {
        return ESI_OK;
    }
    if (key.n > ENDPOINT_KEY_MAX) {
        return endpoint_draft_fail(draft, member, ESI_EINVAL, err,
                                   "the key is longer than %d bytes", ENDPOINT_KEY_MAX);
    }
    if (!is_key(key)) {
        return endpoint_draft_fail(draft, member, ESI_EINVAL, err,
                                   "the key holds a space, a line break or another character that "
                                   "keys don't have");
    }
    const char *kept = arena_str(memory, key);
    if (kept == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = kept;
    return ESI_OK;
}

static esi_err read_key_file(const struct endpoint_draft *draft, esi_arena *memory,
                             const char **out, esi_error *err) {
    const char *place = endpoint_file_place(draft, draft->key_file, memory);
    if (place == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct buf text;
    buf_init(&text, 2 * ENDPOINT_KEY_MAX);
    esi_error why = {.code = ESI_OK};
    esi_err result = os_read_file(place, ENDPOINT_KEY_MAX, &text, &why);
    if (result != ESI_OK) {
        result = endpoint_draft_fail(draft, "keyFile", result == ESI_ENOMEM ? result : ESI_EINVAL,
                                     err, "%.200s", why.message);
    } else {
        result = keep_key(draft, "keyFile", buf_view(&text), memory, out, err);
        if (result == ESI_OK && *out == NULL) {
            result = endpoint_draft_fail(draft, "keyFile", ESI_EINVAL, err, "the file is empty");
        }
    }
    buf_clear(&text);
    return result;
}

/* Is a key of the options one for this address? Those are for the address beside them. */
static bool is_for(const char *base_url, const struct endpoint_url *url) {
    struct endpoint_url other;
    const char *why;
    const bool none = base_url == NULL || *base_url == '\0';
    return endpoint_url_read(none ? ENDPOINT_DEFAULT_URL : base_url, &other, &why) &&
           endpoint_url_same(&other, url);
}

/* The key of the options, where none is given for the endpoint: never for another host. */
static const char *key_of_options(const struct endpoint_draft *draft,
                                  const struct endpoint_url *url) {
    const esi_provider_config *c = draft->config;
    const char *embedding_url = c->embedding_base_url != NULL && *c->embedding_base_url != '\0'
                                    ? c->embedding_base_url
                                    : c->base_url;
    if (draft->embeds && c->embedding_api_key != NULL && *c->embedding_api_key != '\0' &&
        is_for(embedding_url, url)) {
        return c->embedding_api_key;
    }
    return is_for(c->base_url, url) ? c->api_key : NULL;
}

esi_err endpoint_find_key(const struct endpoint_draft *draft, const struct endpoint_url *url,
                          esi_arena *memory, const char **out, esi_error *err) {
    if (draft->key != NULL && draft->key_file != NULL) {
        return endpoint_draft_fail(draft, "keyFile", ESI_EINVAL, err,
                                   "there is a key, too: leave one of them out");
    }
    if (draft->key_file != NULL) {
        return read_key_file(draft, memory, out, err);
    }
    const char *key = draft->key != NULL ? draft->key : key_of_options(draft, url);
    return keep_key(draft, "key", view_of(key), memory, out, err);
}
