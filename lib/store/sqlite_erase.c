#include "base/error.h"
#include "store/sqlite_parts.h"

/* Whose rows: ?1 is the person. */
#define SESSIONS "(SELECT id FROM chat_sessions WHERE user_id = ?1)"
#define MESSAGES "(SELECT id FROM chat_messages WHERE session_id IN " SESSIONS ")"
/* Was it opened for the person? One that is nobody's is theirs with its session. */
#define THEIRS "(t.user_id = ?1 OR (t.user_id IS NULL AND t.session_id IN " SESSIONS "))"
#define OF_OTHERS                                                                                  \
    "EXISTS (SELECT 1 FROM ticket_sessions l JOIN chat_sessions s ON s.id = l.session_id "         \
    "WHERE l.number = t.number AND s.user_id IS NOT ?1)"
/* Tickets that go, and those that stay for somebody else. */
#define TICKETS "(SELECT t.number FROM tickets t WHERE " THEIRS " AND NOT " OF_OTHERS ")"
#define TICKET_IDS "(SELECT t.id FROM tickets t WHERE " THEIRS " AND NOT " OF_OTHERS ")"
#define SHARED_IDS "(SELECT t.id FROM tickets t WHERE t.user_id = ?1 AND " OF_OTHERS ")"
#define JOINED "(SELECT l.number FROM ticket_sessions l WHERE l.session_id IN " SESSIONS ")"

/* The outbox with what its events say of people. */
#define TOLD                                                                                       \
    "WITH e AS (SELECT seq, kind, subject, json_extract(body, '$.actor') AS actor, "               \
    "json_extract(body, '$.createdBy') AS owner, json_extract(body, '$.assignee') AS assignee, "   \
    "json_extract(body, '$.userId') AS asker, json_extract(body, '$.sessionId') AS session, "      \
    "json_extract(body, '$.comment') AS comment, json_extract(body, '$.summary') AS summary, "     \
    "json_extract(body, '$.description') AS description, "                                         \
    "json_extract(body, '$.module') AS module, json_extract(body, '$.userRole') AS role "          \
    "FROM outbox) "

static const char sql_outbox[] =
    TOLD "DELETE FROM outbox WHERE seq IN (SELECT seq FROM e WHERE e.asker = ?1 "
         "OR (e.owner = ?1 AND e.subject NOT IN " SHARED_IDS ") "
         "OR (e.kind = 'guardrail' AND e.session IN " SESSIONS ") "
         "OR e.subject IN " TICKET_IDS ")";
static const char sql_outbox_without[] =
    TOLD "UPDATE outbox SET body = json_replace(body, "
         "'$.actor', nullif(e.actor, ?1), '$.assignee', nullif(e.assignee, ?1), "
         "'$.createdBy', nullif(e.owner, ?1), "
         "'$.comment', iif(e.actor = ?1, NULL, e.comment), "
         "'$.summary', iif(e.owner = ?1, NULL, e.summary), "
         "'$.description', iif(e.owner = ?1, NULL, e.description), "
         "'$.module', iif(e.owner = ?1, NULL, e.module), "
         "'$.userRole', iif(e.owner = ?1, NULL, e.role), "
         "'$.sessionId', iif(e.session IN " SESSIONS ", NULL, e.session)) "
         "FROM e WHERE outbox.seq = e.seq "
         "AND (?1 IN (e.actor, e.owner, e.assignee) OR e.session IN " SESSIONS ")";
static const char sql_idempotency[] =
    "DELETE FROM idempotency WHERE caller = ?1 OR ticket_id IN " TICKET_IDS;
static const char sql_events[] = "DELETE FROM ticket_events WHERE number IN " TICKETS;
/* The body of a "joined" is what was said, that of a "changed" may name an assignee. */
static const char sql_events_without[] =
    "UPDATE ticket_events SET actor = nullif(actor, ?1), "
    "comment = CASE WHEN actor = ?1 THEN NULL ELSE comment END, "
    "body = CASE WHEN kind = 'joined' THEN CASE WHEN actor = ?1 THEN NULL ELSE body END "
    "ELSE json_remove(body, '$.assignee') END "
    "WHERE actor = ?1 OR json_extract(body, '$.assignee[0]') = ?1 "
    "OR json_extract(body, '$.assignee[1]') = ?1";
static const char sql_tickets_without[] =
    "UPDATE tickets AS t SET assignee = nullif(assignee, ?1), "
    "user_id = nullif(user_id, ?1), "
    "user_role = CASE WHEN user_id = ?1 THEN NULL ELSE user_role END, "
    "summary = CASE WHEN user_id = ?1 THEN NULL ELSE summary END, "
    "description = CASE WHEN user_id = ?1 THEN NULL ELSE description END, "
    "module = CASE WHEN user_id = ?1 THEN NULL ELSE module END, "
    "details = CASE WHEN " THEIRS " OR number IN " JOINED " THEN NULL ELSE details END, "
    "context = CASE WHEN " THEIRS " OR number IN " JOINED " THEN NULL ELSE context END, "
    "attempts = CASE WHEN " THEIRS " OR number IN " JOINED " THEN NULL ELSE attempts END "
    "WHERE number NOT IN " TICKETS " "
    "AND (assignee = ?1 OR user_id = ?1 OR number IN " JOINED ")";
static const char sql_links[] =
    "DELETE FROM ticket_sessions WHERE session_id IN " SESSIONS " OR number IN " TICKETS;
static const char sql_tickets[] = "DELETE FROM tickets WHERE number IN " TICKETS;
static const char sql_feedback[] = "DELETE FROM feedback WHERE message_id IN " MESSAGES;
static const char sql_guardrails[] = "DELETE FROM guardrails WHERE message_id IN " MESSAGES;
static const char sql_references[] = "DELETE FROM kb_references WHERE message_id IN " MESSAGES;
static const char sql_messages[] = "DELETE FROM chat_messages WHERE session_id IN " SESSIONS;
static const char sql_sessions[] = "DELETE FROM chat_sessions WHERE user_id = ?1";
static const char sql_tokens[] =
    "DELETE FROM api_tokens WHERE user_id IN (SELECT id FROM users WHERE username = ?1 OR id = ?1)";
static const char sql_users[] = "DELETE FROM users WHERE username = ?1 OR id = ?1";

/* What is counted. */
enum table {
    USERS,
    API_TOKENS,
    CHAT_SESSIONS,
    CHAT_MESSAGES,
    KB_REFERENCES,
    GUARDRAILS,
    FEEDBACK,
    TICKET_ROWS,
    TICKET_SESSIONS,
    TICKET_EVENTS,
    OUTBOX,
    IDEMPOTENCY,
    TABLE_COUNT
};

static const char *const table_names[TABLE_COUNT] = {
    [USERS] = "users",
    [API_TOKENS] = "api_tokens",
    [CHAT_SESSIONS] = "chat_sessions",
    [CHAT_MESSAGES] = "chat_messages",
    [KB_REFERENCES] = "kb_references",
    [GUARDRAILS] = "guardrails",
    [FEEDBACK] = "feedback",
    [TICKET_ROWS] = "tickets",
    [TICKET_SESSIONS] = "ticket_sessions",
    [TICKET_EVENTS] = "ticket_events",
    [OUTBOX] = "outbox",
    [IDEMPOTENCY] = "idempotency",
};

/* In this order: a statement reads rows that later ones remove. */
static const struct {
    enum table table;
    const char *sql;
} wipes[] = {
    {OUTBOX, sql_outbox},
    {OUTBOX, sql_outbox_without},
    {IDEMPOTENCY, sql_idempotency},
    {TICKET_EVENTS, sql_events},
    {TICKET_EVENTS, sql_events_without},
    {FEEDBACK, sql_feedback},
    {GUARDRAILS, sql_guardrails},
    {KB_REFERENCES, sql_references},
    {CHAT_MESSAGES, sql_messages},
    {TICKET_ROWS, sql_tickets_without},
    {TICKET_SESSIONS, sql_links},
    {TICKET_ROWS, sql_tickets},
    {CHAT_SESSIONS, sql_sessions},
    {API_TOKENS, sql_tokens},
    {USERS, sql_users},
};

struct erasing {
    const char *user_id;
    esi_store_count *counts; /* TABLE_COUNT of them */
};

/* What is removed is overwritten in the file, too. */
static esi_err erase_run(struct conn *conn, void *context, esi_error *err) {
    const struct erasing *e = context;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        e->counts[i] = (esi_store_count){.name = table_names[i]};
    }
    esi_err rc = conn_exec(conn, "PRAGMA secure_delete=ON", err);
    for (size_t i = 0; rc == ESI_OK && i < sizeof wipes / sizeof *wipes; i++) {
        struct query q = query_of(conn, wipes[i].sql);
        query_put_text(&q, e->user_id);
        rc = query_run(&q, err);
        e->counts[wipes[i].table].count += conn_changes(conn);
    }
    if (rc == ESI_OK) {
        rc = conn_exec(conn, "PRAGMA secure_delete=FAST", err);
    }
    return rc;
}

esi_err sqlite_erase(esi_store *store, const char *user_id, const esi_wait *wait, esi_arena *arena,
                     const esi_store_count **out, size_t *out_count, esi_error *err) {
    struct erasing e = {user_id, ARENA_ARRAY(arena, TABLE_COUNT, esi_store_count)};
    if (e.counts == NULL) {
        return fail_memory(err, ORIGIN);
    }
    const esi_err rc = store_write(store, true, erase_run, &e, wait, err);
    if (rc == ESI_OK) {
        *out = e.counts;
        *out_count = TABLE_COUNT;
    }
    return rc;
}
