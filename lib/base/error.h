/* error.h: where an error is born. The details are filled here and passed on above. */
#ifndef ESIHELP_BASE_ERROR_H
#define ESIHELP_BASE_ERROR_H

#include <esihelp/sys/backend.h> /* esi_fail */

/* As esi_fail, for bad input: also names the JSON pointer of the field that was refused. */
esi_err fail_at(esi_error *err, esi_err code, const char *origin, const char *pointer,
                const char *format, ...) ESI_PRINTF(5, 6) ESI_MUST_CHECK;

/* ESI_ENOMEM, said the same everywhere. */
esi_err fail_memory(esi_error *err, const char *origin) ESI_MUST_CHECK;

/* ESI_ETIMEOUT or ESI_ECANCELLED, whichever ended the wait. */
esi_err fail_wait(esi_error *err, const char *origin, const esi_wait *wait) ESI_MUST_CHECK;

#endif
