"""The endpoint of the tests (upstream.h), for tests from outside. Standard library only.

    with Upstream("chat normal ms=100") as up:
        esihelp("ask", ..., env=up.environment())
        equal(up.counts()["chat"], 1)

Its program is named by ESI_TEST_UPSTREAM."""

import json
import os
import shlex
import subprocess

SLOW = 60


class Upstream:
    """A running endpoint; the script's lines may be parted by ";"."""

    def __init__(self, script="", seed=0, exe=None):
        self.process = subprocess.Popen(
            [exe or os.environ["ESI_TEST_UPSTREAM"], script, str(seed)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.strip():
            self.process.wait()
            raise AssertionError("no upstream: %s" % script)
        self.port = int(line)
        self.url = "http://127.0.0.1:%d/v1" % self.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """From then on nobody listens on its port."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        self.process.stdout.close()

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error"):
            raise AssertionError("%s: %s" % (shlex.quote(line), answer))
        return answer

    def play(self, script):
        """Another script from now on."""
        self.say("play " + script)

    def counts(self):
        return {k: int(v) for k, v in (pair.split("=") for pair in self.say("counts").split())}

    def request(self, number):
        """A request as it came, head and body; None: there were fewer."""
        return json.loads(self.say("request %d" % number), strict=False)

    def body(self, number):
        """The JSON of a request."""
        return json.loads(self.request(number).split("\r\n\r\n", 1)[1])

    def wait(self, requests, seconds=SLOW):
        """Until so many requests came."""
        if self.say("await %d %d" % (requests, seconds * 1000)) != "ok":
            raise AssertionError("not %d requests: %s" % (requests, self.counts()))

    def environment(self, key="x", **more):
        """What a program is told to use it."""
        return {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": self.url, "ESI_PROVIDER": "openai",
                **more}
