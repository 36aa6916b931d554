#include "desk/actor.h"

#include "base/error.h"
#include "desk/input.h"

#define ORIGIN "desk/ticket"

esi_err actor_read(const esi_actor *actor, struct caller *out, esi_error *err) {
    if (!actor) {
        *out = (struct caller){.host = true, .role = ESI_ROLE_ADMIN};
        return ESI_OK;
    }
    esi_actor a = ESI_ACTOR_INIT;
    struct caller caller = {0};
    esi_err rc = input_struct(&a, sizeof(a), actor, sizeof(size_t), ORIGIN, err);
    if (rc == ESI_OK) {
        rc = input_role(a.role, ORIGIN, &caller.role, err);
    }
    if (rc == ESI_OK) {
        rc = input_short(a.user_id, ESI_ID_MAX, ORIGIN, "/userId", err);
    }
    if (rc == ESI_OK) {
        caller.user_id = a.user_id;
        *out = caller;
    }
    return rc;
}

void actor_sees(const struct caller *caller, esi_store_ticket_query *query) {
    query->see_all = caller->host || caller->role >= ESI_ROLE_SUPPORT_ENGINEER;
    query->see_user = caller->user_id;
    query->see_severity = caller->role == ESI_ROLE_OPERATOR;
    query->see_severity_from = ESI_SEVERITY_HIGH;
}
