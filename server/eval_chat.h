/* eval_chat.h: goes through scenarios on a desk, and holds the replies against what is expected. */
#ifndef ESIHELP_SERVER_EVAL_CHAT_H
#define ESIHELP_SERVER_EVAL_CHAT_H

#include "report.h"
#include "scenario.h"

/* What its reports are about. */
extern const struct report_kind eval_chat_kind;

/* How to go through them. */
struct eval_chat_plan {
    esi_desk *desk; /* its sessions and tickets are the evaluation's: a scratch desk */
    const struct scenario_set *set;
    size_t repeat;  /* times each */
    size_t threads; /* at once */
    bool shuffled;
    uint64_t seed;               /* of the order, where it is shuffled */
    const struct term *progress; /* where to show how far it is */
};

/* The replies of one scenario's first run to end, and where another run differed. */
struct eval_chat_result;

/* Goes through all of them; each run is a session and a person of its own. `out` holds a result
 * for each scenario, to be given to eval_chat_free. Errors: the first that a turn gave,
 * with the scenario's place before its message. */
esi_err eval_chat_run(const struct eval_chat_plan *plan, struct eval_chat_result **out,
                      esi_error *err) ESI_MUST_CHECK;
void eval_chat_free(struct eval_chat_result *results, size_t count);

/* What the results are worth. The report points into both. Errors: ESI_ENOMEM. */
esi_err eval_chat_judge(const struct scenario_set *set, const struct eval_chat_result *results,
                        struct report *out, esi_error *err) ESI_MUST_CHECK;

#endif
