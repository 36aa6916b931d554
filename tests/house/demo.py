"""`./dev demo` answers its three questions, twice; `./dev` itself is one short script."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import Tap, read  # noqa: E402


def main():
    tap = Tap()
    for title in ("the demo runs", "the demo runs again"):
        said = tap.run(title, ["./dev", "demo"]) or ""
    parts = re.split(r"^.*? asks: .*$", said, flags=re.M)
    tap.check("it asks three questions", [] if len(parts) == 4 else [f"{len(parts) - 1}"])
    answered, blocked, ticket = (parts + [""] * 4)[1:4]
    tap.check("the first is answered, with a source, a tier, a severity and no ticket",
              [] if "kb-vpn" in answered and re.search(r"TIER_0.*no ticket", answered) else [answered])
    tap.check("the second is blocked, with its category and a ticket",
              [] if "Blocked: " in blocked and re.search(r"ticket #\d+", blocked) else [blocked])
    tap.check("the third ends in a ticket of severity HIGH or CRITICAL",
              [] if re.search(r"severity (HIGH|CRITICAL).*ticket #\d+", ticket) else [ticket])
    tap.check("it ends by saying what to type next", [] if "./dev run ask" in said else [said[-400:]])

    out = subprocess.run(["./dev", "run", "version"], capture_output=True, text=True,
                         check=False)
    tap.check("./dev run gives the program's output alone",
              [] if out.returncode == 0 and not out.stderr and out.stdout.startswith("esihelp ")
              else [out.stdout + out.stderr])
    wrong = subprocess.run(["./dev", "run", "ask", "--nonsense"], capture_output=True,
                           text=True, check=False)
    tap.check("./dev run gives the program's exit status", [] if wrong.returncode == 2 else
              [f"{wrong.returncode}"])
    tap.run("./dev is a POSIX shell script", ["sh", "-n", "dev"])
    tap.check("./dev is short", [] if len(read("dev").splitlines()) < 240 else ["dev"])
    tap.end()


if __name__ == "__main__":
    main()
