/* index_vector.c: the sections whose vectors are nearest to the question's. */
#include "base/vector.h"
#include "core/index_parts.h"

esi_err index_vector_search(const struct index *index, const struct index_query *query,
                            struct index_best *best, esi_arena *arena, esi_error *err) {
    (void)arena;
    (void)err;
    for (uint32_t s = 0; s < index->section_count; s++) {
        const float *vector = index_section_vector(index, s);
        if (vector != NULL && index_visible(index, s, query->role)) {
            index_best_offer(best, vector_cosine(query->vector, vector, (size_t)index->dimensions),
                             s);
        }
    }
    return ESI_OK;
}
