-- What models cost, and which answers were made without the one that was to write them.

PRAGMA user_version = 5; -- the number of this step

ALTER TABLE chat_sessions ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0 CHECK (tokens >= 0);
ALTER TABLE chat_sessions ADD COLUMN cost INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0);
UPDATE chat_sessions SET tokens = m.tokens
FROM (SELECT session_id, sum(input_tokens + output_tokens) AS tokens FROM chat_messages
      GROUP BY session_id) AS m
WHERE m.session_id = chat_sessions.id AND m.tokens > 0;

-- cost: millionths of a unit of money. advice: JSON.
ALTER TABLE chat_messages ADD COLUMN cost INTEGER;
ALTER TABLE chat_messages ADD COLUMN fallback TEXT;
ALTER TABLE chat_messages ADD COLUMN advice TEXT;

-- All that the metrics read of a message, so that they needn't touch its text.
DROP INDEX chat_messages_time;
CREATE INDEX chat_messages_time ON chat_messages
    (at_ms, from_desk, session_id, coverage, blocked, escalated, confidence, input_tokens,
     output_tokens, cost, fallback);
