/* text.h: UTF-8, folding, words. The sole user of utf8proc and of the Snowball stemmers. */
#ifndef ESIHELP_BASE_TEXT_H
#define ESIHELP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <esihelp/sys/backend.h>

#include "base/arena.h"
#include "base/str.h"

#define TEXT_NONE UINT32_MAX

/* Valid UTF-8 without a NUL? */
bool text_valid(struct view text);
/* Takes the next code point off *rest; TEXT_NONE at the end. Bad bytes give U+FFFD, one a time. */
uint32_t text_next(struct view *rest);
size_t text_put(char out[4], uint32_t code_point);
size_t text_count(struct view text); /* code points */
/* The first `code_points` of it, never cutting one (nor a combining mark off its base). */
struct view text_head(struct view text, size_t code_points);
bool text_blank(struct view text); /* nothing but white space and invisible characters */

/* Checks an input: ESI_EENCODING for bad UTF-8 or a NUL inside, ESI_ETOOBIG above max_chars,
 * ESI_EINVAL where it is empty or blank and `required`. `pointer` names the field. */
esi_err text_check(struct view text, size_t max_chars, bool required, const char *origin,
                   const char *pointer, esi_error *err) ESI_MUST_CHECK;

/* A folded text that remembers where each of its bytes came from. */
struct text_folded {
    char *p; /* NUL-terminated */
    size_t n;
    uint32_t *from;     /* n + 1 offsets into the source */
    struct view source; /* borrowed: what was folded */
};

/* NFKC and case folded, white space runs as one space, invisible characters (zero-width, soft
 * hyphens, bidi marks, variation selectors) left out, curly quotes and dashes made plain. */
esi_err text_fold(struct view text, esi_arena *arena, struct text_folded *out,
                  esi_error *err) ESI_MUST_CHECK;

/* Letters that imitate Latin ones (Cyrillic, Greek, Cherokee, small capitals, in boxes, with
 * strokes and accents) as what they imitate, in place of what text_fold leaves. Of other scripts
 * only in words that mix them with Latin, or that are made of look-alikes alone in a text that is
 * Latin. The result is in the same terms as `in`; out->p is in->p where nothing changed. */
esi_err text_fold_lookalikes(const struct text_folded *in, esi_arena *arena,
                             struct text_folded *out, esi_error *err) ESI_MUST_CHECK;

enum text_script {
    TEXT_LATIN,
    TEXT_CYRILLIC,
    TEXT_GREEK,
    TEXT_ARABIC,
    TEXT_HEBREW,
    TEXT_HAN,
    TEXT_KANA,
    TEXT_HANGUL,
    TEXT_OTHER_SCRIPT
};

/* A language of which words are stemmed: its ISO 639-1 code. Read from function words and script;
 * "en" where nothing tells. The result is a constant. */
const char *text_language(struct view text);

enum token_kind {
    TOKEN_WORD, /* letters: stemmed */
    TOKEN_NUMBER,
    TOKEN_IDENTIFIER, /* error codes, document ids, paths, versions, addresses: whole */
    TOKEN_CJK         /* a pair of neighbouring characters (one alone where there is one) */
};

struct token {
    enum token_kind kind;
    struct view form; /* folded, as written: "dropped" */
    struct view stem; /* what is indexed: "drop", without accents; an identifier without hyphens and
                          underscores; a stop word, a number and a pair as they are */
    uint32_t from, to; /* bytes in the source */
    uint32_t word; /* running number of the place. Tokens that share it are readings of one place
                          ("lab-7" and "lab"; "login" and "log" for "log-in"): one of them found is
                          enough. Each part and each CJK pair advances it. */
    bool stop;     /* a word that text_is_stopword knows */
};

/* The words of a text, in order. An identifier gives one token whole ("esi-1042", "/etc/hosts",
 * "10.0.3.7", "err_vpn_timeout") and, after it, its parts as words. language: as text_language, or
 * NULL to be read from the text. At most `max` tokens; the rest is left. */
esi_err text_tokens(struct view text, const char *language, size_t max, esi_arena *arena,
                    struct token **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;

/* The stem of one folded word, as text_tokens makes it, in the arena or part of `folded`. */
esi_err text_stem(struct view folded, const char *language, esi_arena *arena, struct view *out,
                  esi_error *err) ESI_MUST_CHECK;

/* The words that carry grammar and not meaning ("the", "how", "my"): of that language. */
bool text_is_stopword(struct view folded, const char *language);

/* How rare a word is in general language: -log10 of its share of running text, from the frequency
 * table shipped in lib/data (English; about 2 for "the", 7.5 for what isn't in it). `known` says
 * whether it is in the table, itself, as a form of a word that is ("drops") or put together from
 * such ("read-only"). Letters alone and numbers are known, and the longer the rarer. */
double text_rarity(struct view folded, bool *known);

/* Does the word itself stand in that table? Forms of it ("droping") and what is put together may be
 * slips of the pen. */
bool text_is_listed(struct view folded);

/* The groups of words of like meaning that a word, one of its forms or a phrase stands in
 * ("rebooted" and "restart" share one): numbers that mean nothing by themselves and stay the same
 * within a release. English, from lib/data. Close ones are groups of a help desk's words, made to
 * be taken for one another; the rest are synonyms of general language and only hint. */
#define TEXT_CONCEPTS_MAX 12
struct text_concept {
    uint16_t group;
    bool near; /* the word is near what the group means, and not the same */
};
size_t text_concepts(struct view folded, struct text_concept out[TEXT_CONCEPTS_MAX]);
bool text_concept_is_close(uint16_t group);

/* Words that mean something together ("hand in", "extra time"), as they stand in a text: "handed my
 * report in". */
struct text_phrase {
    struct view key;    /* what it is known by: "hand in"; lasts */
    size_t first, last; /* its first and its last token */
    bool split;         /* its object stands inside */
    bool phrasal;       /* a verb with its particle: apart they say next to nothing */
};
/* The longest phrase of English that begins at a token; false: none does. */
bool text_phrase_at(const struct token *tokens, size_t count, size_t at, struct text_phrase *out);

/* Damerau-Levenshtein distance (optimal string alignment) of two folded words in code points, given
 * up above `most`: then most + 1. */
unsigned text_distance(struct view a, struct view b, unsigned most);

/* Sentences of prose: takes the next off *rest, with its closing mark; false at the end. Knows
 * abbreviations, versions, paths, list marks and CJK marks. */
bool text_sentence(struct view *rest, struct view *sentence);

#endif
