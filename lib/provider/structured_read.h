/* structured_read.h: the members of a structured reply, once each is whole: tolerant in form,
 * strict in content. Pure. */
#ifndef ESIHELP_PROVIDER_STRUCTURED_READ_H
#define ESIHELP_PROVIDER_STRUCTURED_READ_H

#include "provider/structured.h"

#define OPEN_BYTES_MAX 300 /* of one open line */

/* Ids as "s1", "[S1]", "source s1", 1, {"id":"s1"}, "s1, s2". Those that were offered go to `ids`
 * (room for all of them), each once, as they were offered. The number of items that name none of
 * them goes to *unknown. False: memory ran out. */
bool read_cited(struct view value, const struct structured_in *in, const char **ids, size_t *count,
                size_t *unknown);

/* Lines of text: each in one line, in whole characters, none empty. */
bool read_open(struct view value, char lines[][OPEN_BYTES_MAX + 1], size_t *count);

bool read_labels(struct view value, const struct structured_in *in, esi_advice *out);

#endif
