/* The language of a text, from its script and its function words. */
#include <string.h>

#include "base/text.h"
#include "base/text_char.h"
#include "base/text_words.h"

#define READ_MAX 1500 /* bytes: more doesn't tell more */
#define WORD_MAX 24   /* bytes of a function word */
#define LANGUAGES_MAX 16

struct votes {
    unsigned scripts[TEXT_OTHER_SCRIPT + 1];
    unsigned letters;
    float words[LANGUAGES_MAX]; /* as data_stopword_languages */
};

static void vote(struct votes *votes, const char *word, size_t n) {
    uint16_t value = 0;
    if (n == 0 || !words_find(&data_stopwords, (struct view){word, n}, &value)) {
        return;
    }
    unsigned sharing = 0;
    for (unsigned i = 0; i < LANGUAGES_MAX; i++) {
        sharing += value >> i & 1;
    }
    for (unsigned i = 0; i < LANGUAGES_MAX; i++) {
        if ((value >> i & 1) != 0) {
            votes->words[i] += 1.0F / (float)sharing;
        }
    }
}

/* Letters that one language of those listed has and the others hardly. */
static void vote_letter(struct votes *votes, uint32_t c) {
    static const struct {
        const char *language;
        uint32_t letters[8];
    } own[] = {{"de", {0xDF, 0xE4, 0}},
               {"es", {0xF1, 0xBF, 0xA1, 0}},
               {"pt", {0xE3, 0xF5, 0}},
               {"fr", {0xEA, 0xE8, 0x153, 0xFB, 0}},
               {"pl", {0x142, 0x105, 0x119, 0x15B, 0x17C, 0x17A, 0x144, 0}},
               {"tr", {0x131, 0x11F, 0x15F, 0}},
               {"uk", {0x456, 0x457, 0x454, 0x491, 0}},
               {"ru", {0x44B, 0x44D, 0x44A, 0x451, 0}}};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        for (size_t k = 0; own[i].letters[k] != 0; k++) {
            if (own[i].letters[k] != c) {
                continue;
            }
            for (unsigned l = 0; data_stopword_languages[l][0] != '\0'; l++) {
                if (strcmp(data_stopword_languages[l], own[i].language) == 0) {
                    votes->words[l] += 0.4F;
                }
            }
        }
    }
}

static void read_votes(struct view text, struct votes *votes) {
    char word[WORD_MAX + 4];
    size_t n = 0;
    struct view rest = {text.p, text.n < READ_MAX ? text.n : READ_MAX};
    for (uint32_t c = text_next(&rest);; c = text_next(&rest)) {
        const uint32_t lower = c >= 'A' && c <= 'Z' ? c + 32 : c == 0x2019 ? '\'' : c;
        const enum char_kind kind = lower == TEXT_NONE ? CHAR_OTHER : char_kind(lower);
        if (kind == CHAR_LETTER || kind == CHAR_CJK) {
            votes->scripts[lower < 0x80 ? TEXT_LATIN : char_script(lower)]++;
            votes->letters++;
        }
        if (lower >= 0x80 && kind == CHAR_LETTER) {
            vote_letter(votes, lower);
        }
        if (kind == CHAR_LETTER || (lower == '\'' && n > 0)) {
            n += n < WORD_MAX ? text_put(word + n, lower) : 0;
            continue;
        }
        vote(votes, word, n);
        n = 0;
        if (c == TEXT_NONE) {
            return;
        }
    }
}

static const char *best_of(const struct votes *votes, const char *among, const char *otherwise) {
    const char *best = otherwise;
    float most = 0.0F;
    for (unsigned i = 0; data_stopword_languages[i][0] != '\0'; i++) {
        const char *language = data_stopword_languages[i];
        if (strstr(among, language) != NULL &&
            (votes->words[i] > most ||
             (votes->words[i] >= most && most > 0 && strcmp(language, otherwise) == 0))) {
            most = votes->words[i];
            best = language;
        }
    }
    return most < 0.7F ? otherwise : best;
}

const char *text_language(struct view text) {
    struct votes votes = {0};
    read_votes(text, &votes);
    /* A pair of Han characters says as much as a word of letters. */
    const unsigned *scripts = votes.scripts;
    if (scripts[TEXT_KANA] * 4 > votes.letters) {
        return "ja";
    }
    if (scripts[TEXT_HANGUL] * 4 > votes.letters) {
        return "ko";
    }
    if (scripts[TEXT_HAN] * 4 > votes.letters) {
        return scripts[TEXT_KANA] * 8 > scripts[TEXT_HAN] ? "ja" : "zh";
    }
    if (scripts[TEXT_ARABIC] * 2 > votes.letters) {
        return "ar";
    }
    if (scripts[TEXT_GREEK] * 2 > votes.letters) {
        return "el";
    }
    if (scripts[TEXT_CYRILLIC] * 2 > votes.letters) {
        return best_of(&votes, "ru uk", "ru");
    }
    return best_of(&votes, "en de fr es pt it nl pl tr", "en");
}
