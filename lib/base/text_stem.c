/* Stems. The sole user of the Snowball stemmers. */
#include <stdlib.h>
#include <string.h>

#include <libstemmer.h>

#include "base/error.h"
#include "base/text_char.h"
#include "base/text_words.h"

#define STEM_MAX 64 /* bytes; what is longer isn't a word of a language */

struct stemmer {
    struct sb_stemmer *snowball;
    bool english; /* accents are dropped before stemming, not after: the language has none */
};

/* ISO 639-1 codes and what Snowball calls them. */
static const struct {
    const char *code, *name;
} languages[] = {
    {"en", "english"},  {"ar", "arabic"},     {"ca", "catalan"},    {"da", "danish"},
    {"de", "german"},   {"el", "greek"},      {"es", "spanish"},    {"eu", "basque"},
    {"fi", "finnish"},  {"fr", "french"},     {"ga", "irish"},      {"hu", "hungarian"},
    {"hy", "armenian"}, {"id", "indonesian"}, {"it", "italian"},    {"lt", "lithuanian"},
    {"nl", "dutch"},    {"no", "norwegian"},  {"pt", "portuguese"}, {"ro", "romanian"},
    {"ru", "russian"},  {"sr", "serbian"},    {"sv", "swedish"},    {"tr", "turkish"},
};

/* Snowball's name of a language that this build of it stems; NULL for others. Asked before a
 * stemmer is made, whose failure is then one of memory. */
static const char *algorithm(const char *language) {
    const char *name = NULL;
    for (size_t i = 0; name == NULL && i < sizeof(languages) / sizeof(languages[0]); i++) {
        name = strcmp(languages[i].code, language) == 0 ? languages[i].name : NULL;
    }
    for (const char **known = sb_stemmer_list(); name != NULL && *known != NULL; known++) {
        if (strcmp(*known, name) == 0) {
            return name;
        }
    }
    return NULL;
}

esi_err stemmer_create(const char *language, struct stemmer **out, esi_error *err) {
    const char *name = algorithm(language);
    if (name == NULL) {
        *out = NULL;
        return ESI_OK;
    }
    struct stemmer *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return fail_memory(err, "base/text");
    }
    made->snowball = sb_stemmer_new(name, "UTF_8");
    if (made->snowball == NULL) {
        free(made);
        return fail_memory(err, "base/text");
    }
    made->english = strcmp(language, "en") == 0;
    *out = made;
    return ESI_OK;
}

void stemmer_free(struct stemmer *stemmer) {
    if (stemmer != NULL) {
        sb_stemmer_delete(stemmer->snowball);
        free(stemmer);
    }
}

static bool ascii(struct view v) {
    for (size_t i = 0; i < v.n; i++) {
        if (((unsigned char)v.p[i] & 0x80) != 0) {
            return false;
        }
    }
    return true;
}

/* People leave accents out when they type; in other scripts the mark makes another letter. */
size_t stem_without_accents(struct view word, char *out) {
    const size_t room = word.n; /* enough for what is UTF-8: a base is never longer */
    size_t n = 0;
    for (uint32_t c = text_next(&word); c != TEXT_NONE; c = text_next(&word)) {
        char bytes[4];
        const enum text_script script = char_script(c);
        if (script == TEXT_LATIN || script == TEXT_GREEK) {
            c = char_base(c);
        } else if (c >= 0x300 && c <= 0x36F) {
            continue;
        }
        const size_t size = text_put(bytes, c);
        if (n + size > room) {
            break;
        }
        memcpy(out + n, bytes, size);
        n += size;
    }
    return n;
}

static bool plain(struct view word, char *room, struct view *out) {
    if (word.n > STEM_MAX || ascii(word)) {
        return false;
    }
    *out = (struct view){room, stem_without_accents(word, room)};
    return true;
}

/* "froze" and "frozen" are forms of "freeze" by no rule of endings. */
static struct view regular(struct view word) {
    uint16_t base = 0;
    return words_find(&data_irregular, word, &base) ? view_of(data_irregular_bases[base]) : word;
}

esi_err stemmer_stem(struct stemmer *stemmer, struct view word, esi_arena *arena, struct view *out,
                     esi_error *err) {
    char before[STEM_MAX + 4];
    char after[STEM_MAX + 4];
    struct view stem = word;
    if (word.n > 2 && word.p[word.n - 2] == '\'' && word.p[word.n - 1] == 's') {
        stem.n -= 2; /* whose it is */
    }
    if (stemmer != NULL && stemmer->english) {
        plain(stem, before, &stem);
        stem = regular(stem);
    }
    if (stemmer != NULL && stem.n <= STEM_MAX) {
        const sb_symbol *p =
            sb_stemmer_stem(stemmer->snowball, (const sb_symbol *)stem.p, (int)stem.n);
        if (p == NULL) {
            return fail_memory(err, "base/text");
        }
        const int n = sb_stemmer_length(stemmer->snowball);
        if (n > 0) {
            stem = (struct view){(const char *)p, (size_t)n};
        }
    }
    plain(stem, after, &stem);
    if (stem.n <= word.n && memcmp(stem.p, word.p, stem.n) == 0) {
        *out = (struct view){word.p, stem.n}; /* most often its beginning */
        return ESI_OK;
    }
    char *kept = arena_str(arena, stem);
    if (kept == NULL) {
        return fail_memory(err, "base/text");
    }
    *out = (struct view){kept, stem.n};
    return ESI_OK;
}

esi_err text_stem(struct view folded, const char *language, esi_arena *arena, struct view *out,
                  esi_error *err) {
    struct stemmer *stemmer = NULL;
    esi_err code = stemmer_create(language, &stemmer, err);
    if (code == ESI_OK) {
        code = stemmer_stem(stemmer, folded, arena, out, err);
    }
    stemmer_free(stemmer);
    return code;
}
