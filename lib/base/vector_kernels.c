/* Kernels: one body each, compiled for what a CPU has. All float sums are made of LANES partial
 * sums, added up in one order, and the build never contracts a product and a sum into one
 * rounding: so the result is the same to the last bit on every CPU. Sums of whole numbers are
 * exact anyhow. */
#include "base/vector_kernels.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define X86 1
#include <immintrin.h>
#else
#define X86 0
#endif

#define LANES 32
#define WIDE 8
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Eight floats; the compiler spreads them over the registers that the CPU has. */
typedef float wide __attribute__((vector_size(WIDE * sizeof(float))));

static float add_lanes(float *lanes) {
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

ALWAYS_INLINE void add_product(wide *sum, const float *a, const float *b) {
    wide x;
    wide y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    *sum += x * y;
}

ALWAYS_INLINE float dot(const float *a, const float *b, size_t n) {
    wide first = {0};
    wide second = {0};
    wide third = {0};
    wide fourth = {0};
    float lanes[LANES];
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        add_product(&first, a + i, b + i);
        add_product(&second, a + i + WIDE, b + i + WIDE);
        add_product(&third, a + i + 2 * WIDE, b + i + 2 * WIDE);
        add_product(&fourth, a + i + 3 * WIDE, b + i + 3 * WIDE);
    }
    memcpy(lanes, &first, sizeof(first));
    memcpy(lanes + WIDE, &second, sizeof(second));
    memcpy(lanes + 2 * WIDE, &third, sizeof(third));
    memcpy(lanes + 3 * WIDE, &fourth, sizeof(fourth));
    for (size_t k = 0; i + k < n; k++) {
        lanes[k] += a[i + k] * b[i + k];
    }
    return add_lanes(lanes);
}

ALWAYS_INLINE int32_t code8_dot_from(const int8_t *a, const int8_t *b, size_t i, size_t n) {
    int32_t sum = 0;
    for (; i < n; i++) {
        sum += (int32_t)a[i] * b[i];
    }
    return sum;
}

/* ---- everywhere ----------------------------------------------------------------------------- */

static bool always(void) {
    return true;
}

static float dot_plain(const float *a, const float *b, size_t n) {
    return dot(a, b, n);
}

typedef int8_t bytes8 __attribute__((vector_size(8)));
typedef int16_t shorts8 __attribute__((vector_size(16)));
typedef int32_t ints8 __attribute__((vector_size(32)));

static int32_t code8_dot_plain(const int8_t *a, const int8_t *b, size_t n) {
    ints8 sums = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        bytes8 x;
        bytes8 y;
        memcpy(&x, a + i, sizeof(x));
        memcpy(&y, b + i, sizeof(y));
        const shorts8 products =
            __builtin_convertvector(x, shorts8) * __builtin_convertvector(y, shorts8);
        sums += __builtin_convertvector(products, ints8);
    }
    int32_t sum = code8_dot_from(a, b, i, n);
    for (size_t k = 0; k < 8; k++) {
        sum += sums[k];
    }
    return sum;
}

static uint32_t ones(uint64_t x) {
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (uint32_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

static void bits_scan_plain(const uint64_t *rows, size_t count, const uint64_t *planes,
                            size_t words, uint32_t *out) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t *row = rows + i * words;
        uint32_t far = 0;
        for (size_t k = 0; k < words; k++) {
            far += ones(row[k] ^ planes[k]) + 2 * ones(row[k] ^ planes[words + k]) +
                   4 * ones(row[k] ^ planes[2 * words + k]) +
                   8 * ones(row[k] ^ planes[3 * words + k]);
        }
        out[i] = far;
    }
}

#if X86

/* ---- AVX2 ----------------------------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2")))

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") != 0;
}

AVX2 static float dot_avx2(const float *a, const float *b, size_t n) {
    return dot(a, b, n);
}

AVX2 static __m256i load256(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

AVX2 static int32_t add_ints(__m256i sums) {
    __m128i x = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0x4E));
    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0xB1));
    return _mm_cvtsi128_si32(x);
}

/* |a| x (b with a's sign): two such products fit 16 bits, as no code is -128. */
AVX2 static int32_t code8_dot_avx2(const int8_t *a, const int8_t *b, size_t n) {
    __m256i sums = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const __m256i x = load256(a + i);
        const __m256i pairs =
            _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(load256(b + i), x));
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    return add_ints(sums) + code8_dot_from(a, b, i, n);
}

/* Ones of each byte, by half bytes. */
AVX2 static __m256i ones_avx2(__m256i x) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    return _mm256_add_epi8(
        _mm256_shuffle_epi8(table, _mm256_and_si256(x, low)),
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
}

AVX2 static uint32_t bits_far_avx2(const uint64_t *row, const uint64_t *planes, size_t words) {
    __m256i sums = _mm256_setzero_si256();
    size_t k = 0;
    for (; k + 4 <= words; k += 4) {
        const __m256i x = load256(row + k);
        __m256i far = _mm256_setzero_si256();
        for (size_t j = 4; j-- > 0;) { /* at most 15 x 8 in a byte */
            far = _mm256_add_epi8(_mm256_add_epi8(far, far),
                                  ones_avx2(_mm256_xor_si256(x, load256(planes + j * words + k))));
        }
        sums = _mm256_add_epi32(sums, _mm256_sad_epu8(far, _mm256_setzero_si256()));
    }
    uint32_t far = (uint32_t)add_ints(sums);
    for (; k < words; k++) {
        for (size_t j = 0; j < 4; j++) {
            far += ones(row[k] ^ planes[j * words + k]) << j;
        }
    }
    return far;
}

AVX2 static void bits_scan_avx2(const uint64_t *rows, size_t count, const uint64_t *planes,
                                size_t words, uint32_t *out) {
    for (size_t i = 0; i < count; i++) {
        out[i] = bits_far_avx2(rows + i * words, planes, words);
    }
}

/* ---- AVX-512 with VNNI and VPOPCNTDQ -------------------------------------------------------- */

#define AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni,avx512vpopcntdq")))

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vnni") != 0 &&
           __builtin_cpu_supports("avx512vpopcntdq") != 0;
}

AVX512 static int32_t code8_dot_avx512(const int8_t *a, const int8_t *b, size_t n) {
    __m256i sums = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i));
        const __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(b + i));
        sums = _mm256_dpbusd_epi32(sums, _mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
    }
    return add_ints(sums) + code8_dot_from(a, b, i, n);
}

AVX512 static void bits_scan_avx512(const uint64_t *rows, size_t count, const uint64_t *planes,
                                    size_t words, uint32_t *out) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t *row = rows + i * words;
        __m512i sums = _mm512_setzero_si512();
        for (size_t k = 0; k < words; k += 8) {
            const size_t left = words - k;
            const __mmask8 mask = (__mmask8)(left >= 8 ? 0xFF : (1U << left) - 1);
            const __m512i x = _mm512_maskz_loadu_epi64(mask, row + k);
            __m512i far = _mm512_setzero_si512();
            for (size_t j = 4; j-- > 0;) {
                const __m512i plane = _mm512_maskz_loadu_epi64(mask, planes + j * words + k);
                far = _mm512_add_epi64(_mm512_add_epi64(far, far),
                                       _mm512_popcnt_epi64(_mm512_xor_si512(x, plane)));
            }
            sums = _mm512_add_epi64(sums, far);
        }
        out[i] = (uint32_t)_mm512_reduce_add_epi64(sums);
    }
}

#endif

const struct vector_kernel vector_kernels[] = {
#if X86
    {"avx512", has_avx512, dot_avx2, code8_dot_avx512, bits_scan_avx512},
    {"avx2", has_avx2, dot_avx2, code8_dot_avx2, bits_scan_avx2},
#endif
    {"plain", always, dot_plain, code8_dot_plain, bits_scan_plain},
};
const size_t vector_kernel_count = sizeof(vector_kernels) / sizeof(vector_kernels[0]);
