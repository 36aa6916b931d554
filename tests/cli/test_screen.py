"""What people see on a terminal while a model writes, and when it can't."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, run, store, test  # noqa: E402
from terminal import Terminal, plain  # noqa: E402
from upstream import Upstream  # noqa: E402

VPN = "The VPN drops every few minutes"


def ask(path, up, *args, **more):
    text, code = Terminal("ask", "--store", path, *args, env=up.environment(), **more).end()
    equal(code, 0)
    return text


@test
def a_model_s_answer_comes_in_lines_that_fit(folder):
    path = store(folder)
    with Upstream("chat normal drip=5") as up:
        text = plain(ask(path, up, VPN, columns=50))
    answer = text.replace("\r\n", "\n").split("\nSources")[0].split("\r")[-1]
    contains(answer.replace("\n", " "), "Close every other VPN client")
    assert all(len(line) <= 50 for line in answer.split("\n")), answer


@test
def what_is_going_on_is_said_until_there_is_text(folder):
    path = store(folder)
    with Upstream("chat normal ms=1500") as up:
        text = plain(ask(path, up, VPN))
    contains(text, "looking it up ...\r")
    contains(text, "thinking, 1 s ...\r")
    contains(text, "Using the VPN: writing, 1 s ...\r")


@test
def who_wrote_it_and_what_it_took_is_one_dim_line(folder):
    path = store(folder)
    with Upstream() as up:
        text = ask(path, up, VPN)
    assert "\033[2mgpt-4o, " in text, text
    line = [line for line in plain(text).splitlines() if line.startswith("gpt-4o")][0]
    words = line.split()
    equal((words[2], words[4]), ("+", "tokens,"))
    assert 0 < float(words[5]) < 0.1, line


@test
def what_is_left_open_stands_below_the_answer(folder):
    path = store(folder)
    said = ('{"cited":["s1"],"answer":"Close every other VPN client.",'
            '"open":["Which VPN profile is used"]}')
    with Upstream("chat normal raw=" + said) as up:
        text = plain(ask(path, up, VPN))
    contains(text.replace("\r", ""), "Left open\n  - Which VPN profile is used\n\nSources\n")


@test
def an_answer_without_the_model_says_why(folder):
    path = store(folder)
    with Upstream("chat 503") as up:
        text = plain(ask(path, up, VPN)).replace("\r", "")
    contains(text, "answered without a model: unreachable")
    contains(text.split("Sources")[1], "HTTP 503")  # the warning, below what was read
    assert "warning" not in text, text


@test
def text_that_is_withdrawn_is_said_to_be(folder):
    path = store(folder)
    with Upstream("chat reset_mid delta=6 drip=20") as up:
        text = plain(ask(path, up, VPN)).replace("\r", "")
    before, after = text.split("[the text above is withdrawn; this is the answer]")
    contains(before.replace("\n", " "), "Close every other VPN client")
    contains(after, "answered without a model: unreachable")


@test
def what_is_not_a_terminal_gets_no_note(folder):
    path = store(folder)
    with Upstream() as up:
        result = esihelp("ask", "--store", path, VPN, env=up.environment())
    equal(result.code, 0)
    assert "\033" not in result.out and "\r" not in result.out, result.out
    contains(result.out, "gpt-4o, ")


@test
def the_check_up_lists_the_endpoints(folder):
    path = store(folder)
    with Upstream() as up:
        result = esihelp("doctor", "--store", path, env=up.environment())
        contains(result.out, "in the order in which they are asked")
        contains(result.out, "gpt-4o, for answers, at 127.0.0.1:%d" % up.port)
        report = esihelp("doctor", "--json", "--store", path, env=up.environment()).json()
    first = report["endpoints"][0]
    equal((first["model"], first["embeds"], first["problem"]), ("gpt-4o", False, None))
    equal(esihelp("doctor", "--json", "--store", path).json()["endpoints"], [])


run()
