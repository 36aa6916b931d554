/* A process that writes turns and documents is killed at a random moment, again and again, over one
 * file. Each time the file opens, nothing in it is half, and all that was acknowledged is there. */
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_FILE 0
#define KILLS 60
#define KILLS_LONG 150 /* with ESI_SOAK=1, and that often: */
#define ROUNDS_LONG 12
#define WRITERS 2 /* threads that commit turns, each in sessions of its own */

/* One thing that was acknowledged, as the child tells it. */
struct ack {
    int32_t kind;  /* the writer's number, or WRITERS for a document */
    int32_t life;  /* which child */
    int64_t count; /* turns of the session, or sections of the document */
};

/* Pseudo-random, so that a seed repeats a run. */
static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* ---- the child --------------------------------------------------------------------------- */

struct writer {
    struct fixture f; /* its own arena and ids, the common store */
    int number, life, pipe;
    uint32_t seed;
};

static void acknowledge(const struct writer *w, int64_t count) {
    const struct ack ack = {w->number, w->life, count};
    if (write(w->pipe, &ack, sizeof ack) != (ssize_t)sizeof ack) {
        _exit(3);
    }
}

static void session_name(char out[32], int number, int life) {
    snprintf(out, 32, "s-%d-%d", number, life);
}

/* A turn with everything that belongs to it, so that there is much to be cut through. */
static void write_turn(struct writer *w, const char *session, int64_t turns) {
    struct fixture *f = &w->f;
    const char *request = arena_printf(&f->arena, "%s/%lld", session, (long long)turns);
    const esi_store_guardrail_event event = {fixture_id(f), "exfil", "r", "no", "x"};
    const esi_store_new_ticket ticket = a_ticket(f, session, "network");
    esi_session_query query = a_query(session, "alice");
    query.claim = a_claim("alice", request, 1);
    esi_session_view view;
    if (f->ops->session_load(f->store, &query, &f->wait, &f->arena, &view, &f->err) != ESI_OK) {
        _exit(4);
    }
    esi_store_turn turn = a_turn(f, session, turns);
    turn.claim = query.claim;
    turn.reply = "{}";
    turn.escalated = next_random(&w->seed) % 3 == 0;
    turn.ticket = turn.escalated ? &ticket : NULL;
    turn.guardrail = next_random(&w->seed) % 4 == 0 ? &event : NULL;
    esi_store_turn_result result;
    if (f->ops->turn_commit(f->store, &turn, &f->wait, &f->arena, &result, &f->err) != ESI_OK) {
        _exit(5);
    }
    acknowledge(w, turns + 1);
}

static void write_turns(void *context) {
    struct writer *w = context;
    char session[32];
    session_name(session, w->number, w->life);
    for (int64_t turns = 0;; turns++) {
        write_turn(w, session, turns);
        arena_clear(&w->f.arena);
    }
}

static void write_documents(void *context) {
    struct writer *w = context;
    for (;;) {
        const size_t sections = 1 + next_random(&w->seed) % 40;
        const esi_store_document d = a_document(&w->f, "shared", sections, (float)sections);
        if (w->f.ops->kb_upsert(w->f.store, COLLECTION, &a_space, &d, NOW, &w->f.wait, &w->f.err) !=
            ESI_OK) {
            _exit(6);
        }
        acknowledge(w, (int64_t)sections);
        arena_clear(&w->f.arena);
    }
}

/* Never returns: it is killed. */
static void live(const struct fixture *f, int life, uint32_t seed, int pipe) {
    struct fixture mine = *f;
    struct writer writers[WRITERS + 1];
    struct os_thread threads[WRITERS];
    const esi_store_config config = {
        .size = sizeof config, .url = f->url, .migrate = true, .wait = f->wait};
    if (mine.ops->open(&config, &mine.store, &mine.err) != ESI_OK) {
        _exit(1);
    }
    for (int i = 0; i <= WRITERS; i++) {
        writers[i] = (struct writer){
            .f = mine, .number = i, .life = life, .pipe = pipe, .seed = seed + (uint32_t)i};
        writers[i].f.arena = (esi_arena){0};
        writers[i].f.ids = (unsigned)((life * (WRITERS + 1) + i) * 100000);
        if (i < WRITERS &&
            os_thread_start(&threads[i], write_turns, &writers[i], 0, NULL) != ESI_OK) {
            _exit(2);
        }
    }
    write_documents(&writers[WRITERS]);
}

/* ---- the parent -------------------------------------------------------------------------- */

/* What was acknowledged last. */
struct known {
    int64_t turns[WRITERS];
    int64_t documents; /* acknowledged so far by this child */
};

static void take_ack(struct known *known, const struct ack *ack, int life) {
    ck_assert_int_eq(ack->life, life);
    if (ack->kind == WRITERS) {
        known->documents++;
    } else {
        known->turns[ack->kind] = ack->count;
    }
}

/* Reads what was acknowledged until then, and whatever is in the pipe after it. */
static void listen_until(int pipe, int64_t until_ns, int life, struct known *known) {
    struct ack ack;
    for (;;) {
        const int64_t left_ns = until_ns - esi_clock_ns();
        struct pollfd ready = {.fd = pipe, .events = POLLIN};
        const int left_ms = left_ns > 0 ? (int)(left_ns / NS_PER_MS) : 0;
        if (poll(&ready, 1, left_ms) <= 0 || read(pipe, &ack, sizeof ack) != (ssize_t)sizeof ack) {
            return;
        }
        take_ack(known, &ack, life);
    }
}

/* Starts a child and kills it some time after its start or after it began to write. */
static void live_and_die(struct fixture *f, int life, uint32_t *seed, struct known *known) {
    int ends[2];
    int status = 0;
    ck_assert_int_eq(pipe(ends), 0);
    const uint32_t childs_seed = next_random(seed);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        live(f, life, childs_seed, ends[1]);
    }
    close(ends[1]);
    const bool early = next_random(seed) % 5 == 0; /* while it opens */
    if (!early) {
        struct pollfd ready = {.fd = ends[0], .events = POLLIN};
        ck_assert_int_eq(poll(&ready, 1, 20000), 1);
    }
    const int64_t most_us = early ? 8000 : 25000;
    const int64_t us = (int64_t)(next_random(seed) % (uint32_t)most_us);
    listen_until(ends[0], esi_clock_ns() + us * 1000, life, known);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status), "the child gave up by itself with %d", WEXITSTATUS(status));
    listen_until(ends[0], 0, life, known);
    close(ends[0]);
}

static int64_t count_rows(sqlite3 *db, const char *sql) {
    sqlite3_stmt *stmt = NULL;
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    const int64_t n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return n;
}

/* What is half-written, one way or another: each of these must be nothing. */
static void check_nothing_half(const char *path) {
    static const char *const halves[] = {
        "SELECT count(*) FROM chat_sessions s WHERE 2 * turns <> "
        "(SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id)",
        "SELECT count(*) FROM chat_messages m WHERE from_desk = 1 AND 2 <> "
        "(SELECT count(*) FROM kb_references r WHERE r.message_id = m.id)",
        "SELECT count(*) FROM chat_messages m WHERE from_desk = 1 AND blocked <> "
        "(SELECT count(*) FROM guardrails g WHERE g.message_id = m.id)",
        "SELECT count(*) FROM chat_messages m WHERE escalated = 1 AND NOT EXISTS "
        "(SELECT 1 FROM ticket_sessions t WHERE t.session_id = m.session_id)",
        "SELECT count(*) FROM tickets t WHERE version <> "
        "(SELECT count(*) FROM ticket_events e WHERE e.number = t.number)",
        "SELECT abs((SELECT count(*) FROM outbox) - (SELECT count(*) FROM ticket_events) - "
        "(SELECT count(*) FROM guardrails))",
        "SELECT abs((SELECT count(*) FROM idempotency WHERE done = 1) - "
        "(SELECT count(*) FROM chat_messages WHERE from_desk = 1))",
        "SELECT count(*) FROM kb_documents d WHERE sections <> "
        "(SELECT count(*) FROM embeddings e WHERE e.document = d.number)",
        "SELECT count(*) FROM kb_documents d JOIN collections c ON c.name = d.collection "
        "WHERE d.changed <> c.version",
        "SELECT count(*) FROM pragma_foreign_key_check",
    };
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        const int64_t n = count_rows(db, halves[i]);
        ck_assert_msg(n == 0, "%lld rows of: %s", (long long)n, halves[i]);
    }
    sqlite3_close(db);
}

/* Opens what the child left. A turn that wasn't acknowledged yet may be there, but only one. */
static void check_life(struct fixture *f, int life, const struct known *known, int64_t *version) {
    const esi_store_config config = {
        .size = sizeof config, .url = f->url, .migrate = true, .wait = f->wait};
    ASSERT_OK(f, f->ops->open(&config, &f->store, &f->err));
    const esi_store_finding *findings;
    size_t count;
    ASSERT_OK(f, f->ops->check(f->store, &f->wait, &f->arena, &findings, &count, &f->err));
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(findings[i].ok, "%s: %s", findings[i].what, findings[i].detail);
    }
    for (int i = 0; i < WRITERS; i++) {
        char session[32];
        session_name(session, i, life);
        const int64_t turns = load(f, session, "alice").turns;
        ck_assert_int_ge(turns, known->turns[i]);
        ck_assert_int_le(turns, known->turns[i] + 1);
    }
    const int64_t now = kb_version(f);
    ck_assert_int_ge(now, *version + known->documents);
    ck_assert_int_le(now, *version + known->documents + 1);
    *version = now;
    check_nothing_half(f->url);
    f->ops->close(f->store);
    f->store = NULL;
    arena_clear(&f->arena);
}

static bool is_soak(void) {
    const char *soak = getenv("ESI_SOAK");
    return soak != NULL && strcmp(soak, "1") == 0;
}

START_TEST(a_process_that_is_killed_leaves_what_it_acknowledged_and_nothing_half) {
    const int kills = is_soak() ? KILLS_LONG : KILLS;
    const char *given = getenv("ESI_SEED");
    uint32_t seed = given != NULL ? (uint32_t)strtoul(given, NULL, 10) : 20261122;
    seed += (uint32_t)_i;
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    f.ops->close(f.store);
    f.store = NULL;
    int64_t version = 0, acknowledged = 0;
    for (int life = 0; life < kills; life++) {
        struct known known = {0};
        f.wait = wait_for_ms(60000, NULL);
        live_and_die(&f, life, &seed, &known);
        check_life(&f, life, &known, &version);
        acknowledged += known.documents + known.turns[0] + known.turns[1];
    }
    ck_assert_int_ge(acknowledged, kills); /* they did write */
    const esi_store_config config = {
        .size = sizeof config, .url = f.url, .migrate = true, .wait = f.wait};
    ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
    fixture_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("kill");
    tcase_add_loop_test(t, a_process_that_is_killed_leaves_what_it_acknowledged_and_nothing_half, 0,
                        is_soak() ? ROUNDS_LONG : 1);
    return tap_run("store/kill", t);
}
