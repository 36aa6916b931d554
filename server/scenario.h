/* scenario.h: the conversations that an evaluation goes through, read from files of JSON lines. */
#ifndef ESIHELP_SERVER_SCENARIO_H
#define ESIHELP_SERVER_SCENARIO_H

#include "expect.h"

/* What a scenario file may hold. */
#define SCENARIO_FILE_MAX_BYTES ((size_t)64 << 20)
#define SCENARIO_LINE_MAX_BYTES ((size_t)1 << 20)
#define SCENARIO_ID_MAX_BYTES 64
#define SCENARIO_TURNS_MAX 50
#define SCENARIOS_MAX 10000

struct scenario_turn {
    const char *message;
    struct expect expect;
};

/* One conversation. Its texts live in the body that it was read from. */
struct scenario {
    const char *id;
    const char *file; /* as it was named */
    size_t line;      /* from 1 */
    esi_role role;
    esi_pair context[ESI_CONTEXT_MAX_PAIRS];
    size_t context_count;
    struct scenario_turn *turns; /* owned */
    size_t turn_count;
    bool chosen;
    struct body *body; /* owned */
};

/* Begin with all zero. */
struct scenario_set {
    struct scenario **items; /* owned, in the order of the files */
    size_t count;
    size_t capacity;
};

/* Adds the scenarios of a file's text; `file`, its name for messages, must outlive the set. Errors:
 * ESI_EPARSE, ESI_EINVAL, ESI_EENCODING, ESI_ETOOBIG, as "FILE:LINE: what is wrong"; ESI_ENOMEM.
 * After a failure those before it are in the set. */
esi_err scenario_set_add(struct scenario_set *set, const char *file, const char *text, size_t size,
                         esi_error *err) ESI_MUST_CHECK;
void scenario_set_clear(struct scenario_set *set);

/* Leaves only the scenarios of these ids, as "vpn-03,disk-01", in the order of the files. Errors:
 * ESI_ENOTFOUND for an id that none has. */
esi_err scenario_set_choose(struct scenario_set *set, const char *ids,
                            esi_error *err) ESI_MUST_CHECK;

#endif
