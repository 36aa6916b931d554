/* report.h: what an evaluation found, whatever it evaluated: counted per key, told miss by miss,
 * compared with an earlier one. Knows neither desks nor scenarios. */
#ifndef ESIHELP_SERVER_REPORT_H
#define ESIHELP_SERVER_REPORT_H

#include <esihelp/chat.h>

#include "term.h"
#include "wire.h"

#define REPORT_KEYS_MAX 24
#define REPORT_GROUPS_MAX 4

/* Of an earlier report's file, and the results in it. */
#define BASELINE_MAX_BYTES ((size_t)64 << 20)
#define BASELINE_RESULTS_MAX 100000

/* What is evaluated, in its own words. */
struct report_kind {
    const char *suite;              /* "chat" */
    const char *items;              /* "scenarios" */
    const char *part;               /* what an item has several of: "turn"; NULL: it is one */
    const char *const *keys;        /* what can be expected; NULL-terminated */
    const char *const *groups;      /* of items, each counted apart; NULL-terminated */
    const char *const *group_names; /* as JSON calls them */
};

/* One thing that was evaluated: right in every respect, or not. */
struct report_item {
    const char *id;
    size_t group;
    bool wrong;
};

/* One expectation that didn't hold. Texts are the caller's unless said otherwise. */
struct report_miss {
    size_t item;
    size_t part;         /* from 1 */
    const char *message; /* what was said */
    size_t key;
    const char *stage;      /* which decided */
    const esi_reply *reply; /* its rules, trace and answer; NULL: none */
    char *wanted, *got;     /* set and owned by the report */
};

/* Two runs of one item that didn't agree. */
struct report_split {
    size_t item;
    size_t part;
    const char *message;
    const char *what;  /* in what they differ */
    char *one, *other; /* set and owned by the report */
};

/* An earlier report of the same kind, as JSON gave it. */
struct baseline;

/* Reads what report_write_json wrote; `file`, its name, must outlive it. Errors: ESI_EPARSE,
 * ESI_EINVAL (something else, or of another kind), ESI_EENCODING, ESI_ETOOBIG, ESI_ENOMEM. */
esi_err baseline_read(const struct report_kind *kind, const char *file, const char *text,
                      size_t size, struct baseline **out, esi_error *err) ESI_MUST_CHECK;
void baseline_free(struct baseline *baseline);

/* How a report compares with an earlier one. */
struct report_change {
    const char *file;                       /* NULL: it wasn't compared */
    double percent;                         /* right in the earlier one */
    double difference;                      /* in points of per cent, over all items of each */
    size_t *newly_right, newly_right_count; /* items; owned */
    size_t *newly_wrong, newly_wrong_count;
    size_t added; /* items that the earlier one hadn't */
    size_t gone;  /* and that this one hasn't */
};

/* Begin with report_init. */
struct report {
    const struct report_kind *kind;
    struct report_item *items; /* owned */
    size_t item_count;
    size_t repeat;
    size_t asked[REPORT_KEYS_MAX]; /* expectations per key */
    size_t missed[REPORT_KEYS_MAX];
    struct report_miss *misses; /* in the order of the items */
    size_t miss_count, miss_capacity;
    struct report_split *splits;
    size_t split_count, split_capacity;
    struct report_change change;
};

/* Room for `count` items, which the caller fills. Errors: ESI_ENOMEM. */
esi_err report_init(struct report *report, const struct report_kind *kind, size_t count,
                    esi_error *err) ESI_MUST_CHECK;
void report_clear(struct report *report);

/* Adds a miss or a disagreement, and marks its item. The texts beside it are copied.
 * Errors: ESI_ENOMEM. */
esi_err report_add_miss(struct report *report, const struct report_miss *miss, const char *wanted,
                        const char *got, esi_error *err) ESI_MUST_CHECK;
esi_err report_add_split(struct report *report, const struct report_split *split, const char *one,
                         const char *other, esi_error *err) ESI_MUST_CHECK;

size_t report_right(const struct report *report);
/* Of all items, 0 to 100; 100 where there are none. */
double report_percent(const struct report *report);

/* Sets `change`. Errors: ESI_ENOMEM. */
esi_err report_compare(struct report *report, const struct baseline *baseline,
                       esi_error *err) ESI_MUST_CHECK;

/* Is it good enough? fail_under: per cent that must be right; below 0: none was named, and then
 * everything must be right, or with a baseline no less than there. A disagreement never passes. */
bool report_passes(const struct report *report, double fail_under);

void report_write_json(const struct report *report, struct wire *wire);

/* What is said of each miss beside what was wanted. */
struct report_shown {
    bool trace;
    bool answers;
};
void report_print(const struct report *report, const struct term *term,
                  const struct report_shown *shown);

#endif
