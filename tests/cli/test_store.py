"""Stores that can't be used: each says what to do and loses nothing."""

import os
import resource
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import (EXE, contains, environment, equal, esihelp, knowledge_base,  # noqa: E402
                      one_line, run, store, test, write)

VPN = "The VPN drops every few minutes"


@test
def a_file_that_is_something_else_is_left_as_it_was(folder):
    path = write(folder, "notes.txt", "These are my notes.\n" * 100)
    one_line(esihelp("ask", "--store", path, VPN), 7, "--store")
    with open(path) as file:
        equal(file.read(), "These are my notes.\n" * 100)


@test
def a_folder_is_not_a_store(folder):
    equal(esihelp("ask", "--store", folder, VPN).code, 7)


@test
def a_store_below_a_folder_that_does_not_exist_is_said(folder):
    result = esihelp("ask", "--store", os.path.join(folder, "no", "such", "desk.db"), VPN)
    equal((result.code, result.out, len(result.err.splitlines())), (7, "", 1))


@test
def a_store_that_cannot_be_written_is_said(folder):
    path = store(folder)
    result = esihelp("ask", "--read-only", "--store", path, VPN)
    one_line(result, 7, "--store")
    equal(esihelp("search", "--read-only", "--store", path, "vpn").code, 0)


@test
def a_full_disk_loses_nothing(folder):
    path = store(folder)
    before = esihelp("search", "--json", "--store", path, "vpn").out
    kb = knowledge_base(folder)
    write(kb, "more.md", "# More\n\n" + "\n\n".join(
        "## Part %d\n\nSomething about part %d of it.\n" % (i, i) for i in range(3000)))

    def limit():
        # Stands for a disk that is full: no file may grow beyond what the store has now.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = os.path.getsize(path) + 4096
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = subprocess.run([EXE, "ingest", "--store", path, kb], env=environment(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limit,
                          restore_signals=False)
    equal((done.returncode, len(done.stderr.splitlines())), (7, 1))
    equal(esihelp("search", "--json", "--store", path, "vpn").out, before)
    equal(esihelp("ingest", "--store", path, kb).code, 0)


@test
def the_doctor_says_what_is_wrong_with_a_store(folder):
    path = write(folder, "notes.txt", "These are my notes.\n" * 100)
    result = esihelp("doctor", "--store", path)
    equal(result.code, 7)
    contains(result.err, "--store")


@test
def the_environment_names_the_store(folder):
    path = store(folder)
    result = esihelp("search", "--json", "vpn", env={"ESI_STORE": path})
    equal(result.json()["items"][0]["kbId"], "kb-vpn")


@test
def an_option_goes_before_the_environment(folder):
    path = store(folder)
    bad = write(folder, "notes.txt", "These are my notes.\n" * 100)
    equal(esihelp("search", "--store", path, "vpn", env={"ESI_STORE": bad}).code, 0)


@test
def collections_of_one_store_are_apart(folder):
    path = store(folder)
    result = esihelp("search", "--json", "--store", path, "--collection", "other", "vpn")
    equal(result.json()["items"], [])


run()
