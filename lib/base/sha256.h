/* sha256.h: content hashes (FIPS 180-4). */
#ifndef ESIHELP_BASE_SHA256_H
#define ESIHELP_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sha256 {
    uint32_t h[8];
    uint64_t size;
    uint8_t block[64];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, struct view text);
/* Adds the length first, so that two fields can't run into one another. */
void sha256_add_field(struct sha256 *s, struct view text);
void sha256_end(struct sha256 *s, uint8_t out[32]);

#endif
