#include "fuzz.h"

#include <string.h>

#include "report.h"
#include "utf8.h"

static const char *const keys[] = {"tier", NULL};
static const char *const groups[] = {"all of them", NULL};
static const char *const names[] = {"all", NULL};
static const struct report_kind kind = {"chat", "scenarios", "turn", keys, groups, names};

/* What changed is counted once, and what is written of it is JSON text. */
static void check_comparison(const struct baseline *baseline) {
    static const char *const ids[] = {"a", "b", "c"};
    struct report report;
    FUZZ_HOLDS(report_init(&report, &kind, 3, NULL) == ESI_OK);
    for (size_t i = 0; i < 3; i++) {
        report.items[i] = (struct report_item){ids[i], 0, i == 1};
    }
    FUZZ_HOLDS(report_compare(&report, baseline, NULL) == ESI_OK);
    const struct report_change *change = &report.change;
    FUZZ_HOLDS(change->percent >= 0.0 && change->percent <= 100.0);
    FUZZ_HOLDS(change->newly_right_count + change->newly_wrong_count + change->added <= 3);
    FUZZ_HOLDS(change->gone <= BASELINE_RESULTS_MAX);
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    report_write_json(&report, &wire);
    FUZZ_HOLDS(!out.failed && utf8_valid(out.data, out.size));
    outbuf_clear(&out);
    report_clear(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct baseline *baseline = NULL;
    esi_error err = {0};
    if (baseline_read(&kind, "b", (const char *)data, size, &baseline, &err) != ESI_OK) {
        FUZZ_HOLDS(baseline == NULL && strncmp(err.message, "b: ", 3) == 0);
        return 0;
    }
    check_comparison(baseline);
    baseline_free(baseline);
    return 0;
}
