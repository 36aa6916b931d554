#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <esihelp/sys/backend.h>

esi_err fail(esi_error *err, esi_err code, const char *pointer, const char *format, ...) {
    char message[ESI_ERROR_MESSAGE_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    (void)esi_fail(err, code, FAIL_ORIGIN, "%s", message);
    if (err != NULL && pointer != NULL) {
        snprintf(err->pointer, sizeof err->pointer, "%s", pointer);
    }
    return code;
}
