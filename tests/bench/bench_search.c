/* bench_search.c: a question to an index in memory, its words, its vector, and building one.
 *
 * bench_search [VECTORS QUESTIONS]: two files of vectors of a real model, each an int32 of
 * dimensions and rows of float32; the questions' must not be among the others. */
#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "bench.h"
#include "core/fuse.h"
#include "core/index.h"
#include "core/mmr.h"

#define DOCUMENT_SECTIONS 10
#define QUESTIONS 40
#define BEST 20
#define REAL_MOST 200000 /* vectors that are read of a file */

static esi_arena arena;

static struct index *build(struct index_document **documents, size_t count) {
    struct index *index = NULL;
    bench_need(index_build(NULL, NULL, 0, documents, count, 1, 0, &index, NULL) == ESI_OK, "build");
    return index;
}

static void free_all(struct index *index, struct index_document **documents, size_t count) {
    index_unref(index);
    for (size_t i = 0; i < count; i++) {
        index_document_unref(documents[i]);
    }
    free(documents);
}

/* ---- vectors --------------------------------------------------------------------------------- */

/* Where the vectors of a set come from. */
struct source {
    const char *name;
    size_t dimensions;
    size_t clusters; /* 0: scattered evenly */
    float *centres;
    FILE *file; /* of a real model; NULL: made up */
    uint64_t state;
};

static float gauss(uint64_t *state) {
    const double u = bench_uniform(state) + 1e-12, v = bench_uniform(state);
    return (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
}

/* The next vector; false at the end of a file. Members of a cluster have a cosine of 0.67 to each
 * other, as passages on one subject have. */
static bool next_vector(struct source *s, float *out) {
    const size_t n = s->dimensions;
    if (s->file != NULL) {
        return fread(out, sizeof(float), n, s->file) == n && vector_normalise(out, n);
    }
    const float *centre =
        s->clusters == 0 ? NULL : s->centres + bench_random(&s->state) % s->clusters * n;
    const float spread = 0.7f / sqrtf((float)n);
    for (size_t i = 0; i < n; i++) {
        out[i] = (centre != NULL ? centre[i] : 0.0f) + spread * gauss(&s->state);
    }
    return vector_normalise(out, n);
}

static void make_centres(struct source *s) {
    s->centres = malloc((s->clusters * s->dimensions + 1) * sizeof(float));
    bench_need(s->centres != NULL, "memory");
    for (size_t c = 0; c < s->clusters; c++) {
        float *centre = s->centres + c * s->dimensions;
        for (size_t i = 0; i < s->dimensions; i++) {
            centre[i] = gauss(&s->state);
        }
        vector_normalise(centre, s->dimensions);
    }
}

/* A document of the next vectors, with one word each; NULL when the source has no more. */
static struct index_document *next_document(struct source *s, size_t number, float *room) {
    struct index_section_in sections[DOCUMENT_SECTIONS];
    char id[32];
    size_t count = 0;
    while (count < DOCUMENT_SECTIONS && next_vector(s, room + count * s->dimensions)) {
        sections[count] = (struct index_section_in){
            .id = VIEW("s"), .text = VIEW("x"), .vector = room + count * s->dimensions};
        count++;
    }
    snprintf(id, sizeof id, "d%08zu", number);
    const struct index_document_in in = {
        .id = view_of(id), .language = VIEW("en"), .sections = sections, .section_count = count};
    struct index_document *document = NULL;
    bench_need(count == 0 ||
                   index_document_create(&in, (int32_t)s->dimensions, &document, NULL) == ESI_OK,
               "a document");
    return document;
}

struct vectors {
    const struct index *index;
    float *questions;
    size_t question_count, dimensions;
    struct index_hit *hits;
    size_t hit_count;
    volatile float sum;
};

static void search_vector(void *context, size_t i) {
    struct vectors *v = context;
    static struct index_query query;
    arena_clear(&arena);
    query = (struct index_query){.vector = v->questions + i % v->question_count * v->dimensions};
    static const struct token none;
    struct index_query prepared;
    bench_need(index_prepare(v->index, &none, 0, "en", NULL, 0, &arena, &prepared, NULL) == ESI_OK,
               "prepare");
    prepared.vector = query.vector;
    prepared.role = 0;
    bench_need(index_search(v->index, &prepared, BEST, &arena, &v->hits, &v->hit_count, NULL) ==
                   ESI_OK,
               "search");
}

static void bare_scan(void *context, size_t i) {
    struct vectors *v = context;
    const float *question = v->questions + i % v->question_count * v->dimensions;
    float sum = 0.0f;
    for (uint32_t s = 0; s < index_sections(v->index); s++) {
        sum += vector_dot(question, index_section_vector(v->index, s), v->dimensions);
    }
    v->sum = sum;
}

/* The share of the best BEST that a search finds. */
static double recall(struct vectors *v) {
    size_t found = 0;
    for (size_t q = 0; q < v->question_count; q++) {
        search_vector(v, q);
        const float *question = v->questions + q * v->dimensions;
        for (size_t h = 0; h < v->hit_count; h++) {
            size_t better = 0;
            for (uint32_t s = 0; s < index_sections(v->index); s++) {
                better += vector_cosine(question, index_section_vector(v->index, s),
                                        v->dimensions) > v->hits[h].cosine;
            }
            found += better < BEST;
        }
    }
    return (double)found / (double)(v->question_count * BEST);
}

static void bench_vectors(struct source *s, size_t sections, struct source *asked) {
    const size_t most = sections / DOCUMENT_SECTIONS;
    struct index_document **documents = calloc(most, sizeof(struct index_document *));
    float *room = malloc(DOCUMENT_SECTIONS * s->dimensions * sizeof(float));
    struct vectors v = {.dimensions = s->dimensions,
                        .questions = malloc(QUESTIONS * s->dimensions * sizeof(float))};
    bench_need(documents != NULL && room != NULL && v.questions != NULL, "memory");
    while (v.question_count < QUESTIONS &&
           next_vector(asked, v.questions + v.question_count * s->dimensions)) {
        v.question_count++;
    }
    size_t count = 0;
    while (count < most && (documents[count] = next_document(s, count, room)) != NULL) {
        count++;
    }
    struct index *index = build(documents, count);
    v.index = index;
    char name[128];
    snprintf(name, sizeof name, "vectors %zu x %zu %s", index_sections(index), s->dimensions,
             s->name);
    const double searched = bench_ns(search_vector, &v, v.question_count);
    const double scanned = bench_ns(bare_scan, &v, 4);
    bench_print(name, searched);
    bench_print("    bare scan of the same floats", scanned);
    bench_print_ratio("    search / bare scan", searched, scanned);
    printf("%-56s %10.4f\n", "    recall@20", recall(&v));
    printf("%-56s %10.0f\n", "    bytes a section, all in all",
           (double)index_bytes(index) / (double)index_sections(index));
    free_all(index, documents, count);
    free(v.questions);
    free(room);
}

static void bench_made_up(size_t sections, size_t dimensions, size_t clusters) {
    struct source s = {.name = clusters > 0 ? "in clusters" : "scattered",
                       .dimensions = dimensions,
                       .clusters = clusters,
                       .state = 7};
    make_centres(&s);
    struct source asked = s;
    asked.state = 11;
    bench_vectors(&s, sections, &asked);
    free(s.centres);
}

static FILE *open_vectors(const char *path, size_t *dimensions) {
    int32_t n = 0;
    FILE *file = fopen(path, "rb");
    bench_need(file != NULL && fread(&n, sizeof n, 1, file) == 1 && n > 0, path);
    *dimensions = (size_t)n;
    return file;
}

static void bench_real(const char *vectors, const char *questions) {
    struct source s = {.name = "of a real model"}, asked = {.name = ""};
    s.file = open_vectors(vectors, &s.dimensions);
    asked.file = open_vectors(questions, &asked.dimensions);
    bench_need(s.dimensions == asked.dimensions, "the files differ in their dimensions");
    bench_vectors(&s, REAL_MOST, &asked);
    fclose(s.file);
    fclose(asked.file);
}

/* ---- words ----------------------------------------------------------------------------------- */

#define VOCABULARY 20000
#define SECTION_WORDS 120

/* A word that is made of syllables; the smaller its rank, the more often it is used (Zipf). Its end
 * keeps two words from being a third one. */
static void put_word(struct buf *text, uint64_t *state) {
    static const char *const syllables[] = {"ba", "ke",  "li",  "no", "ru",  "sta", "ten", "vor",
                                            "mi", "sel", "dra", "po", "gan", "hu",  "fe",  "zy"};
    const double u = bench_uniform(state);
    size_t rank = (size_t)exp(u * log((double)VOCABULARY));
    do {
        buf_str(text, syllables[rank % 16]);
        rank /= 16;
    } while (rank > 0);
    buf_str(text, "x ");
}

/* vectors: one for each of its sections; NULL: words alone. */
static struct index_document *make_text(size_t number, uint64_t *state, const float *vectors,
                                        size_t dimensions) {
    struct index_section_in sections[DOCUMENT_SECTIONS];
    struct buf texts[DOCUMENT_SECTIONS], heading;
    char id[32];
    buf_init(&heading, 1 << 12);
    for (size_t w = 0; w < 4; w++) {
        put_word(&heading, state);
    }
    for (size_t s = 0; s < DOCUMENT_SECTIONS; s++) {
        buf_init(&texts[s], 1 << 16);
        for (size_t w = 0; w < SECTION_WORDS; w++) {
            put_word(&texts[s], state);
        }
        sections[s] = (struct index_section_in){
            .id = VIEW("s"), .heading = buf_view(&heading), .text = buf_view(&texts[s])};
        sections[s].vector = vectors != NULL ? vectors + s * dimensions : NULL;
    }
    snprintf(id, sizeof id, "d%08zu", number);
    const struct index_document_in in = {.id = view_of(id),
                                         .title = buf_view(&heading),
                                         .language = VIEW("en"),
                                         .sections = sections,
                                         .section_count = DOCUMENT_SECTIONS};
    struct index_document *document = NULL;
    bench_need(index_document_create(&in, (int32_t)dimensions, &document, NULL) == ESI_OK,
               "a document");
    for (size_t s = 0; s < DOCUMENT_SECTIONS; s++) {
        buf_clear(&texts[s]);
    }
    buf_clear(&heading);
    return document;
}

struct words {
    const struct index *index;
    struct buf questions[QUESTIONS];
    struct index_document **documents;
    size_t count;
};

static void prepare(struct words *w, size_t i, struct index_query *query) {
    struct token *tokens;
    size_t count;
    arena_clear(&arena);
    bench_need(text_tokens(buf_view(&w->questions[i % QUESTIONS]), "en", 100, &arena, &tokens,
                           &count, NULL) == ESI_OK &&
                   index_prepare(w->index, tokens, count, "en", NULL, 0, &arena, query, NULL) ==
                       ESI_OK,
               "prepare");
    query->vector = NULL;
    query->role = 0;
}

static void prepare_words(void *context, size_t i) {
    static struct index_query query;
    prepare(context, i, &query);
}

static void search_words(void *context, size_t i) {
    static struct index_query query;
    struct words *w = context;
    struct index_hit *hits;
    size_t count;
    prepare(w, i, &query);
    bench_need(index_search(w->index, &query, BEST, &arena, &hits, &count, NULL) == ESI_OK,
               "search");
}

static void build_words(void *context, size_t i) {
    struct words *w = context;
    (void)i;
    index_unref(build(w->documents, w->count));
}

static void bench_words(size_t sections) {
    uint64_t state = 3;
    struct words w = {.count = sections / DOCUMENT_SECTIONS};
    w.documents = calloc(w.count, sizeof(struct index_document *));
    bench_need(w.documents != NULL, "memory");
    const int64_t from = clock_cpu_ns();
    for (size_t i = 0; i < w.count; i++) {
        w.documents[i] = make_text(i, &state, NULL, 0);
    }
    const double reading = (double)(clock_cpu_ns() - from) / (double)w.count;
    struct index *index = build(w.documents, w.count);
    w.index = index;
    for (size_t i = 0; i < QUESTIONS; i++) {
        buf_init(&w.questions[i], 1 << 12);
        buf_str(&w.questions[i], "how do i ");
        for (size_t k = 0; k < 3 + i % 6; k++) {
            put_word(&w.questions[i], &state);
        }
    }
    char name[128];
    snprintf(name, sizeof name, "words: a question to %zu sections", index_sections(index));
    const double prepared = bench_ns(prepare_words, &w, QUESTIONS);
    bench_print(name, bench_ns(search_words, &w, QUESTIONS));
    bench_print("    of it reading the question's words", prepared);
    for (size_t i = 0; i < QUESTIONS; i++) {
        buf_str(&w.questions[i], "stakex");
    }
    bench_print("    with one misspelt word", bench_ns(search_words, &w, QUESTIONS));
    bench_print("    reading a document of 10 sections", reading);
    bench_print("    building the snapshot", bench_ns(build_words, &w, 1));
    printf("%-56s %10.0f\n", "    bytes a section, all in all",
           (double)index_bytes(index) / (double)index_sections(index));
    for (size_t i = 0; i < QUESTIONS; i++) {
        buf_clear(&w.questions[i]);
    }
    free_all(index, w.documents, w.count);
}

/* ---- all of a question ----------------------------------------------------------------------- */

#define CANDIDATES 60
#define DIVERSE 24
#define PASSAGES 5

struct together {
    struct words words;
    float *vectors; /* of the questions */
    size_t dimensions;
};

/* As a turn does it: words and vectors, fused, the best of them that aren't all the same. */
static void search_together(void *context, size_t i) {
    static struct index_query query;
    struct together *t = context;
    struct index_hit *hits;
    struct fused *fused;
    struct mmr_item items[DIVERSE];
    float room[2 * DIVERSE];
    uint32_t picked[PASSAGES];
    size_t count;
    prepare(&t->words, i, &query);
    query.vector = t->vectors + i % QUESTIONS * t->dimensions;
    bench_need(index_search(t->words.index, &query, CANDIDATES, &arena, &hits, &count, NULL) ==
                       ESI_OK &&
                   fuse_rank(hits, count, fuse_default(), &arena, &fused, NULL) == ESI_OK,
               "search");
    const size_t most = count < DIVERSE ? count : DIVERSE;
    for (size_t k = 0; k < most; k++) {
        const uint32_t section = fused[k].hit.section;
        items[k] = (struct mmr_item){.relevance = fused[k].score,
                                     .vector = index_section_vector(t->words.index, section),
                                     .document = index_section_document(t->words.index, section)};
    }
    bench_need(mmr_pick(items, most, t->dimensions, 0.75f, 0.3f, room, picked, PASSAGES) > 0,
               "pick");
}

static void bench_together(size_t sections, size_t dimensions) {
    struct source s = {.dimensions = dimensions, .clusters = sections / 100, .state = 7};
    struct together t = {.dimensions = dimensions, .words.count = sections / DOCUMENT_SECTIONS};
    uint64_t state = 3;
    float *room = malloc(DOCUMENT_SECTIONS * dimensions * sizeof(float));
    t.words.documents = calloc(t.words.count, sizeof(struct index_document *));
    t.vectors = malloc(QUESTIONS * dimensions * sizeof(float));
    bench_need(room != NULL && t.words.documents != NULL && t.vectors != NULL, "memory");
    make_centres(&s);
    for (size_t i = 0; i < t.words.count; i++) {
        for (size_t k = 0; k < DOCUMENT_SECTIONS; k++) {
            next_vector(&s, room + k * dimensions);
        }
        t.words.documents[i] = make_text(i, &state, room, dimensions);
    }
    struct index *index = build(t.words.documents, t.words.count);
    t.words.index = index;
    for (size_t i = 0; i < QUESTIONS; i++) {
        next_vector(&s, t.vectors + i * dimensions);
        buf_init(&t.words.questions[i], 1 << 12);
        buf_str(&t.words.questions[i], "how do i ");
        for (size_t k = 0; k < 3 + i % 6; k++) {
            put_word(&t.words.questions[i], &state);
        }
    }
    char name[128];
    snprintf(name, sizeof name, "words, vectors and MMR: %zu x %zu", sections, dimensions);
    bench_print(name, bench_ns(search_together, &t, QUESTIONS));
    for (size_t i = 0; i < QUESTIONS; i++) {
        buf_clear(&t.words.questions[i]);
    }
    free_all(index, t.words.documents, t.words.count);
    free(s.centres);
    free(t.vectors);
    free(room);
}

int main(int argc, char **argv) {
    arena_init(&arena, 0);
    if (argc == 3) {
        bench_real(argv[1], argv[2]);
        return 0;
    }
    bench_together(10000, 1536);
    bench_words(10000);
    bench_words(20000);
    for (size_t sections = 10000; sections <= 100000; sections *= 10) {
        bench_made_up(sections, 256, sections / 100);
        bench_made_up(sections, 1536, sections / 100);
        bench_made_up(sections, 1536, 0);
    }
    arena_clear(&arena);
    return 0;
}
