/* prompt.h: what a model is told. Rules first, sources fenced, the question last. */
#ifndef ESIHELP_CORE_PROMPT_H
#define ESIHELP_CORE_PROMPT_H

#include <esihelp/sys/provider.h>

#include "core/decide.h"

struct prompt_message {
    bool from_user;
    struct view text;
};

struct prompt_in {
    const struct policy *policy;
    struct view platform;
    esi_role role;
    const struct prompt_message *history; /* oldest first */
    size_t history_count;
    const struct passage *passages; /* outranked ones are left out */
    size_t passage_count;
    const struct decision *decision;
    struct view question; /* masked */
    char fence[33];       /* 32 unguessable hexadecimal digits, made for this turn */
    size_t budget;        /* bytes for all of it; 0: 24000. History gives way first, oldest first */
};

struct prompt {
    struct view system; /* the same from turn to turn for one role and policy */
    esi_prompt_turn *turns;
    size_t turn_count;
    esi_prompt_source *sources; /* ids "s1", "s2", ... */
    uint32_t *source_passage;   /* which passage each is */
    size_t source_count;
};

/* User text and document text never leave their fence: every occurrence of a fence mark in them is
 * defused. Errors: ESI_ENOMEM, ESI_ETOOBIG where not even the question fits. */
esi_err prompt_build(const struct prompt_in *in, esi_arena *arena, struct prompt *out,
                     esi_error *err) ESI_MUST_CHECK;

#endif
