/* index_parts.h: what the files of the index share; nobody else includes it. */
#ifndef ESIHELP_CORE_INDEX_PARTS_H
#define ESIHELP_CORE_INDEX_PARTS_H

#include <stdatomic.h>

#include "base/word_vector.h"
#include "core/index.h"
#include "core/names.h"

/* ---- words to numbers (index_dictionary.c) --------------------------------------------------- */

#define DICTIONARY_NONE UINT32_MAX

struct dictionary_entry {
    uint64_t hash;
    struct view key; /* borrowed; whoever adds it may point it to a copy that lives longer */
};

/* Numbers its words from 0 in the order in which they came. All zero is empty. */
struct dictionary {
    struct dictionary_entry *entries;
    uint32_t *slots; /* number + 1; 0: free */
    size_t count;
    size_t capacity;   /* of entries */
    size_t slot_count; /* a power of two */
};

void dictionary_clear(struct dictionary *d);
/* The number of a word, adding it where it is new; DICTIONARY_NONE when memory ran out. */
uint32_t dictionary_add(struct dictionary *d, struct view key, uint64_t hash, bool *added);
uint32_t dictionary_find(const struct dictionary *d, struct view key);
size_t dictionary_bytes(const struct dictionary *d);

/* ---- one document (index_document.c) --------------------------------------------------------- */

/* Words of a section have places: those of title and tags from 0, of the heading from HEADING_AT,
 * of the text from TEXT_AT. A place is kept in 16 bits: whatever stands behind the last one shares
 * it. */
#define PLACE_SENTENCE 12u /* this many are left free between sentences, items and rows */
#define PLACE_HEADING 512u
#define PLACE_TEXT 1024u
#define PLACE_MAX 65535u
#define SECTION_TOKENS_MAX 60000u

/* A stem in one section. Its places are `text + heading + title` numbers from `at`, ascending. */
struct document_posting {
    uint32_t term; /* of the document */
    uint32_t at;   /* in document.places */
    uint16_t text;
    uint8_t heading;
    uint8_t title;
};

/* What words mean together is the sum of their vectors, each as long as the word is rare. A
 * sentence stands under its heading, of which so much is added. */
#define MEANING_HEADING 0.7f

/* A sentence, an item of a list or a row. */
struct document_sentence {
    uint16_t place;  /* of its first word */
    uint16_t offers; /* kinds of answer that it has (core/answer) */
    float length;    /* of the sum of its and the heading's vectors */
};

struct document_section {
    struct view id, heading;
    struct document_sentence *sentences;
    uint32_t sentence_count;
    float heading_length;    /* of the sum of the heading's vectors */
    uint32_t holds;          /* as given */
    uint32_t from, to;       /* in document.postings; ascending by term */
    uint32_t length;         /* words */
    uint32_t *heading_terms; /* of its innermost heading, stop words aside */
    uint32_t heading_count;
    struct view heading_key; /* as that of a name; its innermost words */
    bool has_vector;
    bool glossary; /* little else than terms with their meanings */
    bool unread;
};

/* A word that isn't written as its stem is, for spelling. */
struct document_word {
    struct view form;
    uint64_t hash;
    uint32_t term;
};

/* A term that a section defines, by the stems of its words. */
struct document_name {
    struct view key;
    uint64_t hash;
    uint32_t section; /* of the document */
    uint8_t form;     /* enum name_form */
};

struct index_document {
    atomic_size_t count;
    struct index_document_view view;
    struct document_section *sections;
    size_t section_count;
    struct dictionary terms; /* stems */
    uint8_t *written;        /* of each stem: 1 where it is also a word as it is */
    uint16_t *vectors_of;    /* of each stem: its number in base/word_vector */
    float *rarities;         /* of each stem: how long its vector is in a sum */
    bool *measures;          /* of each stem: a number, or a word that says how much or how long */
    struct document_word *words;
    size_t word_count;
    struct document_name *names;
    size_t name_count;
    struct document_posting *postings;
    uint16_t *places;
    int32_t dimensions;
    float *vectors; /* section_count x dimensions; NULL: none */
    /* the same turned (index_rotate): as signs, and in 8 bits */
    uint64_t *rows;     /* VECTOR_BITS_WORDS(dimensions) a section */
    float *row_lengths; /* how much of the turned vector lies along its signs */
    int8_t *codes;
    float *code_scales;
    esi_arena arena; /* everything above but the dictionary's tables */
    size_t bytes;
};

/* Takes the vectors over and codes them; false when memory ran out. */
bool index_code_vectors(struct index_document *d, const struct index_section_in *in,
                        esi_arena *scratch);

void index_document_ref(struct index_document *document);

/* What is at hand while the terms that a document defines are read (index_names.c). */
struct index_names_reader {
    struct index_document *document;
    const char *language;
    size_t capacity;
};

esi_err index_names_take(struct index_names_reader *r, uint32_t section,
                         const struct index_section_in *in, esi_arena *arena,
                         esi_error *err) ESI_MUST_CHECK;

/* ---- the snapshot (index_build.c, index.c) --------------------------------------------------- */

/* A word of the collection, for spelling; sorted by length, then bytes. */
struct index_word {
    struct view form;
    uint32_t term;
    uint32_t letters; /* a bit for each letter it has, folded onto 32 */
    uint32_t length;  /* code points */
};

/* A term that a section defines; sorted by hash, then the plainest first. */
struct index_name {
    uint64_t hash;
    struct view key;
    uint32_t section;
    uint8_t form;
};

#define INDEX_QUOTE_BITS 4096u

/* A word of the collection that stands in a group of words of like meaning; sorted by group. */
struct index_meaning {
    uint16_t group;
    bool near; /* see struct text_concept */
    uint32_t term;
};

#define WORD_LENGTH_MAX 40 /* longer ones aren't offered as spellings */

struct index {
    atomic_size_t count;
    int64_t version;
    int32_t dimensions;
    struct index_document **documents; /* by id; each is counted */
    size_t document_count;
    uint32_t *document_first; /* document_count + 1 section numbers */
    uint32_t *section_document;
    size_t section_count;
    uint32_t *section_roles; /* of their documents */
    /* the signs of all sections in one piece, where there are enough to be worth it; else NULL */
    uint64_t *rows;
    float *row_stretch; /* 1 / row_lengths; 0: the section has no vector */
    struct dictionary terms;
    uint32_t *term_from; /* terms.count + 1 places in the three arrays below */
    uint32_t *posting_section;
    float *posting_impact; /* BM25 without the rarity of the word */
    uint32_t *posting_at;  /* in the document's postings */
    struct dictionary forms;
    uint32_t *form_term;    /* by number in forms */
    uint16_t *term_vectors; /* of each term: its number in base/word_vector */
    struct index_word *words;
    size_t word_count;
    uint32_t word_from[WORD_LENGTH_MAX + 2]; /* words of that length begin here */
    struct index_name *names;
    size_t name_count;
    uint64_t
        quote_first[INDEX_QUOTE_BITS / 64]; /* a bit for each word that a message begins with */
    struct index_meaning *meanings;
    size_t meaning_count;
    struct dictionary families; /* letters that begin codes: "ke" of "KE-1042" */
    /* of a collection that this is a part of; 0 and empty: it is all there is */
    size_t whole_sections;
    struct dictionary whole_terms;
    uint32_t *whole_counts; /* of each of whole_terms */
    esi_arena whole_memory; /* of their words */
    float average_length;
    size_t bytes;
};

/* BM25 of a word in a section, without its rarity. */
float index_impact(const struct index *index, uint32_t text, uint32_t heading, uint32_t title,
                   uint32_t length);
/* numbers: the collection's of the documents' terms, those of document i from from[i]. */
esi_err index_put_words(struct index *index, const uint32_t *numbers, const size_t *from,
                        esi_error *err) ESI_MUST_CHECK;
/* The words of like meaning. */
esi_err index_put_meanings(struct index *index, esi_error *err) ESI_MUST_CHECK;
/* The letters that begin codes, and those of one code; empty: it isn't one. */
esi_err index_put_families(struct index *index, esi_error *err) ESI_MUST_CHECK;
struct view index_family(struct view stem);
/* The terms that the documents' sections define. */
esi_err index_put_names(struct index *index, esi_error *err) ESI_MUST_CHECK;
/* The letters of a folded word as struct index_word has them, and its code points. */
uint32_t index_letters(struct view form, uint32_t *length);
const struct document_posting *index_posting(const struct index *index, uint32_t section,
                                             uint32_t at, const uint16_t **places);

/* ---- a question (index_query.c, index_spell.c, index_list.c) --------------------------------- */

/* An entry of a list either points to a posting of the document or, where several words together
 * make it, says itself where it stands. */
#define AT_OWN 0x80000000u
#define AT_OWN_HEADED 0x00010000u

/* Sections that have a word or a phrase, ascending. */
struct index_list {
    const uint32_t *sections;
    const float *impacts;
    const uint32_t *at;
    size_t count;
};

#define INDEX_LIKES_MAX 24

/* Terms that are made to be taken for one of a question (lib/data/thesaurus.txt), and what it means
 * as a vector. */
struct index_likes {
    uint32_t terms[INDEX_LIKES_MAX];
    float shares[INDEX_LIKES_MAX]; /* 1: means the same; less: about the same */
    size_t count;
    uint16_t vector;
};

/* Adds those of a word or phrase, their shares times `share`; the best are kept. own: is left out;
 * DICTIONARY_NONE where the collection doesn't have the word. */
void index_add_likes(const struct index *index, struct view form, uint32_t own, float share,
                     struct index_likes *likes);
/* How far one word may stand for another by their vectors: 0 to 1. */
float index_stands_for(uint16_t word, uint16_t other);

#define INDEX_NEAREST 6

/* The terms of the collection that are most like it, the likest first. Returns how many. */
size_t index_nearest(const struct index *index, uint16_t vector, uint32_t terms[INDEX_NEAREST],
                     float likes[INDEX_NEAREST]);

#define INDEX_PHRASES_MAX 16 /* of a question, that the thesaurus has */

/* Terms that name something together: "operating system". */
struct index_whole {
    uint64_t terms;
    struct index_likes likes; /* the phrase itself, and what means the same */
};

struct index_plan {
    struct index_list lists[INDEX_TERMS_MAX]; /* of each term, its alternatives taken in */
    float weights[INDEX_TERMS_MAX];           /* rarity for ranking */
    struct index_likes likes[INDEX_TERMS_MAX];
    struct index_whole wholes[INDEX_PHRASES_MAX];
    size_t whole_count;
    float meaning[WORD_VECTOR_DIMENSIONS]; /* of the question's words together */
    float meaning_length;
};

/* How long a word's vector is in a sum of several. */
float index_meaning_weight(struct view form);
float index_meaning_length(const float sum[WORD_VECTOR_DIMENSIONS]);
/* What the question's words mean together. */
void index_add_meaning(const struct index_query *query, struct index_plan *plan);
/* The sentence of a place of the text. */
uint32_t index_sentence_at(const struct document_section *section, uint16_t place);
/* Measures what its sentences and its heading mean. sums: (sentences + 1) vectors, all zero. */
void index_measure_meaning(const struct index_document *document, struct document_section *section,
                           float *sums);

/* A question on its way. */
struct index_reading {
    const struct index *index;
    const struct token *tokens;
    size_t count;
    const char *language;
    esi_arena *arena;
    struct index_query *query;
    struct index_plan *plan;
    uint8_t *term_of; /* of each token; INDEX_NO_TERM */
    unsigned spellings;
    struct text_phrase phrases[INDEX_PHRASES_MAX];
    size_t phrase_count;
};

/* A token that others are parts of: an identifier, "log-in", "login" made of "log in". Its parts
 * stand right before or behind it. */
bool index_is_whole(const struct token *tokens, size_t count, size_t at);
/* The sections that quote a message of the question. */
void index_find_quotes(const struct index *index, const struct token *tokens, size_t count,
                       struct index_query *query);
/* Fills the plan's list of each term. */
esi_err index_add_alternatives(struct index_reading *w, const char *const (*synonyms)[2],
                               size_t synonym_count, esi_error *err) ESI_MUST_CHECK;

#define INDEX_PHRASE_MAX 3

struct index_list index_list_of(const struct index *index, uint32_t term);
/* The first entry at or behind `from` whose section isn't smaller than `section`. */
size_t index_list_seek(const struct index_list *list, size_t from, uint32_t section);
/* Sections where the words (at most INDEX_PHRASE_MAX) stand one behind the other. */
esi_err index_list_phrase(const struct index *index, const uint32_t *terms, size_t count,
                          esi_arena *arena, struct index_list *out, esi_error *err) ESI_MUST_CHECK;
/* Both together; of a section in both the better entry, b's impacts times `factor`. */
esi_err index_list_join(const struct index_list *a, const struct index_list *b, float factor,
                        esi_arena *arena, struct index_list *out, esi_error *err) ESI_MUST_CHECK;

/* The number of a stem or, failing that, of the stem of a word so written; DICTIONARY_NONE. */
uint32_t index_find_term(const struct index *index, struct view stem, struct view form);

/* The rarity of what so many sections have, as BM25 has it. */
float index_rarity(const struct index *index, size_t has);
/* What a term that `has` sections have tells: its weight, and in `rank` that for ranking. */
void index_weigh(const struct index *index, const char *language, size_t has,
                 struct index_term *term, float *rank);

/* How people shorten words, sorted; made of lib/data/shorthand.txt. */
extern const char *const index_shorthand[][2];
extern const size_t index_shorthand_count;

#define INDEX_SLIP_MAX 32 /* bytes */

/* The commonest word of general English that is one slip of the pen away from one that isn't in its
 * lists: "wen", "evry", "filmd". The length of what was put into `out`; 0: none. */
size_t index_slip(struct view form, char out[INDEX_SLIP_MAX]);

/* The word of the collection that a misspelt word most likely means; NULL: none. */
const struct index_word *index_spelling(const struct index *index, struct view form);

/* ---- searching (index_search.c, index_vector.c) ---------------------------------------------- */

/* Up to so many floats are scanned as they are, without looking at signs first. */
#define INDEX_EXACT_FLOATS (1u << 20)

bool index_visible(const struct index *index, uint32_t section, uint32_t role);

/* The best of what was offered: ties go to the smaller section. */
struct index_scored {
    float score;
    uint32_t section;
};
struct index_best {
    struct index_scored *items; /* a heap, the worst on top */
    size_t count, most;
};
void index_best_offer(struct index_best *best, float score, uint32_t section);

/* Turns a vector, by the same turn for all of that many dimensions; its length stays. */
void index_rotate(float *v, size_t n);

/* Offers every visible section with a vector, or the best of them, to `best` with its cosine. */
esi_err index_vector_search(const struct index *index, const struct index_query *query,
                            struct index_best *best, esi_arena *arena,
                            esi_error *err) ESI_MUST_CHECK;

#endif
