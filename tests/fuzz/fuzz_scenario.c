#include "fuzz.h"

#include <string.h>

#include "outbuf.h"
#include "scenario.h"

static void count_miss(void *context, enum expect_key key, const char *wanted, const char *got) {
    size_t *misses = context;
    FUZZ_HOLDS(key < EXPECT_KEYS && wanted != NULL && got != NULL);
    misses[key]++;
}

/* No key misses more often than it is counted, and the same reply misses the same. */
static void check_turn(const struct scenario_turn *turn) {
    static const esi_reference one = {"kb-vpn", "VPN", "", "VPN", 0.5};
    static const esi_reference *const references[] = {&one};
    static const char *const questions[] = {"Which profile?"};
    const esi_reply reply = {.answer = "Use TCP.\n\nThen \xe2\x80\x98wait\xe2\x80\x99.",
                             .references = references,
                             .reference_count = 1,
                             .questions = questions,
                             .question_count = 1};
    size_t misses[EXPECT_KEYS] = {0};
    size_t again[EXPECT_KEYS] = {0};
    FUZZ_HOLDS(turn->message != NULL && turn->message[0] != '\0');
    FUZZ_HOLDS(expect_judge(&turn->expect, &reply, count_miss, misses, NULL) == ESI_OK);
    FUZZ_HOLDS(expect_judge(&turn->expect, &reply, count_miss, again, NULL) == ESI_OK);
    FUZZ_HOLDS(memcmp(misses, again, sizeof misses) == 0);
    for (size_t key = 0; key < EXPECT_KEYS; key++) {
        FUZZ_HOLDS(misses[key] <= expect_count(&turn->expect, (enum expect_key)key));
    }
}

static void check_scenario(const struct scenario *scenario) {
    const size_t id = strlen(scenario->id);
    size_t given = 0;
    FUZZ_HOLDS(id > 0 && id <= SCENARIO_ID_MAX_BYTES && strchr(scenario->id, ',') == NULL);
    FUZZ_HOLDS(scenario->role >= ESI_ROLE_TRAINEE && scenario->role <= ESI_ROLE_ADMIN);
    FUZZ_HOLDS(scenario->context_count <= ESI_CONTEXT_MAX_PAIRS);
    FUZZ_HOLDS(scenario->turn_count > 0 && scenario->turn_count <= SCENARIO_TURNS_MAX);
    for (size_t i = 0; i < scenario->turn_count; i++) {
        check_turn(&scenario->turns[i]);
        given += scenario->turns[i].expect.given != 0;
    }
    FUZZ_HOLDS(given > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct scenario_set set = {0};
    esi_error err = {0};
    const esi_err code = scenario_set_add(&set, "f", (const char *)data, size, &err);
    FUZZ_HOLDS(code == ESI_OK || strncmp(err.message, "f:", 2) == 0);
    for (size_t i = 0; i < set.count; i++) {
        check_scenario(set.items[i]);
    }
    if (set.count > 0) {
        struct outbuf ids = OUTBUF_INIT;
        outbuf_text(&ids, set.items[set.count - 1]->id);
        FUZZ_HOLDS(scenario_set_choose(&set, ids.data, NULL) == ESI_OK && set.count == 1);
        outbuf_clear(&ids);
    }
    scenario_set_clear(&set);
    return 0;
}
