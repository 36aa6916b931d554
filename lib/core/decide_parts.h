/* decide_parts.h: what the files that make a decision share. */
#ifndef ESIHELP_CORE_DECIDE_PARTS_H
#define ESIHELP_CORE_DECIDE_PARTS_H

#include "core/decide.h"
#include "core/sections.h"

struct deciding {
    const struct decide_in *in;
    struct heard *heard;
    esi_act act;
    uint64_t signals;
    enum section_use *uses; /* one per passage */
    int32_t allowed_tries;  /* of the sections that answer; 0: they don't say */
    bool tries_spent;       /* as many failed as a section allows */
    struct decision decision;
    const struct note_item *held; /* fixes that a case stays low; NULL: nothing does */
    esi_severity open_severity;   /* what the open condition would raise to */
    esi_tier open_tier;
    esi_arena *arena;
    esi_error *err;
};

/* Names a rule among those that decided, once. Errors: ESI_ENOMEM. */
esi_err deciding_name(struct deciding *d, struct view rule) ESI_MUST_CHECK;

/* ---- decide_sections.c ----------------------------------------------------------------------- */

/* How many failed tries the sections that handle it allow. */
void deciding_tries(struct deciding *d);
/* Does what the sections say, as their conditions stand. covered: they carry an answer; else only
 * what is fixed for all documents counts. Errors: ESI_ENOMEM. */
esi_err deciding_sections(struct deciding *d, bool covered) ESI_MUST_CHECK;

#endif
