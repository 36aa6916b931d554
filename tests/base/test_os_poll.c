#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "tap.h"

static int64_t in_ms(int64_t ms) {
    return esi_clock_ns() + ms * NS_PER_MS;
}

START_TEST(a_socket_is_ready_for_what_it_is_ready_for) {
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, NULL, in_ms(0)), 0);
    ck_assert_uint_eq(os_poll(pair[0], OS_WRITABLE | OS_READABLE, NULL, in_ms(60000)), OS_WRITABLE);
    ck_assert_int_eq(write(pair[1], "x", 1), 1);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, NULL, in_ms(60000)), OS_READABLE);
    close(pair[1]);
    char c;
    ck_assert_int_eq(read(pair[0], &c, 1), 1);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, NULL, in_ms(60000)), OS_READABLE); /* its end */
    close(pair[0]);
}
END_TEST

START_TEST(time_is_up_when_it_is_and_not_before) {
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const int64_t until = in_ms(30);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, NULL, until), 0);
    ck_assert_int_ge(esi_clock_ns(), until);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

struct sleeper {
    struct os_waker waker;
    int fd;
    unsigned ready;
};

static void sleep_long(void *context) {
    struct sleeper *s = context;
    s->ready = os_poll(s->fd, OS_READABLE, &s->waker, in_ms(60000));
}

START_TEST(another_thread_wakes_who_waits_until_it_is_reset) {
    int pair[2];
    struct os_thread thread;
    struct sleeper s = {0};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    s.fd = pair[0];
    ck_assert_int_eq(os_waker_init(&s.waker, NULL), ESI_OK);
    os_waker_reset(&s.waker); /* it wasn't woken: nothing happens */
    ck_assert_int_eq(os_thread_start(&thread, sleep_long, &s, 0, NULL), ESI_OK);
    os_waker_wake(&s.waker);
    os_thread_join(&thread);
    ck_assert_uint_eq(s.ready, OS_WOKEN);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, &s.waker, in_ms(60000)), OS_WOKEN);
    os_waker_reset(&s.waker);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, &s.waker, in_ms(0)), 0);
    os_waker_clear(&s.waker);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

static void on_signal(int number) {
    (void)number;
}

START_TEST(a_signal_of_the_hosts_ends_no_wait) {
    int pair[2];
    const struct sigaction action = {.sa_handler = on_signal};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    const int64_t until = in_ms(1200);
    alarm(1);
    ck_assert_uint_eq(os_poll(pair[0], OS_READABLE, NULL, until), 0);
    ck_assert_int_ge(esi_clock_ns(), until);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

START_TEST(of_many_sockets_the_ready_ones_are_told) {
    enum { PAIRS = 100 };
    int pairs[PAIRS][2];
    struct os_poller poller;
    struct os_ready ready[64];
    ck_assert_int_eq(os_poller_init(&poller, NULL), ESI_OK);
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 64, in_ms(0)), 0);
    for (int i = 0; i < PAIRS; i++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        ck_assert(os_poller_want(&poller, pairs[i][0], 0, OS_READABLE));
    }
    ck_assert_int_eq(write(pairs[70][1], "x", 1), 1);
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 64, in_ms(60000)), 1);
    ck_assert_int_eq(ready[0].fd, pairs[70][0]);
    ck_assert_uint_eq(ready[0].ready, OS_READABLE);
    ck_assert(os_poller_want(&poller, pairs[70][0], OS_READABLE, OS_READABLE | OS_WRITABLE));
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 64, in_ms(60000)), 1);
    ck_assert_uint_eq(ready[0].ready, OS_READABLE | OS_WRITABLE);
    ck_assert(os_poller_want(&poller, pairs[70][0], OS_READABLE | OS_WRITABLE, 0));
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 64, in_ms(10)), 0);
    for (int i = 0; i < PAIRS; i++) {
        ck_assert(os_poller_want(&poller, pairs[i][0], i == 70 ? 0 : OS_READABLE, OS_WRITABLE));
    }
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 64, in_ms(60000)), 64); /* as many as asked */
    for (int i = 0; i < PAIRS; i++) {
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 64, in_ms(10)), 0);
    os_poller_clear(&poller);
}
END_TEST

START_TEST(a_number_that_was_given_again_is_another_socket) {
    int pair[2], again[2];
    struct os_poller poller;
    struct os_ready ready[4];
    ck_assert_int_eq(os_poller_init(&poller, NULL), ESI_OK);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert(os_poller_want(&poller, pair[0], 0, OS_READABLE));
    close(pair[0]);
    close(pair[1]);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, again), 0);
    ck_assert_int_eq(again[0], pair[0]);
    ck_assert(os_poller_want(&poller, again[0], OS_READABLE, OS_WRITABLE));
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 4, in_ms(60000)), 1);
    close(again[1]); /* and a broken one is ready for everything */
    ck_assert(os_poller_want(&poller, again[0], 0, OS_READABLE));
    ck_assert_uint_eq(os_poller_wait(&poller, ready, 4, in_ms(60000)), 1);
    ck_assert_uint_eq(ready[0].ready, OS_READABLE | OS_WRITABLE);
    ck_assert(!os_poller_want(&poller, 9999, 0, OS_READABLE));
    close(again[0]);
    os_poller_clear(&poller);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("os_poll");
    tcase_add_test(t, a_socket_is_ready_for_what_it_is_ready_for);
    tcase_add_test(t, time_is_up_when_it_is_and_not_before);
    tcase_add_test(t, another_thread_wakes_who_waits_until_it_is_reset);
    tcase_add_test(t, of_many_sockets_the_ready_ones_are_told);
    tcase_add_test(t, a_number_that_was_given_again_is_another_socket);
    tcase_add_test(t, a_signal_of_the_hosts_ends_no_wait);
    return tap_run("base/os_poll", t);
}
