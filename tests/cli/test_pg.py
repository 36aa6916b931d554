"""A server is put on PostgreSQL, as an operator does it; what goes wrong says what to do."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (Service, contains, control, equal, esihelp, ingest, knowledge_base,  # noqa: E402
                      one_line, run, test)

VPN = "The VPN drops every few minutes"
SERVE = re.search(r"//(\w+)@", os.environ.get("ESI_TEST_PG_SERVE", "//nobody@")).group(1)


def bare(folder, extension=True):
    """(the owner's URL, the serving role's) of a database with nothing in it, in which the serving
    role has no rights."""
    name = "bare_" + os.path.basename(folder).lower().replace("-", "_")
    owner = control("create %s template1" % name)
    if extension:
        control("sql main %s CREATE EXTENSION vector" % name)
    return owner, control("url main serve %s" % name)


def migrated(folder):
    owner, serve = bare(folder)
    equal(esihelp("migrate", "--grant", SERVE, "--store", owner).code, 0)
    return serve


@test
def two_lines_put_a_server_on_it(folder):
    owner, serve = bare(folder)
    contains(esihelp("migrate", "--grant", SERVE, env={"ESI_STORE": owner}).out, "GRANT")
    ingest(serve, folder)
    with Service(env={"ESI_STORE": serve}) as one, Service(env={"ESI_STORE": serve}) as other:
        said = one.request("POST", "/api/chat", {"message": VPN, "sessionId": "s-1"}).json()
        equal(said["kbReferences"][0]["id"], "kb-vpn")
        said = other.request("POST", "/api/chat", {"message": "it still drops", "sessionId": "s-1"})
        equal(said.status, 200)
    equal(control("sql main %s SELECT turns FROM chat_sessions" % serve.rsplit("/", 1)[1]), "2")


@test
def a_migration_that_was_done_is_nothing_to_do(folder):
    owner, _ = bare(folder)
    equal(esihelp("migrate", "--store", owner).code, 0)
    contains(esihelp("migrate", "--store", owner).out, "up to date")


@test
def a_database_that_was_not_migrated_is_refused_with_the_command(folder):
    _, serve = bare(folder)
    one_line(esihelp("ask", "--store", serve, VPN), 5, "esihelp migrate")


@test
def the_role_that_serves_does_not_migrate(folder):
    _, serve = bare(folder)
    one_line(esihelp("migrate", "--store", serve), 5, "as its owner")


@test
def a_role_without_rights_is_told_how_it_gets_them(folder):
    owner, serve = bare(folder)
    equal(esihelp("migrate", "--store", owner).code, 0)
    one_line(esihelp("ask", "--store", serve, VPN), 5, "esihelp migrate")


@test
def without_the_extension_the_command_that_makes_it_is_said(folder):
    owner, _ = bare(folder, extension=False)
    one_line(esihelp("migrate", "--store", owner), 4, "CREATE EXTENSION vector")


@test
def urls_as_other_libraries_write_them_are_taken(folder):
    serve = migrated(folder)
    ingest(serve, folder)
    for scheme in ("postgresql", "postgresql+psycopg", "postgresql+asyncpg"):
        url = serve.replace("postgres:", scheme + ":")
        equal(esihelp("ask", "--store", url, VPN).code, 0)


def found(*args):
    """The documents in which something is found, in order."""
    items = esihelp("search", "--json", *args, "vpn badge").json()["items"]
    return list(dict.fromkeys(item["kbId"] for item in items))


@test
def two_collections_of_a_database_do_not_meet(folder):
    serve = migrated(folder)
    ingest(serve, folder)
    equal("kb-vpn" in found("--store", serve), True)
    other = ("--collection", "other", "--store", serve)
    equal(found(*other), [])
    equal(esihelp("ingest", *other, os.path.join(knowledge_base(folder), "printing.md")).code, 0)
    equal(found(*other), ["kb-printing"])
    equal("kb-vpn" in found("--store", serve), True)


@test
def a_database_that_is_not_there_is_said_without_the_password(_):
    url = control("url main serve nowhere").replace("@", ":s3cret@")
    result = esihelp("ask", "--store", url, VPN)
    one_line(result, 3, "nowhere", "createdb")
    equal("s3cret" in result.err, False)


@test
def a_server_that_is_not_there_is_said_at_once(_):
    result = esihelp("ask", "--store", "postgres://me:s3cret@127.0.0.1:1/esi", VPN)
    equal((result.code, result.out), (5, ""))
    contains(result.err, "127.0.0.1:1")
    equal("s3cret" in result.err, False)


run()
