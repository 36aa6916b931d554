"""Documents into the knowledge base, and what is found in it."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (contains, equal, esihelp, knowledge_base, one_line, run, store,  # noqa: E402
                      test, write)

COUNTS = ("added", "updated", "unchanged", "removed", "refused")


def ingest(path, kb, *args, code=0):
    result = esihelp("ingest", "--json", "--store", path, *args, kb)
    equal(result.code, code)
    return result.json()


def counts(report):
    return tuple(report[name] for name in COUNTS)


@test
def a_folder_is_ingested_and_a_second_run_changes_nothing(folder):
    path, kb = os.path.join(folder, "desk.db"), knowledge_base(folder)
    equal(counts(ingest(path, kb)), (2, 0, 0, 0, 0))
    equal(counts(ingest(path, kb)), (0, 0, 2, 0, 0))


@test
def a_changed_document_replaces_the_old_one(folder):
    path, kb = store(folder), os.path.join(folder, "kb")
    write(kb, "printing.md", "---\nid: kb-printing\ntitle: Badges\n---\n# Badges\n\nAsk Ada.\n")
    equal(counts(ingest(path, kb)), (0, 1, 1, 0, 0))


@test
def prune_removes_what_has_left_the_folder_and_nothing_else_does(folder):
    path, kb = store(folder), os.path.join(folder, "kb")
    os.remove(os.path.join(kb, "printing.md"))
    equal(counts(ingest(path, kb)), (0, 0, 1, 0, 0))
    equal(counts(ingest(path, kb, "--prune")), (0, 0, 1, 1, 0))


@test
def a_dry_run_writes_nothing(folder):
    path, kb = os.path.join(folder, "desk.db"), knowledge_base(folder)
    equal(ingest(path, kb, "--dry-run")["added"], 2)
    equal(counts(ingest(path, kb)), (2, 0, 0, 0, 0))


@test
def explain_shows_what_was_understood(folder):
    report = ingest(os.path.join(folder, "desk.db"), knowledge_base(folder), "--explain")
    vpn = [document for document in report["documents"] if document["id"] == "kb-vpn"][0]
    equal((vpn["title"], vpn["version"]), ("Using the VPN", "2.1"))
    steps = [note["text"] for section in vpn["sections"] for note in section["notes"]
             if note["kind"] == "step"]
    equal(len(steps), 3)
    contains(steps[1], "TCP")


@test
def kb_check_needs_no_store(folder):
    kb = knowledge_base(folder)
    result = esihelp("kb", "check", "--json", kb)
    equal((result.code, result.err), (0, ""))
    equal(sorted(document["id"] for document in result.json()["documents"]),
          ["kb-printing", "kb-vpn"])
    equal(os.listdir(folder), ["kb"])


@test
def kb_check_is_readable_for_people(folder):
    result = esihelp("kb", "check", knowledge_base(folder))
    equal(result.code, 0)
    for part in ("kb-vpn", "2.1", "The VPN connection drops", "step", "TCP"):
        contains(result.out, part)


@test
def kb_check_shows_what_front_matter_mended(folder):
    kb = os.path.join(folder, "kb")
    write(kb, "fan.md", "---\nid: kb-fan\nhandling:\n- section: Noise\n  steps: Dust it.\n"
          "- section: Smell\n  ask: since when\n---\n# Fan\n\n## Noise\n\n1. Oil it.\n")
    result = esihelp("kb", "check", kb)
    equal(result.code, 0)
    contains(result.out, "Dust it. (front matter)")
    contains(result.out, 'fan.md: line 7: handling: there is no section "Smell"')
    note = esihelp("kb", "check", "--json", kb).json()["documents"][0]["sections"][0]["notes"][0]
    equal((note["text"], note["line"], note["mended"]), ("Dust it.", 5, True))


@test
def ingest_for_people_ends_with_the_counts(folder):
    result = esihelp("ingest", "--store", os.path.join(folder, "d.db"), knowledge_base(folder))
    equal((result.code, result.err), (0, ""))
    contains(result.out, "2 added, 0 updated, 0 unchanged, 0 removed, 0 refused")


@test
def a_folder_that_does_not_exist_is_not_found(folder):
    missing = os.path.join(folder, "nowhere")
    one_line(esihelp("ingest", "--store", os.path.join(folder, "d.db"), missing), 3, "nowhere")
    one_line(esihelp("kb", "check", missing), 3, "nowhere")


@test
def bad_documents_are_refused_and_the_others_are_taken(folder):
    kb = knowledge_base(folder)
    write(kb, "binary.md", bytes(range(256)) * 16)
    write(kb, "large.md", b"# Large\n\n" + b"All work and no play. " * 1000000)
    report = ingest(os.path.join(folder, "desk.db"), kb, code=4)
    equal((report["added"], report["refused"]), (2, 2))
    refused = {document["source"]: document["problems"] for document in report["documents"]
               if document["change"] == "refused"}
    equal(sorted(refused), ["binary.md", "large.md"])
    assert all(problems for problems in refused.values())


@test
def an_odd_document_does_not_stop_the_ingest(folder):
    kb = knowledge_base(folder)
    write(kb, "empty.md", "")
    write(kb, "unclosed.md", "---\nid: kb-open\ntitle: Never closed\n# Then\n\nSome text here.\n")
    result = esihelp("ingest", "--json", "--store", os.path.join(folder, "desk.db"), kb)
    report = result.json()
    assert report["added"] >= 2
    for source in ("empty.md", "unclosed.md"):
        found = [d for d in report["documents"] if d["source"] == source]
        assert found and found[0]["problems"], source


@test
def search_finds_the_section_and_shows_what_a_user_may_read(folder):
    path = store(folder)
    items = esihelp("search", "--json", "--store", path, "vpn", "drops").json()["items"]
    equal(items[0]["kbId"], "kb-vpn")
    equal(set(items[0]), {"kbId", "title", "version", "section", "text", "score"})
    contains(esihelp("search", "--store", path, "vpn drops").out, "kb-vpn")


@test
def search_shows_no_more_than_its_limit(folder):
    items = esihelp("search", "--json", "--limit", "1", "--store", store(folder), "vpn").json()
    equal(len(items["items"]), 1)


run()
