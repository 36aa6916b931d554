/* offline.h: local embeddings: deterministic, no network, no state. */
#ifndef ESIHELP_PROVIDER_OFFLINE_H
#define ESIHELP_PROVIDER_OFFLINE_H

#include <stdbool.h>

#include <esihelp/sys/provider.h>

#define OFFLINE_DIMENSIONS 256

/* Is it the name of one of the local models, today's or a former one? */
bool offline_made(const char *embedding_model);

extern const esi_provider_ops offline_ops;

#endif
