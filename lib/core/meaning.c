#include "core/meaning.h"

#include "base/error.h"
#include "base/text.h"
#include "core/cues.h"
#include "core/names.h"
#include "core/roles.h"

#define HEAD_WORDS 5
#define TERM_LEAST 4 /* letters: shorter ones are too often something else */
#define APPLIED_MAX 16384

static const char *const origin = "core/meaning";

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static struct view without_lead(struct view text, const char *lead) {
    const struct view v = view_of(lead);
    return text.n > v.n && view_eq_nocase(view_slice(text, 0, v.n), v)
               ? view_slice(text, v.n, text.n)
               : text;
}

/* What stands behind a term: past marks, a colon or dash, "is", and an article. Empty where there
 * is no article: a row of a table tells something else of its first cell. */
static struct view behind(struct view text, struct view term) {
    static const char *const articles[] = {"a ", "an ", "the ", "any "};
    size_t at = (size_t)(term.p - text.p) + term.n;
    while (at < text.n && !is_letter(text.p[at]) && text.p[at] != '\n') {
        at++;
    }
    struct view rest = view_slice(text, at, text.n);
    rest = without_lead(without_lead(without_lead(rest, "is "), "are "), "means ");
    for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
        const struct view noun = without_lead(rest, articles[i]);
        if (noun.n < rest.n) {
            return noun;
        }
    }
    return (struct view){NULL, 0};
}

/* The first words of a definition, up to what only adds to them: "assessed practical". */
static struct view head_of(struct view text) {
    size_t end = 0;
    size_t words = 0;
    while (end < text.n && words < HEAD_WORDS) {
        size_t to = end;
        while (to < text.n && (is_letter(text.p[to]) || text.p[to] == '-' || text.p[to] == '\'')) {
            to++;
        }
        char folded[32];
        size_t n = 0;
        for (; n < to - end && n < sizeof(folded); n++) {
            const char c = text.p[end + n];
            folded[n] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        const uint64_t stops = CUE_PREP | CUE_WH | CUE_THAT | CUE_IF | CUE_AND | CUE_BUT | CUE_BE |
                               CUE_MODAL | CUE_HAVE | CUE_SELF | CUE_YOU;
        if (n == 0 || (cues_of((struct view){folded, n}) & stops)) {
            break;
        }
        words++;
        end = to;
        if (to >= text.n || text.p[to] != ' ') {
            break;
        }
        end = to + 1;
    }
    return view_trim(view_slice(text, 0, end));
}

#define NAME_MOST 30     /* bytes of what people are called */
#define DEFINED_MOST 240 /* bytes behind a term that tell what it is */

static bool has(struct view text, const char *words) {
    return view_find(text, view_of(words), 0) != SIZE_MAX;
}

/* "who leads a bout; the account type is "instructor"", "the instructor of a crew" */
static uint32_t roles_behind(struct view text, struct view term, struct view head) {
    const size_t from = (size_t)(term.p - text.p) + term.n;
    struct view told = view_slice(text, from, from + DEFINED_MOST);
    const size_t line = view_find(told, VIEW("\n"), 0);
    const size_t next = view_find(told, VIEW(". **"), 0);
    told = view_slice(told, 0, line < next ? line : next);
    static const char *const kinds[] = {"account type", "role is",         "the role of",
                                        "permission",   "in the software", "in the system"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const size_t at = view_find(told, view_of(kinds[i]), 0);
        if (at != SIZE_MAX) {
            return roles_of_text(view_slice(told, at, told.n));
        }
    }
    struct view rest = head;
    struct view first = {0};
    (void)view_split(&rest, ' ', &first);
    return has(head, " ") ? 0 : roles_of_word(first);
}

uint32_t meaning_roles(const struct meaning *meanings, size_t count, struct view text) {
    text = view_trim(text);
    for (size_t i = 0; i < count; i++) {
        const size_t n = meanings[i].term.n;
        if (meanings[i].roles != 0 && view_eq_nocase(view_slice(text, 0, n), meanings[i].term)) {
            const size_t end = n + (n < text.n && text.p[n] == 's');
            if (end == text.n || !is_letter(text.p[end])) {
                return meanings[i].roles;
            }
        }
    }
    return 0;
}

static bool is_within(struct view text, struct view part) {
    return part.p >= text.p && part.p + part.n <= text.p + text.n;
}

esi_err meaning_read(struct view text, esi_arena *arena, struct meaning **out, size_t *out_count,
                     esi_error *err) {
    struct name *names = NULL;
    size_t count = 0;
    const esi_err code = names_read(text, arena, &names, &count, err);
    if (code != ESI_OK) {
        return code;
    }
    struct meaning *meanings = ARENA_ARRAY(arena, MEANINGS_MAX, struct meaning);
    if (!meanings) {
        return fail_memory(err, origin);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < MEANINGS_MAX; i++) {
        const struct view term = names[i].text;
        const bool defines = names[i].form == NAME_ENTRY || names[i].form == NAME_SENTENCE;
        if (!defines || term.n < TERM_LEAST || !is_within(text, term)) {
            continue;
        }
        const struct view head = head_of(behind(text, term));
        const bool tells = head.n > 0 && !view_eq_nocase(head, term);
        const uint32_t roles = roles_behind(text, term, head);
        if (tells || roles != 0) {
            meanings[kept++] = (struct meaning){term, tells ? head : (struct view){0}, roles};
        }
    }
    struct view rest = text;
    struct view sentence;
    while (kept < MEANINGS_MAX && text_sentence(&rest, &sentence)) {
        struct view term = view_slice(sentence, 0, view_find(sentence, VIEW(":"), 0));
        while (term.n > 0 && !is_letter(term.p[0])) {
            term = view_slice(term, 1, term.n);
        }
        while (term.n > 0 && !is_letter(term.p[term.n - 1])) {
            term = view_slice(term, 0, term.n - 1);
        }
        const uint32_t roles = term.n >= TERM_LEAST && term.n <= NAME_MOST && term.n < sentence.n
                                   ? roles_behind(sentence, term, (struct view){0})
                                   : 0;
        if (roles != 0) { /* "Marshal: who leads a bout; the account type is ..." */
            meanings[kept++] = (struct meaning){.term = term, .roles = roles};
        }
    }
    *out = meanings;
    *out_count = kept;
    return ESI_OK;
}

/* The end of the term that stands at `at` as a word of its own; 0 where none does. */
static size_t term_at(struct view message, size_t at, struct view term) {
    size_t end = at + term.n;
    if (end > message.n || (at > 0 && is_letter(message.p[at - 1])) ||
        !view_eq_nocase(view_slice(message, at, end), term)) {
        return 0;
    }
    end += end < message.n && (message.p[end] == 's' || message.p[end] == 'S');
    return end == message.n || !is_letter(message.p[end]) ? end : 0;
}

esi_err meaning_apply(const struct meaning *meanings, size_t count, struct view message,
                      esi_arena *arena, struct view *out, esi_error *err) {
    struct buf text;
    bool any = false;
    buf_init(&text, APPLIED_MAX);
    for (size_t at = 0; at < message.n;) {
        size_t end = 0;
        const bool starts = is_letter(message.p[at]) && (at == 0 || !is_letter(message.p[at - 1]));
        for (size_t i = 0; starts && i < count && end == 0; i++) {
            end = meanings[i].head.n > 0 ? term_at(message, at, meanings[i].term) : 0;
            if (end > 0) {
                buf_add(&text, meanings[i].head);
            }
        }
        if (end == 0) {
            buf_char(&text, message.p[at]);
        }
        any |= end > 0;
        at = end > 0 ? end : at + 1;
    }
    const bool failed = text.failed && !text.too_long;
    const char *copy = any && !failed ? arena_str(arena, buf_view(&text)) : NULL;
    buf_clear(&text);
    if (failed || (any && !copy)) {
        return fail_memory(err, origin);
    }
    *out = copy ? view_of(copy) : (struct view){NULL, 0};
    return ESI_OK;
}
