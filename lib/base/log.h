/* log.h: hands events to the host's callback. Without one it costs a branch. */
#ifndef ESIHELP_BASE_LOG_H
#define ESIHELP_BASE_LOG_H

#include <esihelp/sys/backend.h>

void log_debug(const esi_logger *log, const char *origin, const char *request_id,
               const char *format, ...) ESI_PRINTF(4, 5);
void log_warn(const esi_logger *log, const char *origin, const char *request_id, const char *format,
              ...) ESI_PRINTF(4, 5);

#endif
