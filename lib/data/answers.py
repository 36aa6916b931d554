"""Compiles lib/data/answers.txt into a sorted table:

    answers.py INPUT OUTPUT.c
"""
import sys

NAMES = ("UNIT AMOUNT MONEY OFTEN WHEN NUMBER LAST PERSON CONTACT PLACE VERSION LEAVE CAUSE CODE SPAN").split()
table, place, kinds = {}, 0, []
for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
    line = line.rstrip("\n")
    if not line.strip() or line.startswith("#"):
        continue
    if line.startswith(" "):
        words = line.split()
    else:
        head, separator, tail = line.partition(":")
        kinds, words = head.split(), tail.split()
        place = {"how": 1, "what": 2}.get(kinds[0], 0)
        kinds = kinds[1:] if place else kinds
        if not separator or not set(kinds) <= set(NAMES):
            sys.exit(f"{sys.argv[1]}:{number}: a line is KIND: words")
    for word in words:
        table.setdefault(word, [set(), set(), set()])[place].update(kinds)
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write('#include "core/answer.h"\n\nconst struct answer_word answer_words[] = {\n')
    for word in sorted(table, key=lambda w: w.encode()):
        bits = (" | ".join(f"ANSWER_{k}" for k in NAMES if k in part) or "0" for part in table[word])
        out.write(f'    {{"{word}", {", ".join(bits)}}},\n')
    out.write(f"}};\nconst size_t answer_word_count = {len(table)};\n")
