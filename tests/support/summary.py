"""Adds up test logs: summary.py LOG..., each a build folder of Meson's or a TAP file. Names what
failed and what was skipped; the last line is "N passed, N failed"."""
import json
import os
import re
import sys

RESULT = re.compile(r"^(not )?ok\b\s*(\d*)\s*(.*)$")


def read_tap(name, text, out):
    """Counts the lines of one program; gives how many there were."""
    count = 0
    for line in text.splitlines():
        found = RESULT.match(line.strip())
        if not found:
            if line.startswith("1..0"):
                reason = re.sub(r"^skip\w*\s*", "", line.partition("#")[2].strip(), flags=re.I)
                out["skipped"].append(f"{name}: {reason or 'no reason given'}")
                count += 1
            continue
        count += 1
        failed, _, title = found.groups()
        title, _, directive = title.partition("# ")
        title = f"{name}: {title.strip(' -')}"
        if directive.lower().startswith("skip"):
            out["skipped"].append(f"{title}: {directive[4:].strip() or 'no reason given'}")
        elif failed:
            out["failed"].append(title)
        else:
            out["passed"] += 1
    return count


def read_meson(folder, out):
    path = os.path.join(folder, "meson-logs", "testlog.json")
    name = os.path.basename(folder)
    if not os.path.exists(path):
        out["failed"].append(f"{name}: no test was run; did it compile?")
        return
    for line in open(path, encoding="utf-8"):
        test = json.loads(line)
        title = f"{name} {test['name'].partition(':')[2] or test['name']}"
        before = len(out["failed"])
        count = read_tap(title, test.get("stdout", ""), out)
        result = test["result"]
        if result in ("OK", "EXPECTEDFAIL"):
            # A program that doesn't speak TAP is one test.
            out["passed"] += count == 0
        elif result == "SKIP":
            if count == 0:
                out["skipped"].append(f"{title}: no reason given")
        elif len(out["failed"]) == before:
            out["failed"].append(f"{title}: {result.lower()}, status {test.get('returncode')}")


def main():
    out = {"passed": 0, "failed": [], "skipped": []}
    for path in sys.argv[1:]:
        if os.path.isdir(path):
            read_meson(path, out)
        elif not os.path.exists(path):
            out["failed"].append(f"{path}: missing")
        elif read_tap(os.path.basename(path), open(path, encoding="utf-8").read(), out) == 0:
            out["failed"].append(f"{path}: no test in it")
    for line in out["skipped"]:
        print(f"skipped: {line}")
    for line in out["failed"]:
        print(f"FAILED: {line}")
    print(f"{out['passed']} passed, {len(out['failed'])} failed")
    return 1 if out["failed"] or out["passed"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
