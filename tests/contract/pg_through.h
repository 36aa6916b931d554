/* pg_through.h: a store that talks through a proxy: round trips are counted, and cut. */
#ifndef ESIHELP_TESTS_PG_THROUGH_H
#define ESIHELP_TESTS_PG_THROUGH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pg_proxy.h"
#include "store_contract.h"

static struct fixture f;
static struct pg_proxy *proxy;

/* Puts the proxy between the store and what it talks to, and opens the store anew: over one
 * connection, on which nothing was asked yet. */
static inline void open_through(int row) {
    char url[256];
    fixture_open(&f, row);
    f.ops->close(f.store);
    const char *colon = strchr(strchr(f.url, '@'), ':');
    proxy = proxy_start((int)strtol(colon + 1, NULL, 10));
    ck_assert_ptr_nonnull(proxy);
    snprintf(url, sizeof url, "%.*s:%d%s", (int)(colon - f.url), f.url, proxy_port(proxy),
             strchr(colon, '/'));
    const esi_store_config config = {
        .size = sizeof config, .url = url, .connections = 1, .wait = wait_for_ms(60000, NULL)};
    ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
    f.wait = config.wait;
}

static inline void close_all(void) {
    fixture_close(&f);
    proxy_stop(proxy);
}

#endif
