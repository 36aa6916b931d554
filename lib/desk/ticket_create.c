/* ticket_create.c: a ticket opened by hand. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"
#include "base/sha256.h"
#include "base/text.h"
#include "core/decide.h"
#include "core/issue.h"
#include "core/redact.h"
#include "desk/actor.h"
#include "desk/desk.h"
#include "desk/input.h"
#include "desk/ticket.h"

#define ORIGIN "desk/ticket"
#define TOKENS_MAX 2048

/* One esi_ticket_create on its way. */
struct creation {
    esi_desk *desk;
    struct caller caller;
    esi_ticket_request request;
    esi_arena scratch;
    esi_claim claim;
    esi_store_new_ticket ticket;
    char id[OS_UUID_SIZE];
    esi_error *err;
};

static esi_err check_create(const esi_ticket_request *r, esi_error *err) {
    const struct view summary = view_of(r->summary);
    esi_err rc = text_check(summary, ESI_SUMMARY_MAX_CHARS, true, ORIGIN, "/summary", err);
    if (rc == ESI_OK) {
        rc = input_short(r->description, ESI_DESCRIPTION_MAX_BYTES, ORIGIN, "/description", err);
    }
    if (rc == ESI_OK && r->session_id) {
        rc = input_id(r->session_id, ORIGIN, "/sessionId", err);
    }
    if (rc == ESI_OK && r->request_id) {
        rc = input_id(r->request_id, ORIGIN, "/requestId", err);
    }
    if (rc == ESI_OK) {
        rc = input_short(r->module, ESI_MODULE_MAX, ORIGIN, "/module", err);
    }
    if (rc == ESI_OK && r->category) {
        rc = input_id(r->category, ORIGIN, "/category", err);
    }
    if (rc == ESI_OK) {
        rc = input_context(r->context, r->context_count, ORIGIN, err);
    }
    if (rc == ESI_OK && r->has_tier && (unsigned)r->tier > ESI_TIER_3) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/tier", "a tier is 0 to 3");
    }
    if (rc == ESI_OK && r->has_severity && (unsigned)r->severity > ESI_SEVERITY_CRITICAL) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/severity", "a severity is 0 to 3");
    }
    return rc;
}

static esi_err mask(struct creation *c, const char *text, const char **out) {
    struct view masked;
    if (!text) {
        *out = NULL;
        return ESI_OK;
    }
    const esi_err rc = redact_text(view_of(text), c->desk->policy->redact, &c->scratch, &masked,
                                   NULL, NULL, c->err);
    if (rc != ESI_OK) {
        return rc;
    }
    *out = arena_str(&c->scratch, masked);
    return *out ? ESI_OK : fail_memory(c->err, ORIGIN);
}

/* What the rules make of the ticket's words: the same path that a message takes. */
static esi_err judge(struct creation *c, struct decision *out) {
    const char *text = arena_printf(&c->scratch, "%s\n%s", c->ticket.summary,
                                    c->ticket.description ? c->ticket.description : "");
    if (!text) {
        return fail_memory(c->err, ORIGIN);
    }
    const struct view words = view_of(text);
    struct token *tokens;
    size_t count;
    struct reading reading;
    struct issue_state none = {.current = -1};
    struct issue_state *state = ARENA_NEW(&c->scratch, struct issue_state);
    enum issue_step step;
    esi_err rc = state ? text_tokens(words, NULL, TOKENS_MAX, &c->scratch, &tokens, &count, c->err)
                       : fail_memory(c->err, ORIGIN);
    if (rc == ESI_OK) {
        rc =
            issue_read(c->desk->policy, words, tokens, count, false, &c->scratch, &reading, c->err);
    }
    if (rc == ESI_OK) {
        rc = issue_take(&none, &reading, words, &c->scratch, state, &step, c->err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const struct verdict pass = {.kind = VERDICT_PASS};
    const struct coverage coverage = {.outcome = ESI_COVERAGE_COVERED};
    const struct decide_in in = {.policy = c->desk->policy,
                                 .verdict = &pass,
                                 .reading = &reading,
                                 .issue =
                                     state->current >= 0 ? &state->issues[state->current] : NULL,
                                 .coverage = &coverage,
                                 .role = c->caller.role};
    return decide_turn(&in, &c->scratch, out, c->err);
}

/* Who opens a ticket by hand wants people: never below tier 1. A trainee's or instructor's severity
 * is a wish; staff may raise. */
static void apply_wishes(struct creation *c, struct decision *d) {
    const esi_ticket_request *r = &c->request;
    const bool staff = c->caller.host || c->caller.role >= ESI_ROLE_OPERATOR;
    decide_raise(d, ESI_TIER_1, ESI_SEVERITY_LOW, false);
    if (r->has_tier && staff) {
        decide_raise(d, r->tier, ESI_SEVERITY_LOW, false);
    }
    if (r->has_severity && staff) {
        decide_raise(d, ESI_TIER_0, r->severity, false);
    }
    c->ticket.has_requested_severity = r->has_severity && !staff;
    c->ticket.requested_severity = r->severity;
}

static esi_err draft(struct creation *c) {
    const esi_ticket_request *r = &c->request;
    esi_store_new_ticket *t = &c->ticket;
    struct decision decision;
    t->now_ms = clock_now_ms();
    esi_err rc = os_uuid7(t->now_ms, c->id, c->err);
    if (rc == ESI_OK) {
        rc = mask(c, r->summary, &t->summary);
    }
    if (rc == ESI_OK) {
        rc = mask(c, r->description, &t->description);
    }
    if (rc == ESI_OK) {
        rc = judge(c, &decision);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    apply_wishes(c, &decision);
    const char **rules = ARENA_ARRAY(&c->scratch, decision.rule_count, const char *);
    bool fits = rules != NULL;
    for (size_t i = 0; fits && i < decision.rule_count; i++) {
        rules[i] = arena_str(&c->scratch, decision.rules[i]);
        fits = rules[i] != NULL;
    }
    const struct view category = decision.category.n > 0 ? decision.category : VIEW("general");
    t->category = r->category ? r->category : arena_str(&c->scratch, category);
    if (!fits || !t->category) {
        return fail_memory(c->err, ORIGIN);
    }
    t->id = c->id;
    t->session_id = r->session_id;
    t->user_id = c->caller.user_id;
    t->user_role = esi_role_name(c->caller.role);
    t->kind = "manual";
    t->module = r->module;
    t->tier = decision.tier;
    t->severity = decision.severity;
    t->rules = (esi_strings){rules, decision.rule_count};
    t->context = (esi_pairs){r->context, r->context_count};
    return ESI_OK;
}

static void claim(struct creation *c, int64_t lease_ms) {
    const esi_ticket_request *r = &c->request;
    c->claim = (esi_claim){.caller = c->caller.user_id ? c->caller.user_id : "",
                           .request_id = r->request_id,
                           .lease_ms = lease_ms};
    struct sha256 hash;
    char wishes[64];
    (void)snprintf(wishes, sizeof(wishes), "ticket %d %d %d %d", r->has_tier, (int)r->tier,
                   r->has_severity, (int)r->severity);
    const char *const fields[] = {wishes,         r->session_id, r->summary,
                                  r->description, r->module,     r->category};
    sha256_begin(&hash);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        sha256_add_field(&hash, view_of(fields[i]));
    }
    for (size_t i = 0; i < r->context_count; i++) {
        sha256_add_field(&hash, view_of(r->context[i].name));
        sha256_add_field(&hash, view_of(r->context[i].value));
    }
    sha256_end(&hash, c->claim.body_hash);
}

static esi_err create(struct creation *c, struct ticket_result *result, esi_ticket **out) {
    esi_store *store = NULL;
    esi_store_ticket made;
    int64_t deadline = 0;
    esi_err rc = input_deadline(c->request.deadline_ms, c->desk->settings.deadline_ms, ORIGIN,
                                &deadline, c->err);
    if (rc == ESI_OK) {
        rc = desk_store_to_write(c->desk, &store, c->err);
    }
    if (rc == ESI_OK) {
        rc = draft(c);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    claim(c, deadline);
    const esi_wait wait = wait_for_ms(deadline, NULL);
    rc = c->desk->store_ops->ticket_create(store, &c->ticket, &c->claim, &wait, &result->arena,
                                           &made, c->err);
    return rc == ESI_OK ? ticket_finish(result, &made, out, c->err) : rc;
}

esi_err esi_ticket_create(esi_desk *desk, const esi_actor *actor, const esi_ticket_request *request,
                          esi_ticket **out, esi_error *err) {
    if (!desk || !request || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, request and out must not be NULL");
    }
    struct creation c = {.desk = desk, .err = err, .request = ESI_TICKET_REQUEST_INIT};
    esi_err rc = input_struct(&c.request, sizeof(c.request), request, sizeof(size_t), ORIGIN, err);
    if (rc == ESI_OK) {
        rc = actor_read(actor, &c.caller, err);
    }
    if (rc == ESI_OK) {
        rc = check_create(&c.request, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct ticket_result *result = ticket_result_create(err);
    if (!result) {
        return ESI_ENOMEM;
    }
    rc = create(&c, result, out);
    arena_clear(&c.scratch);
    if (rc != ESI_OK) {
        esi_ticket_free(&result->ticket);
    }
    return rc;
}
