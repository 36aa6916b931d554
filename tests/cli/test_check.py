"""May this role ask that?"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, one_line, run, test, write  # noqa: E402

FILES = "How do I read the other team's files?"
VERDICT = {"blocked", "category", "rule", "reason", "matches"}


@test
def a_question_that_is_not_allowed_names_category_rule_and_match():
    verdict = esihelp("check", "--json", FILES).json()
    equal(set(verdict), VERDICT)
    assert verdict["blocked"] and verdict["category"] and verdict["rule"] and verdict["reason"]
    assert verdict["matches"] and all(match in FILES for match in verdict["matches"])


@test
def a_harmless_question_is_allowed():
    equal(esihelp("check", "--json", "My lab VM does not start").json(),
          {"blocked": False, "category": None, "rule": None, "reason": None, "matches": []})


@test
def people_see_it_too():
    contains(esihelp("check", FILES).out, "blocked")
    equal(esihelp("check", "My lab VM does not start").out, "allowed\n")


@test
def it_needs_no_store_and_makes_none(folder):
    path = os.path.join(folder, "desk.db")
    equal(esihelp("check", "--store", path, FILES).code, 0)
    equal(os.listdir(folder), [])


@test
def redact_masks_personal_data():
    verdict = esihelp("check", "--redact", "--json", "Write to alice@example.org, please").json()
    equal(set(verdict), VERDICT | {"redacted"})
    assert "alice@example.org" not in verdict["redacted"]
    contains(verdict["redacted"], "please")


@test
def lines_are_answered_in_their_order_with_their_ids():
    lines = [{"id": "a", "text": FILES}, {"id": 7, "text": "My lab VM does not start"}]
    result = esihelp("check", "--redact", "--json", stdin="\n".join(map(json.dumps, lines)))
    equal(result.code, 0)
    found = result.lines()
    equal([(line["id"], line["blocked"]) for line in found], [("a", True), (7, False)])
    equal(found[1]["redacted"], "My lab VM does not start")


@test
def lines_may_come_from_a_file(folder):
    path = write(folder, "lines.jsonl", json.dumps({"id": 1, "text": FILES}) + "\n")
    equal(esihelp("check", "--json", "--file", path).lines()[0]["blocked"], True)


@test
def a_bad_line_is_answered_in_its_place():
    bad = ['{"id":1}', "nonsense", '{"id":2,"text":5}', '{"id":3,"text":""}',
           '{"id":4,"text":"a\\u0000b"}', "[" * 1000, '{"id":5,"text":"fine"}']
    result = esihelp("check", "--json", stdin="\n".join(bad) + "\n")
    found = result.lines()
    equal(result.code, 4)
    equal([line["id"] for line in found], [1, None, 2, 3, None, None, 5])
    equal([("error" in line) for line in found], [True] * 6 + [False])
    equal(len(result.err.splitlines()), 6)


@test
def plain_lines_are_checked_too():
    equal(esihelp("check", stdin="My lab VM does not start\n").out, "allowed\n")


@test
def a_text_that_is_empty_or_too_large_or_not_utf8_is_refused():
    one_line(esihelp("check", ""), 4)
    result = esihelp("check", stdin="x" * 70000 + "\n")
    equal((result.code, result.out), (4, ""))
    result = esihelp("check", stdin=b"\xff\xfe\n")
    equal((result.code, result.out), (4, ""))


@test
def a_file_that_does_not_exist_is_not_found(folder):
    one_line(esihelp("check", "--file", os.path.join(folder, "nowhere")), 3, "nowhere")


run()
