#include "desk/questions.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/os.h"
#include "base/sha256.h"

#define ORIGIN "desk/questions"

struct entry {
    uint8_t hash[32];
    uint64_t used; /* 0: it is free */
    float *vector;
};

struct questions {
    size_t dimensions;
    struct os_mutex lock; /* guards what follows */
    uint64_t uses;
    struct entry entries[QUESTIONS_MAX];
};

esi_err questions_create(size_t dimensions, struct questions **out, esi_error *err) {
    struct questions *q = calloc(1, sizeof(*q));
    if (!q) {
        return fail_memory(err, ORIGIN);
    }
    q->dimensions = dimensions;
    const esi_err rc = os_mutex_init(&q->lock, err);
    if (rc != ESI_OK) {
        free(q);
        return rc;
    }
    *out = q;
    return ESI_OK;
}

void questions_free(struct questions *q) {
    if (!q) {
        return;
    }
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        free(q->entries[i].vector);
    }
    os_mutex_clear(&q->lock);
    free(q);
}

static void hash_of(struct view text, uint8_t out[32]) {
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, text);
    sha256_end(&s, out);
}

/* The entry of that hash, else the one that was used least lately. */
static struct entry *place(struct questions *q, const uint8_t hash[32], bool *found) {
    struct entry *oldest = &q->entries[0];
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct entry *e = &q->entries[i];
        if (e->used > 0 && memcmp(e->hash, hash, sizeof(e->hash)) == 0) {
            *found = true;
            return e;
        }
        oldest = e->used < oldest->used ? e : oldest;
    }
    *found = false;
    return oldest;
}

bool questions_find(struct questions *q, struct view text, float *vector) {
    uint8_t hash[32];
    bool found = false;
    if (!q) {
        return false;
    }
    hash_of(text, hash);
    os_lock(&q->lock);
    struct entry *e = place(q, hash, &found);
    if (found) {
        e->used = ++q->uses;
        memcpy(vector, e->vector, q->dimensions * sizeof(float));
    }
    os_unlock(&q->lock);
    return found;
}

void questions_keep(struct questions *q, struct view text, const float *vector) {
    uint8_t hash[32];
    bool found = false;
    if (!q) {
        return;
    }
    hash_of(text, hash);
    os_lock(&q->lock);
    struct entry *e = place(q, hash, &found);
    if (!e->vector) {
        e->vector = calloc(q->dimensions, sizeof(float));
    }
    if (e->vector) {
        memcpy(e->hash, hash, sizeof(e->hash));
        memcpy(e->vector, vector, q->dimensions * sizeof(float));
        e->used = ++q->uses;
    }
    os_unlock(&q->lock);
}
