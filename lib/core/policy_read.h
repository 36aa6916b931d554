/* policy_read.h: what the files that read the rules share. Private to core/policy. */
#ifndef ESIHELP_CORE_POLICY_READ_H
#define ESIHELP_CORE_POLICY_READ_H

#include "base/arena.h"
#include "base/json.h"
#include "core/policy.h"

#define POLICY_LIST_DEPTH_MAX 8   /* lists within lists */
#define POLICY_ITEMS_MAX 2048     /* of one section, with those that are taken over */
#define POLICY_STRING_MAX 4096    /* bytes of a reason or a reply */
#define POLICY_SYNONYMS_MAX 20000 /* pairs */

/* A file of rules. The one that extends comes last and has the last word. */
struct policy_source {
    const char *name;
    struct json_doc *doc;
};

struct policy_item;

struct policy_reader {
    struct policy *policy; /* being filled; what it points to is in `arena` */
    esi_arena *arena;      /* lives as long as the policy */
    esi_arena scratch;     /* lives as long as the reading */
    struct policy_source sources[2];
    size_t source_count;
    struct policy_item *lists; /* named fragments of expressions */
    size_t list_count;
    esi_error *err;
};

/* One rule, signal, list, ... of whichever file has the last word on it. */
struct policy_item {
    const struct policy_source *source;
    const json_value *value;
    const char *pointer; /* where it stands, for the line */
    const char *kind;    /* "rule", for messages */
    const char *id;
};

/* ---- policy_item.c -------------------------------------------------------------------------- */

/* "FILE:LINE: KIND "ID": ..." with the line of a member (NULL: of the item itself). */
esi_err policy_fail(struct policy_reader *r, const struct policy_item *item, const char *member,
                    const char *format, ...) ESI_PRINTF(4, 5) ESI_MUST_CHECK;

/* The items of an array at a pointer, those of a later file in place of those with the same id.
 * `members` are all the names that an item may have, NULL-terminated. */
esi_err policy_items(struct policy_reader *r, const char *pointer, const char *kind,
                     const char *const *members, struct policy_item **out,
                     size_t *count) ESI_MUST_CHECK;
/* The same of an object, whose names are the ids. */
esi_err policy_members(struct policy_reader *r, const char *pointer, const char *kind,
                       struct policy_item **out, size_t *count) ESI_MUST_CHECK;
/* Refuses names that a section ("" is the whole file) doesn't have. */
esi_err policy_check_section(struct policy_reader *r, const char *pointer,
                             const char *const *names) ESI_MUST_CHECK;
/* The value that the last file with one gives at a pointer; value NULL if none does. */
struct policy_item policy_lookup(const struct policy_reader *r, const char *pointer,
                                 const char *kind);

esi_err policy_get_string(struct policy_reader *r, const struct policy_item *item,
                          const char *member, const char **out) ESI_MUST_CHECK;
esi_err policy_get_bool(struct policy_reader *r, const struct policy_item *item, const char *member,
                        bool *out) ESI_MUST_CHECK;

struct policy_word {
    const char *word;
    uint32_t value;
};
/* One word of a table (ends with a NULL word). */
esi_err policy_get_word(struct policy_reader *r, const struct policy_item *item, const char *member,
                        const struct policy_word *table, uint32_t *out) ESI_MUST_CHECK;
/* An array of words, their values or-ed. Missing: 0 where it isn't `required`. */
esi_err policy_get_words(struct policy_reader *r, const struct policy_item *item,
                         const char *member, const struct policy_word *table, bool required,
                         uint32_t *out) ESI_MUST_CHECK;
/* A whole number; missing: *out stays as it is. */
esi_err policy_get_int(struct policy_reader *r, const struct policy_item *item, const char *member,
                       int32_t min, int32_t max, int32_t *out) ESI_MUST_CHECK;

extern const struct policy_word policy_roles[], policy_tiers[], policy_severities[];

size_t policy_line(struct policy_reader *r, const struct policy_item *item, const char *member);

/* ---- policy_expand.c ------------------------------------------------------------------------ */

/* Reads the named lists, which every group may use. */
esi_err policy_read_lists(struct policy_reader *r) ESI_MUST_CHECK;
/* An array of expressions as a new group of patterns, {{list}} filled in. Missing or empty:
 * PATTERN_NONE where it isn't `required`. */
esi_err policy_get_group(struct policy_reader *r, const struct policy_item *item,
                         const char *member, bool required, uint32_t *out) ESI_MUST_CHECK;

/* ---- the sections --------------------------------------------------------------------------- */

esi_err policy_read_guardrail(struct policy_reader *r) ESI_MUST_CHECK; /* policy_rules.c */
esi_err policy_read_triage(struct policy_reader *r) ESI_MUST_CHECK;    /* policy_triage.c */
esi_err policy_read_texts(struct policy_reader *r) ESI_MUST_CHECK;     /* policy_text.c */

#endif
