"""One question, from the command line."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, one_line, run, store, test  # noqa: E402

VPN = "The VPN drops every few minutes"
FILES = "How do I read the other team's files?"
NOT_COVERED = "This is not covered in the knowledge base."
CHAT = {"sessionId", "messageId", "answer", "kbReferences", "confidence", "tier", "severity",
        "fallback", "open", "cost",
        "needsEscalation", "guardrail", "ticketId", "ticketNumber", "rules",
        "clarifyingQuestions", "coverage", "model", "usage"}


def ask(path, *args, **more):
    result = esihelp("ask", "--json", "--store", path, *args, **more)
    equal((result.code, result.err), (0, ""))
    return result.json()


@test
def what_is_covered_is_answered_with_its_source_and_no_ticket(folder):
    reply = ask(store(folder), VPN)
    equal(set(reply), CHAT)
    equal(reply["kbReferences"][0]["id"], "kb-vpn")
    equal(set(reply["kbReferences"][0]), {"id", "title", "version", "section", "score"})
    contains(reply["answer"], "TCP")
    equal((reply["coverage"], reply["tier"]), ("covered", "TIER_0"))
    equal((reply["needsEscalation"], reply["ticketId"], reply["ticketNumber"]),
          (False, None, None))
    equal(reply["guardrail"], {"blocked": False, "category": None, "rule": None, "reason": None})


@test
def what_is_not_covered_gets_the_literal_sentence_and_a_ticket(folder):
    reply = ask(store(folder), "How do I bake bread?")
    equal((reply["answer"], reply["coverage"]), (NOT_COVERED, "none"))
    equal((reply["needsEscalation"], reply["kbReferences"]), (True, []))
    assert reply["ticketId"]


@test
def what_is_not_allowed_is_refused_and_asked_again_joins_the_ticket(folder):
    path = store(folder)
    args = ("--role", "trainee", "--user", "alice", "--session", "s-1", FILES)
    first, second = ask(path, *args), ask(path, *args)
    assert first["guardrail"]["blocked"] and first["guardrail"]["category"]
    assert first["needsEscalation"] and first["ticketNumber"] > 0
    equal(first["sessionId"], "s-1")
    equal(second["ticketNumber"], first["ticketNumber"])


@test
def people_see_answer_sources_tier_severity_and_ticket(folder):
    result = esihelp("ask", "--store", store(folder), VPN)
    equal((result.code, result.err), (0, ""))
    for part in ("TCP", "Sources", "kb-vpn 2.1", "TIER_0", "severity", "coverage covered",
                 "no ticket"):
        contains(result.out, part)
    assert "\033" not in result.out


@test
def words_need_no_quotes(folder):
    path = store(folder)
    equal(ask(path, *VPN.split())["kbReferences"], ask(path, VPN)["kbReferences"])


@test
def a_question_may_come_from_a_pipe(folder):
    equal(ask(store(folder), stdin=VPN + "\n")["kbReferences"][0]["id"], "kb-vpn")


@test
def a_session_goes_on_across_calls(folder):
    path = store(folder)
    first = ask(path, "--user", "alice", "How do I bake bread?")
    again = ask(path, "--user", "alice", "--session", first["sessionId"], "I still need to know")
    equal(again["sessionId"], first["sessionId"])
    equal(again["ticketId"], first["ticketId"])


@test
def a_session_of_somebody_else_is_not_found(folder):
    path = store(folder)
    ask(path, "--user", "alice", "--session", "s-1", VPN)
    one_line(esihelp("ask", "--store", path, "--user", "mallory", "--session", "s-1", VPN), 3)


@test
def the_same_request_id_gives_the_first_answer_again(folder):
    path = store(folder)
    args = ("--user", "alice", "--session", "s-1", "--request-id", "r-1", VPN)
    equal(ask(path, *args)["messageId"], ask(path, *args)["messageId"])


@test
def a_request_id_with_another_question_is_refused(folder):
    path = store(folder)
    ask(path, "--user", "alice", "--request-id", "r-1", VPN)
    result = esihelp("ask", "--store", path, "--user", "alice", "--request-id", "r-1", "other")
    one_line(result, 4, "--request-id")


@test
def a_stream_ends_with_the_whole_reply(folder):
    result = esihelp("ask", "--json", "--stream", "--store", store(folder), VPN)
    equal(result.code, 0)
    lines = result.lines()
    equal(lines[0]["event"], "meta")
    equal(set(lines[-1]), CHAT)
    text = "".join(line["text"] for line in lines[:-1] if line["event"] == "delta")
    equal(text.strip(), lines[-1]["answer"].strip())


@test
def explain_tells_why_stage_by_stage(folder):
    path = store(folder)
    result = esihelp("ask", "--explain", "--store", path, VPN)
    equal((result.code, result.err), (0, ""))
    why = result.out.split("\nWhy\n")[1]
    for part in ("screen", "understand act: trouble", "kb-vpn#", "carries the answer",
                 "coverage covered", "record     no ticket"):
        contains(why, part)
    reply = ask(path, "--explain", VPN)
    equal(set(reply), CHAT | {"trace"})
    equal([set(line) for line in reply["trace"]], [{"stage", "text"}] * len(reply["trace"]))
    equal(reply["trace"][0]["stage"], "screen")


@test
def an_empty_knowledge_base_is_said_with_what_to_do(folder):
    result = esihelp("ask", "--store", os.path.join(folder, "new.db"), VPN)
    equal(result.code, 0)
    contains(result.err, "esihelp ingest")
    contains(result.out, NOT_COVERED)


@test
def an_empty_question_is_refused(folder):
    path = store(folder)
    one_line(esihelp("ask", "--store", path, ""), 4)
    one_line(esihelp("ask", "--store", path, " \t "), 4)
    one_line(esihelp("ask", "--store", path), 4)


@test
def a_question_of_a_megabyte_is_refused(folder):
    one_line(esihelp("ask", "--store", store(folder), stdin="x" * 1000000), 4)


@test
def a_question_of_8000_characters_is_taken_and_of_one_more_is_refused(folder):
    path = store(folder)
    ask(path, stdin="é" * 7990 + " the VPN? ".strip().ljust(10))
    one_line(esihelp("ask", "--store", path, stdin="é" * 8001), 4, "8000")


@test
def what_is_not_utf8_is_refused(folder):
    path = store(folder)
    one_line(esihelp("ask", "--store", path, stdin=b"the \xff VPN"), 4, "UTF-8")
    one_line(esihelp("ask", "--store", path, stdin=b"the \0 VPN"), 4)


@test
def a_module_of_ten_kilobytes_is_refused(folder):
    one_line(esihelp("ask", "--store", store(folder), "--module", "m" * 10240, VPN), 4, "module")


run()
