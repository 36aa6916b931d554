"""HTTP/2 and TLS before the endpoint of the tests (upstream.h), by nghttpx, with certificates that
are made for it. As a module: Front. As a program:

upstream_tls.py run -- PROGRAM ARGS   runs PROGRAM with fronts before a port of 127.0.0.1 on which it
                                      may start its upstream (upstream_setup.port)

Sets ESI_TEST_TLS_PORT, that port; ESI_TEST_TLS_CA, and ESI_TEST_TLS_CERT and ESI_TEST_TLS_KEY of a
client; and an address for each front, ESI_TEST_TLS_GOOD, ..._H1, ..._SELF, ..._EXPIRED, ..._OTHER,
..._CLIENT; or, where there is no nghttpx or openssl, ESI_TEST_TLS_WHY. Fronts:

    good      HTTP/2 and 1.1, a certificate for 127.0.0.1 and localhost by the CA
    h1        the same, HTTP/1.1 alone
    self      a certificate that signed itself
    expired   one by the CA that was good until yesterday
    other     one by the CA for another host
    client    as good, but clients have to show a certificate by the CA"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SLOW = 60
KINDS = ("good", "h1", "self", "expired", "other", "client")
LIBC = ctypes.CDLL(None)
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Unavailable(Exception):
    """What is missing here."""


def find(program):
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise Unavailable("there is no %s (Debian: %s)" % (
            program, {"nghttpx": "nghttp2-proxy"}.get(program, program)))
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Certificates:
    """A CA and what it signed, as PEM files in a folder."""

    def __init__(self, folder):
        self.folder, self.openssl = folder, find("openssl")
        self._run("req", "-x509", *EC, "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"),
                  "-subj", "/CN=tests", "-days", "30")
        self._run("req", "-x509", *EC, "-keyout", self.path("self.key"), "-out",
                  self.path("self.pem"), "-subj", "/CN=localhost", "-days", "30", "-addext",
                  "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._sign("good", "DNS:localhost,IP:127.0.0.1", "30")
        self._sign("expired", "DNS:localhost,IP:127.0.0.1", "-1")
        self._sign("other", "DNS:elsewhere.test", "30")
        self._sign("person", "email:person@elsewhere.test", "30")

    def path(self, name):
        return os.path.join(self.folder, name)

    def _run(self, *args):
        done = subprocess.run([self.openssl, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=SLOW)
        if done.returncode != 0:
            raise AssertionError("openssl %s: %s" % (args[0], done.stdout))

    def _sign(self, name, names, days):
        with open(self.path("names"), "w", encoding="utf-8") as f:
            f.write("subjectAltName=%s\n" % names)
        self._run("req", *EC, "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"),
                  "-subj", "/CN=" + name)
        self._run("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.pem"),
                  "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", days, "-extfile",
                  self.path("names"), "-out", self.path(name + ".pem"))


class Front:
    """Fronts of the given kinds before a port of 127.0.0.1, from `with` on."""

    def __init__(self, port, kinds=KINDS):
        self.port, self.kinds, self.processes = port, kinds, []
        self.nghttpx = find("nghttpx")
        find("openssl")
        self.folder, self.urls = None, {}
        self.ca = self.cert = self.key = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="esihelp-tls-")
        try:
            made = Certificates(self.folder)
            self.ca, self.cert, self.key = map(made.path, ("ca.pem", "person.pem", "person.key"))
            for kind in self.kinds:
                self.urls[kind] = "https://127.0.0.1:%d/v1" % self._start(made, kind)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, made, kind):
        pair = kind if kind in ("self", "expired", "other") else "good"
        log = made.path(kind + ".log")
        more = ["--npn-list=http/1.1"] if kind == "h1" else []
        if kind == "client":
            more = ["--verify-client", "--verify-client-cacert=" + self.ca]
        for _ in range(20):
            port = free_port()
            process = subprocess.Popen(
                [self.nghttpx, "--conf=/dev/null", "--single-process", "--workers=1", "--no-ocsp",
                 "--frontend=127.0.0.1,%d" % port, "--backend=127.0.0.1,%d" % self.port,
                 "--backend-read-timeout=10m", "--backend-connections-per-host=64",
                 "--accesslog-file=/dev/null", "--errorlog-file=" + log, *more,
                 made.path(pair + ".key"), made.path(pair + ".pem")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=lambda: LIBC.prctl(1, signal.SIGKILL))  # PR_SET_PDEATHSIG
            self.processes.append(process)
            if listens(process, port):
                return port
        with open(log, encoding="utf-8", errors="replace") as said:
            raise AssertionError("nghttpx doesn't start: " + said.read()[-2000:])


def listens(process, port):
    until = time.monotonic() + SLOW
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return process.poll() is None
        time.sleep(0.01)
    return False


def clean_environment():
    """A machine's proxies are no part of a test."""
    return {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}


def main():
    words = sys.argv[1:]
    if words[:2] != ["run", "--"] or len(words) < 3:
        sys.exit(__doc__)
    port = free_port()
    try:
        front = Front(port)
    except Unavailable as why:
        os.execvpe(words[2], words[2:], {**clean_environment(), "ESI_TEST_TLS_WHY": str(why)})
    with front:
        env = {"ESI_TEST_TLS_" + kind.upper(): url for kind, url in front.urls.items()}
        env.update(ESI_TEST_TLS_PORT=str(port), ESI_TEST_TLS_CA=front.ca,
                   ESI_TEST_TLS_CERT=front.cert, ESI_TEST_TLS_KEY=front.key)
        status = subprocess.run(words[2:], env={**clean_environment(), **env}, check=False)
    sys.exit(status.returncode if status.returncode >= 0 else 128 - status.returncode)


if __name__ == "__main__":
    main()
