#include "core/issue_facts.h"

#include <string.h>

#include "base/error.h"

#define ERROR_TEXT_MAX 120 /* bytes of an error text without quotation marks */

struct finder {
    struct view message;
    const struct cue_text *text;
    struct view *facts;
    enum fact_kind *kinds;
    size_t count, max;
};

static void add(struct finder *f, size_t first, size_t last, enum fact_kind kind) {
    const struct view fact =
        cues_source(f->text, f->message, f->text->words[first].from, f->text->words[last].to);
    for (size_t i = 0; i < f->count; i++) {
        if (view_eq(f->facts[i], fact)) {
            return;
        }
    }
    if (fact.n > 0 && f->count < f->max) {
        f->facts[f->count] = fact;
        f->kinds[f->count++] = kind;
    }
}

static bool has_digit(struct view v) {
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] >= '0' && v.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

static bool all_digits(struct view v) {
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') {
            return false;
        }
    }
    return v.n > 0;
}

/* "14:05", "9am", "14h30" */
static bool is_clock(struct view v) {
    if (v.n < 3 || v.p[0] < '0' || v.p[0] > '9') {
        return false;
    }
    struct view rest = v;
    while (rest.n > 0 && ((rest.p[0] >= '0' && rest.p[0] <= '9') || strchr(":.h", rest.p[0]))) {
        rest = view_slice(rest, 1, rest.n);
    }
    const bool half = view_eq(rest, VIEW("am")) || view_eq(rest, VIEW("pm"));
    return half || (rest.n == 0 && (memchr(v.p, ':', v.n) || memchr(v.p, 'h', v.n)));
}

static const struct cue_word *word_at(const struct finder *f, size_t i) {
    return i < f->text->count ? &f->text->words[i] : NULL;
}

static bool is_word(const struct finder *f, size_t i, const char *forms) {
    const struct cue_word *word = word_at(f, i);
    return word && cues_in(word, forms);
}

/* Folding keeps "14:05" as two words; what stands between tells that they are one. */
static bool clock_pair(const struct finder *f, size_t i) {
    const struct cue_word *a = word_at(f, i);
    const struct cue_word *b = word_at(f, i + 1);
    return a && b && all_digits(a->form) && a->form.n <= 2 && b->to > b->from &&
           b->from == a->to + 1 && f->text->folded.p[a->to] == ':' && b->form.n >= 2 &&
           b->form.p[0] >= '0' && b->form.p[0] <= '5';
}

/* The last word of a time that begins at i; SIZE_MAX if none does. */
static size_t time_end(const struct finder *f, size_t i) {
    const struct cue_word *word = word_at(f, i);
    size_t last = SIZE_MAX;
    if (clock_pair(f, i)) {
        last = i + 1;
    } else if (is_clock(word->form)) {
        last = i;
    } else if ((all_digits(word->form) || (word->cues & CUE_NUMBER) ||
                is_word(f, i, "an a half")) &&
               word_at(f, i + 1) && (word_at(f, i + 1)->cues & CUE_UNIT) && !word->mark) {
        const bool ago = is_word(f, i + 2, "ago");
        last = is_word(f, i, "an a half") && !ago ? SIZE_MAX : i + 1 + ago;
    } else if (is_word(f, i, "yesterday today tonight")) {
        last = i;
    } else if (is_word(f, i, "this last") && is_word(f, i + 1, "morning afternoon evening night")) {
        last = i + 1;
    }
    if (last != SIZE_MAX &&
        is_word(f, last + 1, "am pm utc gmt cet cest est pst today yesterday")) {
        last++;
    }
    return last;
}

static size_t find_time(struct finder *f, size_t i) {
    const size_t last = time_end(f, i);
    if (last != SIZE_MAX) {
        const bool lead = i > 0 && is_word(f, i - 1, "at since for around about every until from");
        add(f, lead ? i - 1 : i, last, FACT_TIME);
        return last;
    }
    return i;
}

static bool can_name(const struct cue_word *word) {
    const uint64_t never = CUE_PREP | CUE_DET | CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_SELF |
                           CUE_THAT | CUE_AND | CUE_BUT | CUE_NOT | CUE_WH | CUE_NUMBER | CUE_ED |
                           CUE_ING | CUE_FEW | CUE_IF | CUE_MEND | CUE_SAY | CUE_GET | CUE_PLEASE |
                           CUE_ALL | CUE_MUST | CUE_STILL | CUE_KEEP;
    return !(word->cues & never) && word->form.n >= 2 && !has_digit(word->form);
}

/* "seat B12", "lab number 7", "error: 651", "vm called alpha" */
static size_t find_named(struct finder *f, size_t i) {
    const struct cue_word *word = word_at(f, i);
    if (!can_name(word) || (word->mark && word->mark != ':')) {
        return i;
    }
    size_t value = i + 1;
    bool named = false;
    while (value < i + 4 &&
           is_word(f, value, "number no id name code is was called named version nr")) {
        named |= is_word(f, value, "called named");
        if (word_at(f, value)->mark && word_at(f, value)->mark != ':') {
            return i;
        }
        value++;
    }
    const struct cue_word *said = word_at(f, value);
    if (!said || (said->cues & CUE_QUOTED) || !(has_digit(said->form) || named) ||
        time_end(f, value) != SIZE_MAX) {
        return i;
    }
    add(f, i, value, FACT_NAMED);
    return value;
}

/* Words with digits and letters, or marks of a path, address or code. */
static bool is_identifier(const struct cue_word *word) {
    const struct view v = word->form;
    bool letter = false;
    bool mark = false;
    for (size_t i = 0; i < v.n; i++) {
        letter |= v.p[i] >= 'a' && v.p[i] <= 'z';
        mark |= strchr("-_/.@", v.p[i]) != NULL;
    }
    return (has_digit(v) && ((letter && v.n >= 3) || mark)) ||
           (mark && (memchr(v.p, '_', v.n) || memchr(v.p, '@', v.n)));
}

/* After "it says" or "error:", without quotation marks: to the end of the clause. */
static size_t find_said(struct finder *f, size_t i) {
    const bool says = is_word(f, i, "says said reads saying states") &&
                      !(i > 0 && (word_at(f, i - 1)->cues & (CUE_PERSON | CUE_OTHERS)));
    const bool named = is_word(f, i, "error message") && word_at(f, i)->mark == ':';
    const struct cue_word *first = word_at(f, i + 1);
    if (!(says || named) || !first || (first->cues & (CUE_QUOTED | CUE_PREP)) ||
        is_word(f, i + 1, "that so the it i")) {
        return i;
    }
    size_t last = i + 1;
    while (!word_at(f, last)->mark && word_at(f, last + 1) &&
           word_at(f, last + 1)->to - first->from < ERROR_TEXT_MAX) {
        last++;
    }
    if (last > i + 1) {
        add(f, i + 1, last, FACT_QUOTED);
        return last;
    }
    return i;
}

static size_t find_quoted(struct finder *f, size_t i) {
    size_t last = i;
    while (word_at(f, last + 1) && (word_at(f, last + 1)->cues & CUE_QUOTED)) {
        last++;
    }
    add(f, i, last, FACT_QUOTED);
    return last;
}

esi_err issue_facts(struct view message, const struct cue_text *text, size_t max, esi_arena *arena,
                    struct view **out, enum fact_kind **kinds, size_t *out_count, esi_error *err) {
    struct finder f = {.message = message, .text = text, .max = max};
    f.facts = ARENA_ARRAY(arena, max, struct view);
    f.kinds = ARENA_ARRAY(arena, max, enum fact_kind);
    if (!f.facts || !f.kinds) {
        return fail_memory(err, "core/issue");
    }
    for (size_t i = 0; i < text->count; i++) {
        const struct cue_word *word = &text->words[i];
        if (word->cues & CUE_QUOTED) {
            i = find_quoted(&f, i);
            continue;
        }
        size_t end = find_time(&f, i);
        end = end == i ? find_said(&f, i) : end;
        end = end == i ? find_named(&f, i) : end;
        if (end == i && is_identifier(word)) {
            add(&f, i, i, FACT_IDENTIFIER);
        }
        i = end;
    }
    *out = f.facts;
    *kinds = f.kinds;
    *out_count = f.count;
    return ESI_OK;
}
