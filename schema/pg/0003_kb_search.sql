-- Candidates for a question, found by the database: sections that have its words, and sections
-- whose vectors are near its own, of one collection and of what a role may see. What is found is
-- ranked by the library. Plans are made once for a backend: to plan for each question costs as much as
-- to search.

-- A word as a query, whatever is in it.
CREATE FUNCTION esi_lexeme(word text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''')::tsquery
$$;

-- How much a word tells that so many of the sections have.
CREATE FUNCTION esi_rarity(has double precision, sections double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ln(1 + (greatest(sections, has) - has + 0.5) / (has + 0.5))
$$;

-- Sections by words. Words that up to `few` sections have find all of those; of the others, which
-- stand nearly everywhere, all together find some. What is found is ordered by how much the words
-- tell that it has. counts: how many sections have each word; beyond `few` that is what the planner
-- knows, or `few` where it knows nothing.
CREATE FUNCTION esi_kb_words(p_collection integer, p_words text[], p_role bigint, p_most integer,
    p_sections bigint, OUT counts bigint[], OUT numbers bigint[])
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    few CONSTANT integer := 1000;
    total double precision := p_sections;
    rare bigint[];
    rare_scores double precision[];
    common tsquery[];
    common_scores double precision[];
    every bigint[] := '{}';
BEGIN
    WITH hit AS MATERIALIZED (
        SELECT w.ord, s.number, s.roles
        FROM unnest(p_words) WITH ORDINALITY AS w (word, ord),
            LATERAL (SELECT x.number, x.roles FROM kb_sections x
                WHERE x.words @@ esi_lexeme(w.word) AND x.collection = p_collection AND x.searched
                LIMIT few + 1) s
    ), n AS (
        SELECT w.ord, count(h.number) AS n
        FROM generate_subscripts(p_words, 1) AS w (ord) LEFT JOIN hit h USING (ord) GROUP BY w.ord
    ), scored AS (
        SELECT h.number, sum(esi_rarity(n.n, total)) AS score
        FROM hit h JOIN n USING (ord)
        WHERE n.n <= few AND (p_role = 0 OR h.roles = 0 OR h.roles & p_role <> 0)
        GROUP BY h.number ORDER BY score DESC, h.number LIMIT 3 * p_most
    )
    SELECT (SELECT array_agg(n.n ORDER BY n.ord) FROM n),
        (SELECT array_agg(s.number ORDER BY s.score DESC, s.number) FROM scored s),
        (SELECT array_agg(s.score ORDER BY s.score DESC, s.number) FROM scored s)
    INTO counts, rare, rare_scores;

    IF few < ANY (counts) THEN
        SELECT array_agg(coalesce(
                CASE WHEN c.n > few THEN greatest(few, (k.share * p_sections)::bigint) END, c.n)
            ORDER BY c.ord)
        INTO counts
        FROM unnest(counts) WITH ORDINALITY AS c (n, ord)
            LEFT JOIN (SELECT e.word, e.share FROM pg_stats t,
                    unnest(t.most_common_elems::text::text[], t.most_common_elem_freqs)
                        AS e (word, share)
                WHERE t.schemaname = current_schema AND t.tablename = 'kb_sections'
                    AND t.attname = 'words' AND e.word = ANY (p_words)) k
                ON k.word = p_words[c.ord];
        SELECT array_agg(esi_lexeme(p_words[c.ord])), array_agg(esi_rarity(c.n, total))
        INTO common, common_scores
        FROM unnest(counts) WITH ORDINALITY AS c (n, ord) WHERE c.n >= few;
        SELECT array(SELECT x.number FROM kb_sections x
            WHERE x.words @@ (SELECT string_agg(q::text, ' & ')::tsquery FROM unnest(common) q)
                AND x.collection = p_collection AND x.searched
                AND (p_role = 0 OR x.roles = 0 OR x.roles & p_role <> 0)
            LIMIT 3 * p_most)
        INTO every;
        IF cardinality(every) + coalesce(cardinality(rare), 0) < p_most THEN
            SELECT every || array(SELECT x.number FROM kb_sections x
                WHERE x.words @@ (SELECT q FROM unnest(common, common_scores) AS c (q, score)
                        ORDER BY score DESC LIMIT 1)
                    AND x.collection = p_collection AND x.searched
                    AND (p_role = 0 OR x.roles = 0 OR x.roles & p_role <> 0)
                LIMIT 3 * p_most)
            INTO every;
        END IF;
        SELECT array(SELECT p.number
            FROM (SELECT f.number, max(f.score) AS score
                FROM (SELECT * FROM unnest(rare, rare_scores)
                    UNION ALL SELECT e, 0 FROM unnest(every) e) AS f (number, score)
                GROUP BY f.number) p
                JOIN kb_sections x USING (number)
            ORDER BY p.score + (SELECT coalesce(sum(c.score), 0)
                FROM unnest(common, common_scores) AS c (q, score) WHERE x.words @@ c.q) DESC,
                p.number
            LIMIT p_most)
        INTO numbers;
    ELSE
        numbers := coalesce(rare[1:p_most], '{}');
    END IF;
END
$$;

-- Sections whose vectors are near, `p_most` of what the role may see: exact where that is little, or
-- where the space has no index. The index may give fewer than there are: then all are looked at.
-- way: 1 exact, 2 by the index; short: 1 where the index gave too few. The space's number and length
-- are constants of the statement, or its index wouldn't be taken.
CREATE FUNCTION esi_kb_near(p_space integer, p_dimensions integer, p_vector vector, p_role bigint,
    p_most bigint, OUT numbers bigint[], OUT way integer, OUT short integer)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    few CONSTANT integer := 8000;
    seen bigint[]; -- the sets of roles that this role is in
    n bigint;
    type text := CASE WHEN p_dimensions > 2000 THEN 'halfvec' ELSE 'vector' END;
BEGIN
    WITH RECURSIVE m (roles) AS (
        (SELECT e.roles FROM embeddings e WHERE e.space = p_space ORDER BY e.roles LIMIT 1)
        UNION ALL
        SELECT (SELECT e.roles FROM embeddings e WHERE e.space = p_space AND e.roles > m.roles
            ORDER BY e.roles LIMIT 1)
        FROM m WHERE m.roles IS NOT NULL)
    SELECT array_agg(m.roles) INTO seen FROM m
    WHERE p_role = 0 OR m.roles = 0 OR m.roles & p_role <> 0;
    SELECT count(*) INTO n FROM (SELECT FROM embeddings e
        WHERE e.space = p_space AND e.roles = ANY (seen) AND e.searched LIMIT few + 1) e;
    short := 0;
    IF n > few AND EXISTS (SELECT FROM pg_index i WHERE i.indisvalid
            AND i.indexrelid = to_regclass('embeddings_space_' || p_space)) THEN
        way := 2;
        PERFORM set_config('hnsw.iterative_scan', 'relaxed_order', true),
            set_config('hnsw.ef_search', least(1000, greatest(200, 2 * p_most))::text, true),
            set_config('hnsw.max_scan_tuples', '40000', true);
        EXECUTE format('SELECT array(SELECT e.section FROM embeddings e WHERE e.space = %1$s '
            'AND e.searched AND ($2 = 0 OR e.roles = 0 OR e.roles & $2 <> 0) '
            'ORDER BY e.vector::%2$s(%3$s) <=> $1::%2$s(%3$s) LIMIT $3)',
            p_space, type, p_dimensions)
        INTO numbers USING p_vector, p_role, p_most;
        IF cardinality(numbers) >= least(n, p_most) THEN
            RETURN;
        END IF;
        short := 1;
    END IF;
    way := 1;
    EXECUTE 'SELECT array(SELECT e.section FROM embeddings e WHERE e.space = $4 '
        'AND e.roles = ANY ($2) AND e.searched ORDER BY e.vector <=> $1 LIMIT $3)'
    INTO numbers USING p_vector, seen, p_most, p_space;
END
$$;

-- What was found in one visit: a row of kind 0 with the collection's version (a), the way that the
-- vectors were searched (b) and whether the index gave too few (c); one of kind 1 for each word with
-- how many sections have it (a); and one of kind 2 for each section, the document in the first of
-- its sections. p_sections: about how many sections the collection has. SQLSTATE: ES005 (the vector
-- is of another length than the collection's).
CREATE FUNCTION esi_kb_search(p_name text, p_words text[], p_vector vector, p_role bigint,
    p_most bigint, p_sections bigint)
RETURNS TABLE (kind integer, a bigint, b bigint, c bigint, id text, source text, title text,
    version text, updated text, standing text, language text, roles bigint, meta text,
    section uuid, ordinal integer, line integer, heading text, body text, note text,
    embedding vector)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    k record;
    w record;
    near record;
BEGIN
    SELECT x.number, x.version, x.space, s.dimensions INTO k
    FROM collections x LEFT JOIN embedding_spaces s ON s.number = x.space WHERE x.name = p_name;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 0, 0::bigint, 0::bigint, 0::bigint, NULL::text, NULL::text, NULL::text,
            NULL::text, NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::uuid,
            NULL::integer, NULL::integer, NULL::text, NULL::text, NULL::text, NULL::vector;
        RETURN;
    END IF;
    SELECT * INTO w FROM esi_kb_words(k.number, p_words, p_role, p_most::integer, p_sections);
    IF p_vector IS NOT NULL AND k.space IS NOT NULL THEN
        IF vector_dims(p_vector) <> k.dimensions THEN
            RAISE EXCEPTION USING ERRCODE = 'ES005', MESSAGE = format(
                'the collection''s vectors have %s dimensions, the question''s has %s',
                k.dimensions, vector_dims(p_vector));
        END IF;
        SELECT * INTO near FROM esi_kb_near(k.space, k.dimensions, p_vector, p_role, p_most);
    ELSE
        SELECT '{}'::bigint[] AS numbers, 0 AS way, 0 AS short INTO near;
    END IF;
    RETURN QUERY
    SELECT 0, k.version, near.way::bigint, near.short::bigint, NULL::text, NULL::text, NULL::text,
        NULL::text, NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::uuid,
        NULL::integer, NULL::integer, NULL::text, NULL::text, NULL::text, NULL::vector
    UNION ALL
    SELECT 1, x.n, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL
    FROM unnest(w.counts) AS x (n);
    RETURN QUERY
    SELECT 2, NULL::bigint, NULL::bigint, NULL::bigint, d.id, d.source, d.title, d.version,
        d.updated, d.standing, d.language, s.roles, CASE WHEN s.ordinal = min(s.ordinal)
            OVER (PARTITION BY s.document) THEN d.meta END,
        s.id, s.ordinal, s.line, s.heading, s.text, s.note, e.vector
    FROM (SELECT unnest(w.numbers) UNION SELECT unnest(near.numbers)) AS x (number)
        JOIN kb_sections s ON s.number = x.number
        JOIN kb_documents d ON d.number = s.document
        LEFT JOIN embeddings e ON e.section = s.number AND e.space = k.space
    ORDER BY d.id, s.ordinal;
END
$$;
