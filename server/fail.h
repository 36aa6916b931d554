/* fail.h: where the program's own errors are born. */
#ifndef ESIHELP_SERVER_FAIL_H
#define ESIHELP_SERVER_FAIL_H

#include <esihelp/error.h>

#define FAIL_ORIGIN "server"

/* As esi_fail, and names the field that was refused; pointer: NULL for none. */
esi_err fail(esi_error *err, esi_err code, const char *pointer, const char *format, ...)
    ESI_PRINTF(4, 5) ESI_MUST_CHECK;

#endif
