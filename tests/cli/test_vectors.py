"""Vectors of a model's endpoint: what they cost, and what becomes of them when things go wrong."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (EXE, SLOW, contains, environment, equal, esihelp, knowledge_base,  # noqa: E402
                      run, store, test, write)
from upstream import Upstream  # noqa: E402

DIMENSIONS = {"ESI_EMBEDDING_DIMENSIONS": "64"}  # small replies; and nobody has to be asked


def handbook(folder, documents, sections):
    """Sections of their own, and one that all documents have: how many texts there are."""
    for i in range(documents):
        parts = ["---\nid: book-%d\ntitle: Handbook\nversion: 1\n---\n" % i]
        parts += ["## Knob %d of cabinet %d\n\nTurn it by %d notches, then wait.\n" % (k, i, k + i)
                  for k in range(sections - 1)]
        parts += ["## Whom to call\n\nCall the front office at extension seventeen.\n"]
        write(folder, "book-%d.md" % i, "\n".join(parts))
    return documents * (sections - 1) + 1


def ingest(path, folder, up, *args, **more):
    result = esihelp("ingest", "--json", "--store", path, *args, folder,
                     env=up.environment(**{**DIMENSIONS, **more}))
    equal(result.code, 0)
    return result.json()


def let_lease_run_out(path):
    """Whoever was killed held it for some seconds more: that time is over."""
    with sqlite3.connect(path, timeout=SLOW) as db:
        db.execute("DELETE FROM space_leases")
    db.close()


@test
def an_ingest_tells_what_it_paid_for_and_pays_once(folder):
    kb, path = os.path.join(folder, "kb"), os.path.join(folder, "s.db")
    texts = handbook(kb, 3, 5)
    with Upstream() as up:
        report = ingest(path, kb, up)
        equal((report["embedded"], report["reused"], report["pending"]), (texts, 2, 0))
        assert report["embeddingTokens"] > texts, report
        equal(up.counts()["inputs"], texts)
        report = ingest(path, kb, up)
        equal((report["embedded"], report["reused"], report["pending"]), (0, 0, 0))
        equal(up.counts()["inputs"], texts)
        shown = esihelp("ingest", "--store", path, kb, env=up.environment(**DIMENSIONS))
        assert "vectors" not in shown.out, shown.out


@test
def trials_of_a_folder_pay_for_nothing(folder):
    kb, path = os.path.join(folder, "kb"), os.path.join(folder, "s.db")
    handbook(kb, 2, 3)
    with Upstream() as up:
        equal(esihelp("kb", "check", kb, env=up.environment()).code, 0)
        ingest(path, kb, up, "--dry-run", "--explain")
        equal(up.counts()["requests"], 0)


@test
def an_ingest_that_is_killed_again_and_again_pays_once(folder):
    kb, path = os.path.join(folder, "kb"), os.path.join(folder, "s.db")
    soak = "ESI_SOAK" in os.environ
    texts = handbook(kb, 60, 31)
    chance = random.Random(7)
    with Upstream("embed 403") as up:
        equal(ingest(path, kb, up)["pending"], 60 * 31)
        up.play("embed normal ms=40")
        kills = 0
        for _ in range(60 if soak else 6):
            process = subprocess.Popen([EXE, "ingest", "--store", path, kb],
                                       env=environment(up.environment(**DIMENSIONS)),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wanted = up.counts()["requests"] + chance.randint(1, 5)
            while process.poll() is None and up.counts()["requests"] < wanted:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.08))
            process.send_signal(signal.SIGKILL)
            kills += process.wait(SLOW) == -signal.SIGKILL
            let_lease_run_out(path)
        report = ingest(path, kb, up)
        equal(report["pending"], 0)
        lost = up.counts()["inputs"] - texts
        # requests whose answers weren't heard: three at once, of 128 texts
        print("#", kills, "kills,", lost, "texts of", texts, "paid for in vain")
        assert 0 <= lost <= kills * 3 * 128, (kills, lost)
        equal(ingest(path, kb, up)["embedded"], 0)


@test
def an_outage_leaves_the_rest_to_the_next_ingest(folder):
    kb, path = os.path.join(folder, "kb"), os.path.join(folder, "s.db")
    texts = handbook(kb, 20, 31)
    with Upstream("embed normal times=2; embed 401") as up:
        result = esihelp("ingest", "--store", path, kb, env=up.environment(**DIMENSIONS))
        equal(result.code, 0)
        contains(result.out, "20 added")
        contains(result.out, "sections have no vector yet")
        contains(result.out, "256 vectors made")
        assert "sk-" not in result.out + result.err
        result = esihelp("doctor", "--store", path, env=up.environment(**DIMENSIONS))
        contains(result.out, "have none yet, words find them")
        hits = esihelp("search", "--json", "--store", path, "Whom do I call at the front office?",
                       env=up.environment(**DIMENSIONS)).json()
        contains(hits["items"][0]["text"], "extension seventeen")
        up.play("embed normal")
        equal(ingest(path, kb, up)["pending"], 0)
        equal(up.counts()["inputs"], texts)


@test
def a_limit_is_waited_for(folder):
    kb, path = os.path.join(folder, "kb"), os.path.join(folder, "s.db")
    texts = handbook(kb, 2, 4)
    with Upstream("embed 429 retry=1 times=2; embed normal") as up:
        report = ingest(path, kb, up)
        equal((report["embedded"], report["pending"]), (texts, 0))


@test
def an_offline_knowledge_base_keeps_its_vectors_beside_a_model_that_writes(folder):
    path = store(folder)
    with Upstream() as up:
        result = esihelp("ask", "--json", "--store", path, "The VPN drops every few minutes",
                         env=up.environment())
        equal(result.code, 0)
        equal((up.counts()["chat"], up.counts()["embed"]), (1, 0))
        write(folder, "more/late.md", "---\nid: kb-late\ntitle: Late\n---\n## Late\n\nKnock twice.\n")
        report = ingest(path, os.path.join(folder, "more"), up)
        equal((report["added"], report["pending"]), (1, 0))
        equal(up.counts()["embed"], 0)


@test
def a_model_that_is_named_against_what_is_stored_says_what_to_do(folder):
    path = store(folder)
    with Upstream() as up:
        result = esihelp("ask", "--store", path, "The VPN drops",
                         env=up.environment(ESI_EMBEDDING_MODEL="text-embedding-3-small"))
        assert result.code != 0
        contains(result.err, "esihelp reembed")


@test
def a_collection_moves_to_a_models_vectors_and_pays_once(folder):
    kb, path = knowledge_base(folder), store(folder)
    with Upstream() as up:
        result = esihelp("reembed", "--json", "--store", path, env=up.environment(**DIMENSIONS))
        equal(result.code, 0)
        report = result.json()
        assert report["swapped"], report
        paid = up.counts()["inputs"]
        equal(esihelp("reembed", "--store", path, env={"ESI_PROVIDER": "offline"}).code, 0)
        equal(esihelp("reembed", "--store", path, env=up.environment(**DIMENSIONS)).code, 0)
        equal(up.counts()["inputs"], paid)
        report = ingest(path, kb, up)
        equal((report["unchanged"], report["embedded"]), (2, 0))


@test
def the_model_that_made_the_vectors_needn_t_be_named_again(folder):
    kb, path = knowledge_base(folder), os.path.join(folder, "s.db")
    with Upstream() as up:
        ingest(path, kb, up, ESI_EMBEDDING_MODEL="text-embedding-3-large")
        before = up.counts()["inputs"]
        result = esihelp("search", "--json", "--store", path, "vpn drops", env=up.environment())
        equal(result.code, 0)
        equal(up.counts()["inputs"], before + 1)
        contains(up.request(up.counts()["requests"] - 1), "text-embedding-3-large")
        contains(up.request(up.counts()["requests"] - 1), '"dimensions":64')


@test
def an_endpoint_that_is_down_keeps_no_desk_from_opening(folder):
    kb, path = knowledge_base(folder), os.path.join(folder, "s.db")
    with Upstream() as up:
        env = up.environment()
    result = esihelp("ask", "--store", path, "The VPN drops", env=env)
    equal(result.code, 0)
    result = esihelp("search", "--store", path, "vpn", env={**env, "ESI_EMBEDDING_MODEL": "ours"})
    assert result.code != 0
    contains(result.err, "ESI_EMBEDDING_DIMENSIONS")
    assert os.path.isdir(kb)


if __name__ == "__main__":
    run()
