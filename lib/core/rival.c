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

/* ---- the subject of a rule ------------------------------------------------------------------- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

/* The word at *at of a text, from where it stands on; *at is moved behind it. */
static struct view next_word(struct view text, size_t *at) {
    while (*at < text.n && !is_letter(text.p[*at])) {
        (*at)++;
    }
    const size_t from = *at;
    while (*at < text.n && (is_letter(text.p[*at]) || text.p[*at] == '-')) {
        (*at)++;
    }
    return view_slice(text, from, *at);
}

/* "session" and "sessions", "escalation" and "escalate": the same beginning. */
static bool is_like(struct view a, struct view b) {
    const size_t shorter = a.n < b.n ? a.n : b.n;
    const size_t same = shorter > 6 ? 6 : (shorter > 4 && a.n != b.n ? shorter - 1 : shorter);
    return shorter > 2 && view_eq_nocase(view_slice(a, 0, same), view_slice(b, 0, same)) &&
           (a.n > b.n ? a.n - b.n : b.n - a.n) < 5;
}

static bool says(struct view text, struct view word) {
    size_t at = 0;
    for (struct view other = next_word(text, &at); other.n > 0; other = next_word(text, &at)) {
        if (is_like(other, word)) {
            return true;
        }
    }
    return false;
}

static bool is_small_word(struct view word) {
    static const char *const small[] = {"the", "all", "any", "and", "for", "our", "with", "every"};
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
        if (view_eq_nocase(word, view_of(small[i]))) {
            return true;
        }
    }
    return word.n < 3;
}

/* Where one subject of several ends: behind ", ", " and " or " or ". */
static struct view first_subject(struct view *rest) {
    static const char *const joins[] = {", ", " and ", " or ", "; "};
    struct view one = *rest;
    size_t behind = rest->n;
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
        const size_t at = view_find(*rest, view_of(joins[i]), 0);
        if (at < one.n) {
            one = view_slice(*rest, 0, at);
            behind = at + view_of(joins[i]).n;
        }
    }
    *rest = view_slice(*rest, behind, rest->n);
    for (size_t at = view_find(one, VIEW(" on "), 0); at != SIZE_MAX;
         at = view_find(one, VIEW(" on "), 0)) {
        one = view_slice(one, 0, at); /* "badges on the range" */
    }
    return one;
}

/* Is the other section on one of the subjects: does it say all the words of one? */
static bool concerns(struct view subject, const struct rival *other) {
    while (subject.n > 0) {
        const struct view one = first_subject(&subject);
        size_t at = 0;
        size_t words = 0;
        size_t said = 0;
        for (struct view word = next_word(one, &at); word.n > 0; word = next_word(one, &at)) {
            if (!is_small_word(word)) {
                words++;
                said += says(other->title_words, word) || says(other->text, word);
            }
        }
        if (words > 0 && said == words) {
            return true;
        }
    }
    return false;
}

/* As it stands against another section. */
static struct contender against(const struct rival *a, const struct rival *b) {
    struct contender who = a->who;
    who.declares_rule = who.declares_rule && (who.subject.n == 0 || concerns(who.subject, b));
    return who;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool compete(const struct rival *a, const struct rival *b, bool strong, size_t dimensions) {
    if (view_eq(a->who.id, b->who.id)) {
        return false;
    }
    if (replaces(&a->who, &b->who) || replaces(&b->who, &a->who)) {
        return true;
    }
    const float near = a->vector && b->vector ? vector_cosine(a->vector, b->vector, dimensions) : 0;
    return near >= (strong ? NEAR_FOR_STRONG : NEAR_FOR_WEAK) ||
           shared_words(a->title_words, b->title_words) >=
               (strong ? SHARED_FOR_STRONG : SHARED_FOR_WEAK);
}

bool rival_compete(const struct rival *a, const struct rival *b, size_t dimensions) {
    const struct contender first = against(a, b);
    const struct contender second = against(b, a);
    return compete(a, b, is_strong(&first, &second), dimensions);
}

int rival_compare(const struct rival *a, const struct rival *b, size_t dimensions,
                  const char **reason) {
    const struct contender first = against(a, b);
    const struct contender second = against(b, a);
    *reason = "";
    return compete(a, b, is_strong(&first, &second), dimensions)
               ? authority_compare(&first, &second, reason)
               : 0;
}

void rival_judge(struct passage *passages, const struct rival *rivals, const bool *named,
                 size_t count, size_t dimensions) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            const char *reason = "";
            const int order = rival_compare(&rivals[i], &rivals[j], dimensions, &reason);
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
