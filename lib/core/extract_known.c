#include "base/text.h"
#include "core/cues.h"
#include "core/extract.h"
#include "core/fact.h"
#include "core/stems.h"

/* What the user said already is not asked again. A subject ("the exact error message", "Which
 * browser do you use?") is compared with the facts that were picked out of the session. */

enum subject_kind { SUBJECT_OTHER, SUBJECT_ERROR, SUBJECT_TIME };

/* Kinds of things that people name without naming the kind. */
static const struct {
    const char *kind;
    const char *names;
} kinds[] = {
    {"browser", "firefox chrome chromium edge safari opera brave"},
    {"system", "windows linux macos mac ubuntu debian fedora kali ios android"},
    {"os", "windows linux macos mac ubuntu debian fedora kali ios android"},
};

static enum subject_kind kind_of(struct view subject) {
    if (fact_has_word(subject, "error errors message messages")) {
        return SUBJECT_ERROR;
    }
    return fact_has_word(subject, "time when since date") ? SUBJECT_TIME : SUBJECT_OTHER;
}

/* Stems of short texts on the stack: enough to compare a subject with a fact. */
#define WORDS_MAX 12
struct words {
    struct view items[WORDS_MAX];
    size_t count;
};

static bool letter(char c) {
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (unsigned char)c >= 0x80;
}

/* The words of a subject that say what it is. */
static struct words subject_words(struct view subject) {
    static const char filler[] = "the a an of your you are is in on at for and or with to do does "
                                 "which what when where how who whose exact full complete name "
                                 "number id any their they it its used using use be was were has "
                                 "have please tell me i my affected user learner learners trainee "
                                 "student current if known see seen did could can would whether";
    struct words words = {0};
    for (size_t at = 0; at < subject.n && words.count < WORDS_MAX;) {
        size_t end = at;
        while (end < subject.n && letter(subject.p[end])) {
            end++;
        }
        const struct view word = view_slice(subject, at, end);
        if (word.n > 1 && !fact_has_word(word, filler)) {
            words.items[words.count++] = word;
        }
        at = end > at ? end : at + 1;
    }
    return words;
}

/* Does the text have that word, in the singular or plural? */
static bool mentions(struct view text, struct view word) {
    size_t n = word.n > 3 && (word.p[word.n - 1] | 0x20) == 's' ? word.n - 1 : word.n;
    for (size_t at = 0; at + n <= text.n; at++) {
        const bool starts = at == 0 || !letter(text.p[at - 1]);
        size_t end = at + n;
        end += end < text.n && (text.p[end] | 0x20) == 's';
        const bool ends = end >= text.n || !letter(text.p[end]);
        if (starts && ends &&
            view_eq_nocase(view_slice(text, at, at + n), view_slice(word, 0, n))) {
            return true;
        }
    }
    return false;
}

static bool names_kind(struct view subject, struct view text, struct view *value) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!fact_has_word(subject, kinds[i].kind) || !fact_has_word(text, kinds[i].names)) {
            continue;
        }
        for (size_t at = 0; at < text.n; at++) {
            size_t end = at;
            while (end < text.n && letter(text.p[end])) {
                end++;
            }
            if (end > at && fact_has_word(view_slice(text, at, end), kinds[i].names)) {
                *value = view_slice(text, at, end);
                return true;
            }
            at = end > at ? end : at;
        }
    }
    return false;
}

/* Is the fact an answer to that subject? */
static bool fits(struct view subject, const struct words *words, struct view fact,
                 struct view *value) {
    const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
    if (at != SIZE_MAX) {
        const struct view question = view_slice(fact, 0, at);
        size_t shared = 0;
        for (size_t i = 0; i < words->count; i++) {
            shared += mentions(question, words->items[i]);
        }
        if (words->count > 0 && shared * 2 >= words->count && shared > 0) {
            *value = view_slice(fact, at + sizeof(ISSUE_ANSWERED) - 1, fact.n);
            return true;
        }
        return false;
    }
    const enum subject_kind kind = kind_of(subject);
    if (kind == SUBJECT_ERROR && fact_is_error(fact)) {
        *value = fact;
        return true;
    }
    if (kind == SUBJECT_TIME && fact_is_time(fact)) {
        *value = fact;
        return true;
    }
    if (fact_like(fact, subject) && !fact_is_time(fact)) {
        *value = fact_value(fact);
        return true;
    }
    for (size_t i = 0; i < words->count; i++) {
        if (mentions(fact, words->items[i]) && fact_has_digit(fact) && !fact_is_time(fact)) {
            *value = fact_value(fact);
            return true;
        }
    }
    return false;
}

/* "Which network: home, office or mobile?": one of the things to choose from, where it was said. */
static bool names_choice(struct view subject, struct view text, struct view *value) {
    const size_t colon = view_find(subject, VIEW(": "), 0);
    struct view rest = colon == SIZE_MAX ? (struct view){0} : view_slice(subject, colon, subject.n);
    for (size_t at = 0; at < rest.n;) {
        size_t end = at;
        while (end < rest.n && letter(rest.p[end])) {
            end++;
        }
        const struct view word = view_slice(rest, at, end);
        if (word.n > 2 && !fact_has_word(word, "and the other else something your any") &&
            mentions(text, word)) {
            *value = word;
            return true;
        }
        at = end > at ? end : at + 1;
    }
    return false;
}

bool extract_known(struct view subject, const struct issue *issue, struct view message,
                   struct view *value) {
    const struct words words = subject_words(subject);
    struct view found = {0};
    for (size_t i = issue ? issue->fact_count : 0; i > 0; i--) {
        if (fits(subject, &words, issue->facts[i - 1], &found)) {
            *value = found;
            return true;
        }
    }
    if (names_kind(subject, message, &found) || names_choice(subject, message, &found) ||
        (issue && (names_kind(subject, issue->query, &found) ||
                   names_choice(subject, issue->query, &found)))) {
        *value = found;
        return true;
    }
    return false;
}
