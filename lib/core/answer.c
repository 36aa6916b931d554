#include "core/answer.h"

#include <string.h>

static const struct answer_word *find(struct view form) {
    size_t from = 0, to = answer_word_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = view_cmp(view_of(answer_words[middle].word), form);
        if (order == 0) {
            return &answer_words[middle];
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return NULL;
}

static bool is(const struct token *tokens, size_t count, size_t at, const char *words) {
    struct view rest = view_of(words), word;
    while (at < count && view_split(&rest, ' ', &word)) {
        if (view_eq(word, tokens[at].form)) {
            return true;
        }
    }
    return false;
}

#define REACH 4 /* words behind "what" that may name the kind */

/* "how many days", "how much money": what is counted says more than that it is. */
static uint32_t of_how(const struct token *tokens, size_t count, size_t at) {
    const struct answer_word *next = at + 1 < count ? find(tokens[at + 1].form) : NULL;
    uint32_t kinds = next != NULL ? next->how : 0;
    if (kinds == 0) {
        return ANSWER_STEPS;
    }
    for (size_t i = at + 2; i < count && i < at + 4 && (kinds & ANSWER_NUMBER) != 0; i++) {
        const struct answer_word *word = find(tokens[i].form);
        const uint32_t told = word != NULL ? word->told : 0;
        if ((told & ANSWER_UNIT) != 0) {
            return ANSWER_SPAN;
        }
        if (is(tokens, count, i, "times")) {
            return ANSWER_OFTEN | ANSWER_NUMBER;
        }
        if (is(tokens, count, i, "money") || (told & ANSWER_MONEY) != 0) {
            return ANSWER_MONEY;
        }
        if (is(tokens, count, i, "time")) {
            return ANSWER_SPAN;
        }
        if (is(tokens, count, i, "space room memory ram disk storage")) {
            return ANSWER_AMOUNT;
        }
    }
    return kinds;
}

static uint32_t of_what(const struct token *tokens, size_t count, size_t at) {
    for (size_t i = at + 1; i < count && i <= at + REACH; i++) {
        const struct answer_word *word = find(tokens[i].form);
        if (word != NULL && word->what != 0) {
            return word->what;
        }
        if (is(tokens, count, i, "i we do does if when")) {
            return 0;
        }
    }
    return 0;
}

static bool asks_leave(const struct token *tokens, size_t count, size_t at) {
    const bool self = is(tokens, count, at + 1, "i we my our students learners trainees");
    return (is(tokens, count, at, "may can could must should might shall") && self && at < 4) ||
           is(tokens, count, at, "allowed permitted permission forbidden okay") ||
           (is(tokens, count, at, "ok fine legal") && at < 5);
}

uint32_t answer_asked(const struct token *tokens, size_t count) {
    uint32_t kinds = 0;
    bool leave = false;
    for (size_t i = 0; i < count; i++) {
        if (is(tokens, count, i, "how hows")) {
            kinds |= of_how(tokens, count, i);
        } else if (is(tokens, count, i, "what whats which")) {
            kinds |= of_what(tokens, count, i);
        } else if (is(tokens, count, i, "when until till")) {
            kinds |= i == 0 || is(tokens, count, i - 1, "and or from so since until to know") ||
                             !is(tokens, count, i, "when")
                         ? ANSWER_WHEN | ANSWER_SPAN
                         : 0;
        } else if (is(tokens, count, i, "who whos whom whose")) {
            kinds |= ANSWER_PERSON;
        } else if (is(tokens, count, i, "where wheres")) {
            kinds |= ANSWER_PLACE;
        } else if (is(tokens, count, i, "why reason")) {
            kinds |= ANSWER_CAUSE;
        } else if (is(tokens, count, i, "phone telephone") &&
                   is(tokens, count, i + 1, "number numbers")) {
            kinds |= ANSWER_CONTACT;
        }
        leave |= asks_leave(tokens, count, i);
    }
    if (leave && (kinds & (ANSWER_PERSON | ANSWER_STEPS)) == 0) {
        kinds |= ANSWER_LEAVE;
    }
    return kinds;
}

/* ---- statements ------------------------------------------------------------------------------ */

static uint32_t of_signs(struct view s) {
    uint32_t kinds = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : ' ';
        const bool digit = i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9';
        kinds |= c == '@' ? ANSWER_CONTACT : 0;
        kinds |= c == '`' ? ANSWER_CODE : 0;
        kinds |= c == '/' && next != ' ' ? ANSWER_PLACE : 0;
        kinds |= c == '>' && next == ' ' ? ANSWER_PLACE | ANSWER_STEPS : 0;
        kinds |= c == '%' ? ANSWER_AMOUNT : 0;
        kinds |= c == ':' && digit && next >= '0' && next <= '9' ? ANSWER_WHEN : 0;
        kinds |= c == '.' && digit && next >= '0' && next <= '9' ? ANSWER_VERSION : 0;
    }
    return kinds;
}

uint32_t answer_told(struct view statement, const struct token *tokens, size_t count) {
    uint32_t kinds = of_signs(statement);
    bool number = false;
    for (size_t i = 0; i < count; i++) {
        const struct answer_word *word = find(tokens[i].form);
        const uint32_t told = word != NULL ? word->told : 0;
        const bool digits =
            tokens[i].form.n > 0 && tokens[i].form.p[0] >= '0' && tokens[i].form.p[0] <= '9';
        if ((told & ANSWER_UNIT) != 0) {
            kinds |= number ? ANSWER_SPAN : 0;
            kinds |= i > 0 && is(tokens, count, i - 1, "a an per each every") ? ANSWER_OFTEN : 0;
        } else if ((told & ANSWER_AMOUNT) != 0) {
            kinds |= number ? ANSWER_AMOUNT : 0;
        } else {
            kinds |= told & ~(uint32_t)(ANSWER_LAST | ANSWER_NUMBER);
        }
        kinds |= (told & ANSWER_LAST) != 0 ? ANSWER_SPAN : 0;
        const bool counts = digits || (told & ANSWER_NUMBER) != 0;
        kinds |= counts ? ANSWER_NUMBER : 0;
        number = counts || (number && is(tokens, count, i, "working full whole to or and more")) ||
                 is(tokens, count, i, "a an");
    }
    return kinds & ~(uint32_t)ANSWER_UNIT;
}
