/* rest_metrics.c: what happened, counted. */
#include "json_objects.h"
#include "respond.h"
#include "routes.h"

void rest_metrics_summary(struct call *call) {
    char from[32];
    char to[32];
    esi_error err = {0};
    esi_metrics_query query = ESI_METRICS_QUERY_INIT;
    esi_metrics *metrics = NULL;
    if (call_query(call, "from", from, sizeof from, &query.from, &err) != ESI_OK ||
        call_query(call, "to", to, sizeof to, &query.to, &err) != ESI_OK ||
        esi_metrics_summary(call->desk, &query, &metrics, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    struct buf out = BUF_INIT;
    struct json json = {&out, false};
    json_metrics(&json, metrics);
    respond_json(call, 200, &out, NULL);
    buf_clear(&out);
    esi_metrics_free(metrics);
}
