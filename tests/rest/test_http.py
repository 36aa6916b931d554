"""HTTP as the service speaks it: framing, limits, errors."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import Service, contains, equal, problem, run, test  # noqa: E402

HOST = b"Host: 127.0.0.1\r\n"
MEMORY = ("--store", ":memory:")


def status_of(raw):
    return int(raw.split(b" ", 2)[1])


@test
def the_root_says_name_and_version():
    with Service(*MEMORY) as service:
        answer = service.get("/")
        equal((answer.status, answer.headers["content-type"]), (200, "application/json"))
        equal(answer.json()["name"], "esihelp")
        assert answer.json()["version"]


@test
def health_and_readiness_are_told():
    with Service(*MEMORY) as service:
        equal(service.get("/healthz").status, 200)
        ready = service.get("/readyz")
        equal((ready.status, ready.json()["status"]), (200, "ready"))


@test
def an_unknown_path_is_not_found():
    with Service(*MEMORY) as service:
        for path in ("/nothing", "/api", "/api/chat/", "/api/../healthz",
                     "/api/tickets/a/b", "/api/tickets/" + "x" * 200):
            problem(service.get(path), 404, "ESI_ENOTFOUND")


@test
def a_wrong_method_names_the_right_ones():
    with Service(*MEMORY) as service:
        answer = service.request("DELETE", "/api/tickets")
        problem(answer, 405, "ESI_EINVAL")
        equal(sorted(answer.headers["allow"].split(", ")), ["GET", "HEAD", "POST"])
        equal(service.get("/api/chat").headers["allow"], "POST")
        equal(service.request("OPTIONS", "/api/chat").status, 405)


@test
def head_is_get_without_the_body():
    with Service(*MEMORY) as service:
        head, get = service.request("HEAD", "/"), service.get("/")
        equal((head.status, head.body), (200, b""))
        equal(head.headers["content-length"], get.headers["content-length"])


@test
def a_sane_request_id_is_kept_and_another_is_replaced():
    with Service(*MEMORY) as service:
        equal(service.get("/", X_Request_Id="r-1:a.b_C").headers["x-request-id"], "r-1:a.b_C")
        for bad in ("two words", "x" * 129, "<script>", ""):
            made = service.get("/", X_Request_Id=bad).headers["x-request-id"]
            assert made and made != bad
        ids = {service.get("/").headers["x-request-id"] for _ in range(20)}
        equal(len(ids), 20)


@test
def a_post_without_a_length_is_told_so():
    with Service(*MEMORY) as service:
        equal(status_of(service.raw(b"POST /api/chat HTTP/1.1\r\n" + HOST + b"\r\n")), 411)


@test
def a_chunked_body_is_read():
    with Service(*MEMORY) as service:
        body = b'{"text":"My lab VM does not start"}'
        raw = service.raw(b"POST /api/guardrails/check HTTP/1.1\r\n" + HOST +
                          b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                          % (len(body), body))
        equal(status_of(raw), 200)


@test
def a_request_with_two_lengths_is_refused_and_the_connection_closed():
    heads = (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
             b"Content-Length: 2\r\nContent-Length: 9\r\n",
             b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             b"Content-Length: 2x\r\n", b"Content-Length: +2\r\n")
    with Service(*MEMORY) as service:
        for head in heads:
            raw = service.raw(b"POST /api/chat HTTP/1.1\r\n" + HOST + head + b"\r\n{}" +
                              b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            equal((status_of(raw), raw.count(b"HTTP/1.1 ")), (400, 1))
            contains(raw, b"Connection: close")


@test
def a_body_that_ends_early_is_an_error_and_hurts_nobody():
    with Service(*MEMORY) as service:
        raw = service.raw(b"POST /api/chat HTTP/1.1\r\n" + HOST + b"Content-Length: 50\r\n\r\n{")
        assert raw == b"" or status_of(raw) in (400, 408), raw
        equal(service.get("/healthz").status, 200)


@test
def a_body_that_is_too_large_is_refused_and_the_client_sees_it():
    with Service(*MEMORY) as service:
        for size in (200000, 1000000, 5000000):
            answer = service.post("/api/chat", {"message": "x" * size})
            problem(answer, 413, "ESI_ETOOBIG")
            equal(answer.headers["connection"], "close")


@test
def a_client_that_waits_to_go_on_is_told_to():
    with Service(*MEMORY) as service, service.connect() as connection:
        connection.sendall(b"POST /api/guardrails/check HTTP/1.1\r\n" + HOST +
                           b"Expect: 100-continue\r\nContent-Length: 16\r\n\r\n")
        equal(connection.recv(4096), b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b'{"text":"hello"}')
        equal(status_of(connection.recv(4096)), 200)


@test
def what_is_no_json_object_is_refused():
    bad = {b"": "ESI_EPARSE", b"   ": "ESI_EPARSE", b"{": "ESI_EPARSE", b"{}x": "ESI_EPARSE",
           b"[]": "ESI_EINVAL", b'"x"': "ESI_EINVAL", b"null": "ESI_EINVAL",
           b'{"message":"\xff"}': "ESI_EENCODING", b'{"message":"a\x00b"}': "ESI_EENCODING",
           b'{"message":"a\\u0000b"}': "ESI_EENCODING", b'{"message":"\\ud800"}': "ESI_EPARSE",
           b'{"a":' + b"[" * 65 + b"]" * 65 + b"}": "ESI_EPARSE",
           b"[" * 100000: "ESI_EPARSE"}
    with Service(*MEMORY) as service:
        for body, code in bad.items():
            problem(service.post("/api/chat", body), 400, code)


@test
def sixty_four_levels_of_json_are_read():
    with Service(*MEMORY) as service:
        body = b'{"text":"hello","more":' + b"[" * 63 + b"]" * 63 + b"}"
        equal(service.post("/api/guardrails/check", body).status, 200)


@test
def what_is_no_http_is_refused():
    with Service(*MEMORY) as service:
        for data in (b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n",
                     b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"):
            raw = service.raw(data)
            assert raw == b"" or 400 <= status_of(raw) < 600, raw
        equal(service.get("/healthz").status, 200)


@test
def requests_may_follow_each_other_on_one_connection():
    with Service(*MEMORY) as service:
        one = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
        post = (b"POST /api/guardrails/check HTTP/1.1\r\n" + HOST +
                b'Content-Length: 16\r\n\r\n{"text":"hello"}')
        equal(service.raw(one + post + one).count(b"HTTP/1.1 200"), 3)


@test
def an_http_1_0_client_is_answered_and_closed():
    with Service(*MEMORY) as service:
        raw = service.raw(b"GET /healthz HTTP/1.0\r\n\r\n")
        equal(status_of(raw), 200)
        contains(raw, b"Connection: close")


@test
def http_1_1_without_a_host_is_refused():
    with Service(*MEMORY) as service:
        equal(status_of(service.raw(b"GET / HTTP/1.1\r\n\r\n")), 400)
        equal(status_of(service.raw(b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n")), 400)


@test
def pages_of_other_sites_can_not_use_a_visitors_browser():
    with Service(*MEMORY) as service:
        problem(service.get("/", Host="evil.example"), 403, "ESI_EFORBIDDEN")
        problem(service.post("/api/chat", {"message": "hi"}, Origin="http://evil.example"), 403,
                "ESI_EFORBIDDEN")
        own = "127.0.0.1:%d" % service.port
        equal(service.get("/", Host=own, Origin="http://" + own).status, 200)
        equal(service.get("/", Host="localhost:%d" % service.port).status, 200)


@test
def answers_are_not_to_be_kept_or_guessed_at():
    with Service(*MEMORY) as service:
        headers = service.get("/").headers
        equal((headers["cache-control"], headers["x-content-type-options"]),
              ("no-store", "nosniff"))


@test
def no_file_of_the_machine_can_be_reached():
    with Service(*MEMORY) as service:
        for path in ("/etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                     "//etc/passwd", "/.", "/meson.build"):
            assert service.get(path).status in (400, 404), path


run()
