"""What `pg.py` does as a program: a cluster for another program, and the socket by which that
program tells it what to do (pg_control.h is the other side).

One line is asked on a connection, one line is answered: "ok WORDS" or "error WORDS".
    conf NAME key=value...          start|kill|promote NAME        stop|restart NAME [MODE]
    new NAME [key=value...]         standby NAME sync|async [key=value...]
    bouncer NAME [key=value...]     url NAME owner|serve|super DATABASE [OTHER]
    log|pid NAME                    sql NAME DATABASE STATEMENT
    create DATABASE [TEMPLATE]      drop DATABASE                  rename DATABASE NEW
NAME is `main` for the cluster that is there from the start; the last three are about it."""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading

import pg
from pg_place import Broken, Unavailable, clean_environment, log_tail

ROLES = {"owner": pg.OWNER, "serve": pg.SERVE, "super": pg.SUPER}


def settings(words):
    """key=value... as a dictionary."""
    return dict(word.split("=", 1) for word in words)


class Control:
    """The servers of one program, by name, and what it may ask of them."""

    def __init__(self, cluster):
        self.main = cluster
        self.named = {"main": cluster}
        self.path = os.path.join(cluster.place.folder, "control")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(64)
        self.lock = threading.Lock()

    def listen(self):
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            client, _ = self.socket.accept()
            with self.lock, client, contextlib.suppress(OSError):
                with client.makefile("r", encoding="utf-8") as asked:
                    client.sendall(self._answer(asked.readline()).encode())

    def _answer(self, line):
        try:
            verb, *words = line.split()
            return f"ok {getattr(self, 'do_' + verb)(*words) or ''}\n"
        except Exception as error:  # whatever it was, the program that asked shall hear of it
            return f"error {type(error).__name__}: {' '.join(str(error).split())}\n"

    def _add(self, name, server):
        if name in self.named:
            raise Broken(f"there is a {name}")
        self.named[name] = server
        return server.url()

    def do_conf(self, name, *words):
        self.named[name].conf(**settings(words))

    def do_start(self, name):
        if not self.named[name].running():
            self.named[name].start()

    def do_stop(self, name, mode="fast"):
        self.named[name].stop(mode)

    def do_restart(self, name, mode="fast"):
        self.named[name].restart(mode)

    def do_kill(self, name):
        self.named[name].kill()

    def do_promote(self, name):
        self.named[name].promote()

    def do_new(self, name, *words):
        server = pg.Cluster(name, place=self.main.place, **settings(words)).start()
        self.main.parts.append(server)
        return self._add(name, server)

    def do_standby(self, name, how, *words):
        return self._add(name, self.main.standby(name, how == "sync", **settings(words)))

    def do_bouncer(self, name, *words):
        return self._add(name, self.main.bouncer(**settings(words)))

    def do_url(self, name, role, database, other=None):
        also = {"also": [self.named[other]]} if other else {}
        return self.named[name].url(ROLES[role], database, **also)

    def do_log(self, name):
        return self.named[name].log

    def do_pid(self, name):
        return self.named[name].process.pid

    def do_sql(self, name, database, *statement):
        rows = self.named[name].sql(" ".join(statement), pg.SUPER, database)
        return "\t".join(rows[0]) if rows else ""

    def do_create(self, name, template=pg.TEMPLATE):
        return self.main.create_database(name, template)

    def do_drop(self, name):
        self.main.sql(f'DROP DATABASE "{name}" WITH (FORCE)', database="postgres")

    def do_rename(self, name, new):
        self.main.rename_database(name, new)


def variables(cluster, bouncer):
    found = {"ESI_TEST_PG": cluster.url(), "ESI_TEST_PG_SERVE": cluster.url(pg.SERVE),
             "ESI_TEST_PG_SUPER": cluster.url(pg.SUPER)}
    if bouncer:
        found["ESI_TEST_PGBOUNCER"] = bouncer.url()
    return found


def prepare(cluster, with_bouncer):
    """Starts all of it; gives the control and what the environment says."""
    cluster.start()
    control = Control(cluster)
    bouncer = None
    if with_bouncer:
        control.do_bouncer("bouncer")
        bouncer = control.named["bouncer"]
    return control, {**variables(cluster, bouncer), "ESI_TEST_PG_CONTROL": control.path}


def run(command, with_bouncer, wishes):
    """The program's exit status. Signals that we get are handed on to it."""
    env = clean_environment()
    try:
        cluster = pg.Cluster(**wishes)
    except Unavailable as why:
        os.execvpe(command[0], command, {**env, "ESI_TEST_PG_WHY": str(why)})
    child = None

    def hand_on(number, _):
        if child is None:
            raise SystemExit(128 + number)
        child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    libc = ctypes.CDLL(None)
    try:
        control, more = prepare(cluster, with_bouncer)
        # 1 is PR_SET_PDEATHSIG: without us, the program has nobody to wait for it.
        child = subprocess.Popen(command, env={**env, **more},
                                 preexec_fn=lambda: libc.prctl(1, signal.SIGKILL))
        control.listen()
        status = child.wait()
        if status != 0:
            for line in log_tail(cluster.log, 100).splitlines():
                if " LOG:  " not in line or "terminated" in line:
                    print("# server:", line, file=sys.stderr)
        return status if status >= 0 else 128 - status
    finally:
        cluster.close()


def serve(with_bouncer, wishes):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.closing(pg.Cluster(**wishes)) as cluster:
        control, more = prepare(cluster, with_bouncer)
        control.listen()
        for key, value in more.items():
            print(f"export {key}='{value}'", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


def main():
    words = sys.argv[1:]
    wish, words = (words[0] if words else ""), words[1:]
    with_bouncer, wishes = False, {}
    while words and words[0] != "--":
        option = words.pop(0)
        if option == "--bouncer":
            with_bouncer = True
        elif option == "--set" and words and "=" in words[0]:
            wishes.update(settings([words.pop(0)]))
        else:
            sys.exit(pg.__doc__)
    if wish == "run" and len(words) > 1:
        sys.exit(run(words[1:], with_bouncer, wishes))
    if wish == "serve" and not words:
        try:
            serve(with_bouncer, wishes)
        except Unavailable as why:
            sys.exit(str(why))
    else:
        sys.exit(pg.__doc__)
