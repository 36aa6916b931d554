/* mmr.h: Maximal Marginal Relevance (Carbonell and Goldstein, 1998): good and not all the same. */
#ifndef ESIHELP_CORE_MMR_H
#define ESIHELP_CORE_MMR_H

#include <stddef.h>
#include <stdint.h>

#include <esihelp/sys/backend.h>

struct mmr_item {
    float relevance;     /* 0 to 1 */
    const float *vector; /* length 1; NULL: likeness is `same` alone */
    uint32_t document;   /* two sections of one document are alike by at least `same_document` */
};

/* Picks `want` of `count` items, best first: each time the one with the largest
 * lambda * relevance - (1 - lambda) * greatest likeness to those picked. lambda 1 is by relevance
 * alone. picked holds `want` places. Returns how many were picked. Items count in their order where
 * equal. scratch: 2 x count floats. */
size_t mmr_pick(const struct mmr_item *items, size_t count, size_t dimensions, float lambda,
                float same_document, float *scratch, uint32_t *picked, size_t want);

#endif
