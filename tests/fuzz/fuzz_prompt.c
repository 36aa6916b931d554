#include "fuzz.h"

#include <string.h>

#include "core/prompt.h"

#define MARK "00112233445566778899aabbccddeeff"
#define OPEN "\xE2\x9F\xA6"
#define CLOSE "\xE2\x9F\xA7"

/* A NUL separates: question, history, title, text, item of a note. The attacker knows the mark,
 * which is more than an attacker can. */
static struct view piece(struct view *rest) {
    struct view v = {0};
    (void)view_split(rest, '\0', &v);
    return v;
}

static size_t count_of(struct view text, struct view part) {
    size_t count = 0;
    for (size_t at = view_find(text, part, 0); at != SIZE_MAX; at = view_find(text, part, at + 1)) {
        count++;
    }
    return count;
}

static struct view view_text(esi_text text) {
    return (struct view){text.data, text.size};
}

/* Every fence of the last turn is one of ours: two lines for each source and the question. */
static void check_last(const struct prompt *prompt) {
    const struct view last = view_text(prompt->turns[prompt->turn_count - 1].text);
    const size_t lines = 2 * (prompt->source_count + 1);
    FUZZ_HOLDS(count_of(last, VIEW(OPEN)) == lines);
    FUZZ_HOLDS(count_of(last, VIEW(CLOSE)) == lines);
    FUZZ_HOLDS(count_of(last, VIEW(MARK)) == lines + 1);
    struct view rest = last;
    struct view line;
    while (view_line(&rest, &line)) {
        const bool opens = view_find(line, VIEW(OPEN), 0) != SIZE_MAX;
        FUZZ_HOLDS(!opens ||
                   (view_starts(line, VIEW(OPEN MARK " ")) && view_ends(line, VIEW(CLOSE))));
    }
}

static void check(const struct prompt_in *in, const struct prompt *prompt) {
    size_t size = prompt->system.n;
    for (size_t i = 0; i < prompt->turn_count; i++) {
        size += prompt->turns[i].text.size;
    }
    FUZZ_HOLDS(size <= in->budget);
    for (size_t i = 0; i + 1 < prompt->turn_count; i++) {
        FUZZ_HOLDS(count_of(view_text(prompt->turns[i].text), VIEW(MARK)) == 0);
        FUZZ_HOLDS(count_of(view_text(prompt->turns[i].text), VIEW(OPEN)) == 0);
    }
    FUZZ_HOLDS(count_of(prompt->system, VIEW(MARK)) == 0);
    check_last(prompt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct view rest = {(const char *)data, size};
    esi_arena arena;
    arena_init(&arena, 0);
    struct prompt_in in = {.platform = VIEW("Northlight"), .fence = MARK, .budget = 12000};
    in.question = piece(&rest);
    const struct prompt_message history = {true, piece(&rest)};
    struct passage passage = {.title = piece(&rest), .heading = piece(&rest), .text = piece(&rest)};
    struct note_item item = {.kind = NOTE_SAY, .text = piece(&rest), .for_desk = true};
    const struct decision decision = {.kind = "trouble"};
    passage.note = (struct note){.items = &item, .count = 1};
    in.history = &history;
    in.history_count = 1;
    in.passages = &passage;
    in.passage_count = 1;
    in.decision = &decision;
    struct prompt prompt;
    const esi_err code = prompt_build(&in, &arena, &prompt, NULL);
    FUZZ_HOLDS(code == ESI_OK || code == ESI_ETOOBIG);
    if (code == ESI_OK) {
        check(&in, &prompt);
    }
    arena_clear(&arena);
    return 0;
}
