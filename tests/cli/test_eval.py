"""A file of scenarios, held against the desk."""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (contains, equal, esihelp, knowledge_base, one_line, run, store,  # noqa: E402
                      test, write)

KB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "kb")
VPN = "The VPN drops every few minutes"
FILES = "How do I read the other team's files?"
RIGHT = {"id": "vpn", "message": VPN,
         "expect": {"act": "trouble", "coverage": "covered", "tier": "TIER_0", "blocked": False,
                    "severity": ["LOW", "MEDIUM"], "escalation": False, "ticket": False,
                    "cites": ["kb-vpn"], "not_cites": ["kb-printing"], "says": ["udp TO  tcp"],
                    "not_says": ["ribbon"], "asks": False}}
WRONG = {"id": "bread", "message": "How do I bake bread?",
         "expect": {"coverage": "covered", "says": ["flour|yeast"], "ticket": True}}
BLOCKED = {"id": "files", "message": FILES, "expect": {"blocked": True, "cites": ["kb-vpn"]}}
TALK = {"id": "talk", "role": "instructor", "context": {"module": "lab-7"},
        "turns": [{"message": VPN, "expect": {"coverage": "covered"}},
                  {"message": "it works now", "expect": {"act": "thanks", "ticket": False}}]}


def lines(*scenarios):
    return "".join(json.dumps(s) + "\n" for s in scenarios)


def evaluate(folder, scenarios, *args, **options):
    """With the documents of a folder."""
    path = write(folder, "scenarios.jsonl", scenarios if isinstance(scenarios, (str, bytes))
                 else lines(*scenarios))
    return esihelp("eval", "chat", "--kb", knowledge_base(folder), *args, path, **options)


def report(folder, scenarios, *args, code=0):
    result = evaluate(folder, scenarios, "--json", *args)
    equal((result.code, result.err), (code, ""))
    return result.json()


# ---- what is told ---------------------------------------------------------------------------


@test
def what_is_right_is_counted_per_key_and_ends_with_0(folder):
    result = evaluate(folder, [RIGHT, TALK])
    equal((result.code, result.err), (0, ""))
    for part in ("expectation", "asked", "right", "per cent", "coverage", "100.0 %",
                 "of one turn", "of several turns", "all "):
        contains(result.out, part)


@test
def a_miss_tells_scenario_turn_message_wanted_got_stage_and_rules(folder):
    result = evaluate(folder, [RIGHT, WRONG])
    equal((result.code, result.err), (8, ""))
    for part in ("bread, turn 1: How do I bake bread?", "coverage (retrieve)", "wanted  covered",
                 "got     none", '"flour" or "yeast"', "rules", "policy:uncovered"):
        contains(result.out, part)
    assert "vpn, turn" not in result.out
    assert "trace" not in result.out and "answer" not in result.out


@test
def explain_tells_why_and_verbose_the_whole_answer(folder):
    result = evaluate(folder, [WRONG], "--explain", "--verbose")
    for part in ("trace", "understand", "coverage none", "answer\n",
                 "This is not covered in the knowledge base."):
        contains(result.out, part)


@test
def the_json_is_whole(folder):
    found = report(folder, [RIGHT, WRONG, TALK], code=8)
    equal(list(found), ["suite", "version", "asked", "right", "percent", "repeat", "groups", "keys",
                        "results", "misses", "disagreements", "baseline"])
    equal((found["suite"], found["version"], found["asked"], found["right"], found["repeat"]),
          ("chat", 1, 3, 2, 1))
    equal(found["groups"], {"oneTurn": {"asked": 2, "right": 1, "percent": 50},
                            "severalTurns": {"asked": 1, "right": 1, "percent": 100}})
    equal(found["keys"]["coverage"], {"asked": 3, "right": 2, "percent": 66.6667})
    equal(found["results"], [{"id": "vpn", "right": True}, {"id": "bread", "right": False},
                             {"id": "talk", "right": True}])
    equal([(m["id"], m["turn"], m["key"], m["wanted"], m["stage"]) for m in found["misses"]],
          [("bread", 1, "coverage", "covered", "retrieve"),
           ("bread", 1, "says", '"flour" or "yeast"', "retrieve")])
    miss = found["misses"][0]
    equal(set(miss), {"id", "turn", "message", "key", "wanted", "got", "stage", "rules", "answer",
                      "trace"})
    contains(miss["rules"], "policy:uncovered")
    assert {"screen", "understand", "retrieve", "decide", "record"} <= {
        line["stage"] for line in miss["trace"]}
    equal((found["disagreements"], found["baseline"]), ([], None))


@test
def what_a_refusal_brought_about_is_told_of_its_screening(folder):
    scenario = {"id": "f", "message": FILES, "expect": {"blocked": False, "tier": "TIER_3"}}
    found = report(folder, [scenario, BLOCKED], code=8)
    equal([(m["id"], m["key"], m["stage"]) for m in found["misses"]],
          [("f", "blocked", "screen"), ("f", "tier", "screen"), ("files", "cites", "screen")])


@test
def every_key_can_miss(folder):
    expect = {"blocked": True, "category": "x", "act": "greeting", "coverage": ["vague", "none"],
              "tier": "TIER_3", "severity": "CRITICAL", "escalation": True, "ticket": True,
              "cites": ["kb-printing"], "not_cites": ["kb-vpn"], "says": ["nowhere"],
              "not_says": ["profile from UDP"], "asks": ["which"]}
    found = report(folder, [dict(RIGHT, expect=expect)], code=8)
    equal(sorted(m["key"] for m in found["misses"]), sorted(expect))
    equal({key: counts["right"] for key, counts in found["keys"].items()},
          {key: 0 for key in expect})
    said = [m for m in found["misses"] if m["key"] == "not_says"][0]
    equal(said["got"], "2. Switch the VPN profile from UDP to TCP.")


@test
def a_history_is_walked_and_not_judged(folder):
    scenario = {"id": "h", "history": [VPN], "message": "it works now",
                "expect": {"act": "thanks", "coverage": "covered"}}
    equal(report(folder, [scenario])["groups"]["severalTurns"]["asked"], 1)


@test
def typographic_quotes_case_and_white_space_do_not_count(folder):
    scenario = dict(RIGHT, expect={"says": ["SWITCH the\u00a0vpn\nProfile", "x|every \u2018other"],
                                   "not_says": ["|profiles"]})
    equal(report(folder, [scenario], code=8)["misses"][0]["wanted"], '"x" or "every \u2018other"')


# ---- how it is gone through -----------------------------------------------------------------


@test
def only_goes_through_those_named(folder):
    equal(report(folder, [WRONG, RIGHT, TALK], "--only", "talk,vpn")["results"],
          [{"id": "vpn", "right": True}, {"id": "talk", "right": True}])
    one_line(evaluate(folder, [RIGHT], "--only", "vpn,other"), 3, "other")


@test
def repeated_shuffled_and_in_threads_it_finds_the_same(folder):
    one = report(folder, [RIGHT, WRONG, TALK, BLOCKED], code=8)
    many = report(folder, [RIGHT, WRONG, TALK, BLOCKED], "--repeat", "7", "--shuffle", "3",
                  "--threads", "4", code=8)
    equal(many.pop("repeat"), 7)
    one.pop("repeat")
    equal(many, one)


@test
def the_policy_named_decides(folder):
    policy = write(folder, "policy.json", json.dumps(
        {"version": 1, "extends": "default",
         "triage": {"rules": [{"id": "always", "tier": "TIER_2", "severity": "LOW",
                               "escalate": True, "ticket": True}]}}))
    found = report(folder, [RIGHT], "--policy", policy, code=8)
    equal(sorted(m["key"] for m in found["misses"]), ["escalation", "ticket", "tier"])
    contains(found["misses"][0]["rules"], "policy:always")


@test
def without_kb_the_store_answers_and_nothing_is_left_in_it(folder):
    path = store(folder)
    with open(path, "rb") as file:
        before = file.read()
    scenarios = write(folder, "s.jsonl", lines(RIGHT, WRONG))
    result = esihelp("eval", "chat", "--json", "--store", path, scenarios)
    equal((result.code, result.json()["right"]), (8, 1))
    with open(path, "rb") as file:
        equal(file.read(), before)
    equal(esihelp("ticket", "list", "--json", "--store", path).json()["items"], [])


@test
def a_store_that_does_not_exist_is_not_made(folder):
    scenarios = write(folder, "s.jsonl", lines(RIGHT))
    path = os.path.join(folder, "nowhere.db")
    one_line(esihelp("eval", "chat", "--store", path, scenarios), 7)
    assert not os.path.exists(path)


@test
def documents_that_are_refused_are_told_of(folder):
    write(folder, "kb/binary.md", bytes(range(256)) * 16)
    result = evaluate(folder, [RIGHT])
    equal(result.code, 0)
    contains(result.err, "1 of the documents was refused")


@test
def several_files_are_one_evaluation(folder):
    second = write(folder, "more.jsonl", lines(TALK))
    equal(evaluate(folder, [RIGHT], "--json", second).json()["asked"], 2)
    one_line(evaluate(folder, [TALK], second), 4, "scenarios.jsonl:1", "talk", "more.jsonl:1")


# ---- whether it is good enough --------------------------------------------------------------


@test
def fail_under_says_how_much_must_be_right(folder):
    for least, code in (("50", 0), ("50.0", 0), ("50.1", 8), ("0", 0), ("100", 8)):
        equal(evaluate(folder, [RIGHT, WRONG], "--fail-under", least).code, code)
    for bad in ("x", "-1", "100.5", "", "5.5.5", "1e1"):
        one_line(evaluate(folder, [RIGHT], "--fail-under=" + bad), 2, "--fail-under")


def baseline(folder, *scenarios):
    return write(folder, "before.json", evaluate(folder, scenarios, "--json").out)


@test
def a_baseline_tells_what_became_right_and_wrong(folder):
    mended = dict(WRONG, expect={"coverage": "none"})
    before = baseline(folder, RIGHT, WRONG, TALK)
    found = report(folder, [RIGHT, mended, BLOCKED], "--baseline", before)
    change = found["baseline"]
    equal(change.pop("file"), before)
    equal(change, {"percent": 66.6667, "difference": 0, "newlyRight": ["bread"], "newlyWrong": [],
                   "added": 1, "gone": 1})
    result = evaluate(folder, [dict(RIGHT, expect={"blocked": True}), WRONG], "--baseline", before)
    equal(result.code, 8)
    for part in ("66.7 % there, 0.0 % here, -66.7", "newly right: none", "newly wrong: vpn"):
        contains(result.out, part)


@test
def what_was_missed_before_does_not_fail_against_a_baseline(folder):
    before = baseline(folder, RIGHT, WRONG)
    equal(evaluate(folder, [RIGHT, WRONG], "--baseline", before).code, 0)
    equal(evaluate(folder, [RIGHT, WRONG], "--baseline", before, "--fail-under", "60").code, 8)


@test
def a_baseline_that_is_none_is_refused_before_anything_is_asked(folder):
    one_line(evaluate(folder, [RIGHT], "--baseline", os.path.join(folder, "none")), 3, "none")
    for text, part in (("", "empty"), ("{", "byte"), ("[]", "object"), ("{}", "eval chat"),
                       ('{"suite":"guardrail","results":[]}', "eval guardrail"),
                       ('{"suite":"chat","results":[{"id":"x"}]}', "result"),
                       ('{"suite":"chat","results":{}}', "--json")):
        path = write(folder, "bad.json", text)
        one_line(evaluate(folder, [RIGHT], "--baseline", path), 4, "bad.json", part)


# ---- the walk that server/README.md tells --------------------------------------------------


@test
def from_a_miss_to_its_mend(folder):
    kb = os.path.join(folder, "kb")
    shutil.copytree(KB, kb)
    ours = write(folder, "ours.jsonl", lines(
        {"id": "nora", "turns": [
            {"message": "Nora kicks me out every few minutes, I'm in the office",
             "expect": {"coverage": "covered", "tier": "TIER_0", "cites": ["kb-vpn"],
                        "says": ["TCP 443"]}},
            {"message": "did all of that, she still drops",
             "expect": {"escalation": True, "ticket": True}}]}))

    def missed(*args):
        result = esihelp("eval", "chat", "--json", "--kb", kb, *args, ours)
        misses = result.json()["misses"]
        equal(result.code, 8 if misses else 0)
        return [(m["turn"], m["key"], m["stage"]) for m in misses], misses

    keys, misses = missed()
    contains(keys, (1, "coverage", "retrieve"))
    assert any("no section knows: nora" in line["text"] for line in misses[0]["trace"]), misses[0]
    policy = write(folder, "policy.json", json.dumps(
        {"version": 1, "extends": "default", "synonyms": [["vpn", "nora"]]}))
    keys, misses = missed("--policy", policy)
    equal(keys, [(2, "escalation", "decide"), (2, "ticket", "decide")])
    assert any("failed tries: 1 of 2 allowed" == line["text"] for line in misses[0]["trace"])
    with open(os.path.join(kb, "kb-vpn.md"), encoding="utf-8") as file:
        text = file.read()
    write(kb, "kb-vpn.md", text.replace("---\n", "---\nhandling:\n  - section: Dropped connections\n"
                                        "    tries: 1\n", 1))
    equal(missed("--policy", policy)[0], [])


# ---- files ----------------------------------------------------------------------------------


@test
def a_mark_blank_lines_and_other_line_ends_are_well(folder):
    text = "\ufeff" + "\r\n" + json.dumps(RIGHT) + "\r\n\n  \n" + json.dumps(TALK)
    equal(report(folder, text.encode())["asked"], 2)


@test
def a_file_that_is_not_there_or_holds_nothing_is_refused(folder):
    one_line(esihelp("eval", "chat", os.path.join(folder, "nowhere")), 3, "nowhere")
    one_line(evaluate(folder, "\n\n"), 4, "no scenario")
    one_line(evaluate(folder, [RIGHT], "--kb", os.path.join(folder, "nowhere")), 3, "nowhere")


def scenario(**changes):
    return json.dumps({key: value for key, value in dict(RIGHT, **changes).items()
                       if value is not None})


@test
def a_bad_line_is_told_with_file_and_line(folder):
    turn = {"message": VPN, "expect": {"ticket": False}}
    bad = [
        ("nonsense", "byte 1"), ('{"id":"a"', "byte"), ("[]", "not an object"), ("7", "object"),
        ('{"id":"a","message":"\\u0000"}', "NUL"), (scenario(id=None), "id"),
        (scenario(id=""), "id"), (scenario(id=7), "id"), (scenario(id="a b"), "blank"),
        (scenario(id="x" * 65), "64"), (scenario(message=None), "missing"),
        (scenario(message=7), "not a text"), (scenario(message=" \n"), "empty"),
        (scenario(message="x" * 8001), "8001"), (scenario(mesage=VPN), "mesage"),
        (scenario(role="boss"), "role"), (scenario(role=7), "role"),
        (scenario(context=[]), "context"), (scenario(context={"a": 1}), "context"),
        (scenario(context={"a": ""}), "context"), (scenario(context={"a": "x" * 257}), "257"),
        (scenario(context={str(i): "x" for i in range(21)}), "20"),
        (scenario(history="x"), "history"), (scenario(history=[7]), "not a text"),
        (scenario(history=["x"] * 50), "50"), (scenario(expect=None), "expects nothing"),
        (scenario(expect={}), "expects nothing"), (scenario(expect=[]), "expect"),
        (scenario(turns=[turn]), "turns"), (scenario(message=None, expect=None, turns=[]), "turns"),
        (scenario(message=None, expect=None, turns={}), "not a list"),
        (scenario(message=None, expect=None, turns=[7]), "not an object"),
        (scenario(message=None, expect=None, turns=[{}]), "missing"),
        (scenario(message=None, expect=None, turns=[turn] * 51), "51"),
        (scenario(message=None, expect=None, turns=[dict(turn, role="admin")]), "role"),
        ('{"id":"a","id":"b","message":"x","expect":{"ticket":false}}', "twice"),
    ]
    for text, part in bad:
        one_line(evaluate(folder, json.dumps(TALK) + "\n\n" + text + "\n"), 4,
                 "scenarios.jsonl:3: ", part)


@test
def what_cannot_be_expected_is_told_with_what_can(folder):
    bad = [
        ({"teir": "TIER_0"}, "teir", "tier"), ({"tier": "TIER_4"}, "TIER_4", "TIER_3"),
        ({"tier": 1}, "tier", "TIER_0"), ({"tier": []}, "tier", "0"),
        ({"severity": ["LOW", "URGENT"]}, "URGENT", "CRITICAL"), ({"act": "ask"}, "ask", "trouble"),
        ({"coverage": "full"}, "full", "vague"), ({"coverage": ""}, "coverage", "covered"),
        ({"coverage": None}, "coverage", "covered"), ({"blocked": "yes"}, "blocked", "true"),
        ({"ticket": 1}, "ticket", "false"), ({"says": 7}, "says", "text"),
        ({"says": ["a", 7]}, "says", "no text"), ({"says": ["a", ""]}, "says", "empty"),
        ({"says": [" | "]}, "says", "empty"), ({"says": []}, "says", "0"),
        ({"says": ["a"] * 65}, "says", "65"), ({"says": True}, "says", "text"),
        ({"asks": 7}, "asks", "false"), ({"category": True}, "category", "text"),
    ]
    for expect, *parts in bad:
        one_line(evaluate(folder, scenario(expect=expect) + "\n"), 4, "scenarios.jsonl:1", *parts)
    one_line(evaluate(folder, '{"id":"a","message":"x","expect":{"tier":"TIER_0","tier":"TIER_1"}}'),
             4, "tier", "twice")


@test
def one_text_or_a_list_of_them_may_be_expected(folder):
    expect = {"says": "TCP", "not_says": "ribbon", "cites": "KB-VPN|kb-other", "asks": False,
              "severity": ["low", "medium"], "not_cites": "kb-vp"}
    equal(report(folder, [dict(RIGHT, expect=expect)])["right"], 1)


@test
def a_file_or_a_line_that_is_too_large_is_refused(folder):
    one_line(evaluate(folder, '{"id":"' + "x" * (1 << 20) + '"}'), 4, "scenarios.jsonl:1", "1048576")
    path = write(folder, "large.jsonl", "")
    os.truncate(path, (64 << 20) + 1)
    one_line(esihelp("eval", "chat", path), 4, "large.jsonl", "67108864")


@test
def it_wants_a_file_and_takes_no_option_of_others():
    one_line(esihelp("eval"), 2, "chat")
    one_line(esihelp("eval", "chat"), 2, "FILE")
    one_line(esihelp("eval", "chat", "--user", "alice", "x"), 2, "--user")
    one_line(esihelp("eval", "chat", "--repeat", "0", "x"), 2, "--repeat")


run()
