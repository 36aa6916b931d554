-- What models cost, and which answers were made without the one that was to write them. A session
-- sums up what its turns took, so that a turn needn't.

ALTER TABLE chat_sessions ADD COLUMN tokens bigint NOT NULL DEFAULT 0;
ALTER TABLE chat_sessions ADD COLUMN cost bigint NOT NULL DEFAULT 0;
UPDATE chat_sessions s SET tokens = m.tokens
FROM (SELECT c.session_id, sum(c.input_tokens + c.output_tokens) AS tokens FROM chat_messages c
      GROUP BY c.session_id) m
WHERE m.session_id = s.id AND m.tokens > 0;

-- cost: millionths of a unit of money.
ALTER TABLE chat_messages ADD COLUMN cost bigint;
ALTER TABLE chat_messages ADD COLUMN fallback text;
ALTER TABLE chat_messages ADD COLUMN advice json;

-- All that the metrics read of a message, so that they needn't touch its text.
DROP INDEX chat_messages_time;
CREATE INDEX chat_messages_time ON chat_messages (at)
    INCLUDE (from_desk, session_id, coverage, blocked, escalated, confidence, input_tokens,
             output_tokens, cost, fallback);

-- ---- a session is loaded --------------------------------------------------------------------

DROP FUNCTION esi_session_load;

-- The session as a row (row_kind 0), then, where there is something to do, its newest messages,
-- newest first (1), and its open tickets, oldest first (2). Another person's session ends it before
-- anything is claimed. Without a request nothing is written. A claim needn't outlive a power cut.
--   0: flag exists, a issues, b reply, id and n its ticket, x claim (-1: foreign), y turns,
--      z version, tokens and cost that its turns took
--   1: flag from the desk, a text, at
--   2: n number, a category, b kind, x tier, y severity
CREATE FUNCTION esi_session_load(
    p_session text, p_user text, p_history bigint, p_tickets bigint, p_collection text,
    p_caller text, p_request text, p_body bytea, p_holder bigint, p_now timestamptz,
    p_until timestamptz)
RETURNS TABLE (row_kind smallint, id uuid, flag boolean, n bigint, a text, b text, x smallint,
               y bigint, z bigint, at timestamptz, tokens bigint, cost bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_session record;
    v_claim record;
BEGIN
    SELECT s.user_id, s.turns, s.issues, s.tokens, s.cost INTO v_session
    FROM chat_sessions s WHERE s.id = p_session;
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
    tokens := v_session.tokens;
    cost := v_session.cost;
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
               NULL::bigint, NULL::bigint, m.at, NULL::bigint, NULL::bigint
        FROM chat_messages m WHERE m.session_id = p_session
        ORDER BY m.turn DESC, m.from_desk DESC LIMIT p_history;
    RETURN QUERY
        SELECT 2::smallint, t.id, NULL::boolean, t.number, t.category, t.kind,
               t.tier::smallint, t.severity::bigint, NULL::bigint, NULL::timestamptz,
               NULL::bigint, NULL::bigint
        FROM ticket_sessions s
        CROSS JOIN LATERAL (SELECT x.* FROM tickets x WHERE x.number = s.number OFFSET 0) t
        WHERE s.session_id = p_session AND t.status IN (0, 1)
        ORDER BY s.number LIMIT p_tickets;
END
$$;

-- ---- what a turn leaves ---------------------------------------------------------------------

DROP FUNCTION esi_turn_commit;

-- All of it, or nothing. p_expect: the turns that it knew of. What a commit whose answer was lost
-- came to is found by its message. stored_*: the ticket that it opened or joined; NULL for none.
CREATE FUNCTION esi_turn_commit(
    p_session text, p_user text, p_role text, p_module text, p_expect bigint, p_issues text,
    p_question uuid, p_question_text text, p_answer uuid, p_answer_text text,
    p_act bigint, p_coverage bigint, p_category text, p_tier bigint, p_severity bigint,
    p_escalated boolean, p_interrupted boolean, p_confidence double precision, p_rules json,
    p_model text, p_input_tokens bigint, p_output_tokens bigint, p_elapsed_ms bigint,
    p_cost bigint, p_fallback text, p_advice json,
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
                                        updated_at, tokens, cost)
        VALUES (p_session, 1, p_user, p_issues, p_role, p_module, p_now, p_now,
                p_input_tokens + p_output_tokens, p_cost)
        ON CONFLICT (id) DO UPDATE
        SET turns = 1, issues = excluded.issues,
            user_role = coalesce(excluded.user_role, s.user_role),
            module = coalesce(excluded.module, s.module), updated_at = excluded.updated_at,
            tokens = s.tokens + excluded.tokens, cost = s.cost + excluded.cost
        WHERE s.turns = 0 AND s.user_id IS NOT DISTINCT FROM excluded.user_id;
    ELSE
        UPDATE chat_sessions s
        SET turns = s.turns + 1, issues = p_issues, user_role = coalesce(p_role, s.user_role),
            module = coalesce(p_module, s.module), updated_at = p_now,
            tokens = s.tokens + p_input_tokens + p_output_tokens, cost = s.cost + p_cost
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
        elapsed_ms, cost, fallback, advice)
    VALUES (p_question, p_session, p_expect + 1, false, p_question_text, p_now, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL),
           (p_answer, p_session, p_expect + 1, true, p_answer_text, p_now, p_act, p_coverage,
            p_category, p_tier, p_severity, p_escalated, p_blocked IS NOT NULL, p_interrupted,
            p_confidence, p_rules, p_model, p_input_tokens, p_output_tokens, p_elapsed_ms,
            p_cost, p_fallback, p_advice);
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
