#include "provider/http.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider/http_parts.h"

#define NEVER INT64_MAX
#define LOOP_STACK 524288
#define READY_MAX 64
/* Calls that wait too long are looked for at most so often: nobody needs it finer. */
#define SWEEP_MS 10
/* Connections that a shard keeps. */
#define KEPT_MAX 256L

void http_want(struct http_call *call, unsigned want) {
    struct http *http = call->http;
    if (atomic_fetch_or(&call->wants, want) != 0) {
        return; /* the loop hasn't looked yet */
    }
    struct http_call *first = atomic_load(&http->wanted);
    do {
        call->next_wanted = first;
    } while (!atomic_compare_exchange_weak(&http->wanted, &first, call));
    if (atomic_exchange(&http->asleep, false)) {
        os_waker_wake(&http->waker);
    }
}

void http_tell(struct http_call *call) {
    if (!call->told) {
        call->told = true;
        call->next_told = call->http->told;
        call->http->told = call;
    }
}

void http_expect(struct http_call *call, int64_t within_ms) {
    struct http *http = call->http;
    call->due_ns = within_ms <= 0 ? NEVER : http->now_ns + within_ms * NS_PER_MS;
    if (call->due_ns < http->sweep_due_ns) {
        http->sweep_due_ns = call->due_ns;
    }
}

static void serve(struct http *http, struct http_call *call, unsigned wants) {
    if ((wants & WANT_END) != 0) {
        if (call->now_end == HTTP_UNDER_WAY) {
            transfer_end(call, HTTP_LOST, "the caller ended it");
        }
        call->now_let_go = true;
        http_tell(call);
    } else if ((wants & WANT_START) != 0) {
        transfer_start(http, call);
    } else if (call->now_paused && call->now_end == HTTP_UNDER_WAY) {
        transfer_resume(call);
    }
}

static void serve_wanted(struct http *http) {
    struct http_call *stack = atomic_exchange(&http->wanted, NULL);
    struct http_call *first = NULL; /* in the order in which they came */
    while (stack != NULL) {
        struct http_call *next = stack->next_wanted;
        stack->next_wanted = first;
        first = stack;
        stack = next;
    }
    while (first != NULL) {
        struct http_call *call = first;
        first = call->next_wanted; /* read before it may be asked for again */
        serve(http, call, atomic_exchange(&call->wants, 0));
    }
}

/* When there is something to do, should no socket be ready and nobody ask. */
static int64_t next_due(const struct http *http) {
    int64_t due = sockets_due(http);
    for (unsigned i = 0; i < http->shard_count; i++) {
        due = http->shards[i].due_ns < due ? http->shards[i].due_ns : due;
    }
    return http->sweep_due_ns < due ? http->sweep_due_ns : due;
}

static void look(struct http *http, const struct os_ready *ready) {
    int running;
    const int mask = ((ready->ready & OS_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                     ((ready->ready & OS_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
    http->streamed = false;
    http->look_bytes = 0;
    CURLM *multi = http->sockets[ready->fd].shard->multi;
    (void)curl_multi_socket_action(multi, ready->fd, mask, &running);
    socket_looked(http, ready->fd);
}

/* Asks libcurl to go on with what is ready. */
static void move_bytes(struct http *http) {
    struct os_ready ready[READY_MAX];
    int64_t until = next_due(http);
    if (until > http->now_ns) {
        atomic_store(&http->asleep, true);
        /* Who asks after this look wakes the loop. */
        if (atomic_load(&http->wanted) != NULL || atomic_load(&http->stopping)) {
            until = 0;
        }
    }
    const size_t count = os_poller_wait(&http->poller, ready, READY_MAX, until);
    atomic_store(&http->asleep, false);
    http->now_ns = esi_clock_ns();
    for (size_t i = 0; i < count; i++) {
        if (ready[i].fd == http->waker.fd) {
            os_waker_reset(&http->waker);
        } else {
            look(http, &ready[i]);
        }
    }
    for (unsigned i = 0; i < http->shard_count; i++) {
        struct http_shard *shard = &http->shards[i];
        if (shard->due_ns <= http->now_ns) {
            int running;
            shard->due_ns = NEVER; /* libcurl sets the next time itself */
            (void)curl_multi_socket_action(shard->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
    }
    sockets_rouse(http);
}

static void read_ends(struct http_shard *shard) {
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(shard->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            struct http_slot *slot = NULL;
            const CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
            transfer_done(slot->call, code);
        }
    }
}

/* Ends the calls that have waited too long. */
static void sweep(struct http *http) {
    if (http->sweep_due_ns > http->now_ns) {
        return;
    }
    int64_t next = NEVER;
    for (struct http_call *call = http->calls, *after; call != NULL; call = after) {
        after = call->next;
        if (call->due_ns > http->now_ns) {
            next = call->due_ns < next ? call->due_ns : next;
        } else if (!call->now_sent) {
            transfer_end(call, HTTP_NOT_SENT, "no connection in the time that it may take");
        } else {
            transfer_end(call, HTTP_SILENT,
                         call->replied ? "the reply fell silent" : "no reply has begun");
        }
    }
    const int64_t soonest = http->now_ns + SWEEP_MS * NS_PER_MS;
    http->sweep_due_ns = next < soonest ? soonest : next;
}

/* Adds this round's bytes to those that the caller hasn't taken; false: no memory. */
static bool add_ready(struct http_call *call) {
    if (call->ready.n == 0) {
        const struct buf empty = call->ready;
        call->ready = call->got;
        call->got = empty;
        return true;
    }
    buf_add(&call->ready, buf_view(&call->got));
    const bool added = !call->ready.failed;
    call->ready.failed = false;
    buf_empty(&call->got);
    return added;
}

/* Hands the caller what is new. It is woken without its lock, or it would only wake to wait for
 * that.
 * After an end, the call and its waiter are the caller's alone. */
static void hand_over(struct http *http, struct http_call *call) {
    struct http_waiter *waiter = call->waiter;
    call->told = false;
    os_lock(&waiter->lock);
    if (!add_ready(call) && call->now_end == HTTP_UNDER_WAY) {
        os_unlock(&waiter->lock);
        transfer_end(call, HTTP_LOST, "no memory for the reply"); /* and is told again */
        return;
    }
    call->status = call->now_status;
    call->sent = call->now_sent;
    call->paused = call->now_paused;
    call->end = call->now_end;
    call->let_go = call->now_let_go;
    waiter->news = true;
    if (waiter->asleep && !waiter->signalled) {
        waiter->signalled = true;
        atomic_fetch_add(&waiter->holders, 1);
        waiter->next_signalled = http->signalled;
        http->signalled = waiter;
    }
    os_unlock(&waiter->lock);
}

static void hand_over_all(struct http *http) {
    while (http->told != NULL) {
        struct http_call *call = http->told;
        http->told = call->next_told;
        hand_over(http, call);
    }
    while (http->signalled != NULL) {
        struct http_waiter *waiter = http->signalled;
        http->signalled = waiter->next_signalled;
        waiter->signalled = false;
        os_bell_ring(&waiter->bell);
        http_waiter_drop(waiter);
    }
}

static int on_timer(CURLM *multi, long timeout_ms, void *context) {
    (void)multi;
    struct http_shard *shard = context;
    shard->due_ns = timeout_ms < 0    ? NEVER
                    : timeout_ms == 0 ? 0
                                      : esi_clock_ns() + timeout_ms * NS_PER_MS;
    return 0;
}

/* libcurl is made on the loop's own thread: a program that never asks a model doesn't pay for it.
 * Where that fails, the calls are told so. */
static void open_curl(struct http *http) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) { /* counted, and safe by any thread */
        return;
    }
    http->share = curl_share_init();
    (void)curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

static bool open_shard(struct http *http) {
    struct http_shard *shard = &http->shards[http->shard_count];
    CURLM *multi = http->share == NULL ? NULL : curl_multi_init();
    if (multi == NULL) {
        return false;
    }
    *shard = (struct http_shard){.http = http, .multi = multi, .due_ns = NEVER};
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, shard);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, shard);
    (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, KEPT_MAX);
    http->shard_count++;
    return true;
}

struct http_shard *http_shard(struct http *http) {
    struct http_shard *least = NULL;
    for (unsigned i = 0; i < http->shard_count; i++) {
        struct http_shard *shard = &http->shards[i];
        if (shard->calls < HTTP_SHARD_CALLS) {
            return shard;
        }
        least = least == NULL || shard->calls < least->calls ? shard : least;
    }
    if (http->shard_count < HTTP_SHARDS && open_shard(http)) {
        return &http->shards[http->shard_count - 1];
    }
    return least;
}

static void loop(void *context) {
    struct http *http = context;
    http->now_ns = esi_clock_ns();
    open_curl(http);
    while (!atomic_load(&http->stopping)) {
        serve_wanted(http);
        hand_over_all(http);
        move_bytes(http);
        for (unsigned i = 0; i < http->shard_count; i++) {
            read_ends(&http->shards[i]);
        }
        sweep(http);
        hand_over_all(http);
    }
    transfer_free_spare(http);
    for (unsigned i = 0; i < http->shard_count; i++) {
        (void)curl_multi_cleanup(http->shards[i].multi);
    }
    (void)curl_share_cleanup(http->share);
}

esi_err http_create(esi_logger log, struct http **out, esi_error *err) {
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return fail_memory(err, "provider/http");
    }
    http->log = log;
    http->sweep_due_ns = NEVER;
    http->resting_first = HTTP_NO_SOCKET;
    http->resting_last = HTTP_NO_SOCKET;
    esi_err result = os_mutex_init(&http->lock, err);
    if (result != ESI_OK) {
        goto no_lock;
    }
    result = os_waker_init(&http->waker, err);
    if (result != ESI_OK) {
        goto no_waker;
    }
    result = os_poller_init(&http->poller, err);
    if (result != ESI_OK) {
        goto no_poller;
    }
    if (!os_poller_want(&http->poller, http->waker.fd, 0, OS_READABLE)) {
        result = fail_memory(err, "provider/http");
        goto no_waking;
    }
    *out = http;
    return ESI_OK;
no_waking:
    os_poller_clear(&http->poller);
no_poller:
    os_waker_clear(&http->waker);
no_waker:
    os_mutex_clear(&http->lock);
no_lock:
    free(http);
    return result;
}

void http_free(struct http *http) {
    if (http == NULL) {
        return;
    }
    if (http->started) {
        atomic_store(&http->stopping, true);
        os_waker_wake(&http->waker);
        os_thread_join(&http->thread);
    }
    os_poller_clear(&http->poller);
    os_waker_clear(&http->waker);
    os_mutex_clear(&http->lock);
    free(http->sockets);
    free(http);
}

esi_err http_run(struct http *http, esi_error *err) {
    os_lock(&http->lock);
    esi_err result = ESI_OK;
    if (!http->started) {
        result = os_thread_start(&http->thread, loop, http, LOOP_STACK, err);
        http->started = result == ESI_OK;
    }
    os_unlock(&http->lock);
    return result;
}

struct http_counts http_counts(struct http *http) {
    return (struct http_counts){
        .sent = atomic_load(&http->sent),
        .stopped = atomic_load(&http->stopped),
        .connections = atomic_load(&http->connections),
        .in_flight = atomic_load(&http->in_flight),
    };
}
