"""POST /api/chat."""

import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import Service, contains, equal, problem, run, store, test  # noqa: E402

VPN = "The VPN drops every few minutes"
CHAT = {"sessionId", "messageId", "answer", "kbReferences", "confidence", "tier", "severity",
        "fallback", "open", "cost",
        "needsEscalation", "guardrail", "ticketId", "ticketNumber", "rules",
        "clarifyingQuestions", "coverage", "model", "usage"}


@test
def a_message_gets_the_chat_object(folder):
    with Service("--store", store(folder)) as service:
        answer = service.post("/api/chat", {"message": VPN})
        body = answer.json()
        equal((answer.status, set(body)), (200, CHAT))
        equal(body["kbReferences"][0]["id"], "kb-vpn")
        equal((body["coverage"], body["tier"], body["needsEscalation"], body["ticketId"]),
              ("covered", "TIER_0", False, None))
        equal(set(body["usage"]), {"inputTokens", "outputTokens"})
        assert 0 <= body["confidence"] <= 1


@test
def a_refusal_is_200_with_its_category_and_a_ticket(folder):
    with Service("--store", store(folder)) as service:
        ask = {"message": "How do I read the other team's files?", "sessionId": "s-1"}
        body = service.post("/api/chat", ask).json()
        equal(body["guardrail"]["blocked"], True)
        assert body["guardrail"]["category"] and body["ticketId"] and body["needsEscalation"]


@test
def a_request_in_snake_case_gets_those_names_too(folder):
    with Service("--store", store(folder)) as service:
        body = service.post("/api/chat", {"message": VPN, "session_id": "s-1"}).json()
        equal(set(body), CHAT | {"needs_escalation", "ticket_id", "kb_references"})
        equal(body["kb_references"], body["kbReferences"])
        equal(body["sessionId"], "s-1")


@test
def unknown_fields_are_ignored(folder):
    with Service("--store", store(folder)) as service:
        equal(service.post("/api/chat", {"message": VPN, "shoe": 44}).status, 200)


@test
def bad_fields_are_named(folder):
    bad = [({}, "/message"), ({"message": None}, "/message"), ({"message": 5}, "/message"),
           ({"message": ""}, "/message"), ({"message": " \n"}, "/message"),
           ({"message": "x", "sessionId": "a b"}, "/sessionId"),
           ({"message": "x", "sessionId": "x" * 129}, "/sessionId"),
           ({"message": "x", "sessionId": ["a"]}, "/sessionId"),
           ({"message": "x", "userRole": "king"}, "/userRole"),
           ({"message": "x", "user_role": 1}, "/user_role"),
           ({"message": "x", "context": "lab"}, "/context"),
           ({"message": "x", "context": {"a": 1}}, "/context")]
    with Service("--store", store(folder)) as service:
        for body, pointer in bad:
            problem(service.post("/api/chat", body), 400, "ESI_EINVAL", pointer)


@test
def what_is_too_long_is_refused(folder):
    bad = [{"message": "x" * 8001}, {"message": "x", "context": {"module": "m" * 10240}},
           {"message": "x", "context": {"k%d" % i: "v" for i in range(21)}}]
    with Service("--store", store(folder)) as service:
        for body in bad:
            answer = service.post("/api/chat", body)
            assert answer.status in (400, 413), answer.status
            assert answer.json()["errors"][0]["pointer"], answer.body


@test
def eight_thousand_characters_are_taken_however_they_are_escaped(folder):
    with Service("--store", store(folder)) as service:
        equal(service.post("/api/chat", {"message": "\U0001F600" * 8000}).status, 200)


@test
def a_session_is_made_and_goes_on(folder):
    with Service("--store", store(folder)) as service:
        first = service.post("/api/chat", {"message": "How do I bake bread?"}).json()
        again = {"message": "I still need to know", "sessionId": first["sessionId"]}
        second = service.post("/api/chat", again).json()
        equal((second["sessionId"], second["ticketId"]),
              (first["sessionId"], first["ticketId"]))


@test
def the_same_key_and_body_give_the_first_answer_again(folder):
    ask = {"message": VPN, "sessionId": "s-1"}
    with Service("--store", store(folder)) as service:
        first = service.post("/api/chat", ask, Idempotency_Key="k-1").json()
        second = service.post("/api/chat", ask, Idempotency_Key="k-1").json()
        equal(second, first)
        other = service.post("/api/chat", {"message": "x"}, Idempotency_Key="k-1")
        problem(other, 422, "ESI_EMISMATCH")
        problem(service.post("/api/chat", ask, Idempotency_Key="a b"), 400, "ESI_EINVAL")


@test
def a_stream_has_meta_sources_deltas_and_ends_with_the_whole_object(folder):
    with Service("--store", store(folder)) as service:
        answer = service.post("/api/chat", {"message": VPN}, Accept="text/event-stream")
        equal(answer.status, 200)
        contains(answer.headers["content-type"], "text/event-stream")
        events = answer.events()
        names = [name for name, _ in events]
        equal((names[0], names[-1], names.count("done")), ("meta", "done", 1))
        done = events[-1][1]
        equal(set(done), CHAT)
        equal(events[0][1]["sessionId"], done["sessionId"])
        equal([data["id"] for name, data in events if name == "source"][0], "kb-vpn")
        text = "".join(data["text"] for name, data in events if name == "delta")
        equal(text.strip(), done["answer"].strip())


@test
def a_stream_that_can_not_begin_is_a_plain_problem(folder):
    with Service("--store", store(folder)) as service:
        answer = service.post("/api/chat", {"message": ""}, Accept="text/event-stream")
        problem(answer, 400, "ESI_EINVAL", "/message")


@test
def a_stream_to_an_http_1_0_client_ends_with_the_connection(folder):
    with Service("--store", store(folder)) as service:
        body = b'{"message":"The VPN drops"}'
        raw = service.raw(b"POST /api/chat HTTP/1.0\r\nAccept: text/event-stream\r\n"
                          b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        contains(raw, b"event: done\n")
        assert b"chunked" not in raw


@test
def without_a_gateway_nobody_can_say_who_they_are(folder):
    path = store(folder)
    with Service("--store", path) as service:
        body = {"message": "How do I bake bread?", "userRole": "admin"}
        ticket = service.post("/api/chat", body, X_User="root", X_Role="admin").json()["ticketId"]
        equal(service.get("/api/tickets", X_User="root", X_Role="admin").json()["items"], [])
        equal(service.get("/api/tickets/" + ticket).json()["id"], ticket)
        problem(service.get("/api/tickets/1"), 404, "ESI_ENOTFOUND")
    with Service("--store", path, "--trust-gateway") as service:
        shown = service.get("/api/tickets/" + ticket, X_Role="admin").json()
        equal((shown["createdBy"], shown["userRole"]), (None, "trainee"))


@test
def many_ask_at_once_and_each_gets_their_own_answer(folder):
    with Service("--store", store(folder)) as service:
        def ask(number):
            session = "s-%d" % number
            return [service.post("/api/chat", {"message": VPN, "sessionId": session}).json()
                    ["sessionId"] for _ in range(3)] == [session] * 3

        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            assert all(pool.map(ask, range(24)))
        counted = service.get("/api/metrics/summary").json()
        equal((counted["totalConversations"], counted["totalMessages"]), (24, 144))


run()
