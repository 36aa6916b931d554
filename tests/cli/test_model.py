"""The program with a model's endpoint: the scripted one of tests/support."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (EXE, SLOW, Service, contains, environment, equal, esihelp,  # noqa: E402
                      run, store, test, write)
from upstream import Upstream  # noqa: E402

VPN = "The VPN drops every few minutes"
OPEN = "How do I bake bread?"
DOWN = "The language model can't be reached at the moment"


def ask(path, up, *args):
    result = esihelp("ask", "--json", "--store", path, *args, env=up.environment())
    equal(result.code, 0)
    return result.json()


def read_while_open(screen, up, wanted):
    """What is shown until the words come, and whether the endpoint was still writing by then."""
    text, until = "", time.monotonic() + SLOW
    while not re.search(wanted, text):
        if not select.select([screen], [], [], max(0, until - time.monotonic()))[0]:
            raise AssertionError("%r did not come: %r" % (wanted, text))
        text += os.read(screen, 4096).decode("utf-8", "replace")
    return text, up.counts()["open"] == 1


@test
def a_terminal_shows_the_answer_while_the_model_writes_it_and_then_its_sources(folder):
    path = store(folder)
    with Upstream("chat normal delta=6 drip=60") as up:
        screen, other = pty.openpty()
        env = environment({"TERM": "xterm", **up.environment()})
        with subprocess.Popen([EXE, "ask", "--stream", "--store", path, VPN], stdin=other, stdout=other,
                              stderr=other, env=env, start_new_session=True) as process:
            os.close(other)
            text, still = read_while_open(screen, up, "other VPN client")
            assert still, text
            more, _ = read_while_open(screen, up, "Sources(.|\n)*kb-vpn")
            contains(more, "TCP")
            equal(process.wait(SLOW), 0)
        os.close(screen)
        equal(up.counts()["chat"], 1)


@test
def the_reply_tells_model_usage_and_sources(folder):
    path = store(folder)
    with Upstream() as up:
        reply = ask(path, up, VPN)
        body = up.body(0)
    contains(reply["answer"], "Switch the VPN profile from UDP to TCP.")
    equal([r["id"] for r in reply["kbReferences"]], ["kb-vpn"])
    equal((reply["model"], reply["fallback"], reply["coverage"]), ("gpt-4o", None, "covered"))
    assert reply["usage"]["inputTokens"] > 100 and reply["usage"]["outputTokens"] > 10, reply
    equal((body["model"], body["messages"][0]["role"]), ("gpt-4o", "system"))


@test
def vectors_come_from_the_endpoint_where_the_collection_was_made_with_it(folder):
    path = os.path.join(folder, "desk.db")
    write(folder, "kb/a.md", "# Lockers\n\n## A locker stays shut\n\nPress the lever twice.\n")
    with Upstream() as up:
        env = up.environment(ESI_EMBEDDING_DIMENSIONS="32")
        result = esihelp("ingest", "--store", path, os.path.join(folder, "kb"), env=env)
        equal((result.code, result.err), (0, ""))
        equal(up.counts()["chat"], 0)
        assert up.counts()["inputs"] >= 1
        again = up.counts()["inputs"]
        equal(esihelp("ingest", "--store", path, os.path.join(folder, "kb"), env=env).code, 0)
        equal(up.counts()["inputs"], again)
        result = esihelp("ask", "--json", "--store", path, "The locker stays shut", env=env)
        equal(result.json()["model"], "gpt-4o")
        assert up.counts()["inputs"] > again


@test
def with_the_endpoint_down_answers_come_from_the_documents_and_say_so(folder):
    path = store(folder)
    up = Upstream()
    with up:
        equal(ask(path, up, "--session", "s-1", "--user", "ann", VPN)["fallback"], None)
    reply = ask(path, up, "--session", "s-1", "--user", "ann", VPN)
    contains(reply["answer"], DOWN)
    equal((reply["model"], reply["fallback"]), ("offline", "unreachable"))
    equal([r["id"] for r in reply["kbReferences"]], ["kb-vpn"])
    other = ask(path, up, "--session", "s-2", VPN)
    contains(other["answer"], "Switch the VPN profile from UDP to TCP")


@test
def afterwards_the_session_shows_which_answers_were_made_without_the_model(folder):
    path = store(folder)
    up = Upstream()
    with up:
        equal(ask(path, up, "--session", "s-1", VPN)["model"], "gpt-4o")
    equal(ask(path, up, "--session", "s-1", VPN)["fallback"], "unreachable")
    ticket = ask(path, up, "--session", "s-1", OPEN)["ticketNumber"]
    shown = esihelp("ticket", "show", "--json", "--store", path, str(ticket)).json()
    fallbacks = [m.get("fallback") for m in shown["conversation"] if m["role"] == "assistant"]
    equal(fallbacks[:2], [None, "unreachable"])
    contains(esihelp("ticket", "show", "--store", path, str(ticket)).out, "unreachable")


@test
def an_endpoint_that_is_back_is_asked_again(folder):
    path = store(folder)
    with Upstream("chat 503; chat reset; chat normal") as up:
        reply = ask(path, up, VPN)
        equal((reply["model"], reply["fallback"]), ("gpt-4o", None))


@test
def a_check_up_says_how_the_endpoint_is_and_what_to_do(folder):
    path = store(folder)
    up = Upstream()
    with up:
        result = esihelp("doctor", "--store", path, env=up.environment())
        equal(result.code, 0)
        contains(result.out, "gpt-4o")
        up.play("models 401; any 401")
        result = esihelp("doctor", "--store", path, env=up.environment("wrong-key-7"))
        equal(result.code, 1)
        contains(result.out, "401")
        contains(result.out, "key")
        assert "wrong-key-7" not in result.out + result.err
        up.play("models redirect")
        result = esihelp("doctor", "--store", path, env=up.environment())
        equal(result.code, 1)
        contains(result.out, "307")
    result = esihelp("doctor", "--store", path, env=up.environment())
    equal(result.code, 1)
    contains(result.out, "can't be reached")


@test
def the_service_streams_what_the_model_writes(folder):
    path = store(folder)
    with Upstream("chat normal delta=9") as up, \
            Service("--store", path, "--trust-gateway", env=up.environment()) as service:
        events = service.post("/api/chat", {"message": VPN, "sessionId": "s-1"},
                              Accept="text/event-stream").events()
        names = [name for name, _ in events]
        equal((names[0], names[-1]), ("meta", "done"))
        assert names.count("delta") > 1 and "source" in names, names
        text = "".join(data["text"] for name, data in events if name == "delta")
        done = events[-1][1]
        equal((text, done["model"]), (done["answer"], "gpt-4o"))


@test
def in_the_middle_of_an_answer_another_endpoint_begins_anew(folder):
    path = store(folder)
    with Upstream("chat stall_mid end=reset") as first, Upstream() as second:
        endpoints = {"chat": [{"baseUrl": up.url, "model": model, "key": "k"}
                              for up, model in ((first, "one"), (second, "two"))]}
        listed = write(folder, "endpoints.json", json.dumps(endpoints))
        env = {"ESI_PROVIDER": "openai", "ESI_ENDPOINTS": listed}
        with Service("--store", path, "--trust-gateway", env=env) as service:
            events = service.post("/api/chat", {"message": VPN},
                                  Accept="text/event-stream").events()
        names = [name for name, _ in events]
        last = len(names) - names[::-1].index("replace") if "replace" in names else 0
        text = "".join(data["text"] for name, data in events[last:] if name == "delta")
        equal((text, events[-1][1]["model"]), (events[-1][1]["answer"], "two"))
        equal((first.counts()["chat"], second.counts()["chat"]), (1, 1))


run()
