/* rest_health.c: what the service is, and how it is. */
#include "respond.h"
#include "routes.h"
#include "wire.h"

void rest_about(struct call *call) {
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    wire_text(&wire, "name", "esihelp");
    wire_text(&wire, "version", esi_version());
    wire_object_end(&wire);
    respond_json(call, 200, &out, NULL);
    outbuf_clear(&out);
}

void rest_healthz(struct call *call) {
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    wire_text(&wire, "status", "ok");
    wire_object_end(&wire);
    respond_json(call, 200, &out, NULL);
    outbuf_clear(&out);
}

void rest_readyz(struct call *call) {
    esi_health *health = NULL;
    esi_error err = {0};
    if (esi_desk_health(call->desk, &health, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    wire_text(&wire, "status",
              !health->store_ready      ? "unavailable"
              : health->problem != NULL ? "degraded"
                                        : "ready");
    wire_text(&wire, "store", health->store);
    wire_text(&wire, "provider", health->provider);
    wire_bool(&wire, "model", health->model_ready);
    wire_int(&wire, "documents", health->documents);
    wire_int(&wire, "sections", health->sections);
    wire_text(&wire, "problem", health->problem);
    wire_object_end(&wire);
    respond_json(call, health->store_ready ? 200 : 503, &out,
                 health->store_ready ? NULL : "Retry-After: 1\r\n");
    outbuf_clear(&out);
    esi_health_free(health);
}
