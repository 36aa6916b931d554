/* budget.h: what models cost, and whether they may cost more.
 *
 * A day's sum is what the store knows of (all desks on it), read every few seconds, and what this
 * desk spent that isn't recorded yet or never will be. A question's answer is reckoned with before
 * it is asked for, so that many at a time don't go beyond together. Any thread may call. */
#ifndef ESIHELP_DESK_BUDGET_H
#define ESIHELP_DESK_BUDGET_H

#include "desk/options.h"

struct budget;

/* What the calls of one turn cost. One thread at a time. All zero but for the budget, it is
 * empty. */
struct bill {
    struct budget *budget;
    int64_t input_tokens, output_tokens;
    int64_t cost;                           /* in millionths of the unit of the table of prices */
    int64_t parts;                          /* the same, exactly (PRICE_PARTS) */
    int64_t reserved_tokens, reserved_cost; /* of the answer that is asked for */
};

/* Reads the table of prices that the settings name. Errors: as os_read_file and price_read. */
esi_err budget_create(const struct settings *settings, struct budget **out,
                      esi_error *err) ESI_MUST_CHECK;
void budget_free(struct budget *budget);

/* An esi_charge's receiver, of a turn's calls; context: its bill. */
void bill_charge(const esi_charge *charge, void *bill);
/* The same for calls of no turn; context: the budget, or NULL.
 * They count as of today, of this desk alone. */
void budget_charge(const esi_charge *charge, void *budget);

/* What an answer may cost at most, and what its session took so far. */
struct budget_ask {
    const esi_store_ops *ops;
    esi_store *store;
    esi_wait wait; /* for the store */
    int64_t now_ms;
    const char *model;
    int64_t input_tokens, output_tokens;
    int64_t session_tokens, session_cost;
};

/* May it be asked for? If so, that much is reserved until the bill is closed. */
bool budget_admits(struct bill *bill, const struct budget_ask *ask);
/* The turn is over. recorded: the store has what it cost. */
void bill_close(struct bill *bill, bool recorded);

#endif
