"""Makes frequencies.txt, how rare English words are, from Debian's packages scowl and wordnet-base
(their licences are in NOTICE):

    make_frequencies.py > frequencies.txt

A word's share of running text is estimated from how often it stands in WordNet's glosses and
examples and how often its senses were found in tagged text (cntlist), and, for what these small
samples can't say, from the frequency class that SCOWL puts it in. Forms whose rarity follows from
their word's are left out: text_words.c finds them by the same endings.
"""
import collections
import math
import os
import re
import sys

SCOWL = "/usr/share/dict/scowl/"
WORDNET = "/usr/share/wordnet/"

# A class's share of running text for each of its words, as -log10, and the most that the counts may
# make of it: a dictionary speaks of plants and of who does what more than people do. Later classes
# are left out.
CLASSES = {10: (4.3, 1.0), 20: (5.0, 4.3), 35: (5.7, 4.9), 40: (6.0, 5.3), 50: (6.3, 5.6),
           55: (6.4, 5.8)}
PRIOR = 1.5e6  # running words that the class is worth beside the counts
UNLISTED = (6.7, 6.0)  # what stands in WordNet's texts alone
UNLISTED_MIN = 3
GRAMMAR = 3.2  # a function word is at least as common as this
FORM = 0.3  # as RARITY_FORM in text_words.c
CLOSE = 0.5
NAMES = ("person", "group", "location")  # what the tagged texts put in the place of names
WORD = re.compile(r"[a-z]{2,20}")

# As in text_words.c, in its order.
ENDINGS = [("iest", "y"), ("ies", "y"), ("ied", "y"), ("ier", "y"), ("ily", "y"), ("ing", ""),
           ("ing", "e"), ("est", ""), ("est", "e"), ("ers", ""), ("ers", "e"), ("ors", "e"),
           ("ed", ""), ("ed", "e"), ("es", ""), ("es", "e"), ("er", ""), ("er", "e"), ("ly", ""),
           ("'s", ""), ("s'", "s"), ("s", ""), ("ness", ""), ("less", ""), ("able", ""),
           ("able", "e")]


def classes():
    found = {}
    for size in CLASSES:
        names = [f"{region}-words.{size}" for region in ("english", "american", "british", "british_z")]
        names += [f"english-abbreviations.{size}", f"special-hacker.{size}"]
        for name in names:
            try:
                lines = open(SCOWL + name, encoding="latin-1").read().split()
            except FileNotFoundError:
                continue
            for word in lines:
                word = word.lower()
                if WORD.fullmatch(word):
                    found.setdefault(word, CLASSES[size])
    return found


def counts():
    seen = collections.Counter()
    for part in ("noun", "verb", "adj", "adv"):
        for line in open(WORDNET + "data." + part, encoding="utf-8", errors="replace"):
            if line[:1] != " ":
                gloss = line.split(" | ", 1)[1].lower()
                seen.update(WORD.findall(re.sub(r"'[a-z]+", "", gloss)))
                # One letter is a word as well.
                seen.update(re.findall(r"\b[ai]\b", gloss))
    for line in open(WORDNET + "cntlist.rev", encoding="ascii"):
        key, _, count = line.split()
        word = key.split("%")[0]
        if WORD.fullmatch(word) and word not in NAMES:
            seen[word] += int(count)
    return seen


def rarities():
    listed, seen = classes(), counts()
    total = sum(seen.values())
    found = {}
    for word in set(listed) | set(seen):
        if word not in listed and seen[word] < UNLISTED_MIN:
            continue
        rarity, least = listed.get(word, UNLISTED)
        share = (seen[word] + PRIOR * 10 ** -rarity) / (total + PRIOR)
        found[word] = max(round(-math.log10(share), 1), least)
    return found


def grammar():
    """The English function words: a dictionary hardly uses those of talk ("I", "me", "don't")."""
    for line in open(os.path.join(os.path.dirname(__file__), "stopwords.txt"), encoding="utf-8"):
        if line.startswith("en:"):
            return [word for word in line[3:].split() if "." not in word]
    return []


def as_form(word, kept):
    for ending, base in ENDINGS:
        if not word.endswith(ending) or len(word) < len(ending) + 3:
            continue
        stem = word[:len(word) - len(ending)]
        if stem + base in kept:
            return kept[stem + base] + FORM
        if base == "" and len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in kept:
            return kept[stem[:-1]] + FORM
    return None


def without_forms(found):
    kept = {}
    for word in sorted(found, key=lambda w: (len(w), w)):
        guess = as_form(word, kept)
        if guess is None or abs(guess - found[word]) > CLOSE:
            kept[word] = found[word]
    return kept


lines = collections.defaultdict(list)
found = rarities()
for word in grammar():
    found[word] = min(found.get(word, GRAMMAR), GRAMMAR)
kept = without_forms(found)
for word, rarity in kept.items():
    lines[rarity].append(word)
print("# How rare English words are: -log10 of their share of running text, then the words. Made by")
print("# make_frequencies.py from SCOWL and WordNet (see NOTICE); read at build time by words.py.")
for rarity in sorted(lines):
    print(f"{rarity}: " + " ".join(sorted(lines[rarity])))
print(len(kept), "words", file=sys.stderr)
