"""The project's scenarios are asked of two services, one on SQLite and one on PostgreSQL: both answer
the same, word for word and in every decision, and leave the same tickets; PostgreSQL also from many
threads, in an order of chance.

    test_pg_sets.py ESIHELP DATA KB

It runs below pg.py. ESI_SOAK=1 takes all sets, and repeats each more often.
"""

import concurrent.futures
import json
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import Service, esihelp  # noqa: E402

DATA, KB = sys.argv[2], sys.argv[3]
SOAK = os.environ.get("ESI_SOAK") == "1"
SETS = sorted(os.listdir(DATA)) if SOAK else ["ferry", "halyard", "northlight"]
REPEAT = 5 if SOAK else 1
THREADS = 8

# What is another each time.
OWN = {"sessionId", "messageId", "ticketId", "ticketNumber", "id", "number", "createdAt", "updatedAt",
       "dueAt", "at", "createdBy", "incidentId"}


def same(value):
    """The value without what is another each time; whether that is there still counts."""
    if isinstance(value, dict):
        return {key: item is not None if key in OWN else same(item) for key, item in value.items()}
    return [same(item) for item in value] if isinstance(value, list) else value


def scenarios(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            scenario = json.loads(line)
            turns = scenario.get("turns") or [
                {"message": m} for m in scenario.get("history", [])] + [scenario]
            yield scenario, [turn if isinstance(turn, str) else turn["message"] for turn in turns]


def walk(service, scenario, messages, run):
    """One conversation, and the ticket that it leaves."""
    name = "%s-%s" % (scenario["id"], run)
    who = {"X_User": name, "X_Role": scenario.get("role") or "trainee"}
    replies, ticket = [], None
    for message in messages:
        body = {"sessionId": name, "message": message, "context": scenario.get("context") or {}}
        answer = service.post("/api/chat", body, **who)
        reply = answer.json()
        replies.append(same(reply) if answer.status == 200 else [answer.status, reply])
        ticket = reply.get("ticketId") or ticket
    if ticket:
        shown = service.get("/api/tickets/" + ticket, X_User="root", X_Role="admin")
        replies.append(same(shown.json()))
    return replies


def differences(one, other, path=""):
    """Where two answers differ, as lines."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(set(one) | set(other)):
            yield from differences(one.get(key), other.get(key), path + "/" + key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, pair in enumerate(zip(one, other)):
            yield from differences(*pair, "%s/%d" % (path, i))
    elif one != other:
        yield "%s: %.80r, %.80r" % (path, one, other)


def start(url, collection, kb):
    env = {"CONNECTION_NAME": collection}
    done = esihelp("ingest", "--store", url, kb, env=env)
    if done.code != 0:
        raise AssertionError(done.err)
    return Service("--store", url, "--trust-gateway", env=env)


def try_set(name, url, folder):
    kb = os.path.join(DATA, name, "kb")
    kb = kb if os.path.isdir(kb) else KB
    asked = list(scenarios(os.path.join(DATA, name, "scenarios.jsonl")))
    with start(os.path.join(folder, name + ".db"), name, kb) as service:
        wanted = [walk(service, *one, "0") for one in asked]
    wrong = []
    with start(url, name, kb) as service:
        runs = [(i, n) for i in range(len(asked)) for n in range(REPEAT)]
        random.Random(20261122).shuffle(runs)
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            found = pool.map(lambda run: walk(service, *asked[run[0]], str(run[1])), runs)
            for (i, n), replies in zip(runs, found):
                wrong += ["%s, run %d: %s" % (asked[i][0]["id"], n, line)
                          for line in differences(wanted[i], replies)]
    return len(asked), wrong


def main():
    url = os.environ.get("ESI_TEST_PG")
    if not url:
        print("1..0 # SKIP " + os.environ.get("ESI_TEST_PG_WHY", "it isn't run by pg.py"))
        return 0
    sets = [name for name in SETS if os.path.exists(os.path.join(DATA, name, "scenarios.jsonl"))]
    print("1..%d" % len(sets), flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="esihelp-sets-") as folder:
        for number, name in enumerate(sets, 1):
            count, wrong = try_set(name, url, folder)
            failed += bool(wrong)
            print("%s %d - %s: %d conversations are the same on both stores"
                  % ("not ok" if wrong else "ok", number, name, count), flush=True)
            for line in wrong[:60]:
                print("# " + line, flush=True)
    return 1 if failed else 0


sys.exit(main())
