/* bench_upstream.h: an endpoint in a process of its own, so that its CPU and its memory aren't
 * counted, and what this one uses. */
#ifndef ESIHELP_TESTS_BENCH_UPSTREAM_H
#define ESIHELP_TESTS_BENCH_UPSTREAM_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "upstream.h"

struct bench_upstream {
    pid_t process;
    int port;
    int line; /* closed: it ends */
};

/* Before there are threads. */
static inline struct bench_upstream bench_upstream_start(const char *script) {
    struct bench_upstream b = {0};
    int port[2], line[2];
    bench_need(pipe(port) == 0 && pipe(line) == 0, "pipe");
    b.process = fork();
    bench_need(b.process >= 0, "fork");
    if (b.process == 0) {
        close(line[1]);
        struct upstream *u = upstream_start(&(struct upstream_setup){.script = script});
        const int number = upstream_port(u);
        char c;
        bench_need(write(port[1], &number, sizeof number) == sizeof number, "write");
        while (read(line[0], &c, 1) > 0) {
            /* until it is closed, or the other process is gone */
        }
        _exit(0);
    }
    close(port[1]);
    close(line[0]);
    bench_need(read(port[0], &b.port, sizeof b.port) == sizeof b.port, "the endpoint's port");
    close(port[0]);
    b.line = line[1];
    return b;
}

static inline void bench_upstream_stop(const struct bench_upstream *b) {
    kill(b->process, SIGKILL); /* a later one holds its line, too */
    close(b->line);
    waitpid(b->process, NULL, 0);
}

/* CPU time of all threads. */
static inline int64_t process_cpu_ns(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * INT64_C(1000000000) +
           (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * INT64_C(1000);
}

/* Memory that is there and not only asked for. */
static inline size_t resident_bytes(void) {
    long pages = 0, all;
    FILE *f = fopen("/proc/self/statm", "r");
    bench_need(f != NULL && fscanf(f, "%ld %ld", &all, &pages) == 2, "/proc/self/statm");
    fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

#endif
