#!/usr/bin/env python3
"""Turns cues.txt into a sorted C table: cues.py cues.txt out.c"""
import sys

KINDS = {"PEOPLE", "GROUP", "SEAT", "SITE", "MANY", "TOTAL", "RUNS", "FINE", "PART", "AWAY", "PLURAL", "SPARED",
         "CONTEST", "PERIOD", "WRITING"}


def read(path):
    table = {}
    classes, words = [], []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith(" "):
                words = line.split()
            else:
                head, separator, tail = line.partition(":")
                if not separator:
                    sys.exit(f"{path}:{number}: a line is CLASS CLASS: words")
                classes, words = head.split(), tail.split()
            for word in words:
                table.setdefault(word, set()).update(classes)
    return table


def main():
    source, target = sys.argv[1:]
    table = read(source)
    with open(target, "w", encoding="utf-8") as out:
        out.write('/* Made of lib/data/cues.txt. */\n#include "core/cues.h"\n\n')
        out.write("const struct cue_entry cue_table[] = {\n")
        for word in sorted(table, key=lambda w: w.encode()):
            cues = " | ".join(f"CUE_{c}" for c in sorted(table[word] - KINDS)) or "0"
            kinds = " | ".join(f"KIND_{k}" for k in sorted(table[word] & KINDS)) or "0"
            out.write(f'    {{"{word}", {cues}, {kinds}}},\n')
        out.write("};\nconst size_t cue_table_count = sizeof(cue_table) / sizeof(cue_table[0]);\n")


main()
