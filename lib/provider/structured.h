/* structured.h: reads a model's structured reply while it is written:
 *
 *   {"cited":["s1"],"answer":"...","open":["..."],
 *    "labels":{"tier":"TIER_1","severity":"LOW","category":"vm","escalate":false}}
 *
 * Tolerant in form: fences, words before and behind, a byte order mark, members in any order,
 * unknown ones, a name twice (the first counts), a reply that is cut anywhere. Strict in content:
 * an id that wasn't offered, a label that isn't one, a value of another type is left out.
 *
 * Marks of sources within the text ("[s1]", "(s1, s2)") are left out of it, with the space before
 * them; where the reply doesn't say what it cites, they do. What a model thinks aloud first, as
 * between <think> and </think>, is passed over. A control character in the text becomes a space,
 * but for \n and \t; what is no character becomes U+FFFD. Pure. */
#ifndef ESIHELP_PROVIDER_STRUCTURED_H
#define ESIHELP_PROVIDER_STRUCTURED_H

#include <esihelp/sys/provider.h>

#include "base/arena.h"
#include "base/str.h"

#define STRUCTURED_MAX (256u << 10) /* bytes of a whole reply */
#define STRUCTURED_OPEN_MAX 8

struct structured;

struct structured_in {
    const esi_prompt_source *sources; /* what may be cited */
    size_t source_count;
    const char *const *categories;
    size_t category_count;
    /* Each non-zero answer stops the reading. The text comes in whole characters, decoded, and not
     * before the cited ids were read: where a reply doesn't keep the order, all at once, at the
     * end. */
    int (*on_cited)(const char *const *ids, size_t count, void *context);
    int (*on_text)(const char *text, size_t size, void *context);
    void *context;
};

esi_err structured_create(const struct structured_in *in, struct structured **out,
                          esi_error *err) ESI_MUST_CHECK;
void structured_free(struct structured *s);
/* The next bytes of the reply, cut anywhere. Errors: ESI_ETOOBIG, ESI_ENOMEM. */
esi_err structured_feed(struct structured *s, struct view bytes, esi_error *err) ESI_MUST_CHECK;

struct structured_out {
    bool found;    /* there was an object with an answer; else `text` is the reply's words */
    bool broken;   /* not found, though it looks like an object: no words for a person, no text */
    bool complete; /* it wasn't cut */
    bool stopped;  /* by a listener */
    bool has_cited;
    const char *const *cited;
    size_t cited_count;
    size_t unknown; /* ids that weren't offered */
    esi_text text;
    const char *const *open;
    size_t open_count;
    esi_advice advice;
};
/* The reply ended: gives what was held back to the listeners, and all of it to `out`. */
esi_err structured_end(struct structured *s, esi_arena *arena, struct structured_out *out,
                       esi_error *err) ESI_MUST_CHECK;

/* The schema, as JSON, that a reply is asked to follow: the same for the same arguments. */
esi_err structured_schema(const struct structured_in *in, struct buf *out,
                          esi_error *err) ESI_MUST_CHECK;

#endif
