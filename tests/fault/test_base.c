#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/os.h"
#include "base/pool.h"
#include "fail_alloc.h"
#include "tap.h"

/* Two objects, one with more names than the C library sorts without memory of its own. */
static struct view json_text(void) {
    static char text[4096];
    int n = snprintf(text, sizeof text, "{\"a\":[1,2.5,\"x\\u00e9\",true,null],\"b\":{");
    for (int i = 0; i < 150; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "\"n%d\":%d,", i, i);
    }
    n += snprintf(text + n, sizeof text - (size_t)n, "\"last\":{}}}");
    return (struct view){text, (size_t)n};
}

/* Check allocates, too: what goes wrong between arm and disarm is told by ESI_EINTERNAL. */
static esi_err read_json(void) {
    struct json_doc *doc = NULL;
    esi_error err = {.code = ESI_OK};
    const esi_err result = json_read(json_text(), 10000, "it", &doc, &err);
    const bool told = err.code == result && (result == ESI_OK) == (doc != NULL);
    json_free(doc);
    return told ? result : ESI_EINTERNAL;
}

struct maker {
    int alive;
};

static esi_err make(void *context, const esi_wait *wait, void **out, esi_error *err) {
    (void)wait;
    struct maker *maker = context;
    void *item = malloc(32);
    if (item == NULL) {
        return esi_fail(err, ESI_ENOMEM, "test", "memory is used up");
    }
    maker->alive++;
    *out = item;
    return ESI_OK;
}

static void destroy(void *context, void *item) {
    ((struct maker *)context)->alive--;
    free(item);
}

static esi_err use_pool(void) {
    static const struct pool_ops ops = {make, destroy};
    struct maker maker = {0};
    struct pool *pool = NULL;
    esi_err result = pool_create(&ops, &maker, 2, &pool, NULL);
    if (result != ESI_OK) {
        return pool == NULL ? result : ESI_EINTERNAL;
    }
    const esi_wait wait = wait_for_ms(1000, NULL);
    void *items[2] = {NULL, NULL};
    for (size_t i = 0; i < 2 && result == ESI_OK; i++) {
        result = pool_lease(pool, &wait, &items[i], NULL);
    }
    for (size_t i = 0; i < 2; i++) {
        if (items[i] != NULL) {
            pool_return(pool, items[i], i == 1);
        }
    }
    const struct pool_counts counts = pool_counts(pool);
    pool_free(pool);
    return counts.made == counts.idle && maker.alive == 0 ? result : ESI_EINTERNAL;
}

/* An arena, a builder, a switch and a folder, one after another. */
static esi_err use_others(void) {
    static const char *const endings[] = {".h", NULL};
    esi_arena arena = {0};
    esi_cancel *cancel = NULL;
    const char *const *files;
    size_t count;
    struct buf b;
    buf_init(&b, 1000000);
    esi_err result =
        os_list_tree(TEST_SOURCE_ROOT "/lib/base", endings, 1000, &arena, &files, &count, NULL);
    if (result == ESI_OK) {
        result = os_read_file(TEST_SOURCE_ROOT "/lib/base/json.h", 1000000, &b, NULL);
    }
    if (result == ESI_OK) {
        cancel = esi_cancel_create();
        result = cancel == NULL ? ESI_ENOMEM : ESI_OK;
    }
    esi_cancel_free(cancel);
    buf_clear(&b);
    arena_clear(&arena);
    return result;
}

static void each_own_fails(esi_err (*use)(void), size_t at_least) {
    size_t n = 1;
    for (;; n++) {
        fail_own_arm(n);
        const esi_err result = use();
        if (!fail_own_disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        ck_assert_int_eq(result, ESI_ENOMEM);
    }
    ck_assert_uint_gt(n, at_least);
}

/* The C library lives without some of its own, so that a failure may end well. */
static void each_fails(esi_err (*use)(void), size_t at_least) {
    size_t n = 1;
    for (;; n++) {
        fail_all_arm(n);
        const esi_err result = use();
        if (!fail_all_disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        ck_assert(result == ESI_OK || result == ESI_ENOMEM);
    }
    ck_assert_uint_gt(n, at_least);
}

START_TEST(json_without_our_memory) {
    each_own_fails(read_json, 2);
}
END_TEST

START_TEST(json_without_any_memory) {
    each_fails(read_json, 300);
}
END_TEST

START_TEST(a_pool_without_our_memory) {
    each_own_fails(use_pool, 3);
}
END_TEST

START_TEST(a_pool_without_any_memory) {
    each_fails(use_pool, 3);
}
END_TEST

START_TEST(the_rest_without_our_memory) {
    each_own_fails(use_others, 3);
}
END_TEST

START_TEST(the_rest_without_any_memory) {
    each_fails(use_others, 5);
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    const bool all = fail_all_preload(argv);
    TCase *t = tcase_create("base");
    tcase_add_test(t, json_without_our_memory);
    tcase_add_test(t, a_pool_without_our_memory);
    tcase_add_test(t, the_rest_without_our_memory);
    if (all) {
        tcase_add_test(t, json_without_any_memory);
        tcase_add_test(t, a_pool_without_any_memory);
        tcase_add_test(t, the_rest_without_any_memory);
    }
    return tap_run("fault/base", t);
}
