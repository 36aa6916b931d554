/* log.h: where the library tells what it does; it never prints by itself. */
#ifndef ESIHELP_LOG_H
#define ESIHELP_LOG_H

#include <esihelp/export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum esi_log_level {
    ESI_LOG_DEBUG = 0, /**< each stage of a turn, each change of state */
    ESI_LOG_WARN = 1   /**< something was survived that an operator may want to mend */
} esi_log_level;

/** One event. The strings live only for the call. They never hold a secret, and never the text of
 *  a message, a document or an answer. */
typedef struct esi_log_entry {
    esi_log_level level;
    const char *origin;     /**< the part that speaks, as "store/sqlite" */
    const char *message;    /**< one line */
    const char *request_id; /**< the request that it belongs to, or NULL */
} esi_log_entry;

/** Receives events. It may be called from any thread, several at a time, never with a lock of the
 *  library held. It must not call back into the desk it was given to. */
typedef void (*esi_log_fn)(const esi_log_entry *entry, void *context);

#ifdef __cplusplus
}
#endif
#endif
