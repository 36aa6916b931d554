#include "base/error.h"
#include "store/pg_parts.h"

/* One statement, so that all of it is counted in one moment. Each row says in its first column what
 * it is; the numbers that follow are named beside each part. */
enum part { MESSAGES, TICKETED, TICKETS, CATEGORIES, BLOCKED, RESOLVED, FEEDBACK };

#define CATEGORIES_MAX "256" /* names that one answer lists; the rules name far fewer */

static const char sql_metrics[] =
    /* messages, conversations, escalations, not covered; tokens; confidence; cost, fallbacks */
    "SELECT 0 AS part, NULL COLLATE \"C\" AS name, count(*) AS a, count(DISTINCT session_id) AS b, "
    "count(DISTINCT CASE WHEN escalated THEN session_id END) AS c, "
    "count(*) FILTER (WHERE coverage = 3 AND NOT blocked) AS d, "
    "coalesce(sum(input_tokens), 0)::bigint AS e, coalesce(sum(output_tokens), 0)::bigint AS f, "
    "count(*) FILTER (WHERE coverage > 0) AS g, coalesce(sum(cost), 0)::bigint AS h, "
    "count(fallback) AS i, "
    "coalesce(sum(confidence) FILTER (WHERE coverage > 0), 0) AS x "
    "FROM chat_messages WHERE at >= coalesce($1, '-infinity') AND at < $2 "
    /* of the sessions with a message then, those that had a ticket by the end */
    "UNION ALL SELECT 1, NULL, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0 "
    "FROM (SELECT DISTINCT session_id AS id FROM chat_messages "
    "WHERE at >= coalesce($1, '-infinity') AND at < $2) m "
    "WHERE EXISTS (SELECT FROM ticket_sessions s WHERE s.session_id = m.id AND s.at < $2) "
    /* how many of that status, tier, severity */
    "UNION ALL SELECT 2, NULL, count(*), status, tier, severity, 0, 0, 0, 0, 0, 0 FROM tickets "
    "WHERE created_at >= coalesce($1, '-infinity') AND created_at < $2 "
    "GROUP BY status, tier, severity "
    "UNION ALL (SELECT 3, category, count(*) AS n, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM tickets "
    "WHERE created_at >= coalesce($1, '-infinity') AND created_at < $2 "
    "GROUP BY category ORDER BY n DESC, category LIMIT " CATEGORIES_MAX ") "
    /* all of them beside each category */
    "UNION ALL (SELECT 4, category, count(*) AS n, sum(count(*)) OVER ()::bigint, 0, 0, 0, 0, 0, "
    "0, 0, 0 "
    "FROM guardrails WHERE at >= coalesce($1, '-infinity') AND at < $2 "
    "GROUP BY category ORDER BY n DESC, category COLLATE \"C\" LIMIT " CATEGORIES_MAX ") "
    /* how many, and the middle one's milliseconds */
    "UNION ALL SELECT 5, NULL, count(*), 0, 0, 0, 0, 0, 0, 0, 0, coalesce(percentile_cont(0.5) "
    "WITHIN GROUP (ORDER BY (extract(epoch FROM resolved_at - created_at) * 1000)"
    "::double precision), 0) FROM tickets WHERE created_at >= coalesce($1, '-infinity') "
    "AND created_at < $2 AND resolved_at IS NOT NULL "
    "UNION ALL SELECT 6, NULL, count(*) FILTER (WHERE rating = 1), "
    "count(*) FILTER (WHERE rating = -1), 0, 0, 0, 0, 0, 0, 0, 0 "
    "FROM feedback WHERE at >= coalesce($1, '-infinity') AND at < $2 "
    "ORDER BY part, a DESC, name";

static const char sql_usage[] =
    "SELECT coalesce(sum(input_tokens + output_tokens), 0)::bigint, coalesce(sum(cost), 0)::bigint "
    "FROM chat_messages WHERE at >= coalesce($1, '-infinity')";

enum column { PART, NAME, A, B, C, D, E, F, G, H, I, X };

struct counting {
    struct pg_rows rows;
    esi_arena *arena;
    esi_store_count *categories, *blocked;
    esi_store_metrics sums;
};

static void count_messages(struct counting *c, size_t row) {
    esi_store_metrics *sums = &c->sums;
    sums->messages = rows_int(&c->rows, row, A);
    sums->conversations = rows_int(&c->rows, row, B);
    sums->escalations = rows_int(&c->rows, row, C);
    sums->not_covered = rows_int(&c->rows, row, D);
    sums->input_tokens = rows_int(&c->rows, row, E);
    sums->output_tokens = rows_int(&c->rows, row, F);
    sums->confidence_count = rows_int(&c->rows, row, G);
    sums->cost = rows_int(&c->rows, row, H);
    sums->fallbacks = rows_int(&c->rows, row, I);
    sums->confidence_sum = rows_double(&c->rows, row, X);
}

static void count_tickets(struct counting *c, size_t row) {
    esi_store_metrics *sums = &c->sums;
    const int64_t n = rows_int(&c->rows, row, A), status = rows_int(&c->rows, row, B);
    sums->tickets += n;
    if (status == ESI_TICKET_OPEN || status == ESI_TICKET_IN_PROGRESS) {
        sums->open_tickets += n;
    } else {
        sums->closed_tickets += n;
    }
    sums->by_tier[rows_int(&c->rows, row, C) & 3] += n; /* the columns' types keep both in 0 to 3 */
    sums->by_severity[rows_int(&c->rows, row, D) & 3] += n;
}

static void count_row(struct counting *c, size_t row) {
    esi_store_metrics *sums = &c->sums;
    const int64_t n = rows_int(&c->rows, row, A);
    switch ((enum part)rows_int(&c->rows, row, PART)) {
    case MESSAGES:
        count_messages(c, row);
        break;
    case TICKETED:
        sums->sessions_with_ticket = n;
        break;
    case TICKETS:
        count_tickets(c, row);
        break;
    case CATEGORIES:
        c->categories[sums->category_count++] =
            (esi_store_count){rows_text(&c->rows, row, NAME, c->arena), n};
        break;
    case BLOCKED:
        c->blocked[sums->guardrail_category_count++] =
            (esi_store_count){rows_text(&c->rows, row, NAME, c->arena), n};
        sums->guardrail_activations = rows_int(&c->rows, row, B);
        break;
    case RESOLVED:
        sums->has_median_resolution = n > 0;
        sums->median_resolution_minutes = rows_double(&c->rows, row, X) / 60000.0;
        break;
    case FEEDBACK:
        sums->feedback_up = n;
        sums->feedback_down = rows_int(&c->rows, row, B);
        break;
    }
}

static esi_err count_all(struct counting *c, esi_error *err) {
    c->categories = ARENA_ARRAY(c->arena, c->rows.count, esi_store_count);
    c->blocked = ARENA_ARRAY(c->arena, c->rows.count, esi_store_count);
    if (c->categories == NULL || c->blocked == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < c->rows.count; i++) {
        count_row(c, i);
    }
    c->sums.categories = c->categories;
    c->sums.guardrail_by_category = c->blocked;
    return rows_ok(&c->rows, err);
}

esi_err pg_metrics(esi_store *store, int64_t from_ms, int64_t to_ms, const esi_wait *wait,
                   esi_arena *arena, esi_store_metrics *out, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct counting c = {.arena = arena};
    args_time(&args, from_ms);
    args_time(&args, to_ms);
    const struct pg_step step = {sql_metrics, &args, &c.rows};
    esi_err rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = count_all(&c, err);
    }
    rows_clear(&c.rows);
    if (rc == ESI_OK) {
        *out = c.sums;
    }
    return rc;
}

esi_err pg_usage(esi_store *store, int64_t since_ms, const esi_wait *wait, int64_t *out_tokens,
                 int64_t *out_cost, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_time(&args, since_ms);
    const struct pg_step step = {sql_usage, &args, &rows};
    esi_err rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    const int64_t tokens = rc == ESI_OK ? rows_int(&rows, 0, 0) : 0;
    const int64_t cost = rc == ESI_OK ? rows_int(&rows, 0, 1) : 0;
    if (rc == ESI_OK) {
        rc = rows_ok(&rows, err);
    }
    rows_clear(&rows);
    if (rc == ESI_OK) {
        *out_tokens = tokens;
        *out_cost = cost;
    }
    return rc;
}
