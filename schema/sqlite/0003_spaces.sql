-- Embedding spaces beside the one that a collection is searched in: one that is being made, or one
-- that it left. Their vectors stand apart, so that the live ones are found where they always were.

PRAGMA user_version = 3; -- the number of this step

CREATE TABLE other_spaces (
    collection TEXT NOT NULL REFERENCES collections (name),
    space INTEGER NOT NULL REFERENCES embedding_spaces (number),
    PRIMARY KEY (collection, space)
) STRICT, WITHOUT ROWID;

CREATE TABLE other_vectors (
    section INTEGER NOT NULL REFERENCES embeddings (number) ON DELETE CASCADE,
    space INTEGER NOT NULL REFERENCES embedding_spaces (number),
    vector BLOB NOT NULL CHECK (length(vector) % 4 = 0),
    UNIQUE (section, space)
) STRICT;
