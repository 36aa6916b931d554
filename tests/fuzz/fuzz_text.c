#include "fuzz.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define MEMORY ((size_t)64 << 20)

static void check_folded(const struct text_folded *f, size_t source) {
    FUZZ_HOLDS(f->p[f->n] == '\0' && f->from[f->n] == source);
    FUZZ_HOLDS(text_valid((struct view){f->p, f->n}));
    for (size_t i = 0; i < f->n; i++) {
        FUZZ_HOLDS(f->from[i] <= f->from[i + 1]);
        FUZZ_HOLDS(f->p[i] != ' ' || f->p[i + 1] != ' ');
    }
}

static void check_fold(struct view text, esi_arena *arena) {
    struct text_folded folded = {0};
    struct text_folded alike = {0};
    struct text_folded again = {0};
    FUZZ_HOLDS(text_fold(text, arena, &folded, NULL) == ESI_OK);
    check_folded(&folded, text.n);
    FUZZ_HOLDS(text_fold_lookalikes(&folded, arena, &alike, NULL) == ESI_OK);
    FUZZ_HOLDS(text_valid((struct view){alike.p, alike.n}) && alike.from[alike.n] == text.n);
    FUZZ_HOLDS(text_fold((struct view){folded.p, folded.n}, arena, &again, NULL) == ESI_OK);
}

static void check_tokens(struct view text, const char *language, esi_arena *arena) {
    struct token *list = NULL;
    size_t count = 0;
    FUZZ_HOLDS(text_tokens(text, language, 100000, arena, &list, &count, NULL) == ESI_OK);
    for (size_t i = 0; i < count; i++) {
        FUZZ_HOLDS(list[i].from < list[i].to && list[i].to <= text.n);
        FUZZ_HOLDS(list[i].form.n > 0 && text_valid(list[i].form) && text_valid(list[i].stem));
        FUZZ_HOLDS(i == 0 || list[i].word >= list[i - 1].word);
        bool known = false;
        struct text_concept concepts[TEXT_CONCEPTS_MAX];
        const double rarity = text_rarity(list[i].form, &known);
        FUZZ_HOLDS(rarity > 0 && rarity < 10);
        FUZZ_HOLDS(text_concepts(list[i].form, concepts) <= TEXT_CONCEPTS_MAX);
        if (i > 0) {
            FUZZ_HOLDS(text_distance(list[i].form, list[i - 1].form, 2) <= 3);
        }
    }
}

/* Sentences stand in order and leave nothing out but white space. */
static void check_sentences(struct view text) {
    struct view rest = text;
    struct view sentence;
    const char *end = text.p;
    while (text_sentence(&rest, &sentence)) {
        FUZZ_HOLDS(sentence.n > 0 && sentence.p >= end);
        FUZZ_HOLDS(view_trim((struct view){end, (size_t)(sentence.p - end)}).n == 0);
        end = sentence.p + sentence.n;
    }
    FUZZ_HOLDS(view_trim((struct view){end, text.n - (size_t)(end - text.p)}).n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const languages[] = {NULL, "en", "de", "fr", "ru", "tr", "zh", "xx"};
    const struct view text = {size == 0 ? "" : (const char *)data, size};
    esi_arena arena;
    arena_init(&arena, MEMORY);
    check_fold(text, &arena);
    check_tokens(text, languages[size % 8], &arena);
    check_sentences(text);
    const struct view head = text_head(text, size / 3);
    FUZZ_HOLDS(text_count(head) <= size / 3 && text_language(text)[2] == '\0');
    FUZZ_HOLDS(!text_valid(text) || text_valid(head));
    arena_clear(&arena);
    return 0;
}
