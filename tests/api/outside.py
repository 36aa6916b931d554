"""Programs outside the tree find the library as it is installed, wherever it was moved to, and do
something real with it. outside.py BUILD SOURCE"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import ARGS, Tap, output, read  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "outside")
WARN = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
WAYS = [("C99", ["gcc", "-std=c99"]), ("C11", ["gcc", "-std=c11"]),
        ("C++11", ["g++", "-x", "c++", "-std=c++11"])]


def install(build, folder):
    """The installed tree, moved away from where it was installed to; gives (prefix, libdir)."""
    staged = os.path.join(folder, "staged")
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", staged],
                   stdout=subprocess.DEVNULL, check=True)
    for top, _, names in os.walk(staged):
        if "esihelp.pc" in names:
            libdir = os.path.dirname(top)
    prefix = os.path.dirname(libdir[:libdir.index("/lib")] + "/lib")
    moved = os.path.join(folder, "moved place")
    shutil.move(prefix, moved)
    return moved, moved + libdir[len(prefix):]


def flags(libdir, *wish):
    """What pkg-config answers; a space in a path comes back quoted."""
    env = {**os.environ, "PKG_CONFIG_PATH": os.path.join(libdir, "pkgconfig")}
    said = subprocess.run(["pkg-config", *wish, "esihelp"], env=env, stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    return [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r"(?:\\.|\S)+", said)]


def with_pkg_config(tap, folder, prefix, libdir):
    env = {**os.environ, "LD_LIBRARY_PATH": libdir}
    for name, compiler in WAYS:
        exe = os.path.join(folder, "ask_" + re.sub(r"\W", "x", name))
        tap.run(f"pkg-config, shared, {name}: builds",
                [*compiler, *WARN, os.path.join(HERE, "ask.c"), "-o", exe,
                 *flags(libdir, "--cflags", "--libs")])
        tap.run(f"pkg-config, shared, {name}: asks", [exe], env=env)

    alone = os.path.join(folder, "static")
    shutil.copytree(prefix, alone, symlinks=True)
    own = libdir.replace(prefix, alone)
    for name in os.listdir(own):
        if ".so" in name:
            os.remove(os.path.join(own, name))
    exe = os.path.join(folder, "ask_static")
    tap.run("pkg-config --static: builds",
            ["gcc", "-std=c99", *WARN, os.path.join(HERE, "ask.c"), "-o", exe,
             *flags(own, "--static", "--cflags", "--libs")])
    tap.run("pkg-config --static: asks", [exe])
    needed = output("readelf", "-d", exe)
    tap.check("the static program needs no libesihelp.so",
              [line for line in needed.splitlines() if "libesihelp" in line])
    return own


def with_own_names(tap, folder, build, static_dir):
    """A host that calls its functions what we call ours inside."""
    ours = set()
    for floor in ("base", "core", "provider", "store", "desk"):
        for line in output("nm", "-g", "--defined-only", f"{build}/lib/{floor}/lib{floor}.a").splitlines():
            words = line.split()
            if len(words) == 3 and words[1] == "T" and not words[2].startswith("esi_"):
                ours.add(words[2])
    source = os.path.join(folder, "own.c")
    with open(source, "w", encoding="utf-8") as f:
        f.writelines(f"int {name}(void);\nint {name}(void) {{ return 1; }}\n" for name in sorted(ours))
    exe = os.path.join(folder, "own")
    tap.run(f"a host may have our {len(ours)} inner names for its own, linked statically: builds",
            ["gcc", "-std=c99", "-fno-builtin", source, os.path.join(HERE, "ask.c"), "-o", exe,
             *flags(static_dir, "--static", "--cflags", "--libs")])
    tap.run("a host may have our inner names for its own: asks", [exe])


def with_cmake(tap, folder, prefix, libdir):
    if not shutil.which("cmake"):
        tap.skip("CMake", "cmake isn't installed")
        return
    built = os.path.join(folder, "cmake")
    tap.run("CMake: finds the package", ["cmake", "-G", "Ninja", "-S", HERE, "-B", built,
                                         f"-DCMAKE_PREFIX_PATH={prefix}"])
    tap.run("CMake: builds", ["cmake", "--build", built])
    for name in ("ask_shared", "ask_static", "ask_cpp"):
        tap.run(f"CMake: {name} asks", [os.path.join(built, name)],
                env={**os.environ, "LD_LIBRARY_PATH": libdir})
    for want, good in (("0.1", True), ("0.2", False), ("1", False)):
        probe = os.path.join(folder, "probe" + want)
        os.mkdir(probe)
        with open(os.path.join(probe, "CMakeLists.txt"), "w", encoding="utf-8") as f:
            f.write("cmake_minimum_required(VERSION 3.16)\nproject(probe C)\n"
                    f"find_package(esihelp {want} CONFIG)\n"
                    f"if(NOT esihelp_FOUND STREQUAL {int(good)})\n message(FATAL_ERROR no)\nendif()\n")
        tap.run(f"CMake: release {want} is {'found' if good else 'refused'}",
                ["cmake", "-G", "Ninja", "-S", probe, "-B", probe + "/build",
                 f"-DCMAKE_PREFIX_PATH={prefix}"])


def with_readme(tap, folder, libdir):
    """The README's C is a program."""
    blocks = re.findall(r"^```c\n(.*?)^```", read("README.md"), re.M | re.S)
    source, exe = os.path.join(folder, "readme.c"), os.path.join(folder, "readme")
    with open(source, "w", encoding="utf-8") as f:
        f.write(blocks[0] if blocks else "#error no C in the README\n")
    tap.run("the README's C builds", ["gcc", "-std=c99", *WARN, source, "-o", exe,
                                      *flags(libdir, "--cflags", "--libs")])
    home = os.path.join(folder, "readme home")
    os.mkdir(home)
    shutil.copytree(os.path.join(os.path.dirname(HERE), "..", "..", "kb"), os.path.join(home, "kb"))
    said = tap.run("the README's C runs", [exe], cwd=home,
                   env={**os.environ, "LD_LIBRARY_PATH": libdir, "HOME": home})
    tap.check("the README's C prints an answer", [] if said and len(said) > 40 else [repr(said)])


def main():
    build = ARGS[0]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        prefix, libdir = install(build, folder)
        tap.run("the installed program runs where it was moved to",
                [os.path.join(prefix, "bin", "esihelp"), "--version"])
        static_dir = with_pkg_config(tap, folder, prefix, libdir)
        with_own_names(tap, folder, build, static_dir)
        with_cmake(tap, folder, prefix, libdir)
        so = os.path.join(libdir, "libesihelp.so")
        tap.run("Python's ctypes asks", ["python3", os.path.join(HERE, "ask.py"), so])
        with_readme(tap, folder, libdir)
    tap.end()


if __name__ == "__main__":
    main()
