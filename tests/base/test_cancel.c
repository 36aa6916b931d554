#include "base/cancel.h"

#include "base/clock.h"
#include "base/os.h"
#include "tap.h"

#define LONG_NS (INT64_C(60) * 1000000000)

/* A wait like those of the library: a lock, a condition, and a watch that signals it. */
struct waiting {
    struct os_mutex lock;
    struct os_cond cond;
    int woken;
    esi_cancel *cancel;
};

static void wake(void *context) {
    struct waiting *w = context;
    os_lock(&w->lock);
    w->woken++;
    os_broadcast(&w->cond);
    os_unlock(&w->lock);
}

static void waiting_init(struct waiting *w, esi_cancel *cancel) {
    *w = (struct waiting){.cancel = cancel};
    ck_assert_int_eq(os_mutex_init(&w->lock, NULL), ESI_OK);
    ck_assert_int_eq(os_cond_init(&w->cond, NULL), ESI_OK);
}

static void waiting_clear(struct waiting *w) {
    os_cond_clear(&w->cond);
    os_mutex_clear(&w->lock);
}

static void fire(void *cancel) {
    os_sleep(esi_clock_ns() + 5 * NS_PER_MS);
    esi_cancel_fire(cancel);
}

START_TEST(a_switch_stays_thrown) {
    esi_cancel *cancel = esi_cancel_create();
    ck_assert(!esi_cancel_fired(cancel));
    esi_cancel_fire(cancel);
    ck_assert(esi_cancel_fired(cancel));
    esi_cancel_fire(cancel);
    ck_assert(esi_cancel_fired(cancel));
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(no_switch_is_never_thrown) {
    struct cancel_watch watch = {0};
    esi_cancel_fire(NULL);
    esi_cancel_free(NULL);
    ck_assert(!esi_cancel_fired(NULL));
    cancel_watch(NULL, &watch);
    cancel_unwatch(NULL, &watch);
}
END_TEST

START_TEST(throwing_wakes_every_watch_once) {
    esi_cancel *cancel = esi_cancel_create();
    struct waiting w[3];
    struct cancel_watch watches[3];
    for (size_t i = 0; i < 3; i++) {
        waiting_init(&w[i], cancel);
        watches[i] = (struct cancel_watch){.wake = wake, .context = &w[i]};
        cancel_watch(cancel, &watches[i]);
    }
    cancel_unwatch(cancel, &watches[1]);
    esi_cancel_fire(cancel);
    esi_cancel_fire(cancel);
    ck_assert_int_eq(w[0].woken, 1);
    ck_assert_int_eq(w[1].woken, 0);
    ck_assert_int_eq(w[2].woken, 1);
    cancel_unwatch(cancel, &watches[0]);
    cancel_unwatch(cancel, &watches[2]);
    for (size_t i = 0; i < 3; i++) {
        waiting_clear(&w[i]);
    }
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(a_late_watch_is_woken_at_once) {
    esi_cancel *cancel = esi_cancel_create();
    struct waiting w;
    waiting_init(&w, cancel);
    esi_cancel_fire(cancel);
    struct cancel_watch watch = {.wake = wake, .context = &w};
    cancel_watch(cancel, &watch);
    ck_assert_int_eq(w.woken, 1);
    cancel_unwatch(cancel, &watch);
    waiting_clear(&w);
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(a_sleeper_wakes_when_it_is_thrown) {
    esi_cancel *cancel = esi_cancel_create();
    struct os_thread thread;
    const int64_t before = esi_clock_ns();
    ck_assert_int_eq(os_thread_start(&thread, fire, cancel, 0, NULL), ESI_OK);
    cancel_sleep(cancel, before + LONG_NS);
    ck_assert(esi_cancel_fired(cancel));
    ck_assert_int_lt(esi_clock_ns() - before, LONG_NS);
    os_thread_join(&thread);
    esi_cancel_free(cancel);
}
END_TEST

/* Watches and unwatches from its stack; a wake that came later would write to what is gone. */
static void watch_often(void *context) {
    esi_cancel *cancel = context;
    for (int i = 0; i < 500; i++) {
        struct waiting w;
        waiting_init(&w, cancel);
        struct cancel_watch watch = {.wake = wake, .context = &w};
        cancel_watch(cancel, &watch);
        cancel_unwatch(cancel, &watch);
        waiting_clear(&w);
    }
}

START_TEST(watches_come_and_go_while_it_is_thrown) {
    for (int round = 0; round < 20; round++) {
        esi_cancel *cancel = esi_cancel_create();
        struct os_thread threads[4];
        for (size_t i = 0; i < 4; i++) {
            ck_assert_int_eq(os_thread_start(&threads[i], watch_often, cancel, 0, NULL), ESI_OK);
        }
        esi_cancel_fire(cancel);
        for (size_t i = 0; i < 4; i++) {
            os_thread_join(&threads[i]);
        }
        esi_cancel_free(cancel);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("cancel");
    tcase_add_test(t, a_switch_stays_thrown);
    tcase_add_test(t, no_switch_is_never_thrown);
    tcase_add_test(t, throwing_wakes_every_watch_once);
    tcase_add_test(t, a_late_watch_is_woken_at_once);
    tcase_add_test(t, a_sleeper_wakes_when_it_is_thrown);
    tcase_add_test(t, watches_come_and_go_while_it_is_thrown);
    return tap_run("base/cancel", t);
}
