"""The layers: who may include whom, who owns which foreign header, and what the linker sees.
layers.py BUILD, a build folder with the floors compiled in it."""
import os
import re

from tap import ARGS, Tap, files, output, read

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)

# Each floor, and the ones below it that it may use.
BELOW = {
    "base": {"base"},
    "core": {"base", "core"},
    "provider": {"base", "provider"},
    "store": {"base", "store"},
    "desk": {"base", "core", "provider", "store", "desk"},
}

# A header of others, and the one file that includes it.
OWNERS = {
    "cjson/cJSON.h": {"lib/base/json.c", "server/body.c"},
    "utf8proc.h": {"lib/base/text_char.c"},
    "libstemmer.h": {"lib/base/text_stem.c"},
    "pcre2.h": {"lib/core/pattern.c"},
    "cmark.h": {"lib/core/chunk.c"},
    "yaml.h": {"lib/core/frontmatter.c"},
    "sqlite3.h": {"lib/store/sqlite_parts.h"},
    "libpq-fe.h": {"lib/store/pg_conn.h"},
    "curl/curl.h": {"lib/provider/http_parts.h"},
    "civetweb.h": {"server/http.c"},
}
# C's own. The operating system's headers belong to base/os and, for time, base/clock.
C_HEADERS = {f"{name}.h" for name in (
    "assert ctype errno float inttypes limits math setjmp stdalign stdarg stdatomic stdbool stddef "
    "stdint stdio stdlib string").split()} | {"immintrin.h", "arm_neon.h", "sanitizer/asan_interface.h"}
SYSTEM_OWNERS = re.compile(r"^lib/base/(os(_\w+)?|clock)\.[ch]$")

# Files of a floor whose names begin with one word make one story: index, index_build, index_parts.
STORY = re.compile(r"^(\w+/[a-z0-9]+).*$")
ONE_STORY = {"core/front": "core/frontmatter"}

# What the library never calls: it doesn't exit, print, or touch what is its host's.
NEVER = set("""exit _exit quick_exit system printf puts putchar perror vprintf setlocale signal
    sigaction atexit strtok strcpy strcat sprintf vsprintf atoi atol atof gets rand srand random
    cJSON_InitHooks curl_global_cleanup""".split())
# What core never calls, as it knows neither time nor chance nor the world.
IMPURE = re.compile(r"^(f?open(at)?(64)?|read|write|time|clock|clock_gettime|gettimeofday|getrandom|"
                    r"getenv|secure_getenv|socket|pthread_\w+|nanosleep|usleep|sleep)$")


def includes(path):
    return INCLUDE.findall(read(path))


def floor_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "lib" and parts[1] in BELOW else None


def check_floors(tap):
    wrong = []
    for path in files(".c", ".h", under=("lib",)):
        floor = floor_of(path)
        for mark, name in includes(path):
            target = name.split("/")[0]
            if mark == '"' and floor and target in BELOW and target not in BELOW[floor]:
                wrong.append(f"{path} includes {name}")
    tap.check("no floor of lib/ includes one above or beside it", wrong)

    wrong = []
    for path in files(".c", ".h", ".cpp", under=("server", "examples")):
        here = os.path.dirname(path)
        for mark, name in includes(path):
            if mark == '"' and not os.path.exists(os.path.join(here, name)):
                wrong.append(f"{path} includes {name}")
    tap.check("server and examples include public headers and their own, nothing of lib/", wrong)

    wrong = [f"{path} includes {name}" for path in files(".h", under=("include",))
             for mark, name in includes(path) if mark == '"' or
             not (name.startswith("esihelp/") or name in ("stdbool.h", "stddef.h", "stdint.h"))]
    tap.check("public headers include public headers and C's basic ones", wrong)

    wrong = []
    for path in files(".c", under=("lib",)):
        own = path[len("lib/"):-2] + ".h"
        first = includes(path)[:1]
        if os.path.exists("lib/" + own) and first != [('"', own)]:
            wrong.append(path)
    tap.check("a .c file of lib/ includes its own header first, by path", wrong)


def check_owners(tap):
    wrong = []
    for path in files(".c", ".h", ".cpp", under=("lib", "server", "examples")):
        for mark, name in includes(path):
            if mark == '"' or name.startswith("esihelp/"):
                continue
            if name in OWNERS:
                if path not in OWNERS[name]:
                    wrong.append(f"{path} includes {name}, which belongs to {OWNERS[name]}")
            elif path.startswith("lib/") and name not in C_HEADERS and not SYSTEM_OWNERS.match(path):
                wrong.append(f"{path} includes {name}")
    tap.check("a foreign header is included by its one owner, a system header by base/os", wrong)


def circle(graph):
    """One circle of a graph as a list of its nodes, or None. Without recursion."""
    state = {}
    for start in graph:
        if start in state:
            continue
        state[start] = 1
        path = [(start, iter(sorted(graph[start])))]
        while path:
            for target in path[-1][1]:
                if state.get(target) == 1:
                    names = [node for node, _ in path]
                    return names[names.index(target):] + [target]
                if target not in state:
                    state[target] = 1
                    path.append((target, iter(sorted(graph.get(target, ())))))
                    break
            else:
                state[path.pop()[0]] = 2
    return None


def story_of(path):
    word = STORY.sub(r"\1", path)
    return ONE_STORY.get(word, word)


def check_circles(tap):
    headers, stories = {}, {}
    for path in files(".c", ".h", under=("lib",)):
        node = path[len("lib/"):]
        story = story_of(node)
        for mark, name in includes(path):
            if mark != '"' or not os.path.exists("lib/" + name):
                continue
            headers.setdefault(node, set()).add(name)
            target = story_of(name)
            if target != story:
                stories.setdefault(story, set()).add(target)
    for what, graph in (("files", headers), ("stories", stories)):
        found = circle(graph)
        tap.check(f"the include graph of lib/ has no circle between {what}",
                  [" > ".join(found)] if found else [])


def symbols(archive):
    """Names that an archive defines for others, and names that it needs from others."""
    defined, needed = set(), {}
    member = "?"
    for line in output("nm", "-g", archive).splitlines():
        if line.endswith(":"):
            member = line[:-1]
            continue
        words = line.split()
        if len(words) >= 2 and words[-2] in "Uw":
            needed.setdefault(words[-1], member)
        elif len(words) == 3:
            defined.add(words[2])
    return defined, needed


def check_linked(tap, build):
    seen = {f: symbols(os.path.join(build, f"lib/{f}/lib{f}.a")) for f in BELOW}
    wrong = []
    for floor, (defined, needed) in seen.items():
        for other, (theirs, _) in seen.items():
            if other not in BELOW[floor]:
                wrong += [f"{floor}/{needed[name]} needs {name} of {other}"
                          for name in sorted(set(needed) & theirs - defined)]
    tap.check("no floor needs a symbol of one above or beside it (nm -u)", wrong)

    wrong = [f"{floor}/{needed[name]} calls {name}" for floor, (_, needed) in seen.items()
             for name in sorted(set(needed) & NEVER)]
    tap.check("the library never exits, prints or touches what is its host's", wrong)

    needed = seen["core"][1]
    wrong = [f"core/{needed[name]} calls {name}" for name in sorted(needed) if IMPURE.match(name)]
    tap.check("core knows no file, clock, chance or environment", wrong)

    empty = [floor for floor, (defined, needed) in seen.items() if not defined or not needed]
    tap.check("the floors were read", empty)


def main():
    tap = Tap()
    check_floors(tap)
    check_owners(tap)
    check_circles(tap)
    check_linked(tap, ARGS[0])
    tap.end()


if __name__ == "__main__":
    main()
