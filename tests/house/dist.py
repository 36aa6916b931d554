"""`./dev dist` makes a tar that runs where nothing else is."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import ROOT, Tap, output  # noqa: E402

HOLDS = ("bin/esihelp", "lib/libesihelp.so", "lib/pkgconfig/esihelp.pc", "include/esihelp/esihelp.h",
         "share/esihelp/kb/policy.json", "share/esihelp/schema/sqlite/0001_desk.sql", "SHA256SUMS",
         "README.md", "LICENSE", "NOTICE", "lib/cmake/esihelp/esihelpConfig.cmake")
ASK = os.path.join(ROOT, "tests/api/outside/ask.c")


def main():
    tap = Tap()
    said = tap.run("./dev dist makes a tar and tries it in a root of its own", ["./dev", "dist"])
    if said is None:
        tap.end()
    tap.check("the trial answered, or this user may not make a chroot",
              [] if "TIER_" in said or "not tried" in said else said.splitlines())
    tar = os.path.join(ROOT, said.splitlines()[-1])
    names = output("tar", "tzf", tar).splitlines()
    top = names[0].split("/")[0]
    tap.check("the tar holds what it should",
              [n for n in HOLDS if f"{top}/{n}" not in names])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "-C", folder, "-xzf", tar], check=True)
        tree = os.path.join(folder, top)
        exe = os.path.join(folder, "ask")
        env = {**os.environ, "PKG_CONFIG_PATH": f"{tree}/lib/pkgconfig"}
        found = subprocess.run(["pkg-config", "--cflags", "--libs", "esihelp"], env=env, text=True,
                               stdout=subprocess.PIPE, check=False).stdout.split()
        tap.run("a program is built with what the tar holds", ["cc", ASK, "-o", exe, *found])
        tap.run("and asks", [exe], env={**os.environ, "LD_LIBRARY_PATH": f"{tree}/lib"})
    tap.end()


if __name__ == "__main__":
    main()
