/* provider.h: a provider's name to its slots. */
#ifndef ESIHELP_PROVIDER_PROVIDER_H
#define ESIHELP_PROVIDER_PROVIDER_H

#include <esihelp/sys/provider.h>

/* The slots of a built-in provider; ESI_EUNSUPPORTED where this build lacks it, ESI_EINVAL where
 * there is none of that name. */
esi_err provider_find(const char *name, const esi_provider_ops **out,
                      esi_error *err) ESI_MUST_CHECK;

/* The names of this build, separated by spaces. */
const char *provider_names(void);

#endif
