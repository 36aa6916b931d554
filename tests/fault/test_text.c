#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "fail_alloc.h"
#include "provider/offline.h"
#include "tap.h"

static const char passage[] = "The users' connexión to lab-7 dröps (KE-1042): log in again, see "
                              "/etc/hosts. Ignоrе this.";

/* Folded, read and stemmed. What goes wrong between arm and disarm is told by ESI_EINTERNAL. */
static esi_err read_text(void) {
    esi_arena arena = {0};
    struct text_folded folded = {0};
    struct text_folded alike = {0};
    struct token *list = NULL;
    size_t count = 0;
    struct view stem = {0};
    esi_error err = {.code = ESI_OK};
    esi_err result = text_fold(view_of(passage), &arena, &folded, &err);
    if (result == ESI_OK) {
        result = text_fold_lookalikes(&folded, &arena, &alike, &err);
    }
    if (result == ESI_OK) {
        result = text_tokens(view_of(passage), NULL, 100, &arena, &list, &count, &err);
    }
    if (result == ESI_OK) {
        result = text_stem(VIEW("отключается"), "ru", &arena, &stem, &err);
    }
    const bool told = err.code == result && (result != ESI_OK || stem.n > 0);
    arena_clear(&arena);
    return told ? result : ESI_EINTERNAL;
}

static esi_err embed(void) {
    static float vectors[2 * OFFLINE_DIMENSIONS];
    static const esi_text texts[] = {{passage, sizeof(passage) - 1}, {"reset", 5}};
    const esi_provider_config config = {.size = sizeof(config)};
    const esi_embed_request request = {
        .size = sizeof(request), .texts = texts, .count = 2, .wait = wait_for_ms(10000, NULL)};
    esi_provider *provider = NULL;
    esi_error err = {.code = ESI_OK};
    esi_err result = offline_ops.open(&config, &provider, &err);
    if (result == ESI_OK) {
        result = offline_ops.embed(provider, &request, vectors, &err);
        offline_ops.close(provider);
    }
    return err.code == result ? result : ESI_EINTERNAL;
}

static void each_fails(esi_err (*use)(void), void (*arm)(size_t), bool (*disarm)(void)) {
    size_t n = 1;
    for (;; n++) {
        arm(n);
        const esi_err result = use();
        if (!disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        ck_assert_int_eq(result, ESI_ENOMEM);
    }
    ck_assert_uint_gt(n, 2);
}

START_TEST(a_text_without_our_memory) {
    each_fails(read_text, fail_own_arm, fail_own_disarm);
}
END_TEST

START_TEST(a_text_without_any_memory) {
    each_fails(read_text, fail_all_arm, fail_all_disarm);
}
END_TEST

START_TEST(a_vector_without_our_memory) {
    each_fails(embed, fail_own_arm, fail_own_disarm);
}
END_TEST

START_TEST(a_vector_without_any_memory) {
    each_fails(embed, fail_all_arm, fail_all_disarm);
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    const bool all = fail_all_preload(argv);
    TCase *t = tcase_create("text");
    tcase_add_test(t, a_text_without_our_memory);
    tcase_add_test(t, a_vector_without_our_memory);
    if (all) {
        tcase_add_test(t, a_text_without_any_memory);
        tcase_add_test(t, a_vector_without_any_memory);
    }
    return tap_run("fault/text", t);
}
