/* rest_health.c: what the service is, and how it is. */
#include "json_out.h"
#include "respond.h"
#include "routes.h"

void rest_about(struct call *call) {
    struct buf out = BUF_INIT;
    struct json json = {&out, false};
    json_object(&json, NULL);
    json_text(&json, "name", "esihelp");
    json_text(&json, "version", esi_version());
    json_object_end(&json);
    respond_json(call, 200, &out, NULL);
    buf_clear(&out);
}

void rest_healthz(struct call *call) {
    struct buf out = BUF_INIT;
    struct json json = {&out, false};
    json_object(&json, NULL);
    json_text(&json, "status", "ok");
    json_object_end(&json);
    respond_json(call, 200, &out, NULL);
    buf_clear(&out);
}

void rest_readyz(struct call *call) {
    esi_health *health = NULL;
    esi_error err = {0};
    if (esi_desk_health(call->desk, &health, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    struct buf out = BUF_INIT;
    struct json json = {&out, false};
    json_object(&json, NULL);
    json_text(&json, "status",
              !health->store_ready      ? "unavailable"
              : health->problem != NULL ? "degraded"
                                        : "ready");
    json_text(&json, "store", health->store);
    json_text(&json, "provider", health->provider);
    json_bool(&json, "model", health->model_ready);
    json_int(&json, "documents", health->documents);
    json_int(&json, "sections", health->sections);
    json_text(&json, "problem", health->problem);
    json_object_end(&json);
    respond_json(call, health->store_ready ? 200 : 503, &out,
                 health->store_ready ? NULL : "Retry-After: 1\r\n");
    buf_clear(&out);
    esi_health_free(health);
}
