#include "base/sha256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned by) {
    return x >> by | x << (32 - by);
}

static void expand(const uint8_t block[64], uint32_t w[64]) {
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *p = block + (size_t)i * 4;
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (unsigned i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void compress(uint32_t h[8], const uint8_t block[64]) {
    uint32_t w[64], v[8];
    expand(block, w);
    memcpy(v, h, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        const uint32_t a = v[0], e = v[4];
        const uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                            ((e & v[5]) ^ (~e & v[6])) + round_constants[i] + w[i];
        const uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                            ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++) {
        h[i] += v[i];
    }
}

void sha256_begin(struct sha256 *s) {
    *s = (struct sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                               0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *s, struct view text) {
    const uint8_t *p = (const uint8_t *)text.p;
    size_t n = text.n;
    while (n > 0) {
        const size_t at = (size_t)(s->size % sizeof s->block);
        if (at == 0 && n >= sizeof s->block) {
            compress(s->h, p);
            p += sizeof s->block;
            n -= sizeof s->block;
            s->size += sizeof s->block;
            continue;
        }
        const size_t room = sizeof s->block - at;
        const size_t step = n < room ? n : room;
        memcpy(s->block + at, p, step);
        p += step;
        n -= step;
        s->size += step;
        if (step == room) {
            compress(s->h, s->block);
        }
    }
}

void sha256_add_field(struct sha256 *s, struct view text) {
    char length[8];
    for (unsigned i = 0; i < 8; i++) {
        length[i] = (char)((uint64_t)text.n >> (56 - 8 * i) & 0xff);
    }
    sha256_add(s, (struct view){length, sizeof length});
    sha256_add(s, text);
}

void sha256_end(struct sha256 *s, uint8_t out[32]) {
    const uint64_t bits = s->size * 8;
    size_t at = (size_t)(s->size % sizeof s->block);
    s->block[at++] = 0x80;
    if (at > sizeof s->block - 8) {
        memset(s->block + at, 0, sizeof s->block - at);
        compress(s->h, s->block);
        at = 0;
    }
    memset(s->block + at, 0, sizeof s->block - 8 - at);
    for (unsigned i = 0; i < 8; i++) {
        s->block[sizeof s->block - 8 + i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    compress(s->h, s->block);
    for (size_t i = 0; i < 32; i++) {
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
    }
}
