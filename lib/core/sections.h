/* sections.h: of the sections that were found, which one handles the issue, and which belong to it.
 * Decisions and answers look at the same ones. */
#ifndef ESIHELP_CORE_SECTIONS_H
#define ESIHELP_CORE_SECTIONS_H

#include "core/heard.h"
#include "core/passage.h"

enum section_use {
    SECTION_NONE,  /* not used: outranked, retired, or not carrying */
    SECTION_OTHER, /* says something, but doesn't handle this */
    SECTION_WITH,  /* belongs to the one that does: a part of it, or referred to by it */
    SECTION_MAIN
};

/* May it be said and obeyed at all? */
bool section_usable(const struct passage *passage);
/* ... whether or not coverage counted on it? */
bool section_current(const struct passage *passage);
/* Does it only tell the desk how to handle its document's matters? */
bool section_for_desk(const struct note *note);
/* Has it rules for the desk, and beside them at most what holds under a condition? */
bool section_rules(const struct note *note);

/* Is it about what is reported, and not only about what is told beside it ("the exam is on, and
 * nobody can log in")? Errors: ESI_ENOMEM. */
esi_err section_meets(const struct heard *heard, const struct passage *passage, bool *out,
                      esi_error *err) ESI_MUST_CHECK;

/* out: one per passage. At most one is SECTION_MAIN. Errors: ESI_ENOMEM. */
esi_err sections_read(const struct heard *heard, const struct passage *passages, size_t count,
                      enum section_use *out, esi_error *err) ESI_MUST_CHECK;

#endif
