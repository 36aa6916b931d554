/* Whatever an endpoint answers, its refusal is read into words that have an end, and leads to no
 * more requests than there are parts to leave out. */
#include "fuzz.h"

#include "base/text.h"
#include "provider/dialect.h"

#define STEPS_MAX 9

static void check_words(struct view words) {
    FUZZ_HOLDS(words.p != NULL && words.p[words.n] == '\0');
    FUZZ_HOLDS(words.n <= 16 * (size_t)API_ERROR_TEXT_MAX);
    FUZZ_HOLDS(view_trim(words).n == words.n);
}

static void check_steps(const struct api_error *e, int status, bool embeds) {
    unsigned now = 0;
    size_t steps = 0;
    for (unsigned next = dialect_after(now, status, e, embeds); next != now; steps++) {
        FUZZ_HOLDS((next & now) == now && steps < STEPS_MAX);
        now = next;
        next = dialect_after(now, status, e, embeds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int statuses[] = {200, 400, 404, 429};
    esi_arena arena = {.max = 0};
    struct api_error e;
    const struct view body = {(const char *)data, size};
    FUZZ_HOLDS(api_error_read(body, &arena, &e, NULL) == ESI_OK);
    check_words(e.message);
    check_words(e.type);
    check_words(e.code);
    check_words(e.param);
    FUZZ_HOLDS(text_valid(e.message) && text_valid(e.type) && text_valid(e.param));
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        (void)api_error_too_large(statuses[i], &e);
        (void)api_error_limited(statuses[i], &e);
        (void)api_error_filtered(statuses[i], &e);
    }
    check_steps(&e, 400, size % 2 == 0);
    check_steps(&e, 500, size % 2 == 0);
    arena_clear(&arena);
    return 0;
}
