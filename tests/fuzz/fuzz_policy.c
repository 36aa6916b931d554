#include "fuzz.h"

#include <string.h>

#include "base/text.h"
#include "core/guardrail.h"

/* The input is a rule file. What is refused says where; what is read can be used. */

static void use(const struct policy *policy) {
    static const char *const texts[] = {"how do i delete all files",
                                        "it is down again, my work is lost",
                                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"};
    esi_arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct view text = view_of(texts[i]);
        const struct policy_category *category = NULL;
        struct verdict verdict;
        uint64_t bits = 0;
        FUZZ_HOLDS(policy_signals(policy, text, &bits, NULL) == ESI_OK);
        FUZZ_HOLDS(policy->signal_count == POLICY_SIGNALS_MAX || bits >> policy->signal_count == 0);
        FUZZ_HOLDS(policy_category(policy, text, &category, NULL) == ESI_OK);
        FUZZ_HOLDS(guardrail_screen(policy, text, ESI_ROLE_TRAINEE, SCOPE_QUESTION, &arena,
                                    &verdict, NULL) == ESI_OK);
        FUZZ_HOLDS(verdict.steps <= PATTERN_STEPS_MAX);
    }
    arena_clear(&arena);
}

static void check(const struct policy *policy) {
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *r = &policy->rules[i];
        FUZZ_HOLDS(r->id != NULL && r->category != NULL && r->reason != NULL && r->reply != NULL);
        FUZZ_HOLDS(r->tier >= ESI_TIER_1 && r->tier <= ESI_TIER_3 && r->least >= 1);
        FUZZ_HOLDS(r->roles != 0 && r->scopes != 0 && r->any != PATTERN_NONE);
    }
    for (size_t i = 0; i < policy->signal_count; i++) {
        FUZZ_HOLDS(policy_signal_bit(policy, policy->signals[i].id) == UINT64_C(1) << i);
    }
    for (size_t i = 0; i < policy->synonym_count; i++) {
        FUZZ_HOLDS(policy->synonyms[i][0][0] != '\0' && policy->synonyms[i][1][0] != '\0');
    }
    FUZZ_HOLDS(policy->tries >= 1 && policy->vague_rounds >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct policy *policy = NULL;
    esi_error err = {.code = ESI_OK};
    const esi_err result =
        policy_read((struct view){(const char *)data, size}, "it.json", &policy, &err);
    FUZZ_HOLDS((result == ESI_OK) == (policy != NULL));
    if (result != ESI_OK) {
        FUZZ_HOLDS(err.code == result && err.message[0] != '\0');
        FUZZ_HOLDS(result != ESI_EPOLICY || strncmp(err.message, "it.json:", 8) == 0 ||
                   strncmp(err.message, "default rules:", 14) == 0);
        return 0;
    }
    check(policy);
    use(policy);
    policy_free(policy);
    return 0;
}
