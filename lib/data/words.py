"""Compiles word lists into tables for lib/data/words.h:

    words.py KIND INPUT... OUTPUT.c
"""
import base64
import sys


def fnv(word):
    h = 2166136261
    for byte in word:
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h ^ (h >> 16)


def lines(path):
    with open(path, encoding="utf-8") as source:
        for line in source:
            line = line.strip()
            if line and not line.startswith("#"):
                key, _, words = line.partition(":")
                yield key.strip(), words.split()


def numbers(out, kind, name, values):
    out.write(f"static const {kind} {name}[] = {{\n")
    for at in range(0, len(values), 24):
        out.write(",".join(map(str, values[at:at + 24])) + ",\n")
    out.write("};\n\n")


def table(out, name, values):
    """values: word (bytes) to a number below 65536."""
    size = 8
    while size < 2 * len(values):
        size *= 2
    slots, entries = [0] * size, bytearray()
    for word in sorted(values):
        at = fnv(word) & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = len(entries) + 1
        entries += bytes([len(word), values[word] & 255, values[word] >> 8]) + word
    numbers(out, "uint32_t", name + "_slots", slots)
    numbers(out, "unsigned char", name + "_entries", entries)
    out.write(f"const struct words data_{name} = {{{name}_slots, {size - 1}, {name}_entries}};\n")


def stopwords(source, out):
    values, languages = {}, []
    for language, words in lines(source):
        for word in words:
            key = word.encode()
            values[key] = values.get(key, 0) | 1 << len(languages)
        languages.append(language)
    table(out, "stopwords", values)
    names = "".join(f'"{language}", ' for language in languages)
    out.write(f'const char data_stopword_languages[][3] = {{{names}""}};\n')


def frequencies(source, out):
    values = {}
    for rarity, words in lines(source):
        for word in words:
            values[word.encode()] = round(float(rarity) * 100)
    table(out, "frequencies", values)


def irregular(source, out):
    bases, values = [], {}
    for base, forms in lines(source):
        values.update((form.encode(), len(bases)) for form in forms)
        bases.append(base)
    table(out, "irregular", values)
    names = "".join(f'"{base}", ' for base in bases)
    out.write(f"const char *const data_irregular_bases[] = {{{names}}};\n")


def compounds(source, out):
    values = {f"{first} {second}".encode(): 0 for second, words in lines(source) for first in words}
    table(out, "compounds", values)


def vectors(source, out):
    values, codes, squares = {}, bytearray(), []
    with open(source, encoding="utf-8") as text:
        rows = [line.split() for line in text if not line.startswith("#")]
    for *words, code in rows:
        for word in words:
            values[word.encode()] = len(squares)
        code = base64.b85decode(code)
        codes += code
        squares.append(sum((2 * (level & 15) - 15) ** 2 + (2 * (level >> 4) - 15) ** 2
                           for level in code))
    table(out, "vector_words", values)
    numbers(out, "unsigned char", "codes", codes)
    numbers(out, "uint16_t", "squares", squares)
    out.write("const unsigned char *const data_vector_codes = codes;\n")
    out.write("const uint16_t *const data_vector_squares = squares;\n")
    out.write(f"const uint16_t data_vector_count = {len(squares)};\n")


KINDS = {"stopwords": stopwords, "frequencies": frequencies, "irregular": irregular,
         "compounds": compounds, "vectors": vectors}


def main():
    kind, sources, target = sys.argv[1], sys.argv[2:-1], sys.argv[-1]
    with open(target, "w", encoding="ascii") as out:
        out.write('#include "words.h"\n\n')
        KINDS[kind](*sources, out)


if __name__ == "__main__":
    main()
