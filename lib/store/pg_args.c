#include <assert.h>
#include <limits.h>
#include <string.h>

#include "store/pg_conn.h"

/* The server's numbers of its own types; they never change. */
#define OID_BOOL 16
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25
#define OID_JSON 114
#define OID_FLOAT 700
#define OID_DOUBLE 701
#define OID_BYTEAS 1001
#define OID_TEXTS 1009
#define OID_INTS 1016
#define OID_FLOATS 1021
#define OID_DOUBLES 1022
#define OID_TIME 1184
#define OID_UUID 2950
#define OID_UUIDS 2951

#define EPOCH_MS INT64_C(946684800000) /* the server counts from 2000-01-01 UTC */
#define VECTOR_MAX 16000               /* what pgvector stores */
#define HASH_SIZE 32
#define UUID_SIZE 16

struct pg_args args_of(esi_arena *arena) {
    return (struct pg_args){.arena = arena};
}

static void note(struct pg_args *args, esi_err code) {
    if (args->failed == ESI_OK) {
        args->failed = code;
    }
}

/* A place for the next argument, which is NULL so far; PG_ARGS_MAX where there is none left. */
static int next(struct pg_args *args, uint32_t type) {
    assert(args->count < PG_ARGS_MAX);
    if (args->count >= PG_ARGS_MAX) {
        note(args, ESI_EINTERNAL);
        return PG_ARGS_MAX;
    }
    const int at = args->count++;
    args->types[at] = type;
    args->values[at] = NULL;
    args->lengths[at] = -1;
    return at;
}

static void set(struct pg_args *args, int at, const void *bytes, size_t size) {
    if (at == PG_ARGS_MAX) {
        return;
    }
    if (size > INT_MAX) {
        note(args, ESI_ETOOBIG);
        return;
    }
    args->values[at] = bytes;
    args->lengths[at] = (int)size;
}

static void put_64(uint8_t *to, uint64_t n) {
    for (int i = 7; i >= 0; i--) {
        to[i] = (uint8_t)n;
        n >>= 8;
    }
}

static void put_32(uint8_t *to, uint32_t n) {
    for (int i = 3; i >= 0; i--) {
        to[i] = (uint8_t)n;
        n >>= 8;
    }
}

static uint32_t bits_of_float(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static uint64_t bits_of(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

/* A value that lies in the arguments themselves: it has no address, as they may be copied. */
static uint8_t *fix(struct pg_args *args, uint32_t type, int size) {
    const int at = next(args, type);
    if (at == PG_ARGS_MAX) {
        return NULL;
    }
    args->lengths[at] = size;
    return args->fixed[at];
}

static void fix_64(struct pg_args *args, uint32_t type, uint64_t n) {
    uint8_t *to = fix(args, type, 8);
    if (to != NULL) {
        put_64(to, n);
    }
}

void args_text(struct pg_args *args, const char *text) {
    const int at = next(args, OID_TEXT);
    if (text != NULL) {
        set(args, at, text, strlen(text));
    }
}

void args_json(struct pg_args *args, const char *text) {
    const int at = next(args, OID_JSON);
    if (text != NULL) {
        set(args, at, text, strlen(text));
    }
}

void args_int(struct pg_args *args, int64_t n) {
    fix_64(args, OID_INT8, (uint64_t)n);
}

void args_bool(struct pg_args *args, bool yes) {
    uint8_t *to = fix(args, OID_BOOL, 1);
    if (to != NULL) {
        to[0] = yes ? 1 : 0;
    }
}

void args_double(struct pg_args *args, double d) {
    fix_64(args, OID_DOUBLE, bits_of(d));
}

void args_time(struct pg_args *args, int64_t at_ms) {
    if (at_ms == 0) {
        (void)next(args, OID_TIME);
        return;
    }
    /* What the server can't hold becomes its "for ever". */
    const bool late = at_ms > INT64_MAX / 1000 - 1, early = at_ms < INT64_MIN / 1000 + EPOCH_MS + 1;
    fix_64(args, OID_TIME,
           late    ? (uint64_t)INT64_MAX
           : early ? (uint64_t)INT64_MIN
                   : (uint64_t)((at_ms - EPOCH_MS) * 1000));
}

void args_null(struct pg_args *args) {
    (void)next(args, 0);
}

void args_no_int(struct pg_args *args) {
    (void)next(args, OID_INT8);
}

void args_no_double(struct pg_args *args) {
    (void)next(args, OID_DOUBLE);
}

void args_hash(struct pg_args *args, const uint8_t hash[32]) {
    const int at = next(args, OID_BYTEA);
    if (hash != NULL) {
        set(args, at, hash, HASH_SIZE);
    }
}

/* ---- UUIDs ------------------------------------------------------------------------------- */

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool parse_uuid(const char *text, uint8_t out[UUID_SIZE]) {
    size_t at = 0;
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') {
                return false;
            }
            continue;
        }
        const int digit = hex_digit(text[i]); /* -1 also at the text's end */
        if (digit < 0) {
            return false;
        }
        out[at / 2] = (uint8_t)((at % 2 == 0 ? 0 : out[at / 2] << 4) | digit);
        at++;
    }
    return text[36] == '\0';
}

bool pg_is_uuid(const char *text) {
    uint8_t id[UUID_SIZE];
    return text != NULL && parse_uuid(text, id);
}

void args_uuid(struct pg_args *args, const char *id) {
    if (id == NULL) {
        (void)next(args, OID_UUID);
        return;
    }
    uint8_t *to = fix(args, OID_UUID, UUID_SIZE);
    if (to != NULL && !parse_uuid(id, to)) {
        note(args, ESI_EINVAL);
    }
}

/* ---- vectors and arrays ------------------------------------------------------------------ */

void args_vector(struct pg_args *args, const float *vector, size_t dimensions) {
    const int at = next(args, 0);
    if (vector == NULL) {
        return;
    }
    if (dimensions < 1 || dimensions > VECTOR_MAX) {
        note(args, ESI_EINVAL);
        return;
    }
    uint8_t *bytes = arena_alloc(args->arena, 4 + 4 * dimensions);
    if (bytes == NULL) {
        note(args, ESI_ENOMEM);
        return;
    }
    set(args, at, bytes, pg_vector_bytes(vector, dimensions, bytes));
}

size_t pg_vector_bytes(const float *vector, size_t dimensions, uint8_t *out) {
    out[0] = (uint8_t)(dimensions >> 8);
    out[1] = (uint8_t)dimensions;
    out[2] = out[3] = 0;
    for (size_t i = 0; i < dimensions; i++) {
        put_32(out + 4 + 4 * i, bits_of_float(vector[i]));
    }
    return 4 + 4 * dimensions;
}

#define ARRAY_HEAD 20 /* dimensions, has NULLs, element type, count, first index */

/* The bytes of an array's items together; each gets a length before it. NULL: failed. */
static uint8_t *begin_array(struct pg_args *args, uint32_t type, uint32_t item_type, size_t count,
                            size_t bytes) {
    const int at = next(args, type);
    if (at == PG_ARGS_MAX) {
        return NULL;
    }
    if (count > INT_MAX / 8 || bytes > INT_MAX / 2) {
        note(args, ESI_ETOOBIG);
        return NULL;
    }
    const size_t head = count == 0 ? 12 : ARRAY_HEAD;
    const size_t size = head + 4 * count + bytes;
    uint8_t *array = arena_alloc(args->arena, size);
    if (array == NULL) {
        note(args, ESI_ENOMEM);
        return NULL;
    }
    put_32(array, count == 0 ? 0 : 1);
    put_32(array + 4, 1); /* it may hold NULLs */
    put_32(array + 8, item_type);
    if (count > 0) {
        put_32(array + 12, (uint32_t)count);
        put_32(array + 16, 1);
    }
    set(args, at, array, size);
    return array + head;
}

void args_texts(struct pg_args *args, const char *const *items, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += items[i] != NULL ? strlen(items[i]) : 0;
    }
    uint8_t *to = begin_array(args, OID_TEXTS, OID_TEXT, count, bytes);
    for (size_t i = 0; to != NULL && i < count; i++) {
        const size_t size = items[i] != NULL ? strlen(items[i]) : 0;
        put_32(to, items[i] != NULL ? (uint32_t)size : UINT32_MAX);
        if (size > 0) {
            memcpy(to + 4, items[i], size);
        }
        to += 4 + size;
    }
}

void args_uuids(struct pg_args *args, const char *const *items, size_t count) {
    uint8_t *to = begin_array(args, OID_UUIDS, OID_UUID, count, UUID_SIZE * count);
    for (size_t i = 0; to != NULL && i < count; i++) {
        put_32(to, UUID_SIZE);
        if (items[i] == NULL || !parse_uuid(items[i], to + 4)) {
            note(args, ESI_EINVAL);
        }
        to += 4 + UUID_SIZE;
    }
}

void args_ints(struct pg_args *args, const int64_t *items, size_t count) {
    uint8_t *to = begin_array(args, OID_INTS, OID_INT8, count, 8 * count);
    for (size_t i = 0; to != NULL && i < count; i++) {
        put_32(to, 8);
        put_64(to + 4, (uint64_t)items[i]);
        to += 12;
    }
}

void args_floats(struct pg_args *args, const float *items, size_t count) {
    uint8_t *to = begin_array(args, OID_FLOATS, OID_FLOAT, count, 4 * count);
    for (size_t i = 0; to != NULL && i < count; i++) {
        put_32(to, 4);
        put_32(to + 4, bits_of_float(items[i]));
        to += 8;
    }
}

void args_doubles(struct pg_args *args, const double *items, size_t count) {
    uint8_t *to = begin_array(args, OID_DOUBLES, OID_DOUBLE, count, 8 * count);
    for (size_t i = 0; to != NULL && i < count; i++) {
        put_32(to, 8);
        put_64(to + 4, bits_of(items[i]));
        to += 12;
    }
}

void args_hashes(struct pg_args *args, const uint8_t (*items)[32], size_t count) {
    uint8_t *to = begin_array(args, OID_BYTEAS, OID_BYTEA, count, HASH_SIZE * count);
    for (size_t i = 0; to != NULL && i < count; i++) {
        put_32(to, HASH_SIZE);
        memcpy(to + 4, items[i], HASH_SIZE);
        to += 4 + HASH_SIZE;
    }
}
