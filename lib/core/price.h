/* price.h: what a model's tokens cost, by a table.
 *
 * A table of prices is one JSON object (lib/data/prices.json is the default and an example):
 *
 *   "unit"    what is paid in, as "USD"
 *   "asOf"    the day that the prices are of; not read
 *   "models"  {"gpt-4o": {"input": 2.5, "cachedInput": 1.25, "output": 10}}: the price of a million
 *             tokens each, with at most six decimals; without "cachedInput" they cost as "input",
 *             without "output" nothing (a model that makes vectors)
 *
 * A name stands for all that begin with it and go on with "-", ":" or "@", so that
 * "gpt-4o-2024-08-06" is found at "gpt-4o"; the longest such name counts. Case doesn't. Names that
 * aren't listed here are refused. */
#ifndef ESIHELP_CORE_PRICE_H
#define ESIHELP_CORE_PRICE_H

#include <esihelp/sys/provider.h>

#include "base/str.h"

#define PRICE_FILE_MAX (256u << 10) /* bytes of one table */
#define PRICE_MODELS_MAX 2000
#define PRICE_MODEL_MAX 128 /* bytes of a name */

/* Millionths of the unit for a million tokens. */
struct price {
    const char *model;
    int64_t input, cached, output;
};

struct price_table {
    const char *unit;
    const struct price *prices;
    size_t count;
};

/* Reads a table. text NULL (p == NULL): the default, compiled in. `name` is the file's name for
 * messages. Errors: ESI_EPARSE ("FILE:LINE: what is wrong"), ESI_ETOOBIG, ESI_EENCODING,
 * ESI_ENOMEM. */
esi_err price_read(struct view text, const char *name, struct price_table **out,
                   esi_error *err) ESI_MUST_CHECK;
void price_free(struct price_table *table);

/* NULL: the table doesn't know it. */
const struct price *price_find(const struct price_table *table, const char *model);

#define PRICE_PARTS 1000000 /* that a millionth of the unit has in price_of */

/* What a call cost, exactly, in millionths of a millionth of the unit; counts below 0 or beyond
 * 100 million are cut to that. */
int64_t price_of(const struct price *price, const esi_charge *charge);

#endif
