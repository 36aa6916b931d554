#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/pg_conn.h"

#define URL_MAX 8192
#define NAME_MAX_BYTES 160

/* Parameters of drivers for Python, which mean nothing to libpq. */
static const char *const foreign[] = {
    "async_fallback",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "server_side_cursors",
    "executemany_mode",
    "use_native_hstore",
    "native_inet_types",
};

static bool is_foreign(struct view name) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (view_eq(name, view_of(foreign[i]))) {
            return true;
        }
    }
    return false;
}

/* Takes the scheme off; true where it names a driver ("postgresql+psycopg2"). */
static bool take_scheme(struct view *url) {
    const size_t end = view_find(*url, VIEW("://"), 0);
    if (end == SIZE_MAX) {
        return false;
    }
    const bool driver = view_find(view_slice(*url, 0, end), VIEW("+"), 0) != SIZE_MAX;
    *url = view_slice(*url, end + 3, url->n);
    return driver;
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* A name or password that was written as it is: what libpq would read as something else is encoded;
 * what is encoded already stays. */
static void put_encoded(struct buf *out, struct view text) {
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const bool encoded =
            c == '%' && i + 2 < text.n && is_hex(text.p[i + 1]) && is_hex(text.p[i + 2]);
        if (c > ' ' && c < 0x7f && strchr("/?#[]@:", c) == NULL && (c != '%' || encoded)) {
            buf_char(out, c);
        } else {
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

/* Where the name and password end: at the last "@" before the parameters, or, where a password has
 * a "?" in it, at the first after. SIZE_MAX: there are none. */
static size_t credentials_end(struct view rest) {
    const size_t query = view_find(rest, VIEW("?"), 0);
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < rest.n && i < query; i++) {
        if (rest.p[i] == '@') {
            at = i;
        }
    }
    const size_t colon = view_find(rest, VIEW(":"), 0);
    const size_t slash = view_find(rest, VIEW("/"), 0);
    return at == SIZE_MAX && colon < query && colon < slash ? view_find(rest, VIEW("@"), 0) : at;
}

/* "host=a:1" among the parameters, which may come several times. */
static void note_host(struct buf *hosts, struct buf *ports, struct view value) {
    const size_t colon = view_find(value, VIEW(":"), 0);
    buf_str(hosts, hosts->n > 0 ? "," : "");
    buf_add(hosts, view_slice(value, 0, colon));
    buf_str(ports, ports->n > 0 ? "," : "");
    buf_add(ports, colon == SIZE_MAX ? VIEW("5432") : view_slice(value, colon + 1, value.n));
}

static void put_parameters(struct buf *out, struct view query, struct buf *hosts,
                           struct buf *ports) {
    char separator = '?';
    struct view piece;
    while (view_split(&query, '&', &piece)) {
        const size_t equals = view_find(piece, VIEW("="), 0);
        const struct view name = view_slice(piece, 0, equals);
        const struct view value =
            equals == SIZE_MAX ? (struct view){0} : view_slice(piece, equals + 1, piece.n);
        if (is_foreign(name)) {
            continue;
        }
        if (view_eq(name, VIEW("host")) && view_find(value, VIEW("/"), 0) == SIZE_MAX &&
            view_find(value, VIEW("%"), 0) == SIZE_MAX) {
            note_host(hosts, ports, value);
            continue;
        }
        buf_char(out, separator);
        if (view_eq(name, VIEW("ssl")) && !view_eq(value, VIEW("true"))) {
            buf_str(out, "sslmode=");
            buf_add(out, value);
        } else {
            buf_add(out, piece);
        }
        separator = '&';
    }
    if (hosts->n > 0) {
        buf_printf(out, "%chost=%s&port=%s", separator, hosts->p, ports->p);
    }
}

/* The URL as SQLAlchemy reads it, written so that libpq reads the same. */
static char *mend(struct view rest) {
    struct buf out, hosts, ports;
    buf_init(&out, (size_t)4 * URL_MAX);
    buf_init(&hosts, URL_MAX);
    buf_init(&ports, URL_MAX);
    buf_str(&out, "postgresql://");
    const size_t at = credentials_end(rest);
    if (at != SIZE_MAX) {
        const size_t colon = view_find(view_slice(rest, 0, at), VIEW(":"), 0);
        put_encoded(&out, view_slice(rest, 0, colon < at ? colon : at));
        if (colon < at) {
            buf_char(&out, ':');
            put_encoded(&out, view_slice(rest, colon + 1, at));
        }
        buf_char(&out, '@');
        rest = view_slice(rest, at + 1, rest.n);
    }
    const size_t query = view_find(rest, VIEW("?"), 0);
    buf_add(&out, view_slice(rest, 0, query));
    if (query != SIZE_MAX) {
        put_parameters(&out, view_slice(rest, query + 1, rest.n), &hosts, &ports);
    }
    out.failed = out.failed || hosts.failed || ports.failed;
    buf_clear(&hosts);
    buf_clear(&ports);
    return buf_take(&out);
}

static char *plain(struct view rest) {
    struct buf out;
    buf_init(&out, (size_t)2 * URL_MAX);
    buf_str(&out, "postgresql://");
    buf_add(&out, rest);
    return buf_take(&out);
}

static const char *option(const PQconninfoOption *options, const char *keyword) {
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
        if (strcmp(o->keyword, keyword) == 0) {
            return o->val;
        }
    }
    return NULL;
}

/* Did a piece of a password land where libpq looks for something else? */
static bool is_odd(const PQconninfoOption *options) {
    const char *host = option(options, "host"), *port = option(options, "port");
    const char *database = option(options, "dbname");
    return (host != NULL && strchr(host, '@') != NULL) ||
           (port != NULL && strspn(port, "0123456789,") != strlen(port)) ||
           (database != NULL && strchr(database, '@') != NULL);
}

/* What libpq makes of it; NULL where it refuses it, or memory is used up. What it says of a URL
 * isn't told: it may hold a piece of a password, too. */
static PQconninfoOption *parse(const char *url, bool *out_memory) {
    char *said = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &said);
    *out_memory =
        options == NULL && (said == NULL || view_starts(view_of(said), VIEW("out of memory")));
    PQfreemem(said);
    if (options != NULL && is_odd(options)) {
        PQconninfoFree(options);
        return NULL;
    }
    return options;
}

/* "host:port/database", as far as the URL says it. */
static char *name_of(const PQconninfoOption *options) {
    const char *host = option(options, "host"), *port = option(options, "port");
    const char *database = option(options, "dbname");
    if (host == NULL || host[0] == '\0') {
        host = option(options, "hostaddr");
    }
    struct buf name;
    buf_init(&name, (size_t)2 * URL_MAX);
    buf_str(&name, host != NULL && host[0] != '\0' ? host : "the local server");
    if (port != NULL && port[0] != '\0' && strchr(port, ',') == NULL) {
        buf_printf(&name, ":%s", port);
    }
    if (database != NULL && database[0] != '\0') {
        buf_printf(&name, "/%s", database);
    }
    if (name.n > NAME_MAX_BYTES) {
        buf_cut(&name, NAME_MAX_BYTES);
    }
    char *text = buf_take(&name);
    if (text != NULL) {
        str_line(text, strlen(text) + 1, text);
    }
    return text;
}

esi_err pg_target_set_url(struct pg_target *target, const char *url, esi_error *err) {
    struct view rest = view_of(url);
    if (rest.n > URL_MAX) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a database's URL is longer than %d bytes",
                        URL_MAX);
    }
    if (!view_starts(rest, VIEW("postgres"))) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a database's URL begins with postgresql://");
    }
    const bool driver = take_scheme(&rest);
    bool memory = false;
    char *text = driver ? mend(rest) : plain(rest);
    PQconninfoOption *options = text != NULL ? parse(text, &memory) : NULL;
    if (text != NULL && options == NULL && !memory && !driver) {
        free(text);
        text = mend(rest);
        options = text != NULL ? parse(text, &memory) : NULL;
    }
    if (text == NULL || options == NULL) {
        memory = memory || text == NULL;
        free(text);
        return memory ? fail_memory(err, ORIGIN)
                      : esi_fail(err, ESI_EINVAL, ORIGIN,
                                 "the database's URL can't be read: it is "
                                 "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with each of "
                                 "\"@:/?#%%\" in a password written as %%XX");
    }
    char *name = name_of(options);
    PQconninfoFree(options);
    if (name == NULL) {
        free(text);
        return fail_memory(err, ORIGIN);
    }
    target->url = text;
    target->name = name;
    return ESI_OK;
}

void pg_target_clear(struct pg_target *target) {
    free(target->url);
    free(target->name);
    target->url = target->name = NULL;
}
