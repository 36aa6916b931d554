"""A PostgreSQL for the tests, below build/ and nowhere else: pg_tree.py needs | make [FOLDER].

`needs` prints the packages that the programs in it are linked with. `make` fills FOLDER (build/pg)
with the files of Debian's packages, from this machine if they are installed, else downloaded and
unpacked; nothing is installed, so no service is started and no cluster is made. PostgreSQL finds
its files relative to its programs. pgvector is the package where there is one, else it is compiled
from the source package of a later release. What went wrong is in FOLDER.why."""
import contextlib
import fcntl
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TREE = os.path.abspath(os.environ.get("ESI_TEST_PG_TREE") or os.path.join(ROOT, "build", "pg"))
RECIPE = "1"  # another number makes trees anew
OLDEST = 15
LATER = "trixie"  # has pgvector's source, for releases without the package
ETC = "/etc/apt"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
QUICK = ["-o", "Acquire::http::Timeout=15", "-o", "Acquire::Retries=1",
         "-o", "APT::Sandbox::User=root"]
# JIT would bring LLVM along; what's for reading isn't read here.
LEFT_OUT = re.compile(r"/(bitcode|man|doc|locale|lintian)/|llvmjit")
KEPT = re.compile(r"^/usr/((lib|share|include)/postgresql/|sbin/pgbouncer$)")


class Missing(Exception):
    """Why there is no tree, in words for the one who reads which tests were skipped."""


def output(*command, cwd=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", check=False, cwd=cwd,
                          env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        wrong = [line for line in said if line.startswith("E: ")] or said[-1:] or ["failed"]
        raise Missing(f"{os.path.basename(command[0])}: {wrong[0]}")
    return done.stdout


# ---- which packages -----------------------------------------------------------------------------

def candidate(apt, package):
    found = re.search(r"Candidate: (\S+)", output("apt-cache", *apt, "policy", package))
    return found is not None and found.group(1) != "(none)"


def packages(apt):
    """(version, its packages), of the newest PostgreSQL that apt knows; one with pgvector first."""
    names = output("apt-cache", *apt, "pkgnames", "postgresql-").split()
    versions = sorted((int(name[11:]) for name in names if re.fullmatch(r"postgresql-\d+", name)
                       and int(name[11:]) >= OLDEST and candidate(apt, name)), reverse=True)
    if not versions:
        raise Missing(f"apt knows no PostgreSQL from {OLDEST} on")
    with_vector = [v for v in versions if candidate(apt, f"postgresql-{v}-pgvector")]
    version = (with_vector or versions)[0]
    last = f"postgresql-{version}-pgvector" if with_vector else f"postgresql-server-dev-{version}"
    return version, [f"postgresql-{version}", f"postgresql-client-{version}", "pgbouncer", last]


def known(work):
    """An apt that knows the packages, its version, and they: the machine's own if it can."""
    try:
        return QUICK, *packages(QUICK)
    except Missing:
        apt = private_apt(os.path.join(work, "apt"), copy_sources)
        return apt, *packages(apt)


def needs(work):
    """Libraries that those packages' programs are linked with, and the time zones."""
    found = {"make", "tzdata"}
    apt, _, names = known(work)
    for package in names[:3]:
        depends = output("apt-cache", *apt, "depends", package)
        found.update(re.findall(r"^  Depends: ((?:lib|zlib)\S+)", depends, re.M))
    return sorted(name for name in found if not name.startswith("libllvm"))


# ---- an apt of our own --------------------------------------------------------------------------

def private_apt(folder, fill):
    """Options for an apt with its own lists; `fill` writes its sources into a folder."""
    for name in ("state/lists/partial", "cache/archives/partial", "sources"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    fill(os.path.join(folder, "sources"))
    apt = [*QUICK, "-o", f"Dir::State={folder}/state", "-o", f"Dir::Cache={folder}/cache",
           "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={folder}/sources",
           "-o", "Acquire::Languages=none", "-o", "APT::Update::Error-Mode=any"]
    output("apt-get", *apt, "-qq", "update")
    return apt


def source_files():
    return [path for path in [ETC + "/sources.list", *sorted(glob.glob(ETC + "/sources.list.d/*"))]
            if path.endswith((".list", ".sources")) and os.path.isfile(path)]


def copy_sources(folder):
    for i, path in enumerate(source_files()):
        shutil.copy(path, os.path.join(folder, f"{i}{os.path.splitext(path)[1]}"))


def mirror():
    """(address, keys) of this machine's mirror of the release, in either form of apt's sources."""
    with open("/etc/os-release", encoding="utf-8") as f:
        suite = re.search(r"^VERSION_CODENAME=(\w+)", f.read(), re.M)
    suite = suite.group(1) if suite else "stable"
    for path in source_files():
        with open(path, encoding="utf-8", errors="replace") as f:
            text = re.sub(r"^#.*\n?", "", f.read(), flags=re.M)
        if path.endswith(".list"):
            for options, address in re.findall(
                    r"^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+" + suite + r"\s+.*\bmain\b", text, re.M):
                keys = re.search(r"signed-by=(\S+)", options, re.I)
                return address, keys.group(1) if keys else KEYS
            continue
        for stanza in re.split(r"\n\s*\n", text):
            fields = {key.lower(): value.strip() for key, value in
                      re.findall(r"^([\w-]+):[ \t]*((?:.*)(?:\n[ \t]+.*)*)", stanza, re.M)}
            if suite in fields.get("suites", "").split() and fields.get("uris") \
                    and "no" != fields.get("enabled", "yes"):
                keys = fields.get("signed-by", "")
                return fields["uris"].split()[0], keys if keys.startswith("/") else KEYS
    return "http://deb.debian.org/debian", KEYS


def later_source(folder):
    address, keys = mirror()
    options = f"[signed-by={keys}] " if os.path.exists(keys) else ""
    with open(os.path.join(folder, "later.list"), "w", encoding="utf-8") as f:
        f.write(f"deb-src {options}{address} {LATER} main\n")


# ---- the tree -----------------------------------------------------------------------------------

def from_machine(package, tree):
    """Copies the files of an installed package; False if it isn't installed."""
    status = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            check=False)
    if status.stdout != "installed":
        return False
    for path in output("dpkg-query", "-L", package).splitlines():
        if KEPT.search(path) and not LEFT_OUT.search(path) and not os.path.isdir(path):
            place = tree + path
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(path, place, follow_symlinks=os.path.exists(path))
    return True


def from_archive(apt, package, tree, work):
    """Downloads a package and unpacks it."""
    output("apt-get", *apt, "download", package, cwd=work)
    archive = glob.glob(os.path.join(work, package + "_*.deb"))[0]
    aside = os.path.join(work, package)
    output("dpkg-deb", "-x", archive, aside)
    for top, _, names in os.walk(aside):
        for name in names:
            path = os.path.join(top, name)
            place = tree + path[len(aside):]
            if KEPT.search(path[len(aside):]) and not LEFT_OUT.search(path[len(aside):]):
                os.makedirs(os.path.dirname(place), exist_ok=True)
                os.rename(path, place)
    os.remove(archive)


def compile_vector(bin_folder, work):
    """pgvector from a later release's source, for any processor of this kind."""
    apt = private_apt(os.path.join(work, "later"), later_source)
    try:
        output("apt-get", *apt, "-qq", "source", "--download-only", "pgvector", cwd=work)
    except Missing as why:
        raise Missing(f"pgvector's source of {LATER} isn't there: {why}") from None
    archive = glob.glob(os.path.join(work, "pgvector_*.orig.tar.*"))[0]
    folder = os.path.join(work, "pgvector")
    os.makedirs(folder)
    output("tar", "-xf", archive, "-C", folder, "--strip-components=1")
    make = ["make", "-s", "-C", folder, "with_llvm=no", "OPTFLAGS=",
            f"PG_CONFIG={bin_folder}/pg_config"]
    output(*make, f"-j{os.cpu_count() or 1}")
    output(*make, "install")


def look(bin_folder, bouncer):
    """Does each program start? What it lacks else is in its words."""
    for program in [os.path.join(bin_folder, name) for name in
                    ("postgres", "initdb", "pg_ctl", "pg_basebackup", "psql")] + [bouncer]:
        output(program, "--version")
    share = output(os.path.join(bin_folder, "pg_config"), "--sharedir").strip()
    if not os.path.exists(share + "/extension/vector.control"):
        raise Missing("pgvector isn't there")


def fill(tree, work):
    apt, version, names = known(work)
    for package in names:
        if from_machine(package, tree):
            continue
        try:
            from_archive(apt, package, tree, work)
        except Missing:
            # The machine's lists may be older than what the mirror has.
            apt = private_apt(os.path.join(work, "apt"), copy_sources)
            from_archive(apt, package, tree, work)
    bin_folder = f"{tree}/usr/lib/postgresql/{version}/bin"
    if not names[-1].endswith("pgvector"):
        compile_vector(bin_folder, work)
    look(bin_folder, tree + "/usr/sbin/pgbouncer")


def make(tree):
    """Makes the tree unless it is there; gives why there is none, or None."""
    stamp = os.path.join(tree, "recipe")
    why, fresh, work = tree + ".why", tree + ".new", tree + ".work"
    os.makedirs(os.path.dirname(tree), exist_ok=True)
    with open(tree + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == RECIPE:
            return None
        for folder in (tree, fresh, work):
            shutil.rmtree(folder, ignore_errors=True)
        try:
            for folder in (fresh, work):
                os.makedirs(folder)
            if not shutil.which("apt-get"):
                raise Missing("this machine has no apt")
            fill(fresh, work)
            with open(os.path.join(fresh, "recipe"), "w", encoding="utf-8") as f:
                f.write(RECIPE)
            os.rename(fresh, tree)
        except (Missing, OSError) as error:
            reason = " ".join(str(error).split())
            with open(why, "w", encoding="utf-8") as f:
                f.write(reason + "\n")
            return reason
        finally:
            for folder in (fresh, work):
                shutil.rmtree(folder, ignore_errors=True)
        if os.path.exists(why):
            os.remove(why)
    return None


def main():
    wish = sys.argv[1] if len(sys.argv) > 1 else ""
    if wish == "needs":
        with tempfile.TemporaryDirectory() as work, contextlib.suppress(Missing, OSError):
            print(*needs(work))  # of what is missing, `make` tells
    elif wish == "make":
        reason = make(os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else TREE)
        if reason:
            print(f"no PostgreSQL for the tests: {reason}", file=sys.stderr)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
