/* pattern_clause.h: which sets of literals a text holds a member of, and where. Private to
 * core/pattern. */
#ifndef ESIHELP_CORE_PATTERN_CLAUSE_H
#define ESIHELP_CORE_PATTERN_CLAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <esihelp/sys/backend.h>

#include "base/str.h"
#include "core/pattern_literal.h"

#define CLAUSE_NONE UINT32_MAX

/* The clauses of all patterns. Built by one thread, then frozen. */
struct clause_table;

esi_err clause_table_create(struct clause_table **out, esi_error *err) ESI_MUST_CHECK;
void clause_table_free(struct clause_table *table);
/* The clause's number; the same for the same literals. leads: its places will be asked for.
 * Errors: ESI_ENOMEM, ESI_ETOOBIG. */
esi_err clause_add(struct clause_table *table, const struct literal_clause *clause, bool leads,
                   uint32_t *out, esi_error *err) ESI_MUST_CHECK;
esi_err clause_freeze(struct clause_table *table, esi_error *err) ESI_MUST_CHECK;

/* What one text holds. Used by one thread at a time, for one text after the other. */
struct clause_scan;

struct clause_scan *clause_scan_create(const struct clause_table *table); /* NULL: no memory */
void clause_scan_free(struct clause_scan *scan);
/* ESI_ENOMEM, or ESI_ETOOBIG where there are more hits than can be kept. */
esi_err clause_scan_text(struct clause_scan *scan, struct view text);
bool clause_met(const struct clause_scan *scan, uint32_t clause);
size_t clause_scan_weight(const struct clause_scan *scan); /* bytes that it keeps, about */

/* The places of a clause that leads, in no strict order: the number of the first, the next, and
 * where it is; CLAUSE_NONE at the end. */
uint32_t clause_first(const struct clause_scan *scan, uint32_t clause);
uint32_t clause_next(const struct clause_scan *scan, uint32_t place);
uint32_t clause_place(const struct clause_scan *scan, uint32_t place);

#endif
