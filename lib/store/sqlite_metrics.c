#include "base/error.h"
#include "store/sqlite_parts.h"

#define CATEGORIES_MAX 256 /* names that one answer lists; the rules name far fewer */

/* Of messages: one scan of the index that holds all it needs. coverage 3 is "none". */
static const char sql_messages[] =
    "SELECT count(*), count(DISTINCT session_id), "
    "count(DISTINCT CASE WHEN escalated = 1 THEN session_id END), "
    "coalesce(sum(coverage = 3 AND blocked = 0), 0), "
    "coalesce(total(CASE WHEN coverage > 0 THEN confidence END), 0.0), "
    "count(CASE WHEN coverage > 0 THEN 1 END), "
    "coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cost), 0), "
    "count(fallback) "
    "FROM chat_messages INDEXED BY chat_messages_time WHERE at_ms >= ?1 AND at_ms < ?2";
/* Of the sessions with a message then, those that had a ticket by the end. */
static const char sql_ticketed[] =
    "SELECT count(*) FROM (SELECT DISTINCT session_id AS id FROM chat_messages "
    "INDEXED BY chat_messages_time WHERE at_ms >= ?1 AND at_ms < ?2) AS m "
    "WHERE EXISTS (SELECT 1 FROM ticket_sessions s WHERE s.session_id = m.id AND s.at_ms < ?2)";
static const char sql_tickets[] =
    "SELECT status, tier, severity, count(*) FROM tickets INDEXED BY tickets_time "
    "WHERE created_at_ms >= ?1 AND created_at_ms < ?2 GROUP BY status, tier, severity";
static const char sql_categories[] =
    "SELECT category, count(*) AS n FROM tickets INDEXED BY tickets_time "
    "WHERE created_at_ms >= ?1 AND created_at_ms < ?2 GROUP BY category "
    "ORDER BY n DESC, category LIMIT ?3";
static const char sql_blocked[] =
    "SELECT category, count(*) AS n FROM guardrails INDEXED BY guardrails_time "
    "WHERE at_ms >= ?1 AND at_ms < ?2 GROUP BY category ORDER BY n DESC, category LIMIT ?3";
static const char sql_blocked_all[] = "SELECT count(*) FROM guardrails INDEXED BY guardrails_time "
                                      "WHERE at_ms >= ?1 AND at_ms < ?2";
static const char sql_resolved[] =
    "SELECT count(*) FROM tickets INDEXED BY tickets_time "
    "WHERE created_at_ms >= ?1 AND created_at_ms < ?2 AND resolved_at_ms IS NOT NULL";
/* The middle one of ?3, or the two middle ones. */
static const char sql_middle[] =
    "SELECT resolved_at_ms - created_at_ms AS took FROM tickets INDEXED BY tickets_time "
    "WHERE created_at_ms >= ?1 AND created_at_ms < ?2 AND resolved_at_ms IS NOT NULL "
    "ORDER BY took LIMIT 2 - ?3 % 2 OFFSET (?3 - 1) / 2";
static const char sql_feedback[] =
    "SELECT coalesce(sum(rating = 1), 0), coalesce(sum(rating = -1), 0) FROM feedback "
    "INDEXED BY feedback_time WHERE at_ms >= ?1 AND at_ms < ?2";

static const char sql_usage[] =
    "SELECT coalesce(sum(input_tokens + output_tokens), 0), coalesce(sum(cost), 0) "
    "FROM chat_messages INDEXED BY chat_messages_time WHERE at_ms >= ?1";

/* What is counted, from when to when. */
struct counting {
    struct conn *conn;
    int64_t from_ms, to_ms;
    esi_arena *arena;
    esi_store_metrics sums;
};

static struct query ranged(const struct counting *c, const char *sql) {
    struct query q = query_of(c->conn, sql);
    query_put_int(&q, c->from_ms);
    query_put_int(&q, c->to_ms);
    return q;
}

static esi_err count_messages(struct counting *c, esi_error *err) {
    struct query q = ranged(c, sql_messages);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        c->sums.messages = query_int(&q, 0);
        c->sums.conversations = query_int(&q, 1);
        c->sums.escalations = query_int(&q, 2);
        c->sums.not_covered = query_int(&q, 3);
        c->sums.confidence_sum = query_double(&q, 4);
        c->sums.confidence_count = query_int(&q, 5);
        c->sums.input_tokens = query_int(&q, 6);
        c->sums.output_tokens = query_int(&q, 7);
        c->sums.cost = query_int(&q, 8);
        c->sums.fallbacks = query_int(&q, 9);
    }
    query_end(&q);
    return rc;
}

/* One number of a range. */
static esi_err count_one(struct counting *c, const char *sql, int64_t *out, esi_error *err) {
    struct query q = ranged(c, sql);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

static esi_err count_tickets(struct counting *c, esi_error *err) {
    struct query q = ranged(c, sql_tickets);
    esi_store_metrics *sums = &c->sums;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row) {
        const int64_t status = query_int(&q, 0), n = query_int(&q, 3);
        sums->tickets += n;
        if (status == ESI_TICKET_OPEN || status == ESI_TICKET_IN_PROGRESS) {
            sums->open_tickets += n;
        } else {
            sums->closed_tickets += n;
        }
        sums->by_tier[query_int(&q, 1)] += n; /* the table's CHECK keeps both in 0 to 3 */
        sums->by_severity[query_int(&q, 2)] += n;
    }
    query_end(&q);
    return rc;
}

static esi_err count_names(struct counting *c, const char *sql, const esi_store_count **out,
                           size_t *out_count, esi_error *err) {
    esi_store_count *rows = ARENA_ARRAY(c->arena, CATEGORIES_MAX, esi_store_count);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct query q = ranged(c, sql);
    query_put_int(&q, CATEGORIES_MAX);
    size_t n = 0;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < CATEGORIES_MAX) {
        rows[n].name = query_text(&q, 0, c->arena);
        rows[n++].count = query_int(&q, 1);
    }
    query_end(&q);
    *out = rows;
    *out_count = n;
    return rc;
}

static esi_err find_median(struct counting *c, esi_error *err) {
    int64_t resolved = 0;
    esi_err rc = count_one(c, sql_resolved, &resolved, err);
    if (rc != ESI_OK || resolved == 0) {
        return rc;
    }
    struct query q = ranged(c, sql_middle);
    query_put_int(&q, resolved);
    double sum_ms = 0;
    int n = 0;
    bool row = false;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row) {
        sum_ms += (double)query_int(&q, 0);
        n++;
    }
    query_end(&q);
    if (rc == ESI_OK && n > 0) {
        c->sums.has_median_resolution = true;
        c->sums.median_resolution_minutes = sum_ms / n / 60000.0;
    }
    return rc;
}

static esi_err count_feedback(struct counting *c, esi_error *err) {
    struct query q = ranged(c, sql_feedback);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        c->sums.feedback_up = query_int(&q, 0);
        c->sums.feedback_down = query_int(&q, 1);
    }
    query_end(&q);
    return rc;
}

static esi_err count_all(struct counting *c, esi_error *err) {
    esi_store_metrics *sums = &c->sums;
    esi_err rc = count_messages(c, err);
    if (rc == ESI_OK) {
        rc = count_one(c, sql_ticketed, &sums->sessions_with_ticket, err);
    }
    if (rc == ESI_OK) {
        rc = count_tickets(c, err);
    }
    if (rc == ESI_OK) {
        rc = count_names(c, sql_categories, &sums->categories, &sums->category_count, err);
    }
    if (rc == ESI_OK) {
        rc = count_one(c, sql_blocked_all, &sums->guardrail_activations, err);
    }
    if (rc == ESI_OK) {
        rc = count_names(c, sql_blocked, &sums->guardrail_by_category,
                         &sums->guardrail_category_count, err);
    }
    if (rc == ESI_OK) {
        rc = find_median(c, err);
    }
    if (rc == ESI_OK) {
        rc = count_feedback(c, err);
    }
    return rc;
}

esi_err sqlite_metrics(esi_store *store, int64_t from_ms, int64_t to_ms, const esi_wait *wait,
                       esi_arena *arena, esi_store_metrics *out, esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct counting c = {.conn = r.conn, .from_ms = from_ms, .to_ms = to_ms, .arena = arena};
    rc = count_all(&c, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = c.sums;
    }
    return rc;
}

esi_err sqlite_usage(esi_store *store, int64_t since_ms, const esi_wait *wait, int64_t *out_tokens,
                     int64_t *out_cost, esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(r.conn, sql_usage);
    query_put_int(&q, since_ms);
    bool row = false;
    rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        *out_tokens = query_int(&q, 0);
        *out_cost = query_int(&q, 1);
    }
    query_end(&q);
    reading_end(&r, rc);
    return rc;
}
