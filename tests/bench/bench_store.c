/* bench_store.c: what the embedded store costs a turn, and what committing together saves.
 *
 * bench_store [FOLDER]: where the file is made; the disk matters. Default: the current folder. */
#include <string.h>

#include "base/os.h"
#include "bench.h"
#include "bench_turns.h"
#include "store/store.h"

#define SECTIONS 10
#define DIMENSIONS 256
#define THREADS 8
#define EACH 200 /* turns of one thread */

static void version_op(void *context, size_t i) {
    esi_arena *arena = context;
    int64_t version;
    esi_store_space space;
    (void)i;
    bench_need(ops->kb_version(store, "esihelp", forever(), arena, &version, &space, NULL) ==
                   ESI_OK,
               "kb_version");
    arena_clear(arena);
}

static void metrics_op(void *context, size_t i) {
    esi_arena *arena = context;
    esi_store_metrics sums;
    (void)i;
    bench_need(ops->metrics(store, 0, INT64_MAX, forever(), arena, &sums, NULL) == ESI_OK,
               "metrics");
    arena_clear(arena);
}

/* ---- documents ------------------------------------------------------------------------------- */

static char document_id[32];
static char section_ids[1000][SECTIONS][40];

static void upsert_op(void *context, size_t i) {
    static const esi_store_space space = {"bench", DIMENSIONS};
    static float vector[DIMENSIONS];
    esi_store_section sections[SECTIONS];
    (void)context;
    snprintf(document_id, sizeof document_id, "kb-%zu", i);
    for (size_t k = 0; k < SECTIONS; k++) {
        snprintf(section_ids[i][k], sizeof section_ids[i][k], "sec-%zu-%zu", i, k);
        sections[k] = (esi_store_section){
            .id = section_ids[i][k],
            .ordinal = (int32_t)k,
            .line = (int32_t)(10 * k + 1),
            .heading = "VPN > Dropped connections",
            .text = "Choose the range profile, not the office one. Then disconnect, open the "
                    "client's settings, choose the profile named after your range and connect.",
            .note = "{\"steps\":[\"choose the profile\"]}",
            .vector = vector};
    }
    const esi_store_document d = {.id = document_id,
                                  .source = document_id,
                                  .scope = "/kb",
                                  .title = "Using the VPN",
                                  .version = "1",
                                  .updated = "",
                                  .standing = "current",
                                  .language = "en",
                                  .meta = "{}",
                                  .sections = sections,
                                  .section_count = SECTIONS};
    bench_need(ops->kb_upsert(store, "esihelp", &space, &d, NOW, forever(), NULL) == ESI_OK,
               "kb_upsert");
}

static void fetch_op(void *context, size_t i) {
    esi_arena *arena = context;
    const char *ids[6];
    const esi_store_passage *passages;
    size_t count;
    for (size_t k = 0; k < 6; k++) {
        ids[k] = section_ids[(i * 31 + k * 17) % 300][k];
    }
    bench_need(ops->kb_fetch(store, "esihelp", ids, 6, forever(), arena, &passages, &count, NULL) ==
                       ESI_OK &&
                   count == 6,
               "kb_fetch");
    arena_clear(arena);
}

static esi_err see(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    (void)gone;
    (void)err;
    *(size_t *)context += d->section_count;
    return ESI_OK;
}

static void changes_op(void *context, size_t i) {
    size_t sections = 0;
    int64_t version;
    (void)context;
    (void)i;
    bench_need(ops->kb_changes(store, "esihelp", 0, forever(), see, &sections, &version, NULL) ==
                   ESI_OK,
               "kb_changes");
}

/* ---- many at once ---------------------------------------------------------------------------- */

static void speak(void *context) {
    struct speaker *s = context;
    for (int i = 0; i < EACH; i++) {
        turn_op(s, 0);
    }
}

/* Turns a second, by the clock on the wall. */
static double turns_a_second(int threads, int first_number) {
    struct speaker speakers[THREADS] = {0};
    struct os_thread running[THREADS];
    const int64_t from = esi_clock_ns();
    for (int i = 0; i < threads; i++) {
        speakers[i].number = first_number + i;
        bench_need(os_thread_start(&running[i], speak, &speakers[i], 0, NULL) == ESI_OK, "thread");
    }
    for (int i = 0; i < threads; i++) {
        os_thread_join(&running[i]);
    }
    return (double)threads * EACH * 1e9 / (double)(esi_clock_ns() - from);
}

static void open_store(const char *folder, char path[300]) {
    esi_error err = {0};
    char id[OS_UUID_SIZE];
    bench_need(os_uuid7(clock_now_ms(), id, &err) == ESI_OK, "an id");
    snprintf(path, 300, "%s/bench-%s.db", folder, id);
    const esi_store_config config = {
        .size = sizeof config, .url = path, .migrate = true, .wait = *forever()};
    bench_need(store_find(path, &ops, &err) == ESI_OK, err.message);
    bench_need(ops->open(&config, &store, &err) == ESI_OK, err.message);
}

int main(int argc, char **argv) {
    char path[300];
    esi_arena arena = {0};
    struct speaker filler = {.number = 1000}, other = {.number = 1001}, third = {.number = 1002};
    open_store(argc > 1 ? argv[1] : ".", path);
    for (int i = 0; i < FILLED; i++) {
        turn_op(&filler, 0);
    }
    printf("a file with %d turns; CPU time of the calling thread\n", FILLED);
    bench_print("session_load (ten messages, no claim)", bench_ns(load_op, &filler, 2000));
    bench_print("session_load and turn_commit", bench_ns(turn_op, &other, 500));
    bench_print("the same with a claim", bench_ns(claimed_op, &other, 500));
    third.tickets = true;
    bench_print("session_load and turn_commit with a ticket", bench_ns(turn_op, &third, 500));
    bench_print("metrics of all of it", bench_ns(metrics_op, &arena, 5));
    bench_print("kb_upsert, 10 sections of 256 dimensions", bench_ns(upsert_op, NULL, 300));
    bench_print("kb_version", bench_ns(version_op, &arena, 5000));
    bench_print("kb_fetch of 6 sections", bench_ns(fetch_op, &arena, 2000));
    bench_print("kb_changes of 300 documents", bench_ns(changes_op, NULL, 5));

    const double alone = turns_a_second(1, 0), together = turns_a_second(THREADS, 1);
    printf("%-56s %10.0f\n", "turns a second on this disk, 1 thread", alone);
    printf("%-56s %10.0f\n", "turns a second on this disk, 8 threads", together);
    bench_print_ratio("what committing together brings", together, alone);
    ops->close(store);
    bench_need(remove(path) == 0, "remove the file");
    return 0;
}
