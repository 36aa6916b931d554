#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

#define LINE_MAX_BYTES 512

static void tell(const esi_logger *log, esi_log_entry entry, const char *format, va_list args)
    ESI_PRINTF(3, 0);

static void tell(const esi_logger *log, esi_log_entry entry, const char *format, va_list args) {
    char line[LINE_MAX_BYTES];
    if (vsnprintf(line, sizeof line, format, args) < 0) {
        return;
    }
    str_line(line, sizeof line, line);
    entry.message = line;
    log->fn(&entry, log->context);
}

void log_debug(const esi_logger *log, const char *origin, const char *request_id,
               const char *format, ...) {
    if (log == NULL || log->fn == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    tell(log, (esi_log_entry){ESI_LOG_DEBUG, origin, NULL, request_id}, format, args);
    va_end(args);
}

void log_warn(const esi_logger *log, const char *origin, const char *request_id, const char *format,
              ...) {
    if (log == NULL || log->fn == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    tell(log, (esi_log_entry){ESI_LOG_WARN, origin, NULL, request_id}, format, args);
    va_end(args);
}
