"""The layout of every C file is clang-format's. Releases of it differ, so one decides."""
import re
import shutil
import subprocess

from tap import C_DIRS, Tap, files, output

MAJOR = "14"


def main():
    tap = Tap()
    name = "every C file is laid out by clang-format"
    tool = next(filter(None, map(shutil.which, (f"clang-format-{MAJOR}", "clang-format"))), None)
    have = re.search(r"version (\d+)", output(tool, "--version")).group(1) if tool else "no"
    if have != MAJOR:
        tap.skip(name, f"release {MAJOR} of clang-format decides; here is {have}")
        tap.end()
    done = subprocess.run([tool, "--dry-run", "--Werror", *files(".c", ".h", ".cpp", under=C_DIRS)],
                          stderr=subprocess.PIPE, text=True, check=False)
    first = re.findall(r"^(\S+?:\d+):\d+: error: code should be clang-formatted", done.stderr, re.M)
    tap.check(name, first or done.stderr.splitlines()[:5])
    tap.end()


if __name__ == "__main__":
    main()
