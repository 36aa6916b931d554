#include "base/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"
#include "tap.h"

/* Things that count how many of them there are. */
struct shop {
    atomic_int alive, made, most;
    atomic_int fail_next; /* how many of the next makes fail */
    int64_t make_ns;      /* how long one takes */
};

struct thing {
    atomic_int users;
    int number;
};

static esi_err make(void *context, const esi_wait *wait, void **out, esi_error *err) {
    struct shop *shop = context;
    if (shop->make_ns > 0) {
        wait_sleep(wait, shop->make_ns / NS_PER_MS);
    }
    if (atomic_load(&shop->fail_next) > 0) {
        atomic_fetch_sub(&shop->fail_next, 1);
        return esi_fail(err, ESI_EIO, "test", "nothing to be made");
    }
    struct thing *thing = calloc(1, sizeof *thing);
    thing->number = atomic_fetch_add(&shop->made, 1);
    const int alive = atomic_fetch_add(&shop->alive, 1) + 1;
    if (alive > atomic_load(&shop->most)) {
        atomic_store(&shop->most, alive);
    }
    *out = thing;
    return ESI_OK;
}

static void destroy(void *context, void *item) {
    struct shop *shop = context;
    atomic_fetch_sub(&shop->alive, 1);
    free(item);
}

static const struct pool_ops ops = {make, destroy};

static struct pool *pool_of(struct shop *shop, size_t max) {
    struct pool *pool = NULL;
    ck_assert_int_eq(pool_create(&ops, shop, max, &pool, NULL), ESI_OK);
    return pool;
}

static void *lease(struct pool *pool) {
    const esi_wait wait = wait_for_ms(60000, NULL);
    void *item = NULL;
    ck_assert_int_eq(pool_lease(pool, &wait, &item, NULL), ESI_OK);
    return item;
}

static void until_waiting(struct pool *pool, size_t count) {
    while (pool_counts(pool).waiting != count) {
        os_sleep(esi_clock_ns() + NS_PER_MS / 5);
    }
}

START_TEST(things_are_made_when_needed_and_kept) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 3);
    ck_assert_int_eq(shop.made, 0);
    void *a = lease(pool), *b = lease(pool);
    ck_assert_ptr_ne(a, b);
    pool_return(pool, a, false);
    ck_assert_ptr_eq(lease(pool), a);
    struct pool_counts counts = pool_counts(pool);
    ck_assert(counts.max == 3 && counts.made == 2 && counts.idle == 0 && counts.waiting == 0);
    pool_return(pool, a, false);
    pool_return(pool, b, false);
    ck_assert_uint_eq(pool_counts(pool).idle, 2);
    pool_free(pool);
    ck_assert_int_eq(shop.alive, 0);
    ck_assert_int_eq(shop.made, 2);
}
END_TEST

START_TEST(a_size_outside_the_limits_is_refused) {
    struct shop shop = {0};
    struct pool *pool = NULL;
    ck_assert_int_eq(pool_create(&ops, &shop, 0, &pool, NULL), ESI_EINVAL);
    ck_assert_int_eq(pool_create(&ops, &shop, 1025, &pool, NULL), ESI_EINVAL);
    ck_assert_ptr_null(pool);
    pool_free(NULL);
}
END_TEST

START_TEST(when_all_are_in_use_the_deadline_ends_the_wait) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    void *a = lease(pool), *none = NULL;
    esi_error err;
    const esi_wait wait = wait_for_ms(5, NULL);
    ck_assert_int_eq(pool_lease(pool, &wait, &none, &err), ESI_EUNAVAILABLE);
    ck_assert(wait_over(&wait));
    ck_assert_ptr_null(none);
    ck_assert_int_gt(err.retry_after_ms, 0);
    ck_assert(err.retryable);
    ck_assert_uint_eq(pool_counts(pool).waiting, 0);
    pool_return(pool, a, false);
    pool_free(pool);
}
END_TEST

START_TEST(what_is_idle_is_had_without_time) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    pool_return(pool, lease(pool), false);
    const esi_wait wait = wait_for_ms(0, NULL);
    void *item = NULL;
    ck_assert_int_eq(pool_lease(pool, &wait, &item, NULL), ESI_OK);
    pool_return(pool, item, false);
    pool_free(pool);
}
END_TEST

START_TEST(a_broken_thing_is_replaced) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    pool_return(pool, lease(pool), true);
    ck_assert_int_eq(shop.alive, 0);
    ck_assert_uint_eq(pool_counts(pool).made, 0);
    pool_return(pool, lease(pool), false);
    ck_assert_int_eq(shop.made, 2);
    pool_free(pool);
}
END_TEST

/* Odd things are bad. */
static bool is_odd(void *context, void *item) {
    (void)context;
    return ((const struct thing *)item)->number % 2 == 1;
}

START_TEST(what_is_idle_and_bad_is_dropped) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 5);
    void *things[5];
    for (int i = 0; i < 5; i++) {
        things[i] = lease(pool);
    }
    ck_assert_uint_eq(pool_drop(pool, is_odd), 0); /* what is leased stays */
    for (int i = 0; i < 5; i++) {
        pool_return(pool, things[i], false);
    }
    ck_assert_uint_eq(pool_drop(pool, is_odd), 2);
    ck_assert_int_eq(atomic_load(&shop.alive), 3);
    const struct pool_counts counts = pool_counts(pool);
    ck_assert(counts.made == 3 && counts.idle == 3);
    for (int i = 0; i < 5; i++) { /* their places are free */
        things[i] = lease(pool);
    }
    for (int i = 0; i < 5; i++) {
        pool_return(pool, things[i], false);
    }
    pool_free(pool);
}
END_TEST

START_TEST(a_failed_make_leaves_its_place_free) {
    struct shop shop = {.fail_next = 1};
    struct pool *pool = pool_of(&shop, 1);
    const esi_wait wait = wait_for_ms(60000, NULL);
    void *item = NULL;
    esi_error err;
    ck_assert_int_eq(pool_lease(pool, &wait, &item, &err), ESI_EIO);
    ck_assert_str_eq(err.message, "nothing to be made");
    ck_assert_ptr_null(item);
    ck_assert_uint_eq(pool_counts(pool).made, 0);
    pool_return(pool, lease(pool), false);
    pool_free(pool);
}
END_TEST

/* ---- with threads -------------------------------------------------------------------------- */

struct guest {
    struct pool *pool;
    struct os_thread thread;
    esi_wait wait;
    esi_err result;
    void *item;
    atomic_int *arrivals;
    int arrived; /* the how-manieth to be served */
};

static void be_served(void *context) {
    struct guest *g = context;
    g->result = pool_lease(g->pool, &g->wait, &g->item, NULL);
    if (g->result == ESI_OK) {
        g->arrived = atomic_fetch_add(g->arrivals, 1);
        pool_return(g->pool, g->item, false);
    }
}

static void start_guest(struct guest *g, struct pool *pool, atomic_int *arrivals,
                        esi_cancel *cancel) {
    *g = (struct guest){.pool = pool, .arrivals = arrivals, .wait = wait_for_ms(60000, cancel)};
    ck_assert_int_eq(os_thread_start(&g->thread, be_served, g, 0, NULL), ESI_OK);
}

START_TEST(who_came_first_is_served_first) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    struct guest guests[8];
    atomic_int arrivals = 0;
    void *item = lease(pool);
    for (size_t i = 0; i < 8; i++) {
        start_guest(&guests[i], pool, &arrivals, NULL);
        until_waiting(pool, i + 1);
    }
    pool_return(pool, item, false);
    for (int i = 0; i < 8; i++) {
        os_thread_join(&guests[i].thread);
        ck_assert_int_eq(guests[i].result, ESI_OK);
        ck_assert_int_eq(guests[i].arrived, i);
        ck_assert_ptr_eq(guests[i].item, item);
    }
    pool_free(pool);
}
END_TEST

START_TEST(a_thrown_switch_ends_the_wait_of_its_own) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    struct guest first, second;
    atomic_int arrivals = 0;
    esi_cancel *cancel = esi_cancel_create();
    void *item = lease(pool);
    start_guest(&first, pool, &arrivals, cancel);
    until_waiting(pool, 1);
    start_guest(&second, pool, &arrivals, NULL);
    until_waiting(pool, 2);
    esi_cancel_fire(cancel);
    os_thread_join(&first.thread);
    ck_assert_int_eq(first.result, ESI_ECANCELLED);
    ck_assert_uint_eq(pool_counts(pool).waiting, 1);
    pool_return(pool, item, false);
    os_thread_join(&second.thread);
    ck_assert_int_eq(second.result, ESI_OK);
    esi_cancel_free(cancel);
    pool_free(pool);
}
END_TEST

START_TEST(a_switch_thrown_before_gives_nothing) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    esi_cancel *cancel = esi_cancel_create();
    esi_cancel_fire(cancel);
    const esi_wait wait = wait_for_ms(60000, cancel);
    void *item = NULL;
    ck_assert_int_eq(pool_lease(pool, &wait, &item, NULL), ESI_ECANCELLED);
    ck_assert_ptr_null(item);
    ck_assert_int_eq(shop.made, 0);
    esi_cancel_free(cancel);
    pool_free(pool);
}
END_TEST

START_TEST(the_place_of_a_broken_thing_goes_to_who_waits) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    struct guest guest;
    atomic_int arrivals = 0;
    void *item = lease(pool);
    start_guest(&guest, pool, &arrivals, NULL);
    until_waiting(pool, 1);
    pool_return(pool, item, true);
    os_thread_join(&guest.thread);
    ck_assert_int_eq(guest.result, ESI_OK);
    ck_assert_int_eq(shop.made, 2);
    ck_assert_int_eq(shop.alive, 1);
    pool_free(pool);
}
END_TEST

START_TEST(the_place_of_a_failed_make_goes_to_who_waits) {
    struct shop shop = {0};
    struct pool *pool = pool_of(&shop, 1);
    struct guest first, second;
    atomic_int arrivals = 0;
    void *item = lease(pool);
    start_guest(&first, pool, &arrivals, NULL);
    until_waiting(pool, 1);
    start_guest(&second, pool, &arrivals, NULL);
    until_waiting(pool, 2);
    shop.fail_next = 1;
    pool_return(pool, item, true);
    os_thread_join(&first.thread);
    os_thread_join(&second.thread);
    ck_assert_int_eq(first.result, ESI_EIO);
    ck_assert_int_eq(second.result, ESI_OK);
    pool_free(pool);
}
END_TEST

struct crowd {
    struct pool *pool;
    esi_cancel *cancel;
    atomic_int served, refused;
};

/* Leases and returns at random, sometimes broken, sometimes without the patience to wait. */
static void crowd_in(void *context) {
    struct crowd *crowd = context;
    uint32_t dice = (uint32_t)(uintptr_t)&dice;
    for (int i = 0; i < 400; i++) {
        dice = dice * 1664525 + 1013904223;
        const esi_wait wait = wait_for_ms(dice >> 28 == 0 ? 0 : 60000, crowd->cancel);
        void *item = NULL;
        if (pool_lease(crowd->pool, &wait, &item, NULL) != ESI_OK) {
            atomic_fetch_add(&crowd->refused, 1);
            continue;
        }
        struct thing *thing = item;
        ck_assert_int_eq(atomic_fetch_add(&thing->users, 1), 0);
        if (dice >> 24 & 1) {
            os_sleep(esi_clock_ns() + 1000);
        }
        ck_assert_int_eq(atomic_fetch_sub(&thing->users, 1), 1);
        atomic_fetch_add(&crowd->served, 1);
        pool_return(crowd->pool, item, (dice >> 16 & 15) == 0);
    }
}

START_TEST(a_crowd_never_has_more_than_there_are) {
    struct shop shop = {.fail_next = 20};
    struct crowd crowd = {.pool = pool_of(&shop, 3), .cancel = esi_cancel_create()};
    struct os_thread threads[12];
    for (size_t i = 0; i < 12; i++) {
        ck_assert_int_eq(os_thread_start(&threads[i], crowd_in, &crowd, 0, NULL), ESI_OK);
    }
    os_sleep(esi_clock_ns() + 10 * NS_PER_MS);
    for (size_t i = 0; i < 12; i++) {
        if (i == 6) {
            esi_cancel_fire(crowd.cancel);
        }
        os_thread_join(&threads[i]);
    }
    ck_assert_int_eq(crowd.served + crowd.refused, 12 * 400);
    ck_assert_int_le(shop.most, 3);
    const struct pool_counts counts = pool_counts(crowd.pool);
    ck_assert_uint_eq(counts.made, counts.idle);
    ck_assert_uint_eq(counts.waiting, 0);
    pool_free(crowd.pool);
    ck_assert_int_eq(shop.alive, 0);
    esi_cancel_free(crowd.cancel);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("pool");
    tcase_add_test(t, things_are_made_when_needed_and_kept);
    tcase_add_test(t, a_size_outside_the_limits_is_refused);
    tcase_add_test(t, when_all_are_in_use_the_deadline_ends_the_wait);
    tcase_add_test(t, what_is_idle_is_had_without_time);
    tcase_add_test(t, a_broken_thing_is_replaced);
    tcase_add_test(t, what_is_idle_and_bad_is_dropped);
    tcase_add_test(t, a_failed_make_leaves_its_place_free);
    tcase_add_test(t, who_came_first_is_served_first);
    tcase_add_test(t, a_thrown_switch_ends_the_wait_of_its_own);
    tcase_add_test(t, a_switch_thrown_before_gives_nothing);
    tcase_add_test(t, the_place_of_a_broken_thing_goes_to_who_waits);
    tcase_add_test(t, the_place_of_a_failed_make_goes_to_who_waits);
    tcase_add_test(t, a_crowd_never_has_more_than_there_are);
    return tap_run("base/pool", t);
}
