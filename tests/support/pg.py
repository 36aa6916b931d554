"""Private PostgreSQL servers for tests. As a module: Cluster, Bouncer. As a program:

pg.py run [--bouncer] -- PROGRAM ARGS   runs PROGRAM with a cluster of its own
pg.py serve [--bouncer]                 a cluster until it is told to end; prints what to export

Sets ESI_TEST_PG (a role that owns its databases and may create more), ESI_TEST_PG_SERVE (rows only),
ESI_TEST_PG_SUPER, ESI_TEST_PG_CONTROL (see pg_control.py) and ESI_TEST_PGBOUNCER; or, where there is
no PostgreSQL, ESI_TEST_PG_WHY. The server listens on 127.0.0.1, its data is below TMPDIR, and a
watchdog ends it and removes all of it however the program ends. The server refuses to run as root;
then it runs as `postgres` or `nobody`.

Every database made from the template `esi_template` has the extension `vector` (only a superuser
may make it) and lets desk_serve read and write the rows of what desk_owner makes."""
import contextlib
import ctypes
import fcntl
import glob
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pg_tree import TREE  # noqa: E402

SUPER, OWNER, SERVE = "desk_super", "desk_owner", "desk_serve"
TEMPLATE, DATABASE = "esi_template", "esi"
SLOW = 60  # seconds; for a server on a busy machine

SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "shared_buffers": "32MB",
    "max_connections": "100", "autovacuum": "off", "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",  # in the data folder, so that nothing is left elsewhere
    "wal_level": "replica", "max_wal_senders": "5", "max_wal_size": "512MB", "hot_standby": "on",
    "timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C", "cluster_name": "",
}
FAST = {"fsync": "off", "full_page_writes": "off"}

ROLES = f"""
CREATE ROLE {OWNER} LOGIN CREATEDB;
CREATE ROLE {SERVE} LOGIN;
CREATE DATABASE {TEMPLATE} OWNER {OWNER};
"""
CONTENTS = f"""
CREATE EXTENSION vector;
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {SERVE};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE ON SEQUENCES TO {SERVE};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE ON SCHEMAS TO {SERVE};
"""
LAST = f"""
ALTER DATABASE {TEMPLATE} IS_TEMPLATE true;
CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE} OWNER {OWNER};
"""


class Unavailable(Exception):
    """There is no PostgreSQL for tests here, and why."""


class Broken(Exception):
    """A server didn't do what it was told, with the last of its log."""


# ---- the machine --------------------------------------------------------------------------------

def server_user():
    """The user that servers run as, for subprocess; empty if that's who we are."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Unavailable("the server refuses root, and there is no other user")


def own(path, user):
    if user:
        os.chown(path, user["user"], user["group"])


def open_to_all(path):
    """May everybody get at what is in that folder?"""
    path = os.path.realpath(path)
    while path != "/":
        if os.stat(path).st_mode & 0o5 != 0o5 and os.stat(path).st_mode & 0o1001 != 0o1001:
            return False
        path = os.path.dirname(path)
    return True


def programs():
    """(folder of PostgreSQL's programs, pgbouncer)."""
    bouncer = os.path.join(TREE, "usr/sbin/pgbouncer")
    found = glob.glob(os.path.join(TREE, "usr/lib/postgresql/*/bin/postgres"))
    if os.path.exists(os.path.join(TREE, "recipe")) and found:
        return os.path.dirname(found[0]), bouncer
    try:
        with open(TREE + ".why", encoding="utf-8") as f:
            raise Unavailable("no PostgreSQL: " + f.read().strip())
    except OSError:
        raise Unavailable(f"no PostgreSQL in {TREE}; tests/support/pg_tree.py makes it") from None


def free_port():
    """Below the ports that the system gives to clients, so that it's still free after a restart."""
    for _ in range(200):
        port = random.randrange(15000, 32000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port
    raise Unavailable("no free port")


def clean_environment():
    """For programs that shall not hear of a PostgreSQL that the machine's user has."""
    return {k: v for k, v in os.environ.items()
            if not k.startswith("PG") and not k.startswith("ESI_TEST_PG")}


def below(folder):
    """Processes that work in the folder."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if (os.readlink(f"/proc/{name}/cwd") + "/").startswith(folder + "/"):
                    found.append(int(name))
    return found


def end_all(folder):
    """Ends the servers of a folder; asks first, so that they give back their shared memory."""
    for number, seconds in ((signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        until = time.monotonic() + seconds
        while below(folder) and time.monotonic() < until:
            for pid in below(folder):
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
            time.sleep(0.05)


def forget_memory(data):
    """The small shared memory that a killed server leaves; its number is in postmaster.pid."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        with open(os.path.join(data, "postmaster.pid"), encoding="utf-8") as f:
            number = int(f.read().splitlines()[6].split()[1])
        ctypes.CDLL(None).shmctl(number, 0, None)


class Place:
    """A private folder for servers, and the watchdog that clears it up whatever becomes of us."""

    def __init__(self):
        self.user = server_user()
        self.bin, self.bouncer = programs()
        base = tempfile.gettempdir()
        if self.user and not open_to_all(base):
            base = "/tmp"
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="esi-pg-", dir=base))
        own(self.folder, self.user)
        self.watchdog = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "watch", self.folder],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/")
        if self.user and not open_to_all(self.bin):
            copy = os.path.join(self.folder, "tree")
            shutil.copytree(TREE, copy, symlinks=True, ignore=shutil.ignore_patterns(
                "include", "cluster-*", "*.a"))
            subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
            self.bin = copy + self.bin[len(TREE):]
            self.bouncer = copy + self.bouncer[len(TREE):]

    def run(self, program, *args):
        """One of PostgreSQL's programs, as the server's user."""
        done = subprocess.run([os.path.join(self.bin, program), *args], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False, **self.user,
                              env={**clean_environment(), "LC_ALL": "C"})
        if done.returncode != 0:
            raise Broken(f"{program}: {done.stdout[-2000:]}")
        return done.stdout

    def spawn(self, command, cwd, log):
        """A server of ours. It doesn't hear the terminal's signals."""
        with open(log, "ab") as out:
            own(log, self.user)
            return subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=out, start_new_session=True, **self.user,
                                    env={**clean_environment(), "LC_ALL": "C"})

    def close(self):
        """Everything ends and goes; the watchdog does it."""
        if self.watchdog.poll() is None:
            self.watchdog.stdin.close()
            self.watchdog.wait()


def watch(folder):
    """The watchdog: waits for the end of its parent, which holds the other end of stdin."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.read(0, 1)
    end_all(folder)
    for data in glob.glob(os.path.join(folder, "*")):
        forget_memory(data)
    shutil.rmtree(folder, ignore_errors=True)


# ---- servers ------------------------------------------------------------------------------------

def log_tail(path, lines=20):
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as f:
        return "".join(f.readlines()[-lines:])
    return ""


class Cluster:
    """A server and its databases. `with Cluster() as c:` starts it and ends it."""

    def __init__(self, name="main", place=None, fsync=False, **settings):
        self.place = place or Place()
        self.name, self.parts, self.process = name, [], None
        self.owns_place = place is None
        self.data = os.path.join(self.place.folder, name)
        self.log = self.data + ".log"
        self.host, self.port = "127.0.0.1", free_port()
        self.settings = {**SETTINGS, **({} if fsync else FAST), **settings}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # -- life --

    def start(self):
        """Starts it, from a copy of a ready cluster the first time. Gives itself."""
        if not os.path.exists(self.data):
            copy_cluster(self)
        for attempt in range(20):
            self._write_settings()
            self.process = self.place.spawn(
                [os.path.join(self.place.bin, "postgres"), "-D", self.data], self.data, self.log)
            if self._ready():
                return self
            said = log_tail(self.log, 4)
            if "could not bind" in said:
                self.port = free_port()
            elif "shared memory" not in said:  # else a killed server's children still go
                break
            time.sleep(0.1 * attempt)
        raise Broken(f"{self.name} doesn't start: {log_tail(self.log)}")

    def _ready(self):
        until = time.monotonic() + SLOW
        while self.process.poll() is None:
            with contextlib.suppress(OSError, IndexError), \
                    open(os.path.join(self.data, "postmaster.pid"), encoding="utf-8") as f:
                lines = f.read().splitlines()
                if int(lines[0]) == self.process.pid and lines[7].strip() in ("ready", "standby"):
                    return True
            if time.monotonic() > until:
                raise Broken(f"{self.name} is not ready: {log_tail(self.log)}")
            time.sleep(0.01)
        return False

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, mode="fast"):
        """`smart` waits for clients, `fast` ends their transactions, `immediate` is like a crash."""
        if self.running():
            self.process.send_signal({"smart": signal.SIGTERM, "fast": signal.SIGINT,
                                      "immediate": signal.SIGQUIT}[mode])
            try:
                self.process.wait(SLOW)
            except subprocess.TimeoutExpired:
                self.kill()

    def restart(self, mode="fast"):
        self.stop(mode)
        return self.start()

    def kill(self):
        """As if the machine went off: every process of it at once."""
        if self.running():
            self.process.send_signal(signal.SIGSTOP)  # so that it has no more children
            for pid in below(self.data):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            until = time.monotonic() + SLOW
            while below(self.data) and time.monotonic() < until:
                time.sleep(0.01)

    def close(self):
        """Ends it with its poolers and standbys, and removes the data."""
        for part in self.parts:
            part.close()
        self.parts.clear()
        self.stop("immediate")
        forget_memory(self.data)
        shutil.rmtree(self.data, ignore_errors=True)
        if self.owns_place:
            self.place.close()

    # -- settings --

    def _write_settings(self):
        path = os.path.join(self.data, "test.conf")
        settings = {**self.settings, "port": str(self.port), "cluster_name": self.name}
        with open(path + ".new", "w", encoding="utf-8") as f:
            for key, value in settings.items():
                f.write("{} = '{}'\n".format(key, str(value).replace("'", "''")))
        own(path + ".new", self.place.user)
        os.replace(path + ".new", path)

    def conf(self, **settings):
        """Changes settings; those that need a restart wait for one."""
        self.settings.update(settings)
        if os.path.exists(self.data):
            self._write_settings()
        if self.running():
            self.sql("SELECT pg_reload_conf()")
            time.sleep(0.1)  # the signal is on its way

    # -- use --

    def url(self, role=OWNER, database=DATABASE, also=()):
        """`also`: standbys, for a string with many hosts that wants the primary."""
        hosts = ",".join(f"{c.host}:{c.port}" for c in (self, *also))
        return f"postgres://{role}@{hosts}/{database}" + (
            "?target_session_attrs=read-write" if also else "")

    def sql(self, text, role=SUPER, database=DATABASE, url=None):
        """Runs statements; gives the rows as tuples of strings."""
        done = subprocess.run(
            [os.path.join(self.place.bin, "psql"), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             "-d", url or self.url(role, database), "-f", "-"], input=text, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=10 * SLOW,
            env={**clean_environment(), "PGCONNECT_TIMEOUT": "10"})
        if done.returncode != 0:
            raise Broken(done.stderr.strip())
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    def create_database(self, name, template=TEMPLATE, owner=OWNER):
        """`template1` has no extension. Gives the owner's URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}"',
                 database="postgres")
        return self.url(owner, name)

    # -- more than one --

    def standby(self, name="standby", synchronous=False, **settings):
        """A running standby; with `synchronous` no commit is acknowledged without it."""
        other = Cluster(name, place=self.place, **{**self.settings, **settings})
        self.place.run("pg_basebackup", "-D", other.data, "-c", "fast", "-X", "stream", "-R", "-d",
                       f"{self.url(SUPER, 'postgres')}?application_name={name}")
        other.settings["primary_conninfo"] = \
            f"host={self.host} port={self.port} user={SUPER} application_name={name}"
        # The file that pg_basebackup wrote would win over ours.
        open(os.path.join(other.data, "postgresql.auto.conf"), "w", encoding="utf-8").close()
        self.parts.append(other.start())
        if synchronous:
            self.conf(synchronous_standby_names=name)
        self.wait_for("SELECT count(*) FROM pg_stat_replication WHERE application_name = "
                      f"'{name}' AND state = 'streaming'", "1")
        return other

    def promote(self):
        """Makes a standby the primary and waits until it takes writes."""
        self.settings.pop("primary_conninfo", None)
        self.settings.pop("synchronous_standby_names", None)
        self._write_settings()
        self.sql("SELECT pg_promote(true)", database="postgres")
        self.wait_for("SELECT pg_is_in_recovery()", "f")

    def wait_for(self, query, answer, seconds=SLOW):
        until = time.monotonic() + seconds
        while (found := self.sql(query, database="postgres")) != [(answer,)]:
            if time.monotonic() > until:
                raise Broken(f"{query}: {found}")
            time.sleep(0.05)

    def bouncer(self, **settings):
        """A running PgBouncer before this server, in transaction mode."""
        self.parts.append(Bouncer(self, **settings).start())
        return self.parts[-1]


class Bouncer:
    """PgBouncer with its own defaults, but for what a test says."""

    def __init__(self, cluster, **settings):
        self.cluster, self.place, self.process = cluster, cluster.place, None
        self.folder = tempfile.mkdtemp(prefix="bouncer-", dir=self.place.folder)
        own(self.folder, self.place.user)
        self.log = os.path.join(self.folder, "log")
        self.host, self.port = "127.0.0.1", free_port()
        self.settings = {"pool_mode": "transaction", "auth_type": "trust", "unix_socket_dir": "",
                         "listen_addr": self.host, "admin_users": SUPER, **settings}

    def start(self):
        for _ in range(20):
            self._write()
            self.process = self.place.spawn([self.place.bouncer, "pgbouncer.ini"], self.folder,
                                            self.log)
            until = time.monotonic() + SLOW
            while self.process.poll() is None and time.monotonic() < until:
                with contextlib.suppress(OSError), \
                        socket.create_connection((self.host, self.port), timeout=1):
                    return self
                time.sleep(0.01)
            self.port = free_port()
        raise Broken(f"pgbouncer doesn't start: {log_tail(self.log)}")

    def _write(self):
        users = os.path.join(self.folder, "users")
        with open(users, "w", encoding="utf-8") as f:
            f.writelines(f'"{role}" ""\n' for role in (SUPER, OWNER, SERVE))
        with open(os.path.join(self.folder, "pgbouncer.ini"), "w", encoding="utf-8") as f:
            f.write(f"[databases]\n* = host={self.cluster.host} port={self.cluster.port}\n"
                    f"[pgbouncer]\nlisten_port = {self.port}\nauth_file = {users}\n")
            f.writelines(f"{key} = {value}\n" for key, value in self.settings.items())

    def url(self, role=OWNER, database=DATABASE):
        return f"postgres://{role}@{self.host}:{self.port}/{database}"

    def sql(self, text, role=OWNER, database=DATABASE):
        return self.cluster.sql(text, url=self.url(role, database))

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def copy_cluster(cluster):
    """A ready cluster is made once, beside the programs, and copied for each test."""
    cache = os.path.join(TREE, f"cluster-{os.getuid()}")
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(open(cache + ".lock", "w", encoding="utf-8"))
        except OSError:
            make_cluster(cluster)
            return
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(cache):
            make_cluster(cluster)
            shutil.rmtree(cache + ".new", ignore_errors=True)
            subprocess.run(["cp", "-a", cluster.data, cache + ".new"], check=True)
            os.rename(cache + ".new", cache)
            return
    subprocess.run(["cp", "-a", "--reflink=auto", cache, cluster.data], check=True)


def make_cluster(cluster):
    cluster.place.run("initdb", "-D", cluster.data, "-U", SUPER, "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--wal-segsize=4", "--no-sync", "--no-instructions")
    with open(os.path.join(cluster.data, "postgresql.conf"), "a", encoding="utf-8") as f:
        f.write("include 'test.conf'\n")
    cluster.start()
    cluster.sql(ROLES, database="postgres")
    cluster.sql(CONTENTS, database=TEMPLATE)
    cluster.sql(LAST, database="postgres")
    cluster.stop()
    os.remove(cluster.log)


# ---- as a program -------------------------------------------------------------------------------

def variables(cluster, bouncer):
    found = {"ESI_TEST_PG": cluster.url(), "ESI_TEST_PG_SERVE": cluster.url(SERVE),
             "ESI_TEST_PG_SUPER": cluster.url(SUPER)}
    if bouncer:
        found["ESI_TEST_PGBOUNCER"] = bouncer.url()
    return found


def run(command, with_bouncer):
    """The program's exit status. Signals that we get are handed on to it."""
    env = clean_environment()
    try:
        cluster = Cluster()
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
        cluster.start()
        env.update(variables(cluster, cluster.bouncer() if with_bouncer else None))
        # 1 is PR_SET_PDEATHSIG: without us, the program has nobody to wait for it.
        child = subprocess.Popen(command, env=env,
                                 preexec_fn=lambda: libc.prctl(1, signal.SIGKILL))
        status = child.wait()
        if status != 0:
            for line in log_tail(cluster.log).splitlines():
                print("# server:", line, file=sys.stderr)
        return status if status >= 0 else 128 - status
    finally:
        cluster.close()


def serve(with_bouncer):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Cluster() as cluster:
        for key, value in variables(cluster, cluster.bouncer() if with_bouncer else None).items():
            print(f"export {key}='{value}'", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


def main():
    words = sys.argv[1:]
    wish, options = (words[0] if words else ""), words[1:]
    with_bouncer = "--bouncer" in options[:1]
    options = options[with_bouncer:]
    if wish == "watch" and len(options) == 1:
        watch(options[0])
    elif wish == "run" and options[:1] == ["--"] and len(options) > 1:
        sys.exit(run(options[1:], with_bouncer))
    elif wish == "serve" and not options:
        serve(with_bouncer)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
