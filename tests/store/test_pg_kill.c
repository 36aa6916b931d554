/* A process that ingests documents and makes a new embedding space is killed at a random moment,
 * again and again, over one database. Each time nothing in it is half, and all that was
 * acknowledged is there. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

#define KILLS 25
#define KILLS_LONG 400 /* with ESI_SOAK=1 */
#define NAMES 20       /* documents that there may be */
#define LOAD_MOST 8    /* documents of one load */
#define STEP 10        /* vectors of one step */

static const esi_store_space spaces[] = {{"test", 4}, {"next", 4}};

/* By how much something that was acknowledged raised the version. */
struct ack {
    int64_t raised;
};

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* ---- the child --------------------------------------------------------------------------- */

struct worker {
    struct fixture f;
    uint32_t seed;
    int pipe;
};

static void need(bool well, int code) {
    if (!well) {
        _exit(code);
    }
}

static void acknowledge(const struct worker *w, int64_t raised) {
    const struct ack ack = {raised};
    need(write(w->pipe, &ack, sizeof ack) == (ssize_t)sizeof ack, 3);
}

/* Which of the two spaces is the live one. */
static int live_space(struct worker *w) {
    struct fixture *f = &w->f;
    int64_t version;
    esi_store_space space;
    need(f->ops->kb_version(f->store, COLLECTION, &f->wait, &f->arena, &version, &space, &f->err) ==
             ESI_OK,
         4);
    return space.model != NULL && space.model[0] == 'n';
}

static esi_store_document a_version(struct worker *w) {
    static const char *const names[NAMES] = {"d0",  "d1",  "d2",  "d3",  "d4",  "d5",  "d6",
                                             "d7",  "d8",  "d9",  "d10", "d11", "d12", "d13",
                                             "d14", "d15", "d16", "d17", "d18", "d19"};
    const size_t sections = 1 + next_random(&w->seed) % 12;
    return a_document(&w->f, names[next_random(&w->seed) % NAMES], sections, (float)sections);
}

static void put_one(struct worker *w) {
    struct fixture *f = &w->f;
    const esi_store_document d = a_version(w);
    need(f->ops->kb_upsert(f->store, COLLECTION, &spaces[live_space(w)], &d, NOW, &f->wait,
                           &f->err) == ESI_OK,
         5);
    acknowledge(w, 1);
}

static void put_many(struct worker *w) {
    struct fixture *f = &w->f;
    esi_store_document documents[LOAD_MOST];
    const size_t count = 1 + next_random(&w->seed) % LOAD_MOST;
    for (size_t i = 0; i < count; i++) {
        documents[i] = a_version(w);
    }
    need(f->ops->kb_load(f->store, COLLECTION, &spaces[live_space(w)], documents, count, NOW,
                         &f->wait, &f->err) == ESI_OK,
         6);
    acknowledge(w, (int64_t)count);
}

static void take_away(struct worker *w) {
    struct fixture *f = &w->f;
    const char *id = a_version(w).id;
    size_t removed = 0;
    need(f->ops->kb_remove(f->store, COLLECTION, &id, 1, NOW, &f->wait, &removed, &f->err) ==
             ESI_OK,
         7);
    acknowledge(w, removed > 0);
}

/* A step towards the other space: some vectors, or the swap where none is missing. */
static void move_on(struct worker *w) {
    static const float vector[] = {1, 2, 3, 4};
    struct fixture *f = &w->f;
    const esi_store_missing_query query = {spaces[!live_space(w)], NULL, STEP};
    const esi_store_passage *passages;
    esi_store_vector vectors[STEP];
    size_t count;
    int64_t missing;
    need(f->ops->space_begin(f->store, COLLECTION, &query.space, &f->wait, &missing, &f->err) ==
             ESI_OK,
         8);
    need(f->ops->space_missing(f->store, COLLECTION, &query, &f->wait, &f->arena, &passages, &count,
                               &f->err) == ESI_OK,
         9);
    for (size_t i = 0; i < count; i++) {
        vectors[i] = (esi_store_vector){passages[i].section_id, vector};
    }
    need(f->ops->space_put(f->store, COLLECTION, &query.space, vectors, count, &f->wait, &f->err) ==
             ESI_OK,
         10);
    if (count < STEP) {
        need(f->ops->space_swap(f->store, COLLECTION, &query.space, &f->wait, &f->err) == ESI_OK,
             11);
        acknowledge(w, 1);
    }
}

/* Never returns: it is killed. */
static void live(const struct fixture *f, int life, uint32_t seed, int pipe) {
    static void (*const works[])(struct worker *) = {put_one, put_many, put_many, take_away,
                                                     move_on};
    struct worker w = {.f = *f, .seed = seed, .pipe = pipe};
    const esi_store_config config = {.size = sizeof config, .url = f->url, .wait = f->wait};
    w.f.arena = (esi_arena){0};
    w.f.ids = (unsigned)life * 1000000U;
    need(w.f.ops->open(&config, &w.f.store, &w.f.err) == ESI_OK, 1);
    for (;;) {
        works[next_random(&w.seed) % (sizeof works / sizeof *works)](&w);
        arena_clear(&w.f.arena);
    }
}

/* ---- the parent -------------------------------------------------------------------------- */

/* Reads what was acknowledged until then, and whatever is in the pipe after it. */
static int64_t listen_until(int pipe, int64_t until_ns) {
    int64_t raised = 0;
    for (;;) {
        const int64_t left_ns = until_ns - esi_clock_ns();
        struct pollfd ready = {.fd = pipe, .events = POLLIN};
        struct ack ack;
        if (poll(&ready, 1, left_ns > 0 ? (int)(left_ns / NS_PER_MS) : 0) <= 0 ||
            read(pipe, &ack, sizeof ack) != (ssize_t)sizeof ack) {
            return raised;
        }
        raised += ack.raised;
    }
}

static int64_t live_and_die(const struct fixture *f, int life, uint32_t *seed) {
    int ends[2], status = 0;
    ck_assert_int_eq(pipe(ends), 0);
    const uint32_t childs_seed = next_random(seed);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        live(f, life, childs_seed, ends[1]);
    }
    close(ends[1]);
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    ck_assert_int_eq(poll(&ready, 1, 20000), 1);
    const int64_t us = (int64_t)(next_random(seed) % 40000);
    int64_t raised = listen_until(ends[0], esi_clock_ns() + us * 1000);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status), "the child gave up by itself with %d", WEXITSTATUS(status));
    raised += listen_until(ends[0], 0);
    close(ends[0]);
    return raised;
}

/* What the dead child's server process still does is over, one way or the other. */
static void settle(const struct fixture *f) {
    for (int i = 0; i < 2000; i++) {
        if (atoi(pg_control("sql main %s SELECT count(*) FROM pg_stat_activity WHERE datname = "
                            "'%s' AND pid <> pg_backend_pid()",
                            f->name, f->name)) == 0) {
            return;
        }
        usleep(5000);
    }
    ck_abort_msg("a killed client's server process didn't end");
}

/* What is half-written, one way or another: each of these must be nothing. */
static void check_nothing_half(const struct fixture *f) {
    static const char *const halves[] = {
        "SELECT count(*) FROM kb_documents d WHERE sections <> "
        "(SELECT count(*) FROM kb_sections s WHERE s.document = d.number)",
        "SELECT count(*) FROM kb_sections s JOIN collections c ON c.number = s.collection "
        "WHERE NOT EXISTS (SELECT FROM embeddings e WHERE e.section = s.number AND e.space = "
        "c.space)",
        "SELECT count(*) FROM kb_documents d JOIN collections c ON c.number = d.collection "
        "WHERE d.changed > c.version",
        "SELECT count(*) FROM kb_removed r JOIN kb_documents d ON d.collection = r.collection AND "
        "d.id = r.id",
    };
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        const int n = atoi(pg_control("sql main %s %s", f->name, halves[i]));
        ck_assert_msg(n == 0, "%d rows of: %s", n, halves[i]);
    }
}

START_TEST(an_ingest_that_is_killed_leaves_whole_documents_and_all_that_it_acknowledged) {
    const char *soak = getenv("ESI_SOAK"), *given = getenv("ESI_SEED");
    const int kills = soak != NULL && strcmp(soak, "1") == 0 ? KILLS_LONG : KILLS;
    uint32_t seed = given != NULL ? (uint32_t)strtoul(given, NULL, 10) : 20261123;
    struct fixture f;
    fixture_open(&f, 0);
    int64_t version = 0, acknowledged = 0;
    for (int life = 1; life <= kills; life++) {
        f.wait = wait_for_ms(60000, NULL);
        f.ops->close(f.store); /* a forked child must not share a connection */
        const int64_t raised = live_and_die(&f, life, &seed);
        settle(&f);
        check_nothing_half(&f);
        const esi_store_config config = {.size = sizeof config, .url = f.url, .wait = f.wait};
        ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
        const int64_t now = kb_version(&f);
        ck_assert_int_ge(now, version + raised);
        ck_assert_int_le(now, version + raised + LOAD_MOST);
        version = now;
        acknowledged += raised;
    }
    ck_assert_int_ge(acknowledged, kills); /* it did write */
    fixture_close(&f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("kill");
    tcase_set_timeout(t, 600);
    tcase_add_test(t, an_ingest_that_is_killed_leaves_whole_documents_and_all_that_it_acknowledged);
    return tap_run("store/pg_kill", t);
}
