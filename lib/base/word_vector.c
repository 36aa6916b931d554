#include "base/word_vector.h"

#include <math.h>
#include <string.h>

#include "base/text_words.h"

#define BYTES (WORD_VECTOR_DIMENSIONS / 2)
#define STEM_MAX 32 /* bytes of what may be a stem */

/* A stem that has lost its "e" ("configur") or whose "y" became "i" ("polici"). */
static bool find_by_stem(struct view stem, uint16_t *number) {
    char word[STEM_MAX + 1];
    if (stem.n < 3 || stem.n > STEM_MAX) {
        return false;
    }
    memcpy(word, stem.p, stem.n);
    word[stem.n] = 'e';
    if (words_find(&data_vector_words, (struct view){word, stem.n + 1}, number)) {
        return true;
    }
    if (word[stem.n - 1] != 'i') {
        return false;
    }
    word[stem.n - 1] = 'y';
    return words_find(&data_vector_words, (struct view){word, stem.n}, number);
}

uint16_t word_vector_find(struct view folded) {
    uint16_t number = 0;
    if (text_is_stopword(folded, "en")) {
        return WORD_VECTOR_NONE; /* not what "the" + "e" or "does" would be */
    }
    const bool found = words_find(&data_vector_words, folded, &number) ||
                       words_find_form(&data_vector_words, folded, &number) ||
                       find_by_stem(folded, &number);
    return found ? number : WORD_VECTOR_NONE;
}

/* Sixteen at a time; the compiler spreads them over the registers that the CPU has. Sums of whole
 * numbers are the same in any order. */
#define WIDE 16
typedef uint8_t bytes __attribute__((vector_size(WIDE)));
typedef int16_t levels __attribute__((vector_size(WIDE * sizeof(int16_t))));
typedef int16_t few __attribute__((vector_size(WIDE / 2 * sizeof(int16_t))));
typedef float floats __attribute__((vector_size(WIDE * sizeof(float))));

/* Odd whole numbers from -15 to 15: those of WIDE dimensions and of their counterparts in the
 * second half. */
static void unpack(const unsigned char *code, levels *first, levels *second) {
    bytes packed;
    memcpy(&packed, code, sizeof(packed));
    *first = __builtin_convertvector(packed & 15, levels) * 2 - 15;
    *second = __builtin_convertvector(packed >> 4, levels) * 2 - 15;
}

static const unsigned char *code_of(uint16_t word) {
    return data_vector_codes + (size_t)word * BYTES;
}

#define PARTS (WORD_VECTOR_DIMENSIONS / WIDE)

static void unpack_all(uint16_t word, levels own[PARTS]) {
    for (size_t i = 0; i < PARTS / 2; i++) {
        unpack(code_of(word) + i * WIDE, &own[2 * i], &own[2 * i + 1]);
    }
}

static int32_t dot(const levels own[PARTS], const unsigned char *other) {
    levels sums = {0}; /* of 6 products of at most 15 x 15; 12 where they are folded */
    few half[2];
    for (size_t i = 0; i < PARTS / 2; i++) {
        levels first;
        levels second;
        unpack(other + i * WIDE, &first, &second);
        sums += own[2 * i] * first + own[2 * i + 1] * second;
    }
    memcpy(half, &sums, sizeof(half));
    half[0] += half[1];
    int32_t sum = 0;
    for (size_t k = 0; k < WIDE / 2; k++) {
        sum += half[0][k];
    }
    return sum;
}

void word_vector_similarities(uint16_t word, const uint16_t *others, size_t count, float *out) {
    levels own[PARTS];
    const bool known = word < data_vector_count;
    const float square = known ? (float)data_vector_squares[word] : 0.0F;
    if (known) {
        unpack_all(word, own);
    }
    for (size_t i = 0; i < count; i++) {
        if (!known || others[i] >= data_vector_count) {
            out[i] = 0.0F;
        } else if (others[i] == word) {
            out[i] = 1.0F;
        } else {
            const float squares = square * (float)data_vector_squares[others[i]];
            out[i] = (float)dot(own, code_of(others[i])) / sqrtf(squares);
        }
    }
}

float word_vector_similarity(uint16_t a, uint16_t b) {
    float alike = 0.0F;
    word_vector_similarities(a, &b, 1, &alike);
    return alike;
}

static void add(const levels *level, float step, float *sum) {
    floats to;
    memcpy(&to, sum, sizeof(to));
    to += __builtin_convertvector(*level, floats) * step;
    memcpy(sum, &to, sizeof(to));
}

void word_vector_add(uint16_t word, float weight, float sum[WORD_VECTOR_DIMENSIONS]) {
    if (word >= data_vector_count) {
        return;
    }
    const float step = weight / sqrtf((float)data_vector_squares[word]);
    for (size_t i = 0; i < BYTES; i += WIDE) {
        levels first;
        levels second;
        unpack(code_of(word) + i, &first, &second);
        add(&first, step, sum + i);
        add(&second, step, sum + BYTES + i);
    }
}

static void add_product(const levels *level, const float *sum, floats *products) {
    floats of;
    memcpy(&of, sum, sizeof(of));
    *products += __builtin_convertvector(*level, floats) * of;
}

float word_vector_dot(uint16_t word, const float sum[WORD_VECTOR_DIMENSIONS]) {
    if (word >= data_vector_count) {
        return 0.0F;
    }
    floats products = {0};
    for (size_t i = 0; i < BYTES; i += WIDE) {
        levels first;
        levels second;
        unpack(code_of(word) + i, &first, &second);
        add_product(&first, sum + i, &products);
        add_product(&second, sum + BYTES + i, &products);
    }
    float all = 0.0F;
    for (size_t k = 0; k < WIDE; k++) {
        all += products[k];
    }
    return all / sqrtf((float)data_vector_squares[word]);
}
