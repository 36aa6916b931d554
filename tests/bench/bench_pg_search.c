/* bench_pg_search.c: the database's own search: how much of what an exact search finds it finds, of
 * all sections and through filters that keep 50, 5 and 0.5 % of them, and what the store costs
 * beside the same statement sent bare through libpq.
 *
 * bench_pg_search [SECTIONS [URL]]: 20,000 sections of 1,536 dimensions where nothing is said, into
 * an empty database that holds the extension "vector". Without a URL, ESI_TEST_PG
 * (tests/support/pg.py run -- bench_pg_search 100000). */
#include <libpq-fe.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/vector.h"
#include "bench.h"
#include "store/pg_parts.h"
#include "store/pg_words.h"
#include "store/store.h"

#define DIMENSIONS 1536
#define CLUSTER 100 /* sections of one cluster; their cosine to each other is 0.67 */
#define SECTIONS 10 /* of a document */
#define BATCH 100   /* documents of one load */
#define QUESTIONS 60
#define ROUNDS 3
#define MOST 60
#define BEST 10

static const esi_store_ops *ops;
static esi_store *store;
static PGconn *pq;
static const esi_store_space space = {"bench", DIMENSIONS};
static uint64_t seed = 7;
static size_t section_count;
static float *vectors;
static uint32_t *roles;

static const esi_wait *forever(void) {
    static const esi_wait wait = {INT64_MAX, NULL};
    return &wait;
}

/* ---- vectors and documents ------------------------------------------------------------------- */

static float gauss(void) {
    const double u = bench_uniform(&seed) + 1e-12, v = bench_uniform(&seed);
    return (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
}

static const float *vector_of(size_t section) {
    return vectors + section * DIMENSIONS;
}

static void vectors_make(void) {
    const size_t clusters = section_count / CLUSTER;
    float *centres = malloc(clusters * DIMENSIONS * sizeof(float));
    vectors = malloc(section_count * DIMENSIONS * sizeof(float));
    roles = malloc(section_count * sizeof(uint32_t));
    bench_need(centres != NULL && vectors != NULL && roles != NULL, "memory");
    for (size_t c = 0; c < clusters; c++) {
        for (size_t i = 0; i < DIMENSIONS; i++) {
            centres[c * DIMENSIONS + i] = gauss();
        }
        vector_normalise(centres + c * DIMENSIONS, DIMENSIONS);
    }
    const float spread = 0.7f / sqrtf((float)DIMENSIONS);
    for (size_t s = 0; s < section_count; s++) {
        const float *centre = centres + bench_random(&seed) % clusters * DIMENSIONS;
        float *v = vectors + s * DIMENSIONS;
        for (size_t i = 0; i < DIMENSIONS; i++) {
            v[i] = centre[i] + spread * gauss();
        }
        vector_normalise(v, DIMENSIONS);
        if (s % SECTIONS == 0) {
            roles[s] = 32u | (bench_uniform(&seed) < 0.5 ? 2u : 0u) |
                       (bench_uniform(&seed) < 0.05 ? 4u : 0u) |
                       (bench_uniform(&seed) < 0.005 ? 8u : 0u);
        } else {
            roles[s] = roles[s - 1];
        }
    }
    free(centres);
}

/* A word; the smaller its number, the more often it is used. */
static void put_word(struct buf *text) {
    buf_printf(text, "word%ux ", (unsigned)exp(bench_uniform(&seed) * log(20000.0)));
}

static esi_store_document document_make(esi_arena *arena, size_t number) {
    esi_store_section *sections = ARENA_ARRAY(arena, SECTIONS, esi_store_section);
    bench_need(sections != NULL, "memory");
    for (size_t k = 0; k < SECTIONS; k++) {
        const size_t s = number * SECTIONS + k;
        struct buf text;
        buf_init(&text, 1 << 16);
        for (int w = 0; w < 120; w++) {
            put_word(&text);
        }
        sections[k] =
            (esi_store_section){.id = arena_printf(arena, "01990000-0000-7000-8000-%012zx", s),
                                .ordinal = (int32_t)k,
                                .heading = arena_printf(arena, "Part %zu", k),
                                .text = arena_str(arena, buf_view(&text)),
                                .vector = vector_of(s)};
        buf_clear(&text);
    }
    const char *id = arena_printf(arena, "kb-%zu", number);
    return (esi_store_document){.id = id,
                                .source = id,
                                .scope = "/kb",
                                .title = id,
                                .version = "1",
                                .updated = "",
                                .standing = "current",
                                .language = "en",
                                .roles = roles[number * SECTIONS],
                                .meta = "{}",
                                .sections = sections,
                                .section_count = SECTIONS};
}

static void run(const char *sql) {
    PGresult *result = PQexec(pq, sql);
    const ExecStatusType status = PQresultStatus(result);
    bench_need(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, PQerrorMessage(pq));
    PQclear(result);
}

static void fill(void) {
    esi_error err = {0};
    const int64_t from = esi_clock_ns();
    for (size_t at = 0; at < section_count / SECTIONS; at += BATCH) {
        esi_arena arena = {0};
        esi_store_document documents[BATCH];
        size_t n = 0;
        for (; n < BATCH && at + n < section_count / SECTIONS; n++) {
            documents[n] = document_make(&arena, at + n);
        }
        bench_need(ops->kb_load(store, "esihelp", &space, documents, n, clock_now_ms(), forever(),
                                &err) == ESI_OK,
                   err.message);
        arena_clear(&arena);
    }
    run("SET maintenance_work_mem = '1500MB'");
    run("CREATE INDEX embeddings_space_1 ON embeddings USING hnsw "
        "((vector::vector(1536)) vector_cosine_ops) WHERE space = 1");
    run("VACUUM ANALYZE kb_sections, kb_documents, embeddings");
    printf("%zu sections of %d dimensions loaded and indexed in %.0f s\n", section_count,
           DIMENSIONS, (double)(esi_clock_ns() - from) / 1e9);
    fflush(stdout);
}

/* ---- questions ------------------------------------------------------------------------------- */

struct question {
    float vector[DIMENSIONS];
    char words[256];
};

static struct question *questions;

/* Near a chunk: one of them with noise, of a cosine of 0.9 to it. Mid-way: between two of them. */
static void questions_make(bool near) {
    for (size_t q = 0; q < QUESTIONS; q++) {
        const float *a = vector_of(bench_random(&seed) % section_count);
        const float *b = vector_of(bench_random(&seed) % section_count);
        const float noise = 0.48f / sqrtf((float)DIMENSIONS);
        for (size_t i = 0; i < DIMENSIONS; i++) {
            questions[q].vector[i] = near ? a[i] + noise * gauss() : a[i] + b[i];
        }
        vector_normalise(questions[q].vector, DIMENSIONS);
        struct buf text;
        buf_init(&text, sizeof questions[q].words - 1);
        for (size_t w = 0; w < 4 + q % 4; w++) {
            put_word(&text);
        }
        snprintf(questions[q].words, sizeof questions[q].words, "%s", text.p);
        buf_clear(&text);
    }
}

struct best {
    float cosine[BEST];
    size_t count;
};

static void best_offer(struct best *best, float cosine) {
    size_t at = best->count < BEST ? best->count++ : BEST;
    for (; at > 0 && best->cosine[at - 1] < cosine; at--) {
        if (at < BEST) {
            best->cosine[at] = best->cosine[at - 1];
        }
    }
    if (at < BEST) {
        best->cosine[at] = cosine;
    }
}

static float least_of_best(const float *vector, uint32_t role) {
    struct best best = {.count = 0};
    for (size_t s = 0; s < section_count; s++) {
        if ((roles[s] & role) != 0) {
            best_offer(&best, vector_dot(vector, vector_of(s), DIMENSIONS));
        }
    }
    return best.cosine[best.count - 1];
}

struct taken {
    const float *vector;
    float least;
    size_t good, all;
};

static esi_err take(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct taken *t = context;
    (void)gone;
    (void)err;
    for (size_t i = 0; i < d->section_count; i++) {
        const float *v = d->sections[i].vector;
        t->all++;
        t->good += v != NULL && vector_dot(t->vector, v, DIMENSIONS) >= t->least - 1e-6f;
    }
    return ESI_OK;
}

static esi_store_found search(size_t q, const char *words, uint32_t role, struct taken *t) {
    esi_error err = {0};
    esi_arena arena = {0};
    esi_store_found found;
    const esi_store_search query = {.words = words,
                                    .language = "en",
                                    .vector = questions[q].vector,
                                    .dimensions = DIMENSIONS,
                                    .role = role,
                                    .most = MOST,
                                    .sections = (int64_t)section_count};
    bench_need(ops->kb_search(store, "esihelp", &query, forever(), &arena, take, t, &found, &err) ==
                   ESI_OK,
               err.message);
    arena_clear(&arena);
    return found;
}

/* ---- recall ---------------------------------------------------------------------------------- */

static void print_recall(const char *name, uint32_t role) {
    size_t good = 0, indexed = 0, mended = 0;
    int64_t searching = 0;
    for (size_t q = 0; q < QUESTIONS; q++) {
        struct taken t = {.vector = questions[q].vector,
                          .least = least_of_best(questions[q].vector, role)};
        const int64_t begin = esi_clock_ns();
        const esi_store_found found = search(q, NULL, role, &t);
        searching += esi_clock_ns() - begin;
        good += t.good < BEST ? t.good : BEST;
        indexed += found.indexed;
        mended += found.mended;
    }
    printf("  %-18s recall@10 %.4f, %5.1f ms each; by the index %zu of %d, %zu short\n", name,
           (double)good / (QUESTIONS * BEST), (double)searching / QUESTIONS / 1e6, indexed,
           QUESTIONS, mended);
    fflush(stdout);
}

static void bench_recall(void) {
    for (int near = 1; near >= 0; near--) {
        questions_make(near != 0);
        printf("%s\n", near != 0 ? "questions near a chunk" : "questions mid-way between two");
        print_recall("all sections", 32);
        print_recall("50 % of them", 2);
        print_recall("5 % of them", 4);
        print_recall("0.5 % of them", 8);
    }
}

/* ---- beside libpq ---------------------------------------------------------------------------- */

static const char sql_same[] =
    "SELECT kind, a, b, c, id, source, title, version, updated, standing, language, roles, meta, "
    "section, ordinal, line, heading, body, note, embedding "
    "FROM esi_kb_search($1, $2, $3, $4, $5, $6)";

/* CPU that all backends of this database have had, in clock ticks. */
static long server_ticks(void) {
    PGresult *result =
        PQexec(pq, "SELECT pid FROM pg_stat_activity WHERE datname = current_database()");
    long sum = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/stat", PQgetvalue(result, i, 0));
        FILE *file = fopen(path, "r");
        long user = 0, kernel = 0;
        if (file != NULL &&
            fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
                   &kernel) == 2) {
            sum += user + kernel;
        }
        if (file != NULL) {
            fclose(file);
        }
    }
    PQclear(result);
    return sum;
}

/* What the same statement is given, ready before it is measured. */
struct bare {
    struct pg_args args;
    esi_arena arena;
};

static void bare_make(struct bare *b, size_t q, uint32_t role) {
    struct pg_words words;
    bench_need(pg_question_words(questions[q].words, "en", 48, &b->arena, &words, NULL) == ESI_OK,
               "words");
    b->args = args_of(&b->arena);
    args_text(&b->args, "esihelp");
    args_texts(&b->args, words.items, words.count);
    args_vector(&b->args, questions[q].vector, DIMENSIONS);
    args_int(&b->args, role);
    args_int(&b->args, MOST);
    args_int(&b->args, (int64_t)section_count);
}

static void bare_run(struct bare *b) {
    int formats[PG_ARGS_MAX];
    const char *values[PG_ARGS_MAX];
    for (int i = 0; i < b->args.count; i++) {
        const bool fixed = b->args.values[i] == NULL && b->args.lengths[i] >= 0;
        values[i] = fixed ? (const char *)b->args.fixed[i] : b->args.values[i];
        formats[i] = 1;
    }
    PGresult *result =
        PQexecPrepared(pq, "same", b->args.count, values, b->args.lengths, formats, 1);
    bench_need(PQresultStatus(result) == PGRES_TUPLES_OK, PQerrorMessage(pq));
    bench_need(PQntuples(result) > MOST, "the bare statement finds nothing");
    PQclear(result);
}

struct cost {
    double wall, client, server; /* ms each */
};

static void add_store(struct cost *cost, uint32_t role) {
    const long ticks = server_ticks();
    const int64_t wall = esi_clock_ns(), cpu = clock_cpu_ns();
    for (size_t q = 0; q < QUESTIONS; q++) {
        struct taken t = {.vector = questions[q].vector, .least = 2.0f};
        search(q, questions[q].words, role, &t);
    }
    cost->client += (double)(clock_cpu_ns() - cpu);
    cost->wall += (double)(esi_clock_ns() - wall);
    cost->server += (double)(server_ticks() - ticks);
}

static void add_bare(struct cost *cost, struct bare *bares) {
    const long ticks = server_ticks();
    const int64_t wall = esi_clock_ns(), cpu = clock_cpu_ns();
    for (size_t q = 0; q < QUESTIONS; q++) {
        bare_run(&bares[q]);
    }
    cost->client += (double)(clock_cpu_ns() - cpu);
    cost->wall += (double)(esi_clock_ns() - wall);
    cost->server += (double)(server_ticks() - ticks);
}

static void print_cost(const char *name, struct cost c) {
    const double times = (double)QUESTIONS * ROUNDS;
    const double tick_ms = 1e3 / (double)sysconf(_SC_CLK_TCK);
    printf("  %-30s wall %7.2f ms, our CPU %6.3f ms, the server's %7.2f ms\n", name,
           c.wall / times / 1e6, c.client / times / 1e6, c.server * tick_ms / times);
}

static void bench_beside(const char *name, uint32_t role) {
    struct bare *bares = calloc(QUESTIONS, sizeof *bares);
    struct cost ours = {0}, bare = {0}, warm = {0};
    bench_need(bares != NULL, "memory");
    for (size_t q = 0; q < QUESTIONS; q++) {
        bare_make(&bares[q], q, role);
    }
    add_store(&warm, role);
    add_bare(&warm, bares);
    for (int round = 0; round < ROUNDS; round++) {
        add_store(&ours, role);
        add_bare(&bare, bares);
    }
    printf("words and vectors, %s\n", name);
    print_cost("the store", ours);
    print_cost("the same SQL through libpq", bare);
    const double tick_ns = 1e9 / (double)sysconf(_SC_CLK_TCK);
    printf("  %-30s wall %.3f, CPU %.3f\n", "the store / libpq", ours.wall / bare.wall,
           (ours.client + ours.server * tick_ns) / (bare.client + bare.server * tick_ns));
    fflush(stdout);
    for (size_t q = 0; q < QUESTIONS; q++) {
        arena_clear(&bares[q].arena);
    }
    free(bares);
}

int main(int argc, char **argv) {
    esi_error err = {0};
    const char *url = argc > 2 ? argv[2] : getenv("ESI_TEST_PG");
    bench_need(url != NULL, "no database: run it by tests/support/pg.py");
    section_count = argc > 1 ? strtoul(argv[1], NULL, 10) / SECTIONS * SECTIONS : 20000;
    questions = calloc(QUESTIONS, sizeof *questions);
    bench_need(section_count >= 1000 && questions != NULL, "too few sections, or no memory");
    const esi_store_config config = {
        .size = sizeof config, .url = url, .migrate = true, .connections = 1, .wait = *forever()};
    bench_need(store_find(url, &ops, &err) == ESI_OK, err.message);
    bench_need(ops->open(&config, &store, &err) == ESI_OK, err.message);
    pq = PQconnectdb(url);
    bench_need(PQstatus(pq) == CONNECTION_OK, PQerrorMessage(pq));
    vectors_make();
    fill();
    bench_recall();
    PGresult *prepared = PQprepare(pq, "same", sql_same, 0, NULL);
    bench_need(PQresultStatus(prepared) == PGRES_COMMAND_OK, PQerrorMessage(pq));
    PQclear(prepared);
    questions_make(true);
    bench_beside("all sections", 32);
    bench_beside("50 % of them", 2);
    bench_beside("5 % of them", 4);
    PQfinish(pq);
    ops->close(store);
    free(vectors);
    free(roles);
    free(questions);
    return 0;
}
