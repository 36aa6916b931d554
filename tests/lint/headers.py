"""Every header stands alone: the public ones in C and C++ of long ago, by every compiler, also for
Windows; the inner ones as the library is built."""
import os
import shutil
import subprocess
import tempfile

from tap import ROOT, Tap, files

STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
# name, compiler, language, options
WAYS = [(f"{compiler} {std}", compiler, "c" if std[1] != "+" else "c++", [f"-std={std}", *STRICT])
        for compiler in ("gcc", "clang", "x86_64-w64-mingw32-gcc") for std in ("c99", "c11", "c++11")
        if std != "c++11" or "mingw" not in compiler]


def compiles(command, text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "alone.c")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run([*command, path], stderr=subprocess.PIPE, text=True,
                              check=False)
        return [] if done.returncode == 0 else done.stderr.splitlines()[:3]


def main():
    tap = Tap()
    public = [p[len("include/"):] for p in files(".h", under=("include",))]
    for name, compiler, language, options in WAYS:
        title = f"every public header stands alone: {name}"
        if not shutil.which(compiler):
            tap.skip(title, f"{compiler} isn't installed")
            continue
        wrong = []
        for header in public:
            # Twice, so that its guard is tried as well; and something to be a translation unit.
            text = f"#include <{header}>\n#include <{header}>\nextern int esi_alone;\n"
            wrong += compiles([compiler, "-x", language, *options, "-Iinclude"], text)
        tap.check(title, wrong)

    # Where libpq's header stands; nowhere, if it isn't installed: then its own headers aren't tried.
    found = subprocess.run(["pkg-config", "--cflags", "libpq"], capture_output=True, text=True,
                           check=False)
    wrong = []
    for header in files(".h", under=("lib", "server", "tests")):
        if found.returncode != 0 and os.path.basename(header).startswith("pg_"):
            continue
        folder = os.path.dirname(header)
        command = ["gcc", "-x", "c", "-std=c11", *STRICT, "-D_POSIX_C_SOURCE=200809L",
                   "-D_DEFAULT_SOURCE", "-DESI_BUILDING", "-Iinclude", "-Ilib", "-Ilib/data",
                   "-Itests/support", f"-I{folder}", *found.stdout.split()]
        wrong += compiles(command, f'#include "{os.path.join(ROOT, header)}"\nextern int alone;\n')
    tap.check("every inner header stands alone", wrong)
    tap.end()


if __name__ == "__main__":
    main()
