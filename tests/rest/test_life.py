"""How the service begins and ends."""

import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (Service, contains, equal, esihelp, knowledge_base,  # noqa: E402
                      one_line, run, store, test, write)

VPN = b'{"message":"The VPN drops every few minutes"}'
MEMORY = ("--store", ":memory:")


@test
def a_port_in_use_is_said_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        one_line(esihelp("serve", *MEMORY, "--port", port), 5, port, "in use", "--port")


@test
def without_a_gateway_only_the_loopback_is_listened_on():
    one_line(esihelp("serve", *MEMORY, "--host", "0.0.0.0"), 2, "--trust-gateway")


@test
def a_gateway_on_another_address_has_to_be_known():
    one_line(esihelp("serve", *MEMORY, "--host", "0.0.0.0", "--trust-gateway"), 2,
             "--gateway-from", "ESI_GATEWAY_SECRET")
    one_line(esihelp("serve", *MEMORY, "--trust-gateway", "--gateway-from", "10.0.0.0/33"), 2,
             "--gateway-from")


@test
def an_address_that_is_none_is_said():
    one_line(esihelp("serve", *MEMORY, "--host", "example.org", "--trust-gateway",
                     "--gateway-from", "10.0.0.1"), 2, "example.org")


@test
def the_environment_sets_what_options_do():
    one_line(esihelp("serve", *MEMORY, env={"PORT": "none"}), 2, "PORT")
    one_line(esihelp("serve", *MEMORY, env={"ESI_HOST": "0.0.0.0"}), 2, "--trust-gateway")
    with Service(*MEMORY, env={"PORT": "1"}) as service:
        equal(service.get("/healthz").status, 200)


@test
def a_store_that_is_something_else_is_said(folder):
    path = write(folder, "notes.txt", "These are my notes.\n" * 100)
    one_line(esihelp("serve", "--port", "0", "--store", path), 7, "--store")


@test
def a_stop_ends_well_and_at_once():
    service = Service(*MEMORY)
    began = time.monotonic()
    equal(service.stop(), (0, ""))
    assert time.monotonic() - began < 20


@test
def an_interrupt_is_a_stop_too():
    service = Service(*MEMORY)
    service.process.send_signal(signal.SIGINT)
    equal(service.process.wait(timeout=30), 0)
    service.process.communicate()


@test
def a_stop_under_load_cuts_no_answer(folder):
    service = Service("--store", store(folder))
    cut, answered, stop = [], [], threading.Event()

    def load():
        while not stop.is_set():
            try:
                raw = service.raw(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\n"
                                  b"Content-Length: %d\r\n\r\n%s" % (len(VPN), VPN))
            except OSError:
                return  # nobody listens any more
            if not raw:
                continue  # taken off before it was read
            head, _, body = raw.partition(b"\r\n\r\n")
            length = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.startswith(b"Content-Length:")]
            answered.append(head.split(b" ")[1])
            if length != [len(body)]:
                cut.append(raw)

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    result = service.stop()
    stop.set()
    for thread in threads:
        thread.join()
    equal((result, cut), ((0, ""), []))
    contains(answered, b"200")
    assert set(answered) <= {b"200", b"503"}, set(answered)


@test
def more_clients_than_threads_are_all_served():
    with Service(*MEMORY) as service:
        idle = [service.connect() for _ in range(26)]
        for connection in idle:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            contains(connection.recv(4096), b"200 OK")
        # Few threads are left: those who come now are answered and sent away.
        for _ in range(20):
            answer = service.get("/healthz")
            equal(answer.status, 200)
        for connection in idle:
            connection.close()


@test
def when_threads_run_short_answers_close_their_connection():
    with Service(*MEMORY) as service:
        idle, seen = [], []
        for _ in range(31):
            connection = service.connect()
            idle.append(connection)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            seen.append(b"Connection: close" in connection.recv(4096))
        equal((seen[0], seen[-1]), (False, True))
        for connection in idle:
            connection.close()


@test
def what_another_process_ingests_is_answered_soon(folder):
    path = os.path.join(folder, "desk.db")
    with Service("--store", path) as service:
        ask = {"message": "The VPN drops every few minutes"}
        equal(service.post("/api/chat", ask).json()["coverage"], "none")
        equal(esihelp("ingest", "--store", path, knowledge_base(folder)).code, 0)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if service.post("/api/chat", ask).json()["coverage"] == "covered":
                return
            time.sleep(0.1)
        raise AssertionError("the new documents were never seen")


@test
def what_was_answered_outlives_a_kill(folder):
    path = store(folder)
    service = Service("--store", path)
    session = service.post("/api/chat", {"message": "How do I bake bread?"}).json()
    service.process.kill()
    service.process.communicate()
    result = esihelp("ticket", "show", str(session["ticketNumber"]), "--json", "--store", path)
    equal(result.json()["sessionId"], session["sessionId"])


run()
