/* pg_copy_sql.c: how rows are read and written that are carried from one store to another. A row
 * that is there already is left, so that a visit may be run again. */
#include "store/pg_parts.h"

/* clang-format off */
const struct pg_copy_sql pg_copy_sql[COPY_TABLE_COUNT] = {
    [COPY_USERS] =
    {"SELECT count(*) FROM users",
     "SELECT id, username, role, password, disabled, created_at, updated_at FROM users WHERE id > "
     "$1 ORDER BY id LIMIT $2",
     {"INSERT INTO users (id, username, role, password, disabled, created_at, updated_at) VALUES "
      "($1, $2, $3, $4, $5 <> 0, $6, $7) ON CONFLICT DO NOTHING"},
     "DELETE FROM users WHERE id = $1"},
    [COPY_TOKENS] =
    {"SELECT count(*) FROM api_tokens",
     "SELECT id, user_id, kind, name, hash, created_at, expires_at, used_at FROM api_tokens WHERE "
     "id > $1 ORDER BY id LIMIT $2",
     {"INSERT INTO api_tokens (id, user_id, kind, name, hash, created_at, expires_at, used_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"},
     "DELETE FROM api_tokens WHERE id = $1"},
    [COPY_SESSIONS] =
    {"SELECT count(*) FROM chat_sessions",
     "SELECT id, seq, user_id, user_role, module, turns, issues, created_at, updated_at, tokens, "
     "cost FROM chat_sessions WHERE id > $1 ORDER BY id LIMIT $2",
     {"INSERT INTO chat_sessions (id, seq, user_id, user_role, module, turns, issues, created_at, "
      "updated_at, tokens, cost) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT "
      "DO NOTHING"},
     "DELETE FROM chat_sessions WHERE id = $1"},
    [COPY_MESSAGES] =
    {"SELECT count(*) FROM chat_messages",
     "SELECT session_id, turn, from_desk, id, text, at, act, coverage, category, tier, severity, "
     "escalated, blocked, interrupted, confidence, rules, model, input_tokens, output_tokens, "
     "elapsed_ms, cost, fallback, advice FROM chat_messages WHERE (session_id, turn, from_desk) > "
     "($1, $2, $3 <> 0) ORDER BY session_id, turn, from_desk LIMIT $4",
     {"INSERT INTO chat_messages (session_id, turn, from_desk, id, text, at, act, coverage, "
      "category, tier, severity, escalated, blocked, interrupted, confidence, rules, model, "
      "input_tokens, output_tokens, elapsed_ms, cost, fallback, advice) VALUES ($1, $2, $3 <> 0, "
      "$4, $5, $6, $7, $8, $9, $10, $11, $12 <> 0, $13 <> 0, $14 <> 0, $15, $16, $17, $18, $19, "
      "$20, $21, $22, $23) "
      "ON CONFLICT DO NOTHING"},
     "DELETE FROM chat_messages WHERE session_id = $1 AND turn = $2 AND from_desk = $3 <> 0"},
    [COPY_REFERENCES] =
    {"SELECT count(*) FROM kb_references",
     "SELECT message_id, ordinal, document_id, title, version, section, hash, score FROM "
     "kb_references WHERE (message_id, ordinal) > ($1, $2) ORDER BY message_id, ordinal LIMIT $3",
     {"INSERT INTO kb_references (message_id, ordinal, document_id, title, version, section, "
      "hash, score) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"},
     "DELETE FROM kb_references WHERE message_id = $1 AND ordinal = $2"},
    [COPY_GUARDRAILS] =
    {"SELECT count(*) FROM guardrails",
     "SELECT id, message_id, session_id, user_id, category, rule, reason, matches, at FROM "
     "guardrails WHERE id > $1 ORDER BY id LIMIT $2",
     {"INSERT INTO guardrails (id, message_id, session_id, user_id, category, rule, reason, "
      "matches, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING"},
     "DELETE FROM guardrails WHERE id = $1"},
    [COPY_FEEDBACK] =
    {"SELECT count(*) FROM feedback",
     "SELECT message_id, rating, comment, at FROM feedback WHERE message_id > $1 ORDER BY "
     "message_id LIMIT $2",
     {"INSERT INTO feedback (message_id, rating, comment, at) VALUES ($1, $2, $3, $4) ON CONFLICT "
      "DO NOTHING"},
     "DELETE FROM feedback WHERE message_id = $1"},
    [COPY_TICKETS] =
    {"SELECT count(*) FROM tickets",
     "SELECT number, id, session_id, user_id, user_role, status, tier, severity, "
     "requested_severity, category, kind, summary, description, module, assignee, incident_id, "
     "confidence, rules, kb_refs, details, context, attempts, due_at, created_at, updated_at, "
     "resolved_at, version FROM tickets WHERE number > $1 ORDER BY number LIMIT $2",
     {"INSERT INTO tickets (number, id, session_id, user_id, user_role, status, tier, severity, "
      "requested_severity, category, kind, summary, description, module, assignee, incident_id, "
      "confidence, rules, kb_refs, details, context, attempts, due_at, created_at, updated_at, "
      "resolved_at, version, folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) ON "
      "CONFLICT DO NOTHING"},
     "DELETE FROM tickets WHERE number = $1"},
    [COPY_TICKET_SESSIONS] =
    {"SELECT count(*) FROM ticket_sessions",
     "SELECT session_id, number, at FROM ticket_sessions WHERE (session_id, number) > ($1, $2) "
     "ORDER BY session_id, number LIMIT $3",
     {"INSERT INTO ticket_sessions (session_id, number, at) VALUES ($1, $2, $3) ON CONFLICT DO "
      "NOTHING"},
     "DELETE FROM ticket_sessions WHERE session_id = $1 AND number = $2"},
    [COPY_TICKET_EVENTS] =
    {"SELECT count(*) FROM ticket_events",
     "SELECT seq, number, kind, actor, comment, body, at FROM ticket_events WHERE seq > $1 ORDER "
     "BY seq LIMIT $2",
     {"INSERT INTO ticket_events (seq, number, kind, actor, comment, body, at) VALUES ($1, $2, "
      "$3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"},
     "DELETE FROM ticket_events WHERE seq = $1"},
    [COPY_OUTBOX] =
    {"SELECT count(*) FROM outbox",
     "SELECT seq, id, kind, subject, body, at, lease_until, deliveries FROM outbox WHERE seq > $1 "
     "ORDER BY seq LIMIT $2",
     {"INSERT INTO outbox (seq, id, kind, subject, body, at, lease_until, deliveries) VALUES ($1, "
      "$2, $3, $4, $5, $6, coalesce($7, '-infinity'), $8) ON CONFLICT DO NOTHING"},
     "DELETE FROM outbox WHERE seq = $1"},
    [COPY_REQUESTS] =
    {"SELECT count(*) FROM idempotency WHERE request_id <> ''",
     "SELECT caller, request_id, body_hash, done, until, reply, ticket_id, ticket_number FROM "
     "idempotency WHERE (caller, request_id) > ($1, $2) AND request_id <> '' ORDER BY caller, "
     "request_id LIMIT $3",
     {"INSERT INTO idempotency (caller, request_id, body_hash, done, until, reply, ticket_id, "
      "ticket_number) VALUES ($1, $2, $3, $4 <> 0, $5, $6, $7, $8) ON CONFLICT DO NOTHING"},
     "DELETE FROM idempotency WHERE caller = $1 AND request_id = $2"},
    [COPY_DAYS] =
    {"SELECT count(*) FROM metrics_days",
     "SELECT (day - date '1970-01-01')::bigint * 86400000, body FROM metrics_days WHERE day > "
     "date '1970-01-01' + ($1 / 86400000)::integer ORDER BY day LIMIT $2",
     {"INSERT INTO metrics_days (day, body) VALUES (date '1970-01-01' + ($1 / 86400000)::integer, "
      "$2) ON CONFLICT DO NOTHING"},
     "DELETE FROM metrics_days WHERE day = date '1970-01-01' + ($1 / 86400000)::integer"},
    [COPY_NUMBERS] =
    {"SELECT count(*) FROM ticket_numbers WHERE last > 0",
     "SELECT 'tickets'::text, last FROM ticket_numbers WHERE last > 0 AND 'tickets' > $1 LIMIT $2",
     {"UPDATE ticket_numbers SET last = $2 WHERE $1 = 'tickets'"},
     "UPDATE ticket_numbers SET last = 0 WHERE $1 = 'tickets'"},
    [COPY_COLLECTIONS] =
    {"SELECT count(*) FROM collections",
     "SELECT c.name, c.version, s.model, s.dimensions FROM collections c LEFT JOIN "
     "embedding_spaces s ON s.number = c.space WHERE c.name > $1 ORDER BY c.name LIMIT $2",
     {"INSERT INTO collections (name, version) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      "INSERT INTO embedding_spaces (collection, model, dimensions) SELECT number, $3, $4 FROM "
      "collections WHERE name = $1 AND $2 IS NOT NULL AND $3 IS NOT NULL ON CONFLICT DO NOTHING",
      "UPDATE collections c SET space = s.number FROM embedding_spaces s WHERE c.name = $1 AND "
      "c.version = $2 AND s.collection = c.number AND s.model = $3 AND s.dimensions = $4"},
     "DELETE FROM collections WHERE name = $1"},
    [COPY_DOCUMENTS] =
    {"SELECT count(*) FROM kb_documents",
     "SELECT d.number, c.name, d.id, d.source, d.scope, d.title, d.version, d.updated, "
     "d.standing, d.language, d.roles, d.meta, d.hash, d.sections, greatest(d.changed, c.spaced), "
     "d.at FROM kb_documents d JOIN collections c ON c.number = d.collection WHERE d.number > $1 "
     "ORDER BY d.number LIMIT $2",
     {"INSERT INTO kb_documents (number, collection, id, source, scope, title, version, updated, "
      "standing, language, roles, meta, hash, sections, changed, at) SELECT $1, c.number, $3, $4, "
      "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 FROM collections c WHERE c.name = $2 "
      "ON CONFLICT DO NOTHING"},
     "DELETE FROM kb_documents WHERE number = $1"},
    [COPY_SECTIONS] =
    {"SELECT count(*) FROM kb_sections",
     "SELECT s.document, s.ordinal, s.id, s.line, s.heading, s.text, s.note, s.hash, e.vector "
     "FROM kb_sections s JOIN collections c ON c.number = s.collection LEFT JOIN embeddings e ON "
     "e.section = s.number AND e.space = c.space WHERE (s.document, s.ordinal) > ($1, $2) ORDER "
     "BY s.document, s.ordinal LIMIT $3",
     {"WITH s AS (INSERT INTO kb_sections (document, ordinal, id, line, heading, text, note, "
      "hash, words, collection, roles, searched) SELECT $1, $2, $3, $4, $5, $6, $7, $8, "
      "array_to_tsvector($10), d.collection, d.roles, d.standing <> 'quarantined' FROM "
      "kb_documents d WHERE d.number = $1 ON CONFLICT DO NOTHING RETURNING number, collection, "
      "roles, searched) INSERT INTO embeddings (section, space, roles, searched, vector) SELECT "
      "s.number, c.space, s.roles, s.searched, $9::vector FROM s JOIN collections c ON c.number = "
      "s.collection WHERE $9::vector IS NOT NULL"},
     "DELETE FROM kb_sections WHERE document = $1 AND ordinal = $2"},
    [COPY_REMOVED] =
    {"SELECT count(*) FROM kb_removed",
     "SELECT c.name, r.id, r.changed, r.at FROM kb_removed r JOIN collections c ON c.number = "
     "r.collection WHERE (c.name, r.id) > ($1, $2) ORDER BY c.name, r.id LIMIT $3",
     {"INSERT INTO kb_removed (collection, id, changed, at) SELECT c.number, $2, $3, coalesce($4, "
      "'epoch') FROM collections c WHERE c.name = $1 ON CONFLICT DO NOTHING"},
     "DELETE FROM kb_removed r USING collections c WHERE c.number = r.collection AND c.name = $1 "
     "AND r.id = $2"},
    [COPY_SPACES] =
    {"SELECT count(*) FROM embedding_spaces s JOIN collections c ON c.number = s.collection WHERE "
     "s.number IS DISTINCT FROM c.space",
     "SELECT c.name, s.model, s.dimensions FROM embedding_spaces s JOIN collections c ON c.number "
     "= s.collection WHERE s.number IS DISTINCT FROM c.space AND (c.name, s.model, s.dimensions) "
     "> ($1, $2, $3) ORDER BY c.name, s.model, s.dimensions LIMIT $4",
     {"INSERT INTO embedding_spaces (collection, model, dimensions) SELECT number, $2, $3 FROM "
      "collections WHERE name = $1 ON CONFLICT DO NOTHING"},
     "DELETE FROM embedding_spaces s USING collections c WHERE c.number = s.collection AND "
     "s.number IS DISTINCT FROM c.space AND c.name = $1 AND s.model = $2 AND s.dimensions = $3"},
    [COPY_VECTORS] =
    {"SELECT count(*) FROM embeddings e JOIN kb_sections t ON t.number = e.section JOIN "
     "embedding_spaces s ON s.number = e.space JOIN collections c ON c.number = s.collection "
     "WHERE s.number IS DISTINCT FROM c.space",
     "SELECT t.document, t.ordinal, s.model, s.dimensions, e.vector FROM embeddings e JOIN "
     "kb_sections t ON t.number = e.section JOIN embedding_spaces s ON s.number = e.space JOIN "
     "collections c ON c.number = s.collection WHERE s.number IS DISTINCT FROM c.space AND "
     "t.document >= $1 AND (t.document, t.ordinal, s.model, s.dimensions) > ($1, $2, $3, $4) "
     "ORDER BY t.document, t.ordinal, s.model, s.dimensions LIMIT $5",
     {"INSERT INTO embeddings (section, space, roles, searched, vector) SELECT t.number, "
      "s.number, t.roles, t.searched, $5 FROM kb_sections t JOIN embedding_spaces s ON "
      "s.collection = t.collection WHERE t.document = $1 AND t.ordinal = $2 AND s.model = $3 AND "
      "s.dimensions = $4 ON CONFLICT DO NOTHING"},
     "DELETE FROM embeddings e USING kb_sections t, embedding_spaces s WHERE t.number = e.section "
     "AND s.number = e.space AND t.document = $1 AND t.ordinal = $2 AND s.model = $3 AND "
     "s.dimensions = $4"},
};
/* clang-format on */
