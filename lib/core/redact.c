#include "core/redact.h"

const char *redact_name(enum redact_kind kind) {
    static const char *const names[] = {"email",       "phone", "card", "iban",
                                        "national_id", "ip",    "key",  "password"};
    return names[kind];
}

esi_err redact_text(struct view text, uint32_t kinds, esi_arena *arena, struct view *out,
                    struct redact_span **spans, size_t *span_count, esi_error *err) {
    (void)kinds;
    (void)arena;
    (void)err;
    *out = text;
    if (spans != NULL) {
        *spans = NULL;
        *span_count = 0;
    }
    return ESI_OK;
}
