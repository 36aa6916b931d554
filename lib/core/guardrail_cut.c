#include <string.h>

#include "core/guardrail_view.h"

#define STANDS_ALONE 3 /* words that a remainder needs to be worth keeping */

/* What joins two clauses of a sentence. */
static const struct view joints[] = {
    {", ", 2}, {" and ", 5}, {" but ", 5}, {" also ", 6}, {" then ", 6}, {" plus ", 6},
};

/* How a clause begins that hangs on the one before it: it speaks of somebody in that, or tells why
 * it should be done. */
static const char *const hangs[] = {
    "he",     "he's", "hes",   "she",     "she's",   "shes",  "they",     "they're", "it",
    "it's",   "its",  "his",   "her",     "their",   "him",   "them",     "that",    "which",
    "who",    "so",   "to",    "because", "since",   "cause", "as",       "for",     "said",
    "says",   "told", "until", "before",  "after",   "while", "when",     "if",      "unless",
    "thanks", "else", "only",  "just",    "without", "even",  "although", "though",
};

/* "..., i just want to see it": after "I" or "we" that makes it the reason. */
static const char *const reasons[] = {
    "just", "only", "want", "need", "have", "must", "will", "would", "wanna", "gotta", "promise",
};

static struct view word_at(struct view text, size_t at) {
    size_t end = at;
    while (end < text.n && text.p[end] != ' ' && text.p[end] != ',') {
        end++;
    }
    return view_slice(text, at, end);
}

static bool is_one_of(struct view word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (view_eq(word, view_of(words[i]))) {
            return true;
        }
    }
    return false;
}

#define ONE_OF(word, words) is_one_of(word, words, sizeof(words) / sizeof((words)[0]))

static size_t count_words(struct view text, size_t from, size_t to) {
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        n += text.p[i] != ' ' && (i == from || text.p[i - 1] == ' ') ? 1 : 0;
    }
    return n;
}

/* The joint that stands at a place; NULL if none does. */
static const struct view *joint_at(struct view text, size_t at, size_t end) {
    for (size_t i = 0; i < sizeof joints / sizeof joints[0]; i++) {
        if (at + joints[i].n <= end && memcmp(text.p + at, joints[i].p, joints[i].n) == 0) {
            return &joints[i];
        }
    }
    return NULL;
}

/* Past a joint and those that follow on it (", and then "), of which each begins with the space
 * that ended the last. */
static size_t past_joints(struct view text, size_t at, size_t end) {
    const struct view *joint = joint_at(text, at, end);
    while (joint != NULL) {
        at += joint->n;
        joint = at > 0 ? joint_at(text, at - 1, end) : NULL;
        at -= joint != NULL ? 1u : 0u;
    }
    return at;
}

/* Does the clause that begins here go on with what was refused? */
static bool hangs_on(struct view text, size_t joint, size_t at) {
    const struct view first = word_at(text, at);
    if (ONE_OF(first, hangs)) {
        return true;
    }
    const bool self = view_eq(first, VIEW("i")) || view_eq(first, VIEW("we"));
    const size_t next = at + first.n + 1;
    return self && text.p[joint] == ',' && at == joint + 2 && next < text.n &&
           ONE_OF(word_at(text, next), reasons);
}

/* Words that may stand between a joint and the action of the clause that it opens. */
static const char *const openers[] = {
    "how",   "what",  "where", "which", "when",   "why",  "who",   "do",   "does", "can",
    "could", "would", "will",  "may",   "should", "is",   "are",   "i",    "we",   "you",
    "to",    "then",  "also",  "just",  "please", "now",  "there", "a",    "way",  "tell",
    "me",    "us",    "show",  "give",  "help",   "want", "need",  "have", "like", "i'd",
};

/* Is there nothing but such words between the two places? */
static bool opens(struct view text, size_t from, size_t to) {
    while (from < to) {
        const struct view word = word_at(text, from);
        if (word.n > 0 && !ONE_OF(word, openers)) {
            return false;
        }
        from += word.n + 1;
    }
    return true;
}

/* The last joint before the match: behind it the refused part begins. `from` where all is it. */
static size_t cut_from(struct view text, size_t from, size_t match) {
    size_t cut = from, begins = from;
    for (size_t at = from; at < match && !ONE_OF(word_at(text, from), hangs); at++) {
        const struct view *joint = joint_at(text, at, match);
        if (joint == NULL) {
            continue;
        }
        const size_t after = past_joints(text, at, match);
        const bool opened = cut > from && opens(text, begins, at); /* "and could you also" */
        if (count_words(text, from, at) >= STANDS_ALONE && !opened) {
            cut = at;
            begins = after;
        }
        at = after - 2; /* the space at a joint's end may begin the next */
    }
    return cut;
}

/* The first joint behind the match after which something begins that stands for itself. */
static size_t cut_to(struct view text, size_t match, size_t to) {
    for (size_t at = match; at < to; at++) {
        if (joint_at(text, at, to) == NULL) {
            continue;
        }
        const size_t after = past_joints(text, at, to);
        if (count_words(text, after, to) >= STANDS_ALONE && !hangs_on(text, at, after)) {
            return after;
        }
        at = after - 2;
    }
    return to;
}

void guardrail_clause(struct view text, const struct pattern_match *match, size_t *from,
                      size_t *to) {
    size_t begin = 0, end = 0, skip = 0;
    policy_sentence(text, match->from, &begin, &end);
    policy_sentence(text, match->to > match->from ? match->to - 1u : match->to, &skip, &end);
    while (begin < match->from && text.p[begin] == ' ') {
        begin++;
    }
    *from = cut_from(text, begin, match->from);
    *to = cut_to(text, match->to, end);
    /* "He said it's fine." */
    while (*to == end && end + 2 < text.n) {
        const struct view next = word_at(text, end + 2);
        if (!view_eq(next, VIEW("he")) && !view_eq(next, VIEW("she"))) {
            break;
        }
        policy_sentence(text, end + 2, &skip, &end);
        *to = end;
    }
}

void guardrail_stretch(struct view text, const struct pattern_match *match, size_t *from,
                       size_t *to) {
    size_t begin = 0, end = 0, skip = 0;
    policy_sentence(text, match->from, &begin, &end);
    policy_sentence(text, match->to > match->from ? match->to - 1u : match->to, &skip, &end);
    *from = begin;
    *to = end;
    for (size_t at = begin; at < match->from; at++) {
        const struct view *joint = joint_at(text, at, match->from);
        const size_t after = joint != NULL ? past_joints(text, at, match->from) : 0;
        if (joint != NULL && after > at + 2 && opens(text, after, match->from)) {
            *from = after;
        }
    }
    for (size_t at = match->to; at < end && *to == end; at++) {
        const size_t after = joint_at(text, at, end) != NULL ? past_joints(text, at, end) : 0;
        if (after > at + 2 && ONE_OF(word_at(text, after), openers)) {
            *to = at;
        }
    }
}
