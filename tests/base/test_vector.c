#include "base/vector.h"

#include <math.h>
#include <string.h>

#include "base/vector_kernels.h"
#include "tap.h"

#define N_MAX 1100

/* Numbers of all sizes that are the same everywhere. */
static uint32_t state;

static uint32_t draw(void) {
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void fill(float *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        v[i] = ((float)draw() / 8388608.0F - 1.0F) * (draw() % 7 == 0 ? 1000.0F : 1.0F);
    }
}

static void setup(void) {
    state = 42;
}

START_TEST(a_dot_product_is_the_sum_of_products) {
    static const float a[] = {1, 2, 3, 4, 5};
    static const float b[] = {10, 20, 30, 40, 50};
    ck_assert_float_eq(vector_dot(a, b, 0), 0);
    ck_assert_float_eq(vector_dot(a, b, 1), 10);
    ck_assert_float_eq(vector_dot(a, b, 5), 550);
}
END_TEST

/* What add_lanes and its loops promise, said plainly: 32 sums, folded in halves. */
static float expected_dot(const float *a, const float *b, size_t n) {
    volatile float lanes[32] = {0};
    for (size_t i = 0; i < n; i++) {
        volatile float product = a[i] * b[i];
        lanes[i % 32] += product;
    }
    for (size_t half = 16; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

START_TEST(every_kernel_adds_floats_alike) {
    float a[N_MAX + 1];
    float b[N_MAX + 1];
    fill(a, N_MAX + 1);
    fill(b, N_MAX + 1);
    for (size_t n = 0; n <= N_MAX; n += n < 130 ? 1 : 97) {
        const float expected = expected_dot(a + 1, b + 1, n); /* + 1: not aligned */
        for (size_t k = 0; k < vector_kernel_count; k++) {
            if (vector_kernels[k].runs()) {
                const float found = vector_kernels[k].dot(a + 1, b + 1, n);
                ck_assert_msg(memcmp(&found, &expected, sizeof(found)) == 0, "%s, %zu: %a, not %a",
                              vector_kernels[k].name, n, (double)found, (double)expected);
            }
        }
    }
}
END_TEST

START_TEST(every_kernel_adds_codes_exactly) {
    int8_t a[N_MAX + 1];
    int8_t b[N_MAX + 1];
    for (size_t i = 0; i <= N_MAX; i++) {
        /* the extremes often: pairs of them are what a narrow sum would not hold */
        a[i] = (int8_t)(draw() % 3 == 0 ? -127 : (int)(draw() % 255) - 127);
        b[i] = (int8_t)(draw() % 3 == 0 ? 127 : (int)(draw() % 255) - 127);
    }
    for (size_t n = 0; n <= N_MAX; n += n < 130 ? 1 : 97) {
        int32_t expected = 0;
        for (size_t i = 0; i < n; i++) {
            expected += (int32_t)a[i + 1] * b[i + 1];
        }
        for (size_t k = 0; k < vector_kernel_count; k++) {
            if (vector_kernels[k].runs()) {
                ck_assert_int_eq(vector_kernels[k].code8_dot(a + 1, b + 1, n), expected);
            }
        }
        ck_assert_int_eq(vector_code8_dot(a + 1, b + 1, n), expected);
    }
}
END_TEST

START_TEST(every_kernel_scans_bits_alike) {
    enum { rows = 5, words_max = 19 };
    uint64_t codes[rows * words_max];
    uint64_t planes[VECTOR_BITS_PLANES * words_max];
    for (size_t words = 1; words <= words_max; words++) {
        for (size_t i = 0; i < rows * words; i++) {
            codes[i] = (uint64_t)draw() << 40 ^ (uint64_t)draw() << 20 ^ draw();
        }
        for (size_t i = 0; i < VECTOR_BITS_PLANES * words; i++) {
            planes[i] = (uint64_t)draw() << 40 ^ (uint64_t)draw() << 20 ^ draw();
        }
        for (size_t k = 0; k < vector_kernel_count; k++) {
            uint32_t found[rows] = {0};
            if (!vector_kernels[k].runs()) {
                continue;
            }
            vector_kernels[k].bits_scan(codes, rows, planes, words, found);
            for (size_t r = 0; r < rows; r++) {
                uint32_t far = 0;
                for (size_t bit = 0; bit < VECTOR_BITS_PLANES * 64 * words; bit++) {
                    const size_t plane = bit / (64 * words);
                    const size_t at = bit % (64 * words);
                    const uint64_t x = codes[r * words + at / 64] ^ planes[plane * words + at / 64];
                    far += (uint32_t)(x >> (at % 64) & 1) << plane;
                }
                ck_assert_uint_eq(found[r], far);
            }
        }
    }
}
END_TEST

START_TEST(a_vector_is_scaled_to_length_1) {
    float v[] = {3, 0, -4};
    ck_assert(vector_normalise(v, 3));
    ck_assert_float_eq(v[0], 0.6F);
    ck_assert_float_eq(v[2], -0.8F);
}
END_TEST

START_TEST(very_large_and_very_small_vectors_are_scaled_too) {
    float large[] = {3e30F, 4e30F};
    float small[] = {3e-30F, 4e-30F};
    ck_assert(vector_normalise(large, 2));
    ck_assert(vector_normalise(small, 2));
    ck_assert_float_eq_tol(large[1], 0.8F, 1e-6F);
    ck_assert_float_eq_tol(small[1], 0.8F, 1e-6F);
}
END_TEST

START_TEST(what_has_no_direction_stays_as_it_is) {
    float zeros[] = {0, 0};
    float nan[] = {1, NAN};
    float infinite[] = {1, INFINITY};
    ck_assert(!vector_normalise(zeros, 2));
    ck_assert(!vector_normalise(nan, 2));
    ck_assert(!vector_normalise(infinite, 2));
    ck_assert(!vector_normalise(NULL, 0));
    ck_assert_float_eq(nan[0], 1);
    ck_assert_float_eq(infinite[0], 1);
}
END_TEST

START_TEST(a_cosine_is_clamped) {
    static const float a[] = {1.001F, 0};
    static const float b[] = {-1.001F, 0};
    ck_assert_float_eq(vector_cosine(a, a, 2), 1);
    ck_assert_float_eq(vector_cosine(a, b, 2), -1);
}
END_TEST

START_TEST(codes_give_the_vector_back_nearly) {
    float v[300];
    int8_t code[300];
    float scale = 0;
    fill(v, 300);
    vector_code8(v, 300, code, &scale);
    for (size_t i = 0; i < 300; i++) {
        ck_assert_float_le(fabsf(v[i] - scale * (float)code[i]), scale * 0.501F);
        ck_assert_int_ge(code[i], -127);
    }
}
END_TEST

START_TEST(codes_of_nothing_are_nothing) {
    static const float zeros[] = {0, 0};
    int8_t code[2] = {5, 5};
    float scale = 7;
    vector_code8(zeros, 2, code, &scale);
    ck_assert_int_eq(code[0], 0);
    ck_assert_float_eq(scale, 0);
}
END_TEST

START_TEST(bits_are_signs_and_the_rest_is_zero) {
    float v[70];
    for (size_t i = 0; i < 70; i++) {
        v[i] = i % 2 == 0 ? 1.0F : -1.0F;
    }
    uint64_t row[VECTOR_BITS_WORDS(70)];
    ck_assert_uint_eq(sizeof(row), 16);
    vector_bits(v, 70, row);
    ck_assert_uint_eq(row[0], UINT64_C(0x5555555555555555));
    ck_assert_uint_eq(row[1], 0x15);
}
END_TEST

START_TEST(a_question_keeps_sixteen_steps) {
    static const float v[] = {-1.0F, -0.01F, 0.01F, 1.0F, 0.5F};
    uint64_t planes[VECTOR_BITS_PLANES];
    vector_bits_question(v, 5, planes);
    unsigned steps[5] = {0};
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned j = 0; j < VECTOR_BITS_PLANES; j++) {
            steps[i] |= (unsigned)(planes[j] >> i & 1) << j;
        }
    }
    static const unsigned expected[] = {0, 7, 8, 15, 12};
    ck_assert_mem_eq(steps, expected, sizeof(steps));
}
END_TEST

START_TEST(a_scan_is_the_dot_product_with_the_signs) {
    enum { n = 200, rows = 20 };
    float v[n];
    float question[n];
    uint64_t codes[rows * VECTOR_BITS_WORDS(n)];
    uint64_t planes[VECTOR_BITS_PLANES * VECTOR_BITS_WORDS(n)];
    uint32_t far[rows];
    int32_t expected[rows];
    fill(question, n);
    vector_bits_question(question, n, planes);
    for (size_t r = 0; r < rows; r++) {
        fill(v, n);
        vector_bits(v, n, codes + r * VECTOR_BITS_WORDS(n));
        expected[r] = 0;
        for (size_t i = 0; i < n; i++) {
            int step = -15;
            for (size_t j = 0; j < VECTOR_BITS_PLANES; j++) {
                step += (int)(planes[j * VECTOR_BITS_WORDS(n) + i / 64] >> (i % 64) & 1) << (j + 1);
            }
            expected[r] += v[i] >= 0 ? step : -step;
        }
    }
    vector_bits_scan(codes, rows, planes, n, far);
    for (size_t r = 0; r < rows; r++) {
        ck_assert_int_eq(15 * n - 2 * (int32_t)far[r], expected[r]);
    }
}
END_TEST

START_TEST(floats_are_stored_little_endian) {
    static const float v[] = {1.0F, -2.5F};
    uint8_t bytes[8];
    float back[2] = {0};
    vector_encode(v, 2, bytes);
    ck_assert_mem_eq(bytes, "\x00\x00\x80\x3F\x00\x00\x20\xC0", 8);
    ck_assert(vector_decode(bytes, 8, back, 2));
    ck_assert_mem_eq(back, v, sizeof(v));
}
END_TEST

START_TEST(bytes_of_another_size_are_refused) {
    uint8_t bytes[9] = {0};
    float back[2] = {7, 7};
    ck_assert(!vector_decode(bytes, 7, back, 2));
    ck_assert(!vector_decode(bytes, 9, back, 2));
    ck_assert(!vector_decode(bytes, 4, back, 2));
    ck_assert_float_eq(back[0], 7);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("vector");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_dot_product_is_the_sum_of_products);
    tcase_add_test(t, every_kernel_adds_floats_alike);
    tcase_add_test(t, every_kernel_adds_codes_exactly);
    tcase_add_test(t, every_kernel_scans_bits_alike);
    tcase_add_test(t, a_vector_is_scaled_to_length_1);
    tcase_add_test(t, very_large_and_very_small_vectors_are_scaled_too);
    tcase_add_test(t, what_has_no_direction_stays_as_it_is);
    tcase_add_test(t, a_cosine_is_clamped);
    tcase_add_test(t, codes_give_the_vector_back_nearly);
    tcase_add_test(t, codes_of_nothing_are_nothing);
    tcase_add_test(t, bits_are_signs_and_the_rest_is_zero);
    tcase_add_test(t, a_question_keeps_sixteen_steps);
    tcase_add_test(t, a_scan_is_the_dot_product_with_the_signs);
    tcase_add_test(t, floats_are_stored_little_endian);
    tcase_add_test(t, bytes_of_another_size_are_refused);
    return tap_run("base/vector", t);
}
