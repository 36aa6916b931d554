#include "store/copy_tables.h"

#define ROWS 128
#define FEW_ROWS 32 /* of rows that hold long texts and vectors */

static const struct copy_column users[] = {
    {"id", COPY_ID},           {"username", COPY_TEXT}, {"role", COPY_INT},
    {"password", COPY_TEXT},   {"disabled", COPY_BOOL}, {"created_at", COPY_TIME},
    {"updated_at", COPY_TIME},
};

static const struct copy_column tokens[] = {
    {"id", COPY_ID},           {"user_id", COPY_ID},   {"kind", COPY_INT},
    {"name", COPY_TEXT},       {"hash", COPY_HASH},    {"created_at", COPY_TIME},
    {"expires_at", COPY_TIME}, {"used_at", COPY_TIME},
};

static const struct copy_column sessions[] = {
    {"id", COPY_TEXT},        {"seq", COPY_INT},         {"user_id", COPY_TEXT},
    {"user_role", COPY_TEXT}, {"module", COPY_TEXT},     {"turns", COPY_INT},
    {"issues", COPY_TEXT},    {"created_at", COPY_TIME}, {"updated_at", COPY_TIME},
    {"tokens", COPY_INT},     {"cost", COPY_INT},
};

static const struct copy_column messages[] = {
    {"session_id", COPY_TEXT},   {"turn", COPY_INT},
    {"from_desk", COPY_BOOL},    {"id", COPY_ID},
    {"text", COPY_TEXT},         {"at", COPY_TIME},
    {"act", COPY_INT},           {"coverage", COPY_INT},
    {"category", COPY_TEXT},     {"tier", COPY_INT},
    {"severity", COPY_INT},      {"escalated", COPY_BOOL},
    {"blocked", COPY_BOOL},      {"interrupted", COPY_BOOL},
    {"confidence", COPY_REAL},   {"rules", COPY_JSON},
    {"model", COPY_TEXT},        {"input_tokens", COPY_INT},
    {"output_tokens", COPY_INT}, {"elapsed_ms", COPY_INT},
    {"cost", COPY_INT},          {"fallback", COPY_TEXT},
    {"advice", COPY_JSON},
};

static const struct copy_column references[] = {
    {"message_id", COPY_ID}, {"ordinal", COPY_INT},  {"document_id", COPY_TEXT},
    {"title", COPY_TEXT},    {"version", COPY_TEXT}, {"section", COPY_TEXT},
    {"hash", COPY_HASH},     {"score", COPY_REAL},
};

static const struct copy_column guardrails[] = {
    {"id", COPY_ID},        {"message_id", COPY_ID}, {"session_id", COPY_TEXT},
    {"user_id", COPY_TEXT}, {"category", COPY_TEXT}, {"rule", COPY_TEXT},
    {"reason", COPY_TEXT},  {"matches", COPY_TEXT},  {"at", COPY_TIME},
};

static const struct copy_column feedback[] = {
    {"message_id", COPY_ID},
    {"rating", COPY_INT},
    {"comment", COPY_TEXT},
    {"at", COPY_TIME},
};

static const struct copy_column tickets[] = {
    {"number", COPY_INT},
    {"id", COPY_ID},
    {"session_id", COPY_TEXT},
    {"user_id", COPY_TEXT},
    {"user_role", COPY_TEXT},
    {"status", COPY_INT},
    {"tier", COPY_INT},
    {"severity", COPY_INT},
    {"requested_severity", COPY_INT},
    {"category", COPY_TEXT},
    {"kind", COPY_TEXT},
    {"summary", COPY_TEXT},
    {"description", COPY_TEXT},
    {"module", COPY_TEXT},
    {"assignee", COPY_TEXT},
    {"incident_id", COPY_TEXT},
    {"confidence", COPY_REAL},
    {"rules", COPY_JSON},
    {"kb_refs", COPY_JSON},
    {"details", COPY_JSON},
    {"context", COPY_JSON},
    {"attempts", COPY_JSON},
    {"due_at", COPY_TIME_OR_0},
    {"created_at", COPY_TIME},
    {"updated_at", COPY_TIME},
    {"resolved_at", COPY_TIME},
    {"version", COPY_INT},
};

static const struct copy_column ticket_sessions[] = {
    {"session_id", COPY_TEXT},
    {"number", COPY_INT},
    {"at", COPY_TIME},
};

static const struct copy_column ticket_events[] = {
    {"seq", COPY_INT},      {"number", COPY_INT}, {"kind", COPY_TEXT}, {"actor", COPY_TEXT},
    {"comment", COPY_TEXT}, {"body", COPY_JSON},  {"at", COPY_TIME},
};

static const struct copy_column outbox[] = {
    {"seq", COPY_INT},
    {"id", COPY_ID},
    {"kind", COPY_TEXT},
    {"subject", COPY_TEXT},
    {"body", COPY_JSON},
    {"at", COPY_TIME},
    {"lease_until", COPY_TIME_OR_0},
    {"deliveries", COPY_INT},
};

static const struct copy_column requests[] = {
    {"caller", COPY_TEXT},  {"request_id", COPY_TEXT},   {"body_hash", COPY_HASH},
    {"done", COPY_BOOL},    {"until", COPY_TIME},        {"reply", COPY_TEXT},
    {"ticket_id", COPY_ID}, {"ticket_number", COPY_INT},
};

static const struct copy_column days[] = {{"day", COPY_DAY}, {"body", COPY_JSON}};

static const struct copy_column numbers[] = {{"name", COPY_TEXT}, {"last", COPY_INT}};

static const struct copy_column collections[] = {
    {"name", COPY_TEXT},
    {"version", COPY_INT},
    {"model", COPY_TEXT}, /* of the space that it is searched in; NULL: none yet */
    {"dimensions", COPY_INT},
};

static const struct copy_column documents[] = {
    {"number", COPY_INT},    {"collection", COPY_TEXT}, {"id", COPY_TEXT},
    {"source", COPY_TEXT},   {"scope", COPY_TEXT},      {"title", COPY_TEXT},
    {"version", COPY_TEXT},  {"updated", COPY_TEXT},    {"standing", COPY_TEXT},
    {"language", COPY_TEXT}, {"roles", COPY_INT},       {"meta", COPY_TEXT},
    {"hash", COPY_HASH},     {"sections", COPY_INT},    {"changed", COPY_INT},
    {"at", COPY_TIME},
};

static const struct copy_column sections[] = {
    {"document", COPY_INT}, {"ordinal", COPY_INT},  {"id", COPY_ID},
    {"line", COPY_INT},     {"heading", COPY_TEXT}, {"text", COPY_TEXT},
    {"note", COPY_TEXT},    {"hash", COPY_HASH},    {"vector", COPY_VECTOR},
};

static const struct copy_column removed[] = {
    {"collection", COPY_TEXT},
    {"id", COPY_TEXT},
    {"changed", COPY_INT},
    {"at", COPY_TIME},
};

static const struct copy_column spaces[] = {
    {"collection", COPY_TEXT},
    {"model", COPY_TEXT},
    {"dimensions", COPY_INT},
};

static const struct copy_column vectors[] = {
    {"document", COPY_INT},   {"ordinal", COPY_INT},   {"model", COPY_TEXT},
    {"dimensions", COPY_INT}, {"vector", COPY_VECTOR},
};

#define TABLE(name, keys, columns, page, knowledge)                                                \
    { name, keys, sizeof(columns) / sizeof(columns)[0], columns, page, knowledge }

const struct copy_table copy_tables[COPY_TABLE_COUNT] = {
    [COPY_USERS] = TABLE("users", 1, users, ROWS, false),
    [COPY_TOKENS] = TABLE("api_tokens", 1, tokens, ROWS, false),
    [COPY_SESSIONS] = TABLE("chat_sessions", 1, sessions, ROWS, false),
    [COPY_MESSAGES] = TABLE("chat_messages", 3, messages, ROWS, false),
    [COPY_REFERENCES] = TABLE("kb_references", 2, references, ROWS, false),
    [COPY_GUARDRAILS] = TABLE("guardrails", 1, guardrails, ROWS, false),
    [COPY_FEEDBACK] = TABLE("feedback", 1, feedback, ROWS, false),
    [COPY_TICKETS] = TABLE("tickets", 1, tickets, FEW_ROWS, false),
    [COPY_TICKET_SESSIONS] = TABLE("ticket_sessions", 2, ticket_sessions, ROWS, false),
    [COPY_TICKET_EVENTS] = TABLE("ticket_events", 1, ticket_events, ROWS, false),
    [COPY_OUTBOX] = TABLE("outbox", 1, outbox, ROWS, false),
    [COPY_REQUESTS] = TABLE("idempotency", 2, requests, ROWS, false),
    [COPY_DAYS] = TABLE("metrics_days", 1, days, ROWS, false),
    [COPY_NUMBERS] = TABLE("numbers", 1, numbers, ROWS, false),
    [COPY_COLLECTIONS] = TABLE("collections", 1, collections, ROWS, true),
    [COPY_DOCUMENTS] = TABLE("kb_documents", 1, documents, FEW_ROWS, true),
    [COPY_SECTIONS] = TABLE("kb_sections", 2, sections, FEW_ROWS, true),
    [COPY_REMOVED] = TABLE("kb_removed", 2, removed, ROWS, true),
    [COPY_SPACES] = TABLE("other_spaces", 3, spaces, ROWS, true),
    [COPY_VECTORS] = TABLE("other_vectors", 4, vectors, FEW_ROWS, true),
};

esi_store_cell copy_least(enum copy_kind kind) {
    switch (kind) {
    case COPY_TEXT:
    case COPY_JSON:
    case COPY_HASH:
    case COPY_VECTOR:
        return (esi_store_cell){.kind = ESI_CELL_BYTES, .bytes = "", .size = 0};
    case COPY_ID:
        return (esi_store_cell){
            .kind = ESI_CELL_BYTES, .bytes = "00000000-0000-0000-0000-000000000000", .size = 36};
    case COPY_BOOL:
        return (esi_store_cell){.kind = ESI_CELL_NUMBER, .number = 0};
    case COPY_REAL:
    case COPY_INT:
    case COPY_TIME:
    case COPY_TIME_OR_0:
        break;
    case COPY_DAY: /* that a calendar has, still */
        return (esi_store_cell){.kind = ESI_CELL_NUMBER, .number = INT64_C(-62135596800000)};
    }
    return (esi_store_cell){.kind = ESI_CELL_NUMBER, .number = INT64_MIN};
}
