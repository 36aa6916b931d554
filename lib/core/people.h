/* people.h: how many people a clause says are hit. Read by grammar: who is counted, named as a
 * group or pointed at, and whether the clause reports something of them. */
#ifndef ESIHELP_CORE_PEOPLE_H
#define ESIHELP_CORE_PEOPLE_H

#include "core/clause.h"

enum people_hit {
    PEOPLE_NOT_SAID,
    PEOPLE_SOME, /* "three of my crews", "my classmates", "not only me" */
    PEOPLE_EACH  /* "all of us", "the whole row", "none of my students" */
};

enum people_hit people_hit(const struct clause *clause);
/* The same, and what is named in the plural or by "too": KIND_GROUP for "the other crews"; how many
 * they are at least. */
enum people_hit people_read(const struct clause *clause, uint32_t *kinds, size_t *least);

#endif
