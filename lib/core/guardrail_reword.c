#include <string.h>

#include "base/error.h"
#include "core/guardrail_view.h"

#define ORIGIN "core/guardrail"
#define SLIP_MIN 5     /* letters of a word that may hold a slip of the pen ... */
#define SLIP_TWICE 9   /* ... and of one that may hold two */
#define NAME_LEAST 3   /* letters of a person's name */
#define SLIPS_MAX 64   /* mended in one text */
#define PHRASES_MAX 32 /* replaced in one text */

/* A text of which pieces are replaced, one after the other. */
struct rewording {
    const struct text_folded *in;
    size_t at; /* what stands before it is done */
    struct text_folded out;
    size_t cap;
    esi_arena *arena;
    bool failed;
};

static bool has_room(struct rewording *r, size_t more) {
    if (r->out.p != NULL && r->out.n + more < r->cap) {
        return true;
    }
    const size_t cap = (r->cap > 0 ? r->cap * 2 : r->in->n) + more + 64;
    char *p = arena_alloc(r->arena, cap);
    uint32_t *from = ARENA_ARRAY(r->arena, cap, uint32_t);
    if (p == NULL || from == NULL) {
        r->failed = true;
        return false;
    }
    if (r->out.n > 0) {
        memcpy(p, r->out.p, r->out.n);
        memcpy(from, r->out.from, r->out.n * sizeof *from);
    }
    r->out.p = p;
    r->out.from = from;
    r->cap = cap;
    return true;
}

/* Takes over what stands before `to`. */
static void keep_until(struct rewording *r, size_t to) {
    if (to > r->at && has_room(r, to - r->at)) {
        memcpy(r->out.p + r->out.n, r->in->p + r->at, to - r->at);
        memcpy(r->out.from + r->out.n, r->in->from + r->at, (to - r->at) * sizeof *r->in->from);
        r->out.n += to - r->at;
    }
    r->at = to > r->at ? to : r->at;
}

/* The words stand for [from, to), which is behind all that was replaced so far. */
static void replace(struct rewording *r, size_t from, size_t to, struct view words) {
    keep_until(r, from);
    if (has_room(r, words.n)) {
        memcpy(r->out.p + r->out.n, words.p, words.n);
        for (size_t i = 0; i < words.n; i++) {
            r->out.from[r->out.n + i] = r->in->from[from];
        }
        r->out.n += words.n;
    }
    r->at = to;
}

static esi_err finish(struct rewording *r, struct text_folded *out, bool *differs, esi_error *err) {
    *differs = r->at > 0;
    if (!*differs) {
        return ESI_OK;
    }
    keep_until(r, r->in->n);
    if (!has_room(r, 1) || r->failed) {
        return fail_memory(err, ORIGIN);
    }
    r->out.p[r->out.n] = '\0';
    r->out.from[r->out.n] = r->in->from[r->in->n];
    r->out.source = r->in->source;
    *out = r->out;
    return ESI_OK;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Is it part of an identifier where nothing but more of the word follows? */
static bool is_glue(char c) {
    return c == '.' || c == '-' || c == '_' || c == '@' || c == '/' || c == ':' || is_digit(c) ||
           (unsigned char)c >= 0x80;
}

/* The end of the word or identifier that starts here; the mark of a sentence isn't part of it. */
static size_t word_end(struct view text, size_t at) {
    size_t end = at;
    while (end < text.n && (is_letter(text.p[end]) || is_glue(text.p[end]))) {
        end++;
    }
    while (end > at && (text.p[end - 1] == '.' || text.p[end - 1] == ':')) {
        end--;
    }
    return end;
}

static size_t count_while(struct view word, size_t at, bool (*is)(char)) {
    size_t n = 0;
    while (at + n < word.n && is(word.p[at + n])) {
        n++;
    }
    return n;
}

/* The name that a person signs in with, as organisations give them out: a letter and a number, or
 * an initial and a surname with a dot between them, in either order. */
static bool is_login(struct view word) {
    const size_t letters = count_while(word, 0, is_letter);
    if (letters == 1 && word.n >= 5 && word.n <= 9 &&
        count_while(word, 1, is_digit) + 1 == word.n) {
        return true;
    }
    if (letters == 0 || letters + 1 >= word.n || word.p[letters] != '.') {
        return false;
    }
    const size_t rest = count_while(word, letters + 1, is_letter);
    return letters + 1 + rest == word.n &&
           ((letters == 1 && rest > 3) || (letters >= 4 && rest == 1));
}

#define ENDING_MAX 3 /* letters of "-ed", "-ing", "-s" */

static bool is_form_of(struct view word, struct view of) {
    return word.n > of.n && word.n <= of.n + ENDING_MAX && memcmp(word.p, of.p, of.n) == 0;
}

/* The word of the policy that was meant; empty where the word is one, or near none. */
static struct view meant(const struct policy *policy, struct view word) {
    struct view best = {NULL, 0};
    if (word.n < SLIP_MIN || text_is_listed(word)) {
        return best;
    }
    unsigned most = word.n >= SLIP_TWICE ? 2 : 1;
    const uint16_t *of = &policy->spelling_of[word.p[0] - 'a'];
    for (size_t i = of[0]; i < of[1] && most > 0; i++) {
        const struct view candidate = policy->spelling[i];
        if (view_eq(candidate, word) || is_form_of(word, candidate)) {
            return (struct view){NULL, 0};
        }
        if (candidate.n > word.n + most || candidate.n + most < word.n) {
            continue;
        }
        const unsigned distance = text_distance(word, candidate, most);
        if (distance <= most) {
            best = candidate;
            most = distance - 1;
        }
    }
    return best;
}

/* The site's word that stands here. */
static size_t site_word(const struct guardrail_site *site, struct view text, size_t at,
                        struct view *means) {
    const bool begins = at == 0 || !(is_letter(text.p[at - 1]) || is_glue(text.p[at - 1]));
    return site != NULL && begins ? site_find(site, text, at, means) : 0;
}

static bool is_one_of(struct view word, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (view_eq(word, view_of(list[i]))) {
            return true;
        }
    }
    return false;
}

/* "the scanner's log" is a thing's. */
static bool has_article(struct view text, size_t at) {
    static const char *const articles[] = {"the",   "a",       "an",   "my",   "our",
                                           "your",  "this",    "that", "each", "every",
                                           "which", "another", "its"};
    size_t from = at > 0 ? at - 1 : 0;
    while (from > 0 && text.p[from - 1] != ' ') {
        from--;
    }
    return at > 0 && is_one_of(view_slice(text, from, at - 1), articles,
                               sizeof articles / sizeof articles[0]);
}

/* The name of a person who owns something: neither English nor a document has the word. */
static bool is_owner(const struct guardrail_words *words, struct view text, size_t at, size_t end) {
    const struct view word = view_slice(text, at, end);
    const struct index *index = words->site != NULL ? words->site->index : NULL;
    struct pattern_match m;
    if (words->policy->named == NULL || index == NULL || word.n < NAME_LEAST || end + 2 > text.n ||
        text.p[end] != '\'' || text.p[end + 1] != 's' ||
        (end + 2 < text.n && text.p[end + 2] != ' ') || text_is_listed(word) ||
        has_article(text, at) || index_has_form(index, word) ||
        index_has_form(index, view_slice(text, at, end + 2))) {
        return false;
    }
    for (size_t i = 0; i < word.n; i++) {
        if (!is_letter(word.p[i]) && word.p[i] != '-' && word.p[i] != '.') {
            return false;
        }
    }
    const uint32_t but = words->policy->not_named;
    return but == PATTERN_NONE || !pattern_scan_find(words->scan, but, at, &m) || m.from != at ||
           m.limit;
}

static void mend(const struct guardrail_words *words, struct rewording *r) {
    const struct policy *policy = words->policy;
    const struct view text = {r->in->p, r->in->n};
    size_t mended = 0;
    for (size_t at = 0; at < text.n && mended < SLIPS_MAX;) {
        struct view right = {NULL, 0};
        const size_t named = site_word(words->site, text, at, &right);
        if (named > 0) {
            replace(r, at, named, right);
            at = named;
            mended++;
            continue;
        }
        const size_t end = word_end(text, at);
        if (end == at) {
            at++;
            continue;
        }
        const struct view word = view_slice(text, at, end);
        if (is_owner(words, text, at, end)) {
            right = view_of(policy->named);
        } else if (policy->login != NULL && is_login(word)) {
            right = view_of(policy->login);
        } else if (count_while(word, 0, is_letter) == word.n) {
            right = meant(policy, word);
        }
        if (right.n > 0) {
            replace(r, at, end, right);
            mended++;
        }
        at = end;
    }
}

/* ---- phrases --------------------------------------------------------------------------------- */

struct place {
    size_t from, to;
    const char *means;
};

/* Keeps the places in order and apart; of two that overlap the first one wins. */
static void add_place(struct place *places, size_t *count, struct place place) {
    size_t at = *count;
    while (at > 0 && places[at - 1].from >= place.from) {
        at--;
    }
    if (*count == PHRASES_MAX || (at > 0 && places[at - 1].to > place.from) ||
        (at < *count && places[at].from < place.to)) {
        return;
    }
    memmove(places + at + 1, places + at, (*count - at) * sizeof *places);
    places[at] = place;
    (*count)++;
}

static void put_phrases(const struct policy *policy, struct pattern_scan *scan,
                        struct rewording *r) {
    struct place places[PHRASES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < policy->phrase_count; i++) {
        const struct policy_phrase *phrase = &policy->phrases[i];
        struct pattern_match m;
        size_t at = 0;
        while (at < r->in->n && pattern_scan_find(scan, phrase->any, at, &m) && !m.limit) {
            if (m.to > m.from) {
                add_place(places, &count, (struct place){m.from, m.to, phrase->means});
            }
            at = m.to > m.from ? m.to : m.from + 1u;
        }
    }
    for (size_t i = 0; i < count; i++) {
        replace(r, places[i].from, places[i].to, view_of(places[i].means));
    }
}

esi_err guardrail_reword(const struct guardrail_words *words, const struct text_folded *in,
                         esi_arena *arena, struct text_folded *out, bool *differs, esi_error *err) {
    struct text_folded mended = *in;
    bool slips = false, phrases = false;
    struct rewording r = {.in = in, .arena = arena};
    mend(words, &r);
    esi_err e = finish(&r, &mended, &slips, err);
    if (e != ESI_OK) {
        return e;
    }
    if (slips) {
        pattern_scan_again(words->scan, (struct view){mended.p, mended.n});
    }
    struct text_folded reworded = mended;
    r = (struct rewording){.in = &mended, .arena = arena};
    put_phrases(words->policy, words->scan, &r);
    e = finish(&r, &reworded, &phrases, err);
    if (e == ESI_OK) {
        *differs = slips || phrases;
        *out = reworded;
    }
    return e;
}
