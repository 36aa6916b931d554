#include "desk/batch.h"

#include "base/clock.h"
#include "base/error.h"
#include "desk/stored.h"

#define ORIGIN "desk/ingest"
#define DOCUMENTS_MAX 256
#define BYTES_MAX (8u << 20)
#define FLUSH_LIMIT_MS 120000 /* some megabytes, perhaps into a vector index */

esi_err batch_flush(struct batch *b, esi_error *err) {
    const esi_wait wait = wait_for_ms(FLUSH_LIMIT_MS, NULL);
    esi_err rc = ESI_OK;
    if (b->count > 0) {
        rc = b->ops->kb_load(b->store, b->collection, &b->space, b->documents, b->count,
                             clock_now_ms(), &wait, err);
    }
    batch_clear(b);
    return rc;
}

void batch_clear(struct batch *b) {
    arena_clear(&b->memory);
    b->documents = NULL;
    b->count = 0;
    b->bytes = 0;
}

esi_err batch_put(struct batch *b, const esi_store_document *document, const esi_wait *wait,
                  esi_error *err) {
    if (!b->ops->kb_load) {
        return b->ops->kb_upsert(b->store, b->collection, &b->space, document, clock_now_ms(), wait,
                                 err);
    }
    if (!b->documents) {
        b->documents = ARENA_ARRAY(&b->memory, DOCUMENTS_MAX, esi_store_document);
    }
    esi_err rc = b->documents ? stored_copy(document, b->space.dimensions, &b->memory,
                                            &b->documents[b->count], err)
                              : fail_memory(err, ORIGIN);
    if (rc != ESI_OK) {
        return rc;
    }
    b->count++;
    b->bytes += stored_bytes(document, b->space.dimensions);
    return b->count < DOCUMENTS_MAX && b->bytes < BYTES_MAX ? ESI_OK : batch_flush(b, err);
}
