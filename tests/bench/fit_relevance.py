"""Fits the weights of core/relevance and writes lib/data/relevance.txt:

    fit_relevance.py build/tests/bench/section_features [--write] [SET...]

Needs numpy. The rows are the first turns of tests/data/eval/*/{scenarios,coverage,passages}.jsonl and
tests/data/coverage_*.txt. What is right: of the documents that a row wants cited the section that has
most of what is to be said. Two sums are fitted:

- rank: a softmax over the sections found, so that a right one has most of it;
- evidence: a logistic sum over the section ranked first, covered against none.

Each weight may only have the sign that its feature is meant to have, which keeps features that say
much the same from working against each other. The numbers printed are of sets that were left out of
the fit: each platform is judged by weights made of the others. SET: features to leave out, to see
what they are worth.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLATFORMS = "northlight orchard tidewater lantern halyard thornwick gannet".split()
TEXTS = "kestrel brackwater".split()
FILES = "scenarios coverage passages".split()

# the sign that a weight may have: of rank, of evidence; None: not part of the sum
SIGNS = {
    "words": (1, 1), "fused": (1, None), "near": (1, None), "has": (1, 1),
    "heading": (1, 1), "telling": (1, 1), "offers": (1, None),
    "unmeasured": (-1, -1), "lacks_thing": (None, -1), "lacks_deed": (None, -1),
    "lacks_unknown": (None, -1), "heading_meaning": (None, 1), "sentence_meaning": (1, None),
    "length": (1, None), "siblings": (1, None), "defines": (1, 1), "quotes": (1, 1),
    "glossary": (-1, None), "report_steps": (1, None), "asked_symptom": (-1, None),
    "things": (None, -1), "asks": (None, -1),
}
# Which of two documents holds is not for statistics to say: the newer one is put before the other.
FIXED = {"outdated": (-1.0, None)}

RANK_RIDGE, EVIDENCE_RIDGE = 8.0, 20.0
NONE_WEIGHS = 0.5  # of the two answers "not covered" is the one that costs less where it is wrong


# ---- rows ----------------------------------------------------------------------------------------

def as_documents(path, folder):
    """A file of tests/data/coverage_*.txt as a folder of documents and a file of rows."""
    documents, rows, asking = [], [], False
    for line in open(path, encoding="utf-8").read().split("\n"):
        if line == "questions":
            asking = True
        elif asking:
            head, _, words = line.partition("|")
            if len(head.strip()) > 2:
                outcome = {"c": "covered", "v": "vague", "n": "none"}[head.strip()[0]]
                rows.append({"id": str(len(rows)), "message": words.strip(), "expect": {"coverage": outcome}})
        elif line.startswith("document "):
            name, title, tags = ([part.strip() for part in line[9:].split("|")] + ["", ""])[:3]
            documents.append([f"---\nid: {name}\ntitle: \"{title}\"\ntags: [{', '.join(tags.split())}]\n---\n# {title}\n"])
        elif line.startswith("section ") and documents:
            documents[-1].append(f"\n## {line[8:]}\n\n")
        elif documents:
            documents[-1].append(line + "\n")
    for number, parts in enumerate(documents):
        with open(f"{folder}/{number}.md", "w", encoding="utf-8") as out:
            out.write("".join(parts))
    with open(f"{folder}/rows.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)


def read_table(program, documents, rows, platform, kind):
    lines = subprocess.run([program, documents, rows], check=True, capture_output=True, text=True).stdout.split("\n")
    names = lines[0].split("\t")[7:]
    groups = []
    for line in filter(None, lines[1:]):
        cells = line.split("\t")
        if not groups or groups[-1]["row"] != cells[0]:
            groups.append({"platform": platform, "kind": kind, "row": cells[0], "expected": cells[2],
                           "sections": [], "cited": [], "said": [], "X": []})
        group = groups[-1]
        group["sections"].append(cells[4])
        group["cited"].append(int(cells[5]))
        group["said"].append(int(cells[6]))
        group["X"].append([float(cell) for cell in cells[7:]])
    for group in groups:
        group["X"] = np.array(group["X"])
        cited, said = np.array(group["cited"]), np.array(group["said"])
        if cited.max() < 0:
            right = (said == said.max()) & (said > 0)
        else:
            right = cited == 1
            if right.any() and said[right].max() > 0:
                right &= said == said[right].max()
        group["right"] = right
    return names, groups


def read_all(program):
    groups = []
    for platform in PLATFORMS:
        folder = f"{ROOT}/tests/data/eval/{platform}"
        documents = f"{ROOT}/kb" if platform == "northlight" else f"{folder}/kb"
        for kind in FILES:
            names, more = read_table(program, documents, f"{folder}/{kind}.jsonl", platform, kind)
            groups += more
    for text in TEXTS:
        with tempfile.TemporaryDirectory() as folder:
            as_documents(f"{ROOT}/tests/data/coverage_{text}.txt", folder)
            groups += read_table(program, folder, f"{folder}/rows.jsonl", text, "coverage")[1]
    return names, groups


# ---- fitting -------------------------------------------------------------------------------------

def descend(slope, signs, steps=300):
    """Adam, each weight kept on its side of nought."""
    w = np.zeros(len(signs))
    mean, square = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, steps + 1):
        g = slope(w)
        mean = 0.9 * mean + 0.1 * g
        square = 0.999 * square + 0.001 * g * g
        w = w - 0.05 * (mean / (1 - 0.9 ** step)) / (np.sqrt(square / (1 - 0.999 ** step)) + 1e-8)
        w = np.where((signs != 0) & (w * signs < 0), 0.0, w)
    return w


class Ranking:
    """The rows in which one of the sections found is right; outdated ones that are wrong don't compete."""

    def __init__(self, groups, names, columns):
        outdated = names.index("outdated")
        self.rows = [g for g in groups if g["expected"] not in ("none", "vague") and g["right"].any()
                     and (max(g["cited"]) >= 0 or max(g["said"]) >= 0)]
        kept = [(g["X"][:, outdated] == 0) | g["right"] for g in self.rows]
        self.X = [g["X"][k][:, columns] for g, k in zip(self.rows, kept)]
        self.right = [g["right"][k] for g, k in zip(self.rows, kept)]
        self.platform = np.array([g["platform"] for g in self.rows])
        self.before = [right[:1].any() for right in self.right]

    def fit(self, signs, chosen):
        X = np.concatenate([x for x, c in zip(self.X, chosen) if c])
        right = np.concatenate([r for r, c in zip(self.right, chosen) if c]).astype(float)
        sizes = [len(x) for x, c in zip(self.X, chosen) if c]
        starts, of = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(sizes)), sizes)
        middle, spread = X.mean(0), X.std(0) + 1e-6
        A = (X - middle) / spread

        def slope(w):
            sums = A @ w
            e = np.exp(sums - np.maximum.reduceat(sums, starts)[of])
            p = e / np.add.reduceat(e, starts)[of]
            q = p * right
            q /= np.add.reduceat(q, starts)[of]
            return (A.T @ (p - q) + RANK_RIDGE * w) / len(sizes)

        return descend(slope, signs) / spread

    def hits(self, w, chosen):
        return [r[np.argmax(x @ w)] for x, r, c in zip(self.X, self.right, chosen) if c]


def first_sections(groups, names, columns, w):
    outdated = names.index("outdated")
    out = []
    for g in groups:
        holds = g["X"][:, outdated] == 0
        X = g["X"][holds] if holds.any() else g["X"]
        out.append(X[np.argmax(X[:, columns] @ w)])
    return np.array(out)


def fit_evidence(A, covered, signs):
    middle, spread = A.mean(0), A.std(0) + 1e-6
    Z = np.c_[(A - middle) / spread, np.ones(len(A))]
    weights = np.where(covered, 1.0, NONE_WEIGHS * covered.sum() / (~covered).sum())

    def slope(w):
        p = 1 / (1 + np.exp(-Z @ w))
        return (Z.T @ (weights * (p - covered)) + EVIDENCE_RIDGE * np.r_[w[:-1], 0]) / weights.sum()

    w = descend(slope, np.r_[signs, 0])
    return w[:-1] / spread, w[-1] - (w[:-1] * middle / spread).sum()


# ---- the whole -----------------------------------------------------------------------------------

def part(names, place, left_out):
    columns = [i for i, n in enumerate(names) if SIGNS.get(n, (None, None))[place] is not None and n not in left_out]
    return columns, np.array([SIGNS[names[i]][place] for i in columns])


def write(path, names, rank, evidence, constant):
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Weights of core/relevance, made by tests/bench/fit_relevance.py: feature, in the sum that\n"
                  "# ranks, in the sum that is evidence (\"-\": not part of it). Compiled by relevance.py.\n\n")
        for name in names:
            fixed = FIXED.get(name, (None, None))
            cells = ["-" if v is None else f"{v:.2f}" for v in
                     (fixed[0] if fixed[0] is not None else rank.get(name),
                      fixed[1] if fixed[1] is not None else evidence.get(name))]
            out.write(f"{name:18}{cells[0]:>7}{cells[1]:>7}\n")
        out.write(f"{'constant':18}{'-':>7}{constant:7.2f}\n")


def main():
    arguments = [a for a in sys.argv[2:] if a != "--write"]
    names, groups = read_all(sys.argv[1])
    rank_columns, rank_signs = part(names, 0, arguments)
    columns, signs = part(names, 1, arguments)
    ranking = Ranking(groups, names, rank_columns)
    judged = [g for g in groups if g["expected"] in ("covered", "none")]
    covered = np.array([g["expected"] == "covered" for g in judged])
    platform = np.array([g["platform"] for g in judged])
    kind = np.array([g["kind"] for g in judged])
    right, total, by_kind = 0, 0, {}
    print("left out      right section first (before)   covered or not")
    for name in PLATFORMS + TEXTS:
        others = ranking.platform != name
        w = ranking.fit(rank_signs, others)
        hits = ranking.hits(w, ~others)
        before = sum(b for b, other in zip(ranking.before, others) if not other)
        first = first_sections(judged, names, rank_columns, w)[:, columns]
        mine = platform == name
        v, constant = fit_evidence(first[~mine], covered[~mine], signs)
        good = ((first @ v + constant > 0) == covered)[mine]
        right, total = right + good.sum(), total + len(good)
        for k in FILES:
            of = kind[mine] == k
            if of.any():
                by_kind.setdefault(k, []).append((good[of].sum(), of.sum()))
        print(f"{name:12} {sum(hits):6} of {len(hits):4} ({before})"
              f"            {good.sum():4} of {len(good):4}  missed {(~good & covered[mine]).sum()}, false {(~good & ~covered[mine]).sum()}")
    print(f"covered or not {right} of {total}; " +
          "; ".join(f"{k} {sum(a for a, _ in v)} of {sum(b for _, b in v)}" for k, v in by_kind.items()))
    everything = np.ones(len(ranking.rows), bool)
    w = ranking.fit(rank_signs, everything)
    print(f"right section first, left out: {sum(sum(ranking.hits(ranking.fit(rank_signs, ranking.platform != n), ranking.platform == n)) for n in PLATFORMS)}"
          f" of {len(everything)}; all: {sum(ranking.hits(w, everything))}")
    v, constant = fit_evidence(first_sections(judged, names, rank_columns, w)[:, columns], covered, signs)
    rank = {names[i]: x for i, x in zip(rank_columns, w)}
    evidence = {names[i]: x for i, x in zip(columns, v)}
    if "--write" in sys.argv:
        write(f"{ROOT}/lib/data/relevance.txt", names, rank, evidence, constant)


main()
