/* gate.h: lets the turns of one session through one after another. Turns of other sessions don't
 * wait for them. Without it two turns of one person would each decide on half of the session. */
#ifndef ESIHELP_DESK_GATE_H
#define ESIHELP_DESK_GATE_H

#include <esihelp/sys/backend.h>

struct gate;

/* Who is inside; it lives on the turn. */
struct gate_pass {
    const char *key;
    struct gate_pass *next;
};

esi_err gate_create(struct gate **out, esi_error *err) ESI_MUST_CHECK;
void gate_free(struct gate *gate);

/* Waits until nobody else with that key is inside. key must live until gate_leave.
 * Errors: ESI_ETIMEOUT, ESI_ECANCELLED. */
esi_err gate_enter(struct gate *gate, const char *key, struct gate_pass *pass, const esi_wait *wait,
                   esi_error *err) ESI_MUST_CHECK;
void gate_leave(struct gate *gate, struct gate_pass *pass);

#endif
