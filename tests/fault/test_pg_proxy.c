/* The proxy that the tests of the PostgreSQL store break the network with, tried on a server that
 * says only what it must. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "pg_proxy.h"
#include "tap.h"

#define SOON_MS 20000 /* for what happens at once, on a machine that is busy */

/* ---- a server that is ready for everything ------------------------------------------------- */

struct fake {
    struct os_thread thread;
    int listener, port;
    struct os_mutex lock;
    int64_t bytes;  /* of messages after start-ups */
    int64_t synced; /* Query and Sync messages that came whole */
};

/* Reads exactly that much; false at the end of the stream. */
static bool read_whole(int fd, unsigned char *out, size_t n, struct fake *counter) {
    for (size_t have = 0; have < n;) {
        const ssize_t some = recv(fd, out + have, n - have, 0);
        if (some <= 0) {
            return false;
        }
        have += (size_t)some;
        if (counter != NULL) {
            os_lock(&counter->lock);
            counter->bytes += some;
            os_unlock(&counter->lock);
        }
    }
    return true;
}

static size_t size_at(const unsigned char *p) {
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static const unsigned char is_ready[] = {'Z', 0, 0, 0, 5, 'I'};

static bool say(int fd, const void *bytes, size_t n) {
    return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool greet(int fd) {
    static const unsigned char authenticated[] = {'R', 0, 0, 0, 8, 0, 0, 0, 0};
    unsigned char head[8];
    unsigned char body[256];
    while (read_whole(fd, head, sizeof head, NULL)) {
        const size_t left = size_at(head) - 8;
        if (left == 0) { /* "may we encrypt?" */
            (void)say(fd, "N", 1);
            continue;
        }
        return left <= sizeof body && read_whole(fd, body, left, NULL) &&
               say(fd, authenticated, sizeof authenticated) && say(fd, is_ready, sizeof is_ready);
    }
    return false;
}

static void converse(struct fake *fake, int fd) {
    unsigned char head[5];
    unsigned char body[4096];
    while (read_whole(fd, head, sizeof head, fake)) {
        const size_t left = size_at(head + 1) - 4;
        if (left > sizeof body || !read_whole(fd, body, left, fake)) {
            return;
        }
        if (head[0] == 'S' || head[0] == 'Q') {
            os_lock(&fake->lock);
            fake->synced++;
            os_unlock(&fake->lock);
            (void)say(fd, is_ready, sizeof is_ready);
        }
    }
}

/* One after another: its tests use one connection at a time. */
static void run_fake(void *context) {
    struct fake *fake = context;
    for (;;) {
        const int fd = accept(fake->listener, NULL, NULL);
        if (fd < 0) {
            return;
        }
        if (greet(fd)) {
            converse(fake, fd);
        }
        close(fd);
    }
}

static struct sockaddr_in local(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void start_fake(struct fake *fake) {
    struct sockaddr_in address = local(0);
    socklen_t size = sizeof address;
    *fake = (struct fake){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    ck_assert_int_ge(fake->listener, 0);
    ck_assert_int_eq(bind(fake->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(fake->listener, 16), 0);
    ck_assert_int_eq(getsockname(fake->listener, (struct sockaddr *)&address, &size), 0);
    fake->port = ntohs(address.sin_port);
    ck_assert_int_eq(os_mutex_init(&fake->lock, NULL), ESI_OK);
    ck_assert_int_eq(os_thread_start(&fake->thread, run_fake, fake, 0, NULL), ESI_OK);
}

static void stop_fake(struct fake *fake) {
    shutdown(fake->listener, SHUT_RDWR);
    os_thread_join(&fake->thread);
    close(fake->listener);
    os_mutex_clear(&fake->lock);
}

static int64_t synced(struct fake *fake) {
    os_lock(&fake->lock);
    const int64_t n = fake->synced;
    os_unlock(&fake->lock);
    return n;
}

static int64_t bytes_of(struct fake *fake) {
    os_lock(&fake->lock);
    const int64_t n = fake->bytes;
    os_unlock(&fake->lock);
    return n;
}

/* ---- a client ------------------------------------------------------------------------------ */

static struct fake server;
static struct pg_proxy *proxy;

static void set_up(void) {
    start_fake(&server);
    proxy = proxy_start(server.port);
    ck_assert_ptr_nonnull(proxy);
}

static void tear_down(void) {
    proxy_stop(proxy);
    stop_fake(&server);
}

static int reach(void) {
    const struct sockaddr_in address = local(proxy_port(proxy));
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* What comes next, within `ms`: bytes; 0 for the end of the connection; -1 for nothing. */
static int hear(int fd, unsigned char out[64], int ms) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, ms) == 0) {
        return -1;
    }
    const ssize_t n = recv(fd, out, 64, 0);
    return n > 0 ? (int)n : 0;
}

static void hear_exactly(int fd, size_t n) {
    unsigned char bytes[64];
    for (size_t have = 0; have < n;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ck_assert_int_eq(poll(&ready, 1, SOON_MS), 1);
        const ssize_t some = recv(fd, bytes, n - have, 0);
        ck_assert_int_gt(some, 0);
        have += (size_t)some;
    }
}

static void is_cut(int fd) {
    unsigned char bytes[64];
    ck_assert_int_eq(hear(fd, bytes, SOON_MS), 0);
    close(fd);
}

static int log_in(void) {
    static const unsigned char hello[] = {0, 0, 0, 12, 0, 3, 0, 0, 'u', 0, 0, 0};
    const int fd = reach();
    ck_assert_int_ge(fd, 0);
    ck_assert(say(fd, hello, sizeof hello));
    hear_exactly(fd, 15);
    return fd;
}

/* Parse with a name, Bind, Execute, Sync: 12 + 6 + 9 + 5 bytes. */
static const unsigned char pipeline[] = {'P', 0,   0, 0, 11, 's', '1', 0,   'x', 0, 0,
                                         0,   'B', 0, 0, 0,  5,   0,   'E', 0,   0, 0,
                                         8,   0,   0, 0, 0,  'S', 0,   0,   0,   4};
static const unsigned char query[] = {'Q', 0, 0, 0, 6, ';', 0};

static void trip(int fd) {
    ck_assert(say(fd, pipeline, sizeof pipeline));
    hear_exactly(fd, sizeof is_ready);
}

static void wait_until(int64_t (*count)(struct fake *), int64_t n) {
    const esi_wait wait = wait_for_ms(SOON_MS, NULL);
    while (count(&server) < n && !wait_over(&wait)) {
        wait_sleep(&wait, 1);
    }
    ck_assert_int_eq(count(&server), n);
}

/* ---- the tests ----------------------------------------------------------------------------- */

START_TEST(it_counts_messages_and_round_trips_after_the_login) {
    const int fd = log_in();
    trip(fd);
    ck_assert(say(fd, query, sizeof query));
    hear_exactly(fd, sizeof is_ready);
    const struct proxy_counts counts = proxy_count(proxy);
    ck_assert_int_eq(counts.dialled, 1);
    ck_assert_int_eq(counts.logins, 1);
    ck_assert_int_eq(counts.messages, 5);
    ck_assert_int_eq(counts.trips, 2);
    ck_assert_int_eq(counts.named, 1);
    close(fd);
}
END_TEST

START_TEST(messages_count_the_same_when_they_come_byte_by_byte) {
    const int fd = log_in();
    for (size_t i = 0; i < sizeof pipeline; i++) {
        ck_assert(say(fd, pipeline + i, 1));
        usleep(200);
    }
    hear_exactly(fd, sizeof is_ready);
    const struct proxy_counts counts = proxy_count(proxy);
    ck_assert_int_eq(counts.messages, 4);
    ck_assert_int_eq(counts.trips, 1);
    ck_assert_int_eq(counts.named, 1);
    close(fd);
}
END_TEST

START_TEST(a_client_that_asks_for_encryption_first_is_understood) {
    static const unsigned char may_we[] = {0, 0, 0, 8, 4, 210, 22, 47};
    static const unsigned char hello[] = {0, 0, 0, 12, 0, 3, 0, 0, 'u', 0, 0, 0};
    const int fd = reach();
    ck_assert(say(fd, may_we, sizeof may_we));
    hear_exactly(fd, 1);
    ck_assert(say(fd, hello, sizeof hello));
    hear_exactly(fd, 15);
    trip(fd);
    ck_assert_int_eq(proxy_count(proxy).logins, 1);
    ck_assert_int_eq(proxy_count(proxy).trips, 1);
    close(fd);
}
END_TEST

START_TEST(a_cut_before_a_message_passes_on_what_came_before_it) {
    const int fd = log_in();
    proxy_cut_message(proxy, 2, CUT_BEFORE);
    ck_assert(say(fd, pipeline, sizeof pipeline));
    is_cut(fd);
    wait_until(bytes_of, 12);
    ck_assert_int_eq(synced(&server), 0);
    ck_assert_int_eq(proxy_count(proxy).cuts, 1);
}
END_TEST

START_TEST(a_cut_in_the_middle_passes_on_half_of_the_message) {
    const int fd = log_in();
    proxy_cut_message(proxy, 3, CUT_MIDDLE);
    ck_assert(say(fd, pipeline, sizeof pipeline));
    is_cut(fd);
    wait_until(bytes_of, 12 + 6 + 4);
    ck_assert_int_eq(synced(&server), 0);
}
END_TEST

START_TEST(a_cut_after_a_message_passes_on_all_of_it) {
    const int fd = log_in();
    proxy_cut_trip(proxy, 1, CUT_AFTER);
    ck_assert(say(fd, pipeline, sizeof pipeline));
    is_cut(fd);
    wait_until(synced, 1);
}
END_TEST

START_TEST(a_cut_once_it_is_answered_keeps_the_answer_back) {
    const int fd = log_in();
    proxy_cut_trip(proxy, 2, CUT_ANSWERED);
    trip(fd);
    ck_assert(say(fd, pipeline, sizeof pipeline));
    is_cut(fd);
    ck_assert_int_eq(synced(&server), 2);
    ck_assert_int_eq(proxy_count(proxy).cuts, 1);
}
END_TEST

START_TEST(a_cut_happens_once_and_the_next_connection_goes_through) {
    int fd = log_in();
    proxy_cut_message(proxy, 1, CUT_BEFORE);
    ck_assert(say(fd, query, sizeof query));
    is_cut(fd);
    fd = log_in();
    trip(fd);
    close(fd);
}
END_TEST

START_TEST(everything_can_be_cut_at_once) {
    const int fd = log_in();
    proxy_cut_all(proxy);
    is_cut(fd);
}
END_TEST

START_TEST(what_comes_while_it_stalls_waits) {
    unsigned char bytes[64];
    const int fd = log_in();
    proxy_stall(proxy, true);
    ck_assert(say(fd, query, sizeof query));
    ck_assert_int_eq(hear(fd, bytes, 100), -1);
    const int other = reach(); /* is not refused, and not answered */
    ck_assert_int_ge(other, 0);
    proxy_stall(proxy, false);
    hear_exactly(fd, sizeof is_ready);
    close(other);
    close(fd);
}
END_TEST

START_TEST(who_comes_can_be_refused_and_later_be_let_in_at_the_same_port) {
    const int fd = log_in();
    proxy_refuse(proxy, true);
    ck_assert_int_eq(reach(), -1);
    trip(fd);
    proxy_refuse(proxy, false);
    const int other = reach();
    ck_assert_int_ge(other, 0);
    close(fd);
    close(other);
}
END_TEST

START_TEST(answers_can_be_delayed) {
    const int fd = log_in();
    proxy_delay(proxy, 80);
    const int64_t before_ns = esi_clock_ns();
    trip(fd);
    ck_assert_int_ge(esi_clock_ns() - before_ns, 80 * NS_PER_MS);
    close(fd);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("pg_proxy");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, it_counts_messages_and_round_trips_after_the_login);
    tcase_add_test(t, messages_count_the_same_when_they_come_byte_by_byte);
    tcase_add_test(t, a_client_that_asks_for_encryption_first_is_understood);
    tcase_add_test(t, a_cut_before_a_message_passes_on_what_came_before_it);
    tcase_add_test(t, a_cut_in_the_middle_passes_on_half_of_the_message);
    tcase_add_test(t, a_cut_after_a_message_passes_on_all_of_it);
    tcase_add_test(t, a_cut_once_it_is_answered_keeps_the_answer_back);
    tcase_add_test(t, a_cut_happens_once_and_the_next_connection_goes_through);
    tcase_add_test(t, everything_can_be_cut_at_once);
    tcase_add_test(t, what_comes_while_it_stalls_waits);
    tcase_add_test(t, who_comes_can_be_refused_and_later_be_let_in_at_the_same_port);
    tcase_add_test(t, answers_can_be_delayed);
    return tap_run("fault/pg_proxy", t);
}
