/* bench_pg_turn.c: what a turn costs a store on PostgreSQL: CPU of the calling thread, and of the
 * processes that serve it. Below tests/support/pg.py, which says where the servers are. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/os.h"
#include "bench.h"
#include "bench_turns.h"
#include "store/store.h"

#define TURNS 600 /* of one round */
#define THREADS 16
#define EACH 100 /* turns of one thread */
#define BACKENDS_MAX 32

/* ---- the servers ------------------------------------------------------------------------- */

/* Asks tests/support/pg_run.py one line. */
static void control(const char *line, char *answer, size_t size) {
    const char *path = getenv("ESI_TEST_PG_CONTROL");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    bench_need(path != NULL && strlen(path) < sizeof to.sun_path, "it isn't run by pg.py");
    memcpy(to.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bench_need(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0, "pg.py");
    const size_t n = strlen(line);
    bench_need(write(fd, line, n) == (ssize_t)n && write(fd, "\n", 1) == 1, "pg.py");
    size_t have = 0;
    ssize_t got;
    while (have < size - 1 && (got = read(fd, answer + have, size - 1 - have)) > 0) {
        have += (size_t)got;
    }
    close(fd);
    answer[have] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    bench_need(strncmp(answer, "ok ", 3) == 0, answer);
    memmove(answer, answer + 3, strlen(answer + 3) + 1);
}

struct backends {
    long pids[BACKENDS_MAX];
    size_t count;
};

/* The processes that serve this program, also through a pooler. */
static struct backends find_backends(void) {
    char answer[1024];
    struct backends b = {.count = 0};
    control("sql main esi SELECT coalesce(string_agg(pid::text, ' '), '') FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            answer, sizeof answer);
    for (char *at = answer; *at != '\0' && b.count < BACKENDS_MAX;) {
        char *end = at;
        b.pids[b.count++] = strtol(at, &end, 10);
        bench_need(end != at, answer);
        at = end + (*end == ' ');
    }
    return b;
}

/* What they used up so far, in seconds. */
static double cpu_of(const struct backends *b) {
    double sum = 0.0;
    for (size_t i = 0; i < b->count; i++) {
        char path[64], text[1024];
        snprintf(path, sizeof path, "/proc/%ld/stat", b->pids[i]);
        FILE *file = fopen(path, "r");
        bench_need(file != NULL && fgets(text, sizeof text, file) != NULL, path);
        fclose(file);
        unsigned long user = 0, system = 0; /* the 14th and 15th word */
        const char *rest = strrchr(text, ')');
        bench_need(rest != NULL &&
                       sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                              &user, &system) == 2,
                   path);
        sum += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    }
    return sum;
}

/* ---- one turn ---------------------------------------------------------------------------- */

/* The least of some rounds, as bench_ns; a server's time comes in hundredths of a second. */
static void measure(const char *name, bench_op *op, struct speaker *s) {
    double own = 0.0, served = 0.0;
    for (size_t i = 0; i < 50; i++) {
        op(s, i);
    }
    const struct backends serving = find_backends();
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        const double server = cpu_of(&serving);
        const int64_t from = clock_cpu_ns();
        for (size_t i = 0; i < TURNS; i++) {
            op(s, i);
        }
        const double own_now = (double)(clock_cpu_ns() - from) / TURNS;
        const double served_now = (cpu_of(&serving) - server) * 1e9 / TURNS;
        own = round == 0 || own_now < own ? own_now : own;
        served = round == 0 || served_now < served ? served_now : served;
    }
    bench_print(name, own);
    bench_print("  the server's", served);
}

static void open_store(const char *url, bool migrate, int32_t connections) {
    esi_error err = {0};
    const esi_store_config config = {.size = sizeof config,
                                     .url = url,
                                     .migrate = migrate,
                                     .connections = connections,
                                     .wait = *forever()};
    bench_need(store_find(url, &ops, &err) == ESI_OK, err.message);
    bench_need(ops->open(&config, &store, &err) == ESI_OK, err.message);
}

/* `first`: the number of its first speaker, so that nobody says the same twice. */
static void measure_all(const char *mode, const char *url, int first) {
    struct speaker speakers[3] = {
        {.number = first}, {.number = first + 1}, {.number = first + 2, .tickets = true}};
    struct speaker filled = {.number = 1};
    open_store(url, false, 1);
    printf("%s\n", mode);
    measure("session_load (ten messages, no claim)", load_op, &filled);
    measure("session_load and turn_commit", turn_op, &speakers[0]);
    measure("the same with a claim", claimed_op, &speakers[1]);
    measure("with a claim and a ticket", claimed_op, &speakers[2]);
    ops->close(store);
}

/* ---- many at once ------------------------------------------------------------------------ */

static void speak(void *context) {
    struct speaker *s = context;
    for (int i = 0; i < EACH; i++) {
        turn_op(s, 0);
    }
}

/* Turns a second, by the clock on the wall. */
static double turns_a_second(int first, bool tickets) {
    struct speaker speakers[THREADS] = {0};
    struct os_thread running[THREADS];
    const int64_t from = esi_clock_ns();
    for (int i = 0; i < THREADS; i++) {
        speakers[i] = (struct speaker){.number = first + i, .tickets = tickets};
        bench_need(os_thread_start(&running[i], speak, &speakers[i], 0, NULL) == ESI_OK, "thread");
    }
    for (int i = 0; i < THREADS; i++) {
        os_thread_join(&running[i]);
    }
    return (double)THREADS * EACH * 1e9 / (double)(esi_clock_ns() - from);
}

int main(void) {
    const char *owner = getenv("ESI_TEST_PG"), *serve = getenv("ESI_TEST_PG_SERVE"),
               *bouncer = getenv("ESI_TEST_PGBOUNCER");
    if (owner == NULL || serve == NULL) {
        printf("no PostgreSQL: run it by tests/support/pg.py\n");
        return 0;
    }
    struct speaker filler = {.number = 1};
    char answer[256];
    open_store(owner, true, 1);
    for (int i = 0; i < FILLED; i++) {
        turn_op(&filler, 0);
    }
    ops->close(store);
    control("sql main esi ANALYZE", answer, sizeof answer);
    printf("a database with %d turns; CPU time of the calling thread, and of its server\n", FILLED);
    measure_all("direct", serve, 10);
    if (bouncer != NULL) {
        measure_all("behind PgBouncer", bouncer, 20);
    }
    open_store(serve, false, THREADS);
    const double plain = turns_a_second(100, false), opening = turns_a_second(200, true);
    printf("%-56s %10.0f\n", "turns a second on this disk, 16 threads", plain);
    printf("%-56s %10.0f\n", "the same, each with a ticket", opening);
    ops->close(store);
    return 0;
}
