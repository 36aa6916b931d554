/* bench_store.c: what the embedded store costs a turn, and what committing together saves.
 *
 * bench_store [FOLDER]: where the file is made; the disk matters. Default: the current folder. */
#include <string.h>

#include "base/os.h"
#include "bench.h"
#include "store/store.h"

#define NOW INT64_C(1790000000000)
#define FILLED 10000 /* turns that are there before anything is measured */
#define SECTIONS 10
#define DIMENSIONS 256
#define THREADS 8
#define EACH 200 /* turns of one thread */

static const esi_store_ops *ops;
static esi_store *store;

static const esi_wait *forever(void) {
    static const esi_wait wait = {INT64_MAX, NULL};
    return &wait;
}

/* One thread's: its sessions, ids and memory. */
struct speaker {
    int number;
    int64_t turns;
    bool tickets;
    esi_arena arena;
};

static esi_claim claim_of(struct speaker *s) {
    esi_claim claim = {.caller = "alice", .lease_ms = 30000};
    claim.request_id = arena_printf(&s->arena, "r-%d-%lld", s->number, (long long)s->turns);
    return claim;
}

/* Sessions of ten turns each. */
static const char *session_of(struct speaker *s) {
    return arena_printf(&s->arena, "s-%d-%lld", s->number, (long long)(s->turns / 10));
}

static void load(struct speaker *s, const esi_claim *claim) {
    const esi_session_query query = {.session_id = session_of(s),
                                     .user_id = "alice",
                                     .history = 12,
                                     .claim = *claim,
                                     .collection = "esihelp",
                                     .now_ms = NOW};
    esi_session_view view;
    bench_need(ops->session_load(store, &query, forever(), &s->arena, &view, NULL) == ESI_OK &&
                   view.claim == ESI_CLAIM_NEW,
               "session_load");
}

static void commit(struct speaker *s, const esi_claim *claim) {
    static const esi_store_reference references[] = {
        {"kb-vpn", "Using the VPN", "2.1", "VPN > Dropped connections", {1}, 0.71},
        {"kb-net", "The network of the range", "1.0", "Network > Names", {2}, 0.6},
        {"kb-vm", "Lab machines", "3.2", "Lab machines > Recovery", {3}, 0.5},
    };
    static const char *const rules[] = {"policy:trouble", "kb:kb-vpn#dropped"};
    const esi_store_new_ticket ticket = {
        .id = arena_printf(&s->arena, "t-%d-%lld", s->number, (long long)s->turns),
        .session_id = session_of(s),
        .user_id = "alice",
        .category = "network",
        .kind = "trouble",
        .summary = "The VPN drops in lab 7",
        .now_ms = NOW + s->turns};
    const esi_store_turn turn = {
        .session_id = session_of(s),
        .user_id = "alice",
        .user_role = "trainee",
        .expect_turns = s->turns % 10,
        .issues = "{\"issues\":[{\"about\":\"the VPN drops\",\"tier\":0,\"open\":true}]}",
        .user_message_id = arena_printf(&s->arena, "q-%d-%lld", s->number, (long long)s->turns),
        .user_text = "The VPN drops every few minutes and I have to sign in again each time",
        .message_id = arena_printf(&s->arena, "a-%d-%lld", s->number, (long long)s->turns),
        .answer = "Choose the range profile, not the office one. Then: 1. Disconnect. 2. Open the "
                  "client's settings. 3. Choose the profile named after your range. 4. Connect "
                  "again. If it drops once more, have the time and the profile's name ready.",
        .act = ESI_ACT_TROUBLE,
        .coverage = ESI_COVERAGE_COVERED,
        .category = "network",
        .confidence = 0.8,
        .rules = {rules, 2},
        .model = "offline",
        .references = references,
        .reference_count = 3,
        .ticket = s->tickets ? &ticket : NULL,
        .claim = *claim,
        .reply = claim->request_id != NULL ? "{\"answer\":\"Choose the range profile\"}" : NULL,
        .now_ms = NOW + s->turns};
    esi_store_turn_result result;
    bench_need(ops->turn_commit(store, &turn, forever(), &s->arena, &result, NULL) == ESI_OK,
               "turn_commit");
    s->turns++;
}

static void load_op(void *context, size_t i) {
    struct speaker *s = context;
    const esi_claim none = {0};
    (void)i;
    s->turns = (int64_t)(i * 37 % FILLED);
    load(s, &none);
    arena_clear(&s->arena);
}

static void turn_op(void *context, size_t i) {
    struct speaker *s = context;
    const esi_claim none = {0};
    (void)i;
    load(s, &none);
    commit(s, &none);
    arena_clear(&s->arena);
}

static void claimed_op(void *context, size_t i) {
    struct speaker *s = context;
    (void)i;
    const esi_claim claim = claim_of(s);
    load(s, &claim);
    commit(s, &claim);
    arena_clear(&s->arena);
}

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
