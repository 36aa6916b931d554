"""What the checks of the house share: results in TAP, and the project's files."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What the program was given are paths; it runs in the project's folder.
ARGS = [os.path.abspath(path) for path in sys.argv[1:]]
os.chdir(ROOT)

C_DIRS = ("include", "lib", "server", "examples", "tests")


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def _line(self, good, text):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}", flush=True)

    def check(self, name, problems):
        """`problems`: lines that say what is wrong; none is success."""
        problems = list(problems)
        self._line(not problems, name)
        for line in problems:
            print(f"    {line}", file=sys.stderr, flush=True)
        return not problems

    def run(self, name, command, **options):
        """A command that must end with 0; gives its output, or None."""
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace", check=False, **options)
        except OSError as error:
            self.check(name, [str(error)])
            return None
        good = self.check(name, [] if done.returncode == 0 else
                          [" ".join(map(str, command)), f"ended with {done.returncode}"]
                          + done.stdout.splitlines()[-40:])
        return done.stdout if good else None

    def skip(self, name, reason):
        self._line(True, f"{name} # SKIP {reason}")

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def files(*endings, under=("",)):
    """Paths below the root, as the project keeps them: what Git ignores isn't there."""
    for top in under:
        for folder, folders, names in os.walk(os.path.join(ROOT, top)):
            folders[:] = sorted(f for f in folders if not f.startswith((".git", "build"))
                                and f not in ("dist", "__pycache__", ".cache"))
            for name in sorted(names):
                if not endings or name.endswith(endings):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
