#include "base/text_char.h"

#include <utf8proc.h>

struct span {
    uint32_t first, last;
};

static bool within(const struct span *spans, size_t count, uint32_t c) {
    for (size_t i = 0; i < count && c >= spans[i].first; i++) {
        if (c <= spans[i].last) {
            return true;
        }
    }
    return false;
}

/* Scripts that are read in pairs of characters, sorted. */
static const struct span paired[] = {
    {0x0E00, 0x0EFF}, /* Thai, Lao */
    {0x1000, 0x109F}, /* Myanmar */
    {0x1100, 0x11FF}, /* Hangul jamo */
    {0x1780, 0x17FF}, /* Khmer */
    {0x2E80, 0x2FDF}, /* radicals */
    {0x3005, 0x3007}, /* iteration mark, zero */
    {0x3040, 0x318F}, /* kana, bopomofo, Hangul compatibility jamo */
    {0x31A0, 0x31BF}, {0x31F0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7FF}, {0xF900, 0xFAFF}, {0xFF66, 0xFFDC}, {0x1B000, 0x1B16F}, {0x20000, 0x3FFFF},
};

/* Shown as nothing, although their category says otherwise. */
static const struct span blanks[] = {
    {0x115F, 0x1160},
    {0x2800, 0x2800},
    {0x3164, 0x3164},
    {0xFFA0, 0xFFA0},
};

enum { O = CHAR_OTHER, S = CHAR_SPACE, I = CHAR_INVISIBLE, L = CHAR_LETTER, D = CHAR_DIGIT };

// clang-format off
const unsigned char char_ascii[128] = {
    I, I, I, I, I, I, I, I, I, S, S, S, S, S, I, I, /* controls */
    I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I,
    S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* space to slash */
    D, D, D, D, D, D, D, D, D, D, O, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* at, A to O */
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* backquote, a to o */
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, I,
};
// clang-format on

static enum char_kind by_category(int category) {
    switch (category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return CHAR_LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return CHAR_MARK;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return CHAR_DIGIT;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return CHAR_SPACE;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return CHAR_INVISIBLE;
    default:
        return CHAR_OTHER;
    }
}

enum char_kind char_kind_beyond(uint32_t c) {
    if (c == 0x85) {
        return CHAR_SPACE; /* next line: a control that is white space */
    }
    if (within(blanks, sizeof(blanks) / sizeof(blanks[0]), c)) {
        return CHAR_INVISIBLE;
    }
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)c);
    if (property->ignorable) {
        return CHAR_INVISIBLE;
    }
    const enum char_kind kind = by_category(property->category);
    if (kind != CHAR_OTHER && kind != CHAR_SPACE && c >= paired[0].first &&
        within(paired, sizeof(paired) / sizeof(paired[0]), c)) {
        return kind == CHAR_DIGIT ? CHAR_DIGIT : CHAR_CJK;
    }
    return kind;
}

bool char_upper(uint32_t c) {
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z';
    }
    const int category = utf8proc_get_property((utf8proc_int32_t)c)->category;
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}

struct script_span {
    uint32_t first, last;
    enum text_script script;
};

/* Sorted; what lies between is of another script. */
static const struct script_span scripts[] = {
    {'A', 'Z', TEXT_LATIN},        {'a', 'z', TEXT_LATIN},          {0xAA, 0xAA, TEXT_LATIN},
    {0xBA, 0xBA, TEXT_LATIN},      {0xC0, 0xD6, TEXT_LATIN},        {0xD8, 0xF6, TEXT_LATIN},
    {0xF8, 0x2B8, TEXT_LATIN},     {0x370, 0x3FF, TEXT_GREEK},      {0x400, 0x52F, TEXT_CYRILLIC},
    {0x591, 0x5F4, TEXT_HEBREW},   {0x600, 0x6FF, TEXT_ARABIC},     {0x750, 0x77F, TEXT_ARABIC},
    {0x8A0, 0x8FF, TEXT_ARABIC},   {0x1100, 0x11FF, TEXT_HANGUL},   {0x1C80, 0x1C8F, TEXT_CYRILLIC},
    {0x1D00, 0x1D25, TEXT_LATIN},  {0x1D26, 0x1D2A, TEXT_GREEK},    {0x1D2B, 0x1D2B, TEXT_CYRILLIC},
    {0x1D2C, 0x1D5C, TEXT_LATIN},  {0x1D62, 0x1D65, TEXT_LATIN},    {0x1D6B, 0x1DBF, TEXT_LATIN},
    {0x1E00, 0x1EFF, TEXT_LATIN},  {0x1F00, 0x1FFF, TEXT_GREEK},    {0x2071, 0x209C, TEXT_LATIN},
    {0x2C60, 0x2C7F, TEXT_LATIN},  {0x2DE0, 0x2DFF, TEXT_CYRILLIC}, {0x3005, 0x3007, TEXT_HAN},
    {0x3041, 0x30FF, TEXT_KANA},   {0x3131, 0x318E, TEXT_HANGUL},   {0x31F0, 0x31FF, TEXT_KANA},
    {0x3400, 0x4DBF, TEXT_HAN},    {0x4E00, 0x9FFF, TEXT_HAN},      {0xA640, 0xA69F, TEXT_CYRILLIC},
    {0xA722, 0xA7FF, TEXT_LATIN},  {0xAB30, 0xAB6F, TEXT_LATIN},    {0xAC00, 0xD7FF, TEXT_HANGUL},
    {0xF900, 0xFAFF, TEXT_HAN},    {0xFB1D, 0xFB4F, TEXT_HEBREW},   {0xFB50, 0xFDFF, TEXT_ARABIC},
    {0xFE70, 0xFEFE, TEXT_ARABIC}, {0xFF21, 0xFF3A, TEXT_LATIN},    {0xFF41, 0xFF5A, TEXT_LATIN},
    {0xFF66, 0xFF9F, TEXT_KANA},   {0x20000, 0x3FFFF, TEXT_HAN},
};

enum text_script char_script(uint32_t c) {
    if (c >= 0x400 && c <= 0x52F) {
        return TEXT_CYRILLIC;
    }
    size_t from = 0;
    size_t to = sizeof(scripts) / sizeof(scripts[0]);
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (c < scripts[middle].first) {
            to = middle;
        } else if (c > scripts[middle].last) {
            from = middle + 1;
        } else {
            return scripts[middle].script;
        }
    }
    return TEXT_OTHER_SCRIPT;
}

unsigned char_combining(uint32_t c) {
    return c < 0x300 ? 0 : (unsigned)utf8proc_get_property((utf8proc_int32_t)c)->combining_class;
}

bool char_extends(uint32_t c) {
    if (c < 0x300) {
        return false;
    }
    if ((c >= 0x1161 && c <= 0x11FF) || c == 0xFF9E || c == 0xFF9F) {
        return true; /* vowels and final consonants of Hangul, voice marks of kana */
    }
    return utf8proc_get_property((utf8proc_int32_t)c)->combining_class != 0;
}

bool char_is_folded(uint32_t c) {
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)c);
    return property->casefold_seqindex == UINT16_MAX && property->decomp_seqindex == UINT16_MAX &&
           property->combining_class == 0 && !property->ignorable &&
           (property->category == UTF8PROC_CATEGORY_LL ||
            (property->category == UTF8PROC_CATEGORY_LO && c >= 0x3400 && c < 0xA000));
}

size_t char_fold(uint32_t c, uint32_t out[CHAR_FOLD_MAX]) {
    utf8proc_int32_t parts[CHAR_FOLD_MAX];
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(
        (utf8proc_int32_t)c, parts, CHAR_FOLD_MAX,
        UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_DECOMPOSE, &boundary);
    if (n < 0 || n > CHAR_FOLD_MAX) {
        out[0] = c;
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        out[i] = (uint32_t)parts[i];
    }
    return (size_t)n;
}

size_t char_compose(uint32_t *p, size_t n) {
    utf8proc_int32_t parts[64];
    if (n < 2 || n > sizeof(parts) / sizeof(parts[0])) {
        return n;
    }
    for (size_t i = 0; i < n; i++) {
        parts[i] = (utf8proc_int32_t)p[i];
    }
    const utf8proc_ssize_t made =
        utf8proc_normalize_utf32(parts, (utf8proc_ssize_t)n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (made < 0) {
        return n;
    }
    for (utf8proc_ssize_t i = 0; i < made; i++) {
        p[i] = (uint32_t)parts[i];
    }
    return (size_t)made;
}

uint32_t char_base(uint32_t c) {
    if (c < 0xC0) {
        return c;
    }
    utf8proc_int32_t parts[CHAR_FOLD_MAX];
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, CHAR_FOLD_MAX,
                                                       UTF8PROC_DECOMPOSE, &boundary);
    return n > 0 && n <= CHAR_FOLD_MAX ? (uint32_t)parts[0] : c;
}
