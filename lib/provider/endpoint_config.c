/* Reads the file of endpoints:
 *
 *   {"chat": [{"name": "main", "baseUrl": "https://api.openai.com/v1", "model": "gpt-4o",
 *              "keyFile": "openai.key"}, ...],
 *    "embeddings": [{"baseUrl": "http://10.0.0.7:8080/v1", "model": "nomic-embed-text"}]} */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "provider/endpoint_parts.h"

#define ORIGIN "provider/endpoint"
#define NAME_MAX_BYTES 64
#define SHOWN_MAX 100 /* of the file's path, in a message */

/* ---- the members of an endpoint ------------------------------------------------------------- */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_TRUE, KIND_FALSE, KIND_HEADERS };
enum whose { WHOSE_ALL, WHOSE_CHAT, WHOSE_EMBEDDINGS };

struct member {
    const char *name;
    enum kind kind;
    size_t at; /* in the draft */
    int64_t min, max;
    enum whose whose;
};

#define AT(field) offsetof(struct endpoint_draft, field)

static const struct member members[] = {
    {"name", KIND_TEXT, AT(name), 1, NAME_MAX_BYTES, WHOSE_ALL},
    {"baseUrl", KIND_TEXT, AT(base_url), 1, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"model", KIND_TEXT, AT(model), 1, 256, WHOSE_ALL},
    {"deployment", KIND_TEXT, AT(deployment), 1, 256, WHOSE_ALL},
    {"key", KIND_TEXT, AT(key), 1, ENDPOINT_KEY_MAX, WHOSE_ALL},
    {"keyFile", KIND_TEXT, AT(key_file), 1, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"api", KIND_TEXT, AT(api), 1, 16, WHOSE_ALL},
    {"apiVersion", KIND_TEXT, AT(api_version), 1, 64, WHOSE_ALL},
    {"headers", KIND_HEADERS, AT(headers), 0, 0, WHOSE_ALL},
    {"caFile", KIND_TEXT, AT(ca_file), 1, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"clientCert", KIND_TEXT, AT(client_cert), 1, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"clientKey", KIND_TEXT, AT(client_key), 1, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"proxy", KIND_TEXT, AT(proxy), 0, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"noProxy", KIND_TEXT, AT(no_proxy), 0, ENDPOINT_TEXT_MAX, WHOSE_ALL},
    {"insecure", KIND_TRUE, AT(insecure), 0, 0, WHOSE_ALL},
    {"firstByteMs", KIND_NUMBER, AT(first_ms), 100, 600000, WHOSE_ALL},
    {"stream", KIND_FALSE, AT(no_stream), 0, 0, WHOSE_CHAT},
    {"dimensions", KIND_NUMBER, AT(dimensions), 1, 4096, WHOSE_EMBEDDINGS},
    {"batchTexts", KIND_NUMBER, AT(batch_texts), 1, 2048, WHOSE_EMBEDDINGS},
    {"batchTokens", KIND_NUMBER, AT(batch_tokens), 256, 1000000, WHOSE_EMBEDDINGS},
};

#define MEMBERS (sizeof members / sizeof *members)

static bool has_member(const struct endpoint_draft *draft, const struct member *m) {
    return m->whose == WHOSE_ALL || (m->whose == WHOSE_EMBEDDINGS) == draft->embeds;
}

/* The same letters, however they are joined: "base_url" means baseUrl. */
static bool is_alike(const char *a, const char *b) {
    for (;; a++, b++) {
        a += *a == '_' || *a == '-' ? 1 : 0;
        const char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        const char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y) {
            return false;
        }
        if (x == '\0') {
            return true;
        }
    }
}

/* Is b a with one letter less, more or other, or two next to each other exchanged? */
static bool is_slip(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    if (*a == '\0' || *b == '\0') {
        return strlen(a) + strlen(b) == 1;
    }
    const bool swapped = a[0] == b[1] && a[1] == b[0] && a[1] != '\0' && strcmp(a + 2, b + 2) == 0;
    return swapped || strcmp(a + 1, b + 1) == 0 || strcmp(a + 1, b) == 0 || strcmp(a, b + 1) == 0;
}

/* What people call a member that has another name here. */
static const char *meant_by(const char *name) {
    static const struct {
        const char *name, *is;
    } others[] = {
        {"url", "baseUrl"},         {"endpoint", "baseUrl"},
        {"apiBase", "baseUrl"},     {"apiKey", "key"},
        {"token", "key"},           {"apiKeyFile", "keyFile"},
        {"dims", "dimensions"},     {"verify", "insecure"},
        {"ca", "caFile"},           {"caBundle", "caFile"},
        {"cert", "clientCert"},     {"timeoutMs", "firstByteMs"},
        {"timeout", "firstByteMs"}, {"batchSize", "batchTexts"},
        {"batch", "batchTexts"},    {"type", "api"},
        {"provider", "api"},        {"deploymentName", "deployment"},
        {"streaming", "stream"},    {"defaultHeaders", "headers"},
    };
    for (size_t i = 0; i < MEMBERS; i++) {
        if (is_alike(name, members[i].name) || is_slip(name, members[i].name)) {
            return members[i].name;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (is_alike(name, others[i].name)) {
            return others[i].is;
        }
    }
    return NULL;
}

static esi_err refuse_member(const struct endpoint_draft *draft, const char *name, esi_error *err) {
    const char *meant = meant_by(name);
    if (meant != NULL && strcmp(meant, name) == 0) {
        return endpoint_draft_fail(draft, name, ESI_EINVAL, err, "an endpoint of \"%s\" has none",
                                   draft->embeds ? "embeddings" : "chat");
    }
    char member[NAME_MAX_BYTES + 1];
    str_line(member, sizeof member, name);
    if (meant != NULL) {
        return endpoint_draft_fail(draft, member, ESI_EINVAL, err,
                                   "there is no such member; is \"%s\" meant?", meant);
    }
    return endpoint_draft_fail(draft, member, ESI_EINVAL, err,
                               "there is no such member: name, baseUrl, model, deployment, key, "
                               "keyFile, api, apiVersion, headers, ... are");
}

static esi_err set_member(struct endpoint_draft *draft, const struct member *m,
                          const json_value *value, esi_error *err) {
    char *at = (char *)draft + m->at;
    switch (m->kind) {
    case KIND_TEXT: {
        const char *text = json_string(value);
        const size_t n = text != NULL ? strlen(text) : 0;
        if (text == NULL || (int64_t)n < m->min || (int64_t)n > m->max) {
            return endpoint_draft_fail(draft, m->name, ESI_EINVAL, err,
                                       "it has to be a text of %d to %d bytes", (int)m->min,
                                       (int)m->max);
        }
        memcpy(at, &text, sizeof text);
        return ESI_OK;
    }
    case KIND_NUMBER: {
        int64_t number;
        if (!json_int(value, m->min, m->max, &number)) {
            return endpoint_draft_fail(draft, m->name, ESI_EINVAL, err,
                                       "it has to be a whole number from %d to %d", (int)m->min,
                                       (int)m->max);
        }
        memcpy(at, &number, sizeof number);
        return ESI_OK;
    }
    case KIND_TRUE:
    case KIND_FALSE: {
        if (json_type(value) != JSON_BOOL) {
            return endpoint_draft_fail(draft, m->name, ESI_EINVAL, err,
                                       "it has to be true or false");
        }
        const bool is = json_bool(value, false) == (m->kind == KIND_TRUE);
        memcpy(at, &is, sizeof is);
        return ESI_OK;
    }
    case KIND_HEADERS:
        if (json_type(value) != JSON_OBJECT) {
            return endpoint_draft_fail(draft, m->name, ESI_EINVAL, err,
                                       "it has to be an object of names and texts");
        }
        memcpy(at, &value, sizeof value);
        return ESI_OK;
    }
    return ESI_OK;
}

static esi_err read_draft(struct endpoint_draft *draft, const json_value *object, esi_error *err) {
    if (json_type(object) != JSON_OBJECT) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "%s:%zu: an endpoint has to be an object",
                        draft->shown, json_line(draft->doc, draft->pointer));
    }
    for (const json_value *v = json_first(object); v != NULL; v = json_next(v)) {
        size_t i = 0;
        while (i < MEMBERS && strcmp(members[i].name, json_name(v)) != 0) {
            i++;
        }
        if (i == MEMBERS || !has_member(draft, &members[i])) {
            return refuse_member(draft, json_name(v), err);
        }
        const esi_err result = set_member(draft, &members[i], v, err);
        if (result != ESI_OK) {
            return result;
        }
    }
    static const char *const needed[] = {"baseUrl", "model"};
    for (size_t i = 0; i < 2; i++) {
        if (json_get(object, needed[i]) == NULL) {
            return endpoint_draft_fail(draft, needed[i], ESI_EINVAL, err, "it is missing");
        }
    }
    return ESI_OK;
}

/* ---- the lists ------------------------------------------------------------------------------ */

/* Two that look alike in a message couldn't be told apart, and vectors of two models don't go
 * together. */
static esi_err check_against(const struct endpoint_draft *draft, const struct endpoints *before,
                             struct endpoint *e, esi_arena *memory, esi_error *err) {
    for (size_t i = 0; i < before->count; i++) {
        const struct endpoint *other = &before->items[i];
        if (e->embeds && strcmp(other->known_as, e->known_as) != 0) {
            return endpoint_draft_fail(
                draft, "model", ESI_EINVAL, err,
                "vectors of different models can't be compared: all of \"embeddings\" name one "
                "(where an endpoint calls it otherwise, by \"deployment\")");
        }
        if (strcmp(other->name, e->name) != 0) {
            continue;
        }
        if (draft->name != NULL) {
            return endpoint_draft_fail(draft, "name", ESI_EINVAL, err,
                                       "another endpoint has the same");
        }
        e->name = arena_printf(memory, "%s, %zu", e->name, before->count + 1);
        if (e->name == NULL) {
            return fail_memory(err, ORIGIN);
        }
    }
    return ESI_OK;
}

static esi_err add_endpoint(const struct endpoint_draft *draft, struct endpoints *to,
                            esi_arena *memory, esi_error *err) {
    struct endpoint *e = &to->items[to->count];
    esi_err result = endpoint_make(draft, memory, e, err);
    if (result != ESI_OK) {
        return result;
    }
    result = check_against(draft, to, e, memory, err);
    if (result != ESI_OK) {
        os_mutex_clear(&e->lock);
        return result;
    }
    to->count++;
    return ESI_OK;
}

static esi_err make_list(size_t count, esi_arena *memory, struct endpoints *out, esi_error *err) {
    out->count = 0;
    out->items = ARENA_ARRAY(memory, count, struct endpoint);
    return out->items == NULL ? fail_memory(err, ORIGIN) : ESI_OK;
}

static esi_err read_list(const struct endpoint_draft *file, const char *name, esi_arena *memory,
                         struct endpoints *out, esi_error *err) {
    char pointer[32];
    (void)snprintf(pointer, sizeof pointer, "/%s", name);
    const json_value *list = json_get(json_root(file->doc), name);
    const size_t count = json_count(list);
    if (list != NULL && (json_type(list) != JSON_ARRAY || count > ENDPOINTS_MAX)) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "%s:%zu: \"%s\" has to be a list of at most %d endpoints", file->shown,
                        json_line(file->doc, pointer), name, ENDPOINTS_MAX);
    }
    esi_err result = make_list(count, memory, out, err);
    size_t i = 0;
    for (const json_value *v = json_first(list); v != NULL && result == ESI_OK;
         v = json_next(v), i++) {
        struct endpoint_draft draft = *file;
        (void)snprintf(pointer, sizeof pointer, "/%s/%zu", name, i);
        draft.pointer = pointer;
        result = read_draft(&draft, v, err);
        if (draft.embeds && draft.dimensions == 0) {
            draft.dimensions = file->config->dimensions;
        }
        if (result == ESI_OK) {
            result = add_endpoint(&draft, out, memory, err);
        }
    }
    return result;
}

static esi_err read_lists(struct endpoint_draft *file, esi_arena *memory, struct endpoints *chat,
                          struct endpoints *embeddings, esi_error *err) {
    const json_value *root = json_root(file->doc);
    if (json_type(root) != JSON_OBJECT) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "%s: it has to be an object with \"chat\" and \"embeddings\"", file->shown);
    }
    for (const json_value *v = json_first(root); v != NULL; v = json_next(v)) {
        char name[NAME_MAX_BYTES];
        str_line(name, sizeof name, json_name(v));
        if (strcmp(name, "chat") != 0 && strcmp(name, "embeddings") != 0) {
            char pointer[NAME_MAX_BYTES + 2];
            (void)snprintf(pointer, sizeof pointer, "/%s", name);
            return esi_fail(err, ESI_EINVAL, ORIGIN,
                            "%s:%zu: there is no such member as \"%s\": \"chat\" and "
                            "\"embeddings\" are",
                            file->shown, json_line(file->doc, pointer), name);
        }
    }
    esi_err result = read_list(file, "chat", memory, chat, err);
    if (result == ESI_OK) {
        file->embeds = true;
        result = read_list(file, "embeddings", memory, embeddings, err);
    }
    if (result == ESI_OK && chat->count + embeddings->count == 0) {
        result = esi_fail(err, ESI_EINVAL, ORIGIN, "%s: it lists no endpoint", file->shown);
    }
    return result;
}

static esi_err read_file(const esi_provider_config *config, esi_arena *memory,
                         struct endpoints *chat, struct endpoints *embeddings, esi_error *err) {
    struct endpoint_draft file = {
        .config = config,
        .file = config->endpoints_name != NULL ? config->endpoints_name : "endpoints.json",
        .pointer = "",
    };
    const size_t length = strlen(file.file);
    file.shown = file.file + (length > SHOWN_MAX ? length - SHOWN_MAX : 0);
    struct json_doc *doc = NULL;
    esi_err result =
        json_read(view_of(config->endpoints), ENDPOINTS_FILE_MAX, file.shown, &doc, err);
    if (result == ESI_OK) {
        file.doc = doc;
        result = read_lists(&file, memory, chat, embeddings, err);
    }
    json_free(doc);
    return result;
}

/* ---- the one that options name -------------------------------------------------------------- */

static const char *first_of(const char *a, const char *b) {
    return a != NULL && *a != '\0' ? a : b;
}

static esi_err read_options(const esi_provider_config *c, esi_arena *memory, struct endpoints *chat,
                            struct endpoints *embeddings, esi_error *err) {
    struct endpoint_draft draft = {
        .config = c,
        .base_url = c->base_url,
        .model = first_of(c->chat_model, "gpt-4o"),
        .api_version = first_of(c->api_version, NULL),
        .ca_file = c->ca_file,
        .client_cert = c->client_cert,
        .client_key = c->client_key,
        .proxy = c->proxy,
    };
    esi_err result = make_list(1, memory, chat, err);
    if (result == ESI_OK) {
        result = add_endpoint(&draft, chat, memory, err);
    }
    const bool unwanted = c->embedding_model != NULL && *c->embedding_model == '\0';
    if (result != ESI_OK || unwanted) {
        return result;
    }
    draft.embeds = true;
    draft.base_url = first_of(c->embedding_base_url, c->base_url);
    draft.model = first_of(c->embedding_model, "text-embedding-3-small");
    draft.dimensions = c->dimensions;
    result = make_list(1, memory, embeddings, err);
    return result == ESI_OK ? add_endpoint(&draft, embeddings, memory, err) : result;
}

esi_err endpoints_read(const esi_provider_config *config, esi_arena *memory, struct endpoints *chat,
                       struct endpoints *embeddings, esi_error *err) {
    struct endpoints answers = {NULL, 0};
    struct endpoints vectors = {NULL, 0};
    const bool file = config->endpoints != NULL;
    const esi_err result = file ? read_file(config, memory, &answers, &vectors, err)
                                : read_options(config, memory, &answers, &vectors, err);
    if (result != ESI_OK) {
        endpoints_clear(&answers);
        endpoints_clear(&vectors);
        return result;
    }
    *chat = answers;
    *embeddings = vectors;
    return ESI_OK;
}
