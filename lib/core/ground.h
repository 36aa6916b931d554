/* ground.h: does a sentence of an answer stand on its sources? */
#ifndef ESIHELP_CORE_GROUND_H
#define ESIHELP_CORE_GROUND_H

#include "core/passage.h"

enum ground_fault {
    GROUND_OK,
    GROUND_INVENTED,  /* a command, path, address, URL or identifier that no source contains */
    GROUND_BLOCKED,   /* an answer rule of the policy matched (secret, prompt leak, ...) */
    GROUND_FORBIDDEN, /* a source withholds it from this role */
    GROUND_UNCARRIED  /* too few of its meaningful words are in the sources */
};

struct ground_in {
    const struct policy *policy;
    const struct passage *passages;
    size_t passage_count;
    struct view question; /* what the user wrote may be repeated */
    esi_role role;
    struct view desk; /* and what the desk knows and decided by itself; may be empty */
};

/* Judges one sentence; `what` receives the part that is at fault. Errors: ESI_ENOMEM. */
esi_err ground_sentence(const struct ground_in *in, struct view sentence, esi_arena *arena,
                        enum ground_fault *out, struct view *what, esi_error *err) ESI_MUST_CHECK;

const char *ground_fault_name(enum ground_fault fault);

#endif
