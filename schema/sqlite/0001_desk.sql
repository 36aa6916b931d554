-- The embedded store, first form. Ids are UUIDv7 in text, times milliseconds since 1970-01-01 UTC,
-- enumerations the numbers of esihelp/types.h, lists JSON. `seq` is the order of arrival.

PRAGMA application_id = 1163086152; -- "ESIH"
PRAGMA user_version = 1;            -- the number of this step

CREATE TABLE schema_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- ---- accounts -------------------------------------------------------------------------------

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 5),
    password TEXT,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL CHECK (kind IN (0, 1)), -- 0 a login, 1 a key
    name TEXT,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    used_at_ms INTEGER
) STRICT;
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- ---- sessions and what was said -------------------------------------------------------------

-- user_id is the host's word for a person: it needn't be one of ours.
CREATE TABLE chat_sessions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT,
    user_role TEXT,
    module TEXT,
    turns INTEGER NOT NULL DEFAULT 0 CHECK (turns >= 0),
    issues TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

-- Two rows a turn. What was decided stands beside the desk's answer.
CREATE TABLE chat_messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL CHECK (turn >= 1),
    from_desk INTEGER NOT NULL CHECK (from_desk IN (0, 1)),
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    act INTEGER CHECK (act BETWEEN 0 AND 6),
    coverage INTEGER CHECK (coverage BETWEEN 0 AND 3),
    category TEXT,
    tier INTEGER CHECK (tier BETWEEN 0 AND 3),
    severity INTEGER CHECK (severity BETWEEN 0 AND 3),
    escalated INTEGER CHECK (escalated IN (0, 1)),
    blocked INTEGER CHECK (blocked IN (0, 1)),
    interrupted INTEGER CHECK (interrupted IN (0, 1)),
    confidence REAL,
    rules TEXT,
    model TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    elapsed_ms INTEGER,
    UNIQUE (session_id, turn, from_desk),
    CHECK ((from_desk = 1) = (act IS NOT NULL))
) STRICT;
-- All that the metrics read of a message, so that they needn't touch its text.
CREATE INDEX chat_messages_time ON chat_messages
    (at_ms, from_desk, session_id, coverage, blocked, escalated, confidence, input_tokens,
     output_tokens);

-- What an answer cited, as it was then: the documents may change and go.
CREATE TABLE kb_references (
    message_id TEXT NOT NULL REFERENCES chat_messages (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    document_id TEXT NOT NULL,
    title TEXT,
    version TEXT,
    section TEXT,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    score REAL NOT NULL,
    PRIMARY KEY (message_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE guardrails (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    message_id TEXT NOT NULL UNIQUE REFERENCES chat_messages (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    user_id TEXT,
    category TEXT NOT NULL,
    rule TEXT,
    reason TEXT,
    matches TEXT,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX guardrails_time ON guardrails (at_ms, category);

CREATE TABLE feedback (
    message_id TEXT NOT NULL PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    rating INTEGER NOT NULL CHECK (rating IN (-1, 1)),
    comment TEXT,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_time ON feedback (at_ms, rating);

-- ---- tickets --------------------------------------------------------------------------------

CREATE TABLE tickets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT REFERENCES chat_sessions (id) ON DELETE SET NULL,
    user_id TEXT,
    user_role TEXT,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),
    tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),
    severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 3),
    requested_severity INTEGER CHECK (requested_severity BETWEEN 0 AND 3),
    category TEXT NOT NULL,
    kind TEXT NOT NULL,
    summary TEXT,
    description TEXT,
    module TEXT,
    assignee TEXT,
    incident_id TEXT,
    confidence REAL NOT NULL,
    rules TEXT,
    kb_refs TEXT,
    details TEXT,
    context TEXT,
    attempts TEXT,
    due_at_ms INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    resolved_at_ms INTEGER,
    version INTEGER NOT NULL
) STRICT;
-- A session has one open ticket of a category.
CREATE UNIQUE INDEX tickets_open ON tickets (session_id, category) WHERE status IN (0, 1);
CREATE INDEX tickets_open_user ON tickets (user_id, category, kind, created_at_ms)
    WHERE status IN (0, 1);
CREATE INDEX tickets_session ON tickets (session_id);
CREATE INDEX tickets_user ON tickets (user_id);
CREATE INDEX tickets_status ON tickets (status);
CREATE INDEX tickets_assignee ON tickets (assignee) WHERE assignee IS NOT NULL;
CREATE INDEX tickets_time ON tickets
    (created_at_ms, status, tier, severity, category, resolved_at_ms);

-- Which sessions a ticket holds: its own, and those that joined it.
CREATE TABLE ticket_sessions (
    session_id TEXT NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_sessions_number ON ticket_sessions (number);

CREATE TABLE ticket_events (
    seq INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'joined', 'changed', 'comment')),
    actor TEXT,
    comment TEXT,
    body TEXT,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_events_number ON ticket_events (number);

-- ---- the knowledge base ---------------------------------------------------------------------

CREATE TABLE embedding_spaces (
    number INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    dimensions INTEGER NOT NULL CHECK (dimensions BETWEEN 1 AND 65536),
    UNIQUE (model, dimensions)
) STRICT;

CREATE TABLE collections (
    name TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    space INTEGER REFERENCES embedding_spaces (number)
) STRICT, WITHOUT ROWID;

CREATE TABLE kb_documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL REFERENCES collections (name),
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    scope TEXT NOT NULL,
    title TEXT NOT NULL,
    version TEXT NOT NULL,
    updated TEXT NOT NULL,
    standing TEXT NOT NULL
        CHECK (standing IN ('current', 'deprecated', 'superseded', 'quarantined', 'undated')),
    language TEXT NOT NULL,
    roles INTEGER NOT NULL,
    meta TEXT,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    sections INTEGER NOT NULL,
    changed INTEGER NOT NULL, -- the collection's version that brought it
    at_ms INTEGER NOT NULL,
    UNIQUE (collection, id),
    UNIQUE (collection, source)
) STRICT;
CREATE INDEX kb_documents_changed ON kb_documents (collection, changed);

-- The sections of the documents, each with its vector (little-endian float32).
CREATE TABLE embeddings (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES kb_documents (number) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    line INTEGER NOT NULL,
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    note TEXT,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    vector BLOB CHECK (length(vector) % 4 = 0),
    UNIQUE (document, ordinal)
) STRICT;

-- Documents that are gone, so that a reader who was away learns of it.
CREATE TABLE kb_removed (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (collection, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX kb_removed_changed ON kb_removed (collection, changed);

-- ---- around it ------------------------------------------------------------------------------

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Requests that must not happen twice: claimed until then, or done and remembered until then.
CREATE TABLE idempotency (
    seq INTEGER PRIMARY KEY,
    caller TEXT NOT NULL,
    request_id TEXT NOT NULL,
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    done INTEGER NOT NULL CHECK (done IN (0, 1)),
    until_ms INTEGER NOT NULL,
    reply TEXT,
    ticket_id TEXT,
    ticket_number INTEGER,
    UNIQUE (caller, request_id)
) STRICT;
CREATE INDEX idempotency_until ON idempotency (until_ms);

-- Totals of closed days; they outlive the rows that they were counted from.
CREATE TABLE metrics_days (
    day_ms INTEGER PRIMARY KEY CHECK (day_ms % 86400000 = 0),
    body TEXT NOT NULL
) STRICT;
