"""Where private servers live: whose user they run as, a folder that is cleared up whatever happens,
and the programs of tests/support/pg_tree.py."""
import contextlib
import ctypes
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
    """Ends what works in a folder. PostgreSQL is asked first: it gives back its shared memory."""
    begun = time.monotonic()
    while (found := below(folder)) and time.monotonic() - begun < 10:
        for pid in found:
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                    asked = f.read().strip() == "postgres" and time.monotonic() - begun < 5
                os.kill(pid, signal.SIGQUIT if asked else signal.SIGKILL)
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
        if self.user and not open_to_all(base) or len(base) > 60:  # a socket's path is short
            base = "/tmp"
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="esi-pg-", dir=base))
        own(self.folder, self.user)
        self.watchdog = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self.folder],
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


def log_size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def log_tail(path, lines=20, after=0):
    """The last lines of those that begin behind that many bytes."""
    with contextlib.suppress(OSError), open(path, "rb") as f:
        f.seek(after)
        return "\n".join(f.read().decode(errors="replace").splitlines()[-lines:])
    return ""


if __name__ == "__main__":
    watch(sys.argv[1])
