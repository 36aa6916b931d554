/* stems.h: the words of a text that carry meaning, weighed by how rare they are. */
#ifndef ESIHELP_CORE_STEMS_H
#define ESIHELP_CORE_STEMS_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

struct stems {
    struct view *items; /* each once, in order */
    float *weights;
    size_t count;
    bool denies;  /* an odd number of negations and failures: "doesn't start", "fails to start" */
    bool negates; /* an odd number of negations alone */
};

#define STEMS_MAX 256 /* of one text; what is beyond is left out */

/* Errors: ESI_ENOMEM. */
esi_err stems_read(struct view text, esi_arena *arena, struct stems *out,
                   esi_error *err) ESI_MUST_CHECK;
/* The stems of both. Errors: ESI_ENOMEM. */
esi_err stems_join(const struct stems *a, const struct stems *b, esi_arena *arena,
                   struct stems *out, esi_error *err) ESI_MUST_CHECK;

bool stems_have(const struct stems *stems, struct view stem);
/* How much of a part's weight the whole has, 0 to 1; 0 for a part without words. */
double stems_share(const struct stems *part, const struct stems *whole);
/* The weight that both have in common. */
double stems_common(const struct stems *a, const struct stems *b);

#endif
