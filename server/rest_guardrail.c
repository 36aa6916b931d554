/* rest_guardrail.c: may this role ask that? */
#include "fail.h"
#include "respond.h"
#include "routes.h"
#include "wire_objects.h"

static esi_err check(struct call *call, esi_verdict **out, esi_error *err) {
    const char *text = NULL;
    const char *role = NULL;
    esi_err code = body_text(call->body, "text", &text, err);
    if (code == ESI_OK) {
        code = body_text(call->body, "userRole", &role, err);
    }
    if (code == ESI_OK) {
        code = caller_take_role(call, role, err);
    }
    if (code == ESI_OK && text == NULL) {
        code = fail(err, ESI_EINVAL, "/text", "there is no text");
    }
    if (code != ESI_OK) {
        return code;
    }
    esi_guardrail_request request = ESI_GUARDRAIL_REQUEST_INIT;
    request.text = text;
    request.role = call->role;
    return esi_guardrail_check(call->desk, &request, out, err);
}

void rest_guardrail_check(struct call *call) {
    esi_error err = {0};
    esi_verdict *verdict = NULL;
    if (check(call, &verdict, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    wire_verdict_fields(&wire, verdict, false);
    wire_object_end(&wire);
    respond_json(call, 200, &out, NULL);
    outbuf_clear(&out);
    esi_verdict_free(verdict);
}
