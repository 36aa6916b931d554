/* guard.c: the guardrail without a turn: no store, no network. */
#include <esihelp/guardrail.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "core/guardrail.h"
#include "core/redact.h"
#include "desk/desk.h"
#include "desk/input.h"
#include "desk/reply.h"

#define ORIGIN "desk/guard"

struct guard_result {
    esi_verdict verdict; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

static esi_err check_text(struct view text, esi_error *err) {
    if (text.n > ESI_TEXT_MAX_BYTES) {
        return fail_at(err, ESI_ETOOBIG, ORIGIN, "/text", "at most %d bytes, this is %zu",
                       ESI_TEXT_MAX_BYTES, text.n);
    }
    return text_check(text, ESI_TEXT_MAX_BYTES, true, ORIGIN, "/text", err);
}

static esi_err screen(const esi_desk *desk, struct view text, esi_role role, esi_arena *scratch,
                      struct guard_result *result, esi_error *err) {
    struct verdict verdict;
    struct view redacted;
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    const struct guardrail_in in = {desk->policy, &snapshot->site, text, role, SCOPE_QUESTION};
    esi_err rc = guardrail_screen_site(&in, scratch, &verdict, err);
    snapshot_unref(snapshot);
    if (rc == ESI_OK) {
        rc = redact_text(text, desk->policy->redact, scratch, &redacted, NULL, NULL, err);
    }
    if (rc == ESI_OK) {
        rc = verdict_export(&verdict, redacted, desk->policy->redact, &result->arena,
                            &result->verdict, err);
    }
    return rc;
}

esi_err esi_guardrail_check(esi_desk *desk, const esi_guardrail_request *request, esi_verdict **out,
                            esi_error *err) {
    if (!desk || !request || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, request and out must not be NULL");
    }
    esi_guardrail_request r = ESI_GUARDRAIL_REQUEST_INIT;
    esi_role role = ESI_ROLE_TRAINEE;
    esi_err rc = input_struct(&r, sizeof(r), request, sizeof(size_t), ORIGIN, err);
    const struct view text = rc == ESI_OK ? input_text(r.text, r.text_size) : (struct view){0};
    if (rc == ESI_OK) {
        rc = check_text(text, err);
    }
    if (rc == ESI_OK) {
        rc = input_role(r.role, ORIGIN, &role, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct guard_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    esi_arena scratch = {0};
    rc = screen(desk, text, role, &scratch, result, err);
    arena_clear(&scratch);
    if (rc != ESI_OK) {
        esi_verdict_free(&result->verdict);
        return rc;
    }
    *out = &result->verdict;
    return ESI_OK;
}

void esi_verdict_free(esi_verdict *verdict) {
    if (verdict) {
        struct guard_result *result = (struct guard_result *)verdict;
        arena_clear(&result->arena);
        free(result);
    }
}

/* ---- the rules themselves -------------------------------------------------------------------- */

const char *esi_policy_default(size_t *size) {
    const struct view text = policy_default();
    if (size) {
        *size = text.n;
    }
    return text.p;
}

esi_err esi_policy_check(const char *text, size_t size, const char *name, esi_error *err) {
    struct policy *policy = NULL;
    if (!text) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "text must not be NULL");
    }
    const struct view v = input_text(text, size);
    const esi_err rc = policy_read(v.n > 0 ? v : VIEW(" "), name ? name : "policy", &policy, err);
    policy_free(rc == ESI_OK ? policy : NULL);
    return rc;
}
