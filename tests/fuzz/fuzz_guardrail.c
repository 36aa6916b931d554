#include "fuzz.h"

#include <string.h>

#include "base/text.h"
#include "core/guardrail.h"
#include "core/redact.h"

/* The first byte says who asks and where the text stands, the rest is the text. */

static bool within(struct view part, struct view text) {
    return part.p >= text.p && part.p + part.n <= text.p + text.n;
}

static void check_verdict(const struct verdict *v, struct view text) {
    FUZZ_HOLDS((v->kind == VERDICT_PASS) == (v->rule == NULL));
    FUZZ_HOLDS(v->steps <= PATTERN_STEPS_MAX);
    FUZZ_HOLDS((v->match_count == 0) == (v->rule == NULL));
    FUZZ_HOLDS(v->rest.n <= text.n);
    for (size_t i = 0; i < v->match_count; i++) {
        FUZZ_HOLDS(within(v->matches[i], text));
    }
    if (v->kind != VERDICT_PASS) {
        FUZZ_HOLDS(v->view != NULL);
        FUZZ_HOLDS((v->kind == VERDICT_REFUSE_WITH_HELP) <= v->rule->help);
        FUZZ_HOLDS(text_valid(v->rest) || !text_valid(text));
    }
}

/* Finds stand in order and apart, and only they are changed. */
static void check_masking(struct view text, esi_arena *arena) {
    struct view out;
    struct redact_span *spans = NULL;
    size_t count = 0, at = 0, from = 0;
    FUZZ_HOLDS(redact_text(text, REDACT_ALL, arena, &out, &spans, &count, NULL) == ESI_OK);
    for (size_t i = 0; i < count; i++) {
        FUZZ_HOLDS(spans[i].from >= from && spans[i].from < spans[i].to && spans[i].to <= text.n);
        const struct view kept = view_slice(text, from, spans[i].from);
        FUZZ_HOLDS(view_eq(view_slice(out, at, at + kept.n), kept));
        at += kept.n + strlen(redact_name(spans[i].kind)) + 2;
        from = spans[i].to;
    }
    FUZZ_HOLDS(view_eq(view_slice(out, at, out.n), view_slice(text, from, text.n)));
    FUZZ_HOLDS(count > 0 || out.p == text.p);
    FUZZ_HOLDS(text_valid(out) || !text_valid(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct policy *policy; /* the default, read once */
    if (policy == NULL) {
        FUZZ_HOLDS(policy_read((struct view){0}, "default", &policy, NULL) == ESI_OK);
    }
    if (size < 2) {
        return 0;
    }
    static const enum policy_scope scopes[] = {SCOPE_QUESTION, SCOPE_DOCUMENT, SCOPE_ANSWER};
    const struct view text = {(const char *)data + 1, size - 1};
    const esi_role role = (esi_role)(data[0] % 6);
    struct verdict first, again;
    esi_arena arena;
    arena_init(&arena, 0);
    const enum policy_scope scope = scopes[data[0] / 6 % 3];
    FUZZ_HOLDS(guardrail_screen(policy, text, role, scope, &arena, &first, NULL) == ESI_OK);
    FUZZ_HOLDS(guardrail_screen(policy, text, role, scope, &arena, &again, NULL) == ESI_OK);
    FUZZ_HOLDS(first.rule == again.rule && first.steps == again.steps);
    check_verdict(&first, text);
    check_masking(text, &arena);
    arena_clear(&arena);
    return 0;
}
