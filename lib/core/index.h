/* index.h: an immutable snapshot of one collection: BM25 postings, vectors, documents. Built,
 * searched, and built anew from the one before; never changed. Any thread may search it. */
#ifndef ESIHELP_CORE_INDEX_H
#define ESIHELP_CORE_INDEX_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/text.h"

/* One section as it comes from a store. */
struct index_section_in {
    struct view id;
    struct view heading;
    struct view text;    /* all that should be found of it: user text and the note's words */
    const float *vector; /* length 1; NULL: words only */
    uint32_t holds;      /* bit (1 << enum note_kind) for what its note has; kept as it is */
    bool unread;         /* it has its place, id and heading, and is never found */
};

struct index_document_in {
    struct view id, source, title, version, updated, language;
    struct view tags; /* separated by white space */
    struct view meta; /* kept as it is, for the desk */
    int32_t standing; /* enum standing of core/handling; kept as it is */
    uint32_t roles;   /* 0: everybody */
    const struct index_section_in *sections;
    size_t section_count;
};

/* A document with its words counted and its vectors coded: shared between snapshots. */
struct index_document;

/* What a document is in a snapshot; views live as long as the snapshot. */
struct index_document_view {
    struct view id, source, title, version, updated, language, meta;
    int32_t standing;
    uint32_t roles;
};

struct index; /* the snapshot; counted */

/* Reads one document's words. dimensions: of its vectors, 0 where it has none.
 * Errors: ESI_ENOMEM. The result is counted: index_build takes its own count. */
esi_err index_document_create(const struct index_document_in *in, int32_t dimensions,
                              struct index_document **out, esi_error *err) ESI_MUST_CHECK;
void index_document_unref(struct index_document *document);
/* What it takes of a snapshot's memory by itself. */
size_t index_document_bytes(const struct index_document *document);

/* A new snapshot: that of `before` (NULL: empty) without the documents named in `gone` (by id) and
 * with `added` in place of those of the same id. The result doesn't depend on the order in which
 * documents came. memory_max: ESI_ENOMEM with a message that names the option when it would take
 * more. Counted: starts at 1. */
esi_err index_build(const struct index *before, const struct view *gone, size_t gone_count,
                    struct index_document *const *added, size_t added_count, int64_t version,
                    size_t memory_max, struct index **out, esi_error *err) ESI_MUST_CHECK;
/* How many sections of a collection have a stem. */
struct index_count {
    struct view stem;
    uint32_t sections;
};

/* Tells a snapshot, before anybody else has it, that it is a part of a collection of so many
 * sections: words are weighed by what the collection has of them, where that is told, and not by
 * how often they stand in the part. Errors: ESI_ENOMEM. */
esi_err index_set_collection(struct index *index, size_t sections, const struct index_count *counts,
                             size_t count, esi_error *err) ESI_MUST_CHECK;

/* What index_build answers to more than memory_max. */
esi_err index_fail_too_big(size_t memory_max, esi_error *err);
struct index *index_ref(struct index *index);
void index_unref(struct index *index);

int64_t index_version(const struct index *index);
size_t index_documents(const struct index *index);
size_t index_sections(const struct index *index);
size_t index_collection(const struct index *index); /* sections of all the collection */
size_t index_bytes(const struct index *index);
int32_t index_dimensions(const struct index *index);

/* Sections are numbered 0 to index_sections - 1 within one snapshot, documents likewise; both in
 * the order of document id, then ordinal. */
uint32_t index_section_document(const struct index *index, uint32_t section);
struct view index_section_id(const struct index *index, uint32_t section);
struct view index_section_heading(const struct index *index, uint32_t section);
const float *index_section_vector(const struct index *index, uint32_t section); /* NULL: none */
struct index_document_view index_document_at(const struct index *index, uint32_t document);
/* The number of a document id; false if it isn't there. */
bool index_find_document(const struct index *index, struct view id, uint32_t *out);
/* Its sections: first and how many. */
void index_document_sections(const struct index *index, uint32_t document, uint32_t *first,
                             uint32_t *count);

/* ---- asking ---------------------------------------------------------------------------------- */

#define INDEX_TERMS_MAX 64

/* One word of a question, with what the index knows of it. Bit i of a hit's masks is term i. */
struct index_term {
    struct view form; /* as asked, folded */
    struct view used; /* the stem that is looked up: another one where spelling was mended */
    enum token_kind kind;
    bool stopword;
    bool known;        /* some section has it (after word forms, spelling and synonyms) */
    bool meant;        /* none has it: those with a word of like meaning stand for it */
    bool foreign_code; /* a code that no section has, of a family that is documented */
    bool phrase;       /* words that mean something together: "hand in" */
    bool corrected;    /* the spelling was mended */
    bool spare;        /* says what others of the terms say too: "log" and "in" beside "login", the
                          parts of an identifier that is known whole; its weight is 0 */
    uint32_t sections; /* that have it */
    float weight;      /* how much it tells: general rarity blended with the corpus */
};

/* A section that defines what a question asks the meaning of. */
struct index_definition {
    uint32_t section;
    uint8_t plain; /* 1: in a sentence; 2: as a label, heading or message; 3: as an entry */
};

/* A section that quotes a message which the question has to the letter. */
struct index_quote {
    uint32_t section;
    uint8_t words; /* of the longest */
};

#define INDEX_DEFINITIONS_MAX 8
#define INDEX_QUOTES_MAX 8
#define INDEX_NO_TERM UINT8_MAX

struct index_query {
    struct index_term terms[INDEX_TERMS_MAX];
    size_t term_count;
    const float *vector; /* NULL: words only */
    uint32_t role;       /* bit (1 << esi_role); documents for others are left out; 0: no filter */
    uint32_t wants;      /* kinds of answer that are asked for (core/answer); 0: not known */
    struct index_definition definitions[INDEX_DEFINITIONS_MAX]; /* the plainest first */
    size_t definition_count;
    struct index_quote quotes[INDEX_QUOTES_MAX];
    size_t quote_count;
    uint64_t counted; /* bit i: how many there are of term i is asked; 0: a number is enough */
    const uint8_t *term_of; /* which term each of the tokens is; INDEX_NO_TERM: none */
    size_t token_count;
    /* private to index.c: alternatives of each term */
    void *plan;
};

/* Reads a question's words against a snapshot: stop words marked, spelling mended against the
 * collection's own words, synonyms (pairs word, other word; both ways) added. Errors:
 * ESI_ENOMEM. */
esi_err index_prepare(const struct index *index, const struct token *tokens, size_t count,
                      const char *language, const char *const (*synonyms)[2], size_t synonym_count,
                      esi_arena *arena, struct index_query *out, esi_error *err) ESI_MUST_CHECK;

/* Notes which sections define one of the terms, whose meaning the question asks: they are found
 * whatever else the question says. A term within one that was found is passed over. The role of the
 * query is set before. Errors: ESI_ENOMEM. */
esi_err index_define(const struct index *index, struct index_query *query, const char *language,
                     const struct view *terms, size_t count, esi_arena *arena,
                     esi_error *err) ESI_MUST_CHECK;

/* Does a section quote the heading of another one: 'see "Renumbering" below'? */
bool index_quotes_heading(const struct index *index, uint32_t section, uint32_t other);

/* Does any document have that folded word, as it stands? */
bool index_has_form(const struct index *index, struct view folded);

/* Makes a term count for `factor` of what it does, in ranking and by its weight. */
void index_lighten(struct index_query *query, size_t term, float factor);

/* How much a stem tells in this collection, 0 to 1: little where many sections have it. */
double index_tells(const struct index *index, struct view stem);

/* Does a section that the question's role may see have that term? */
bool index_knows(const struct index *index, const struct index_query *query, size_t term);

struct index_hit {
    uint32_t section;
    float words;      /* BM25; 0: no word matched */
    float cosine;     /* to the question's vector; 0 where there is none */
    uint64_t matched; /* terms in the section's text, heading or title */
    uint64_t headed;  /* terms in its heading, or in title or tags of its document */
    float near;       /* 0 to 1: how close together the matched terms stand */
    float titled;     /* 0 to 1: the share of its innermost heading's words that the question has;
                         0 also for a heading of one word, which says too little */
    uint8_t quotes;   /* words of a message that it quotes and the question has */
    uint8_t defines;  /* what the question asks the meaning of: see index_definition; 0: not */
};

/* The `most` best sections by words and the `most` best by vector, in one list without doubles,
 * ordered by section. Errors: ESI_ENOMEM. */
esi_err index_search(const struct index *index, const struct index_query *query, size_t most,
                     esi_arena *arena, struct index_hit **out, size_t *out_count,
                     esi_error *err) ESI_MUST_CHECK;

/* How a section has a question's words. Bit i is term i. */
struct index_context {
    float has[INDEX_TERMS_MAX]; /* 1: itself; less: a word that means about the same; 0: not */
    uint64_t own;               /* it stands in the section's heading */
    uint64_t labelled;          /* ... in title or tags of its document */
    uint64_t sentence;          /* ... in the sentence that has most of the question's words */
    uint64_t telling;           /* ... in the best one with a kind of answer that is asked for */
    uint32_t offers;            /* kinds of answer in the sentence that has most of the words */
    uint32_t holds;             /* as given */
    uint32_t length;            /* words */
    float heading_meaning;  /* cosine of what its heading and the question mean, by their words */
    float sentence_meaning; /* the most of the same with its sentences, each under the heading */
    bool glossary;          /* the section is little else than terms with their meanings */
    bool measured;          /* a number stands beside one of them */
    float titled;           /* as in the hit; words that mean about the same count, too */
};
/* A hit seen closer. counts: of each term; those of 0 are passed over. */
void index_context_of(const struct index *index, const struct index_query *query,
                      const struct index_hit *hit, const float *counts, struct index_context *out);

#endif
