"""The endpoint of the tests plays what its script says, and counts what came."""

import base64
import json
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import EXE, contains, equal, run, test  # noqa: E402
from upstream import Upstream  # noqa: E402

SOURCE = ("[mark source s1]\nTitle: Printing\nVersion: 2\n\n"
          "Step: Open the rear flap \U0001F600 sl\u00f6wly.\n[mark end]")
CHAT = {"model": "m", "messages": [{"role": "system", "content": "rules"},
                                   {"role": "user", "content": SOURCE}],
        "response_format": {"type": "json_schema", "json_schema": {}}}
STREAM = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
EMBED = {"model": "m", "input": ["one printer", "two", "three"], "dimensions": 8}


class Wire:
    """A connection that is kept, and what came of it as bytes."""

    def __init__(self, up):
        self.socket = socket.create_connection(("127.0.0.1", up.port), timeout=20)

    def send(self, body, path="chat/completions", fields=""):
        data = json.dumps(body).encode()
        head = "POST /v1/%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n" % (
            path, fields, len(data))
        self.socket.sendall(head.encode() + data)
        return self

    def read(self, until=None):
        """Until the connection ends, or what came ends so; a reset is b"RST"."""
        came = b""
        while until is None or not came.endswith(until):
            try:
                part = self.socket.recv(65536)
            except ConnectionResetError:
                return came + b"RST"
            if not part:
                break
            came += part
        return came


def ask(up, body, path="chat/completions", fields=""):
    """A whole reply, from a connection that is closed after it: its head, its body decoded."""
    wire = Wire(up).send(body, path, fields + "Connection: close\r\n")
    head, _, rest = wire.read().partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 1"):
        head, _, rest = rest.partition(b"\r\n\r\n")
    return head.decode(), unchunk(rest) if b"chunked" in head else rest


def unchunk(rest):
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body += rest[:int(size, 16)]
        rest = rest[int(size, 16) + 2:]
    return body


def deltas(body):
    """The texts of a stream's events."""
    found = []
    for line in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"data: {"):
            event = json.loads(line[6:].decode("utf-8", "surrogateescape"))
            found += [choice["delta"].get("content") or "" for choice in event["choices"]]
    return found


@test
def a_source_is_cited_and_quoted_in_the_form_that_was_asked_for():
    with Upstream(exe=EXE) as up:
        reply = json.loads(ask(up, CHAT)[1])
        said = json.loads(reply["choices"][0]["message"]["content"])
        equal((said["cited"], said["answer"]), (["s1"], "Open the rear flap \U0001F600 sl\u00f6wly."))
        assert reply["usage"]["prompt_tokens"] > 0
        plain = {key: CHAT[key] for key in ("model", "messages")}
        text = json.loads(ask(up, plain)[1])["choices"][0]["message"]["content"]
        equal(text, said["answer"])


@test
def a_stream_says_the_same_however_it_is_cut():
    with Upstream(exe=EXE) as up:
        whole = json.loads(ask(up, CHAT)[1])["choices"][0]["message"]["content"]
        for play in ("normal", "cuts", "ascii", "crlf", "cr", "comments", "bom", "batch", "bytes",
                     "normal chunk=7 packet=5", "no_done", "no_last", "slow_drip packet=400"):
            up.play(play)
            head, body = ask(up, STREAM)
            contains(head, "text/event-stream")
            joined = "".join(deltas(body.removeprefix(b"\xef\xbb\xbf")))
            raw = joined.encode("utf-16", "surrogatepass").decode("utf-16") if play == "ascii" \
                else joined.encode("utf-8", "surrogateescape").decode()
            equal((play, raw), (play, whole))
            equal((play, b"[DONE]" in body), (play, play != "no_done"))


@test
def a_connection_ends_where_the_script_says_so():
    with Upstream(exe=EXE) as up:
        for play, wanted in (("reset", b"RST"), ("close", b"")):
            up.play(play)
            equal(Wire(up).send(CHAT).read(), wanted)
        for play in ("reset_mid", "reset_end", "close_mid", "close_end"):
            up.play(play)
            came = Wire(up).send(STREAM).read()
            equal((play, came.endswith(b"RST")), (play, play.startswith("reset")))
            assert b"200 OK" in came and b"\r\n0\r\n\r\n" not in came
            equal((play, b"[DONE]" in came), (play, play.endswith("end")))
        up.play("idle_fin")
        assert Wire(up).send(CHAT).read().endswith(b"}")
        up.play("idle_rst")
        assert Wire(up).send(CHAT).read().endswith(b"}RST")


@test
def a_kept_connection_is_gone_when_the_next_request_comes():
    with Upstream(exe=EXE) as up:
        for play, ending in (("next_fin", b""), ("next_rst", b"RST")):
            up.play(play)
            wire = Wire(up).send(CHAT)
            wire.read(until=b"}}}")
            equal(wire.send(CHAT).read(), ending)
        counts = up.counts()
        equal((counts["requests"], counts["unread"], counts["open"]), (2, 2, 0))


@test
def who_stalls_says_nothing_and_is_counted_as_open():
    with Upstream("stall; stall_mid", exe=EXE) as up:
        wires = [Wire(up).send(CHAT), Wire(up).send(STREAM)]
        up.wait(2)
        equal(up.counts()["open"], 2)
        wires[0].socket.settimeout(0.2)
        try:
            wires[0].read()
            raise AssertionError("it said something")
        except socket.timeout:
            pass
        for wire in wires:
            wire.socket.close()
        until = time.monotonic() + 20
        while up.counts()["open"] and time.monotonic() < until:
            time.sleep(0.01)
        equal(up.counts()["open"], 0)


@test
def refusals_wear_the_dress_of_each_kind_of_endpoint():
    with Upstream(exe=EXE) as up:
        for dress in ("openai", "azure", "vllm", "llamacpp", "ollama", "litellm", "tgi", "string",
                      "detail", "details", "message"):
            for what in ("json_schema", "context", "filter", "model", "rate"):
                up.play("400 as=%s what=%s" % (dress, what))
                head, body = ask(up, CHAT)
                contains(head, "400 Bad Request")
                assert isinstance(json.loads(body), dict), body
        up.play("502 as=html")
        contains(ask(up, CHAT)[1], b"<html>")
        up.play("401 echo=1 as=plain")
        contains(ask(up, CHAT, fields="Authorization: Bearer secret-7\r\n")[1], b"secret-7")


@test
def what_an_endpoint_lacks_is_refused_and_nothing_else():
    with Upstream("normal lacks=json_schema,stream_options,dimensions inputs=3", exe=EXE) as up:
        contains(ask(up, CHAT)[0], "400")
        plain = {**STREAM, "response_format": {"type": "json_object"}}
        contains(ask(up, plain)[1], b"stream_options")
        del plain["stream_options"]
        contains(ask(up, plain)[0], "200 OK")
        contains(ask(up, EMBED, "embeddings")[0], "400")
        contains(ask(up, {"model": "m", "input": ["a"] * 4}, "embeddings")[1], b"Too many inputs")
        contains(ask(up, {"model": "m", "input": ["a"] * 3}, "embeddings")[0], "200 OK")
        up.play("normal key=abc knows=m")
        contains(ask(up, CHAT)[0], "401")
        contains(ask(up, CHAT, fields="api-key: abc\r\n")[0], "200 OK")
        contains(ask(up, {**CHAT, "model": "n"}, fields="Authorization: Bearer abc\r\n")[0], "404")


@test
def limits_tell_when_to_come_again():
    with Upstream(exe=EXE) as up:
        for words, wanted in (("retry=7", "Retry-After: 7\r\n"), ("retry=date+60", " GMT\r\n"),
                              ("retry_ms=250", "retry-after-ms: 250\r\n"),
                              ("reset=1s", "x-ratelimit-reset-requests: 1s\r\n")):
            up.play("429 " + words)
            contains(ask(up, CHAT)[0], wanted)


def vectors(body):
    found = []
    for item in json.loads(body)["data"]:
        value = item["embedding"]
        if isinstance(value, str):
            data = base64.b64decode(value)
            value = list(struct.unpack("<%df" % (len(data) // 4), data))
        found.append((item.get("index"), value))
    return found


@test
def vectors_are_the_same_for_the_same_text_in_both_forms():
    with Upstream(exe=EXE) as up:
        floats = vectors(ask(up, EMBED, "embeddings")[1])
        coded = vectors(ask(up, {**EMBED, "encoding_format": "base64"}, "embeddings")[1])
        equal([index for index, _ in floats], [0, 1, 2])
        for (_, one), (_, other) in zip(floats, coded):
            equal(len(one), 8)
            assert all(abs(a - b) < 1e-6 for a, b in zip(one, other))
            assert abs(sum(a * a for a in one) - 1) < 1e-5
        equal(up.counts()["inputs"], 6)


@test
def vectors_come_wrong_in_each_way():
    with Upstream(exe=EXE) as up:
        for play, check in (
                ("fewer", lambda v: len(v) == 2), ("more", lambda v: len(v) == 4),
                ("shuffled", lambda v: [i for i, _ in v] == [2, 1, 0]),
                ("unordered", lambda v: [i for i, _ in v] == [None] * 3),
                ("same_index", lambda v: [i for i, _ in v] == [0] * 3),
                ("high_index", lambda v: v[2][0] > 2), ("other_dims", lambda v: len(v[0][1]) == 7),
                ("nan", lambda v: v[0][1][4] != v[0][1][4]),
                ("inf", lambda v: v[0][1][4] == float("inf")),
                ("null_value", lambda v: v[0][1][4] is None),
                ("zero", lambda v: not any(v[0][1])),
                ("text_value", lambda v: v[0][1][4] == "0.1")):
            up.play("embed " + play)
            assert check(vectors(ask(up, EMBED, "embeddings")[1])), play


@test
def models_say_what_is_asked_of_them():
    with Upstream(exe=EXE) as up:
        for play, wanted in (
                ("refusal", b'"refusal":"I'), ("length", b'"finish_reason":"length"'),
                ("filter", b"content_filter"), ("reorder", b'"{\\"answer\\"'),
                ("unknown_id", b'[\\"s99\\",\\"s1\\"]'), ("fenced", b"```json"),
                ("prose", b"Sure"), ("null", b'"content":null'), ("empty", b'"content":""'),
                ("hidden", b'{"error"'), ("normal say=a b; c=d", b"a b; c=d"),
                ('normal raw={"x": "y"}', b'"content":"{\\"x\\": \\"y\\"}"'),
                ("body body={}", b"{}")):
            up.play(play)
            contains(ask(up, CHAT)[1], wanted)
        for play in ("invalid", "truncated"):
            up.play(play)
            try:
                json.loads(ask(up, CHAT)[1])
                raise AssertionError(play)
            except ValueError:
                pass


@test
def rubbish_is_as_much_as_was_promised():
    with Upstream(exe=EXE) as up:
        for dress in ("json", "sse", "events", "random"):
            up.play("rubbish bytes=3000000 as=" + dress)
            head, body = ask(up, CHAT)
            size = int(head.split("Content-Length: ")[1].split("\r\n")[0])
            equal(len(body), size)
            assert 3000000 <= size < 3000100


@test
def a_reply_comes_in_other_frames():
    with Upstream(exe=EXE) as up:
        up.play("http10")
        assert Wire(up).send(CHAT).read().startswith(b"HTTP/1.0 200")
        up.play("normal early=1 continue=1")
        came = Wire(up).send(CHAT).read(until=b"}}}")
        assert came.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103") and b"200 OK" in came
        up.play("normal header=20000 field='x-more: yes'")
        head, _ = ask(up, CHAT)
        assert len(head) > 20000 and "x-more: yes" in head
        up.play("redirect to=http://127.0.0.9:1/v1")
        contains(ask(up, CHAT)[0], "Location: http://127.0.0.9:1/v1/chat/completions")


@test
def lines_are_taken_in_turn_for_their_verb_and_the_last_goes_on():
    with Upstream("chat 500; embed 429; chat 503 times=2; any normal", exe=EXE) as up:
        statuses = [ask(up, CHAT)[0].split()[1] for _ in range(5)]
        equal(statuses, ["500", "503", "503", "200", "200"])
        equal([ask(up, EMBED, "embeddings")[0].split()[1] for _ in range(2)], ["429", "200"])
        equal(json.loads(ask(up, {}, "models")[1])["data"][0]["id"], "gpt-4o")


@test
def lines_are_drawn_by_their_weight_and_the_seed_says_which():
    drawn = []
    for _ in range(2):
        with Upstream("500; any normal times=3", seed=7, exe=EXE) as up:
            drawn.append([ask(up, CHAT)[0].split()[1] for _ in range(60)])
    equal(drawn[0], drawn[1])
    assert 4 < drawn[0].count("500") < 30, drawn[0]


@test
def a_request_in_chunks_and_one_that_waits_for_a_100_are_read():
    with Upstream(exe=EXE) as up:
        wire = Wire(up)
        data = json.dumps(CHAT).encode()
        wire.socket.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                            b"Expect: 100-continue\r\n\r\n")
        assert wire.read(until=b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        for byte in (data[:10], data[10:]):
            wire.socket.sendall(b"%x\r\n%s\r\n" % (len(byte), byte))
        equal(up.counts()["requests"], 0)
        wire.socket.sendall(b"0\r\n\r\n")
        contains(wire.read(until=b"}}}"), b"200 OK")
        equal(up.counts()["requests"], 1)
        contains(up.request(0), "Expect: 100-continue")


@test
def a_script_that_cannot_be_read_is_refused():
    with Upstream(exe=EXE) as up:
        for wrong in ("normal speed=3", "fast", "500 oops"):
            try:
                up.play(wrong)
            except AssertionError as error:
                contains(str(error), "error: ")
            else:
                raise AssertionError(wrong)


run()
