"""Vectors are made anew from the command line."""

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import contains, equal, esihelp, one_line, run, store, test  # noqa: E402

WORDS = "The VPN drops every few minutes"


def of_another_model(path):
    """The store as one that a model elsewhere filled: nobody here can ask it."""
    with sqlite3.connect(path) as db:
        db.execute("UPDATE embedding_spaces SET model = 'text-embedding-3-small'")
    db.close()


def reembed(path, *args):
    result = esihelp("reembed", "--json", "--store", path, *args)
    equal((result.code, result.err), (0, ""))
    return result.json()


@test
def a_model_that_does_not_fit_is_refused_with_the_way_out(folder):
    path = store(folder)
    of_another_model(path)
    one_line(esihelp("ask", "--store", path, WORDS), 7, "esihelp reembed")


@test
def after_it_the_store_serves_again(folder):
    path = store(folder)
    before = esihelp("search", "--json", "--store", path, WORDS).out
    of_another_model(path)
    report = reembed(path)
    equal((report["formerModel"], report["swapped"], report["missing"], report["dropped"]),
          ("text-embedding-3-small", True, 0, 0))
    equal(report["made"] > 0, True)
    equal(esihelp("search", "--json", "--store", path, WORDS).out, before)


@test
def a_second_run_makes_nothing(folder):
    path = store(folder)
    of_another_model(path)
    reembed(path)
    report = reembed(path)
    equal((report["made"], report["swapped"], report["formerModel"]), (0, False, report["model"]))


@test
def former_vectors_stay_until_it_is_told(folder):
    path = store(folder)
    of_another_model(path)
    equal(reembed(path)["dropped"], 0)
    equal(reembed(path, "--drop-old")["dropped"], 1)
    equal(reembed(path, "--drop-old")["dropped"], 0)


@test
def a_model_that_the_provider_lacks_is_refused(folder):
    path = store(folder)
    one_line(esihelp("reembed", "--store", path, "--model", "no-such-model"), 4, "no-such-model")


@test
def a_person_reads_what_was_done(folder):
    path = store(folder)
    of_another_model(path)
    result = esihelp("reembed", "--store", path, "--drop-old")
    equal((result.code, len(result.out.splitlines())), (0, 2))
    contains(result.out, "text-embedding-3-small")


run()
