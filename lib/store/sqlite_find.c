#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/sqlite_parts.h"

#define CONVERSATION_MAX 200 /* newest messages that a ticket shows */
#define LIST_MAX 1000        /* rows of one list, whatever was asked for */

#define COLUMNS                                                                                    \
    "number, id, session_id, user_id, user_role, status, tier, severity, requested_severity, "     \
    "category, kind, summary, description, module, assignee, incident_id, confidence, due_at_ms, " \
    "created_at_ms, updated_at_ms, version, rules, kb_refs, details, context, attempts"

/* Who may see it: everything, or one's own, or from a severity up. */
#define VISIBLE "(?1 OR user_id = ?2 OR severity >= ?3)"

/* The rest of every list; what it is searched by stands before it. */
#define FILTERS                                                                                    \
    " AND " VISIBLE " AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR tier = ?5) "              \
    "AND (?6 IS NULL OR severity = ?6) AND (?7 IS NULL OR assignee = ?7) "                         \
    "AND (?8 IS NULL OR number IN (SELECT number FROM ticket_sessions WHERE session_id = ?8)) "    \
    "AND (?9 IS NULL OR has_words(?9, summary, description)) "                                     \
    "AND number < ?10 ORDER BY number DESC LIMIT ?11"

static const char sql_read[] = "SELECT " COLUMNS " FROM tickets WHERE number = ?1";
static const char sql_number[] = "SELECT number FROM tickets WHERE id = ?1";
static const char sql_get[] = "SELECT " COLUMNS " FROM tickets WHERE number = ?4 AND " VISIBLE;
static const char sql_list[] = "SELECT " COLUMNS " FROM tickets WHERE 1" FILTERS;
static const char sql_list_session[] =
    "SELECT " COLUMNS " FROM tickets "
    "WHERE number IN (SELECT number FROM ticket_sessions WHERE session_id = ?8)" FILTERS;
static const char sql_list_assignee[] =
    "SELECT " COLUMNS " FROM tickets INDEXED BY tickets_assignee WHERE assignee = ?7" FILTERS;
static const char sql_list_own[] =
    "SELECT " COLUMNS " FROM tickets INDEXED BY tickets_user WHERE user_id = ?2" FILTERS;
static const char sql_list_status[] =
    "SELECT " COLUMNS " FROM tickets INDEXED BY tickets_status WHERE status = ?4" FILTERS;
/* What was said in the sessions that the ticket holds, newest first. */
static const char sql_conversation[] =
    "SELECT m.id, m.from_desk, m.text, m.at_ms, m.fallback FROM ticket_sessions s "
    "CROSS JOIN chat_messages m ON m.session_id = s.session_id "
    "WHERE s.number = ?1 ORDER BY m.seq DESC LIMIT ?2";

/* ---- one ticket -------------------------------------------------------------------------- */

static esi_err read_row(struct query *q, esi_arena *arena, esi_store_ticket *out, esi_error *err) {
    esi_store_ticket t = {0};
    t.number = query_int(q, 0);
    t.id = query_text(q, 1, arena);
    t.session_id = query_text(q, 2, arena);
    t.user_id = query_text(q, 3, arena);
    t.user_role = query_text(q, 4, arena);
    t.status = (esi_ticket_status)query_int(q, 5);
    t.tier = (esi_tier)query_int(q, 6);
    t.severity = (esi_severity)query_int(q, 7);
    t.has_requested_severity = !query_null(q, 8);
    t.requested_severity = (esi_severity)query_int(q, 8);
    t.category = query_text(q, 9, arena);
    t.kind = query_text(q, 10, arena);
    t.summary = query_text(q, 11, arena);
    t.description = query_text(q, 12, arena);
    t.module = query_text(q, 13, arena);
    t.assignee = query_text(q, 14, arena);
    t.incident_id = query_text(q, 15, arena);
    t.confidence = query_double(q, 16);
    t.due_at_ms = query_int(q, 17);
    t.created_at_ms = query_int(q, 18);
    t.updated_at_ms = query_int(q, 19);
    t.version = query_int(q, 20);
    const struct facts_text text = {.rules = query_text(q, 21, arena),
                                    .references = query_text(q, 22, arena),
                                    .details = query_text(q, 23, arena),
                                    .context = query_text(q, 24, arena),
                                    .attempts = query_text(q, 25, arena)};
    esi_err rc = query_ok(q, err);
    if (rc == ESI_OK) {
        rc = facts_decode(&text, arena, &t, err);
    }
    if (rc == ESI_OK) {
        *out = t;
    }
    return rc;
}

static esi_err fail_unknown(esi_error *err) {
    return esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such ticket for this caller");
}

/* Ends the query. */
static esi_err read_one(struct query *q, esi_arena *arena, esi_store_ticket *out, esi_error *err) {
    bool row = false;
    esi_err rc = query_next(q, &row, err);
    if (rc == ESI_OK) {
        rc = row ? read_row(q, arena, out, err) : fail_unknown(err);
    }
    query_end(q);
    return rc;
}

esi_err ticket_read(struct conn *conn, int64_t number, esi_arena *arena, esi_store_ticket *out,
                    esi_error *err) {
    struct query q = query_of(conn, sql_read);
    query_put_int(&q, number);
    return read_one(&q, arena, out, err);
}

esi_err ticket_number(struct conn *conn, const char *id, int64_t *out, esi_error *err) {
    struct query q = query_of(conn, sql_number);
    query_put_text(&q, id);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

static esi_err conversation_read(struct conn *conn, esi_store_ticket *t, esi_arena *arena,
                                 esi_error *err) {
    esi_store_message *rows = ARENA_ARRAY(arena, CONVERSATION_MAX, esi_store_message);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct query q = query_of(conn, sql_conversation);
    query_put_int(&q, t->number);
    query_put_int(&q, CONVERSATION_MAX);
    size_t n = 0;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < CONVERSATION_MAX) {
        esi_store_message *m = &rows[CONVERSATION_MAX - ++n];
        m->id = query_text(&q, 0, arena);
        m->from_user = query_int(&q, 1) == 0;
        m->text = query_text(&q, 2, arena);
        m->at_ms = query_int(&q, 3);
        m->fallback = query_text(&q, 4, arena);
    }
    query_end(&q);
    t->conversation = rows + (CONVERSATION_MAX - n);
    t->conversation_count = n;
    return rc;
}

/* The first parameters of every question: who asks. */
static void put_viewer(struct query *q, const esi_store_ticket_query *query) {
    query_put_int(q, query->see_all);
    query_put_text(q, query->see_user);
    query_put_int(q, query->see_severity ? (int64_t)query->see_severity_from : INT64_MAX);
}

/* A ticket's id, or its number in decimal. */
static esi_err number_of(struct conn *conn, const char *id, int64_t *out, esi_error *err) {
    const struct view text = view_of(id);
    if (view_int(text, 1, INT64_MAX, out)) {
        return ESI_OK;
    }
    return ticket_number(conn, id, out, err);
}

static esi_err get_run(struct conn *conn, const esi_store_ticket_query *query, esi_arena *arena,
                       esi_store_ticket *out, esi_error *err) {
    int64_t number = 0;
    esi_err rc = number_of(conn, query->id, &number, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(conn, sql_get);
    put_viewer(&q, query);
    query_put_int(&q, number);
    rc = read_one(&q, arena, out, err);
    if (rc == ESI_OK) {
        rc = conversation_read(conn, out, arena, err);
    }
    return rc;
}

esi_err sqlite_ticket_get(esi_store *store, const esi_store_ticket_query *query,
                          const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                          esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    esi_store_ticket ticket;
    rc = get_run(r.conn, query, arena, &ticket, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = ticket;
    }
    return rc;
}

/* ---- lists ------------------------------------------------------------------------------- */

/* The statement whose index leaves the fewest tickets to look at. */
static const char *list_statement(const esi_store_ticket_query *query) {
    if (query->session_id != NULL) {
        return sql_list_session;
    }
    if (query->assignee != NULL) {
        return sql_list_assignee;
    }
    if (!query->see_all && !query->see_severity) {
        return sql_list_own;
    }
    return query->has_status ? sql_list_status : sql_list;
}

static void put_filter(struct query *q, bool there, int64_t value) {
    if (there) {
        query_put_int(q, value);
    } else {
        query_put_null(q);
    }
}

static esi_err list_run(struct conn *conn, const esi_store_ticket_query *query, size_t max,
                        esi_arena *arena, esi_store_ticket *rows, size_t *count, esi_error *err) {
    struct query q = query_of(conn, list_statement(query));
    put_viewer(&q, query);
    put_filter(&q, query->has_status, (int64_t)query->status);
    put_filter(&q, query->has_tier, (int64_t)query->tier);
    put_filter(&q, query->has_severity, (int64_t)query->severity);
    query_put_text(&q, query->assignee);
    query_put_text(&q, query->session_id);
    query_put_text(&q, query->text);
    query_put_int(&q, query->before_number > 0 ? query->before_number : INT64_MAX);
    query_put_int(&q, (int64_t)max);
    bool row = false;
    esi_err rc;
    *count = 0;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && *count < max) {
        rc = read_row(&q, arena, &rows[*count], err);
        if (rc != ESI_OK) {
            break;
        }
        (*count)++;
    }
    query_end(&q);
    return rc;
}

esi_err sqlite_ticket_list(esi_store *store, const esi_store_ticket_query *query,
                           const esi_wait *wait, esi_arena *arena, const esi_store_ticket **out,
                           size_t *out_count, esi_error *err) {
    const size_t max = query->limit < 0          ? 0
                       : query->limit > LIST_MAX ? LIST_MAX
                                                 : (size_t)query->limit;
    esi_store_ticket *rows = ARENA_ARRAY(arena, max, esi_store_ticket);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    size_t count = 0;
    rc = list_run(r.conn, query, max, arena, rows, &count, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = rows;
        *out_count = count;
    }
    return rc;
}

/* ---- words ------------------------------------------------------------------------------- */

static struct view text_of(sqlite3_value *value) {
    const char *text = (const char *)sqlite3_value_text(value);
    return (struct view){text, text != NULL ? (size_t)sqlite3_value_bytes(value) : 0};
}

static bool contains(const struct text_folded *text, struct view word) {
    return view_find((struct view){text->p, text->n}, word, 0) != SIZE_MAX;
}

/* True where every word stands in the summary or in the description, whatever its case. */
void ticket_has_words(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    esi_arena scratch = {0};
    struct text_folded words, summary, description;
    if (text_fold(text_of(values[0]), &scratch, &words, NULL) != ESI_OK ||
        text_fold(text_of(values[1]), &scratch, &summary, NULL) != ESI_OK ||
        text_fold(text_of(values[2]), &scratch, &description, NULL) != ESI_OK) {
        sqlite3_result_error_nomem(context);
    } else {
        struct view rest = {words.p, words.n}, word;
        bool all = true;
        while (all && view_split(&rest, ' ', &word)) {
            all = contains(&summary, word) || contains(&description, word);
        }
        sqlite3_result_int(context, all);
    }
    arena_clear(&scratch);
}
