"""Options, environment and documents say the same: every variable that the code reads stands in a table
of README.md or server/README.md with its flag, and nothing stands there that isn't read."""
import re

from tap import Tap, read

VARIABLE = r"(?:(?:ESI|OPENAI|CONNECTION)_[A-Z_]+|PORT)"
DOCS = ("README.md", "server/README.md")


def main():
    tap = Tap()
    library = set(re.findall(f'"({VARIABLE})"', read("lib/desk/options.c")))
    service = read("server/options.c")
    everything = library | set(re.findall(f'"({VARIABLE})"', service))
    rows = {}
    for path in DOCS:
        for line in read(path).splitlines():
            if line.startswith("|"):
                for name in re.findall(f"`({VARIABLE})`", line):
                    rows.setdefault(name, []).append(line)
    # Files with secrets say nothing new of what they hold: one sentence names them all.
    said = {name for path in DOCS for name in re.findall(r"`([A-Z_]+_FILE)`", read(path))}
    tap.check("every variable that is read stands in a table of the documents",
              sorted(everything - set(rows) - said) if everything else ["no variable was found"])
    tap.check("every variable in a table of the documents is read", sorted(set(rows) - everything))

    # A row of the program's table: {"store", "STORE", TEXT, ..., "ESI_STORE", "help"}
    flags = re.findall(r'\{"([a-z-]+)", [^{}]*?"(' + VARIABLE + r')",', service)
    wrong = [f"{name}: --{flag}" for flag, name in flags
             if not any(f"`--{flag}" in line for line in rows.get(name, []))]
    tap.check("a variable's row names its flag", wrong if len(flags) > 10 else ["no flag was found"])

    header = read("include/esihelp/desk.h")
    comment = header[header.index("Fills options from the environment"):]
    named = set(re.findall(rf"\b({VARIABLE})\b", comment[:comment.index("*/")]))
    tap.check("desk.h names what esi_options_from_env reads",
              [f"{n}" for n in sorted((named ^ library) - {"ESI_OPTIONS_INIT", "ESI_EINVAL",
                                                           "ESI_EIO", "ESI_ENOMEM"})])
    tap.end()


if __name__ == "__main__":
    main()
