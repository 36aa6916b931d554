/* intake.h: the documents that a store visits, made ready for the index. Reading their words and
 * coding their vectors takes longer than fetching them: where there are many, threads do it while
 * the visit goes on. What comes of it doesn't depend on who did it, nor when. */
#ifndef ESIHELP_DESK_INTAKE_H
#define ESIHELP_DESK_INTAKE_H

#include <esihelp/sys/store.h>

#include "core/index.h"

struct intake;

/* What was visited, once it is finished; in the order of the visit. */
struct intake_result {
    struct index_document **added;
    size_t added_count;
    struct view *gone; /* ids of what was removed or is quarantined */
    size_t gone_count;
    bool too_big; /* it would take more than memory_max: the visit was ended */
};

/* dimensions: of the vectors. memory_max: what the documents may take in the index; 0: no limit. */
esi_err intake_create(int32_t dimensions, size_t memory_max, struct intake **out,
                      esi_error *err) ESI_MUST_CHECK;
void intake_free(struct intake *intake);

/* An esi_store_visit_fn; context: the intake. */
esi_err intake_visit(const esi_store_document *document, bool gone, void *context,
                     esi_error *err) ESI_MUST_CHECK;

/* Waits until all that was visited is read. rc: what the visit came to; where that is an error,
 * it is passed on. The result lives as long as the intake. */
esi_err intake_finish(struct intake *intake, esi_err rc, struct intake_result *out,
                      esi_error *err) ESI_MUST_CHECK;

#endif
