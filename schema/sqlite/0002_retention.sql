-- What a purge and an erasure look for.

PRAGMA user_version = 2; -- the number of this step

CREATE INDEX chat_sessions_user ON chat_sessions (user_id) WHERE user_id IS NOT NULL;
-- Not by the time of the last turn, which each turn would have to write.
CREATE INDEX chat_sessions_created ON chat_sessions (created_at_ms);

-- When a document went: those who read the knowledge base learn of it within moments.
ALTER TABLE kb_removed ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
