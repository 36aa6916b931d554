"""Private PostgreSQL servers for tests. As a module: Cluster, Bouncer. As a program:

pg.py run [OPTIONS] -- PROGRAM ARGS   runs PROGRAM with a cluster of its own
pg.py serve [OPTIONS]                 a cluster until it is told to end; prints what to export
    --bouncer                         with PgBouncer before it
    --set KEY=VALUE                   a setting of the server

Sets ESI_TEST_PG (a role that owns its databases and may create more), ESI_TEST_PG_SERVE (rows only),
ESI_TEST_PG_SUPER, ESI_TEST_PG_CONTROL (see pg_control.h) and ESI_TEST_PGBOUNCER; or, where there is
no PostgreSQL, ESI_TEST_PG_WHY. The server listens on 127.0.0.1, its data is below TMPDIR, and a
watchdog ends it and removes all of it however the program ends. The server refuses to run as root;
then it runs as `postgres` or `nobody`.

Every database made from the template `esi_template` has the extension `vector` (only a superuser
may make it) and lets desk_serve read and write the rows of what desk_owner makes."""
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pg_place import (Broken, Place, Unavailable, below, clean_environment, forget_memory,  # noqa
                      free_port, log_size, log_tail, own)
from pg_tree import TREE  # noqa: E402

SUPER, OWNER, SERVE = "desk_super", "desk_owner", "desk_serve"
TEMPLATE, DATABASE = "esi_template", "esi"
SLOW = 60  # seconds; for a server on a busy machine

SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "shared_buffers": "32MB",
    "max_connections": "100", "autovacuum": "off", "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",  # in the data folder, so that nothing is left elsewhere
    "wal_level": "replica", "max_wal_senders": "5", "max_wal_size": "512MB", "hot_standby": "on",
    "timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C", "log_checkpoints": "off",
    "fsync": "off", "full_page_writes": "off",  # not for a test of what survives the machine's end
}

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


class Cluster:
    """A server and its databases. `with Cluster() as c:` starts it and ends it."""

    def __init__(self, name="main", place=None, **settings):
        self.place = place or Place()
        self.name, self.parts, self.process = name, [], None
        self.known = False  # somebody may have its address, which it then keeps
        self.owns_place = place is None
        self.data = os.path.join(self.place.folder, name)
        self.log = self.data + ".log"
        self.host, self.port = "127.0.0.1", free_port()
        self.settings = {**SETTINGS, **settings}

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
            before = log_size(self.log)
            self.process = self.place.spawn(
                [os.path.join(self.place.bin, "postgres"), "-D", self.data], self.data, self.log)
            if self._ready():
                self.known = True
                return self
            said = log_tail(self.log, after=before)
            if "could not bind" in said:
                self.port = self.port if self.known else free_port()
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
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}" '
                 'STRATEGY file_copy',  # less of it is written twice
                 database="postgres")
        return self.url(owner, name)

    def rename_database(self, name, new):
        """As an operator does it: nobody is let in meanwhile."""
        self.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', database="postgres")
        self.sql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                 f"WHERE datname = '{name}'", database="postgres")
        self.sql(f'ALTER DATABASE "{name}" RENAME TO "{new}"', database="postgres")
        self.sql(f'ALTER DATABASE "{new}" ALLOW_CONNECTIONS true', database="postgres")

    # -- more than one --

    def standby(self, name="standby", synchronous=False, **settings):
        """A running standby; with `synchronous` no commit is acknowledged without it."""
        other = Cluster(name, place=self.place, **{**self.settings, **settings})
        other.settings.pop("synchronous_standby_names", None)
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
        self.known = False
        self.folder = tempfile.mkdtemp(prefix="bouncer-", dir=self.place.folder)
        own(self.folder, self.place.user)
        self.log = os.path.join(self.folder, "log")
        self.host, self.port = "127.0.0.1", free_port()
        self.settings = {"pool_mode": "transaction", "auth_type": "trust", "unix_socket_dir": "",
                         "listen_addr": self.host, "admin_users": SUPER, **settings}

    def start(self):
        for attempt in range(20):
            self._write()
            before = log_size(self.log)
            self.process = self.place.spawn([self.place.bouncer, "pgbouncer.ini"], self.folder,
                                            self.log)
            until = time.monotonic() + SLOW
            while self.process.poll() is None and time.monotonic() < until:
                said = log_tail(self.log, after=before)
                if f"listening on {self.host}:{self.port}" in said and "process up" in said:
                    self.known = True
                    return self
                time.sleep(0.01)
            if "in use" not in log_tail(self.log, after=before):
                break
            self.port = self.port if self.known else free_port()
            time.sleep(0.1 * attempt)
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

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, _mode="fast"):
        """Its clients are cut off, however it is told to end."""
        if self.running():
            self.process.kill()
            self.process.wait()

    kill = stop

    def restart(self, mode="fast"):
        self.stop(mode)
        return self.start()

    def conf(self, **settings):
        """Changes settings from the next start on."""
        self.settings.update(settings)

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


if __name__ == "__main__":
    import pg_run
    pg_run.main()
