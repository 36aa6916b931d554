"""Makes irregular.txt, English forms that no ending tells ("froze", "frozen": freeze), from the lists
of exceptions in Debian's package wordnet-base (its licence is in NOTICE) and the words that
frequencies.txt knows:

    make_irregular.py frequencies.txt > irregular.txt
"""
import collections
import sys

WORDNET = "/usr/share/wordnet/"

# Forms that are as often a word of their own, and words of grammar.
OWN = set("""
    bit bits bore born bound clove data dice dive dove fell felt ground hove lay lain lead left leaves lives
    media outlaid rent rose saw sawn shed slew spoke spell spun stove thought wound wove being axes bases ellipses
    number numb agenda errata lit smelt spat strode dug better best worse more most less
""".split())
PLURALS = (("index", "indices"), ("vertex", "vertices"), ("matrix", "matrices"),
           ("analysis", "analyses"))
GRAMMAR = set("be do have go will shall can may must ought dare need get".split())


def exceptions(part):
    with open(f"{WORDNET}{part}.exc", encoding="ascii") as source:
        for line in source:
            form, *bases = line.split()
            if len(set(bases)) == 1 and form.isalpha() and bases[0].isalpha():
                yield form, bases[0]


def regular(form, base):
    """An ending of the stemmer's tells it."""
    past = form.endswith("ed") and len(form) > 4
    return form == base or past or form.endswith(("ing", "s", "ier", "est"))


def main():
    known = set()
    with open(sys.argv[1], encoding="utf-8") as source:
        for line in source:
            if not line.startswith("#"):
                known.update(line.partition(":")[2].split())
    forms = collections.defaultdict(set)
    for part in ("verb", "noun"):
        for form, base in exceptions(part):
            rare = part == "noun" and form not in known
            own = form in OWN or base in GRAMMAR or regular(form, base)
            if base in known and not rare and not own:
                forms[base].add(form)
    for base, form in PLURALS:
        forms[base].add(form)
    print("# base: forms. Made by make_irregular.py from WordNet 3.0.")
    for base in sorted(forms):
        print(f"{base}: {' '.join(sorted(forms[base]))}")


main()
