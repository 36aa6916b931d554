"""What no file of the project says, and how files are called."""
import os
import re

from tap import Tap, files, read

# Of this file's own words, none is written as it is looked for.
LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
MACHINE = re.compile(r"/(?:home|root|work|Users)/[a-z.]|/tmp/[a-z]+/|C:\\\\Users")
TEXT = (".c", ".h", ".cpp", ".py", ".sh", ".md", ".build", ".txt", ".json", ".sql", ".in", ".cmake",
        "dev", "run", "NOTICE", "LICENSE")
# Data and documents may hold such words as words.
DATA = re.compile(r"^(lib/data/.*\.txt|kb/.*|tests/(data|fuzz/corpus)/.*|LICENSE|NOTICE)$")


def main():
    tap = Tap()
    later, machine, spaces, ends = [], [], [], []
    for path in files(*TEXT):
        if DATA.match(path):
            continue
        text = read(path)
        for i, line in enumerate(text.splitlines(), 1):
            if LATER.search(line):
                later.append(f"{path}:{i} {line.strip()}")
            if MACHINE.search(line) and not path.startswith("tests/"):
                machine.append(f"{path}:{i} {line.strip()}")
            if line != line.rstrip() and not path.endswith(".md") or "\t" in line:
                spaces.append(f"{path}:{i}")
        if text and not text.endswith("\n"):
            ends.append(path)
    tap.check("nothing is put off in a comment", later)
    tap.check("no path of a machine is in the sources", machine)
    tap.check("no tab, and no space at the end of a line", spaces)
    tap.check("every text ends in a line end", ends)

    seen, twice = {}, []
    for path in files(".c", ".h", under=("lib",)):
        name = os.path.basename(path)
        if name in seen:
            twice.append(f"{path} and {seen[name]}")
        seen[name] = path
    tap.check("file names are unique in lib/", twice)

    # `text_*` in the map stands for all of them.
    named = [re.compile(re.escape(n).replace(r"\*", r"\w*") + "$")
             for n in re.findall(r"[a-z]\w*\*?", read("lib/README.md"))]
    tap.check("lib/README.md, the map, names every file of lib/",
              [p for p in files(".c", under=("lib",))
               if not any(n.match(os.path.basename(p)[:-2]) for n in named)])
    tap.end()


if __name__ == "__main__":
    main()
