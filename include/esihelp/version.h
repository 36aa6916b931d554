/* version.h: which release this is, and which ABI a program was built against. */
#ifndef ESIHELP_VERSION_H
#define ESIHELP_VERSION_H

#include <esihelp/export.h>

#define ESI_VERSION_MAJOR 0
#define ESI_VERSION_MINOR 1
#define ESI_VERSION_PATCH 0
#define ESI_VERSION "0.1.0"

/** Number of the binary interface; the shared library's soversion. It rises only when a program
 *  built against an older header would break. */
#define ESI_ABI 0

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the library that is running, as "MAJOR.MINOR.PATCH".
 *
 *  It may be newer than the ESI_VERSION that a program was compiled with.
 *  Result: a constant of the library; never NULL. Thread: shared. Since 0.1. */
ESI_API const char *esi_version(void);

/** What this build of the library can do, as one line of words separated by spaces, for example
 *  "sqlite offline openai". Stores and providers that were left out are not in it.
 *
 *  Result: a constant of the library; never NULL. Thread: shared. Since 0.1. */
ESI_API const char *esi_features(void);

#ifdef __cplusplus
}
#endif
#endif
