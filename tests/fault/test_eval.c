/* test_eval.c: an evaluation is read, judged and written while the n-th allocation fails. */
#include <string.h>

#include "fail_alloc.h"
#include "report.h"
#include "scenario.h"
#include "tap.h"

static const char scenarios[] =
    "{\"id\":\"a\",\"context\":{\"module\":\"m\"},\"turns\":[{\"message\":\"x\",\"expect\":{"
    "\"tier\":[\"TIER_1\",\"TIER_2\"],\"says\":[\"one|two\",\"three\"],\"not_says\":\"tcp\","
    "\"cites\":\"b\",\"asks\":[\"which\"],\"category\":\"c\"}},{\"message\":\"y\"}]}\n"
    "{\"id\":\"b\",\"history\":[\"x\"],\"message\":\"y\",\"expect\":{\"ticket\":true}}\n";
static const char *const groups[] = {"all of them", NULL};
static const struct report_kind kind = {"chat", "scenarios", "turn", expect_keys, groups, groups};
static const esi_reply reply = {.answer = "Use TCP.\n\nThen wait."};

struct trial {
    struct scenario_set set;
    struct report report;
    struct baseline *baseline;
    struct outbuf json;
    esi_err code;
};

static void on_miss(void *context, enum expect_key key, const char *wanted, const char *got) {
    struct trial *trial = context;
    const struct report_miss miss = {
        .part = 1, .message = "x", .key = key, .stage = "decide", .reply = &reply};
    if (trial->code == ESI_OK) {
        trial->code = report_add_miss(&trial->report, &miss, wanted, got, NULL);
    }
}

static esi_err judge_all(struct trial *trial) {
    for (size_t i = 0; i < trial->set.count; i++) {
        trial->report.items[i].id = trial->set.items[i]->id;
        const struct expect *expect = &trial->set.items[i]->turns[0].expect;
        const esi_err code = expect_judge(expect, &reply, on_miss, trial, NULL);
        if (code != ESI_OK || trial->code != ESI_OK) {
            return code != ESI_OK ? code : trial->code;
        }
    }
    return ESI_OK;
}

static esi_err write_and_compare(struct trial *trial) {
    struct wire wire = {&trial->json, false};
    report_write_json(&trial->report, &wire);
    if (trial->json.failed) {
        return ESI_ENOMEM;
    }
    esi_err code =
        baseline_read(&kind, "b", trial->json.data, trial->json.size, &trial->baseline, NULL);
    if (code == ESI_OK) {
        code = report_compare(&trial->report, trial->baseline, NULL);
    }
    return code;
}

static esi_err run_once(void) {
    struct trial trial = {.json = OUTBUF_INIT};
    esi_err code = scenario_set_add(&trial.set, "f", scenarios, sizeof(scenarios) - 1, NULL);
    if (code == ESI_OK) {
        code = report_init(&trial.report, &kind, trial.set.count, NULL);
    }
    if (code == ESI_OK) {
        code = judge_all(&trial);
    }
    if (code == ESI_OK) {
        code = write_and_compare(&trial);
    }
    outbuf_clear(&trial.json);
    baseline_free(trial.baseline);
    report_clear(&trial.report);
    scenario_set_clear(&trial.set);
    return code;
}

static void fail_each(void (*arm)(size_t), bool (*disarm)(void)) {
    size_t n = 1;
    for (;; n++) {
        arm(n);
        const esi_err code = run_once();
        const bool failed = disarm();
        if (!failed) {
            ck_assert_int_eq(code, ESI_OK);
            break;
        }
        /* the parser of JSON doesn't say what it lacked */
        ck_assert_msg(code == ESI_ENOMEM || code == ESI_EPARSE, "allocation %zu: %s", n,
                      esi_err_name(code));
    }
    ck_assert_uint_gt(n, 20);
}

START_TEST(an_evaluation_survives_each_failure_of_our_own_allocations) {
    fail_each(fail_own_arm, fail_own_disarm);
}
END_TEST

START_TEST(an_evaluation_survives_each_failure_of_the_libraries_allocations) {
    fail_each(fail_all_arm, fail_all_disarm);
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    const bool preloaded = fail_all_preload(argv);
    TCase *t = tcase_create("eval");
    tcase_add_test(t, an_evaluation_survives_each_failure_of_our_own_allocations);
    if (preloaded) {
        tcase_add_test(t, an_evaluation_survives_each_failure_of_the_libraries_allocations);
    }
    return tap_run("fault/eval", t);
}
