/* issue_facts.h: what a ticket wants to know, picked out of a message: quoted texts, identifiers,
 * named things ("seat B12"), times. */
#ifndef ESIHELP_CORE_ISSUE_FACTS_H
#define ESIHELP_CORE_ISSUE_FACTS_H

#include "core/cues.h"

enum fact_kind { FACT_OTHER, FACT_QUOTED, FACT_IDENTIFIER, FACT_NAMED, FACT_TIME };

/* Facts as the message spells them, in its order, at most `max`. kinds: one per fact. */
esi_err issue_facts(struct view message, const struct cue_text *text, size_t max, esi_arena *arena,
                    struct view **out, enum fact_kind **kinds, size_t *out_count,
                    esi_error *err) ESI_MUST_CHECK;

#endif
