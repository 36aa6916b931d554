/* condition_parts.h: what the files that take a condition apart share. */
#ifndef ESIHELP_CORE_CONDITION_PARTS_H
#define ESIHELP_CORE_CONDITION_PARTS_H

#include "core/condition.h"

/* A stretch of words. */
struct span {
    size_t from, to;
};

/* The words that were taken for something else than what must have been said. */
struct taken {
    bool *words; /* one per word of the condition */
};

/* A condition and the words of it. */
struct condition_words {
    const struct cue_text *text;
    const struct note_item *item;
    bool alone; /* it has one statement only */
};

static inline uint64_t cues_at(const struct cue_text *text, size_t i) {
    return i < text->count ? text->words[i].cues : 0;
}

static inline bool word_in(const struct cue_text *text, size_t i, const char *forms) {
    return i < text->count && cues_in(&text->words[i], forms);
}

/* The first verb that makes a statement of [from, to); `to` where there is none. */
size_t condition_verb(const struct cue_text *text, size_t from, size_t to);

/* ---- condition_asks.c ------------------------------------------------------------------------ */

/* What a stretch asks for beside its words: tries, numbers, people, what one has. */
void condition_asks(const struct condition_words *words, struct span span,
                    struct condition_part *part, struct taken *taken);

#endif
