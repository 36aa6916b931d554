"""Goes through the project's own scenarios, a folder of tests/data/eval each, many times and from many
threads: as much is right as its floor.json states, and every time the same is decided and said.

    test_sets.py ESIHELP DATA KB REPEAT THREADS

A set is NAME/kb/*.md (without it: KB), and each NAME/WHAT.jsonl has its least per cent in
NAME/floor.json: {"scenarios": 95, "coverage": 93}. ESI_SOAK=1 repeats each 20 times whatever REPEAT
says.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from blackbox import EXE, environment  # noqa: E402

DATA, KB, REPEAT, THREADS = sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
SOAK = os.environ.get("ESI_SOAK") == "1"
# An order each, and each thread meets other sessions beside its own.
SEEDS = ("1", "2", "3") if SOAK else ("1",)

_count = 0
_failed = 0


def check(name, problems):
    global _count, _failed
    _count += 1
    _failed += bool(problems)
    print("%s %d - %s" % ("not ok" if problems else "ok", _count, name), flush=True)
    for line in problems:
        print("# " + line, flush=True)


def evaluate(kb, path, seed):
    done = subprocess.run(
        [EXE, "eval", "chat", "--json", "--kb", kb, "--repeat", "20" if SOAK else REPEAT,
         "--threads", THREADS, "--shuffle", seed, path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), check=False)
    try:
        return json.loads(done.stdout), done.stderr.decode().splitlines()
    except ValueError:
        return None, ["ended with %d" % done.returncode] + done.stderr.decode().splitlines()[-40:]


def told(misses):
    return ["%(id)s, turn %(turn)s, %(key)s (%(stage)s): wanted %(wanted)s, got %(got).60r" % miss
            for miss in misses[:60]]


def try_file(folder, what, floors):
    title = "%s/%s" % (os.path.basename(folder), what)
    own = os.path.join(folder, "kb")
    reports = []
    for seed in SEEDS:
        report, problems = evaluate(own if os.path.isdir(own) else KB,
                                    os.path.join(folder, what + ".jsonl"), seed)
        if problems:
            check("%s runs, in order %s" % (title, seed), problems)
            return
        reports.append(report)
    first = reports[0]
    floor = floors.get(what, 101)
    check("%s: %d of %d are right, %.1f %%; %s %% are wanted"
          % (title, first["right"], first["asked"], first["percent"], floors.get(what, "how many")),
          told(first["misses"]) if first["percent"] < floor else [])
    check("%s: %d times in %d orders from %s threads, the same"
          % (title, first["repeat"], len(SEEDS), THREADS),
          ["%(id)s, turn %(turn)s, %(key)s: %(one).60r, %(other).60r" % split
           for report in reports for split in report["disagreements"]]
          + ["the orders differ" for report in reports if report["misses"] != first["misses"]])


def main():
    for name in sorted(os.listdir(DATA)) if os.path.isdir(DATA) else []:
        folder = os.path.join(DATA, name)
        if not os.path.isdir(folder):
            continue
        floors = {}
        if os.path.exists(os.path.join(folder, "floor.json")):
            with open(os.path.join(folder, "floor.json"), encoding="utf-8") as file:
                floors = json.load(file)
        for path in sorted(os.listdir(folder)):
            if path.endswith(".jsonl"):
                try_file(folder, path[:-len(".jsonl")], floors)
    print("1..%d" % _count if _count else "1..0 # SKIP there is no set of scenarios")
    sys.exit(1 if _failed else 0)


main()
