#include "core/fact.h"

#include <string.h>

#include "base/error.h"
#include "core/cues.h"
#include "core/issue.h"

static const char *const origin = "core/fact";

bool fact_has_word(struct view text, const char *words) {
    struct view rest = text;
    while (rest.n > 0) {
        size_t n = 0;
        char form[24];
        while (n < rest.n && n + 1 < sizeof(form) &&
               ((rest.p[n] | 0x20) >= 'a' && (rest.p[n] | 0x20) <= 'z')) {
            form[n] = (char)(rest.p[n] | 0x20);
            n++;
        }
        const struct cue_word word = {.form = {form, n}};
        if (n > 0 && cues_in(&word, words)) {
            return true;
        }
        rest = view_slice(rest, n > 0 ? n : 1, rest.n);
    }
    return false;
}

bool fact_has_digit(struct view v) {
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] >= '0' && v.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

bool fact_is_time(struct view fact) {
    return fact_has_word(
               fact, "ago yesterday today tonight morning afternoon evening night since minutes "
                     "minute hours hour am pm utc") ||
           (view_find(fact, VIEW(":"), 0) != SIZE_MAX && fact_has_digit(fact) &&
            !fact_has_word(fact, "http https error"));
}

bool fact_is_error(struct view fact) {
    return !fact_is_time(fact) &&
           (fact_has_word(fact,
                          "error code failed denied refused invalid timeout exception fault cannot "
                          "not unable fatal panic warning") ||
            (view_find(fact, VIEW(" "), 0) == SIZE_MAX && fact_has_digit(fact) &&
             (view_find(fact, VIEW("-"), 0) != SIZE_MAX || view_starts(fact, VIEW("0x")))));
}

struct view fact_value(struct view fact) {
    for (size_t i = fact.n; i > 0; i--) {
        if (fact.p[i - 1] == ' ') {
            const struct view value = view_slice(fact, i, fact.n);
            return fact_has_digit(value) ? value : fact;
        }
    }
    return fact;
}

/* ---- of one form ----------------------------------------------------------------------------- */

/* The kind of a character of an identifier: all letters are alike, and all digits. */
static char kind_at(struct view v, size_t i) {
    const char c = v.p[i];
    if (c >= '0' && c <= '9') {
        return '9';
    }
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? 'a' : c;
}

/* Runs of letters and of digits follow each other in the same way, however long they are. */
static bool same_form(struct view a, struct view b) {
    size_t i = 0;
    size_t k = 0;
    while (i < a.n && k < b.n) {
        const char kind = kind_at(a, i);
        if (kind != kind_at(b, k)) {
            return false;
        }
        while (i < a.n && kind_at(a, i) == kind) {
            i++;
        }
        while (k < b.n && kind_at(b, k) == kind) {
            k++;
        }
    }
    return i == a.n && k == b.n;
}

static bool in_identifier(char c) {
    return kind_at((struct view){&c, 1}, 0) != c || c == '9' || c == 'a' || c == '-' || c == '_';
}

bool fact_like(struct view fact, struct view example) {
    const struct view value = fact_value(fact);
    for (size_t at = 0; at < example.n;) {
        size_t end = at;
        bool letter = false;
        while (end < example.n && in_identifier(example.p[end])) {
            letter |= kind_at(example, end) == 'a';
            end++;
        }
        const struct view word = view_slice(example, at, end);
        if (letter && fact_has_digit(word) && same_form(word, value)) {
            return true;
        }
        at = end > at ? end : at + 1;
    }
    return false;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* What stands before the thing that is asked for. */
static const char *const leads[] = {
    "could you tell me ",
    "can you tell me ",
    "please tell me ",
    "tell me ",
    "what is ",
    "what are ",
    "what's ",
    "which ",
    "whether ",
    "the ",
    "your ",
    "any ",
    "an ",
    "a ",
};

static bool strip_lead(struct view *text) {
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct view lead = view_of(leads[i]);
        if (text->n > lead.n && view_eq_nocase(view_slice(*text, 0, lead.n), lead)) {
            *text = view_slice(*text, lead.n, text->n);
            return true;
        }
    }
    return false;
}

esi_err fact_name(struct view wanted, esi_arena *arena, struct view *out, esi_error *err) {
    struct view name = view_trim(wanted);
    while (strip_lead(&name)) {
    }
    size_t end = view_find(name, VIEW(" ("), 0); /* an explanation */
    end = end == SIZE_MAX || end == 0 ? name.n : end;
    while (end > 0 && strchr("?.!,;: ", name.p[end - 1])) {
        end--;
    }
    name = end > 0 ? view_slice(name, 0, end) : view_trim(wanted);
    char *copy = arena_str(arena, name);
    if (!copy) {
        return fail_memory(err, origin);
    }
    if (copy[0] >= 'a' && copy[0] <= 'z') {
        copy[0] = (char)(copy[0] - 'a' + 'A');
    }
    *out = view_of(copy);
    return ESI_OK;
}

/* "seat number B12" is the seat number, "vm called alpha" the vm. */
static struct view noun_of(struct view fact) {
    struct view noun = view_trim(view_slice(fact, 0, fact.n - fact_value(fact).n));
    for (size_t at = noun.n; at > 0; at--) {
        if (noun.p[at - 1] == ' ' &&
            fact_has_word(view_slice(noun, at, noun.n), "is was called named no nr")) {
            noun = view_trim(view_slice(noun, 0, at));
        }
    }
    while (noun.n > 0 && strchr(":#", noun.p[noun.n - 1])) {
        noun.n--;
    }
    return noun;
}

static bool is_one_word(struct view text) {
    return view_find(text, VIEW(" "), 0) == SIZE_MAX;
}

/* Codes of errors are written in capitals, names of machines mostly aren't. */
static struct view name_of_code(struct view code) {
    for (size_t i = 0; i < code.n; i++) {
        if (code.p[i] >= 'a' && code.p[i] <= 'z') {
            return VIEW("Identifier");
        }
    }
    return VIEW("Error code");
}

esi_err fact_read(struct view text, esi_arena *arena, struct fact *out, esi_error *err) {
    const size_t arrow = view_find(text, VIEW(ISSUE_ANSWERED), 0);
    struct fact fact = {.value = text};
    struct view name = VIEW("Mentioned");
    if (arrow != SIZE_MAX) {
        name = view_slice(text, 0, arrow);
        fact.value = view_slice(text, arrow + sizeof(ISSUE_ANSWERED) - 1, text.n);
    } else if (fact_is_time(text)) {
        name = VIEW("When");
    } else if (fact_value(text).n < text.n && noun_of(text).n > 0) {
        name = noun_of(text);
        fact.value = fact_value(text);
        fact.place = !fact_is_error(text);
    } else if (fact_is_error(text)) {
        name = is_one_word(text) ? name_of_code(text) : VIEW("Error message");
    } else if (!is_one_word(text)) {
        name = VIEW("Quoted");
    }
    const esi_err code = fact_name(name, arena, &fact.name, err);
    if (code == ESI_OK) {
        *out = fact;
    }
    return code;
}
