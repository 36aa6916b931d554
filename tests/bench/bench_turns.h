/* bench_turns.h: what a desk asks of a store for one turn, whichever store it is. */
#ifndef ESIHELP_TESTS_BENCH_TURNS_H
#define ESIHELP_TESTS_BENCH_TURNS_H

#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "bench.h"

#define NOW INT64_C(1790000000000)
#define FILLED 10000 /* turns that are there before anything is measured */

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

enum id_kind { ID_QUESTION = 1, ID_ANSWER, ID_TICKET };

static inline const char *id_of(struct speaker *s, enum id_kind kind) {
    return arena_printf(&s->arena, "01990000-%04x-7000-8000-%04x%08llx", (unsigned)kind,
                        (unsigned)s->number, (unsigned long long)s->turns);
}

/* Sessions of ten turns each. */
static inline const char *session_of(struct speaker *s) {
    return arena_printf(&s->arena, "s-%d-%lld", s->number, (long long)(s->turns / 10));
}

static inline void load(struct speaker *s, const esi_claim *claim) {
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

static inline void commit(struct speaker *s, const esi_claim *claim) {
    static const esi_store_reference references[] = {
        {"kb-vpn", "Using the VPN", "2.1", "VPN > Dropped connections", {1}, 0.71},
        {"kb-net", "The network of the range", "1.0", "Network > Names", {2}, 0.6},
        {"kb-vm", "Lab machines", "3.2", "Lab machines > Recovery", {3}, 0.5},
    };
    static const char *const rules[] = {"policy:trouble", "kb:kb-vpn#dropped"};
    const esi_store_new_ticket ticket = {.id = id_of(s, ID_TICKET),
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
        .user_message_id = id_of(s, ID_QUESTION),
        .user_text = "The VPN drops every few minutes and I have to sign in again each time",
        .message_id = id_of(s, ID_ANSWER),
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

static inline void load_op(void *context, size_t i) {
    struct speaker *s = context;
    const esi_claim none = {0};
    (void)i;
    s->turns = (int64_t)(i * 37 % FILLED);
    load(s, &none);
    arena_clear(&s->arena);
}

static inline void turn_op(void *context, size_t i) {
    struct speaker *s = context;
    const esi_claim none = {0};
    (void)i;
    load(s, &none);
    commit(s, &none);
    arena_clear(&s->arena);
}

static inline void claimed_op(void *context, size_t i) {
    struct speaker *s = context;
    (void)i;
    const esi_claim claim = claim_of(s);
    load(s, &claim);
    commit(s, &claim);
    arena_clear(&s->arena);
}

#endif
