/* A desk on PostgreSQL takes no more memory the longer it answers: not the program, and not the
 * server's processes that serve it. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pg_control.h"
#include "pg_desk.h"
#include "tap.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#define ASKERS 4
#define WARM_UP 400
#define TURNS 2000
#define TURNS_LONG 100000  /* with ESI_SOAK=1 */
#define MAX_GROWTH_KB 6144 /* however many turns: what the allocator sets aside for a thread */

static const char *const questions[] = {
    "The printer reports a paper jam",
    "My badge is not read at the door",
    "Which paper may be used?",
    "How do I read the other team's files?",
    "I held it flat twice, it is not read",
    "The whole class lost its work, the range is down",
    "How do I bake bread?",
    "It works now, thanks!",
};

#define QUESTIONS (sizeof questions / sizeof *questions)

static esi_desk *desk;
static atomic_int next_turn, failed;
static int last_turn;

static void *ask_away(void *context) {
    (void)context;
    for (int turn = atomic_fetch_add(&next_turn, 1); turn < last_turn;
         turn = atomic_fetch_add(&next_turn, 1)) {
        char session[32];
        char request[32];
        esi_reply *reply = NULL;
        esi_chat_request r = ESI_CHAT_REQUEST_INIT;
        snprintf(session, sizeof session, "s-%d", turn / 5);
        snprintf(request, sizeof request, "r-%d", turn);
        r.session_id = session;
        r.request_id = request;
        r.user_id = session;
        r.message = questions[(size_t)turn % QUESTIONS];
        r.deadline_ms = PATIENCE_MS;
        atomic_fetch_add(&failed, esi_chat_ask(desk, &r, &reply, NULL) != ESI_OK);
        esi_reply_free(reply);
    }
    return NULL;
}

static void ask_until(int turn) {
    pthread_t threads[ASKERS];
    last_turn = turn;
    for (int i = 0; i < ASKERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_away, NULL), 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    atomic_store(&next_turn, turn);
    ck_assert_int_eq(atomic_load(&failed), 0);
}

/* Memory of its own that a process has, in KiB. */
static int64_t private_kb(const char *pid) {
    char path[64];
    char line[256];
    int64_t kb = -1;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (kb < 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "RssAnon:", 8) == 0) {
            kb = strtoll(line + 8, NULL, 10);
        }
    }
    fclose(file);
    ck_assert_int_ge(kb, 0);
    return kb;
}

/* Of the server's processes that serve the desk, the largest. */
static int64_t backend_kb(PGconn *sql) {
    PGresult *result = PQexec(sql, "SELECT pid FROM pg_stat_activity WHERE usename = 'desk_serve'");
    ck_assert_int_eq(PQresultStatus(result), PGRES_TUPLES_OK);
    ck_assert_int_gt(PQntuples(result), 0);
    int64_t largest = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        const int64_t kb = private_kb(PQgetvalue(result, i, 0));
        largest = kb > largest ? kb : largest;
    }
    PQclear(result);
    return largest;
}

static int64_t heap_kb(void) {
#ifdef SANITIZED
    return 0; /* its own allocator keeps what was freed; it looks for leaks by itself */
#else
    malloc_trim(0);
    return (int64_t)(mallinfo2().uordblks / 1024);
#endif
}

START_TEST(memory_is_the_same_after_many_turns) {
    struct pg_place place;
    pg_place_make(&place);
    PGconn *sql = sql_open(place.super);
    esi_options options = pg_options(place.serve);
    options.connections = ASKERS;
    desk = pg_open(&options);
    const int turns = is_soak() ? TURNS_LONG : TURNS;
    ask_until(WARM_UP);
    const int64_t heap = heap_kb();
    const int64_t own = private_kb("self");
    const int64_t server = backend_kb(sql);
    ask_until(WARM_UP + turns);
    const int64_t heap_more = heap_kb() - heap;
    const int64_t own_more = private_kb("self") - own;
    const int64_t server_more = backend_kb(sql) - server;
    printf(
        "# after %d turns: heap %+lld KiB, process %+lld KiB of %lld, backend %+lld KiB of %lld\n",
        turns, (long long)heap_more, (long long)own_more, (long long)own, (long long)server_more,
        (long long)server);
    ck_assert_int_le(heap_more, 256);
#ifndef SANITIZED
    ck_assert_int_le(own_more, MAX_GROWTH_KB);
#endif
    ck_assert_int_le(server_more, MAX_GROWTH_KB);
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM chat_messages"), 2 * (WARM_UP + turns));
    esi_desk_close(desk);
    PQfinish(sql);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_memory");
    tcase_add_test(t, memory_is_the_same_after_many_turns);
    return tap_run("fault/pg_memory", t);
}
