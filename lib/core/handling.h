/* handling.h: reads what a section tells the user and what it tells the desk, from its words
 * alone. DESIGN: user text is kept apart from text that instructs the assistant. */
#ifndef ESIHELP_CORE_HANDLING_H
#define ESIHELP_CORE_HANDLING_H

#include "core/chunk.h"
#include "core/frontmatter.h"
#include "core/note.h"

struct handling_section {
    struct note note;
    struct view text; /* what a user may read: the section without orders to the assistant */
    bool instructs;   /* it has orders to the assistant */
    bool suspicious;  /* text that tries to steer the assistant against its rules or its user */
};

/* Reads one document: all chunks, because a lead-in may govern what follows it. One result per
 * chunk. Errors: ESI_ENOMEM. */
esi_err handling_read(const struct front *front, struct view title, const struct chunk *chunks,
                      size_t count, esi_arena *arena, struct handling_section *out,
                      esi_error *err) ESI_MUST_CHECK;

/* A document that was read, to be mended. */
struct handling_mended {
    const struct front *front;
    const struct chunk *chunks;
    size_t count;
    struct handling_section *sections; /* as handling_read filled them; changed */
};

/* Puts what a site says under `handling` in front matter over what was read. problems: a line for
 * each entry that can't be used (no such section, no such sentence); the others are applied.
 * Errors: ESI_ENOMEM. */
esi_err handling_mend(const struct handling_mended *in, esi_arena *arena, struct view **problems,
                      size_t *problem_count, esi_error *err) ESI_MUST_CHECK;

/* Who outranks whom. What a document says of its standing. */
enum standing {
    STANDING_CURRENT,
    STANDING_UNDATED,
    STANDING_DEPRECATED,
    STANDING_SUPERSEDED,
    STANDING_QUARANTINED
};

struct authority {
    enum standing standing;
    struct view reason;      /* why it isn't current, in a few words */
    struct view *supersedes; /* ids or titles, from front matter or said in a sentence */
    size_t supersedes_count;
    struct view *names; /* ids or titles of documents that it names as the one to use */
    size_t names_count;
    struct view superseded_by;    /* id of the document that it says took its place */
    bool defers;                  /* "this page is only a summary" */
    bool declares_rule;           /* "this document is the authority for ..." */
    struct view subject;          /* ... for what */
    struct view version, updated; /* said in the text, where front matter says nothing */
};

/* Reads the standing from status, supersedes, tags, title, or a sentence that says so. */
esi_err handling_authority(const struct front *front, struct view title, const struct chunk *chunks,
                           size_t count, esi_arena *arena, struct authority *out,
                           esi_error *err) ESI_MUST_CHECK;

const char *standing_name(enum standing standing);

/* Is it the document that another one means by `said`: its id, or words of its title with a number
 * that tells it from others ("2022 guide")? */
bool authority_is_meant(struct view id, struct view title, struct view said);

/* Which of two documents on one subject is followed. Strongest reason first: not deprecated or
 * superseded; named by another document as the one to use, or declaring itself the rule; what it is
 * about before what only sums it up; dated and versioned before undated; newer version in one
 * series; newer date. */
struct contender {
    struct view id, title, version, updated;
    enum standing standing;
    bool named; /* another document names it as the one to use */
    bool declares_rule;
    bool defers;               /* says that it only sums up what others say */
    struct view subject;       /* ... for what: several, separated by ", "; empty: for all of it */
    struct view superseded_by; /* id of a stored document that supersedes it; empty */
};
/* Below 0: a wins; above 0: b wins; 0: neither. *reason is a constant, said of the one that wins:
 * "it is newer". */
int authority_compare(const struct contender *a, const struct contender *b, const char **reason);

#endif
