#include "core/rival.h"

#include "base/vector.h"

/* Two sections are on one subject when their texts are near, when most words of their headings are
 * the same, or when they state other figures for the same thing. A weak reason (a later date)
 * outranks only what is clearly the same subject: two documents that complete each other must both
 * be heard. */
struct limits {
    float near;    /* of their vectors */
    double titles; /* words of title and heading that both have, of all */
    double differ; /* words of two claims with other figures that both have */
    double like;   /* all of it together, for kindred documents; above 2: never */
};
static const struct limits retired_limits = {0.50f, 0.34, 0.40, 0.60};
static const struct limits strong_limits = {0.56f, 0.34, 0.50, 0.76};
static const struct limits undated_limits = {0.70f, 0.67, 0.50, 0.76};
static const struct limits weak_limits = {0.70f, 0.67, 0.65, 3.0};

#define NEAR_LEAST 0.25    /* below it texts aren't compared */
#define CLAIMED_DIFFER 0.3 /* ... and words of two claims with other figures that both have */
#define CLAIMED 0.55       /* likeness of kindred documents, where somebody asks which holds */
#define STANDS_IN 0.60     /* likeness of what holds to what a retired section says, */
#define STANDS_ALONE 0.75  /* ... where it hasn't what was asked */
#define HEADED 0.50     /* words of a section's heading that are another document's title or tags */
#define KINDRED 0.20    /* words of title and tags that two documents share */
#define BOTH_ANSWER 0.5 /* of what the weaker has of a question, for the other to answer it, too */
#define HEADING 4.0     /* weight of a heading that tells all it can */
#define SOME_ANSWER 0.33 /* ... for it to be of use where the weaker is retired */
#define PART 0.3         /* of each sign of likeness beside the vectors' */

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
    static const char *const small[] = {"the",        "all",  "any",     "and",  "for",
                                        "our",        "with", "every",   "that", "what",
                                        "everything", "are",  "anything"};
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

struct view rival_heading(struct view path) {
    for (size_t at = view_find(path, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(path, VIEW(" > "), 0)) {
        path = view_slice(path, at + 3, path.n);
    }
    return path;
}

esi_err rival_read(struct rival *rival, const struct index *index, esi_arena *arena,
                   esi_error *err) {
    struct stems text;
    struct stems title;
    struct stems tags;
    esi_err code = stems_read(rival->heading, arena, &rival->head, err);
    if (code == ESI_OK) {
        code = stems_read(rival->text, arena, &text, err);
    }
    if (code == ESI_OK) {
        code = stems_join(&rival->head, &text, arena, &rival->words, err);
    }
    if (code == ESI_OK) {
        code = stems_read(rival->who.title, arena, &title, err);
    }
    if (code == ESI_OK) {
        code = stems_read(rival->tags, arena, &tags, err);
    }
    if (code == ESI_OK) {
        code = stems_join(&title, &tags, arena, &rival->kin, err);
    }
    if (code == ESI_OK) {
        code = claims_of_note(&rival->note, rival->heading, arena, &rival->claims, err);
    }
    if (code == ESI_OK) {
        code = stems_join(&title, &tags, arena, &rival->telling, err);
    }
    for (size_t i = 0; code == ESI_OK && index && i < rival->telling.count; i++) {
        rival->telling.weights[i] *= (float)index_tells(index, rival->telling.items[i]);
    }
    rival->read = code == ESI_OK;
    return code;
}

static double cosine(const struct rival *a, const struct rival *b, size_t dimensions) {
    return a->vector && b->vector ? (double)vector_cosine(a->vector, b->vector, dimensions) : 0.0;
}

double rival_near(const struct rival *weaker, const struct rival *other, size_t dimensions) {
    const double has = weaker->answers > 0 ? other->answers / weaker->answers : 0.0;
    return cosine(weaker, other, dimensions) + PART * (has > 1.0 ? 1.0 : has);
}

/* How much of a heading the other section has; a heading of a word or two says little. */
static double headed(const struct stems *head, const struct stems *words) {
    double weight = 0;
    for (size_t i = 0; i < head->count; i++) {
        weight += (double)head->weights[i];
    }
    return stems_share(head, words) * (weight < HEADING ? weight / HEADING : 1.0);
}

/* Commands of nobody knows when are what does the most harm. */
static bool has_commands(const struct note *note) {
    for (size_t i = 0; i < note->count; i++) {
        if (note->items[i].code || view_find(note->items[i].text, VIEW("`"), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Sections of kindred documents: vectors, what is asked, headings and figures in one number. */
static double likeness(const struct rival *loser, const struct rival *winner, double near,
                       double differ) {
    const double has = loser->answers > 0 ? winner->answers / loser->answers : 0.0;
    return near +
           PART * (has > 1.0           ? 1.0
                   : has < BOTH_ANSWER ? 0.0
                                       : has) +
           PART * headed(&loser->head, &winner->words) + (differ >= 0.5 ? PART : 0.0) +
           (loser->who.standing == STANDING_UNDATED && has_commands(&loser->note) ? 0.5 * PART
                                                                                  : 0.0);
}

/* Undated notes are on a matter if they only name it; of others both must be about the same. */
static bool are_kindred(const struct rival *a, const struct rival *b, bool loosely) {
    const struct stems *first = loosely ? &a->kin : &a->telling;
    const struct stems *second = loosely ? &b->kin : &b->telling;
    return stems_share(first, second) >= KINDRED || stems_share(second, first) >= KINDRED ||
           stems_share(&a->head, second) >= HEADED || stems_share(&b->head, first) >= HEADED;
}

static const struct limits *limits_of(const struct contender *winner,
                                      const struct contender *loser) {
    const bool replaced = loser->superseded_by.n > 0 && !replaces(winner, loser);
    if (retired(loser) && !replaced) {
        return &retired_limits;
    }
    if (replaced || winner->named != loser->named || winner->defers != loser->defers ||
        winner->declares_rule != loser->declares_rule) {
        return &strong_limits;
    }
    return loser->standing == STANDING_UNDATED ? &undated_limits : &weak_limits;
}

/* Does it declare itself the rule for what the other document is about as a whole? */
static bool rules_over(const struct rival *winner, const struct rival *loser) {
    const struct rival title = {.title_words = loser->who.title};
    return winner->who.declares_rule && winner->who.subject.n > 0 &&
           concerns(winner->who.subject, &title);
}

/* "How a seat is freed is described in kb-seats": leaves it to the other one, and differs in
 * nothing. */
static bool refers_to(const struct note *note, struct view id) {
    size_t i = 0;
    while (i < note->count &&
           !(note->items[i].kind == NOTE_REFER && view_eq_nocase(note->items[i].text, id))) {
        i++;
    }
    return i < note->count;
}

void rival_compare(const struct rival *a, const struct rival *b, size_t dimensions,
                   struct rivals *out) {
    const struct contender first = against(a, b);
    const struct contender second = against(b, a);
    *out = (struct rivals){.reason = ""};
    const char *reason;
    const int order =
        view_eq(first.id, second.id) ? 0 : authority_compare(&first, &second, &reason);
    if (order == 0) {
        return;
    }
    const struct rival *winner = order < 0 ? a : b;
    const struct rival *loser = order < 0 ? b : a;
    const struct limits *limits =
        limits_of(order < 0 ? &first : &second, order < 0 ? &second : &first);
    const double near = cosine(a, b, dimensions);
    const double titles = shared_words(a->title_words, b->title_words);
    const bool read = a->read && b->read;
    const bool close = read && near >= NEAR_LEAST;
    const bool kindred = read && are_kindred(a, b, limits == &undated_limits || loser->claimed);
    size_t item = 0;
    const double differ = close ? claims_differ(&loser->claims, &winner->claims, &item) : 0.0;
    const double like = close ? likeness(loser, winner, near, differ) : near;
    const bool claimed = loser->claimed && limits != &weak_limits;
    const bool related = limits != &weak_limits || !read || kindred;
    const bool same =
        (near >= (double)limits->near && related) || titles >= limits->titles ||
        (differ >= limits->differ && (kindred || limits != &weak_limits)) ||
        (kindred && claimed && differ >= CLAIMED_DIFFER) ||
        (kindred && (like >= (claimed ? CLAIMED : limits->like) || rules_over(winner, loser)));
    const bool left_to =
        !retired(&loser->who) && differ < limits->differ && refers_to(&loser->note, winner->who.id);
    if (left_to || (!same && !replaces(&winner->who, &loser->who))) {
        return;
    }
    const bool answers = winner->answers >= SOME_ANSWER * loser->answers;
    *out = (struct rivals){.order = order,
                           .reason = reason,
                           .stands_in = same && (limits != &retired_limits ||
                                                 like >= (answers ? STANDS_IN : STANDS_ALONE)),
                           .differs_at = differ >= limits->differ ? item + 1 : 0};
}
