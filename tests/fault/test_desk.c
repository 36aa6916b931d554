/* test_desk.c: open, ask and ingest while the n-th allocation fails: no crash, no leak, and a turn
 * or a document that is there whole or not at all. */
#include <stdint.h>

#include "../desk/fixture.h"

#include "fail_alloc.h"
#include "former.h"

static bool preloaded;

/* Rules that are read in a moment; reading all of the default ones is a sample's work. */
static const char few_rules[] = TEST_SOURCE_ROOT "/tests/data/few_rules.json";

static esi_err open_desk(const char *policy, esi_desk **out) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.policy = policy;
    options.provider = "offline";
    options.refresh_ms = 60000; /* the refresher's allocations aren't what is tested */
    return esi_desk_open(&options, out, NULL);
}

static esi_err open_once(void *context) {
    esi_desk *desk = NULL;
    const esi_err rc = open_desk(context, &desk);
    esi_desk_close(desk);
    return rc;
}

/* context: the path of a store. */
static esi_err copy_once(void *context) {
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = context;
    options.policy = few_rules;
    options.provider = "offline";
    options.refresh_ms = 60000;
    options.scratch = true;
    const esi_err rc = esi_desk_open(&options, &desk, NULL);
    esi_desk_close(desk);
    return rc;
}

static esi_err ask_once(void *context) {
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "My badge is not read at the door after two attempts, mail eve@example.org";
    request.explain = true;
    const esi_err rc = esi_chat_ask(context, &request, &reply, NULL);
    esi_reply_free(reply);
    return rc;
}

static esi_err say(esi_desk *desk, const char *message) {
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = "door";
    request.message = message;
    const esi_err rc = esi_chat_ask(desk, &request, &reply, NULL);
    esi_reply_free(reply);
    return rc;
}

/* A turn that goes on with what an earlier one began. */
static esi_err follow_once(void *context) {
    return say(context, "I held it flat against the reader, it is still not read");
}

static esi_err wonder_once(void *context) {
    return say(context, "should I try it again?");
}

static esi_err ingest_once(void *context) {
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = "badge.md";
    source.text = badge_doc;
    source.explain = true;
    const esi_err rc = esi_kb_ingest(context, &source, &report, NULL);
    esi_kb_report_free(report);
    return rc;
}

static esi_err keep_house_once(void *context) {
    esi_retention_report *report = NULL;
    esi_purge_request request = ESI_PURGE_REQUEST_INIT;
    request.older_than_ms = ESI_RETENTION_MIN_MS;
    esi_err rc = esi_retention_purge(context, &request, &report, NULL);
    esi_retention_report_free(report);
    report = NULL;
    if (rc == ESI_OK) {
        rc = esi_retention_erase(context, "eve", &report, NULL);
    }
    esi_retention_report_free(report);
    return rc;
}

/* A failure may also be survived: a question that can't be embedded is answered by words. */
static bool is_told(esi_err rc) {
    return rc == ESI_OK || rc == ESI_ENOMEM || rc == ESI_EUNAVAILABLE || rc == ESI_EIO;
}

struct plan {
    void (*arm)(size_t n);
    bool (*disarm)(void);
    size_t every; /* each n up to here, then a sample */
    size_t most;
};

/* Some numbers beyond the first: the same ones in every run. */
static size_t next_number(size_t n, const struct plan *plan) {
    return n < plan->every ? n + 1 : n + 31 + (n * 2654435761u >> 7) % 67;
}

/* Runs it with each allocation failing in turn, until one run needs none that fails. */
static size_t fail_each(const struct plan *plan, esi_err (*run)(void *), void *context,
                        void (*check)(void *, esi_err)) {
    size_t runs = 0;
    for (size_t n = 1; n < plan->most; n = next_number(n, plan)) {
        plan->arm(n);
        const esi_err rc = run(context);
        const bool failed = plan->disarm();
        ck_assert_msg(is_told(rc), "allocation %zu: %s", n, esi_err_name(rc));
        if (check) {
            check(context, rc);
        }
        runs++;
        if (!failed) {
            ck_assert_int_eq(rc, ESI_OK);
            break;
        }
    }
    return runs;
}

static const struct plan own = {fail_own_arm, fail_own_disarm, SIZE_MAX, 1000000};
static const struct plan own_sample = {fail_own_arm, fail_own_disarm, 20, 3000};
static const struct plan all = {fail_all_arm, fail_all_disarm, 200, 5000};

/* Both messages of a turn, or neither. */
static void turn_is_whole(void *context, esi_err rc) {
    (void)rc;
    ck_assert_int_eq(messages_in(context) % 2, 0);
}

static void document_is_whole(void *context, esi_err rc) {
    esi_error err = {0};
    esi_health *health = NULL;
    (void)rc;
    must(esi_desk_health(context, &health, &err), &err);
    ck_assert(health->documents <= 1);
    esi_health_free(health);
    const esi_err removed = esi_kb_remove(context, "doc-badge", &err);
    ck_assert(removed == ESI_OK || removed == ESI_ENOTFOUND);
}

static void test_open(const struct plan *plan, const char *policy) {
    ck_assert_uint_gt(fail_each(plan, open_once, (void *)(uintptr_t)policy, NULL), 10);
}

static void test_copy(const struct plan *plan) {
    char path[] = "/tmp/esihelp-fault-XXXXXX";
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = path;
    options.policy = few_rules;
    options.provider = "offline";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    must(esi_desk_open(&options, &desk, &err), &err);
    put_document(desk, "badge.md", badge_doc);
    esi_desk_close(desk);
    ck_assert_uint_gt(fail_each(plan, copy_once, path, NULL), 10);
    former_make(path, "esi-former-1");
    ck_assert_uint_gt(fail_each(plan, copy_once, path, NULL), 10);
    unlink(path);
}

static void test_ask(const struct plan *plan) {
    esi_desk *desk = open_small();
    ck_assert_uint_gt(fail_each(plan, ask_once, desk, turn_is_whole), 10);
    ck_assert_int_eq(ask_once(desk), ESI_OK);
    esi_desk_close(desk);
}

static void test_follow(const struct plan *plan) {
    esi_desk *desk = open_small();
    ck_assert_int_eq(say(desk, "My badge is not read at the door"), ESI_OK);
    ck_assert_uint_gt(fail_each(plan, wonder_once, desk, turn_is_whole), 10);
    ck_assert_uint_gt(fail_each(plan, follow_once, desk, turn_is_whole), 10);
    esi_desk_close(desk);
}

static void test_ingest(const struct plan *plan) {
    esi_desk *desk = open_empty();
    ck_assert_uint_gt(fail_each(plan, ingest_once, desk, document_is_whole), 10);
    ck_assert_int_eq(ingest_once(desk), ESI_OK);
    esi_desk_close(desk);
}

static void test_keep_house(const struct plan *plan) {
    esi_desk *desk = open_small();
    ck_assert_int_eq(say(desk, "My badge is not read at the door"), ESI_OK);
    ck_assert_uint_gt(fail_each(plan, keep_house_once, desk, turn_is_whole), 5);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
}

START_TEST(open_survives_each_failure_of_our_own_allocations) {
    test_open(&own, few_rules);
}
END_TEST

START_TEST(open_with_the_default_rules_survives_a_sample_of_failures) {
    test_open(&own_sample, NULL);
}
END_TEST

START_TEST(open_on_a_copy_survives_each_failure_of_our_own_allocations) {
    test_copy(&own);
}
END_TEST

START_TEST(ask_survives_each_failure_of_our_own_allocations) {
    test_ask(&own);
}
END_TEST

START_TEST(later_turns_survive_each_failure_of_our_own_allocations) {
    test_follow(&own);
}
END_TEST

START_TEST(ingest_survives_each_failure_of_our_own_allocations) {
    test_ingest(&own);
}
END_TEST

START_TEST(purge_and_erase_survive_each_failure_of_our_own_allocations) {
    test_keep_house(&own);
}
END_TEST

START_TEST(purge_and_erase_survive_failures_of_the_libraries_allocations) {
    test_keep_house(&all);
}
END_TEST

START_TEST(open_survives_failures_of_the_libraries_allocations) {
    test_open(&all, few_rules);
}
END_TEST

START_TEST(ask_survives_failures_of_the_libraries_allocations) {
    test_ask(&all);
}
END_TEST

START_TEST(ingest_survives_failures_of_the_libraries_allocations) {
    test_ingest(&all);
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    preloaded = fail_all_preload(argv);
    TCase *t = tcase_create("desk");
    tcase_add_test(t, open_survives_each_failure_of_our_own_allocations);
    tcase_add_test(t, open_with_the_default_rules_survives_a_sample_of_failures);
    tcase_add_test(t, open_on_a_copy_survives_each_failure_of_our_own_allocations);
    tcase_add_test(t, ask_survives_each_failure_of_our_own_allocations);
    tcase_add_test(t, later_turns_survive_each_failure_of_our_own_allocations);
    tcase_add_test(t, ingest_survives_each_failure_of_our_own_allocations);
    tcase_add_test(t, purge_and_erase_survive_each_failure_of_our_own_allocations);
    if (preloaded) {
        tcase_add_test(t, purge_and_erase_survive_failures_of_the_libraries_allocations);
        tcase_add_test(t, open_survives_failures_of_the_libraries_allocations);
        tcase_add_test(t, ask_survives_failures_of_the_libraries_allocations);
        tcase_add_test(t, ingest_survives_failures_of_the_libraries_allocations);
    }
    return tap_run("fault/desk", t);
}
