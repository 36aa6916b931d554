/* rival.h: which of several retrieved sections on one subject is followed. */
#ifndef ESIHELP_CORE_RIVAL_H
#define ESIHELP_CORE_RIVAL_H

#include "core/claim.h"
#include "core/handling.h"
#include "core/index.h"

/* A section as a contender. */
struct rival {
    struct contender who;
    const float *vector;     /* length 1; NULL: words only */
    struct view title_words; /* folded stems of title and heading, separated by spaces */
    struct view heading;     /* the innermost */
    struct view tags;        /* of its document, separated by spaces */
    struct view text;        /* may be empty */
    struct note note;        /* may be empty */
    double answers;          /* how much of a question it has, 0 to 1; 0: nothing was asked */
    bool claimed;            /* somebody names its document, and asks whether it holds */
    bool read;               /* the rest was made by rival_read, from text and note */
    struct stems head;       /* words of its heading, */
    struct stems words;      /* ... of heading and text, */
    struct stems kin;        /* ... of title and tags */
    struct stems telling;    /* ... the same, by how much they tell in the collection */
    struct claims claims;
};

/* The innermost heading of a path of them. */
struct view rival_heading(struct view path);

/* Reads what comparing texts needs. index: says which words of a title tell nothing here; NULL: all
 * of them tell. Errors: ESI_ENOMEM. */
esi_err rival_read(struct rival *rival, const struct index *index, esi_arena *arena,
                   esi_error *err) ESI_MUST_CHECK;

/* Two sections of different documents, one of which has the greater authority. */
struct rivals {
    int order;          /* below 0: the first holds; above 0: the second; 0: each for itself */
    bool stands_in;     /* ... and answers what the other one answers */
    const char *reason; /* a constant, as authority_compare's; "" */
    bool states; /* set by who compares: the figure at differs_at is the right one for a claim */
    size_t differs_at; /* item of the note of the one that holds, from 1, which states another
                           figure; 0: none */
};

/* Compares them: are they about one subject, so that only one of them can be followed? A document
 * that declares itself the rule for a subject is so only against what is on it. Sections that were
 * read are compared by what they say, too. */
void rival_compare(const struct rival *a, const struct rival *b, size_t dimensions,
                   struct rivals *out);

/* How near a section comes to standing in for a weaker one, by what is known without its text. */
double rival_near(const struct rival *weaker, const struct rival *other, size_t dimensions);

#endif
