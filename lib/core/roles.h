/* roles.h: who is meant, in the words that documents use for people. */
#ifndef ESIHELP_CORE_ROLES_H
#define ESIHELP_CORE_ROLES_H

#include <stdint.h>

#include "base/str.h"

#define ROLES_EVERYBODY UINT32_MAX

/* The role that a word names, as bit (1 << esi_role) or several for a word like "staff";
 * ROLES_EVERYBODY for "all", "anyone"; 0 where it names nobody. Case and a plural "s" don't count.
 */
uint32_t roles_of_word(struct view word);

/* All roles that a text names ("instructors and range operators"); 0 for none. */
uint32_t roles_of_text(struct view text);

/* Those, and everybody who stands above the least of them; 0 (everybody) where trainees or all are
 * among them: an audience says who a text is for, and a higher role may read it too. */
uint32_t roles_audience(uint32_t roles);

#endif
