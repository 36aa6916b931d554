#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <esihelp/version.h>

#include "base/error.h"
#include "base/log.h"
#include "provider/endpoint_parts.h"

#define ORIGIN "provider/endpoint"

/* ---- what is wrong, and where --------------------------------------------------------------- */

/* What a member of the file is called among the options. */
static const struct {
    const char *member, *chat, *embeds;
} options[] = {
    {"baseUrl", "base_url", "embedding_base_url"},
    {"key", "api_key", "embedding_api_key"},
    {"model", "chat_model", "embedding_model"},
    {"apiVersion", "api_version", "api_version"},
    {"caFile", "ca_file", "ca_file"},
    {"clientCert", "client_cert", "client_cert"},
    {"clientKey", "client_key", "client_key"},
    {"proxy", "proxy", "proxy"},
};

static const char *option_of(const struct endpoint_draft *draft, const char *member) {
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(options[i].member, member) == 0) {
            return draft->embeds ? options[i].embeds : options[i].chat;
        }
    }
    return member;
}

static size_t line_of(const struct endpoint_draft *draft, const char *member) {
    char pointer[128];
    (void)snprintf(pointer, sizeof pointer, "%s/%s", draft->pointer, member);
    const size_t line = json_line(draft->doc, pointer);
    return line != 0 ? line : json_line(draft->doc, draft->pointer);
}

esi_err endpoint_draft_fail(const struct endpoint_draft *draft, const char *member, esi_err code,
                            esi_error *err, const char *format, ...) {
    char what[240];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (draft->doc == NULL) {
        return esi_fail(err, code, ORIGIN, "%s: %s", option_of(draft, member), what);
    }
    char whose[64] = "";
    if (draft->name != NULL) {
        (void)snprintf(whose, sizeof whose, " of endpoint \"%.32s\"", draft->name);
    }
    return esi_fail(err, code, ORIGIN, "%s:%zu: %s%s: %s", draft->shown, line_of(draft, member),
                    member, whose, what);
}

/* ---- files ---------------------------------------------------------------------------------- */

/* A relative path in the file begins at the file's own folder. */
const char *endpoint_file_place(const struct endpoint_draft *draft, const char *path,
                                esi_arena *memory) {
    const char *slash = draft->doc != NULL ? strrchr(draft->file, '/') : NULL;
    if (*path == '/' || slash == NULL) {
        return arena_str(memory, view_of(path));
    }
    return arena_printf(memory, "%.*s/%s", (int)(slash - draft->file), draft->file, path);
}

/* A file that libcurl will read. */
static esi_err check_file(const struct endpoint_draft *draft, const char *member, const char *path,
                          esi_arena *memory, const char **out, esi_error *err) {
    if (path == NULL || *path == '\0') {
        return ESI_OK;
    }
    const char *place = endpoint_file_place(draft, path, memory);
    if (place == NULL) {
        return fail_memory(err, ORIGIN);
    }
    if (!os_exists(place)) {
        return endpoint_draft_fail(draft, member, ESI_EINVAL, err, "there is no file %.120s",
                                   place);
    }
    *out = place;
    return ESI_OK;
}

/* ---- the fields of its requests ------------------------------------------------------------- */

static esi_err add_field(struct endpoint *e, const char *name, const char *value, esi_error *err) {
    if (name == NULL || value == NULL) {
        return fail_memory(err, ORIGIN);
    }
    e->fields[e->field_count++] = (struct http_field){name, value};
    return ESI_OK;
}

static bool is_field_name(const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        const bool alnum =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        if (!alnum && strchr("!#$%&'*+-.^_`|~", *c) == NULL) {
            return false;
        }
    }
    return *name != '\0' && strlen(name) <= 64;
}

/* These are the library's to write. */
static bool is_reserved(const char *name) {
    static const struct view names[] = {{"host", 4},          {"content-length", 14},
                                        {"content-type", 12}, {"transfer-encoding", 17},
                                        {"connection", 10},   {"accept-encoding", 15}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (view_eq_nocase(view_of(name), names[i])) {
            return true;
        }
    }
    return false;
}

static bool has_field(const struct endpoint *e, const char *name) {
    for (size_t i = 0; i < e->field_count; i++) {
        if (view_eq_nocase(view_of(e->fields[i].name), view_of(name))) {
            return true;
        }
    }
    return false;
}

static bool is_field_value(const char *value) {
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
    }
    return strlen(value) <= ENDPOINT_TEXT_MAX;
}

static esi_err add_headers(const struct endpoint_draft *draft, esi_arena *memory,
                           struct endpoint *e, esi_error *err) {
    esi_err result = ESI_OK;
    for (const json_value *h = json_first(draft->headers); h != NULL && result == ESI_OK;
         h = json_next(h)) {
        const char *value = json_string(h);
        const char *name = json_name(h);
        if (!is_field_name(name) || is_reserved(name)) {
            return endpoint_draft_fail(draft, "headers", ESI_EINVAL, err,
                                       "\"%.64s\" is no name of a field that may be set", name);
        }
        if (has_field(e, name)) {
            return endpoint_draft_fail(draft, "headers", ESI_EINVAL, err,
                                       "\"%.64s\" is set twice, or by the key", name);
        }
        if (value == NULL || !is_field_value(value)) {
            return endpoint_draft_fail(draft, "headers", ESI_EINVAL, err,
                                       "the value of \"%.64s\" has to be a text of one line", name);
        }
        if (e->field_count == ENDPOINT_FIELDS_MAX - 1) { /* one is left for User-Agent */
            return endpoint_draft_fail(draft, "headers", ESI_EINVAL, err, "there are more than %d",
                                       ENDPOINT_FIELDS_MAX - 3);
        }
        result =
            add_field(e, arena_str(memory, view_of(name)), arena_str(memory, view_of(value)), err);
    }
    return result;
}

static esi_err set_fields(const struct endpoint_draft *draft, bool azure,
                          const struct endpoint_url *url, esi_arena *memory, struct endpoint *e,
                          esi_error *err) {
    const char *key = NULL;
    esi_err result = endpoint_find_key(draft, url, memory, &key, err);
    if (result == ESI_OK) {
        result = add_field(e, "Content-Type", "application/json", err);
    }
    if (result == ESI_OK && key != NULL) {
        result = azure ? add_field(e, "api-key", key, err)
                       : add_field(e, "Authorization", arena_printf(memory, "Bearer %s", key), err);
    }
    if (result == ESI_OK) {
        result = add_headers(draft, memory, e, err);
    }
    if (result == ESI_OK && !has_field(e, "User-Agent")) {
        result = add_field(e, "User-Agent", "esihelp/" ESI_VERSION, err);
    }
    if (result == ESI_OK && key != NULL && view_eq_nocase(url->scheme, VIEW("http")) &&
        !endpoint_url_is_local(url)) {
        log_warn(&draft->config->log, ORIGIN, NULL,
                 "the key of endpoint %s is sent over http://, where others can read it", e->name);
    }
    return result;
}

/* ---- its place ------------------------------------------------------------------------------ */

static esi_err find_api(const struct endpoint_draft *draft, const struct endpoint_url *url,
                        bool *azure, esi_error *err) {
    if (draft->api != NULL && strcmp(draft->api, "openai") != 0 &&
        strcmp(draft->api, "azure") != 0) {
        return endpoint_draft_fail(draft, "api", ESI_EINVAL, err, "it is \"openai\" or \"azure\"");
    }
    *azure = draft->api != NULL
                 ? strcmp(draft->api, "azure") == 0
                 : draft->api_version != NULL ||
                       view_find(url->path, VIEW("/openai/deployments/"), 0) != SIZE_MAX;
    if (!*azure && draft->api_version != NULL) {
        return endpoint_draft_fail(draft, "apiVersion", ESI_EINVAL, err,
                                   "only \"api\": \"azure\" has one");
    }
    return ESI_OK;
}

static bool is_proxy(const char *proxy) {
    static const struct view schemes[] = {
        {"http://", 7}, {"https://", 8}, {"socks5://", 9}, {"socks5h://", 10}, {"socks4://", 9}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (view_starts(view_of(proxy), schemes[i])) {
            return is_field_value(proxy);
        }
    }
    return false;
}

static const char *copy_or_null(const char *text, esi_arena *memory) {
    return text != NULL && *text != '\0' ? arena_str(memory, view_of(text)) : NULL;
}

static esi_err set_place(const struct endpoint_draft *draft, esi_arena *memory,
                         struct http_place *place, esi_error *err) {
    place->insecure = draft->insecure;
    if (draft->insecure) {
        log_warn(&draft->config->log, ORIGIN, NULL,
                 "no certificate is asked of endpoint %s: anybody may answer in its place",
                 draft->name != NULL ? draft->name : draft->base_url);
    }
    if (draft->proxy != NULL && *draft->proxy != '\0' && !is_proxy(draft->proxy)) {
        return endpoint_draft_fail(
            draft, "proxy", ESI_EINVAL, err,
            "it has to begin with http://, https://, socks4://, socks5:// or "
            "socks5h://");
    }
    place->proxy = copy_or_null(draft->proxy, memory);
    place->no_proxy = copy_or_null(draft->no_proxy, memory);
    esi_err result = check_file(draft, "caFile", draft->ca_file, memory, &place->ca_file, err);
    if (result == ESI_OK) {
        result =
            check_file(draft, "clientCert", draft->client_cert, memory, &place->client_cert, err);
    }
    if (result == ESI_OK) {
        result = check_file(draft, "clientKey", draft->client_key, memory, &place->client_key, err);
    }
    if (result == ESI_OK && place->client_key != NULL && place->client_cert == NULL) {
        result = endpoint_draft_fail(draft, "clientKey", ESI_EINVAL, err,
                                     "there is no clientCert that it belongs to");
    }
    return result;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static esi_err set_names(const struct endpoint_draft *draft, const struct endpoint_url *url,
                         esi_arena *memory, struct endpoint *e, esi_error *err) {
    const char *model = draft->deployment != NULL ? draft->deployment : draft->model;
    if (!is_field_value(draft->model) || !is_field_value(model)) {
        return endpoint_draft_fail(draft, "model", ESI_EINVAL, err, "it isn't a name of one line");
    }
    e->model = arena_str(memory, view_of(model));
    e->known_as = arena_str(memory, view_of(draft->model));
    e->name = draft->name != NULL ? arena_str(memory, view_of(draft->name))
              : url->port.n > 0   ? arena_printf(memory, "%.*s:%.*s", (int)url->host.n, url->host.p,
                                                 (int)url->port.n, url->port.p)
                                  : arena_str(memory, url->host);
    return e->model == NULL || e->known_as == NULL || e->name == NULL ? fail_memory(err, ORIGIN)
                                                                      : ESI_OK;
}

static void set_limits(const struct endpoint_draft *draft, struct endpoint *e) {
    e->embeds = draft->embeds;
    e->one_reply = draft->no_stream;
    e->first_ms = draft->first_ms;
    e->dimensions = (int32_t)draft->dimensions;
    e->batch_count = draft->batch_texts != 0 ? (int32_t)draft->batch_texts : ENDPOINT_BATCH_TEXTS;
    e->batch_tokens = draft->batch_tokens != 0 ? draft->batch_tokens : ENDPOINT_BATCH_TOKENS;
}

esi_err endpoint_make(const struct endpoint_draft *draft, esi_arena *memory, struct endpoint *out,
                      esi_error *err) {
    struct endpoint_url url;
    const char *why;
    const bool none = draft->base_url == NULL || *draft->base_url == '\0';
    if (!endpoint_url_read(none ? ENDPOINT_DEFAULT_URL : draft->base_url, &url, &why)) {
        return endpoint_draft_fail(draft, "baseUrl", ESI_EINVAL, err, "%s", why);
    }
    bool azure = false;
    esi_err result = find_api(draft, &url, &azure, err);
    if (result == ESI_OK) {
        result = set_names(draft, &url, memory, out, err);
    }
    if (result == ESI_OK) {
        result = set_fields(draft, azure, &url, memory, out, err);
    }
    if (result == ESI_OK) {
        result = set_place(draft, memory, &out->place, err);
    }
    if (result != ESI_OK) {
        return result;
    }
    const struct endpoint_verb verb = {.verb = draft->embeds ? "embeddings" : "chat/completions",
                                       .deployment = out->model,
                                       .api_version = draft->api_version,
                                       .azure = azure};
    out->place.url = endpoint_url_of(&url, &verb, memory);
    if (out->place.url == NULL) {
        return fail_memory(err, ORIGIN);
    }
    set_limits(draft, out);
    atomic_init(&out->dialect, 0);
    return os_mutex_init(&out->lock, err);
}
