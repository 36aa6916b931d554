-- What the walk does to the case database: a session is loaded, a turn is committed, a ticket opens
-- or is joined. Each is one call. Functions, because what has to be decided on the way must not
-- cost a round trip, and because their plans stay in the server also behind a pooler.
--
-- Locks are taken in one order, so that no two calls wait for each other: the request
-- (idempotency), the session, the person (an advisory lock), tickets by their numbers,
-- ticket_numbers. The last is one row that everybody needs who opens a ticket: nothing comes after
-- it that could wait.
--
-- A session's tickets are looked up by their numbers, whatever the planner thinks of a table that
-- was never analyzed (LATERAL with OFFSET 0): else it reads all that are open.
--
-- Errors of class ES are the library's: ES001 conflict, ES002 not found, ES003 under way, ES004
-- another body, ES007 too large.

-- ---- words ----------------------------------------------------------------------------------

CREATE FUNCTION esi_status_name(p_status smallint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['OPEN', 'IN_PROGRESS', 'RESOLVED', 'CLOSED'])[p_status + 1]
$$;

CREATE FUNCTION esi_tier_name(p_tier smallint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['TIER_0', 'TIER_1', 'TIER_2', 'TIER_3'])[p_tier + 1]
$$;

CREATE FUNCTION esi_severity_name(p_severity smallint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])[p_severity + 1]
$$;

-- RFC 3339 in UTC with milliseconds.
CREATE FUNCTION esi_time_text(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- ---- requests that must not happen twice ----------------------------------------------------

-- Looks at a claim and takes it where it is free: 0 ours, 1 another call's, 2 done, 3 another body.
-- One whose time is up counts as if it weren't there. p_holder is the call's own: sent again, it
-- finds what it took.
CREATE FUNCTION esi_claim_take(
    p_caller text, p_request text, p_body bytea, p_holder bigint, p_now timestamptz,
    p_until timestamptz,
    OUT state smallint, OUT stored_reply text, OUT stored_id uuid, OUT stored_number bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_row idempotency;
BEGIN
    INSERT INTO idempotency AS i (caller, request_id, body_hash, holder, done, until)
    VALUES (p_caller, p_request, p_body, p_holder, false, p_until)
    ON CONFLICT (caller, request_id) DO UPDATE
    SET body_hash = excluded.body_hash, holder = excluded.holder, done = false,
        until = excluded.until, reply = NULL, ticket_id = NULL, ticket_number = NULL
    WHERE i.until <= p_now;
    IF FOUND THEN
        state := 0;
        -- Several at a time and seldom: so the table stays as large as two days are, at little
        -- cost.
        IF random() < 0.05 THEN
            DELETE FROM idempotency WHERE (caller, request_id) IN (
                SELECT o.caller, o.request_id FROM idempotency o WHERE o.until < p_now
                ORDER BY o.until LIMIT 100 FOR UPDATE SKIP LOCKED);
        END IF;
        RETURN;
    END IF;
    -- The row is locked by what was tried above: it is still there.
    SELECT * INTO v_row FROM idempotency i WHERE i.caller = p_caller AND i.request_id = p_request;
    IF v_row.body_hash <> p_body THEN
        state := 3;
    ELSIF v_row.done THEN
        state := 2;
        stored_reply := v_row.reply;
        stored_id := v_row.ticket_id;
        stored_number := v_row.ticket_number;
    ELSE
        state := CASE WHEN v_row.holder = p_holder THEN 0 ELSE 1 END;
    END IF;
END
$$;

-- ---- a session is loaded --------------------------------------------------------------------

-- The session as a row (row_kind 0), then, where there is something to do, its newest messages,
-- newest first (1), and its open tickets, oldest first (2). Another person's session ends it before
-- anything is claimed. Without a request nothing is written. A claim needn't outlive a power cut.
--   0: flag exists, a issues, b reply, id and n its ticket, x claim (-1: foreign), y turns,
--      z version
--   1: flag from the desk, a text, at
--   2: n number, a category, b kind, x tier, y severity
CREATE FUNCTION esi_session_load(
    p_session text, p_user text, p_history bigint, p_tickets bigint, p_collection text,
    p_caller text, p_request text, p_body bytea, p_holder bigint, p_now timestamptz,
    p_until timestamptz)
RETURNS TABLE (row_kind smallint, id uuid, flag boolean, n bigint, a text, b text, x smallint,
               y bigint, z bigint, at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    v_session record;
    v_claim record;
BEGIN
    SELECT s.user_id, s.turns, s.issues INTO v_session FROM chat_sessions s WHERE s.id = p_session;
    row_kind := 0;
    flag := FOUND;
    x := 0;
    IF flag AND v_session.user_id IS DISTINCT FROM p_user THEN
        x := -1;
        RETURN NEXT;
        RETURN;
    END IF;
    a := v_session.issues;
    y := v_session.turns;
    IF p_request IS NOT NULL THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        v_claim := esi_claim_take(p_caller, p_request, p_body, p_holder, p_now, p_until);
        x := v_claim.state;
        b := v_claim.stored_reply;
        id := v_claim.stored_id;
        n := v_claim.stored_number;
    END IF;
    IF p_collection IS NOT NULL THEN
        z := (SELECT c.version FROM collections c WHERE c.name = p_collection);
    END IF;
    RETURN NEXT;
    IF NOT flag OR x <> 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT 1::smallint, m.id, m.from_desk, NULL::bigint, m.text, NULL, NULL::smallint,
               NULL::bigint, NULL::bigint, m.at
        FROM chat_messages m WHERE m.session_id = p_session
        ORDER BY m.turn DESC, m.from_desk DESC LIMIT p_history;
    RETURN QUERY
        SELECT 2::smallint, t.id, NULL::boolean, t.number, t.category, t.kind,
               t.tier::smallint, t.severity::bigint, NULL::bigint, NULL::timestamptz
        FROM ticket_sessions s
        CROSS JOIN LATERAL (SELECT x.* FROM tickets x WHERE x.number = s.number OFFSET 0) t
        WHERE s.session_id = p_session AND t.status IN (0, 1)
        ORDER BY s.number LIMIT p_tickets;
END
$$;

-- ---- a ticket's lists -----------------------------------------------------------------------

-- By what an entry is known. p_kind: 0 strings, 1 pairs [name, value], 2 attempts [step, at,
-- worked].
CREATE FUNCTION esi_list_key(p_entry json, p_kind integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kind WHEN 0 THEN p_entry #>> '{}' WHEN 1 THEN p_entry ->> 0
                       ELSE (p_entry ->> 1) || ' ' || (p_entry ->> 0) END
$$;

-- What is known after a ticket was joined, as facts_merge has it: entries in the order in which
-- they came first, at most 200; of two with one key the later one wins, but an unknown value never
-- wins over a known one. Either list alone has each key once.
CREATE FUNCTION esi_list_merge(p_old json, p_more json, p_kind integer) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    v_merged text;
BEGIN
    IF p_more IS NULL OR p_old::text = p_more::text THEN
        RETURN p_old;
    ELSIF p_old IS NULL THEN
        RETURN p_more;
    END IF;
    IF json_array_length(p_old) + json_array_length(p_more) > 200 THEN
        -- A list that is full takes nothing more, not even another value of what it has.
        SELECT json_agg(e.value ORDER BY e.ordinality) INTO p_more
        FROM (SELECT n.value, n.ordinality, k.fresh,
                     sum(k.fresh) OVER (ORDER BY n.ordinality) - k.fresh AS added
              FROM json_array_elements(p_more) WITH ORDINALITY n
              CROSS JOIN LATERAL (
                  SELECT (NOT EXISTS (
                      SELECT FROM json_array_elements(p_old) o
                      WHERE esi_list_key(o.value, p_kind) = esi_list_key(n.value, p_kind)))::integer
                         AS fresh) k) e
        WHERE json_array_length(p_old) + e.added < 200;
    END IF;
    SELECT '[' || string_agg(
               (CASE WHEN o.value IS NULL OR n.value IS NOT NULL
                          AND (p_kind <> 1 OR n.value ->> 1 IS NOT NULL)
                     THEN n.value ELSE o.value END)::text,
               ',' ORDER BY o.ordinality, n.ordinality) || ']' INTO v_merged
    FROM json_array_elements(p_old) WITH ORDINALITY o
    FULL JOIN json_array_elements(p_more) WITH ORDINALITY n
        ON esi_list_key(n.value, p_kind) = esi_list_key(o.value, p_kind);
    IF octet_length(v_merged) > 1048576 THEN
        RAISE EXCEPTION 'a ticket''s list is larger than 1048576 bytes' USING ERRCODE = 'ES007';
    END IF;
    RETURN v_merged;
END
$$;

-- ---- what happened to a ticket --------------------------------------------------------------

-- Adds it to the ticket's history, and to the outbox with the ticket as it is now.
CREATE FUNCTION esi_ticket_tell(
    p_ticket tickets, p_kind text, p_announced text, p_actor text, p_comment text, p_body json,
    p_at timestamptz, p_event uuid)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_events (number, kind, actor, comment, body, at, announced)
    VALUES (p_ticket.number, p_kind, p_actor, p_comment, p_body, p_at, p_event);
    INSERT INTO outbox (id, kind, subject, body, at)
    SELECT p_event, p_announced, p_ticket.id, row_to_json(told), p_at
    FROM (SELECT p_kind AS "event", p_actor AS "actor", p_comment AS "comment",
                 p_ticket.id AS "ticketId", p_ticket.number AS "number",
                 p_ticket.session_id AS "sessionId", esi_status_name(p_ticket.status) AS "status",
                 esi_tier_name(p_ticket.tier) AS "tier",
                 esi_severity_name(p_ticket.severity) AS "severity",
                 p_ticket.category AS "category", p_ticket.kind AS "kind",
                 p_ticket.summary AS "summary", p_ticket.description AS "description",
                 p_ticket.module AS "module", p_ticket.user_role AS "userRole",
                 p_ticket.user_id AS "createdBy", p_ticket.assignee AS "assignee",
                 esi_time_text(p_ticket.due_at) AS "dueAt",
                 esi_time_text(p_ticket.created_at) AS "createdAt",
                 esi_time_text(p_ticket.updated_at) AS "updatedAt",
                 p_ticket.version AS "version") told;
END
$$;

-- ---- a ticket opens, or is joined -----------------------------------------------------------

CREATE TYPE esi_new_ticket AS (
    id uuid, -- also the id of the event that tells what became of it
    session_id text,
    user_id text,
    user_role text,
    category text,
    kind text,
    summary text,
    description text,
    folded text,
    module text,
    tier smallint,
    severity smallint,
    requested_severity smallint,
    confidence double precision,
    rules json,
    kb_refs json,
    details json,
    context json,
    attempts json,
    join_user_since timestamptz, -- NULL: join by session only
    due_at timestamptz,
    now timestamptz
);

-- The open ticket that a wanted one joins; NULL for none. Looking for a person's takes the lock
-- that lets two sessions of one person open one ticket only.
CREATE FUNCTION esi_ticket_find(p_wanted esi_new_ticket) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_number bigint;
BEGIN
    SELECT s.number INTO v_number
    FROM ticket_sessions s
    CROSS JOIN LATERAL (SELECT x.* FROM tickets x WHERE x.number = s.number OFFSET 0) t
    WHERE s.session_id = p_wanted.session_id AND t.category = p_wanted.category
      AND t.status IN (0, 1)
    ORDER BY s.number LIMIT 1;
    IF NOT FOUND AND p_wanted.join_user_since IS NOT NULL AND p_wanted.user_id IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended(p_wanted.kind, hashtextextended(p_wanted.category,
                             hashtextextended(p_wanted.user_id, 5526097))));
        SELECT t.number INTO v_number FROM tickets t
        WHERE t.user_id = p_wanted.user_id AND t.category = p_wanted.category
          AND t.kind = p_wanted.kind AND t.created_at >= p_wanted.join_user_since
          AND t.status IN (0, 1)
        ORDER BY t.created_at DESC, t.number DESC LIMIT 1;
    END IF;
    RETURN v_number;
END
$$;

-- Opens a ticket, or joins the one that is open. Which of the two it was: a ticket that was opened
-- has the id that was wanted. p_also: another ticket that the transaction writes to.
CREATE FUNCTION esi_ticket_open(p_wanted esi_new_ticket, p_also bigint)
RETURNS tickets
LANGUAGE plpgsql AS $$
DECLARE
    v_number bigint;
    v_ticket tickets;
BEGIN
    LOOP
        v_number := coalesce(v_number, esi_ticket_find(p_wanted));
        IF p_also IS NOT NULL THEN
            PERFORM FROM tickets t WHERE t.number = ANY (ARRAY[v_number, p_also])
            ORDER BY t.number FOR NO KEY UPDATE;
        END IF;
        IF v_number IS NOT NULL THEN
            UPDATE tickets t
            SET tier = greatest(t.tier, p_wanted.tier),
                severity = greatest(t.severity, p_wanted.severity),
                requested_severity = greatest(t.requested_severity, p_wanted.requested_severity),
                due_at = least(t.due_at, p_wanted.due_at),
                rules = esi_list_merge(t.rules, p_wanted.rules, 0),
                kb_refs = esi_list_merge(t.kb_refs, p_wanted.kb_refs, 1),
                details = esi_list_merge(t.details, p_wanted.details, 1),
                context = esi_list_merge(t.context, p_wanted.context, 1),
                attempts = esi_list_merge(t.attempts, p_wanted.attempts, 2),
                updated_at = p_wanted.now, version = t.version + 1
            WHERE t.number = v_number AND t.status IN (0, 1)
            RETURNING t.* INTO v_ticket;
            EXIT WHEN FOUND;
            v_number := NULL; -- it was closed meanwhile
            CONTINUE;
        END IF;
        WITH next AS (UPDATE ticket_numbers SET last = last + 1 RETURNING last)
        INSERT INTO tickets AS t (
            number, id, session_id, user_id, user_role, status, tier, severity, requested_severity,
            category, kind, summary, description, folded, module, confidence, rules, kb_refs,
            details, context, attempts, due_at, created_at, updated_at, version)
        SELECT next.last, p_wanted.id, p_wanted.session_id, p_wanted.user_id, p_wanted.user_role, 0,
               p_wanted.tier, p_wanted.severity, p_wanted.requested_severity, p_wanted.category,
               p_wanted.kind, p_wanted.summary, p_wanted.description, p_wanted.folded,
               p_wanted.module, p_wanted.confidence, p_wanted.rules, p_wanted.kb_refs,
               p_wanted.details, p_wanted.context, p_wanted.attempts, p_wanted.due_at, p_wanted.now,
               p_wanted.now, 1
        FROM next
        ON CONFLICT (session_id, category) WHERE status IN (0, 1) DO NOTHING
        RETURNING t.* INTO v_ticket;
        EXIT WHEN FOUND;
        -- Another call opened one since we looked. The number goes back: its row is locked by us.
        UPDATE ticket_numbers SET last = last - 1;
        SELECT t.number INTO v_number FROM tickets t
        WHERE t.session_id = p_wanted.session_id AND t.category = p_wanted.category
          AND t.status IN (0, 1);
    END LOOP;
    IF p_wanted.session_id IS NOT NULL THEN
        INSERT INTO ticket_sessions (session_id, number, at)
        VALUES (p_wanted.session_id, v_ticket.number, p_wanted.now)
        ON CONFLICT DO NOTHING;
    END IF;
    IF v_number IS NULL THEN
        PERFORM esi_ticket_tell(v_ticket, 'opened', 'ticket.opened', p_wanted.user_id, NULL, NULL,
                                p_wanted.now, p_wanted.id);
    ELSE
        -- What the second reason was: the ticket keeps the first's summary and description.
        PERFORM esi_ticket_tell(
            v_ticket, 'joined', 'ticket.changed', p_wanted.user_id, NULL,
            (SELECT row_to_json(told)
             FROM (SELECT p_wanted.session_id AS "sessionId", p_wanted.kind AS "kind",
                          p_wanted.summary AS "summary", p_wanted.description AS "description",
                          esi_tier_name(p_wanted.tier) AS "tier",
                          esi_severity_name(p_wanted.severity) AS "severity") told),
            p_wanted.now, p_wanted.id);
    END IF;
    RETURN v_ticket;
END
$$;

-- Opens or joins a ticket outside a turn, and makes the session that it names. With a request that
-- is done the first one's ticket is given; so it is to a call that comes again with the same
-- ticket.
CREATE FUNCTION esi_ticket_create(
    p_wanted esi_new_ticket, p_caller text, p_request text, p_body bytea, p_until timestamptz,
    p_keep timestamptz)
RETURNS tickets
LANGUAGE plpgsql AS $$
DECLARE
    v_claim record;
    v_owner record;
    v_number bigint;
    v_ticket tickets;
BEGIN
    IF p_request IS NOT NULL THEN
        v_claim := esi_claim_take(p_caller, p_request, p_body, NULL, p_wanted.now, p_until);
        CASE v_claim.state
        WHEN 1 THEN
            RAISE EXCEPTION 'this request is being worked on' USING ERRCODE = 'ES003';
        WHEN 2 THEN
            SELECT * INTO v_ticket FROM tickets t WHERE t.number = v_claim.stored_number;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no such ticket for this caller' USING ERRCODE = 'ES002';
            END IF;
            RETURN v_ticket;
        WHEN 3 THEN
            RAISE EXCEPTION 'this request id was used before with another body'
                USING ERRCODE = 'ES004';
        ELSE
        END CASE;
    END IF;
    IF p_wanted.session_id IS NOT NULL THEN
        INSERT INTO chat_sessions (id, user_id, user_role, module, created_at, updated_at)
        VALUES (p_wanted.session_id, p_wanted.user_id, p_wanted.user_role, p_wanted.module,
                p_wanted.now, p_wanted.now)
        ON CONFLICT (id) DO NOTHING;
        SELECT s.user_id INTO v_owner FROM chat_sessions s WHERE s.id = p_wanted.session_id
        FOR NO KEY UPDATE;
        IF NOT FOUND OR v_owner.user_id IS DISTINCT FROM p_wanted.user_id THEN
            RAISE EXCEPTION 'there is no such session for this user' USING ERRCODE = 'ES002';
        END IF;
    END IF;
    IF p_request IS NULL THEN -- whether it was done is told by what it left
        v_number := coalesce((SELECT t.number FROM tickets t WHERE t.id = p_wanted.id),
                             esi_ticket_find(p_wanted));
        SELECT t.* INTO v_ticket FROM tickets t
        WHERE t.number = v_number AND t.user_id IS NOT DISTINCT FROM p_wanted.user_id AND EXISTS (
            SELECT FROM ticket_events e WHERE e.number = v_number AND e.announced = p_wanted.id);
        IF FOUND THEN
            RETURN v_ticket;
        END IF;
    END IF;
    v_ticket := esi_ticket_open(p_wanted, NULL);
    IF p_request IS NOT NULL THEN
        UPDATE idempotency
        SET done = true, until = p_keep, ticket_id = v_ticket.id, ticket_number = v_ticket.number
        WHERE caller = p_caller AND request_id = p_request;
    END IF;
    RETURN v_ticket;
END
$$;

-- ---- what a turn leaves ---------------------------------------------------------------------

-- All of it, or nothing. p_expect: the turns that it knew of. What a commit whose answer was lost
-- came to is found by its message. stored_*: the ticket that it opened or joined; NULL for none.
CREATE FUNCTION esi_turn_commit(
    p_session text, p_user text, p_role text, p_module text, p_expect bigint, p_issues text,
    p_question uuid, p_question_text text, p_answer uuid, p_answer_text text,
    p_act bigint, p_coverage bigint, p_category text, p_tier bigint, p_severity bigint,
    p_escalated boolean, p_interrupted boolean, p_confidence double precision, p_rules json,
    p_model text, p_input_tokens bigint, p_output_tokens bigint, p_elapsed_ms bigint,
    p_documents text[], p_titles text[], p_versions text[], p_sections text[], p_hashes bytea[],
    p_scores double precision[],
    p_blocked uuid, p_blocked_category text, p_blocked_rule text,
    p_blocked_reason text, p_blocked_matches text,
    p_remark_ticket uuid, p_remark text,
    p_caller text, p_request text, p_body bytea, p_reply text, p_now timestamptz,
    p_keep timestamptz, p_ticket esi_new_ticket DEFAULT NULL,
    OUT stored_id uuid, OUT stored_number bigint, OUT joined boolean, OUT ticket_tier smallint,
    OUT ticket_severity smallint)
LANGUAGE plpgsql AS $$
DECLARE
    v_lost boolean := false;
    v_owner record;
    v_also bigint;
    v_ticket tickets;
BEGIN
    IF p_request IS NOT NULL THEN
        UPDATE idempotency i
        SET body_hash = p_body, holder = NULL, done = true, until = p_keep, reply = p_reply,
            ticket_id = NULL, ticket_number = NULL
        WHERE i.caller = p_caller AND i.request_id = p_request
          AND (i.until <= p_now OR NOT i.done AND i.body_hash = p_body);
        IF NOT FOUND THEN -- it is another's by now, or was forgotten
            INSERT INTO idempotency (caller, request_id, body_hash, done, until, reply)
            VALUES (p_caller, p_request, p_body, true, p_keep, p_reply)
            ON CONFLICT (caller, request_id) DO NOTHING;
            v_lost := NOT FOUND;
        END IF;
    END IF;

    IF p_expect = 0 THEN
        INSERT INTO chat_sessions AS s (id, turns, user_id, issues, user_role, module, created_at,
                                        updated_at)
        VALUES (p_session, 1, p_user, p_issues, p_role, p_module, p_now, p_now)
        ON CONFLICT (id) DO UPDATE
        SET turns = 1, issues = excluded.issues,
            user_role = coalesce(excluded.user_role, s.user_role),
            module = coalesce(excluded.module, s.module), updated_at = excluded.updated_at
        WHERE s.turns = 0 AND s.user_id IS NOT DISTINCT FROM excluded.user_id;
    ELSE
        UPDATE chat_sessions s
        SET turns = s.turns + 1, issues = p_issues, user_role = coalesce(p_role, s.user_role),
            module = coalesce(p_module, s.module), updated_at = p_now
        WHERE s.id = p_session AND s.turns = p_expect AND s.user_id IS NOT DISTINCT FROM p_user;
    END IF;
    IF NOT FOUND THEN -- it is gone, another's, or further on: perhaps by this very turn
        SELECT s.user_id INTO v_owner FROM chat_sessions s WHERE s.id = p_session;
        IF FOUND AND v_owner.user_id IS DISTINCT FROM p_user THEN
            RAISE EXCEPTION 'there is no such session for this user' USING ERRCODE = 'ES002';
        END IF;
        PERFORM FROM chat_messages m
        WHERE m.id = p_answer AND m.session_id = p_session AND m.turn = p_expect + 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another turn of this session came first: load it again'
                USING ERRCODE = 'ES001';
        END IF;
        SELECT t.id, t.number, e.kind = 'joined', t.tier, t.severity
        INTO stored_id, stored_number, joined, ticket_tier, ticket_severity
        FROM ticket_sessions s JOIN tickets t ON t.number = s.number
        JOIN ticket_events e ON e.number = s.number AND e.announced = (p_ticket).id
        WHERE s.session_id = coalesce((p_ticket).session_id, p_session);
        RETURN;
    END IF;
    IF v_lost THEN
        RAISE EXCEPTION 'another call took this request over when its lease had ended: %',
            'load the session again' USING ERRCODE = 'ES001';
    END IF;

    INSERT INTO chat_messages (
        id, session_id, turn, from_desk, text, at, act, coverage, category, tier, severity,
        escalated, blocked, interrupted, confidence, rules, model, input_tokens, output_tokens,
        elapsed_ms)
    VALUES (p_question, p_session, p_expect + 1, false, p_question_text, p_now, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
           (p_answer, p_session, p_expect + 1, true, p_answer_text, p_now, p_act, p_coverage,
            p_category, p_tier, p_severity, p_escalated, p_blocked IS NOT NULL, p_interrupted,
            p_confidence, p_rules, p_model, p_input_tokens, p_output_tokens, p_elapsed_ms);
    IF cardinality(p_documents) > 0 THEN
        INSERT INTO kb_references (message_id, ordinal, document_id, title, version, section, hash,
                                   score)
        SELECT p_answer, r.place - 1, r.document, r.title, r.version, r.section, r.hash, r.score
        FROM unnest(p_documents, p_titles, p_versions, p_sections, p_hashes, p_scores)
            WITH ORDINALITY r (document, title, version, section, hash, score, place);
    END IF;
    IF p_blocked IS NOT NULL THEN
        INSERT INTO guardrails (id, message_id, session_id, user_id, category, rule, reason,
                                matches, at)
        VALUES (p_blocked, p_answer, p_session, p_user, p_blocked_category, p_blocked_rule,
                p_blocked_reason, p_blocked_matches, p_now);
        INSERT INTO outbox (id, kind, subject, body, at)
        SELECT gen_random_uuid(), 'guardrail', p_blocked, row_to_json(told), p_now
        FROM (SELECT p_session AS "sessionId", p_answer AS "messageId", p_user AS "userId",
                     p_role AS "userRole", p_blocked_category AS "category",
                     p_blocked_rule AS "rule", p_blocked_reason AS "reason") told;
    END IF;

    IF (p_ticket).id IS NOT NULL THEN
        IF p_remark_ticket IS NOT NULL THEN
            v_also := (SELECT t.number FROM tickets t WHERE t.id = p_remark_ticket);
        END IF;
        p_ticket.session_id := coalesce(p_ticket.session_id, p_session);
        v_ticket := esi_ticket_open(p_ticket, v_also);
        stored_id := v_ticket.id;
        stored_number := v_ticket.number;
        joined := v_ticket.id <> p_ticket.id;
        ticket_tier := v_ticket.tier;
        ticket_severity := v_ticket.severity;
        UPDATE idempotency SET ticket_id = stored_id, ticket_number = stored_number
        WHERE caller = p_caller AND request_id = p_request;
    END IF;
    IF p_remark_ticket IS NOT NULL THEN
        UPDATE tickets t SET updated_at = p_now, version = t.version + 1
        WHERE t.id = p_remark_ticket AND EXISTS (
            SELECT FROM ticket_sessions s WHERE s.session_id = p_session AND s.number = t.number)
        RETURNING t.* INTO v_ticket;
        IF FOUND THEN
            PERFORM esi_ticket_tell(v_ticket, 'comment', 'ticket.changed', p_user, p_remark, NULL,
                                    p_now, gen_random_uuid());
        END IF;
    END IF;
END
$$;
