"""How the program is called: help, wrong calls, exit codes."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import EXE, contains, environment, equal, esihelp, one_line, run, test  # noqa: E402

COMMANDS = ["ask", "ingest", "kb check", "search", "check", "policy show", "policy check",
            "ticket list", "ticket show", "ticket update", "metrics", "doctor", "serve", "version"]


@test
def help_lists_every_command():
    result = esihelp("--help")
    equal((result.code, result.err), (0, ""))
    for command in COMMANDS:
        contains(result.out, "  %s" % command)


@test
def every_command_has_help_with_an_example_and_its_options():
    for command in COMMANDS:
        result = esihelp(*command.split(), "--help")
        equal((result.code, result.err), (0, ""))
        contains(result.out, "usage: esihelp " + command)
        contains(result.out, "  esihelp " + command)
        contains(result.out, "--json")


@test
def nothing_at_all_is_a_wrong_call_that_shows_the_commands():
    result = esihelp()
    equal((result.code, result.out), (2, ""))
    contains(result.err, "ingest FOLDER")


@test
def an_unknown_command_is_a_wrong_call():
    one_line(esihelp("frobnicate"), 2, "frobnicate", "--help")


@test
def half_a_command_names_the_other_half():
    one_line(esihelp("ticket"), 2, "list, show, update")


@test
def an_unknown_option_is_a_wrong_call():
    one_line(esihelp("ask", "--frobnicate", "x"), 2, "--frobnicate")


@test
def an_option_of_another_command_is_a_wrong_call():
    one_line(esihelp("ask", "--prune", "x"), 2, "--prune", "esihelp ask --help")


@test
def an_option_without_its_value_is_a_wrong_call():
    one_line(esihelp("ask", "--role"), 2, "--role", "ROLE")


@test
def a_number_outside_its_limits_is_a_wrong_call():
    one_line(esihelp("search", "--limit", "101", "x"), 2, "--limit", "1 to 100")
    one_line(esihelp("search", "--limit=ten", "x"), 2, "--limit")


@test
def an_unknown_role_is_a_wrong_call_that_names_the_roles():
    one_line(esihelp("check", "--role", "king", "x"), 2, "support_engineer")


@test
def too_many_words_are_a_wrong_call():
    one_line(esihelp("ingest", "a", "b"), 2, "usage: esihelp ingest FOLDER")


@test
def a_setting_of_the_environment_is_checked():
    one_line(esihelp("version", env={"ESI_DEADLINE_MS": "soon"}), 2, "ESI_DEADLINE_MS")


@test
def version_says_what_the_build_can_do():
    result = esihelp("version")
    equal(result.code, 0)
    contains(result.out, "esihelp ")
    body = esihelp("version", "--json").json()
    equal(set(body), {"version", "features"})
    contains(result.out, body["version"])
    equal(esihelp("--version").out, result.out)


@test
def an_output_that_nobody_reads_ends_the_program_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([EXE, "policy", "show"], stdout=writer, stderr=subprocess.PIPE,
                          env=environment())
    os.close(writer)
    equal((done.returncode, done.stderr), (1, b""))


@test
def an_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        done = subprocess.run([EXE, "policy", "show"], stdout=full, stderr=subprocess.PIPE,
                              env=environment())
    equal(done.returncode, 1)
    contains(done.stderr.decode(), "can't be written")


run()
