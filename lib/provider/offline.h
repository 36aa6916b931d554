/* offline.h: local embeddings: deterministic, no network, no state. */
#ifndef ESIHELP_PROVIDER_OFFLINE_H
#define ESIHELP_PROVIDER_OFFLINE_H

#include <esihelp/sys/provider.h>

#define OFFLINE_DIMENSIONS 256

extern const esi_provider_ops offline_ops;

#endif
