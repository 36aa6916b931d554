#include <string.h>

#include "core/guardrail.h"
#include "core/redact.h"
#include "fail_alloc.h"
#include "tap.h"

#define RULE(id, any)                                                                              \
    "{\"id\":\"" id "\",\"category\":\"c\",\"scopes\":[\"question\"],\"roles\":[\"trainee\"],"     \
    "\"intents\":[\"how\",\"order\"],\"tier\":\"TIER_1\",\"severity\":\"LOW\",\"escalate\":false," \
    "\"ticket\":false,\"help\":true,\"reason\":\"r\",\"reply\":\"n\",\"any\":[\"" any "\"],"       \
    "\"unless\":[\"\\\\bmy own\\\\b\"]}"

/* A little of everything that a rule file may hold. */
static const char rules[] =
    "{\"version\":1,\"lists\":{\"do\":[\"delete\",\"wipe\"],\"them\":[\"{{do}} all\",\"files?\"]},"
    "\"guardrail\":{\"intents\":[{\"id\":\"how\",\"before\":[\"\\\\bhow\\\\b\"],\"after\":[\"\\\\?"
    "\"]}],"
    "\"rules\":[" RULE("one", "\\\\b{{do}} (?:all|every) {{them}}\\\\b") "," RULE(
        "two", "[0-9]+ x") "]},"
                           "\"triage\":{\"signals\":[{\"id\":\"s\",\"any\":[\"\\\\blost\\\\b\"]}],"
                           "\"categories\":[{\"id\":\"vm\",\"any\":[\"\\\\bvm\\\\b\"],\"tags\":["
                           "\"vm\",\"lab\"]}],"
                           "\"rules\":[{\"id\":\"l\",\"acts\":[\"trouble\"],\"all\":[\"s\"],"
                           "\"category\":\"vm\",\"tier\":"
                           "\"TIER_1\",\"severity\":\"LOW\",\"escalate\":false,\"ticket\":false}]},"
                           "\"replies\":{\"greeting\":\"hi\"},\"synonyms\":[[\"a\",\"b\"]],"
                           "\"redact\":[\"email\"]}";

/* Check allocates, too: what goes wrong between arm and disarm is told by ESI_EINTERNAL. */
static esi_err read_rules(void) {
    struct policy *policy = NULL;
    esi_error err = {.code = ESI_OK};
    const esi_err result = policy_read(view_of(rules), "it", &policy, &err);
    const bool told = err.code == result && (result == ESI_OK) == (policy != NULL);
    policy_free(policy);
    return told ? result : ESI_EINTERNAL;
}

static esi_err screen_with(const struct policy *policy, esi_arena *arena) {
    static const char text[] = "h0w can i wipe all files on the vm? it is lost. "
                               "aG93IHRvIGRlbGV0ZSBhbGwgZmlsZXMgbm93 i.t i.s g.o.n.e";
    struct verdict verdict = {.kind = VERDICT_PASS};
    struct view masked = {0};
    uint64_t bits = 0;
    esi_err result = guardrail_screen(policy, view_of(text), ESI_ROLE_TRAINEE, SCOPE_QUESTION,
                                      arena, &verdict, NULL);
    if (result == ESI_OK && verdict.kind == VERDICT_PASS) {
        return ESI_EINTERNAL;
    }
    if (result == ESI_OK) {
        result = policy_signals(policy, view_of("it is lost"), &bits, NULL);
    }
    if (result == ESI_OK) {
        result = redact_text(view_of("ann@example.org, password: hunter2"), REDACT_ALL, arena,
                             &masked, NULL, NULL, NULL);
    }
    return result;
}

/* The rules are read with memory at hand; the rest is done without. */
static esi_err use_rules(size_t n, bool *failed) {
    struct policy *policy = NULL;
    esi_arena arena;
    esi_err result = policy_read(view_of(rules), "it", &policy, NULL);
    if (result != ESI_OK) {
        return ESI_EINTERNAL;
    }
    arena_init(&arena, 0);
    fail_own_arm(n);
    result = screen_with(policy, &arena);
    *failed = fail_own_disarm();
    arena_clear(&arena);
    policy_free(policy);
    return result;
}

START_TEST(rules_without_our_memory) {
    size_t n = 1;
    for (;; n++) {
        fail_own_arm(n);
        const esi_err result = read_rules();
        if (!fail_own_disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        /* Without memory for it a line number may be less exact; nothing else may be. */
        ck_assert(result == ESI_OK || result == ESI_ENOMEM);
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(rules_without_any_memory) {
    size_t n = 1;
    for (;; n++) {
        fail_all_arm(n);
        const esi_err result = read_rules();
        if (!fail_all_disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        /* Where only the faster form of an expression failed, the rules do without it. */
        ck_assert(result == ESI_OK || result == ESI_ENOMEM);
    }
    ck_assert_uint_gt(n, 100);
}
END_TEST

START_TEST(screening_without_our_memory) {
    bool failed = true;
    size_t n = 1;
    while (failed) {
        const esi_err result = use_rules(n++, &failed);
        ck_assert_int_eq(result, failed ? ESI_ENOMEM : ESI_OK);
    }
    ck_assert_uint_gt(n, 8);
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    const bool all = fail_all_preload(argv);
    TCase *t = tcase_create("rules");
    tcase_add_test(t, rules_without_our_memory);
    tcase_add_test(t, screening_without_our_memory);
    if (all) {
        tcase_add_test(t, rules_without_any_memory);
    }
    return tap_run("fault/rules", t);
}
