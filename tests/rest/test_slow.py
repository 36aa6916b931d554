"""Clients that are slow on purpose. Minutes of waiting, so only in the long form of the tests."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import Service, equal, run, test  # noqa: E402

HEAD = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n"


def seconds_until_closed(service, first, drip, pause):
    """Sends `first`, then `drip` again and again, until the service answers or closes."""
    began = time.monotonic()
    with service.connect() as connection:
        connection.sendall(first)
        connection.settimeout(pause)
        while time.monotonic() - began < 120:
            try:
                came = connection.recv(4096)
                return time.monotonic() - began, came
            except TimeoutError:
                try:
                    connection.sendall(drip)
                except OSError:
                    return time.monotonic() - began, b""
    raise AssertionError("still open")


@test
def a_head_that_never_ends_is_given_up():
    with Service("--store", ":memory:") as service:
        seconds, _ = seconds_until_closed(service, b"GET / HTTP/1.1\r\nHost: x\r\n", b"", 1)
        assert seconds < 30, seconds


@test
def a_silent_client_is_given_up():
    with Service("--store", ":memory:") as service:
        seconds, _ = seconds_until_closed(service, b"", b"", 1)
        assert seconds < 30, seconds


@test
def a_body_that_never_comes_is_answered_with_408():
    with Service("--store", ":memory:") as service:
        seconds, came = seconds_until_closed(service, HEAD, b"", 1)
        assert seconds < 30, seconds
        equal(came.split(b" ")[1], b"408")


@test
def a_body_in_drips_is_given_up():
    with Service("--store", ":memory:") as service:
        seconds, came = seconds_until_closed(service, HEAD, b"{" * 20, 1)
        assert seconds < 60, seconds
        equal(came.split(b" ")[1], b"408")


@test
def slow_clients_do_not_hold_up_the_others():
    with Service("--store", ":memory:") as service:
        slow = [service.connect() for _ in range(20)]
        for connection in slow:
            connection.sendall(HEAD)
        began = time.monotonic()
        equal(service.get("/healthz").status, 200)
        assert time.monotonic() - began < 5
        for connection in slow:
            connection.close()


if os.environ.get("ESI_SOAK"):
    run()
print("1..0 # SKIP waits for minutes; ./dev soak runs it")
