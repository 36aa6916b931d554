/* reply.h: the object that leaves with the caller, and its stored form. */
#ifndef ESIHELP_DESK_REPLY_H
#define ESIHELP_DESK_REPLY_H

#include <esihelp/chat.h>

#include "base/arena.h"
#include "core/guardrail.h"

/* A reply with everything that it points to. */
struct reply {
    esi_reply reply; /* first: the caller holds a pointer to it */
    esi_verdict verdict;
    esi_arena arena;
};

esi_err reply_create(struct reply **out, esi_error *err) ESI_MUST_CHECK;

/* As JSON, for a claim, and back: a caller that repeats a request gets the same reply. */
esi_err reply_encode(const esi_reply *reply, struct buf *out, esi_error *err) ESI_MUST_CHECK;
esi_err reply_decode(struct view json, struct reply *out, esi_error *err) ESI_MUST_CHECK;

/* A verdict as callers see it. Matches are masked. Strings go into `arena`. */
esi_err verdict_export(const struct verdict *verdict, struct view redacted, uint32_t redact,
                       esi_arena *arena, esi_verdict *out, esi_error *err) ESI_MUST_CHECK;

/* A NULL-terminated copy, or NULL for an empty view. False when memory ran out. */
bool export_text(esi_arena *arena, struct view text, const char **out);
/* Copies a list of texts. */
bool export_list(esi_arena *arena, const struct view *items, size_t count, const char *const **out);

#endif
