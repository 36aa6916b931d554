/* prompt.h: what a model is told: rules first, sources fenced, the question last.
 *
 * The system text (who the assistant is, the rules) is the same to the byte for one role, policy
 * and platform, and the history before the last turn holds nothing that is made for this turn, so
 * that an endpoint may keep what it has read. The last turn has blocks, each between two lines that
 * begin with this turn's mark:
 *
 *   source s1      what a section says, as this role may read it: may be quoted and is cited by s1
 *   handling s1    what the same document tells the desk to do: never quoted
 *   case           what is known already, and what the desk wants to ask
 *   question       the person's words
 *
 * All that documents and people wrote stands inside a block or in a turn of the history, defused:
 * no mark, bracket of ours, token of a chat template, speaker's line or invisible character of
 * theirs is left as it was. */
#ifndef ESIHELP_CORE_PROMPT_H
#define ESIHELP_CORE_PROMPT_H

#include <esihelp/sys/provider.h>

#include "core/decide.h"

#define PROMPT_TOKENS 6000 /* where a caller names none */

struct prompt_message {
    bool from_user;
    struct view text;
};

struct prompt_in {
    const struct policy *policy; /* NULL: no rules of it are told, no document is screened */
    struct view platform;
    esi_role role;
    const struct prompt_message *history; /* oldest first */
    size_t history_count;
    const struct passage *passages; /* best first; outranked ones are left out unless named */
    size_t passage_count;
    const struct decision *decision;
    struct view question; /* masked */
    char fence[33];       /* 16 to 32 unguessable hexadecimal digits, made for this turn */
    size_t budget;        /* tokens for all of it; 0: PROMPT_TOKENS. The history gives way first,
                             its oldest part first, then the last sources, then what is known */
    const struct issue *issue; /* what the session is about, this turn taken in; NULL: nothing */
    bool ticket_open;          /* the session has a ticket for it already */
    const struct view *ask;    /* what the desk wants to know, as questions to the person */
    size_t ask_count;
};

struct prompt {
    struct view system;
    esi_prompt_turn *turns;
    size_t turn_count;
    esi_prompt_source *sources; /* ids "s1", "s2", ...; their text is part of the last turn */
    uint32_t *source_passage;   /* which passage each is */
    size_t source_count;
    /* What was told beside the sources and may be repeated: the decision and the case, part of the
     * last turn. */
    struct view told;
    size_t tokens; /* about, of all of it */
};

/* Errors: ESI_ENOMEM, ESI_ETOOBIG where not even the question fits. */
esi_err prompt_build(const struct prompt_in *in, esi_arena *arena, struct prompt *out,
                     esi_error *err) ESI_MUST_CHECK;

#endif
