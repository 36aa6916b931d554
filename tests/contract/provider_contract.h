/* provider_contract.h: what sys/provider.h promises, as one suite for every provider. A second one
 * joins by a row in provider_fixture.c. */
#ifndef ESIHELP_TESTS_PROVIDER_CONTRACT_H
#define ESIHELP_TESTS_PROVIDER_CONTRACT_H

#include <check.h>

#include <esihelp/sys/provider.h>

#include "base/arena.h"

/* A provider of that row, open; what it can't do isn't asked of it. */
struct provider_fixture {
    const esi_provider_ops *ops;
    esi_provider *provider;
    struct upstream *upstream; /* that it asks; NULL: none */
    esi_provider_info info;
    esi_arena arena;
    esi_wait wait; /* ten seconds from the opening */
    esi_error err;
};

extern const int provider_row_count;
const char *provider_row_name(int row);

void provider_fixture_open(struct provider_fixture *f, int row);
void provider_fixture_close(struct provider_fixture *f);
/* Opens it with that number of dimensions and has a vector made: a model that is asked over a
 * network may be known only by then. Nothing is left open. */
esi_err provider_fixture_embed_with(int row, int32_t dimensions, esi_error *err);

void add_embed_tests(TCase *cases);
void add_answer_tests(TCase *cases);

#endif
