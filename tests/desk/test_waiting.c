/* test_waiting.c: what a turn holds while it waits for a model: many wait at once. */
#include "script.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#define WAITING 48
#define MOST_KB 64

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

static _Atomic int waiting;
static _Atomic bool go_on;
static esi_desk *desk;

static size_t heap(void) {
#ifdef SANITIZED
    return 0; /* its own allocator doesn't tell */
#else
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

static esi_err wait_answer(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                           esi_answer *out, esi_error *err) {
    (void)self;
    (void)arena;
    (void)out;
    waiting++;
    while (!go_on && esi_wait_left_ms(&request->wait) > 0) {
        usleep(1000);
    }
    return esi_fail(err, ESI_EUNAVAILABLE, "test/waiting", "it was only waited for");
}

static const esi_provider_ops waiting_ops = {.size = sizeof(esi_provider_ops),
                                             .name = "waiting",
                                             .open = script_open,
                                             .close = script_close,
                                             .info = script_info,
                                             .answer = wait_answer};

static void *talk(void *context) {
    char session[32];
    (void)snprintf(session, sizeof(session), "s-%d", *(int *)context);
    esi_reply_free(ask(desk, session, "The VPN drops every few minutes, and the lab VM is slow"));
    return NULL;
}

static void talk_all(pthread_t threads[WAITING], int numbers[WAITING]) {
    waiting = 0;
    for (int i = 0; i < WAITING; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, talk, &numbers[i]), 0);
    }
}

static void end_all(pthread_t threads[WAITING]) {
    go_on = true;
    for (int i = 0; i < WAITING; i++) {
        pthread_join(threads[i], NULL);
    }
    go_on = false;
}

START_TEST(a_turn_that_waits_for_a_model_holds_little) {
    esi_error err = {0};
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.provider = "custom";
    options.provider_ops = &waiting_ops;
    options.provider_context = &options;
    must(esi_desk_open(&options, &desk, &err), &err);
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = TEST_SOURCE_ROOT "/kb";
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    esi_kb_report_free(report);
    pthread_t threads[WAITING];
    int numbers[WAITING];
    for (int round = 0; round < 3; round++) { /* a session with history, and what is made once */
        const size_t before = heap();
        talk_all(threads, numbers);
        while (waiting < WAITING) {
            usleep(1000);
        }
        const size_t each = (heap() - before) / WAITING;
        end_all(threads);
        printf("# round %d: %zu bytes each\n", round, each);
        ck_assert_msg(round == 0 || each < MOST_KB * 1024, "%zu bytes", each);
    }
    esi_desk_close(desk);
}
END_TEST

/* What a thread keeps of what it freed is the thread's: without that the turns' own is seen. */
int main(int argc, char **argv) {
    (void)argc;
    if (!getenv("GLIBC_TUNABLES")) {
        setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
        execv("/proc/self/exe", argv);
    }
    TCase *t = tcase_create("waiting");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_turn_that_waits_for_a_model_holds_little);
    return tap_run("desk/waiting", t);
}
