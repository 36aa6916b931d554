#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/facts.h"
#include "store/pg_parts.h"

#define CONVERSATION_MAX "200" /* newest messages that a ticket shows */
#define LIST_MAX 1000          /* rows of one list, whatever was asked for */

/* Who may see it: everything, or one's own, or from a severity up. */
#define VISIBLE "($1 OR t.user_id = $2 OR t.severity >= $3)"

/* The rest of every list; what it is searched by stands before it. */
#define FILTERS                                                                                    \
    " AND " VISIBLE " AND ($4::bigint IS NULL OR t.status = $4) "                                  \
    "AND ($5::bigint IS NULL OR t.tier = $5) AND ($6::bigint IS NULL OR t.severity = $6) "         \
    "AND ($7::text IS NULL OR t.assignee = $7) AND ($8::text IS NULL OR t.number IN "              \
    "(SELECT l.number FROM ticket_sessions l WHERE l.session_id = $8)) "                           \
    "AND t.folded LIKE ALL ($9) AND t.number < $10 ORDER BY t.number DESC LIMIT $11"

#define TICKETS "SELECT " PG_TICKET_COLUMNS " FROM tickets t WHERE "

static const char sql_get[] = TICKETS "t.number = $4 AND " VISIBLE;
static const char sql_get_id[] = TICKETS "t.id = $4 AND " VISIBLE;
/* What was said in the sessions that the ticket holds, newest first. */
#define CONVERSATION                                                                               \
    "SELECT m.id, m.from_desk, m.text, m.at, m.fallback FROM tickets t "                           \
    "JOIN ticket_sessions l ON l.number = t.number JOIN chat_sessions s ON s.id = l.session_id "   \
    "JOIN chat_messages m ON m.session_id = s.id WHERE "
#define NEWEST_FIRST                                                                               \
    " AND " VISIBLE                                                                                \
    " ORDER BY m.at DESC, s.seq DESC, m.turn DESC, m.from_desk DESC LIMIT " CONVERSATION_MAX
static const char sql_conversation[] = CONVERSATION "t.number = $4" NEWEST_FIRST;
static const char sql_conversation_id[] = CONVERSATION "t.id = $4" NEWEST_FIRST;

static const char sql_list[] = TICKETS "true" FILTERS;
static const char sql_list_session[] =
    TICKETS "t.number IN (SELECT l.number FROM ticket_sessions l WHERE l.session_id = $8)" FILTERS;
static const char sql_list_assignee[] = TICKETS "t.assignee = $7" FILTERS;
static const char sql_list_own[] = TICKETS "t.user_id = $2" FILTERS;
static const char sql_list_status[] = TICKETS "t.status = $4" FILTERS;
/* The longest of the words leaves the fewest. */
static const char sql_list_words[] = TICKETS "t.folded LIKE $12" FILTERS;

/* ---- one ticket -------------------------------------------------------------------------- */

esi_err pg_ticket_of_row(struct pg_rows *rows, size_t row, int first, esi_arena *arena,
                         esi_store_ticket *out, esi_error *err) {
    int at = first;
    esi_store_ticket t = {0};
    t.id = rows_text(rows, row, at++, arena);
    t.number = rows_int(rows, row, at++);
    t.session_id = rows_text(rows, row, at++, arena);
    t.user_id = rows_text(rows, row, at++, arena);
    t.user_role = rows_text(rows, row, at++, arena);
    t.status = (esi_ticket_status)rows_int(rows, row, at++);
    t.tier = (esi_tier)rows_int(rows, row, at++);
    t.severity = (esi_severity)rows_int(rows, row, at++);
    t.has_requested_severity = !rows_null(rows, row, at);
    t.requested_severity = (esi_severity)rows_int(rows, row, at++);
    t.category = rows_text(rows, row, at++, arena);
    t.kind = rows_text(rows, row, at++, arena);
    t.summary = rows_text(rows, row, at++, arena);
    t.description = rows_text(rows, row, at++, arena);
    t.module = rows_text(rows, row, at++, arena);
    t.assignee = rows_text(rows, row, at++, arena);
    t.incident_id = rows_text(rows, row, at++, arena);
    t.confidence = rows_double(rows, row, at++);
    struct facts_text text;
    text.rules = rows_text(rows, row, at++, arena);
    text.references = rows_text(rows, row, at++, arena);
    text.details = rows_text(rows, row, at++, arena);
    text.context = rows_text(rows, row, at++, arena);
    text.attempts = rows_text(rows, row, at++, arena);
    t.due_at_ms = rows_time(rows, row, at++);
    t.created_at_ms = rows_time(rows, row, at++);
    t.updated_at_ms = rows_time(rows, row, at++);
    t.version = rows_int(rows, row, at);
    esi_err rc = rows_ok(rows, err);
    if (rc == ESI_OK) {
        rc = facts_decode(&text, arena, &t, err);
    }
    if (rc == ESI_OK) {
        *out = t;
    }
    return rc;
}

static esi_err conversation_read(struct pg_rows *rows, esi_arena *arena, esi_store_ticket *t,
                                 esi_error *err) {
    esi_store_message *items = ARENA_ARRAY(arena, rows->count, esi_store_message);
    if (items == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < rows->count; i++) {
        esi_store_message *m = &items[rows->count - 1 - i]; /* newest first come, oldest first go */
        m->id = rows_text(rows, i, 0, arena);
        m->from_user = rows_int(rows, i, 1) == 0;
        m->text = rows_text(rows, i, 2, arena);
        m->at_ms = rows_time(rows, i, 3);
        m->fallback = rows_text(rows, i, 4, arena);
    }
    t->conversation = items;
    t->conversation_count = rows->count;
    return rows_ok(rows, err);
}

/* The first arguments of every question: who asks. */
static void put_viewer(struct pg_args *args, const esi_store_ticket_query *query) {
    args_bool(args, query->see_all);
    args_text(args, query->see_user);
    args_int(args, query->see_severity ? (int64_t)query->see_severity_from : INT64_MAX);
}

esi_err pg_ticket_get(esi_store *store, const esi_store_ticket_query *query, const esi_wait *wait,
                      esi_arena *arena, esi_store_ticket *out, esi_error *err) {
    int64_t number = 0;
    const bool by_number = view_int(view_of(query->id), 1, INT64_MAX, &number);
    struct pg_rows ticket = {0}, conversation = {0};
    struct pg_args key = args_of(NULL);
    esi_store_ticket found;
    esi_err rc = ESI_OK;
    put_viewer(&key, query);
    if (by_number) {
        args_int(&key, number);
    } else if (pg_is_uuid(query->id)) {
        args_uuid(&key, query->id);
    } else {
        return esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such ticket for this caller");
    }
    const struct pg_step steps[] = {
        {by_number ? sql_get : sql_get_id, &key, &ticket},
        {by_number ? sql_conversation : sql_conversation_id, &key, &conversation},
    };
    rc = pg_visit(store->cases, PG_AGAIN, steps, 2, wait, err);
    if (rc == ESI_OK && ticket.count == 0) {
        rc = esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such ticket for this caller");
    }
    if (rc == ESI_OK) {
        rc = pg_ticket_of_row(&ticket, 0, 0, arena, &found, err);
    }
    if (rc == ESI_OK) {
        rc = conversation_read(&conversation, arena, &found, err);
    }
    rows_clear(&ticket);
    rows_clear(&conversation);
    if (rc == ESI_OK) {
        *out = found;
    }
    return rc;
}

/* ---- words ------------------------------------------------------------------------------- */

/* What is searched for, as LIKE wants it. */
struct words {
    const char **patterns; /* one for each word */
    size_t count;
    size_t longest; /* of them */
};

static const char *pattern_of(struct view word, esi_arena *arena) {
    char *p = arena_alloc(arena, 2 * word.n + 3);
    if (p == NULL) {
        return NULL;
    }
    size_t n = 0;
    p[n++] = '%';
    for (size_t i = 0; i < word.n; i++) {
        const char c = word.p[i];
        if (c == '%' || c == '_' || c == '\\') {
            p[n++] = '\\';
        }
        p[n++] = c;
    }
    p[n] = '%';
    return p;
}

static esi_err words_read(const char *text, esi_arena *arena, struct words *out, esi_error *err) {
    struct text_folded folded;
    esi_err rc = text_fold(view_of(text), arena, &folded, err);
    if (rc != ESI_OK) {
        return rc;
    }
    *out = (struct words){.patterns = ARENA_ARRAY(arena, folded.n / 2 + 1, const char *)};
    if (out->patterns == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct view rest = {folded.p, folded.n}, word;
    size_t longest = 0;
    while (view_split(&rest, ' ', &word)) {
        if (word.n == 0) {
            continue;
        }
        if (word.n > longest) {
            longest = word.n;
            out->longest = out->count;
        }
        out->patterns[out->count] = pattern_of(word, arena);
        if (out->patterns[out->count++] == NULL) {
            return fail_memory(err, ORIGIN);
        }
    }
    return ESI_OK;
}

/* ---- lists ------------------------------------------------------------------------------- */

/* The statement whose index leaves the fewest tickets to look at. */
static const char *list_statement(const esi_store_ticket_query *query, const struct words *words) {
    if (query->session_id != NULL) {
        return sql_list_session;
    }
    if (query->assignee != NULL) {
        return sql_list_assignee;
    }
    if (!query->see_all && !query->see_severity) {
        return sql_list_own;
    }
    if (words->count > 0) {
        return sql_list_words;
    }
    return query->has_status ? sql_list_status : sql_list;
}

static void put_filter(struct pg_args *args, bool there, int64_t value) {
    if (there) {
        args_int(args, value);
    } else {
        args_null(args);
    }
}

static esi_err list_read(struct pg_rows *rows, esi_arena *arena, const esi_store_ticket **out,
                         size_t *out_count, esi_error *err) {
    esi_store_ticket *items = ARENA_ARRAY(arena, rows->count, esi_store_ticket);
    if (items == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < rows->count; i++) {
        const esi_err rc = pg_ticket_of_row(rows, i, 0, arena, &items[i], err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    *out = items;
    *out_count = rows->count;
    return ESI_OK;
}

esi_err pg_ticket_list(esi_store *store, const esi_store_ticket_query *query, const esi_wait *wait,
                       esi_arena *arena, const esi_store_ticket **out, size_t *out_count,
                       esi_error *err) {
    const int64_t max = query->limit < 0 ? 0 : query->limit > LIST_MAX ? LIST_MAX : query->limit;
    esi_arena scratch = {0};
    struct pg_args args = args_of(&scratch);
    struct pg_rows rows = {0};
    struct words words;
    esi_err rc = words_read(query->text, &scratch, &words, err);
    if (rc == ESI_OK) {
        const char *sql = list_statement(query, &words);
        put_viewer(&args, query);
        put_filter(&args, query->has_status, (int64_t)query->status);
        put_filter(&args, query->has_tier, (int64_t)query->tier);
        put_filter(&args, query->has_severity, (int64_t)query->severity);
        args_text(&args, query->assignee);
        args_text(&args, query->session_id);
        args_texts(&args, words.patterns, words.count);
        args_int(&args, query->before_number > 0 ? query->before_number : INT64_MAX);
        args_int(&args, max);
        if (sql == sql_list_words) {
            args_text(&args, words.patterns[words.longest]);
        }
        const struct pg_step step = {sql, &args, &rows};
        rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    }
    if (rc == ESI_OK) {
        rc = list_read(&rows, arena, out, out_count, err);
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}
