"""Compiles lib/data/relevance.txt into a table:

    relevance.py INPUT OUTPUT.c
"""
import sys

rows = [line.split() for line in open(sys.argv[1], encoding="utf-8") if line.strip() and line[0] != "#"]
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write('#include "core/relevance.h"\n\nconst struct relevance_weights relevance_weights = {\n')
    for place, part in ((1, "rank"), (2, "evidence")):
        out.write(f"    .{part} = {{\n")
        for row in rows:
            if row[0] != "constant" and row[place] != "-":
                out.write(f"        [RELEVANCE_{row[0]}] = {float(row[place])}f,\n")
        out.write("    },\n")
    out.write(f"    .constant = {float(next(row[2] for row in rows if row[0] == 'constant'))}f,\n}};\n")
