"""The rule file: the one compiled in, and what is wrong with one."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, one_line, run, test, write  # noqa: E402


@test
def the_default_rules_are_shown_and_are_good(folder):
    shown = esihelp("policy", "show")
    equal((shown.code, shown.err), (0, ""))
    json.loads(shown.out)
    path = write(folder, "policy.json", shown.out)
    result = esihelp("policy", "check", path)
    equal((result.code, result.err), (0, ""))
    contains(result.out, "good")


@test
def the_policy_named_is_the_one_shown(folder):
    path = write(folder, "policy.json", '{"extends": "default"}')
    equal(esihelp("policy", "show", "--policy", path).out, '{"extends": "default"}')
    equal(esihelp("policy", "show", env={"ESI_POLICY": path}).out, '{"extends": "default"}')


@test
def a_broken_file_is_refused_with_file_and_line(folder):
    path = write(folder, "policy.json", '{\n  "extends": "default",\n  "oops\n}\n')
    one_line(esihelp("policy", "check", path), 4, "policy.json", "line 3")
    body = esihelp("policy", "check", "--json", path).json()
    equal((body["ok"], set(body["error"])), (False, {"code", "detail"}))
    contains(body["error"]["detail"], "line 3")


@test
def a_command_with_a_broken_policy_does_not_run(folder):
    path = write(folder, "policy.json", "[]")
    one_line(esihelp("check", "--policy", path, "hello"), 4, "policy.json")


@test
def a_policy_that_does_not_exist_is_said(folder):
    path = os.path.join(folder, "nowhere.json")
    one_line(esihelp("policy", "check", path), 3, "nowhere.json")
    result = esihelp("check", "--policy", path, "hello")
    assert result.code in (3, 4, 7), result.code
    contains(result.err, "nowhere.json")


@test
def without_a_file_it_says_what_to_name():
    one_line(esihelp("policy", "check"), 2, "FILE")


run()
