/* structured_read.h: the members of a structured reply, once each is whole: tolerant in form,
 * strict in content. Pure. */
#ifndef ESIHELP_PROVIDER_STRUCTURED_READ_H
#define ESIHELP_PROVIDER_STRUCTURED_READ_H

#include "provider/structured.h"

#define OPEN_BYTES_MAX 300 /* of one open line */

/* Ids of sources that were offered, each once, as they were offered. */
struct id_set {
    const struct structured_in *in;
    const char **ids; /* room for every source */
    size_t count;
};

/* Adds the ids that a text names, as "s1", "[S1]", "source s1", "s1, s2"; by their numbers alone,
 * too, where `numbers` is set. False: it says something else as well, or nothing; none is added. */
bool read_ids(struct view text, bool numbers, struct id_set *set);

/* The value of "cited": ids, numbers, {"id":"s1"}, in an array or alone. The number of items that
 * name no source that was offered goes to *unknown. False: memory ran out. */
bool read_cited(struct view value, struct id_set *set, size_t *unknown);

/* Lines of text: each in one line, in whole characters, none empty. */
bool read_open(struct view value, char lines[][OPEN_BYTES_MAX + 1], size_t *count);

bool read_labels(struct view value, const struct structured_in *in, esi_advice *out);

#endif
