/* pg_control.h: a test that runs below `pg.py run` tells its servers what to do. pg_run.py has the
 * words; each asking is a connection of its own, so it also works in a test's forked process. */
#ifndef ESIHELP_TESTS_PG_CONTROL_H
#define ESIHELP_TESTS_PG_CONTROL_H

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <esihelp/export.h>

enum { PG_CONTROL_MAX = 4096 };

/* Why there is no PostgreSQL, NULL if there is. */
static inline const char *pg_missing(void) {
    const char *why = getenv("ESI_TEST_PG_WHY");
    if (getenv("ESI_TEST_PG") != NULL) {
        return NULL;
    }
    return why != NULL ? why : "it isn't run by tests/support/pg.py";
}

static inline int pg_control_connect(void) {
    const char *path = getenv("ESI_TEST_PG_CONTROL");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    ck_assert_msg(path != NULL && strlen(path) < sizeof to.sun_path, "not below pg.py");
    memcpy(to.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Asks one line; `answer` gets the words after "ok " or "error ". */
static inline bool pg_control_ask(const char *line, char answer[PG_CONTROL_MAX]) {
    char said[PG_CONTROL_MAX];
    const int fd = pg_control_connect();
    const size_t size = strlen(line);
    ck_assert_int_eq(send(fd, line, size, MSG_NOSIGNAL), (ssize_t)size);
    ck_assert_int_eq(send(fd, "\n", 1, MSG_NOSIGNAL), 1);
    size_t have = 0;
    ssize_t got;
    while (have < sizeof said - 1 && (got = read(fd, said + have, sizeof said - 1 - have)) > 0) {
        have += (size_t)got;
    }
    close(fd);
    said[have] = '\0';
    said[strcspn(said, "\n")] = '\0';
    const char *words = strchr(said, ' ');
    snprintf(answer, PG_CONTROL_MAX, "%s", words != NULL ? words + 1 : "no answer");
    return strncmp(said, "ok ", 3) == 0;
}

/* Does what `format` says and gives the answer, which the next call overwrites; a failure fails the
 * test. One thread at a time. */
static inline const char *pg_control(const char *format, ...) ESI_PRINTF(1, 2);
static inline const char *pg_control(const char *format, ...) {
    static char answer[PG_CONTROL_MAX];
    char line[PG_CONTROL_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const bool good = pg_control_ask(line, answer);
    ck_assert_msg(good, "%s: %s", line, answer);
    return answer;
}

#endif
