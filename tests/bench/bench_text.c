/* bench_text.c: what reading a text costs, and making its local vector; and the kernels of
 * vectors. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/vector.h"
#include "base/vector_kernels.h"
#include "bench.h"
#include "provider/offline.h"

/* 316 bytes, as people write them. */
static const char message[] =
    "Hello, since this morning the VPN connection on my laptop drops every few minutes and I can't "
    "reach the virtual machines of lab-7 any more; I restarted the client twice, checked the "
    "profile, "
    "and the error message says KE-1042: ERR_VPN_TIMEOUT. What should I do next before the "
    "exercise "
    "begins at 10:30 today, please?";
static const char russian[] = "Здравствуйте, с сегодняшнего утра соединение с виртуальной машиной "
                              "обрывается каждые несколько "
                              "минут, и я не могу продолжить упражнение. Перезагрузка не помогла.";

#define PASSAGE_BYTES 1500
#define TIMES 2000

struct reading {
    esi_arena arena;
    struct view text;
    struct text_folded folded;
    struct text_folded alike;
    struct token *tokens;
    size_t count;
    esi_provider *provider;
    float vector[OFFLINE_DIMENSIONS];
};

static void fold(void *context, size_t i) {
    struct reading *r = context;
    (void)i;
    arena_clear(&r->arena);
    bench_need(text_fold(r->text, &r->arena, &r->folded, NULL) == ESI_OK, "fold");
}

static void fold_alike(void *context, size_t i) {
    struct reading *r = context;
    fold(context, i);
    bench_need(text_fold_lookalikes(&r->folded, &r->arena, &r->alike, NULL) == ESI_OK, "alike");
}

static void read_tokens(void *context, size_t i) {
    struct reading *r = context;
    (void)i;
    arena_clear(&r->arena);
    bench_need(text_tokens(r->text, "en", 1000, &r->arena, &r->tokens, &r->count, NULL) == ESI_OK,
               "tokens");
}

static void read_language(void *context, size_t i) {
    struct reading *r = context;
    (void)i;
    bench_need(text_language(r->text) != NULL, "language");
}

static void look_up(void *context, size_t i) {
    struct reading *r = context;
    bool known = false;
    bench_need(text_rarity(r->tokens[i % r->count].form, &known) > 0.0, "rarity");
}

static void embed(void *context, size_t i) {
    struct reading *r = context;
    (void)i;
    const esi_text text = {r->text.p, r->text.n};
    const esi_embed_request request = {
        .size = sizeof(request), .texts = &text, .count = 1, .wait = wait_for_ms(10000, NULL)};
    bench_need(offline_ops.embed(r->provider, &request, r->vector, NULL) == ESI_OK, "embed");
}

static void bench_reading(void) {
    static char passage[PASSAGE_BYTES + sizeof(message)];
    const esi_provider_config config = {.size = sizeof(config)};
    struct reading r = {.text = view_of(message)};
    bench_need(offline_ops.open(&config, &r.provider, NULL) == ESI_OK, "open");
    bench_print("folding a message of 316 bytes", bench_ns(fold, &r, TIMES));
    bench_print("    its language", bench_ns(read_language, &r, TIMES));
    bench_print("    its tokens", bench_ns(read_tokens, &r, TIMES));
    bench_print("    a word's rarity", bench_ns(look_up, &r, TIMES * 10));
    bench_print("    its local vector", bench_ns(embed, &r, TIMES));
    r.text = view_of(russian);
    bench_print("folding 283 bytes of Russian, look-alikes too", bench_ns(fold_alike, &r, TIMES));
    bench_print("    its tokens", bench_ns(read_tokens, &r, TIMES));
    for (size_t n = 0; n < PASSAGE_BYTES; n += sizeof(message)) {
        memcpy(passage + n, message, sizeof(message));
        passage[n + sizeof(message) - 1] = ' ';
    }
    r.text = (struct view){passage, PASSAGE_BYTES};
    bench_print("a passage of 1,500 bytes: its local vector", bench_ns(embed, &r, TIMES / 4));
    arena_clear(&r.arena);
    offline_ops.close(r.provider);
}

#define ROWS 256
#define DIMENSIONS 1536

struct rows {
    const struct vector_kernel *kernel;
    float *floats;
    int8_t *codes;
    uint64_t *bits;
    uint64_t planes[VECTOR_BITS_PLANES * VECTOR_BITS_WORDS(DIMENSIONS)];
    uint32_t far[ROWS];
    double sum;
};

static void dot(void *context, size_t i) {
    struct rows *r = context;
    r->sum += (double)r->kernel->dot(r->floats, r->floats + i % ROWS * DIMENSIONS, DIMENSIONS);
}

static void code8_dot(void *context, size_t i) {
    struct rows *r = context;
    r->sum += (double)r->kernel->code8_dot(r->codes, r->codes + i % ROWS * DIMENSIONS, DIMENSIONS);
}

static void bits_scan(void *context, size_t i) {
    struct rows *r = context;
    (void)i;
    r->kernel->bits_scan(r->bits, ROWS, r->planes, VECTOR_BITS_WORDS(DIMENSIONS), r->far);
}

static void bench_kernels(void) {
    static struct rows r;
    char name[80];
    uint64_t state = 1;
    r.floats = malloc(ROWS * DIMENSIONS * sizeof(*r.floats));
    r.codes = malloc(ROWS * DIMENSIONS);
    r.bits = malloc(ROWS * VECTOR_BITS_WORDS(DIMENSIONS) * sizeof(*r.bits));
    bench_need(r.floats != NULL && r.codes != NULL && r.bits != NULL, "memory");
    for (size_t i = 0; i < ROWS * DIMENSIONS; i++) {
        r.floats[i] = (float)bench_uniform(&state) - 0.5F;
    }
    for (size_t i = 0; i < ROWS; i++) {
        float scale = 0;
        const float *v = r.floats + i * DIMENSIONS;
        vector_code8(v, DIMENSIONS, r.codes + i * DIMENSIONS, &scale);
        vector_bits(v, DIMENSIONS, r.bits + i * VECTOR_BITS_WORDS(DIMENSIONS));
    }
    vector_bits_question(r.floats, DIMENSIONS, r.planes);
    for (size_t k = 0; k < vector_kernel_count; k++) {
        r.kernel = &vector_kernels[k];
        if (!r.kernel->runs()) {
            continue;
        }
        (void)snprintf(name, sizeof(name), "%s: 1,000 rows of 1,536 floats", r.kernel->name);
        bench_print(name, 1000 * bench_ns(dot, &r, ROWS * 10));
        bench_print("    of 8-bit codes", 1000 * bench_ns(code8_dot, &r, ROWS * 10));
        bench_print("    of signs", 1000.0 / ROWS * bench_ns(bits_scan, &r, 10));
    }
    free(r.floats);
    free(r.codes);
    free(r.bits);
}

int main(void) {
    bench_reading();
    bench_kernels();
    return 0;
}
