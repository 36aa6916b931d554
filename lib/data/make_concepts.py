"""Makes wordnet.txt, groups of English words of like meaning, from Debian's package wordnet-base (its
licence is in NOTICE) and frequencies.txt:

    make_concepts.py > wordnet.txt

A group is a set of synonyms, together with what an adjective is said to be similar to. A word stands in
the groups of its common senses only (by how often they were found in tagged text), and rare words in
none.
"""
import collections
import os
import re
import sys

WORDNET = "/usr/share/wordnet/"
HERE = os.path.dirname(os.path.abspath(__file__))
RARITY_MAX = 6.2
SENSE_MIN = 0.25  # share of a word's uses
SENSES_MAX = 4
GROUP_MAX = 20  # words; a larger group says little
PARTS = {"noun": "1", "verb": "2", "adj": "3", "adv": "4"}
WORD = re.compile(r"[a-z]{3,}")


def common_words():
    common = set()
    for line in open(os.path.join(HERE, "frequencies.txt"), encoding="utf-8"):
        rarity, _, words = line.partition(":")
        if not line.startswith("#") and float(rarity) <= RARITY_MAX:
            common.update(words.split())
    for line in open(os.path.join(HERE, "stopwords.txt"), encoding="utf-8"):
        if line.startswith("en:"):
            common.difference_update(line[3:].split())
    return common


def sense_counts():
    counts = {}
    for line in open(WORDNET + "cntlist.rev", encoding="ascii"):
        key, sense, count = line.split()
        word, rest = key.split("%", 1)
        part = rest.split(":")[0].replace("5", "3")
        at = (word, part, int(sense))
        counts[at] = counts.get(at, 0) + int(count)
    return counts


def heads():
    """Of each satellite adjective, the one it is similar to."""
    found = {}
    for line in open(WORDNET + "data.adj", encoding="utf-8", errors="replace"):
        fields = line.split(" | ")[0].split()
        if line[0] != " " and fields[2] == "s":
            at = 4 + 2 * int(fields[3], 16)
            for i in range(int(fields[at])):
                if fields[at + 1 + 4 * i] == "&":
                    found.setdefault("adj" + fields[0], "adj" + fields[at + 2 + 4 * i])
    return found


def memberships(common, counts):
    """Word to synset to how often it is meant."""
    members = collections.defaultdict(collections.Counter)
    for part, number in PARTS.items():
        for line in open(WORDNET + "index." + part, encoding="ascii"):
            fields = line.split()
            if line[0] == " " or not WORD.fullmatch(fields[0]) or fields[0] not in common:
                continue
            synsets = fields[-int(fields[2]):]
            for i, synset in enumerate(synsets, 1):
                members[fields[0]][part + synset] += counts.get((fields[0], number, i), 0) + 0.5 / i
    return members


def groups(members, similar):
    found = collections.defaultdict(set)
    for word, senses in members.items():
        total = sum(senses.values())
        for synset, count in senses.most_common(SENSES_MAX):
            if count / total >= SENSE_MIN:
                found[synset].add(word)
                if synset in similar:
                    found[similar[synset]].add(word)
    return sorted({" ".join(sorted(words)) for words in found.values()
                   if 1 < len(words) <= GROUP_MAX})


print("# Words of like meaning in general English, one group a line. Made by make_concepts.py from")
print("# WordNet (see NOTICE); read at build time by thesaurus.py, after thesaurus.txt.")
lines = groups(memberships(common_words(), sense_counts()), heads())
for line in lines:
    print(line)
print(len(lines), "groups", file=sys.stderr)
