"""Tickets, guardrail checks and metrics over HTTP, for people that a gateway names."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import Service, equal, problem, run, store, test  # noqa: E402

TICKET = {"id", "number", "sessionId", "status", "tier", "severity", "requestedSeverity",
          "category", "summary", "description", "userRole", "module", "createdBy", "assignee",
          "conversation", "rules", "aiResults", "details", "attempts", "kind", "context",
          "incidentId", "dueAt", "createdAt", "updatedAt", "version"}
ALICE = {"X_User": "alice", "X_Role": "trainee"}
BOB = {"X_User": "bob", "X_Role": "trainee"}
ENGINEER = {"X_User": "carol", "X_Role": "support engineer"}
BROKEN = {"summary": "The lab VM does not start", "module": "lab-7",
          "description": "It waits for the network.", "context": {"seat": "B12"}}
VERDICT = {"blocked", "category", "rule", "reason", "matches"}


def service_of(folder):
    return Service("--store", store(folder), "--trust-gateway")


@test
def a_ticket_is_opened_at_its_location(folder):
    with service_of(folder) as service:
        answer = service.post("/api/tickets", BROKEN, **ALICE)
        ticket = answer.json()
        equal((answer.status, set(ticket)), (201, TICKET))
        equal(answer.headers["location"], "/api/tickets/" + ticket["id"])
        equal((ticket["summary"], ticket["createdBy"], ticket["module"], ticket["status"]),
              (BROKEN["summary"], "alice", "lab-7", "OPEN"))
        equal(ticket["context"], {"seat": "B12"})
        shown = service.get(answer.headers["location"], **ALICE)
        equal((shown.status, shown.json()["id"]), (200, ticket["id"]))


@test
def the_severity_that_a_trainee_wants_is_a_wish(folder):
    with service_of(folder) as service:
        body = dict(BROKEN, severity="CRITICAL")
        ticket = service.post("/api/tickets", body, **ALICE).json()
        equal(ticket["requestedSeverity"], "CRITICAL")


@test
def bad_tickets_are_refused_with_the_field(folder):
    bad = [({}, "/summary"), ({"summary": ""}, "/summary"), ({"summary": 1}, "/summary"),
           ({"summary": "x", "tier": "TIER_9"}, "/tier"),
           ({"summary": "x", "severity": "HUGE"}, "/severity"),
           ({"summary": "x", "sessionId": "a b"}, "/sessionId")]
    with service_of(folder) as service:
        for body, pointer in bad:
            problem(service.post("/api/tickets", body, **ALICE), 400, "ESI_EINVAL", pointer)
        for body in ({"summary": "x" * 121}, {"summary": "x", "description": "x" * 65537}):
            answer = service.post("/api/tickets", body, **ALICE)
            problem(answer, 413, "ESI_ETOOBIG")


@test
def the_same_key_opens_one_ticket(folder):
    with service_of(folder) as service:
        first = service.post("/api/tickets", BROKEN, Idempotency_Key="k", **ALICE).json()
        second = service.post("/api/tickets", BROKEN, Idempotency_Key="k", **ALICE).json()
        equal(second["id"], first["id"])
        equal(len(service.get("/api/tickets", **ALICE).json()["items"]), 1)


@test
def people_see_their_own_and_engineers_see_all(folder):
    with service_of(folder) as service:
        ticket = service.post("/api/tickets", BROKEN, **ALICE).json()
        path = "/api/tickets/" + ticket["id"]
        equal(service.get("/api/tickets", **BOB).json(), {"items": [], "nextCursor": None})
        problem(service.get(path, **BOB), 404, "ESI_ENOTFOUND")
        problem(service.get("/api/tickets/%d" % ticket["number"], **BOB), 404, "ESI_ENOTFOUND")
        problem(service.get(path), 404, "ESI_ENOTFOUND")
        equal(service.get(path, **ENGINEER).status, 200)
        equal(len(service.get("/api/tickets", **ENGINEER).json()["items"]), 1)


@test
def the_list_is_filtered_and_pages(folder):
    with service_of(folder) as service:
        for number in range(3):
            service.post("/api/tickets", {"summary": "Printer %d is on fire" % number}, **ALICE)
        first = service.get("/api/tickets?limit=2", **ENGINEER).json()
        second = service.get("/api/tickets?limit=2&cursor=" + first["nextCursor"],
                             **ENGINEER).json()
        numbers = [ticket["number"] for ticket in first["items"] + second["items"]]
        equal((len(numbers), numbers), (3, sorted(numbers, reverse=True)))
        equal(second["nextCursor"], None)
        for query, count in (("status=OPEN", 3), ("status=CLOSED", 0), ("q=Printer", 3),
                             ("q=spaceship", 0), ("assignee=nobody", 0), ("", 3)):
            equal(len(service.get("/api/tickets?" + query, **ENGINEER).json()["items"]), count)


@test
def a_bad_filter_is_refused_with_its_name(folder):
    with service_of(folder) as service:
        for query, pointer in (("status=DONE", "/status"), ("tier=9", "/tier"),
                               ("severity=x", "/severity"), ("limit=0", "/limit"),
                               ("limit=101", "/limit"), ("limit=x", "/limit"),
                               ("q=%FF", "/q"), ("q=a%00b", "/q"), ("q=" + "x" * 300, "/q")):
            problem(service.get("/api/tickets?" + query, **ENGINEER), 400, "ESI_EINVAL", pointer)
        equal(service.get("/api/tickets?cursor=nonsense", **ENGINEER).status, 400)


@test
def an_unknown_ticket_is_not_found(folder):
    with service_of(folder) as service:
        problem(service.get("/api/tickets/999", **ENGINEER), 404, "ESI_ENOTFOUND")


@test
def the_gateway_names_the_role(folder):
    with service_of(folder) as service:
        problem(service.get("/api/tickets", X_Role="king"), 400, "ESI_EINVAL")
        problem(service.get("/api/tickets", X_User="x" * 129), 400, "ESI_EINVAL")
        ticket = service.post("/api/tickets", BROKEN, X_User="dave", X_Role="Operator").json()
        equal((ticket["createdBy"], ticket["userRole"]), ("dave", "operator"))


@test
def a_body_names_the_role_only_where_the_gateway_did_not(folder):
    with service_of(folder) as service:
        ask = {"message": "How do I bake bread?", "userRole": "instructor"}
        for headers, role in (({"X_User": "erin"}, "instructor"), (ALICE, "trainee")):
            number = service.post("/api/chat", ask, **headers).json()["ticketId"]
            equal(service.get("/api/tickets/" + number, **ENGINEER).json()["userRole"], role)


@test
def a_session_of_another_person_is_not_found(folder):
    with service_of(folder) as service:
        ask = {"message": "The VPN drops", "sessionId": "s-alice"}
        equal(service.post("/api/chat", ask, **ALICE).status, 200)
        problem(service.post("/api/chat", ask, **BOB), 404, "ESI_ENOTFOUND")
        problem(service.post("/api/chat", ask), 404, "ESI_ENOTFOUND")
        body = dict(BROKEN, sessionId="s-alice")
        problem(service.post("/api/tickets", body, **BOB), 404, "ESI_ENOTFOUND")


@test
def keys_of_two_people_do_not_meet(folder):
    with service_of(folder) as service:
        alice = service.post("/api/tickets", BROKEN, Idempotency_Key="k", **ALICE).json()
        bob = service.post("/api/tickets", BROKEN, Idempotency_Key="k", **BOB).json()
        assert alice["id"] != bob["id"]


@test
def a_gateway_elsewhere_is_not_believed(folder):
    args = ("--store", store(folder), "--trust-gateway", "--gateway-from", "10.0.0.0/8,192.0.2.7")
    with Service(*args) as service:
        ticket = service.post("/api/tickets", BROKEN, **ENGINEER).json()
        equal((ticket["createdBy"], ticket["userRole"]), (None, "trainee"))


@test
def a_gateway_is_believed_with_its_secret_only(folder):
    args = ("--store", store(folder), "--trust-gateway")
    with Service(*args, env={"ESI_GATEWAY_SECRET": "open sesame"}) as service:
        for given, who in (({}, None), ({"X_Gateway_Secret": "open"}, None),
                           ({"X_Gateway_Secret": "open sesame!"}, None),
                           ({"X_Gateway_Secret": "open sesame"}, "carol")):
            ticket = service.post("/api/tickets", BROKEN, **ENGINEER, **given).json()
            equal(ticket["createdBy"], who)


@test
def a_text_is_screened_for_a_role(folder):
    with service_of(folder) as service:
        answer = service.post("/api/guardrails/check",
                              {"text": "How do I read the other team's files?",
                               "userRole": "trainee"})
        equal((answer.status, set(answer.json())), (200, VERDICT))
        equal(answer.json()["blocked"], True)
        equal(service.post("/api/guardrails/check", {"text": "My lab VM is slow"}).json(),
              {"blocked": False, "category": None, "rule": None, "reason": None, "matches": []})


@test
def a_text_that_can_not_be_screened_is_refused(folder):
    with service_of(folder) as service:
        for body, pointer in (({}, "/text"), ({"text": ["x"]}, "/text"),
                              ({"text": "x", "userRole": "king"}, "/userRole")):
            problem(service.post("/api/guardrails/check", body), 400, "ESI_EINVAL", pointer)
        equal(service.post("/api/guardrails/check", {"text": ""}).status, 400)
        equal(service.post("/api/guardrails/check", {"text": "é" * 40000}).status, 413)


@test
def metrics_count_to_the_unit(folder):
    with service_of(folder) as service:
        for message in ("How do I bake bread?", "How do I read the other team's files?",
                        "The VPN drops every few minutes"):
            service.post("/api/chat", {"message": message}, **ALICE)
        service.post("/api/tickets", BROKEN, **BOB)
        found = service.get("/api/metrics/summary").json()
        equal((found["totalConversations"], found["totalMessages"], found["totalTickets"]),
              (3, 6, 3))
        equal((found["escalations"], found["guardrailActivations"], found["notCovered"]),
              (2, 1, 1))
        equal((found["openTickets"], found["closedTickets"]), (3, 0))
        equal(sum(found["ticketsByTier"].values()), 3)
        equal(sum(found["ticketsBySeverity"].values()), 3)
        equal(sum(found["guardrailByCategory"].values()), 1)
        equal(found["conversationVolumes"], {"sessions": 3, "messages": 6})
        equal(service.get("/api/metrics/summary?to=2001-01-01").json()["totalTickets"], 0)
        problem(service.get("/api/metrics/summary?from=soon"), 400, "ESI_EINVAL")


run()
