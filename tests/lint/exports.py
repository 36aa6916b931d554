"""What leaves the library is what exports.txt lists: nothing more, nothing less, in the shared and in
the static library. exports.py LIBESIHELP.SO LIBESIHELP.A"""
import re

from tap import ARGS, Tap, files, output, read

LIST = "tests/lint/exports.txt"
# Names that the compiler's instrumentation adds; they are its own.
INSTRUMENT = re.compile(r"^(__(asan|ubsan|tsan|odr_asan|start|stop|sancov|gcov|llvm)|_ZTI|_ZTS)")


def names(*command):
    found = set()
    for line in output(*command).splitlines():
        words = line.split()
        if len(words) >= 3 and not INSTRUMENT.match(words[2]):
            found.add(words[2])
    return found


def compare(tap, title, have, listed):
    tap.check(title, [f"{n} isn't listed" for n in sorted(have - listed)] +
              [f"{n} is listed, and isn't there" for n in sorted(listed - have)])


def main():
    tap = Tap()
    shared, static = ARGS
    rows = [line for line in read(LIST).splitlines() if line and not line.startswith("#")]
    listed = set(rows)
    tap.check("exports.txt is sorted, a name a line", [] if rows == sorted(listed) else [LIST])
    have = names("nm", "-D", "--defined-only", shared)
    compare(tap, "the shared library exports what is listed", have, listed)
    compare(tap, "the static library exports what is listed",
            names("nm", "-g", "--defined-only", static), listed)

    declared = set()
    for path in files(".h", under=("include",)):
        text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
        for declaration in re.findall(r"ESI_API\b([^;]*);", text):
            declared.add(re.search(r"(\w+)\s*\(", declaration).group(1))
    compare(tap, "public headers declare what is listed", declared, listed)

    undocumented = []
    for path in files(".h", under=("include",)):
        before = ""
        for line in read(path).splitlines():
            if line.startswith("ESI_API") and not before.endswith(("*/", ";")):
                undocumented.append(f"{path}: {line}")
            before = line.strip() or before
    tap.check("every public function stands below its comment", undocumented)

    said = output("readelf", "-d", shared)
    abi = re.search(r"#define ESI_ABI (\d+)", read("include/esihelp/version.h")).group(1)
    tap.check("the soversion is ESI_ABI", [] if f"[libesihelp.so.{abi}]" in said else
              [line for line in said.splitlines() if "SONAME" in line])
    tap.end()


if __name__ == "__main__":
    main()
