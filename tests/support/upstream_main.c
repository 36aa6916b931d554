/* upstream_main.c: the endpoint of the tests as a program. It prints its port, then does what its
 * input says, a line each, and answers with a line:
 *
 *   play SCRIPT     another script from now on (";" parts its lines)     "ok", "error: ..."
 *   counts          "requests=N chat=N embed=N inputs=N connections=N open=N unread=N mute=N"
 *   request N       the n-th request as a JSON string, "null" where there were fewer
 *   await N MS      until N requests came, at most so long                "ok", "late"
 *
 * Its arguments: a script and a seed, both optional. It ends with its input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_parts.h"

static void tell_counts(struct upstream *u) {
    const struct upstream_counts c = upstream_counts(u);
    printf("requests=%lld chat=%lld embed=%lld inputs=%lld connections=%lld open=%lld unread=%lld "
           "mute=%lld\n",
           (long long)c.requests, (long long)c.chat, (long long)c.embed, (long long)c.inputs,
           (long long)c.connections, (long long)c.open, (long long)c.unread, (long long)c.mute);
}

static void tell_request(struct upstream *u, size_t n) {
    const char *text = upstream_request(u, n);
    struct bytes out = {0};
    if (text == NULL) {
        puts("null");
        return;
    }
    bytes_quoted(&out, (struct span){text, strlen(text)});
    printf("\"%s\"\n", out.p != NULL ? out.p : "");
    bytes_clear(&out);
}

static void obey(struct upstream *u, char *line) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "play", 4) == 0) {
        const char *wrong = upstream_check(line + 4);
        if (wrong != NULL) {
            printf("error: %s\n", wrong);
            return;
        }
        upstream_play(u, line + 4);
        puts("ok");
    } else if (strcmp(line, "counts") == 0) {
        tell_counts(u);
    } else if (strncmp(line, "request ", 8) == 0) {
        tell_request(u, strtoul(line + 8, NULL, 10));
    } else if (strncmp(line, "await ", 6) == 0) {
        char *rest;
        const long requests = strtol(line + 6, &rest, 10);
        puts(upstream_await(u, requests, strtol(rest, NULL, 10)) ? "ok" : "late");
    } else {
        printf("error: play, counts, request or await\n");
    }
}

int main(int argc, char **argv) {
    struct upstream_setup setup = {.keep_requests = true};
    char *line = NULL;
    size_t size = 0;
    setup.script = argc > 1 ? argv[1] : NULL;
    setup.seed = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    const char *wrong = upstream_check(setup.script);
    if (wrong != NULL) {
        fprintf(stderr, "upstream: %s\n", wrong);
        return 2;
    }
    struct upstream *u = upstream_start(&setup);
    printf("%d\n", upstream_port(u));
    fflush(stdout);
    while (getline(&line, &size, stdin) > 0) {
        obey(u, line);
        fflush(stdout);
    }
    free(line);
    upstream_stop(u);
    return 0;
}
