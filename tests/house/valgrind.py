"""The examples under valgrind: no leak, no error. valgrind.py BUILD"""
import glob
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import ARGS, ROOT, Tap  # noqa: E402

COMMAND = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
           "--show-leak-kinds=all", "--errors-for-leak-kinds=all"]
ARGUMENTS = {"example_ingest": [":memory:", os.path.join(ROOT, "kb")]}


def main():
    tap = Tap()
    programs = sorted(p for p in glob.glob(os.path.join(ARGS[0], "examples", "example_*"))
                      if os.path.isfile(p))
    tap.check("there are examples", [] if len(programs) >= 7 else programs or ["none"])
    for program in programs:
        name = os.path.basename(program)
        title = f"{name}: no leak, no error"
        if not shutil.which("valgrind"):
            tap.skip(title, "valgrind isn't installed")
        else:
            tap.run(title, [*COMMAND, program, *ARGUMENTS.get(name, [])])
    tap.end()


if __name__ == "__main__":
    main()
