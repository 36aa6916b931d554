/* report.h: what an ingest tells of its documents. */
#ifndef ESIHELP_DESK_REPORT_H
#define ESIHELP_DESK_REPORT_H

#include <esihelp/kb.h>
#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "core/chunk.h"
#include "core/handling.h"

struct report_in {
    const esi_store_document *record;
    const char *const *problems;
    size_t problem_count;
    const struct chunk *chunks;
    const struct handling_section *sections; /* NULL: not to be explained */
    size_t section_count;
};

/* The report of one document, in `arena`. Errors: ESI_ENOMEM. */
esi_err report_document(const struct report_in *in, esi_arena *arena, esi_kb_document *out,
                        esi_error *err) ESI_MUST_CHECK;

/* A report under construction; `report` is the caller's in the end. */
struct report {
    esi_kb_report report; /* first: the caller holds a pointer to it */
    esi_arena arena;
    const esi_kb_document **documents;
    size_t capacity;
};

esi_err report_create(struct report **out, esi_error *err) ESI_MUST_CHECK;
/* Adds a document that lives in report->arena, and counts its change. */
esi_err report_add(struct report *report, const esi_kb_document *document,
                   esi_error *err) ESI_MUST_CHECK;

/* The names of roles, joined by commas; NULL for everybody. False when memory ran out. */
bool report_roles(esi_arena *arena, uint32_t roles, const char **out);

#endif
