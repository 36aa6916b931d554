"""The servers that tests use: they start, do what they are told, and never outlive a test."""
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lint"), os.path.join(HERE, "..", "support")]
import pg  # noqa: E402
from pg_place import Broken, Unavailable, below  # noqa: E402
from tap import Tap  # noqa: E402

PG = os.path.join(HERE, "..", "support", "pg.py")


def equal(found, wanted):
    return [] if found == wanted else [f"found {found!r}, wanted {wanted!r}"]


def refused(part, work):
    """The problems with a statement that must be refused in those words."""
    try:
        work()
    except Broken as error:
        return [] if part in str(error) else [str(error)]
    return ["it was done"]


def roles(tap, c):
    tap.check("a database has the extension vector",
              equal(c.sql("SELECT '[1,2]'::vector <-> '[1,4]'::vector", pg.SERVE), [("2",)]))
    c.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE DATABASE d TEMPLATE "
          + pg.TEMPLATE, pg.OWNER)
    c.sql("UPDATE t SET a = 2", pg.SERVE)
    tap.check("the serving role reads and writes rows", equal(c.sql("SELECT a FROM t"), [("2",)]))
    tap.check("the serving role makes no table",
              refused("permission denied", lambda: c.sql("CREATE TABLE u ()", pg.SERVE)))
    c.create_database("bare", template="template1")
    tap.check("the owner may not make the extension, where it isn't there", refused(
        "permission denied", lambda: c.sql("CREATE EXTENSION vector", pg.OWNER, "bare")))


def ends(tap, c):
    for mode in ("fast", "immediate"):
        c.restart(mode)
        tap.check(f"what was committed is there after a stop, {mode}",
                  equal(c.sql("SELECT a FROM t"), [("2",)]))
    c.conf(work_mem="3MB")
    tap.check("a setting is changed while it runs", equal(c.sql("SHOW work_mem"), [("3MB",)]))
    standby = c.standby(synchronous=True)
    c.sql("UPDATE t SET a = 3")
    c.kill()
    standby.promote()
    tap.check("a promoted standby has what the killed primary acknowledged",
              equal(standby.sql("SELECT a FROM t"), [("3",)]))
    tap.check("a string of both hosts finds the one that takes writes", equal(
        c.sql("UPDATE t SET a = 4 RETURNING a", url=c.url(also=[standby])), [("4",)]))
    pooled = standby.bouncer()
    tap.check("PgBouncer is before it", equal(pooled.sql("SELECT a FROM t"), [("4",)]))


def wrapped(command, **options):
    return subprocess.Popen([sys.executable, PG, "run", "--bouncer", "--", *command],
                            stdout=subprocess.PIPE, text=True, **options)


def as_a_wrapper(tap):
    run = wrapped(["sh", "-c", "echo ok 1 $ESI_TEST_PGBOUNCER; exit 3"])
    said = run.communicate()[0]
    tap.check("the program's words and status are the wrapper's",
              [] if said.startswith("ok 1 postgres://") and run.returncode == 3 else [said])
    run = wrapped(["sh", "-c", "echo $$ $ESI_TEST_PG_CONTROL; exec sleep 600"])
    child, control = run.stdout.readline().split()
    folder = os.path.dirname(control)
    busy = below(folder)
    run.send_signal(signal.SIGKILL)
    run.wait()
    until = time.monotonic() + 30
    while time.monotonic() < until and (os.path.exists(folder) or os.path.exists("/proc/" + child)):
        time.sleep(0.05)
    tap.check("a wrapper that was killed leaves no server, program or file",
              [f"{len(busy)} processes, {os.listdir(folder)} in {folder}"]
              if os.path.exists(folder) or len(busy) < 3 or os.path.exists("/proc/" + child) else [])
    with tempfile.TemporaryDirectory() as nothing:
        run = wrapped(["sh", "-c", "echo $ESI_TEST_PG $ESI_TEST_PG_WHY"],
                      env={**os.environ, "ESI_TEST_PG_TREE": os.path.join(nothing, "pg")})
        said = run.communicate()[0]
    tap.check("without a server the program is told why",
              [] if said.startswith("no PostgreSQL in ") else [said])


def main():
    tap = Tap()
    try:
        with pg.Cluster() as c:
            roles(tap, c)
            ends(tap, c)
            folder = c.place.folder
        tap.check("nothing is left of a cluster", [folder] if os.path.exists(folder) else [])
        as_a_wrapper(tap)
    except Unavailable as why:
        tap.skip("servers for tests", str(why))
    tap.end()


if __name__ == "__main__":
    main()
