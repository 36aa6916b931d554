/* front_parts.h: what the two readers of front matter share. Private to core/frontmatter. */
#ifndef ESIHELP_CORE_FRONT_PARTS_H
#define ESIHELP_CORE_FRONT_PARTS_H

#include "core/frontmatter.h"

#define FRONT_MAX 65536 /* bytes of front matter */
#define FRONT_DEPTH 16
#define FRONT_LIST_MAX 256    /* values of one key */
#define FRONT_PROBLEMS_MAX 32 /* more of them tell nothing new */

/* What a document's front matter is being read into. */
struct front_reader {
    esi_arena *arena;
    struct front *front;
    size_t tag_cap, supersedes_cap, related_cap, mend_cap, problem_cap;
    int32_t line; /* of the front matter's first line, in the document */
    bool memory;  /* ran out */
};

enum front_key {
    FRONT_UNKNOWN,
    FRONT_ID,
    FRONT_TITLE,
    FRONT_VERSION,
    FRONT_UPDATED,
    FRONT_STATUS,
    FRONT_LANGUAGE,
    FRONT_ROLES,
    FRONT_TAGS,
    FRONT_SUPERSEDES,
    FRONT_SUPERSEDED_BY,
    FRONT_RELATED,
    FRONT_HANDLING
};

/* Which key a name is; case, "-" and " " don't count. */
enum front_key front_key_of(struct view name);
/* May the key hold several values? */
bool front_key_is_list(enum front_key key);
/* Takes one value of a key; the text need not outlive the call. */
void front_take(struct front_reader *reader, enum front_key key, struct view value);
/* Is it this name? Case, "-" and " " don't count; `known` is in small letters with "_". */
bool front_name_is(struct view name, const char *known);
/* A copy with runs of white space as one space. */
struct view front_tidy(struct front_reader *reader, struct view value);
void front_problem(struct front_reader *reader, const char *format, ...) ESI_PRINTF(2, 3);

/* ---- the key `handling` (front_mend.c) ------------------------------------------------------- */

/* One "name: value" of an entry. */
struct front_row {
    struct view name, value;
    int32_t line;
};

struct front_entry {
    struct view section; /* empty: one of the rows names it */
    struct front_row *rows;
    size_t count, cap;
};

/* Takes one row; the value need not outlive the call, the name does. */
void front_mend_row(struct front_reader *reader, struct front_entry *entry,
                    const struct front_row *row);
/* The entry is complete. */
void front_mend_entry(struct front_reader *reader, const struct front_entry *entry);
/* "Heading: order". */
void front_mend_line(struct front_reader *reader, struct view section, struct view text,
                     int32_t line);

/* ---- the two readers ------------------------------------------------------------------------- */

/* Where front matter stands in a document. */
struct front_extent {
    size_t from, to; /* its lines, without the marks around them */
    size_t body;     /* where the rest begins */
    bool found;
    bool opened; /* begins with "---" */
    bool closed;
};
struct front_extent front_extent(struct view document);

/* Reads lines of "key: value" and "- value" without regard to YAML's finer rules. */
void front_read_lines(struct front_reader *reader, struct view block);
/* Does the line look like front matter: a key, an item, a comment or nothing? */
bool front_line_fits(struct view line);
/* The key at the beginning of a line and what stands behind its colon. */
bool front_line_key(struct view line, struct view *key, struct view *value);

/* A date in one of the usual forms as "2026-11-22" or "2026-11"; empty where it isn't one. */
struct view front_date(struct view text, esi_arena *arena);

#endif
