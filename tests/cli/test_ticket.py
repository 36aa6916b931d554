"""Tickets, metrics and the check-up, from the command line."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, control, equal, esihelp, one_line, run, store, test  # noqa: E402

TICKET = {"id", "number", "sessionId", "status", "tier", "severity", "requestedSeverity",
          "category", "summary", "description", "userRole", "module", "createdBy", "assignee",
          "conversation", "rules", "aiResults", "details", "attempts", "kind", "context",
          "incidentId", "dueAt", "createdAt", "updatedAt", "version"}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def with_ticket(folder):
    """A store with one ticket: its path and the ticket's number."""
    path = store(folder)
    reply = esihelp("ask", "--json", "--store", path, "--user", "alice", "--session", "s-1",
                    "--module", "lab-7", "How do I bake bread?").json()
    return path, str(reply["ticketNumber"])


def ticket(path, *args):
    result = esihelp("ticket", *args, "--json", "--store", path)
    equal((result.code, result.err), (0, ""))
    return result.json()


@test
def a_ticket_shows_all_of_its_fields_and_the_conversation(folder):
    path, number = with_ticket(folder)
    shown = ticket(path, "show", number)
    equal(set(shown), TICKET)
    equal((str(shown["number"]), shown["status"], shown["createdBy"], shown["module"]),
          (number, "OPEN", "alice", "lab-7"))
    equal([message["role"] for message in shown["conversation"]], ["user", "assistant"])
    equal(shown["conversation"][0]["text"], "How do I bake bread?")
    assert re.fullmatch(TIME, shown["createdAt"]) and len(shown["summary"]) <= 120
    equal(ticket(path, "show", shown["id"])["number"], shown["number"])


@test
def the_list_is_filtered(folder):
    path, number = with_ticket(folder)
    equal([str(t["number"]) for t in ticket(path, "list")["items"]], [number])
    equal(len(ticket(path, "list", "--status", "OPEN", "--session", "s-1")["items"]), 1)
    equal(ticket(path, "list", "--status", "CLOSED")["items"], [])
    equal(ticket(path, "list", "--session", "other")["items"], [])


@test
def the_list_pages(folder):
    path, _ = with_ticket(folder)
    esihelp("ask", "--store", path, "--user", "bob", "How do I bake a cake?")
    first = ticket(path, "list", "--limit", "1")
    second = ticket(path, "list", "--limit", "1", "--cursor", first["nextCursor"])
    numbers = [page["items"][0]["number"] for page in (first, second)]
    equal(numbers, sorted(numbers, reverse=True))
    equal(second["nextCursor"], None)


@test
def people_see_tickets_too(folder):
    path, number = with_ticket(folder)
    contains(esihelp("ticket", "list", "--store", path).out, "#" + number)
    contains(esihelp("ticket", "show", number, "--store", path).out, "How do I bake bread?")


@test
def a_ticket_is_changed_and_its_version_rises(folder):
    path, number = with_ticket(folder)
    before = ticket(path, "show", number)["version"]
    changed = ticket(path, "update", number, "--status", "IN_PROGRESS", "--assignee", "carol",
                     "--comment", "on it")
    equal((changed["status"], changed["assignee"]), ("IN_PROGRESS", "carol"))
    assert changed["version"] > before


@test
def an_old_version_is_refused(folder):
    path, number = with_ticket(folder)
    ticket(path, "update", number, "--assignee", "carol")
    result = esihelp("ticket", "update", number, "--assignee", "dave", "--if-version", "1",
                     "--store", path)
    one_line(result, 6)


@test
def a_trainee_may_not_change_a_ticket(folder):
    path, number = with_ticket(folder)
    result = esihelp("ticket", "update", number, "--status", "CLOSED", "--user", "alice",
                     "--role", "trainee", "--store", path)
    one_line(result, 6)


@test
def somebody_else_does_not_see_it(folder):
    path, number = with_ticket(folder)
    one_line(esihelp("ticket", "show", number, "--user", "bob", "--store", path), 3)


@test
def a_ticket_that_does_not_exist_is_not_found(folder):
    path, _ = with_ticket(folder)
    one_line(esihelp("ticket", "show", "999", "--store", path), 3)
    one_line(esihelp("ticket", "update", "999", "--status", "CLOSED", "--store", path), 3)


@test
def nothing_to_change_and_unknown_words_are_wrong_calls(folder):
    one_line(esihelp("ticket", "update", "1"), 2, "--status")
    one_line(esihelp("ticket", "update", "1", "--status", "DONE"), 2, "IN_PROGRESS")
    one_line(esihelp("ticket", "list", "--tier", "4"), 2, "TIER_0")
    one_line(esihelp("ticket", "list", "--severity", "BAD"), 2, "CRITICAL")


@test
def metrics_count_what_happened(folder):
    path, _ = with_ticket(folder)
    metrics = esihelp("metrics", "--json", "--store", path).json()
    equal((metrics["totalConversations"], metrics["totalMessages"], metrics["totalTickets"]),
          (1, 2, 1))
    equal((metrics["openTickets"], metrics["notCovered"], metrics["escalations"]), (1, 1, 1))
    equal(sum(metrics["ticketsByTier"].values()), 1)
    equal(sum(metrics["ticketsBySeverity"].values()), 1)
    contains(esihelp("metrics", "--store", path).out, "tickets        1 (1 open, 0 closed)")


@test
def a_day_that_is_none_is_refused(folder):
    one_line(esihelp("metrics", "--from", "yesterday", "--store", os.path.join(folder, "d.db")), 4)


@test
def the_doctor_finds_a_good_desk_well(folder):
    path, _ = with_ticket(folder)
    if "ESI_TEST_PG" in os.environ:
        control("conf main fsync=on full_page_writes=on")  # it minds that tests do without
    result = esihelp("doctor", "--json", "--store", path)
    equal((result.code, result.json()["healthy"]), (0, True))
    for finding in result.json()["findings"]:
        equal(set(finding), {"ok", "what", "detail", "mend"})
        equal(finding["ok"], True)
    contains(esihelp("doctor", "--store", path).out, "all is well")


run()
