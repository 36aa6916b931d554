"""Each feature can be left out, and the rest builds and tests. The least build links neither curl,
libpq, sodium nor CivetWeb. least.py BUILD: the builds are made in a folder there."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import ARGS, Tap, output  # noqa: E402

FOREIGN = ("libcurl", "libpq", "libsodium", "libcivetweb")


def build(tap, name, folder, *options):
    command = ["meson", "setup", folder, "-Dbuildtype=debug", *options]
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        tap.run(f"{name}: is set up", command)
    return tap.run(f"{name}: compiles without a warning", ["ninja", "-C", folder]) is not None


def needed(path):
    return [line.split("[")[1].rstrip("]") for line in output("readelf", "-d", path).splitlines()
            if "(NEEDED)" in line]


def check_links(tap, name, folder, absent):
    for what in ("lib/libesihelp.so", "server/esihelp"):
        libraries = needed(os.path.join(folder, what))
        tap.check(f"{name}: {what} needs none of {', '.join(absent)}",
                  [n for n in libraries if n.startswith(absent)] if libraries else ["nothing read"])


def without_server(tap, base):
    folder = os.path.join(base, "without-server")
    if not build(tap, "without the server", folder, "-Dserver=disabled", "-Dpostgres=disabled",
                 "-Dopenai=disabled"):
        return
    check_links(tap, "without the server", folder, FOREIGN)
    tap.run("without the server: its tests pass",
            ["meson", "test", "-C", folder, "--no-rebuild", "--suite", "store", "--suite", "desk",
             "--suite", "cli", "--suite", "examples", "--print-errorlogs"])
    program = os.path.join(folder, "server/esihelp")
    said = subprocess.run([program, "serve", "--store", ":memory:"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    tap.check("without the server: `serve` says how to get one",
              [] if said.returncode != 0 and "server=enabled" in said.stdout else [said.stdout])


def without_store(tap, base):
    folder = os.path.join(base, "without-sqlite")
    if not build(tap, "without SQLite", folder, "-Dsqlite=disabled", "-Dpostgres=disabled",
                 "-Dopenai=disabled"):
        return
    check_links(tap, "without SQLite", folder, ("libsqlite3", "libcurl", "libpq", "libsodium"))
    tap.run("without SQLite: its tests pass",
            ["meson", "test", "-C", folder, "--no-rebuild", "--suite", "base", "--suite", "core",
             "--suite", "provider", "--suite", "store", "--print-errorlogs"])
    program = os.path.join(folder, "server/esihelp")
    for store, what in (("desk.db", "sqlite"), ("postgres://127.0.0.1/esi", "postgres")):
        said = subprocess.run([program, "ask", "--store", store, "Hello"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, cwd=folder,
                              timeout=60)
        tap.check(f"without {what}: {store} as the store is refused, and says what is missing",
                  [] if said.returncode != 0 and f'option "{what}"' in said.stdout
                  else [said.stdout])


def main():
    base = os.path.join(ARGS[0], "least")
    os.makedirs(base, exist_ok=True)
    tap = Tap()
    without_server(tap, base)
    without_store(tap, base)
    tap.end()


if __name__ == "__main__":
    main()
