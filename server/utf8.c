#include "utf8.h"

size_t utf8_step(const char *text, size_t left, uint32_t *out) {
    if (left == 0) {
        return 0;
    }
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) {
        *out = p[0];
        return 1;
    }
    const size_t size = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < size) {
        return 0;
    }
    uint32_t point = p[0] & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = (point << 6) | (p[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return 0;
    }
    *out = point;
    return size;
}

bool utf8_valid(const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        uint32_t point;
        const size_t step = utf8_step(text + at, size - at, &point);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

int utf8_columns(uint32_t point) {
    static const struct {
        uint32_t first, last;
        int columns;
    } ranges[] = {
        {0x0300, 0x036F, 0}, {0x1100, 0x115F, 2},   {0x200B, 0x200F, 0},   {0x2E80, 0xA4CF, 2},
        {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},   {0xFE30, 0xFE6F, 2},
        {0xFF00, 0xFF60, 2}, {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return ranges[i].columns;
        }
    }
    return 1;
}
