#include <string.h>

#include "provider/endpoint.h"

#define URL_MAX 2048

static bool is_host_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/* "host", "host:8080", "[::1]:8080". */
static bool read_authority(struct view text, struct endpoint_url *out, const char **why) {
    size_t end = 0;
    if (view_starts(text, VIEW("["))) {
        const size_t close = view_find(text, VIEW("]"), 0);
        end = close == SIZE_MAX ? 0 : close + 1;
    } else {
        while (end < text.n && is_host_char(text.p[end])) {
            end++;
        }
    }
    out->host = view_slice(text, 0, end);
    struct view port = view_slice(text, end, text.n);
    if (out->host.n == 0) {
        *why = "it names no host";
        return false;
    }
    if (port.n == 0) {
        return true;
    }
    int64_t number;
    port = view_slice(port, 1, port.n);
    if (text.p[end] != ':' || !view_int(port, 1, 65535, &number)) {
        *why = "its host or its port isn't one";
        return false;
    }
    out->port = port;
    return true;
}

/* People paste the address of a verb, too. */
static struct view without_verb(struct view path) {
    static const struct view verbs[] = {{"/chat/completions", 17}, {"/embeddings", 11}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (view_ends(path, verbs[i])) {
            return view_slice(path, 0, path.n - verbs[i].n);
        }
    }
    return path;
}

static struct view without_slashes(struct view path) {
    while (view_ends(path, VIEW("/"))) {
        path.n--;
    }
    return path;
}

bool endpoint_url_read(const char *text, struct endpoint_url *out, const char **why) {
    const struct view url = view_trim(view_of(text));
    for (size_t i = 0; i < url.n; i++) {
        const unsigned char c = (unsigned char)url.p[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\') {
            *why = "it holds a space or another character that addresses don't have";
            return false;
        }
    }
    const size_t colon = view_find(url, VIEW("://"), 0);
    struct endpoint_url u = {.scheme = view_slice(url, 0, colon == SIZE_MAX ? 0 : colon)};
    if (!view_eq_nocase(u.scheme, VIEW("https")) && !view_eq_nocase(u.scheme, VIEW("http"))) {
        *why = "it has to begin with https:// or http://";
        return false;
    }
    if (url.n > URL_MAX) {
        *why = "it is longer than 2048 bytes";
        return false;
    }
    if (view_find(url, VIEW("#"), 0) != SIZE_MAX) {
        *why = "it has a part behind #, which isn't sent";
        return false;
    }
    struct view rest = view_slice(url, colon + 3, url.n);
    const size_t query = view_find(rest, VIEW("?"), 0);
    if (query != SIZE_MAX) {
        u.query = view_slice(rest, query + 1, rest.n);
        rest = view_slice(rest, 0, query);
    }
    const size_t slash = view_find(rest, VIEW("/"), 0);
    const struct view authority = view_slice(rest, 0, slash == SIZE_MAX ? rest.n : slash);
    if (view_find(authority, VIEW("@"), 0) != SIZE_MAX) {
        *why = "it holds a user or a password: a key is given by itself";
        return false;
    }
    u.path = without_slashes(view_slice(rest, authority.n, rest.n));
    u.path = without_slashes(without_verb(u.path));
    if (!read_authority(authority, &u, why)) {
        return false;
    }
    *out = u;
    return true;
}

static struct view port_of(const struct endpoint_url *url) {
    if (url->port.n > 0) {
        return url->port;
    }
    return view_eq_nocase(url->scheme, VIEW("https")) ? VIEW("443") : VIEW("80");
}

bool endpoint_url_same(const struct endpoint_url *a, const struct endpoint_url *b) {
    return view_eq_nocase(a->scheme, b->scheme) && view_eq_nocase(a->host, b->host) &&
           view_eq(port_of(a), port_of(b));
}

bool endpoint_url_is_local(const struct endpoint_url *url) {
    const struct view host = url->host;
    bool number = view_starts(host, VIEW("127."));
    for (size_t i = 0; i < host.n && number; i++) {
        number = host.p[i] == '.' || (host.p[i] >= '0' && host.p[i] <= '9');
    }
    return number || view_eq_nocase(host, VIEW("localhost")) || view_eq(host, VIEW("[::1]"));
}

/* A name as one piece of a path. */
static void add_escaped(struct buf *to, const char *name) {
    for (; *name != '\0'; name++) {
        const unsigned char c = (unsigned char)*name;
        if (is_host_char(*name) || c == '~') {
            buf_char(to, *name);
        } else {
            buf_printf(to, "%%%02X", c);
        }
    }
}

/* What stands between the path of an address and the verb.
 * Azure: "/openai/deployments/NAME" where a version is named, its newer "/openai/v1" where none is.
 * The others: "/v1", where the address has no path of its own. */
static void add_way(struct buf *to, const struct endpoint_url *base,
                    const struct endpoint_verb *verb) {
    const struct view path = base->path;
    if (!verb->azure) {
        buf_str(to, path.n == 0 ? "/v1" : "");
        return;
    }
    if (view_ends(path, VIEW("/v1")) || view_find(path, VIEW("/deployments/"), 0) != SIZE_MAX) {
        return;
    }
    buf_str(to, view_ends(path, VIEW("/openai")) ? "" : "/openai");
    if (verb->api_version == NULL) {
        buf_str(to, "/v1");
        return;
    }
    buf_str(to, "/deployments/");
    add_escaped(to, verb->deployment);
}

const char *endpoint_url_of(const struct endpoint_url *base, const struct endpoint_verb *verb,
                            esi_arena *memory) {
    struct buf url;
    buf_init(&url, 8 * URL_MAX);
    buf_add(&url, base->scheme);
    buf_str(&url, "://");
    buf_add(&url, base->host);
    buf_str(&url, base->port.n > 0 ? ":" : "");
    buf_add(&url, base->port);
    buf_add(&url, base->path);
    add_way(&url, base, verb);
    buf_char(&url, '/');
    buf_str(&url, verb->verb);
    const bool version =
        verb->api_version != NULL && view_find(base->query, VIEW("api-version="), 0) == SIZE_MAX;
    buf_str(&url, base->query.n > 0 || version ? "?" : "");
    buf_add(&url, base->query);
    buf_str(&url, base->query.n > 0 && version ? "&" : "");
    if (version) {
        buf_str(&url, "api-version=");
        add_escaped(&url, verb->api_version);
    }
    const char *copy = url.failed ? NULL : arena_str(memory, buf_view(&url));
    buf_clear(&url);
    return copy;
}
