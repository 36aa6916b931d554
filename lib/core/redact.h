/* redact.h: masks secrets and personal data, with labels, so that the text stays readable.
 *
 * Network addresses are masked where they lead somewhere outside; private, loopback, link-local and
 * documentation addresses name no person, and a ticket about a lab is worth little without them. */
#ifndef ESIHELP_CORE_REDACT_H
#define ESIHELP_CORE_REDACT_H

#include "base/arena.h"
#include "base/str.h"

enum redact_kind {
    REDACT_EMAIL,
    REDACT_PHONE,
    REDACT_CARD,
    REDACT_IBAN,
    REDACT_NATIONAL_ID,
    REDACT_IP,      /* public addresses */
    REDACT_KEY,     /* keys and tokens of the usual services, private keys */
    REDACT_PASSWORD /* "password is ...", passwords in URLs */
};
#define REDACT_ALL 0xffu

struct redact_span {
    enum redact_kind kind;
    size_t from, to; /* bytes of the source */
};

/* The text with each find replaced by its label ("[email]", "[key]", ...); `text` itself where
 * nothing was found. kinds: bits (1 << redact_kind). spans may be NULL. Errors: ESI_ENOMEM. */
esi_err redact_text(struct view text, uint32_t kinds, esi_arena *arena, struct view *out,
                    struct redact_span **spans, size_t *span_count, esi_error *err) ESI_MUST_CHECK;

const char *redact_name(enum redact_kind kind); /* "email", as the policy file spells it */

#endif
