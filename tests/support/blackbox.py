"""Runs the esihelp program and its service from outside, and prints TAP. Standard library only.

A test file is: `@test` before each function, its name saying the behaviour, and `run()` at the
end. A test that takes an argument gets a folder of its own that is removed afterwards.
"""

import http.client
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import traceback

EXE = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "esihelp"
SLOW = 60  # seconds; sanitizers on a busy machine are slow

DOCUMENTS = {
    "vpn.md": """---
id: kb-vpn
title: Using the VPN
version: 2.1
last_updated: 2026-05-04
status: active
---
# Using the VPN

## The VPN connection drops

Symptom: the VPN drops every few minutes.

1. Close every other VPN client on your computer.
2. Switch the VPN profile from UDP to TCP.
3. Connect again.
""",
    "printing.md": """---
id: kb-printing
title: Badge printing
version: 1.0
last_updated: 2026-03-01
---
# Badge printing

## A badge comes out blank

Turn the ribbon of the badge printer over and print again.
""",
}

_tests = []


def test(function):
    _tests.append(function)
    return function


def run():
    failed = 0
    if "ESI_TEST_PG_WHY" in os.environ:
        print("1..0 # SKIP", os.environ["ESI_TEST_PG_WHY"])
        return
    print("1..%d" % len(_tests), flush=True)
    for number, function in enumerate(_tests, 1):
        name = function.__name__.replace("_", " ")
        try:
            if inspect.signature(function).parameters:
                with tempfile.TemporaryDirectory(prefix="esihelp-test-") as folder:
                    function(folder)
            else:
                function()
            print("ok %d - %s" % (number, name), flush=True)
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, name))
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            sys.stdout.flush()
    sys.exit(1 if failed else 0)


def equal(found, wanted):
    if found != wanted:
        raise AssertionError("found %r, wanted %r" % (found, wanted))


def contains(text, part):
    if part not in text:
        raise AssertionError("%r is not in %r" % (part, text))


def environment(extra=None):
    """What the program inherits: nothing that would make a machine's settings part of a test."""
    keep = {k: v for k, v in os.environ.items()
            if not re.match(r"(ESI_|OPENAI_|CONNECTION_|PORT$|NO_COLOR$|(?i:\w+_proxy$))", k)}
    keep.update({"ESI_PROVIDER": "offline", "LC_ALL": "C"})
    keep.update(extra or {})
    return keep


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def esihelp(*args, stdin="", env=None, **options):
    """Runs the program to its end."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    done = subprocess.run([EXE, *args], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment(env), timeout=SLOW, **options)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def one_line(result, code, *parts):
    """A failure: its code, nothing on stdout, and one clear line on stderr."""
    equal((result.code, result.out), (code, ""))
    lines = result.err.splitlines()
    if len(lines) != 1 or not lines[0].startswith("esihelp: "):
        raise AssertionError("not one clear line: %r" % result.err)
    for part in parts:
        contains(lines[0], part)


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def knowledge_base(folder):
    """A folder of documents; gives its path."""
    for name, text in DOCUMENTS.items():
        write(folder, "kb/" + name, text)
    return os.path.join(folder, "kb")


def store(folder):
    """A store that has ingested the documents; gives its path. Below pg.py it is a database."""
    if "ESI_TEST_PG" in os.environ:
        return database(folder)
    path = os.path.join(folder, "desk.db")
    ingest(path, folder)
    return path


def ingest(where, folder):
    result = esihelp("ingest", "--store", where, knowledge_base(folder))
    equal((result.code, result.err), (0, ""))


def control(line):
    """Tells pg.py what to do (support/pg_run.py has the words); gives its answer."""
    with socket.socket(socket.AF_UNIX) as to:
        to.connect(os.environ["ESI_TEST_PG_CONTROL"])
        to.sendall(line.encode() + b"\n")
        with to.makefile("r", encoding="utf-8") as said:
            good, _, words = said.readline().strip().partition(" ")
    if good != "ok":
        raise AssertionError("%s: %s" % (line, words))
    return words


def database(folder):
    """The URL of such a database, for the role that may only read and write rows. One is made, with
    the commands that an operator uses, and copied."""
    name = "store_" + os.path.basename(folder).lower().translate({45: 95})
    try:
        control("create %s store_ready" % name)
    except AssertionError:
        owner = control("create store_new")
        role = re.search(r"//(\w+)@", os.environ["ESI_TEST_PG_SERVE"]).group(1)
        equal(esihelp("migrate", "--grant", role, "--store", owner).code, 0)
        ingest(control("url main serve store_new"), folder)
        control("rename store_new store_ready")
        control("create %s store_ready" % name)
    server = "bouncer" if "ESI_TEST_PGBOUNCER" in os.environ else "main"
    return control("url %s serve %s" % (server, name))


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def events(self):
        """A stream of server-sent events as (event, data); comments are left out."""
        found = []
        for block in self.body.decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines()
                          if line and not line.startswith(":"))
            if fields:
                found.append((fields["event"], json.loads(fields["data"])))
        return found


def problem(response, status, code, pointer=None):
    """An error as the contract wants it."""
    body = response.json()
    equal(response.status, status)
    equal(response.headers["content-type"], "application/problem+json")
    wanted = {"type", "title", "status", "detail", "code", "requestId"}
    equal(set(body) - {"errors"}, wanted)
    equal((body["status"], body["code"]), (status, code))
    equal(body["requestId"], response.headers["x-request-id"])
    if pointer is not None:
        equal([error["pointer"] for error in body["errors"]], [pointer])
    return body


class Service:
    """The service on a free port, stopped in good order at the end."""

    def __init__(self, *args, env=None):
        self.process = subprocess.Popen([EXE, "serve", "--port", "0", "--threads", "32", *args],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=environment(env), text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on http://(.+):(\d+)\n", line)
        if not found:
            self.process.kill()
            raise AssertionError("not started: %r %r" % (line, self.process.communicate()[1]))
        self.host, self.port = found.group(1), int(found.group(2))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            code, err = self.stop()
            if kind is None:
                equal((code, err), (0, ""))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            _, err = self.process.communicate(timeout=SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, err

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=SLOW)

    def request(self, method, path, body=None, **headers):
        """One request on a connection of its own. A header is written with _ for -."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SLOW)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data,
                               {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()},
                            answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, None, **headers)

    def post(self, path, body, **headers):
        return self.request("POST", path, body, **headers)

    def raw(self, data):
        """Sends bytes and reads until the service closes; gives all that came."""
        with self.connect() as connection:
            came = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while True:
                    part = connection.recv(65536)
                    if not part:
                        return came
                    came += part
            except OSError:
                return came  # closed before it was all said
