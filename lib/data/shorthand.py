"""Compiles lib/data/shorthand.txt into a sorted table:

    shorthand.py INPUT OUTPUT.c
"""
import sys

pairs = sorted(line.split() for line in open(sys.argv[1], encoding="utf-8") if line.strip() and line[0] != "#")
assert len({pair[0] for pair in pairs}) == len(pairs), "a short form twice"
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write('#include "core/index_parts.h"\n\nconst char *const index_shorthand[][2] = {\n')
    out.writelines(f'    {{"{short}", "{word}"}},\n' for short, word in pairs)
    out.write("};\n")
    out.write(f"const size_t index_shorthand_count = {len(pairs)};\n")
