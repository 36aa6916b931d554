#include "provider/provider.h"

#include <string.h>

#include "base/error.h"
#include "provider/offline.h"
#ifdef ESI_WITH_OPENAI
#include "provider/openai.h"
#endif

/* Every provider that there can be; those without slots aren't part of this build. */
static const struct {
    const char *name;
    const esi_provider_ops *ops;
} providers[] = {
    {"offline", &offline_ops},
#ifdef ESI_WITH_OPENAI
    {"openai", &openai_ops},
#else
    {"openai", NULL},
#endif
};

#ifdef ESI_WITH_OPENAI
#define NAMES "offline openai"
#else
#define NAMES "offline"
#endif

esi_err provider_find(const char *name, const esi_provider_ops **out, esi_error *err) {
    for (size_t i = 0; name != NULL && i < sizeof(providers) / sizeof(providers[0]); i++) {
        if (strcmp(providers[i].name, name) != 0) {
            continue;
        }
        if (providers[i].ops == NULL) {
            return esi_fail(err, ESI_EUNSUPPORTED, "provider/provider",
                            "this build has no provider %s; it has: %s", name, NAMES);
        }
        *out = providers[i].ops;
        return ESI_OK;
    }
    return esi_fail(err, ESI_EINVAL, "provider/provider",
                    "there is no provider \"%s\"; this build has: %s", name ? name : "", NAMES);
}

const char *provider_names(void) {
    return NAMES;
}
