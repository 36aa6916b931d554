#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "own_model.h"
#include "provider/provider.h"
#include "provider_contract.h"
#include "upstream.h"

/* Built-in ones by name, others by their slots: that of the example is one. */
static const struct {
    const char *name;
    const esi_provider_ops *ops;
    const char *script; /* of the endpoint that it asks; NULL: none */
} rows[] = {
    {"offline", NULL, NULL},
    {"own", &own_model, NULL},
#ifdef ESI_WITH_OPENAI
    {"openai", NULL, "chat normal drip=2\nembed normal dims=24"},
#endif
};
const int provider_row_count = sizeof(rows) / sizeof(*rows);

const char *provider_row_name(int row) {
    return rows[row].name;
}

static struct upstream *start_upstream(int row) {
    const struct upstream_setup setup = {.script = rows[row].script};
    return rows[row].script == NULL ? NULL : upstream_start(&setup);
}

static void stop_upstream(struct upstream *upstream) {
    if (upstream != NULL) {
        upstream_stop(upstream);
    }
}

static esi_err open_row(int row, int32_t dimensions, const struct upstream *upstream,
                        const esi_provider_ops **ops, esi_provider **out, esi_error *err) {
    const esi_provider_config config = {.size = sizeof(config),
                                        .dimensions = dimensions,
                                        .base_url = upstream ? upstream_url(upstream) : NULL,
                                        .wait = wait_for_ms(10000, NULL)};
    *ops = rows[row].ops;
    if (*ops == NULL) {
        const esi_err found = provider_find(rows[row].name, ops, err);
        if (found != ESI_OK) {
            return found;
        }
    }
    return (*ops)->open(&config, out, err);
}

void provider_fixture_open(struct provider_fixture *f, int row) {
    memset(f, 0, sizeof(*f));
    f->upstream = start_upstream(row);
    const esi_err opened = open_row(row, 0, f->upstream, &f->ops, &f->provider, &f->err);
    ck_assert_msg(opened == ESI_OK, "%s: %s", rows[row].name, f->err.message);
    f->ops->info(f->provider, &f->info);
    f->wait = wait_for_ms(10000, NULL);
}

void provider_fixture_close(struct provider_fixture *f) {
    f->ops->close(f->provider);
    stop_upstream(f->upstream);
    arena_clear(&f->arena);
}

static esi_err embed_one(const esi_provider_ops *ops, esi_provider *provider, int32_t dimensions,
                         esi_error *err) {
    float *vector = calloc((size_t)dimensions, sizeof(*vector));
    ck_assert_ptr_nonnull(vector);
    const esi_text text = {"restart", 7};
    const esi_embed_request request = {
        .size = sizeof(request), .texts = &text, .count = 1, .wait = wait_for_ms(10000, NULL)};
    const esi_err result = ops->embed(provider, &request, vector, err);
    free(vector);
    return result;
}

esi_err provider_fixture_embed_with(int row, int32_t dimensions, esi_error *err) {
    const esi_provider_ops *ops = NULL;
    esi_provider *provider = NULL;
    struct upstream *upstream = start_upstream(row);
    esi_err result = open_row(row, dimensions, upstream, &ops, &provider, err);
    if (result == ESI_OK) {
        result = embed_one(ops, provider, dimensions, err);
        ops->close(provider);
    }
    stop_upstream(upstream);
    return result;
}
