-- Vectors by what they were made of, so that none is made, and paid for, twice; and who makes those
-- that a collection misses.

PRAGMA user_version = 4; -- the number of this step

CREATE TABLE known_spaces (
    space INTEGER PRIMARY KEY REFERENCES embedding_spaces (number),
    vectors INTEGER NOT NULL -- how many known_vectors has of it
) STRICT;

CREATE TABLE known_vectors (
    number INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES known_spaces (space) ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    used_at_ms INTEGER NOT NULL, -- to the day: a vector is long, and written anew with its row
    vector BLOB NOT NULL CHECK (length(vector) % 4 = 0),
    UNIQUE (space, hash)
) STRICT;
CREATE INDEX known_vectors_used ON known_vectors (space, used_at_ms);

CREATE TABLE space_leases (
    collection TEXT PRIMARY KEY,
    who TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
