/* meta.h: what a stored document says of its place among the others, as the JSON that travels with
 * it: tags, what it supersedes, which documents it names, which section refers to which. */
#ifndef ESIHELP_DESK_META_H
#define ESIHELP_DESK_META_H

#include <esihelp/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/guardrail_site.h"
#include "core/meaning.h"

struct meta_refer {
    int32_t section;  /* ordinal */
    struct view id;   /* of the document it refers to */
    struct view part; /* "3" or "Clock": the section of it that is named; empty: none */
};

struct meta {
    struct view reason; /* why it isn't current; empty */
    struct view *tags;
    size_t tag_count;
    struct view *supersedes;
    size_t supersedes_count;
    struct view superseded_by; /* id; empty */
    struct view *names;        /* ids of documents that it names as the ones to use */
    size_t names_count;
    bool declares_rule;
    bool defers;         /* it only sums up what others say */
    struct view subject; /* ... for what; empty: for all of it */
    struct meta_refer *refers;
    size_t refer_count;
    int32_t *rulings; /* ordinals of the sections that fix tiers or severities for all documents */
    size_t ruling_count;
    int32_t *orders; /* ordinals of the sections that only tell the desk how to handle the others */
    size_t order_count;
    struct meaning *meanings; /* words that it defines */
    size_t meaning_count;
    struct site_word *site; /* its names for what the rules speak of */
    size_t site_count;
};

esi_err meta_encode(const struct meta *meta, struct buf *out, esi_error *err) ESI_MUST_CHECK;
/* Text that isn't such JSON gives an empty meta: an older release may have written it. */
esi_err meta_decode(struct view json, esi_arena *arena, struct meta *out,
                    esi_error *err) ESI_MUST_CHECK;
/* The tags, separated by spaces. Errors: ESI_ENOMEM. */
esi_err meta_tags(const struct meta *meta, esi_arena *arena, struct view *out,
                  esi_error *err) ESI_MUST_CHECK;

#endif
