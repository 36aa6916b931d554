-- Documents that are put and removed, and their embedding spaces: what has to decide inside a visit.
-- Whoever writes to a collection has its row locked first, until its transaction ends: two servers
-- that bring one document leave one of it, and each change has a version of its own.
-- SQLSTATEs: ES001 a conflict, ES005 another embedding space.

-- The collection's row, locked; made where it doesn't exist.
CREATE FUNCTION esi_collection(p_name text) RETURNS collections
LANGUAGE plpgsql AS $$
DECLARE
    c collections;
BEGIN
    LOOP
        SELECT * INTO c FROM collections WHERE name = p_name FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO collections (name, version) VALUES (p_name, 0) ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN c;
END
$$;

-- The number of the collection's space of that model; made where it doesn't exist.
CREATE FUNCTION esi_space(p_collection integer, p_model text, p_dimensions bigint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    n integer;
BEGIN
    SELECT s.number INTO n FROM embedding_spaces s
    WHERE s.collection = p_collection AND s.model = p_model AND s.dimensions = p_dimensions;
    IF NOT FOUND THEN
        INSERT INTO embedding_spaces (collection, model, dimensions)
        VALUES (p_collection, p_model, p_dimensions::integer) RETURNING number INTO n;
    END IF;
    RETURN n;
END
$$;

-- Vectors of another space than the collection's are refused; one without documents takes whatever
-- space comes.
CREATE FUNCTION esi_space_fit(c collections, p_model text, p_dimensions bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    has embedding_spaces;
BEGIN
    IF p_model IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO has FROM embedding_spaces s WHERE s.number = c.space;
    IF has.model = p_model AND has.dimensions = p_dimensions THEN
        RETURN;
    END IF;
    IF has.model IS NOT NULL AND EXISTS (SELECT FROM kb_documents WHERE collection = c.number) THEN
        RAISE EXCEPTION USING ERRCODE = 'ES005', MESSAGE = format(
            'the collection holds vectors of "%s" (%s dimensions), not of "%s" (%s): use that '
            'model, or make them anew with "esihelp reembed"',
            has.model, has.dimensions, p_model, p_dimensions);
    END IF;
    UPDATE collections SET space = esi_space(c.number, p_model, p_dimensions)
    WHERE number = c.number;
    DELETE FROM embedding_spaces s WHERE s.number = c.space;
END
$$;

-- One document with its sections, in place of the one with its id and the one with its source. Their
-- vectors come with the next statement. False: it is there already, by a first try whose answer was
-- lost.
CREATE FUNCTION esi_kb_upsert(
    p_name text, p_model text, p_dimensions bigint,
    p_id text, p_source text, p_scope text, p_title text, p_version text, p_updated text,
    p_standing text, p_language text, p_roles bigint, p_meta text, p_hash bytea, p_at timestamptz,
    p_sections uuid[], p_ordinals bigint[], p_lines bigint[], p_headings text[], p_texts text[],
    p_notes text[], p_hashes bytea[], p_words text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    c collections := esi_collection(p_name);
    d bigint;
BEGIN
    PERFORM esi_space_fit(c, p_model, p_dimensions);
    PERFORM FROM kb_documents k
        JOIN kb_sections s ON s.document = k.number AND s.id = p_sections[1]
        WHERE k.collection = c.number AND k.id = p_id AND k.hash = p_hash;
    IF FOUND THEN
        RETURN false;
    END IF;
    WITH gone AS (
        DELETE FROM kb_documents k
        WHERE k.collection = c.number AND (k.id = p_id OR k.source = p_source) RETURNING k.id)
    INSERT INTO kb_removed (collection, id, changed, at)
    SELECT c.number, g.id, c.version + 1, p_at FROM gone g WHERE g.id <> p_id
    ON CONFLICT (collection, id) DO UPDATE SET changed = excluded.changed, at = excluded.at;
    DELETE FROM kb_removed r WHERE r.collection = c.number AND r.id = p_id;
    INSERT INTO kb_documents (collection, id, source, scope, title, version, updated, standing,
        language, roles, meta, hash, sections, changed, at)
    VALUES (c.number, p_id, p_source, p_scope, p_title, p_version, p_updated, p_standing,
        p_language, p_roles, p_meta, p_hash, cardinality(p_sections), c.version + 1, p_at)
    RETURNING number INTO d;
    INSERT INTO kb_sections (id, document, collection, roles, searched, ordinal, line, heading,
        text, note, hash, words)
    SELECT s.id, d, c.number, p_roles, p_standing <> 'quarantined', s.ordinal, s.line, s.heading,
        s.text, s.note, s.hash, array_to_tsvector(string_to_array(s.words, E'\n'))
    FROM unnest(p_sections, p_ordinals, p_lines, p_headings, p_texts, p_notes, p_hashes, p_words)
        AS s (id, ordinal, line, heading, text, note, hash, words);
    UPDATE collections SET version = c.version + 1 WHERE number = c.number;
    RETURN true;
END
$$;

-- How many of the documents were there.
CREATE FUNCTION esi_kb_remove(p_name text, p_ids text[], p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    c collections;
    n bigint;
BEGIN
    SELECT * INTO c FROM collections WHERE name = p_name FOR NO KEY UPDATE;
    WITH gone AS (
        DELETE FROM kb_documents k WHERE k.collection = c.number AND k.id = ANY (p_ids)
        RETURNING k.id)
    INSERT INTO kb_removed (collection, id, changed, at)
    SELECT c.number, g.id, c.version + 1, p_at FROM gone g
    ON CONFLICT (collection, id) DO UPDATE SET changed = excluded.changed, at = excluded.at;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
        UPDATE collections SET version = c.version + 1 WHERE number = c.number;
    END IF;
    RETURN n;
END
$$;

-- Moves a collection that is at that version to another space, without a vector in it; those of
-- other spaces go. The vectors come with the next statements of the transaction.
CREATE FUNCTION esi_kb_respace(p_name text, p_version bigint, p_model text, p_dimensions bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c collections := esi_collection(p_name);
    n integer;
BEGIN
    IF c.version <> p_version THEN
        RAISE EXCEPTION USING ERRCODE = 'ES001',
            MESSAGE = 'the documents changed meanwhile: look again';
    END IF;
    n := esi_space(c.number, p_model, p_dimensions);
    UPDATE collections SET space = n, version = c.version + 1, spaced = c.version + 1
    WHERE number = c.number;
    DELETE FROM embedding_spaces s WHERE s.collection = c.number AND s.number <> n;
    DELETE FROM embeddings e WHERE e.space = n;
END
$$;

-- A space beside the live one, or the live one itself; made where it doesn't exist. Gives how many
-- sections have no vector in it.
CREATE FUNCTION esi_space_begin(p_name text, p_model text, p_dimensions bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    c collections := esi_collection(p_name);
    n integer := esi_space(c.number, p_model, p_dimensions);
BEGIN
    RETURN (SELECT count(*) FROM kb_sections s WHERE s.collection = c.number AND NOT EXISTS
        (SELECT FROM embeddings e WHERE e.section = s.number AND e.space = n));
END
$$;

-- Makes a space the live one: one row is written. Not while a section has no vector in it.
CREATE FUNCTION esi_space_swap(p_name text, p_model text, p_dimensions bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c collections := esi_collection(p_name);
    n integer := esi_space(c.number, p_model, p_dimensions);
BEGIN
    IF EXISTS (SELECT FROM kb_sections s WHERE s.collection = c.number AND NOT EXISTS
        (SELECT FROM embeddings e WHERE e.section = s.number AND e.space = n)) THEN
        RAISE EXCEPTION USING ERRCODE = 'ES001',
            MESSAGE = 'sections came meanwhile that have no vector in the new space: go on';
    END IF;
    UPDATE collections SET space = n, version = c.version + 1, spaced = c.version + 1
    WHERE number = c.number;
END
$$;

-- Removes all spaces of a collection but the live one, with their vectors.
CREATE FUNCTION esi_space_drop(p_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    c collections;
    n bigint;
BEGIN
    SELECT * INTO c FROM collections WHERE name = p_name FOR NO KEY UPDATE;
    DELETE FROM embedding_spaces s
    WHERE s.collection = c.number AND s.number IS DISTINCT FROM c.space;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
