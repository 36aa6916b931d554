#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "store/pg_conn.h"

#define OID_UUID 2950
#define OID_JSONB 3802

#define EPOCH_MS INT64_C(946684800000) /* the server counts from 2000-01-01 UTC */

void rows_clear(struct pg_rows *rows) {
    PQclear(rows->result);
    *rows = (struct pg_rows){0};
}

esi_err rows_ok(const struct pg_rows *rows, esi_error *err) {
    return rows->failed == ESI_OK ? ESI_OK : fail_memory(err, ORIGIN);
}

bool rows_null(const struct pg_rows *rows, size_t row, int column) {
    assert(row < rows->count && column < PQnfields(rows->result));
    return PQgetisnull(rows->result, (int)row, column) != 0;
}

const void *rows_bytes(const struct pg_rows *rows, size_t row, int column, size_t *out_size) {
    if (rows_null(rows, row, column)) {
        *out_size = 0;
        return NULL;
    }
    *out_size = (size_t)PQgetlength(rows->result, (int)row, column);
    return PQgetvalue(rows->result, (int)row, column);
}

static uint64_t read_bytes(const uint8_t *p, size_t size) {
    uint64_t n = 0;
    for (size_t i = 0; i < size; i++) {
        n = n << 8 | p[i];
    }
    return n;
}

static const char *uuid_text(const uint8_t *id, esi_arena *arena) {
    static const char hex[] = "0123456789abcdef";
    char *text = arena_alloc(arena, OS_UUID_SIZE);
    char *p = text;
    for (size_t i = 0; text != NULL && i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }
        *p++ = hex[id[i] >> 4];
        *p++ = hex[id[i] & 0x0f];
    }
    return text;
}

const char *rows_text(struct pg_rows *rows, size_t row, int column, esi_arena *arena) {
    size_t size;
    const char *bytes = rows_bytes(rows, row, column, &size);
    if (bytes == NULL) {
        return NULL;
    }
    const Oid type = PQftype(rows->result, column);
    const char *text;
    if (type == OID_UUID && size == 16) {
        text = uuid_text((const uint8_t *)bytes, arena);
    } else {
        /* jsonb's text comes after the number of its form */
        const size_t skip = type == OID_JSONB && size > 0 ? 1 : 0;
        text = arena_str(arena, (struct view){bytes + skip, size - skip});
    }
    if (text == NULL) {
        rows->failed = ESI_ENOMEM;
    }
    return text;
}

int64_t rows_int(const struct pg_rows *rows, size_t row, int column) {
    size_t size;
    const uint8_t *p = rows_bytes(rows, row, column, &size);
    switch (size) {
    case 0:
        return 0;
    case 1:
        return p[0];
    case 2:
        return (int16_t)read_bytes(p, 2);
    case 4:
        return (int32_t)read_bytes(p, 4);
    default:
        assert(size == 8);
        return size == 8 ? (int64_t)read_bytes(p, 8) : 0;
    }
}

static float float_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

double rows_double(const struct pg_rows *rows, size_t row, int column) {
    size_t size;
    const uint8_t *p = rows_bytes(rows, row, column, &size);
    if (size == 4) {
        return (double)float_of((uint32_t)read_bytes(p, 4));
    }
    assert(size == 0 || size == 8);
    if (size != 8) {
        return 0.0;
    }
    const uint64_t bits = read_bytes(p, 8);
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

int64_t rows_time(const struct pg_rows *rows, size_t row, int column) {
    if (rows_null(rows, row, column)) {
        return 0;
    }
    const int64_t us = rows_int(rows, row, column);
    if (us == INT64_MAX || us == INT64_MIN) { /* its "for ever" */
        return us;
    }
    const int64_t ms = us / 1000 - (us % 1000 < 0 ? 1 : 0);
    return ms + EPOCH_MS;
}

bool rows_hash(const struct pg_rows *rows, size_t row, int column, uint8_t out[32]) {
    size_t size;
    const void *bytes = rows_bytes(rows, row, column, &size);
    if (size != 32) {
        memset(out, 0, 32);
        return false;
    }
    memcpy(out, bytes, 32);
    return true;
}

static float half(uint16_t bits) {
    const uint32_t sign = (uint32_t)(bits & 0x8000u) << 16;
    const uint32_t exponent = (bits >> 10) & 0x1fu, fraction = bits & 0x3ffu;
    if (exponent == 0) { /* too small for an exponent of its own */
        const float f = ldexpf((float)fraction, -24);
        return sign != 0 ? -f : f;
    }
    if (exponent == 0x1f) {
        return float_of(sign | 0x7f800000u | fraction << 13);
    }
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

/* Compilers make one instruction of it; a vector has thousands. */
static uint32_t read_32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool rows_vector(const struct pg_rows *rows, size_t row, int column, float *out,
                 size_t dimensions) {
    size_t size;
    const uint8_t *p = rows_bytes(rows, row, column, &size);
    if (size < 4 || read_bytes(p, 2) != dimensions) {
        return false;
    }
    if (size == 4 + 4 * dimensions) {
        for (size_t i = 0; i < dimensions; i++) {
            out[i] = float_of(read_32(p + 4 + 4 * i));
        }
        return true;
    }
    if (size != 4 + 2 * dimensions) {
        return false;
    }
    for (size_t i = 0; i < dimensions; i++) {
        out[i] = half((uint16_t)read_bytes(p + 4 + 2 * i, 2));
    }
    return true;
}
