/* issue_signals.h: which of the policy's signals a message asserts: of what it asks, supposes,
 * denies, quotes, or tells of a time long gone, none. */
#ifndef ESIHELP_CORE_ISSUE_SIGNALS_H
#define ESIHELP_CORE_ISSUE_SIGNALS_H

#include "core/clause.h"
#include "core/policy.h"

struct signals_in {
    const struct policy *policy;
    const struct cue_text *text; /* of the message ... */
    const struct clause *clauses;
    size_t clause_count; /* ... and cut into clauses */
};

/* Bits of policy.signals. Errors: ESI_ENOMEM. */
esi_err issue_signals(const struct signals_in *in, esi_arena *arena, uint64_t *out,
                      esi_error *err) ESI_MUST_CHECK;

#endif
