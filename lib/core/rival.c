#include "core/rival.h"

#include "base/vector.h"

/* Two sections are on one subject when their texts are near, or when most words of their headings
 * are the same. A weak reason (a later date) outranks only what is clearly the same subject: two
 * documents that complete each other must both be heard. */
#define NEAR_FOR_STRONG 0.56f
#define NEAR_FOR_WEAK 0.70f
#define SHARED_FOR_STRONG 0.34
#define SHARED_FOR_WEAK 0.67

static bool has_word(struct view words, struct view word) {
    struct view piece;
    while (view_split(&words, ' ', &piece)) {
        if (view_eq(piece, word)) {
            return true;
        }
    }
    return false;
}

/* Shared words over all words (Jaccard). */
static double shared_words(struct view a, struct view b) {
    size_t both = 0;
    size_t all = 0;
    struct view rest = a;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        if (word.n > 0) {
            all++;
            both += has_word(b, word);
        }
    }
    rest = b;
    while (view_split(&rest, ' ', &word)) {
        all += word.n > 0 && !has_word(a, word);
    }
    return all == 0 ? 0.0 : (double)both / (double)all;
}

static bool retired(const struct contender *c) {
    return c->standing == STANDING_DEPRECATED || c->standing == STANDING_SUPERSEDED ||
           c->superseded_by.n > 0;
}

static bool replaces(const struct contender *a, const struct contender *b) {
    return view_eq(b->superseded_by, a->id) && a->id.n > 0;
}

static bool is_strong(const struct contender *a, const struct contender *b) {
    return retired(a) != retired(b) || a->named != b->named || a->declares_rule != b->declares_rule;
}

bool rival_compete(const struct rival *a, const struct rival *b, size_t dimensions) {
    if (view_eq(a->who.id, b->who.id)) {
        return false;
    }
    if (replaces(&a->who, &b->who) || replaces(&b->who, &a->who)) {
        return true;
    }
    const bool strong = is_strong(&a->who, &b->who);
    const float near = a->vector && b->vector ? vector_cosine(a->vector, b->vector, dimensions) : 0;
    return near >= (strong ? NEAR_FOR_STRONG : NEAR_FOR_WEAK) ||
           shared_words(a->title_words, b->title_words) >=
               (strong ? SHARED_FOR_STRONG : SHARED_FOR_WEAK);
}

void rival_judge(struct passage *passages, const struct rival *rivals, const bool *named,
                 size_t count, size_t dimensions) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            const char *reason = "";
            const int order = rival_compete(&rivals[i], &rivals[j], dimensions)
                                  ? authority_compare(&rivals[i].who, &rivals[j].who, &reason)
                                  : 0;
            const size_t winner = order < 0 ? i : j;
            const size_t loser = order < 0 ? j : i;
            if (order == 0 || passages[loser].outranked || passages[winner].outranked) {
                continue;
            }
            passages[loser].outranked = true;
            passages[loser].outranked_by = passages[winner].document_id;
            passages[loser].outranked_why = view_of(reason);
            passages[loser].named = named[loser];
        }
    }
}
