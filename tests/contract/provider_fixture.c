#include <string.h>

#include "base/clock.h"
#include "provider/provider.h"
#include "provider_contract.h"

/* Built-in ones by name, others by their slots. */
static const struct {
    const char *name;
    const esi_provider_ops *ops;
} rows[] = {
    {"offline", NULL},
    {"echo", &echo_ops},
};
const int provider_row_count = sizeof(rows) / sizeof(*rows);

const char *provider_row_name(int row) {
    return rows[row].name;
}

static esi_err open_row(int row, int32_t dimensions, const esi_provider_ops **ops,
                        esi_provider **out, esi_error *err) {
    const esi_provider_config config = {.size = sizeof(config), .dimensions = dimensions};
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
    const esi_err opened = open_row(row, 0, &f->ops, &f->provider, &f->err);
    ck_assert_msg(opened == ESI_OK, "%s: %s", rows[row].name, f->err.message);
    f->ops->info(f->provider, &f->info);
    f->wait = wait_for_ms(10000, NULL);
}

void provider_fixture_close(struct provider_fixture *f) {
    f->ops->close(f->provider);
    arena_clear(&f->arena);
}

esi_err provider_fixture_open_with(int row, int32_t dimensions, esi_error *err) {
    const esi_provider_ops *ops = NULL;
    esi_provider *provider = NULL;
    const esi_err opened = open_row(row, dimensions, &ops, &provider, err);
    if (opened == ESI_OK) {
        ops->close(provider);
    }
    return opened;
}
