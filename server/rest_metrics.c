/* rest_metrics.c: what happened, counted. */
#include "respond.h"
#include "routes.h"
#include "wire_objects.h"

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
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_metrics(&wire, metrics);
    respond_json(call, 200, &out, NULL);
    outbuf_clear(&out);
    esi_metrics_free(metrics);
}
