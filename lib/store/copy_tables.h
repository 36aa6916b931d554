/* copy_tables.h: all that a desk leaves in a store, as tables that every store can read and write.
 * How a store keeps them is its own affair: columns that are only its own (numbers of arrival that
 * nothing shows, words of a search) are not among them, nor are the vectors that it keeps of texts
 * beside those of sections: what a copy has needs none of them. */
#ifndef ESIHELP_STORE_COPY_TABLES_H
#define ESIHELP_STORE_COPY_TABLES_H

#include <esihelp/sys/store_copy.h>

enum copy_kind {
    COPY_TEXT,
    COPY_ID, /* a UUID in text */
    COPY_JSON,
    COPY_HASH,
    COPY_INT,
    COPY_BOOL,
    COPY_REAL,
    COPY_TIME,
    COPY_TIME_OR_0, /* where 0, and never NULL, says that there is none */
    COPY_DAY,       /* its first millisecond */
    COPY_VECTOR
};

struct copy_column {
    const char *name;
    enum copy_kind kind;
};

struct copy_table {
    const char *name;
    size_t keys; /* the first columns are the key */
    size_t columns;
    const struct copy_column *column;
    size_t page;    /* rows that are read at once */
    bool knowledge; /* it belongs to the knowledge base */
};

#define COPY_COLUMNS_MAX 32

enum {
    COPY_USERS,
    COPY_TOKENS,
    COPY_SESSIONS,
    COPY_MESSAGES,
    COPY_REFERENCES,
    COPY_GUARDRAILS,
    COPY_FEEDBACK,
    COPY_TICKETS,
    COPY_TICKET_SESSIONS,
    COPY_TICKET_EVENTS,
    COPY_OUTBOX,
    COPY_REQUESTS,
    COPY_DAYS,
    COPY_NUMBERS, /* what numbers were given already */
    COPY_COLLECTIONS,
    COPY_DOCUMENTS,
    COPY_SECTIONS,
    COPY_REMOVED,
    COPY_SPACES,  /* of collections, beside the one that is searched */
    COPY_VECTORS, /* in those */
    COPY_TABLE_COUNT
};

extern const struct copy_table copy_tables[COPY_TABLE_COUNT];

/* A key that comes before all others of that kind. */
esi_store_cell copy_least(enum copy_kind kind);

#endif
