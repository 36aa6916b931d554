"""Writes a file as a C array: embed.py NAME INPUT OUTPUT. The array ends in a NUL that its size
doesn't count."""
import sys

name, source, target = sys.argv[1:4]
data = open(source, "rb").read()
with open(target, "w", encoding="ascii") as out:
    out.write('#include <stddef.h>\n\n#include "embedded.h"\n\n')
    out.write(f"const unsigned char {name}[] = {{\n")
    for at in range(0, len(data), 24):
        out.write(",".join(map(str, data[at:at + 24])) + ",\n")
    out.write("0};\n")
    out.write(f"const size_t {name}_size = sizeof({name}) - 1;\n")
