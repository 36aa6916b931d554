/* model.h: a provider in use. */
#ifndef ESIHELP_DESK_MODEL_H
#define ESIHELP_DESK_MODEL_H

#include <esihelp/sys/provider.h>

struct model {
    const esi_provider_ops *ops;
    esi_provider *self;
    esi_provider_info info;
};

#endif
