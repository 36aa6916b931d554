/* rivalry.h: which documents of one ingest disagree, and who wins. For people; a turn judges what
 * it retrieved itself. */
#ifndef ESIHELP_DESK_RIVALRY_H
#define ESIHELP_DESK_RIVALRY_H

#include "desk/document.h"
#include "desk/report.h"

struct rivalry;

esi_err rivalry_create(const esi_desk *desk, struct rivalry **out, esi_error *err) ESI_MUST_CHECK;
/* Remembers an embedded document. */
esi_err rivalry_add(struct rivalry *r, const struct document *document,
                    esi_error *err) ESI_MUST_CHECK;
/* Compares all of them and puts what it finds into the report. */
esi_err rivalry_report(struct rivalry *r, struct report *report, esi_error *err) ESI_MUST_CHECK;
void rivalry_free(struct rivalry *r);

#endif
