/* Letters that imitate Latin ones: of other scripts, of phonetics, with marks and strokes. */
#include <string.h>

#include "base/text.h"
#include "base/text_build.h"
#include "base/text_char.h"

#define ALONE_MIN 8 /* letters without a Latin one that are taken for Latin all the same */

/* What a small letter and what a capital one looks like: text_fold left the small one. Weak ones
 * pass for Latin only next to Latin letters. Sorted. */
struct lookalike {
    uint16_t c;
    char small, capital;
    bool weak;
};

static const struct lookalike lookalikes[] = {
    {0x00F0, 'd', 'd', false}, {0x00F8, 'o', 'o', false}, {0x00FE, 'p', 'p', false},
    {0x0111, 'd', 'd', false}, {0x0127, 'h', 'h', false}, {0x0131, 'i', 'i', false},
    {0x0138, 'k', 'k', false}, {0x0142, 'l', 'l', false}, {0x014B, 'n', 'n', false},
    {0x0167, 't', 't', false}, {0x0180, 'b', 'b', false}, {0x0183, 'b', 'b', false},
    {0x0185, 'b', 'b', false}, {0x0188, 'c', 'c', false}, {0x018C, 'd', 'd', false},
    {0x018D, 'g', 'g', false}, {0x0192, 'f', 'f', false}, {0x0199, 'k', 'k', false},
    {0x019A, 'l', 'l', false}, {0x019E, 'n', 'n', false}, {0x01A1, 'o', 'o', false},
    {0x01A5, 'p', 'p', false}, {0x01A8, 's', 's', false}, {0x01AD, 't', 't', false},
    {0x01B0, 'u', 'u', false}, {0x01B4, 'y', 'y', false}, {0x01B6, 'z', 'z', false},
    {0x01BF, 'p', 'p', false}, {0x01DD, 'e', 'e', false}, {0x01E5, 'g', 'g', false},
    {0x0221, 'd', 'd', false}, {0x0225, 'z', 'z', false}, {0x0234, 'l', 'l', false},
    {0x0235, 'n', 'n', false}, {0x0236, 't', 't', false}, {0x0237, 'j', 'j', false},
    {0x023C, 'c', 'c', false}, {0x023F, 's', 's', false}, {0x0240, 'z', 'z', false},
    {0x0242, 'p', 'p', false}, {0x0247, 'e', 'e', false}, {0x0249, 'j', 'j', false},
    {0x024B, 'q', 'q', false}, {0x024D, 'r', 'r', false}, {0x024F, 'y', 'y', false},
    {0x0250, 'a', 'a', false}, {0x0251, 'a', 'a', false}, {0x0252, 'a', 'a', false},
    {0x0253, 'b', 'b', false}, {0x0254, 'o', 'o', false}, {0x0255, 'c', 'c', false},
    {0x0256, 'd', 'd', false}, {0x0257, 'd', 'd', false}, {0x0258, 'e', 'e', false},
    {0x0259, 'e', 'e', false}, {0x025B, 'e', 'e', false}, {0x025C, 'e', 'e', false},
    {0x025F, 'f', 'f', false}, {0x0260, 'g', 'g', false}, {0x0261, 'g', 'g', false},
    {0x0262, 'g', 'g', false}, {0x0264, 'y', 'y', false}, {0x0265, 'h', 'h', false},
    {0x0266, 'h', 'h', false}, {0x0268, 'i', 'i', false}, {0x0269, 'i', 'i', false},
    {0x026A, 'i', 'i', false}, {0x026B, 'l', 'l', false}, {0x026C, 'l', 'l', false},
    {0x026D, 'l', 'l', false}, {0x026E, 'l', 'l', false}, {0x026F, 'w', 'w', false},
    {0x0270, 'w', 'w', false}, {0x0271, 'm', 'm', false}, {0x0272, 'n', 'n', false},
    {0x0273, 'n', 'n', false}, {0x0274, 'n', 'n', false}, {0x0275, 'o', 'o', false},
    {0x0278, 'o', 'o', false}, {0x0279, 'r', 'r', false}, {0x027A, 'r', 'r', false},
    {0x027B, 'r', 'r', false}, {0x027C, 'r', 'r', false}, {0x027D, 'r', 'r', false},
    {0x027E, 'r', 'r', false}, {0x027F, 'r', 'r', false}, {0x0280, 'r', 'r', false},
    {0x0281, 'r', 'r', false}, {0x0282, 's', 's', false}, {0x0283, 's', 's', false},
    {0x0284, 'j', 'j', false}, {0x0287, 't', 't', false}, {0x0288, 't', 't', false},
    {0x0289, 'u', 'u', false}, {0x028A, 'u', 'u', false}, {0x028B, 'v', 'v', false},
    {0x028C, 'v', 'v', false}, {0x028D, 'w', 'w', false}, {0x028E, 'y', 'y', false},
    {0x028F, 'y', 'y', false}, {0x0290, 'z', 'z', false}, {0x0291, 'z', 'z', false},
    {0x0292, 'z', 'z', false}, {0x0299, 'b', 'b', false}, {0x029B, 'g', 'g', false},
    {0x029C, 'h', 'h', false}, {0x029D, 'j', 'j', false}, {0x029E, 'k', 'k', false},
    {0x029F, 'l', 'l', false}, {0x02A0, 'q', 'q', false}, {0x03B1, 'a', 'a', false},
    {0x03B2, 'b', 'b', false}, {0x03B3, 'y', 'y', false}, {0x03B4, 'd', 'e', true},
    {0x03B5, 'e', 'e', false}, {0x03B6, 'z', 'z', false}, {0x03B7, 'n', 'h', false},
    {0x03B8, 'o', 'o', true},  {0x03B9, 'i', 'i', false}, {0x03BA, 'k', 'k', false},
    {0x03BB, 'l', 'a', true},  {0x03BC, 'u', 'm', false}, {0x03BD, 'v', 'n', false},
    {0x03BE, 'e', 'e', true},  {0x03BF, 'o', 'o', false}, {0x03C0, 'n', 'n', true},
    {0x03C1, 'p', 'p', false}, {0x03C2, 's', 's', true},  {0x03C3, 'o', 'e', true},
    {0x03C4, 't', 't', false}, {0x03C5, 'u', 'y', false}, {0x03C6, 'o', 'o', true},
    {0x03C7, 'x', 'x', false}, {0x03C8, 'w', 'w', true},  {0x03C9, 'w', 'w', false},
    {0x03F3, 'j', 'j', false}, {0x0430, 'a', 'a', false}, {0x0431, 'b', 'b', true},
    {0x0432, 'b', 'b', false}, {0x0433, 'r', 'r', true},  {0x0434, 'd', 'd', true},
    {0x0435, 'e', 'e', false}, {0x0436, 'x', 'x', true},  {0x0437, 'e', 'e', true},
    {0x0438, 'n', 'n', true},  {0x0439, 'n', 'n', true},  {0x043A, 'k', 'k', false},
    {0x043B, 'n', 'n', true},  {0x043C, 'm', 'm', false}, {0x043D, 'h', 'h', false},
    {0x043E, 'o', 'o', false}, {0x043F, 'n', 'n', true},  {0x0440, 'p', 'p', false},
    {0x0441, 'c', 'c', false}, {0x0442, 't', 't', false}, {0x0443, 'y', 'y', false},
    {0x0444, 'o', 'o', true},  {0x0445, 'x', 'x', false}, {0x0446, 'u', 'u', true},
    {0x0447, 'y', 'y', true},  {0x0448, 'w', 'w', true},  {0x0449, 'w', 'w', true},
    {0x044A, 'b', 'b', true},  {0x044B, 'b', 'b', true},  {0x044C, 'b', 'b', true},
    {0x044D, 'e', 'e', true},  {0x044E, 'o', 'o', true},  {0x044F, 'r', 'r', true},
    {0x0451, 'e', 'e', false}, {0x0454, 'e', 'e', false}, {0x0455, 's', 's', false},
    {0x0456, 'i', 'i', false}, {0x0457, 'i', 'i', false}, {0x0458, 'j', 'j', false},
    {0x0461, 'w', 'w', false}, {0x0475, 'v', 'v', false}, {0x0491, 'r', 'r', false},
    {0x049B, 'k', 'k', false}, {0x04A3, 'h', 'h', false}, {0x04AF, 'y', 'y', false},
    {0x04B1, 'y', 'y', false}, {0x04B3, 'x', 'x', false}, {0x04BB, 'h', 'h', false},
    {0x04BD, 'e', 'e', false}, {0x04CF, 'l', 'l', false}, {0x04D5, 'a', 'a', false},
    {0x0501, 'd', 'd', false}, {0x050D, 'g', 'g', false}, {0x051B, 'q', 'q', false},
    {0x051D, 'w', 'w', false}, {0x0561, 'w', 'w', false}, {0x0563, 'q', 'q', false},
    {0x0565, 't', 't', true},  {0x0566, 'q', 'q', false}, {0x056C, 'l', 'l', false},
    {0x0570, 'h', 'h', false}, {0x0575, 'j', 'j', false}, {0x0578, 'n', 'n', false},
    {0x057C, 'n', 'n', true},  {0x057D, 'u', 'u', false}, {0x0580, 'n', 'n', true},
    {0x0581, 'g', 'g', false}, {0x0584, 'p', 'p', false}, {0x0585, 'o', 'o', false},
    {0x05D5, 'l', 'l', true},  {0x05DF, 'l', 'l', true},  {0x05E1, 'o', 'o', true},
    {0x13A0, 'd', 'd', false}, {0x13A1, 'r', 'r', false}, {0x13A2, 't', 't', false},
    {0x13A5, 'i', 'i', false}, {0x13A9, 'y', 'y', false}, {0x13AA, 'a', 'a', false},
    {0x13AB, 'j', 'j', false}, {0x13AC, 'e', 'e', false}, {0x13B3, 'w', 'w', false},
    {0x13B7, 'm', 'm', false}, {0x13BB, 'h', 'h', false}, {0x13BD, 'y', 'y', false},
    {0x13BE, 'o', 'o', false}, {0x13C0, 'g', 'g', false}, {0x13C2, 'h', 'h', false},
    {0x13C3, 'z', 'z', false}, {0x13CF, 'b', 'b', false}, {0x13D2, 'r', 'r', false},
    {0x13D4, 'w', 'w', false}, {0x13D5, 's', 's', false}, {0x13D9, 'v', 'v', false},
    {0x13DA, 's', 's', false}, {0x13DE, 'l', 'l', false}, {0x13DF, 'c', 'c', false},
    {0x13E2, 'p', 'p', false}, {0x13E6, 'k', 'k', false}, {0x13E7, 'd', 'd', false},
    {0x13F4, 'b', 'b', false}, {0x142F, 'v', 'v', false}, {0x144C, 'u', 'u', false},
    {0x144E, 'n', 'n', false}, {0x1455, 'c', 'c', false}, {0x146B, 'q', 'q', false},
    {0x146D, 'p', 'p', false}, {0x146F, 'd', 'd', false}, {0x148D, 'j', 'j', false},
    {0x14AA, 'l', 'l', false}, {0x14BF, 'z', 'z', false}, {0x1515, 's', 's', false},
    {0x156E, 'e', 'e', false}, {0x157C, 'h', 'h', false}, {0x1587, 'r', 'r', false},
    {0x15B4, 'f', 'f', false}, {0x15C5, 'a', 'a', false}, {0x15DE, 'd', 'd', false},
    {0x15E9, 'a', 'a', false}, {0x15EA, 'd', 'd', false}, {0x15EF, 'w', 'w', false},
    {0x15F0, 'm', 'm', false}, {0x15F4, 'e', 'e', false}, {0x15F7, 'b', 'b', false},
    {0x161C, 'g', 'g', false}, {0x1640, 'u', 'u', false}, {0x1653, 'e', 'e', false},
    {0x166D, 'x', 'x', false}, {0x1D00, 'a', 'a', false}, {0x1D04, 'c', 'c', false},
    {0x1D05, 'd', 'd', false}, {0x1D06, 'd', 'd', false}, {0x1D07, 'e', 'e', false},
    {0x1D09, 'i', 'i', false}, {0x1D0A, 'j', 'j', false}, {0x1D0B, 'k', 'k', false},
    {0x1D0C, 'l', 'l', false}, {0x1D0D, 'm', 'm', false}, {0x1D0E, 'n', 'n', false},
    {0x1D0F, 'o', 'o', false}, {0x1D10, 'o', 'o', false}, {0x1D11, 'o', 'o', false},
    {0x1D18, 'p', 'p', false}, {0x1D19, 'r', 'r', false}, {0x1D1A, 'r', 'r', false},
    {0x1D1B, 't', 't', false}, {0x1D1C, 'u', 'u', false}, {0x1D20, 'v', 'v', false},
    {0x1D21, 'w', 'w', false}, {0x1D22, 'z', 'z', false}, {0x1D79, 'g', 'g', false},
    {0x1D7B, 'i', 'i', false}, {0x1D7D, 'p', 'p', false}, {0x1D80, 'b', 'b', false},
    {0x1D81, 'd', 'd', false}, {0x1D82, 'f', 'f', false}, {0x1D83, 'g', 'g', false},
    {0x1D84, 'k', 'k', false}, {0x1D85, 'l', 'l', false}, {0x1D86, 'm', 'm', false},
    {0x1D87, 'n', 'n', false}, {0x1D88, 'p', 'p', false}, {0x1D89, 'r', 'r', false},
    {0x1D8A, 's', 's', false}, {0x1D8C, 'v', 'v', false}, {0x1D8D, 'x', 'x', false},
    {0x1D8E, 'z', 'z', false}, {0x1D8F, 'a', 'a', false}, {0x1D91, 'd', 'd', false},
    {0x1D92, 'e', 'e', false}, {0x2C61, 'l', 'l', false}, {0x2C65, 'a', 'a', false},
    {0x2C66, 't', 't', false}, {0x2C68, 'h', 'h', false}, {0x2C6A, 'k', 'k', false},
    {0x2C6C, 'z', 'z', false}, {0x2C71, 'v', 'v', false}, {0x2C73, 'w', 'w', false},
    {0x2C74, 'v', 'v', false}, {0x2C79, 'r', 'r', false}, {0x2C7A, 'o', 'o', false},
    {0x2C81, 'a', 'a', false}, {0x2C83, 'b', 'b', false}, {0x2C89, 'e', 'e', false},
    {0x2C8D, 'z', 'z', false}, {0x2C8F, 'h', 'h', false}, {0x2C93, 'i', 'i', false},
    {0x2C95, 'k', 'k', false}, {0x2C99, 'm', 'm', false}, {0x2C9B, 'n', 'n', false},
    {0x2C9F, 'o', 'o', false}, {0x2CA3, 'p', 'p', false}, {0x2CA5, 'c', 'c', false},
    {0x2CA7, 't', 't', false}, {0x2CA9, 'y', 'y', false}, {0x2CAD, 'x', 'x', false},
    {0x2CB1, 'w', 'w', false}, {0xA4D0, 'b', 'b', false}, {0xA4D1, 'p', 'p', false},
    {0xA4D3, 'd', 'd', false}, {0xA4D4, 't', 't', false}, {0xA4D6, 'g', 'g', false},
    {0xA4D7, 'k', 'k', false}, {0xA4D9, 'j', 'j', false}, {0xA4DA, 'c', 'c', false},
    {0xA4DC, 'z', 'z', false}, {0xA4DD, 'f', 'f', false}, {0xA4DF, 'm', 'm', false},
    {0xA4E0, 'n', 'n', false}, {0xA4E1, 'l', 'l', false}, {0xA4E2, 's', 's', false},
    {0xA4E3, 'r', 'r', false}, {0xA4E6, 'v', 'v', false}, {0xA4E7, 'h', 'h', false},
    {0xA4EA, 'w', 'w', false}, {0xA4EB, 'x', 'x', false}, {0xA4EC, 'y', 'y', false},
    {0xA4EE, 'a', 'a', false}, {0xA4F0, 'e', 'e', false}, {0xA4F2, 'i', 'i', false},
    {0xA4F3, 'o', 'o', false}, {0xA4F4, 'u', 'u', false}, {0xA730, 'f', 'f', false},
    {0xA731, 's', 's', false}, {0xA741, 'k', 'k', false}, {0xA743, 'k', 'k', false},
    {0xA745, 'k', 'k', false}, {0xA74B, 'o', 'o', false}, {0xA751, 'p', 'p', false},
    {0xA755, 'p', 'p', false}, {0xA757, 'q', 'q', false}, {0xA759, 'q', 'q', false},
    {0xA75F, 'v', 'v', false}, {0xA783, 'r', 'r', false}, {0xA785, 's', 's', false},
    {0xA787, 't', 't', false}, {0xA7A1, 'g', 'g', false}, {0xA7A3, 'k', 'k', false},
    {0xA7A5, 'n', 'n', false}, {0xA7A7, 'r', 'r', false}, {0xA7A9, 's', 's', false},
    {0xA7AF, 'q', 'q', false}, {0xAB32, 'e', 'e', false}, {0xAB33, 'e', 'e', false},
    {0xAB35, 'f', 'f', false}, {0xAB37, 'l', 'l', false}, {0xAB47, 'r', 'r', false},
    {0xAB4E, 'u', 'u', false}, {0xAB52, 'u', 'u', false}, {0xAB53, 'x', 'x', false},
    {0xAB5A, 'y', 'y', false},
};

/* Letters in squares and circles that NFKC leaves: each row of 26, from A. */
static const uint32_t rows_of_26[] = {0x1F150, 0x1F170, 0x1F1E6};

static const struct lookalike *find(uint32_t c) {
    size_t from = 0;
    size_t to = sizeof(lookalikes) / sizeof(lookalikes[0]);
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (lookalikes[middle].c == c) {
            return &lookalikes[middle];
        }
        if (lookalikes[middle].c < c) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return NULL;
}

static uint32_t unboxed(uint32_t c) {
    for (size_t i = 0; i < sizeof(rows_of_26) / sizeof(rows_of_26[0]); i++) {
        if (c >= rows_of_26[i] && c < rows_of_26[i] + 26) {
            return 'a' + (c - rows_of_26[i]);
        }
    }
    return c;
}

/* What the letters of a word, or of a text, are. */
struct letters {
    size_t latin;
    size_t strong; /* foreign, and alike */
    size_t weak;
    size_t foreign; /* and like none */
};

static void count(struct letters *letters, uint32_t c) {
    if (char_script(c) == TEXT_LATIN) {
        letters->latin++;
        return;
    }
    const struct lookalike *alike = find(c);
    if (alike == NULL) {
        letters->foreign++;
    } else if (alike->weak) {
        letters->weak++;
    } else {
        letters->strong++;
    }
}

static bool in_word(uint32_t c) {
    if (c == TEXT_NONE) {
        return false;
    }
    const enum char_kind kind = char_kind(c);
    return kind == CHAR_LETTER || kind == CHAR_MARK || kind == CHAR_DIGIT || unboxed(c) != c;
}

static struct letters count_all(struct view text) {
    struct letters letters = {0};
    for (uint32_t c = text_next(&text); c != TEXT_NONE; c = text_next(&text)) {
        const enum char_kind kind = char_kind(c);
        if (c < 0x80) {
            letters.latin += kind == CHAR_LETTER;
        } else if (kind == CHAR_LETTER || kind == CHAR_CJK) {
            count(&letters, c);
        } else {
            letters.latin += unboxed(c) != c;
        }
    }
    return letters;
}

/* A text in Latin letters; also one that has none and would be a strange coincidence: all its
 * letters look like Latin ones. */
static bool reads_as_latin(struct letters all) {
    const size_t other = all.strong + all.weak + all.foreign;
    return all.latin > other || (all.strong >= ALONE_MIN && all.weak + all.foreign == 0) ||
           (all.latin > 0 && all.foreign + all.weak == 0);
}

static bool capital_in_source(const struct text_folded *in, size_t at) {
    struct view rest = view_slice(in->source, in->from[at], in->source.n);
    const uint32_t c = text_next(&rest);
    return c != TEXT_NONE && char_upper(c);
}

/* Marks that are stacked on Latin letters. */
static bool stacked(uint32_t c) {
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x483 && c <= 0x489) ||
           (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
           (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

/* One character of a word; `mapped`: foreign letters of the word are taken for Latin ones. */
static uint32_t imitated(const struct text_folded *in, size_t at, uint32_t c, bool mapped) {
    if (c < 0x80) {
        return c;
    }
    const bool latin = char_script(c) == TEXT_LATIN;
    if (!latin && !mapped) {
        return unboxed(c);
    }
    const uint32_t base = char_base(c);
    const struct lookalike *alike = find(c) != NULL ? find(c) : find(base);
    if (alike != NULL) {
        return (uint32_t)(capital_in_source(in, at) ? alike->capital : alike->small);
    }
    return latin ? base : unboxed(c);
}

/* Where the word that begins at `i` ends. */
static size_t word_end(const struct text_folded *in, size_t i, struct letters *letters) {
    struct view rest = {in->p + i, in->n - i};
    size_t end = i;
    for (uint32_t c = text_next(&rest); in_word(c); c = text_next(&rest)) {
        if (char_kind(c) == CHAR_LETTER) {
            count(letters, c);
        }
        letters->latin += unboxed(c) != c;
        end = in->n - rest.n;
    }
    return end;
}

static void put_word(struct text_build *b, const struct text_folded *in, size_t i, size_t end,
                     bool mapped) {
    struct view rest = {in->p + i, end - i};
    while (rest.n > 0) {
        const size_t at = end - rest.n;
        const uint32_t c = text_next(&rest);
        if (!stacked(c)) {
            text_build_put(b, imitated(in, at, c, mapped), in->from[at]);
        }
    }
}

static bool all_ascii(struct view text) {
    for (size_t i = 0; i < text.n; i++) {
        if (((unsigned char)text.p[i] & 0x80) != 0) {
            return false;
        }
    }
    return true;
}

esi_err text_fold_lookalikes(const struct text_folded *in, esi_arena *arena,
                             struct text_folded *out, esi_error *err) {
    const struct view text = {in->p, in->n};
    if (all_ascii(text)) {
        *out = *in;
        return ESI_OK;
    }
    const struct letters all = count_all(text);
    const bool latin = reads_as_latin(all);
    if (!latin && all.latin == 0) {
        *out = *in; /* of other scripts alone */
        return ESI_OK;
    }
    struct text_build b;
    text_build_begin(&b, arena, in->n);
    for (size_t i = 0; i < in->n;) {
        struct letters letters = {0};
        const size_t end = word_end(in, i, &letters);
        if (end == i) {
            struct view rest = {in->p + i, in->n - i};
            const uint32_t c = text_next(&rest);
            text_build_put(&b, c, in->from[i]);
            i = in->n - rest.n;
            continue;
        }
        const bool mixed = letters.latin > 0 && letters.strong + letters.weak > 0;
        const bool alike = latin && letters.strong > 0 && letters.weak + letters.foreign == 0;
        put_word(&b, in, i, end, mixed || alike);
        i = end;
    }
    if (!b.failed && b.n == in->n && memcmp(b.p, in->p, b.n) == 0) {
        *out = *in;
        return ESI_OK;
    }
    return text_build_end(&b, in->from[in->n], in->source, out, err);
}
