#include "desk/input.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

esi_err input_struct(void *into, size_t known, const void *from, size_t least, const char *origin,
                     esi_error *err) {
    size_t size;
    memcpy(&size, from, sizeof(size));
    /* Each such struct is a whole number of words long; another size would cut a pointer in two. */
    if (size < least || size % sizeof(void *) != 0) {
        return esi_fail(err, ESI_EINVAL, origin,
                        "the struct's size is %zu, which no release had; start from its INIT macro",
                        size);
    }
    const unsigned char *bytes = from;
    for (size_t at = known; at < size; at++) {
        if (bytes[at] != 0) {
            return esi_fail(err, ESI_EINVAL, origin,
                            "the struct has a field at byte %zu that this release doesn't know; "
                            "leave it zero or link a newer library",
                            at);
        }
    }
    memcpy(into, from, size < known ? size : known);
    memcpy(into, &known, sizeof(known));
    return ESI_OK;
}

static bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '-';
}

esi_err input_id(const char *id, const char *origin, const char *pointer, esi_error *err) {
    const size_t n = strlen(id);
    if (n == 0 || n > ESI_ID_MAX) {
        return fail_at(err, ESI_EINVAL, origin, pointer,
                       "an id has 1 to %d characters, this one %zu", ESI_ID_MAX, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_id_char(id[i])) {
            return fail_at(err, ESI_EINVAL, origin, pointer,
                           "an id holds letters, digits and . _ : - only; character %zu isn't one",
                           i + 1);
        }
    }
    return ESI_OK;
}

esi_err input_short(const char *text, size_t max, const char *origin, const char *pointer,
                    esi_error *err) {
    if (!text) {
        return ESI_OK;
    }
    const struct view v = view_of(text);
    if (v.n > max) {
        return fail_at(err, ESI_ETOOBIG, origin, pointer, "at most %zu bytes, this is %zu", max,
                       v.n);
    }
    if (!text_valid(v)) {
        return fail_at(err, ESI_EENCODING, origin, pointer, "not valid UTF-8");
    }
    return ESI_OK;
}

esi_err input_context(const esi_pair *pairs, size_t count, const char *origin, esi_error *err) {
    if (count > ESI_CONTEXT_MAX_PAIRS) {
        return fail_at(err, ESI_ETOOBIG, origin, "/context", "at most %d pairs, these are %zu",
                       ESI_CONTEXT_MAX_PAIRS, count);
    }
    if (count > 0 && !pairs) {
        return fail_at(err, ESI_EINVAL, origin, "/context", "%zu pairs are announced, none given",
                       count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!pairs[i].name || !pairs[i].value) {
            return fail_at(err, ESI_EINVAL, origin, "/context", "pair %zu lacks a name or a value",
                           i + 1);
        }
        esi_err rc = text_check(view_of(pairs[i].name), ESI_CONTEXT_MAX_CHARS, true, origin,
                                "/context", err);
        if (rc == ESI_OK) {
            rc = text_check(view_of(pairs[i].value), ESI_CONTEXT_MAX_CHARS, false, origin,
                            "/context", err);
        }
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

esi_err input_role(esi_role role, const char *origin, esi_role *out, esi_error *err) {
    if (role == ESI_ROLE_NONE) {
        *out = ESI_ROLE_TRAINEE;
        return ESI_OK;
    }
    if ((int)role < ESI_ROLE_TRAINEE || (int)role > ESI_ROLE_ADMIN) {
        return fail_at(err, ESI_EINVAL, origin, "/userRole",
                       "%d is no role; they are 1 (trainee) to 5 (admin)", (int)role);
    }
    *out = role;
    return ESI_OK;
}

esi_err input_deadline(int64_t ms, int64_t otherwise, const char *origin, int64_t *out,
                       esi_error *err) {
    if (ms == 0) {
        *out = otherwise;
        return ESI_OK;
    }
    if (ms < 100 || ms > 600000) {
        return fail_at(err, ESI_EINVAL, origin, "/deadlineMs",
                       "a deadline is 100 to 600000 milliseconds, not %lld", (long long)ms);
    }
    *out = ms;
    return ESI_OK;
}

struct view input_text(const char *text, size_t size) {
    if (!text) {
        return (struct view){0};
    }
    return (struct view){text, size == ESI_ZSTR ? strlen(text) : size};
}
