-- What happens to tickets apart from turns, and housekeeping: a ticket is changed, what is old
-- goes, what is of one person goes. Locks are taken in the order of the step before.

-- ---- a ticket is changed --------------------------------------------------------------------

-- NULL: as it is. p_version: 0 doesn't look. A call that is sent again, because its answer was
-- lost, is known by its event. What changes nothing and says nothing leaves the ticket as it is.
CREATE FUNCTION esi_ticket_change(
    p_id uuid, p_version bigint, p_status smallint, p_tier smallint, p_severity smallint,
    p_assignee text, p_comment text, p_actor text, p_now timestamptz, p_event uuid)
RETURNS tickets
LANGUAGE plpgsql AS $$
DECLARE
    v_old tickets;
    v_new tickets;
    v_beside tickets;
    v_steps text;
BEGIN
    SELECT t.* INTO v_old FROM tickets t WHERE t.id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such ticket for this caller' USING ERRCODE = 'ES002';
    END IF;
    PERFORM FROM ticket_events e WHERE e.number = v_old.number AND e.announced = p_event;
    IF FOUND THEN
        RETURN v_old;
    END IF;
    IF p_version <> 0 AND p_version <> v_old.version THEN
        RAISE EXCEPTION 'the ticket is at version % by now, not %: read it again',
            v_old.version, p_version USING ERRCODE = 'ES001';
    END IF;
    v_new := v_old;
    v_new.status := coalesce(p_status, v_old.status);
    v_new.tier := coalesce(p_tier, v_old.tier);
    v_new.severity := coalesce(p_severity, v_old.severity);
    v_new.assignee := nullif(coalesce(p_assignee, v_old.assignee), '');
    IF v_new.status < v_old.status AND NOT (v_old.status = 2 AND v_new.status = 0) THEN
        RAISE EXCEPTION 'a ticket doesn''t go from % to %', esi_status_name(v_old.status),
            esi_status_name(v_new.status) USING ERRCODE = 'ES006';
    END IF;
    v_steps := concat_ws(',',
        CASE WHEN v_new.status <> v_old.status THEN '"status":' || array_to_json(
            ARRAY[esi_status_name(v_old.status), esi_status_name(v_new.status)]) END,
        CASE WHEN v_new.tier <> v_old.tier THEN '"tier":' || array_to_json(
            ARRAY[esi_tier_name(v_old.tier), esi_tier_name(v_new.tier)]) END,
        CASE WHEN v_new.severity <> v_old.severity THEN '"severity":' || array_to_json(
            ARRAY[esi_severity_name(v_old.severity), esi_severity_name(v_new.severity)]) END,
        CASE WHEN v_new.assignee IS DISTINCT FROM v_old.assignee THEN '"assignee":' ||
            array_to_json(ARRAY[v_old.assignee, v_new.assignee]) END);
    IF v_steps = '' AND p_comment IS NULL THEN
        RETURN v_old;
    END IF;
    BEGIN
        UPDATE tickets t
        SET status = v_new.status, tier = v_new.tier, severity = v_new.severity,
            assignee = v_new.assignee, updated_at = p_now, version = t.version + 1,
            resolved_at = CASE WHEN v_new.status IN (0, 1) THEN NULL
                               ELSE coalesce(t.resolved_at, p_now) END
        WHERE t.number = v_old.number
        RETURNING t.* INTO v_new;
    EXCEPTION WHEN unique_violation THEN
        SELECT t.* INTO v_beside FROM tickets t
        WHERE t.session_id = v_old.session_id AND t.category = v_old.category
          AND t.status IN (0, 1);
        RAISE EXCEPTION 'ticket % (%) is open for the same session and category: go on there',
            v_beside.number, v_beside.id USING ERRCODE = 'ES001';
    END;
    PERFORM esi_ticket_tell(
        v_new, CASE WHEN v_steps = '' THEN 'comment' ELSE 'changed' END,
        CASE WHEN v_old.status IN (0, 1) AND v_new.status NOT IN (0, 1) THEN 'ticket.closed'
             ELSE 'ticket.changed' END,
        p_actor, p_comment, CASE WHEN v_steps <> '' THEN ('{' || v_steps || '}')::json END, p_now,
        p_event);
    RETURN v_new;
END
$$;

-- Words of tickets are looked for anywhere in the text. An index helps there, where the server has
-- the extension for it and this role may add it; without, tickets are looked through.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX tickets_folded ON tickets USING gin (folded gin_trgm_ops);
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege OR undefined_object
    OR invalid_schema_name THEN
    RAISE NOTICE 'without pg_trgm, a search in tickets looks through them';
END
$$;

-- ---- what is old goes -----------------------------------------------------------------------

-- Does a session have a ticket that stays?
CREATE FUNCTION esi_session_kept(p_session text, p_before timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM ticket_sessions l JOIN tickets t ON t.number = l.number
        WHERE l.session_id = p_session AND (t.status IN (0, 1) OR t.updated_at >= p_before))
$$;

-- Removes up to p_limit sessions, tickets, events and requests, and says of each table how many
-- rows went and whether the limit was reached. What somebody is at work on is left for the next
-- time.
CREATE FUNCTION esi_purge(
    p_before timestamptz, p_limit bigint, p_now timestamptz, p_untaken boolean)
RETURNS TABLE (name text, n bigint, reached boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_sessions text[];
    v_tickets bigint[];
BEGIN
    v_sessions := ARRAY(
        SELECT s.id FROM chat_sessions s
        WHERE s.created_at < p_before AND s.updated_at < p_before
          AND NOT esi_session_kept(s.id, p_before)
        ORDER BY s.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    reached := cardinality(v_sessions) >= p_limit;
    -- No ticket takes hold of them any more; one may have done so before they were locked.
    v_sessions := ARRAY(
        SELECT s.id FROM unnest(v_sessions) s (id) WHERE NOT esi_session_kept(s.id, p_before));
    v_tickets := ARRAY(
        SELECT t.number FROM tickets t
        WHERE t.created_at < p_before AND t.updated_at < p_before AND t.status IN (2, 3)
        ORDER BY t.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    reached := reached OR cardinality(v_tickets) >= p_limit;

    name := 'feedback';
    DELETE FROM feedback f USING chat_messages m
    WHERE m.session_id = ANY (v_sessions) AND f.message_id = m.id;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'guardrails';
    DELETE FROM guardrails g USING chat_messages m
    WHERE m.session_id = ANY (v_sessions) AND g.message_id = m.id;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'kb_references';
    DELETE FROM kb_references r USING chat_messages m
    WHERE m.session_id = ANY (v_sessions) AND r.message_id = m.id;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'chat_messages';
    DELETE FROM chat_messages WHERE session_id = ANY (v_sessions);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'ticket_events';
    DELETE FROM ticket_events WHERE number = ANY (v_tickets);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'ticket_sessions';
    DELETE FROM ticket_sessions WHERE session_id = ANY (v_sessions) OR number = ANY (v_tickets);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'chat_sessions';
    DELETE FROM chat_sessions WHERE id = ANY (v_sessions);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'tickets';
    DELETE FROM tickets WHERE number = ANY (v_tickets);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN NEXT;
    name := 'outbox';
    DELETE FROM outbox WHERE seq IN (
        SELECT o.seq FROM outbox o
        WHERE o.at < p_before AND o.lease_until <= p_now AND (o.deliveries > 0 OR p_untaken)
        ORDER BY o.seq LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS n = ROW_COUNT;
    reached := reached OR n >= p_limit;
    RETURN NEXT;
    name := 'idempotency';
    DELETE FROM idempotency WHERE (caller, request_id) IN (
        SELECT i.caller, i.request_id FROM idempotency i WHERE i.until <= p_now
        ORDER BY i.until LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS n = ROW_COUNT;
    reached := reached OR n >= p_limit;
    RETURN NEXT;
END
$$;

-- What a purge without a limit would remove.
CREATE FUNCTION esi_purge_count(p_before timestamptz, p_now timestamptz, p_untaken boolean)
RETURNS TABLE (name text, n bigint, reached boolean)
LANGUAGE sql STABLE AS $$
    WITH session AS (
        SELECT s.id FROM chat_sessions s
        WHERE s.created_at < p_before AND s.updated_at < p_before
          AND NOT esi_session_kept(s.id, p_before)
    ), message AS (
        SELECT m.id FROM session s JOIN chat_messages m ON m.session_id = s.id
    ), ticket AS (
        SELECT t.number FROM tickets t
        WHERE t.created_at < p_before AND t.updated_at < p_before AND t.status IN (2, 3)
    )
    SELECT 'feedback', count(*), false FROM message JOIN feedback f ON f.message_id = message.id
    UNION ALL
    SELECT 'guardrails', count(*), false FROM message JOIN guardrails g ON g.message_id = message.id
    UNION ALL
    SELECT 'kb_references', count(*), false
    FROM message JOIN kb_references r ON r.message_id = message.id
    UNION ALL
    SELECT 'chat_messages', count(*), false FROM message
    UNION ALL
    SELECT 'ticket_events', count(*), false FROM ticket JOIN ticket_events USING (number)
    UNION ALL
    SELECT 'ticket_sessions', count(*), false FROM ticket_sessions l
    WHERE l.session_id IN (SELECT id FROM session) OR l.number IN (SELECT number FROM ticket)
    UNION ALL
    SELECT 'chat_sessions', count(*), false FROM session
    UNION ALL
    SELECT 'tickets', count(*), false FROM ticket
    UNION ALL
    SELECT 'outbox', count(*), false FROM outbox o
    WHERE o.at < p_before AND o.lease_until <= p_now AND (o.deliveries > 0 OR p_untaken)
    UNION ALL
    SELECT 'idempotency', count(*), false FROM idempotency i WHERE i.until <= p_now
$$;

-- ---- what is of one person goes -------------------------------------------------------------

-- An event's body without the person. p_sessions: those that are gone.
CREATE FUNCTION esi_body_without(p_body json, p_user text, p_sessions text[]) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('{' || string_agg(to_json(e.key) || ':' || CASE
        WHEN e.key IN ('actor', 'createdBy', 'assignee') AND e.value #>> '{}' = p_user
          OR e.key = 'comment' AND p_body ->> 'actor' = p_user
          OR e.key IN ('summary', 'description', 'module', 'userRole')
             AND p_body ->> 'createdBy' = p_user
          OR e.key = 'sessionId' AND e.value #>> '{}' = ANY (p_sessions)
        THEN 'null' ELSE e.value::text END, ',' ORDER BY e.place) || '}')::json
    FROM json_each(p_body) WITH ORDINALITY e (key, value, place)
$$;

-- Removes everything of a person, or takes them out of what stays for others (sys/store.h says
-- what), and says of each table how many rows that were.
CREATE FUNCTION esi_erase(p_user text)
RETURNS TABLE (name text, n bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_sessions text[];
    v_messages uuid[];
    v_tickets bigint[]; -- that go
    v_ids text[];       -- theirs
    v_shared text[];    -- the person's that stay
    v_joined bigint[];  -- all that the person's sessions had to do with
    v_count bigint;
    v_n bigint[] := array_fill(0::bigint, ARRAY[12]);
BEGIN
    DELETE FROM idempotency WHERE caller = p_user;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[12] := v_count;
    v_sessions := ARRAY(
        SELECT s.id FROM chat_sessions s WHERE s.user_id = p_user ORDER BY s.id FOR UPDATE);
    v_messages := ARRAY(SELECT m.id FROM chat_messages m WHERE m.session_id = ANY (v_sessions));
    v_joined := ARRAY(
        SELECT DISTINCT l.number FROM ticket_sessions l WHERE l.session_id = ANY (v_sessions));
    PERFORM FROM tickets t
    WHERE t.user_id = p_user OR t.assignee = p_user OR t.number = ANY (v_joined)
    ORDER BY t.number FOR UPDATE;
    -- One that is nobody's is the person's with its session.
    SELECT coalesce(array_agg(t.number) FILTER (WHERE NOT t.others), '{}'),
           coalesce(array_agg(t.id) FILTER (WHERE NOT t.others), '{}'),
           coalesce(array_agg(t.id) FILTER (WHERE t.others), '{}')
    INTO v_tickets, v_ids, v_shared
    FROM (SELECT t.number, t.id::text AS id, EXISTS (
              SELECT FROM ticket_sessions l JOIN chat_sessions s ON s.id = l.session_id
              WHERE l.number = t.number AND s.user_id IS DISTINCT FROM p_user) AS others
          FROM tickets t
          WHERE t.user_id = p_user OR t.user_id IS NULL AND t.session_id = ANY (v_sessions)) t;

    DELETE FROM outbox o
    WHERE o.subject = ANY (v_ids) OR o.body ->> 'userId' = p_user
       OR o.body ->> 'createdBy' = p_user AND o.subject <> ALL (v_shared)
       OR o.kind = 'guardrail' AND o.body ->> 'sessionId' = ANY (v_sessions);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[11] := v_count;
    UPDATE outbox o SET body = esi_body_without(o.body, p_user, v_sessions)
    WHERE p_user IN (o.body ->> 'actor', o.body ->> 'createdBy', o.body ->> 'assignee')
       OR o.body ->> 'sessionId' = ANY (v_sessions);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[11] := v_n[11] + v_count;
    DELETE FROM idempotency WHERE ticket_id::text = ANY (v_ids);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[12] := v_n[12] + v_count;

    -- The body of a "joined" is what was said, that of a "changed" may name an assignee.
    DELETE FROM ticket_events WHERE number = ANY (v_tickets);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[10] := v_count;
    UPDATE ticket_events e
    SET actor = nullif(e.actor, p_user),
        comment = CASE WHEN e.actor = p_user THEN NULL ELSE e.comment END,
        body = CASE WHEN e.kind <> 'joined' THEN (e.body::jsonb - 'assignee')::json
                    WHEN e.actor = p_user THEN NULL ELSE e.body END
    WHERE e.actor = p_user OR e.body #>> '{assignee,0}' = p_user
       OR e.body #>> '{assignee,1}' = p_user;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[10] := v_n[10] + v_count;

    DELETE FROM feedback WHERE message_id = ANY (v_messages);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[7] := v_count;
    DELETE FROM guardrails WHERE message_id = ANY (v_messages);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[6] := v_count;
    DELETE FROM kb_references WHERE message_id = ANY (v_messages);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[5] := v_count;
    DELETE FROM chat_messages WHERE session_id = ANY (v_sessions);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[4] := v_count;

    UPDATE tickets t
    SET assignee = nullif(t.assignee, p_user), user_id = nullif(t.user_id, p_user),
        user_role = CASE WHEN t.user_id = p_user THEN NULL ELSE t.user_role END,
        summary = CASE WHEN t.user_id = p_user THEN NULL ELSE t.summary END,
        description = CASE WHEN t.user_id = p_user THEN NULL ELSE t.description END,
        folded = CASE WHEN t.user_id = p_user THEN '' ELSE t.folded END,
        module = CASE WHEN t.user_id = p_user THEN NULL ELSE t.module END,
        details = CASE WHEN t.user_id = p_user OR t.number = ANY (v_joined) THEN NULL
                       ELSE t.details END,
        context = CASE WHEN t.user_id = p_user OR t.number = ANY (v_joined) THEN NULL
                       ELSE t.context END,
        attempts = CASE WHEN t.user_id = p_user OR t.number = ANY (v_joined) THEN NULL
                        ELSE t.attempts END
    WHERE t.number <> ALL (v_tickets)
      AND (t.assignee = p_user OR t.user_id = p_user OR t.number = ANY (v_joined));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[8] := v_count;
    DELETE FROM ticket_sessions WHERE session_id = ANY (v_sessions) OR number = ANY (v_tickets);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[9] := v_count;
    DELETE FROM tickets WHERE number = ANY (v_tickets);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[8] := v_n[8] + v_count;
    DELETE FROM chat_sessions WHERE id = ANY (v_sessions);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[3] := v_count;
    DELETE FROM api_tokens a USING users u
    WHERE a.user_id = u.id AND (lower(u.username) = lower(p_user) OR u.id::text = p_user);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[2] := v_count;
    DELETE FROM users u WHERE lower(u.username) = lower(p_user) OR u.id::text = p_user;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_n[1] := v_count;

    RETURN QUERY
    SELECT t.name, v_n[t.place]
    FROM unnest(ARRAY['users', 'api_tokens', 'chat_sessions', 'chat_messages', 'kb_references',
                      'guardrails', 'feedback', 'tickets', 'ticket_sessions', 'ticket_events',
                      'outbox', 'idempotency']) WITH ORDINALITY t (name, place)
    ORDER BY t.place;
END
$$;
