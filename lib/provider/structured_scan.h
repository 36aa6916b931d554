/* structured_scan.h: finds the object of a structured reply and its members while it arrives,
 * with whatever stands around it. Pure. */
#ifndef ESIHELP_PROVIDER_STRUCTURED_SCAN_H
#define ESIHELP_PROVIDER_STRUCTURED_SCAN_H

#include <stdbool.h>

#include "base/str.h"
#include "provider/structured_text.h"

enum member { MEMBER_CITED, MEMBER_ANSWER, MEMBER_OPEN, MEMBER_LABELS, MEMBER_OTHER };

enum scan_state {
    SCAN_SEEK, /* no object is open */
    SCAN_FIRST_NAME,
    SCAN_NEXT_NAME,
    SCAN_COLON,
    SCAN_FIRST_ITEM,
    SCAN_VALUE,
    SCAN_STRING,
    SCAN_WORD, /* a number, true, null */
    SCAN_AFTER,
    SCAN_ANSWER,
    SCAN_QUOTE, /* within the answer: does it end there? */
    SCAN_DONE,  /* the object is whole */
    SCAN_LOST   /* nothing more can be read */
};

/* All zero at the beginning, but for `lax`. The reply is kept by the caller: offsets point into it.
 * */
struct scan {
    bool lax; /* an inner object counts also where its answer comes before what is cited */
    enum scan_state state;
    size_t at;            /* so much of the reply was read */
    size_t start;         /* where the outermost open object begins */
    size_t tries;         /* objects that were given up after a name */
    size_t depth;         /* open levels */
    uint64_t objects;     /* one bit for each of them: is it an object? */
    size_t base;          /* the level of the members; 0: none was seen */
    size_t token;         /* where the string at hand begins, behind its quote */
    bool escaped, a_name; /* of that string: a backslash came last; it is a member's name */
    bool after_name;      /* the object at hand has had a name and a colon */
    enum member name;     /* the last name */
    enum member current;  /* the member whose value is open */
    size_t from[MEMBER_OTHER], to[MEMBER_OTHER];
    bool has[MEMBER_OTHER]; /* its value is whole */
    bool answering;         /* the answer has begun: this is the object */
    bool cited_first;       /* and what is cited stood before it */
    struct text_reader reader;
};

/* Reads on in `reply`, which begins with what was read before. The answer is decoded onto
 * `answer`. */
void scan_run(struct scan *s, struct view reply, struct buf *answer);
/* The reply ended. */
void scan_end(struct scan *s);
/* The value of a member, as it stands in the reply; empty where there is none. */
struct view scan_value(const struct scan *s, struct view reply, enum member member);

#endif
