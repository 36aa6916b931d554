"""Compiles thesaurus.txt and wordnet.txt into tables for lib/data/words.h:

    thesaurus.py THESAURUS WORDNET COMPOUNDS IRREGULAR STOPWORDS OUTPUT.c

An entry of several words is a phrase. It is found in all forms of its first word where that is a
verb, and of its last where it is a noun; a star says where its object may stand ("let * in").
"""
import sys

sys.dont_write_bytecode = True
from words import lines, numbers, table

PLACES_MAX = 12  # groups of a word, as TEXT_CONCEPTS_MAX
WORDS_MAX = 6  # of a phrase
SPLITS, PHRASAL, JOINED = 1, 2, 4  # as in words.h

PARTICLES = set("""
    in on at to from for of with by into onto over under about through after before up out off back down
    away around along across behind apart aside forward ahead together as against between without
""".split())
VERBS = set("""
    lose make take get give go come keep have put set run turn bring send pay ask see hear look find do be leave
    want need can't cannot can won't doesn't don't didn't isn't let tell say start stop work change hold meet
    pass break cut sit stay become write read share use feel hand sort figure win miss save open close drop
""".split())
ADVERBS = set("in on up out off down away back over around through across together apart aside forward".split())
NEGATIONS = set("""
    not never can't cannot won't doesn't don't didn't isn't aren't wasn't hasn't haven't wont cant dont doesnt
    didnt isnt
""".split())
GOOD = set("work working works right correct ok good".split())  # "doesn't work" tells nothing
# One way of saying no stands for the others of its kind.
DENIALS = [("not", "isn't", "aren't", "wasn't", "weren't", "never", "not being", "is never"),
           ("doesn't", "don't", "didn't", "won't", "does not", "do not", "did not", "will not", "wouldn't", "never"),
           ("can't", "cannot", "can not", "couldn't", "could not", "unable to", "not able to")]
LIGHT = set("look break run stand get go".split())
NOUNS = set("time way day money points results not nothing right straight what's level port one side".split())
IRREGULAR = {"get": ["got", "gotten"], "do": ["did", "done", "does"], "have": ["had", "has"],
             "go": ["went", "gone", "goes"], "be": ["is", "are", "was", "were", "been", "am"]}


def inflect(verb, irregular):
    if not verb.isalpha():
        return [verb]
    forms = [verb] + IRREGULAR.get(verb, []) + irregular.get(verb, [])
    double = verb[-1] in "bdgklmnprt" and verb[-2:-1] in list("aeiou") and verb[-3:-2] not in list("aeiou")
    past = verb in irregular or verb in IRREGULAR
    if verb.endswith("e") and not verb.endswith("ee"):
        return forms + [verb + "s", verb[:-1] + "ing"] + ([] if past else [verb + "d"])
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return forms + [verb[:-1] + "ies", verb + "ing"] + ([] if past else [verb[:-1] + "ied"])
    plural = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    stems = [verb] + ([verb + verb[-1]] if double else [])
    return forms + [plural] + [s + "ing" for s in stems] + ([] if past else [s + "ed" for s in stems])


def plural(noun):
    if not noun.isalpha() or noun.endswith("s"):
        return [noun]
    if noun.endswith("y") and noun[-2:-1] not in list("aeiou"):
        return [noun, noun[:-1] + "ies"]
    return [noun, noun + ("es" if noun.endswith(("sh", "ch", "x", "z")) else "s")]


def is_phrasal(words):
    """A verb with its particle, or what isn't as it should be: the words say next to nothing apart."""
    if words[0] in NEGATIONS:
        return GOOD.isdisjoint(words)
    verb = words[0] not in PARTICLES | NOUNS
    light = words[0] in LIGHT and words[1] in ("after", "for", "into")
    ends = len(words) == 2 or (len(words) == 3 and words[2] in ("to", "of", "in", "on", "for"))
    return verb and ends and (light or words[1] in ADVERBS)


def variants(words, irregular):
    for ways in DENIALS:
        if words[0] in ways:
            rest = " ".join(words[1:])
            forms = {f"{way} {rest}" for way in ways}
            return forms | {form.replace("'", "") for form in forms} | {" ".join(words)}
    verb = words[0] in VERBS or (words[1] in PARTICLES and words[0] not in PARTICLES)
    firsts = inflect(words[0], irregular) if verb else [words[0]]
    lasts = plural(words[-1]) if words[-1] not in PARTICLES else [words[-1]]
    forms = {" ".join([first] + words[1:-1] + [last]) for first in firsts for last in lasts}
    return forms | {form.replace("'", "") for form in forms}


def read(path):
    """Groups of (words, near?), and the phrases that may be split."""
    groups, split = [], set()
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].strip()
        if not line:
            continue
        group = []
        if line.startswith("+"):
            groups += [[(entry.strip(), 0)] for entry in line[1:].split(",")]
            continue
        for part, entries in enumerate(line.split("|")):
            for entry in entries.split(","):
                words = entry.split()
                if "*" in words:
                    words.remove("*")
                    split.add(" ".join(words))
                if words:
                    assert len(words) <= WORDS_MAX and part < 2, words
                    group.append((" ".join(words), part))
        groups.append(group)
    return groups, split


def main():
    thesaurus, wordnet, compounds, irregular, stopwords, target = sys.argv[1:]
    groups, split = read(thesaurus)
    first_loose = len(groups)
    for line in open(wordnet, encoding="utf-8"):
        if not line.startswith("#"):
            groups.append([(word, 0) for word in line.split()])
    joined = {f"{first} {second}" for second, words in lines(compounds) for first in words}
    forms = {base: words for base, words in lines(irregular)}
    empty = {word for language, words in lines(stopwords) if language == "en" for word in words}
    members, phrases = {}, {}
    for number, group in enumerate(groups):
        for entry, near in group:
            words = entry.split()
            if " ".join(words[:2]) in joined and len(words) == 2:
                key = "".join(words)
                phrases[entry] = (key, SPLITS * (entry in split) | PHRASAL | JOINED)
                entry = key
            elif len(words) > 1:
                phrasal = is_phrasal(words)
                phrases[entry] = (entry, SPLITS * (entry in split) | PHRASAL * phrasal)
            of = members.setdefault(entry.encode(), [])
            if number not in [n for n, _ in of]:
                of.append((number, near))
    places, values = [], {}
    for word in sorted(members):
        values[word] = len(places)
        of = members[word][:PLACES_MAX]
        places += [len(of)] + [number * 2 + near for number, near in of]
    order = sorted(phrases)
    found, starts = {}, {}
    for number, phrase in enumerate(order):
        for variant in variants(phrase.split(), forms):
            found.setdefault(variant.encode(), number)
            first = variant.split()[0].encode()
            starts[first] = max(starts.get(first, 0), len(variant.split()))
    with open(target, "w", encoding="ascii") as out:
        out.write('#include "words.h"\n\n')
        table(out, "concepts", values)
        numbers(out, "uint16_t", "lists", places)
        out.write("const uint16_t *const data_concept_lists = lists;\n")
        out.write(f"const uint16_t data_concepts_loose = {first_loose};\n")
        table(out, "phrases", found)
        table(out, "phrase_starts", starts)
        keys = "".join(f'"{phrases[phrase][0]}", ' for phrase in order)
        out.write(f"const char *const data_phrase_keys[] = {{{keys}0}};\n")
        kinds = [phrases[phrase][1] for phrase in order] + [0]
        numbers(out, "unsigned char", "kinds", kinds)
        out.write("const unsigned char *const data_phrase_kinds = kinds;\n")


main()
