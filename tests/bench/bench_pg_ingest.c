/* bench_pg_ingest.c: documents into PostgreSQL: how many ready-made chunks a second, and how near
 * that is to a bare COPY of the same rows into a table with the same indexes.
 *
 * bench_pg_ingest URL: an empty database that holds the extension "vector"; it is filled. Without
 * one, ESI_TEST_PG (tests/support/pg.py run -- bench_pg_ingest). */
#include <libpq-fe.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "bench.h"
#include "store/store.h"

#define DIMENSIONS 1536
#define SECTIONS 10   /* of a document */
#define DOCUMENTS 400 /* of each way of loading */
#define BATCH 120     /* documents of one load: what the desk puts together */
#define INDEXED 300   /* documents below the index before anything is measured */
#define ROUND 40      /* documents of one round with the index */
#define ROUNDS 6

static const esi_store_ops *ops;
static esi_store *store;
static PGconn *pq; /* of our own, beside the store */
static const esi_store_space space = {"bench", DIMENSIONS};
static uint64_t seed = 7;

static const esi_wait *forever(void) {
    static const esi_wait wait = {INT64_MAX, NULL};
    return &wait;
}

/* ---- documents ------------------------------------------------------------------------------- */

static const char *const words[] = {
    "range",    "profile", "machine", "snapshot", "network", "badge",   "printer", "exercise",
    "password", "console", "gateway", "student",  "router",  "licence", "tunnel",  "keyboard",
    "restart",  "choose",  "open",    "wait",     "close",   "check",   "report",  "compare"};

static const char *text_of(esi_arena *arena) {
    struct buf text;
    buf_init(&text, 4096);
    for (int i = 0; i < 90; i++) {
        const uint64_t n = bench_random(&seed);
        buf_str(&text, words[n % (sizeof words / sizeof *words)]);
        if (n % 7 == 0) { /* rarer words */
            buf_printf(&text, "%u", (unsigned)(n >> 32) % 5000);
        }
        buf_char(&text, ' ');
    }
    const char *copy = arena_str(arena, buf_view(&text));
    buf_clear(&text);
    bench_need(copy != NULL, "memory");
    return copy;
}

static void section_make(esi_arena *arena, size_t i, esi_store_section *out) {
    char *id = arena_alloc(arena, OS_UUID_SIZE);
    float *vector = ARENA_ARRAY(arena, DIMENSIONS, float);
    bench_need(id != NULL && vector != NULL && os_uuid7(clock_now_ms(), id, NULL) == ESI_OK, "id");
    for (size_t k = 0; k < DIMENSIONS; k++) {
        vector[k] = (float)(bench_uniform(&seed) - 0.5);
    }
    *out = (esi_store_section){.id = id,
                               .ordinal = (int32_t)i,
                               .line = (int32_t)(10 * i + 1),
                               .heading = "VPN > Dropped connections",
                               .text = text_of(arena),
                               .note = "{\"items\":[]}",
                               .vector = vector};
}

static esi_store_document *documents_make(esi_arena *arena, size_t count) {
    static unsigned made;
    esi_store_document *documents = ARENA_ARRAY(arena, count, esi_store_document);
    for (size_t i = 0; i < count; i++) {
        esi_store_section *sections = ARENA_ARRAY(arena, SECTIONS, esi_store_section);
        for (size_t k = 0; k < SECTIONS; k++) {
            section_make(arena, k, &sections[k]);
        }
        const char *id = arena_printf(arena, "kb-%u", made++);
        documents[i] = (esi_store_document){.id = id,
                                            .source = id,
                                            .scope = "/kb",
                                            .title = "Using the VPN",
                                            .version = "1",
                                            .updated = "",
                                            .standing = "current",
                                            .language = "en",
                                            .meta = "{}",
                                            .sections = sections,
                                            .section_count = SECTIONS};
    }
    return documents;
}

/* ---- loading --------------------------------------------------------------------------------- */

static void load(const esi_store_document *documents, size_t count) {
    esi_error err = {0};
    for (size_t at = 0; at < count; at += BATCH) {
        const size_t n = count - at < BATCH ? count - at : BATCH;
        bench_need(ops->kb_load(store, "esihelp", &space, documents + at, n, clock_now_ms(),
                                forever(), &err) == ESI_OK,
                   err.message);
    }
}

static void put_each(const esi_store_document *documents, size_t count) {
    esi_error err = {0};
    for (size_t i = 0; i < count; i++) {
        bench_need(ops->kb_upsert(store, "esihelp", &space, &documents[i], clock_now_ms(),
                                  forever(), &err) == ESI_OK,
                   err.message);
    }
}

/* CPU that all backends of this database have had, in seconds; they run on this machine. */
static double server_cpu(void) {
    PGresult *result =
        PQexec(pq, "SELECT pid FROM pg_stat_activity WHERE datname = current_database()");
    double sum = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/stat", PQgetvalue(result, i, 0));
        FILE *file = fopen(path, "r");
        long user = 0, kernel = 0; /* the 14th and 15th word */
        if (file != NULL &&
            fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
                   &kernel) == 2) {
            sum += (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
        }
        if (file != NULL) {
            fclose(file);
        }
    }
    PQclear(result);
    return sum;
}

static void print_rate(const char *name, void (*put)(const esi_store_document *, size_t)) {
    esi_arena arena = {0};
    const esi_store_document *documents = documents_make(&arena, DOCUMENTS);
    const double server = server_cpu();
    const int64_t from = esi_clock_ns(), cpu = clock_cpu_ns();
    put(documents, DOCUMENTS);
    const double wall = (double)(esi_clock_ns() - from) / 1e9;
    const double ours = (double)(clock_cpu_ns() - cpu) / 1e9, theirs = server_cpu() - server;
    const double chunks = (double)DOCUMENTS * SECTIONS;
    printf("%-32s %6.0f chunks/s; CPU of a chunk: ours %.0f us, the server's %.0f us\n", name,
           chunks / wall, ours * 1e6 / chunks, theirs * 1e6 / chunks);
    fflush(stdout);
    arena_clear(&arena);
}

/* ---- beside a bare COPY ---------------------------------------------------------------------- */

static void run(const char *sql) {
    PGresult *result = PQexec(pq, sql);
    const ExecStatusType status = PQresultStatus(result);
    bench_need(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, PQerrorMessage(pq));
    PQclear(result);
}

/* All that we keep of a section, as one row. */
#define ROWS                                                                                       \
    "SELECT s.number, s.id, s.document, s.collection, s.roles, s.searched, s.ordinal, s.line, "    \
    "s.heading, s.text, s.note, s.hash, s.words, e.space, e.vector FROM kb_sections s "            \
    "JOIN embeddings e ON e.section = s.number "

static void index_both(void) {
    run("CREATE TABLE bare WITH (toast_tuple_target = 8160) AS " ROWS);
    run("ALTER TABLE bare ADD PRIMARY KEY (number)");
    run("CREATE UNIQUE INDEX ON bare (id)");
    run("CREATE UNIQUE INDEX ON bare (document, ordinal)");
    run("CREATE INDEX ON bare USING gin (words)");
    run("CREATE UNIQUE INDEX ON bare (number, space)");
    run("CREATE INDEX ON bare (space)");
    run("CREATE INDEX ON bare USING hnsw ((vector::vector(1536)) vector_cosine_ops) "
        "WHERE space = 1");
    run("CREATE INDEX embeddings_space_1 ON embeddings USING hnsw "
        "((vector::vector(1536)) vector_cosine_ops) WHERE space = 1");
}

/* The newest rows, as COPY sends them. */
static void copy_out(struct buf *out) {
    char *piece = NULL;
    int size;
    char sql[1024];
    snprintf(sql, sizeof sql,
             "COPY (" ROWS "WHERE s.number > (SELECT max(number) FROM bare)) TO STDOUT "
             "(FORMAT binary)");
    PQclear(PQexec(pq, sql));
    while ((size = PQgetCopyData(pq, &piece, 0)) > 0) {
        buf_add(out, (struct view){piece, (size_t)size});
        PQfreemem(piece);
    }
    PQclear(PQgetResult(pq));
    bench_need(!out->failed, "COPY TO");
}

static void copy_in(struct view rows) {
    PQclear(PQexec(pq, "COPY bare FROM STDIN (FORMAT binary)"));
    for (size_t at = 0; at < rows.n; at += 8192) {
        const size_t n = rows.n - at < 8192 ? rows.n - at : 8192;
        bench_need(PQputCopyData(pq, rows.p + at, (int)n) == 1, PQerrorMessage(pq));
    }
    bench_need(PQputCopyEnd(pq, NULL) == 1, PQerrorMessage(pq));
    PGresult *result = PQgetResult(pq);
    bench_need(PQresultStatus(result) == PGRES_COMMAND_OK, PQerrorMessage(pq));
    PQclear(result);
    PQclear(PQgetResult(pq));
}

/* What a way of loading took so far. */
struct cost {
    double wall, server; /* seconds */
};

static void cost_begin(struct cost *cost) {
    cost->wall -= (double)esi_clock_ns() / 1e9;
    cost->server -= server_cpu();
}

static void cost_end(struct cost *cost) {
    cost->wall += (double)esi_clock_ns() / 1e9;
    cost->server += server_cpu();
}

static void cost_print(const char *name, const struct cost *cost) {
    const double chunks = (double)ROUNDS * ROUND * SECTIONS;
    printf("%-40s %6.0f chunks/s; CPU of a chunk: the server's %.0f us\n", name,
           chunks / cost->wall, cost->server * 1e6 / chunks);
}

static void compare(void) {
    struct cost ours = {0}, bare = {0};
    for (int i = 0; i < ROUNDS; i++) {
        esi_arena arena = {0};
        struct buf rows;
        const esi_store_document *documents = documents_make(&arena, ROUND);
        cost_begin(&ours);
        load(documents, ROUND);
        cost_end(&ours);
        buf_init(&rows, 1u << 30);
        copy_out(&rows);
        cost_begin(&bare);
        copy_in(buf_view(&rows));
        cost_end(&bare);
        buf_clear(&rows);
        arena_clear(&arena);
    }
    cost_print("kb_load with the index live", &ours);
    cost_print("bare COPY into a table with its indexes", &bare);
    bench_print_ratio("time of kb_load over that of bare COPY", ours.wall, bare.wall);
    bench_print_ratio("the same, CPU of the server", ours.server, bare.server);
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : getenv("ESI_TEST_PG");
    esi_error err = {0};
    bench_need(url != NULL, "give the URL of an empty PostgreSQL database, or ESI_TEST_PG");
    const esi_store_config config = {
        .size = sizeof config, .url = url, .migrate = true, .wait = *forever()};
    bench_need(store_find(url, &ops, &err) == ESI_OK, err.message);
    bench_need(ops->open(&config, &store, &err) == ESI_OK, err.message);
    pq = PQconnectdb(url);
    bench_need(PQstatus(pq) == CONNECTION_OK, PQerrorMessage(pq));
    printf("chunks of %d dimensions, %d of a document\n", DIMENSIONS, SECTIONS);
    print_rate("kb_load", load);
    print_rate("kb_upsert, a document a visit", put_each);
    print_rate("kb_load", load);
    run("TRUNCATE collections, embedding_spaces, kb_documents, kb_sections, embeddings "
        "RESTART IDENTITY CASCADE");
    esi_arena arena = {0};
    load(documents_make(&arena, INDEXED), INDEXED);
    arena_clear(&arena);
    index_both();
    compare();
    PQfinish(pq);
    ops->close(store);
    return 0;
}
