"""What people see on a terminal: colours, wrapping, progress, a session."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (EXE, contains, environment, equal, knowledge_base, run, store,  # noqa: E402
                      test, write)
from terminal import Terminal, plain  # noqa: E402

VPN = "The VPN drops every few minutes"


@test
def an_answer_has_colours_and_fits_the_screen(folder):
    text, code = Terminal("ask", "--store", store(folder), VPN).end()
    equal(code, 0)
    contains(text, "\033[")
    answer = plain(text).split("Sources")[0]
    assert all(len(line) <= 60 for line in answer.splitlines()), answer


@test
def no_color_is_honoured(folder):
    path = store(folder)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        text, code = Terminal("ask", "--store", path, VPN, env=env).end()
        equal((code, "\033" in text), (0, False))


@test
def an_ingest_shows_its_progress(folder):
    text, code = Terminal("ingest", "--store", os.path.join(folder, "d.db"),
                          knowledge_base(folder)).end()
    equal(code, 0)
    assert re.search(r"\[[#.]+\] [0-2]/2", text), text
    contains(text.splitlines()[-1], "2 added")


@test
def a_copy_shows_its_progress(folder):
    text, code = Terminal("copy", "--from", store(folder), "--to",
                          os.path.join(folder, "copy.db")).end()
    equal(code, 0)
    assert re.search(r"\[#+\] 2/2 kb_documents", text), text
    contains(text, "2/2 check kb_doc")
    contains(text.splitlines()[-1], "of them written now")


@test
def a_session_goes_from_question_to_question(folder):
    terminal = Terminal("ask", "--store", store(folder), "--user", "alice")
    for number, line in enumerate((VPN, "How do I bake bread?"), 1):
        terminal.read_until(r"(?s)(\n\S*> .*){%d}" % number)
        terminal.type(line + "\n")
        terminal.read_until(r"(?s)(session [0-9a-z-]{36}.*){%d}" % number)
    terminal.type("\x04")
    text, code = terminal.end()
    equal(code, 0)
    equal(len(set(re.findall(r"session ([0-9a-z-]{36})", plain(text)))), 1)


@test
def what_an_evaluation_tells_fits_the_screen(folder):
    scenarios = write(folder, "s.jsonl", json.dumps(
        {"id": "vpn-with-a-rather-long-name-that-nobody-would-want-to-type-twice",
         "message": VPN + ", and " * 30, "expect": {
             "tier": ["TIER_1", "TIER_2", "TIER_3"], "says": ["one|another|a third|a fourth|a fifth"],
             "act": "question", "cites": ["kb-of-something-else"]}}) + "\n")
    for columns in (80, 40):
        text, code = Terminal("eval", "chat", "--kb", knowledge_base(folder), "--explain",
                              "--verbose", scenarios, columns=columns).end()
        equal(code, 8)
        shown = plain(text).split("]")[-1] if "[#" in text else plain(text)
        wide = [line for line in shown.splitlines() if len(line) > max(columns, 80)]
        assert not wide, wide
        contains(text, "\033[")


@test
def a_document_can_not_drive_the_terminal(folder):
    path = os.path.join(folder, "d.db")
    kb = os.path.join(folder, "kb")
    write(kb, "evil.md", "---\nid: kb-evil\ntitle: Badges\nversion: 1.0\n---\n# Badges\n\n"
          "## The badge printer\n\nA blank badge: turn the \x1b]0;owned\x07 ribbon \x1b[2J over.\n")
    subprocess.run([EXE, "ingest", "--store", path, kb], env=environment(),
                   stdout=subprocess.DEVNULL, check=False)
    for args in (("search", "badge printer ribbon"), ("kb", "check", kb),
                 ("ask", "How do I turn over the ribbon of the badge printer?")):
        where = () if args[0] == "kb" else ("--store", path)
        text, _ = Terminal(*args, *where).end()
        assert "\033]" not in text and "\033[2J" not in text, text


run()
