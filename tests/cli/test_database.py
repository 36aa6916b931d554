"""A desk on PostgreSQL, from outside: its owner, the role that serves, what is never told."""

import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (EXE, Service, contains, environment, equal, esihelp,  # noqa: E402
                      knowledge_base, one_line, run, store, test, write)

VPN = "The VPN drops every few minutes"
BREAD = "How do I bake bread?"
SECRET = "hush-hush-7"


def control(line):
    """Tells the servers of pg.py what to do."""
    with socket.socket(socket.AF_UNIX) as line_to:
        line_to.connect(os.environ["ESI_TEST_PG_CONTROL"])
        line_to.sendall((line + "\n").encode())
        said = line_to.makefile().readline().strip()
    assert said.startswith("ok"), said
    return said[3:]


class Database:
    """A database of its own, empty."""

    made = 0

    def __enter__(self):
        Database.made += 1
        self.name = "cli_%d_%d" % (os.getpid(), Database.made)
        control("create %s esi_template" % self.name)
        return self

    def __exit__(self, *why):
        control("drop " + self.name)

    def url(self, role, password=None):
        url = control("url main %s %s" % (role, self.name))
        return url if password is None else url.replace("@", ":%s@" % password, 1)


@test
def a_role_that_only_reads_and_writes_rows_serves(folder):
    with Database() as db:
        refused = esihelp("ask", "--store", db.url("serve"), VPN)
        equal((refused.code, refused.out), (5, ""))
        contains(refused.err, "esihelp migrate")
        done = esihelp("migrate", "--json", "--store", db.url("owner"), "--grant", "desk_serve")
        equal((done.code, done.err), (0, ""))
        equal([part["name"] for part in done.json()["parts"]], ["case", "kb"])
        assert done.json()["granted"]
        equal(esihelp("ingest", "--store", db.url("serve"), knowledge_base(folder)).code, 0)
        with Service("--store", db.url("serve")) as service:
            answer = service.post("/api/chat", {"message": VPN}).json()
            equal(answer["kbReferences"][0]["id"], "kb-vpn")


@test
def what_serving_needs_is_told_to_the_owner(folder):
    with Database() as db:
        said = esihelp("migrate", "--store", db.url("owner"))
        equal((said.code, said.err), (0, ""))
        for part in ("case in ", "from step 0", "GRANT USAGE ON SCHEMA public TO SERVING_ROLE;",
                     "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES", "GRANT EXECUTE ON FUNCTION"):
            contains(said.out, part)
        contains(esihelp("migrate", "--store", db.url("owner")).out, "up to date")
        one_line(esihelp("migrate", "--store", db.url("owner"), "--grant", "nobody there"), 3)


@test
def the_doctor_looks_at_the_database(folder):
    with Database() as db:
        equal(esihelp("migrate", "--store", db.url("owner")).code, 0)
        equal(esihelp("ingest", "--store", db.url("serve"), knowledge_base(folder)).code, 0)
        report = esihelp("doctor", "--json", "--store", db.url("serve")).json()
        findings = {finding["what"]: finding for finding in report["findings"]}
        for what in ("server", "pgvector", "schema", "indexes", "rights", "pool", "clock", "turns"):
            assert findings[what]["ok"], findings[what]
        control("sql main %s DROP INDEX tickets_status" % db.name)
        said = esihelp("doctor", "--store", db.url("serve"))
        equal(said.code, 1)
        contains(said.out, "CREATE INDEX tickets_status ON tickets")


@test
def a_desk_is_carried_from_a_file_whatever_kills_it(folder):
    source = store(folder)
    kb = os.path.join(folder, "more")
    for number in range(60):
        write(kb, "d%d.md" % number, "".join(
            "# Topic %d\n\n## Part %d\n\nWords about part %d of topic %d.\n\n"
            % (number, p, p, number)
            for p in range(8)))
    equal(esihelp("ingest", "--store", source, kb).code, 0)
    for words in (VPN, BREAD):
        equal(esihelp("ask", "--store", source, "--user", "alice", "--session", "s-1", words).code,
              0)
    with Database() as db:
        target, kills = db.url("owner"), 0
        for delay in range(1, 200):
            program = subprocess.Popen([EXE, "copy", "--from", source, "--to", target],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=environment())
            time.sleep(delay * 0.01)
            program.kill()
            if program.wait() == 0:
                break
            kills += 1
        result = esihelp("copy", "--json", "--from", source, "--to", target)
        equal((result.code, result.json()["equal"]), (0, True))
        assert kills > 0
        args = ("ask", "--json", "--user", "alice", "--session", "s-1",
                "I still want to bake bread")
        here = esihelp(*args, "--store", source).json()
        there = esihelp(*args, "--store", db.url("serve")).json()
        assert here["ticketNumber"] == 1
        for key in ("answer", "ticketNumber", "ticketId", "kbReferences", "tier", "coverage"):
            equal(there[key], here[key])


@test
def a_password_is_never_told(folder):
    source = store(folder)
    with Database() as db:
        equal(esihelp("migrate", "--store", db.url("owner")).code, 0)
        urls = [db.url("serve", SECRET), db.url("owner", SECRET),
                "postgres://desk:%s@127.0.0.1:1/esi" % SECRET,
                "postgres://desk:%s@no.such.host.invalid/esi" % SECRET,
                "postgres://desk@127.0.0.1:1/esi?password=%s" % SECRET,
                "postgres://desk:%s@[broken/esi" % SECRET,
                "postgres://desk:%s@127.0.0.1:1/esi?no_such=parameter" % SECRET,
                "postgresql+psycopg://desk:%s@127.0.0.1:1/esi" % SECRET]
        for url in urls:
            for words in (("doctor",), ("doctor", "--json"), ("ask", "--verbose", VPN),
                          ("migrate", "--verbose"), ("search", "--json", "vpn"),
                          ("copy", "--verbose", "--from", source),
                          ("ask", "--knowledge", url, "--replica", url, VPN)):
                result = esihelp(*words, env={"CONNECTION_PG_DB": url})
                assert SECRET not in result.out + result.err, (words, result.out, result.err)
        named = write(folder, "url", urls[2] + "\n")
        result = esihelp("ask", "--verbose", VPN, env={"CONNECTION_PG_DB_FILE": named})
        equal(result.code, 5)
        assert SECRET not in result.out + result.err


if "ESI_TEST_PG" in os.environ:
    run()
print("1..0 # SKIP " + os.environ.get("ESI_TEST_PG_WHY", "it isn't run by tests/support/pg.py"))
