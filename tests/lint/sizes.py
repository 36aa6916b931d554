"""No function over 60 lines without a reason, no file over 600, and the walk on a few pages."""
import re

from tap import C_DIRS, Tap, files, read

FUNCTION_MAX = 60
FILE_MAX = 600
WALK_MAX = 400
WIDTH = 100 # of code clang-format sees to it; this is for comments
# A function begins at the margin and its head ends in ") {"; its end is a brace at the margin.
HEAD_END = re.compile(r"\)\s*\{$")
REASON = re.compile(r"/\*+\s*Long:\s*\S")


def functions(lines):
    """(first line, last line, name) of each function, lines counted from 1."""
    start = None
    for i, line in enumerate(lines):
        if start is None and HEAD_END.search(line) and not line.startswith(("#", "}", "extern")):
            start = i
            while lines[start][:1].isspace() and start > 0:
                start -= 1
            # A type or START_TEST may stand on a line of its own; the name is what leads "(".
            found = re.search(r"(\w+)\s*\(\s*(\w*)", " ".join(lines[start:i + 1]))
            name = found.group(2) if found and found.group(1) == "START_TEST" else \
                found.group(1) if found else "?"
        elif start is not None and line.startswith("}"):
            yield start + 1, i + 1, name
            start = None


def reasoned(lines, first):
    """Does the comment right above line `first` begin with "Long:"?"""
    i = first - 2
    if i < 0 or not lines[i].rstrip().endswith("*/"):
        return False
    while i > 0 and "/*" not in lines[i]:
        i -= 1
    return bool(REASON.search(lines[i]))


def main():
    tap = Tap()
    long_functions, long_files, wide, count = [], [], [], 0
    for path in files(".c", ".h", ".cpp", under=C_DIRS):
        lines = read(path).splitlines()
        if len(lines) > FILE_MAX:
            long_files.append(f"{path} has {len(lines)} lines")
        wide += [f"{path}:{i + 1} has {len(line)} columns" for i, line in enumerate(lines)
                 if len(line) > WIDTH]
        for first, last, name in functions(lines):
            count += 1
            if last - first + 1 > FUNCTION_MAX and not reasoned(lines, first):
                long_functions.append(f"{path}:{first} {name} has {last - first + 1} lines")
    for path in files(".py", ".sh", "dev", under=C_DIRS + ("dev",)):
        lines = read(path).splitlines()
        if len(lines) > FILE_MAX:
            long_files.append(f"{path} has {len(lines)} lines")
    tap.check(f"no function of {count} has over {FUNCTION_MAX} lines without a comment \"Long: ...\"",
              long_functions if count > 100 else ["the functions weren't found"])
    tap.check(f"no file has over {FILE_MAX} lines", long_files)
    tap.check(f"no line of C has over {WIDTH} columns", wide)
    walk = len(read("lib/desk/chat.c").splitlines())
    tap.check(f"lib/desk/chat.c has under {WALK_MAX} lines", [] if walk < WALK_MAX else [str(walk)])
    tap.end()


if __name__ == "__main__":
    main()
