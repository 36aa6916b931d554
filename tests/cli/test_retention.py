"""What is old goes, and what is of one person, from the command line."""

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, one_line, run, store, test  # noqa: E402

DAY = 86400000
AGED = ("chat_sessions.created_at_ms", "chat_sessions.updated_at_ms", "chat_messages.at_ms",
        "tickets.created_at_ms", "tickets.updated_at_ms", "outbox.at_ms")


def age(path, days):
    """Makes everything in a store so many days older."""
    with sqlite3.connect(path) as db:
        for column in AGED:
            table, name = column.split(".")
            db.execute(f"UPDATE {table} SET {name} = {name} - {days * DAY}")
    db.close()


def with_talk(folder):
    """Alice asked two things, of which one opened a ticket; bob asked one."""
    path = store(folder)
    for user, session, words in (("alice", "a-1", "How do I bake bread?"),
                                 ("alice", "a-2", "The VPN drops every few minutes"),
                                 ("bob", "b-1", "The VPN drops every few minutes")):
        equal(esihelp("ask", "--store", path, "--user", user, "--session", session, words).code, 0)
    return path


def purge(path, *args):
    result = esihelp("purge", "--json", "--store", path, *args)
    equal((result.code, result.err), (0, ""))
    return {t: n for t, n in result.json()["tables"].items() if n > 0}


def metric(path, name):
    return esihelp("metrics", "--json", "--store", path).json()[name]


@test
def what_is_old_goes_and_an_open_ticket_stays_with_its_session(folder):
    path = with_talk(folder)
    age(path, 91)
    gone = purge(path, "--older-than", "90d")
    equal((gone["chat_sessions"], gone["chat_messages"]), (2, 4))
    equal((metric(path, "totalConversations"), metric(path, "totalTickets")), (1, 1))
    equal(purge(path, "--older-than", "90d"), {})


@test
def an_ended_ticket_goes_when_it_is_old(folder):
    path = with_talk(folder)
    equal(esihelp("ticket", "update", "1", "--status", "CLOSED", "--store", path).code, 0)
    age(path, 91)
    gone = purge(path, "--older-than", "90d")
    equal((gone["chat_sessions"], gone["tickets"], gone["ticket_events"]), (3, 1, 2))
    one_line(esihelp("ticket", "show", "1", "--store", path), 3)


@test
def what_is_young_stays(folder):
    path = with_talk(folder)
    age(path, 2)
    equal(purge(path, "--older-than", "49h"), {})
    equal(metric(path, "totalConversations"), 3)
    equal(purge(path, "--older-than", "47h")["chat_sessions"], 2)


@test
def a_trial_run_removes_nothing(folder):
    path = with_talk(folder)
    age(path, 91)
    told = purge(path, "--older-than", "90d", "--dry-run")
    equal(metric(path, "totalConversations"), 3)
    equal(purge(path, "--older-than", "90d", "--read-only", "--dry-run"), told)
    equal(purge(path, "--older-than", "90d"), told)


@test
def events_that_nobody_took_stay_until_it_is_said(folder):
    path = with_talk(folder)
    age(path, 91)
    assert "outbox" not in purge(path, "--older-than", "90d")
    equal(purge(path, "--older-than", "90d", "--undelivered"), {"outbox": 1})


@test
def people_are_told_how_many_rows_went(folder):
    path = with_talk(folder)
    age(path, 91)
    contains(esihelp("purge", "--older-than", "90d", "--dry-run", "--store", path).out,
             "would remove ")
    result = esihelp("purge", "--older-than", "90d", "--store", path)
    contains(result.out, "  chat_sessions    2\n")
    equal(esihelp("purge", "--older-than", "90d", "--store", path).out, "removed 0 rows\n")


@test
def an_age_that_is_none_is_a_wrong_call(folder):
    path = os.path.join(folder, "no.db")
    for words in ((), ("--older-than", "90"), ("--older-than", "d"), ("--older-than", "0d"),
                  ("--older-than", "-1d"), ("--older-than", "90days"), ("--older-than", ""),
                  ("--older-than", "99999999999999999999d")):
        one_line(esihelp("purge", "--store", path, *words), 2, "90d")
    assert not os.path.exists(path)


@test
def a_person_is_erased_and_nobody_else(folder):
    path = with_talk(folder)
    result = esihelp("erase", "--json", "alice", "--store", path)
    equal((result.code, result.err), (0, ""))
    tables = result.json()["tables"]
    equal((tables["chat_sessions"], tables["chat_messages"], tables["tickets"]), (2, 4, 1))
    equal(result.json()["total"], sum(tables.values()))
    equal((metric(path, "totalConversations"), metric(path, "totalTickets")), (1, 0))
    db = sqlite3.connect(path)
    dump = "\n".join(db.iterdump())
    db.close()
    assert "alice" not in dump and "bake bread" not in dump
    contains(dump, "'bob'")


@test
def what_was_erased_is_not_in_the_file_either(folder):
    path = with_talk(folder)
    with open(path, "rb") as file:
        assert b"bake bread" in file.read()
    equal(esihelp("erase", "alice", "--store", path).code, 0)
    for name in os.listdir(folder):
        if name.startswith(os.path.basename(path)):
            with open(os.path.join(folder, name), "rb") as file:
                assert b"bake bread" not in file.read(), name


@test
def somebody_who_was_never_there_is_erased_without_complaint(folder):
    path = with_talk(folder)
    result = esihelp("erase", "carol", "--store", path)
    equal((result.code, result.out), (0, "erased 0 rows\n"))


@test
def wrong_calls_and_a_store_that_is_only_read_are_said(folder):
    path = with_talk(folder)
    one_line(esihelp("erase", "--store", path), 2, "USER")
    one_line(esihelp("erase", "", "--store", path), 4)
    one_line(esihelp("erase", "alice", "--read-only", "--store", path), 7)
    one_line(esihelp("purge", "--older-than", "9d", "--read-only", "--store", path), 7)


run()
