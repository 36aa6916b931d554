#include "fold.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

/* Ranges of code points that become others. `step` 0: all become `to`, and nothing where that is
 * 0; 1: the first becomes `to`, the others follow; 2: capitals and small letters take turns,
 * beginning with a capital. */
static const struct range {
    uint32_t first, last;
    uint32_t to;
    int step;
} RANGES[] = {
    {0x09, 0x0D, ' ', 0},      {'A', 'Z', 'a', 1},       {0xA0, 0xA0, ' ', 0},
    {0xAD, 0xAD, 0, 0},        {0xC0, 0xD6, 0xE0, 1},    {0xD8, 0xDE, 0xF8, 1},
    {0x100, 0x12F, 0, 2},      {0x132, 0x137, 0, 2},     {0x139, 0x148, 0, 2},
    {0x14A, 0x177, 0, 2},      {0x178, 0x178, 0xFF, 0},  {0x179, 0x17E, 0, 2},
    {0x391, 0x3A1, 0x3B1, 1},  {0x3A3, 0x3AB, 0x3C3, 1}, {0x400, 0x40F, 0x450, 1},
    {0x410, 0x42F, 0x430, 1},  {0x460, 0x481, 0, 2},     {0x2000, 0x200A, ' ', 0},
    {0x200B, 0x200F, 0, 0},    {0x2010, 0x2015, '-', 0}, {0x2018, 0x201B, '\'', 0},
    {0x201C, 0x201F, '"', 0},  {0x2028, 0x2029, ' ', 0}, {0x202F, 0x202F, ' ', 0},
    {0x2032, 0x2032, '\'', 0}, {0x2033, 0x2033, '"', 0}, {0x205F, 0x205F, ' ', 0},
    {0x2060, 0x2060, 0, 0},    {0x2212, 0x2212, '-', 0}, {0x3000, 0x3000, ' ', 0},
    {0xFEFF, 0xFEFF, 0, 0},
};

/* 0: the code point is left out. */
static uint32_t fold_point(uint32_t point) {
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++) {
        const struct range *range = &RANGES[i];
        if (point < range->first || point > range->last) {
            continue;
        }
        if (range->step == 0) {
            return range->to;
        }
        return range->step == 1 ? range->to + (point - range->first)
                                : point + ((point - range->first) % 2 == 0 ? 1 : 0);
    }
    return point;
}

static void add_point(struct outbuf *out, uint32_t point) {
    if (point < 0x80) {
        outbuf_char(out, (char)point);
        return;
    }
    char bytes[4];
    const size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; point >>= 6) {
        bytes[i] = (char)(0x80 | (point & 0x3F));
    }
    bytes[0] = (char)(((0xF00u >> size) & 0xFFu) | point);
    outbuf_add(out, bytes, size);
}

static void fold(const char *text, size_t size, struct outbuf *out) {
    bool blank = false; /* one is due before the next word */
    if (out->failed) {
        return;
    }
    outbuf_reset(out);
    outbuf_text(out, ""); /* so that there is a text, however short */
    for (size_t at = 0; at < size;) {
        uint32_t point = 0xFFFD;
        const size_t step = utf8_step(text + at, size - at, &point);
        point = fold_point(point);
        if (point == ' ') {
            blank = out->size > 0;
        } else if (point != 0) {
            if (blank) {
                outbuf_char(out, ' ');
            }
            blank = false;
            add_point(out, point);
        }
        at += step == 0 ? 1 : step;
    }
}

void fold_text(const char *text, struct outbuf *out) {
    fold(text, strlen(text), out);
}

bool fold_has(const struct outbuf *folded, const char *item, struct outbuf *room) {
    for (const char *at = item;; at++) {
        const size_t size = strcspn(at, "|");
        fold(at, size, room);
        if (room->failed) {
            return false;
        }
        if (room->size > 0 && strstr(folded->data, room->data) != NULL) {
            return true;
        }
        at += size;
        if (*at == '\0') {
            return false;
        }
    }
}

bool fold_item_says(const char *item) {
    for (; *item != '\0'; item++) {
        if (strchr(" \t\r\n|", *item) == NULL) {
            return true;
        }
    }
    return false;
}
