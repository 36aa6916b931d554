#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

struct error_kind {
    const char *name;
    const char *text;
    int http_status;
    bool retryable;
};

static const struct error_kind error_kinds[] = {
    [ESI_OK] = {"ESI_OK", "success", 200, false},
    [ESI_EINVAL] = {"ESI_EINVAL", "an argument isn't valid", 400, false},
    [ESI_ENOMEM] = {"ESI_ENOMEM", "memory is used up", 503, true},
    [ESI_ENOTFOUND] = {"ESI_ENOTFOUND", "there is no such thing for this caller", 404, false},
    [ESI_EFORBIDDEN] = {"ESI_EFORBIDDEN", "this role may not do that", 403, false},
    [ESI_ECONFLICT] = {"ESI_ECONFLICT", "it was changed meanwhile or exists already", 409, false},
    [ESI_EINPROGRESS] = {"ESI_EINPROGRESS", "the same request is being worked on", 409, true},
    [ESI_ETIMEOUT] = {"ESI_ETIMEOUT", "the deadline passed", 504, true},
    [ESI_ECANCELLED] = {"ESI_ECANCELLED", "the call was cancelled", 499, false},
    [ESI_EUNAVAILABLE] = {"ESI_EUNAVAILABLE", "a part that is needed can't be reached", 503, true},
    [ESI_ETOOBIG] = {"ESI_ETOOBIG", "it is larger than the limit", 413, false},
    [ESI_EENCODING] = {"ESI_EENCODING", "the text isn't UTF-8 or holds a NUL", 400, false},
    [ESI_EPARSE] = {"ESI_EPARSE", "it doesn't follow its format", 400, false},
    [ESI_EPOLICY] = {"ESI_EPOLICY", "the rule file is refused", 500, false},
    [ESI_EIO] = {"ESI_EIO", "the system refused to read or write", 500, false},
    [ESI_ENOSPC] = {"ESI_ENOSPC", "the disk is full", 507, false},
    [ESI_EREADONLY] = {"ESI_EREADONLY", "the store can't be written", 503, false},
    [ESI_ECORRUPT] = {"ESI_ECORRUPT", "the store's file is damaged or something else", 500, false},
    [ESI_ENEWER] = {"ESI_ENEWER", "the store was written by a newer release", 500, false},
    [ESI_EDIM] = {"ESI_EDIM", "the embedding model doesn't fit the stored vectors", 500, false},
    [ESI_EUPSTREAM] = {"ESI_EUPSTREAM", "a model's endpoint answered with an error", 502, false},
    [ESI_EUNSUPPORTED] = {"ESI_EUNSUPPORTED", "this build or backend can't do that", 501, false},
    [ESI_EMISMATCH] = {"ESI_EMISMATCH", "the request id was used with another body", 422, false},
    [ESI_EAUTH] = {"ESI_EAUTH", "who is calling isn't known", 401, false},
    [ESI_EINTERNAL] = {"ESI_EINTERNAL", "a fault of the library", 500, false},
};

static const struct error_kind unknown_kind = {"ESI_EUNKNOWN", "an unknown error", 500, false};

static const struct error_kind *kind_of(esi_err code) {
    const size_t at = (size_t)code;
    return at < sizeof error_kinds / sizeof *error_kinds ? &error_kinds[at] : &unknown_kind;
}

const char *esi_err_name(esi_err code) {
    return kind_of(code)->name;
}

const char *esi_err_text(esi_err code) {
    return kind_of(code)->text;
}

static void fill(esi_error *err, esi_err code, const char *origin, const char *pointer,
                 const char *message) {
    const struct error_kind *kind = kind_of(code);
    *err = (esi_error){
        .code = code,
        .http_status = kind->http_status,
        .retryable = kind->retryable,
    };
    str_line(err->origin, sizeof err->origin, origin);
    str_line(err->pointer, sizeof err->pointer, pointer);
    str_line(err->message, sizeof err->message, message);
}

esi_err esi_fail(esi_error *err, esi_err code, const char *origin, const char *format, ...) {
    if (err != NULL) {
        char message[ESI_ERROR_MESSAGE_MAX]; /* an argument may be err's own text */
        va_list args;
        va_start(args, format);
        const int length = vsnprintf(message, sizeof message, format, args);
        va_end(args);
        fill(err, code, origin, "", length < 0 ? esi_err_text(code) : message);
    }
    return code;
}

esi_err fail_at(esi_error *err, esi_err code, const char *origin, const char *pointer,
                const char *format, ...) {
    if (err != NULL) {
        char message[ESI_ERROR_MESSAGE_MAX];
        va_list args;
        va_start(args, format);
        const int length = vsnprintf(message, sizeof message, format, args);
        va_end(args);
        fill(err, code, origin, pointer, length < 0 ? esi_err_text(code) : message);
    }
    return code;
}

esi_err fail_memory(esi_error *err, const char *origin) {
    return esi_fail(err, ESI_ENOMEM, origin, "memory is used up");
}

esi_err fail_wait(esi_error *err, const char *origin, const esi_wait *wait) {
    if (wait != NULL && esi_cancel_fired(wait->cancel)) {
        return esi_fail(err, ESI_ECANCELLED, origin, "the call was cancelled");
    }
    return esi_fail(err, ESI_ETIMEOUT, origin, "the deadline passed");
}
