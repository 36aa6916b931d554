"""Carrying a desk from one store to another, and bringing a store up to date: with files."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (EXE, contains, environment, equal, esihelp, one_line, run,  # noqa: E402
                      store, test, write)

VPN = "The VPN drops every few minutes"
BREAD = "How do I bake bread?"


def used(folder):
    """A store with documents, sessions and a ticket."""
    path = store(folder)
    for words in (VPN, BREAD):
        equal(esihelp("ask", "--store", path, "--user", "alice", "--session", "s-1", words).code, 0)
    return path


def copy(source, target, *more):
    return esihelp("copy", "--json", "--from", source, "--to", target, *more)


@test
def every_table_is_told_with_its_rows_and_hash(folder):
    source, target = used(folder), os.path.join(folder, "copy.db")
    result = copy(source, target)
    equal((result.code, result.err), (0, ""))
    report = result.json()
    equal((report["equal"], report["resumed"]), (True, False))
    rows = {table["name"]: table["rows"] for table in report["tables"]}
    equal((rows["chat_messages"], rows["tickets"], rows["kb_documents"]), (4, 1, 2))
    equal(sum(rows.values()), report["rows"])
    assert all(table["equal"] and len(table["hash"]) == 64 for table in report["tables"])


@test
def people_see_a_line_for_each_table(folder):
    result = esihelp("copy", "--from", used(folder), "--to", os.path.join(folder, "copy.db"))
    equal((result.code, result.err), (0, ""))
    for part in ("equal", "kb_sections", "tickets", "of them written now"):
        contains(result.out, part)


@test
def a_second_time_nothing_is_written(folder):
    source, target = used(folder), os.path.join(folder, "copy.db")
    first, second = copy(source, target).json(), copy(source, target).json()
    equal(second["written"], 0)
    equal([table["hash"] for table in first["tables"]],
          [table["hash"] for table in second["tables"]])


@test
def the_session_goes_on_where_it_was(folder):
    source, target = used(folder), os.path.join(folder, "copy.db")
    equal(copy(source, target).code, 0)
    args = ("ask", "--json", "--user", "alice", "--session", "s-1", "I still want to bake bread")
    here = esihelp(*args, "--store", source).json()
    there = esihelp(*args, "--store", target).json()
    assert here["ticketNumber"] == 1
    for key in ("answer", "ticketNumber", "ticketId", "kbReferences", "tier", "coverage"):
        equal(there[key], here[key])


@test
def the_store_to_copy_to_may_be_named_by_the_environment(folder):
    source, target = used(folder), os.path.join(folder, "copy.db")
    named = write(folder, "secret", target + "\n")
    result = esihelp("copy", "--json", "--from", source, env={"ESI_STORE_FILE": named})
    equal((result.code, result.json()["equal"]), (0, True))
    assert os.path.exists(target)


@test
def other_data_is_refused_and_left_alone(folder):
    source, target = used(folder), os.path.join(folder, "other.db")
    equal(esihelp("ask", "--store", target, "--session", "mine", BREAD).code, 0)
    one_line(copy(source, target), 6, "other data", "empty")
    equal(esihelp("ticket", "list", "--json", "--store", target).json()["items"][0]["sessionId"],
          "mine")


@test
def a_copy_without_its_two_stores_is_no_copy(folder):
    one_line(esihelp("copy"), 2, "--from")
    one_line(esihelp("copy", "--from", os.path.join(folder, "a.db")), 2, "--to")
    one_line(esihelp("copy", "--from", os.path.join(folder, "a.db"), "--to",
                     os.path.join(folder, "b.db")), 7)


@test
def a_copy_that_was_killed_is_no_desk_and_is_gone_on_with(folder):
    source, target = used(folder), os.path.join(folder, "copy.db")
    kb = os.path.join(folder, "more")
    for number in range(60):
        write(kb, "d%d.md" % number, "".join(
            "# Topic %d\n\n## Part %d\n\nWords about part %d of topic %d.\n\n"
            % (number, p, p, number)
            for p in range(8)))
    equal(esihelp("ingest", "--store", source, kb).code, 0)
    kills = 0
    for delay in range(1, 200):
        program = subprocess.Popen([EXE, "copy", "--from", source, "--to", target],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment())
        time.sleep(delay * 0.01)
        program.kill()
        if program.wait() == 0:
            break
        kills += 1
        if os.path.exists(target) and kills == 3:
            result = esihelp("ask", "--store", target, VPN)
            assert result.code in (0, 6, 7), result.err
            if result.code == 0:  # it hadn't begun: what was asked is other data now
                return
    result = copy(source, target)
    equal((result.code, result.json()["equal"]), (0, True))
    assert kills > 0
    equal(esihelp("ask", "--store", target, VPN).code, 0)


@test
def migrating_tells_from_which_step_to_which(folder):
    path = os.path.join(folder, "new.db")
    first = esihelp("migrate", "--json", "--store", path).json()
    part = first["parts"][0]
    equal((part["name"], part["database"], part["from"]), ("desk", path, 0))
    assert part["to"] > 0 and first["grants"] == []
    again = esihelp("migrate", "--store", path)
    equal(again.code, 0)
    contains(again.out, "up to date, at step %d" % part["to"])
    equal(esihelp("ask", "--store", path, BREAD).code, 0)


@test
def a_file_has_no_roles(folder):
    one_line(esihelp("migrate", "--store", os.path.join(folder, "a.db"), "--grant", "r"), 4)


run()
