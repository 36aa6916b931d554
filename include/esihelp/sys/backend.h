/* sys/backend.h: what every backend is given: memory for its results, and how long it may wait.
 *
 * The headers in sys/ are for those who bring a store or a model of their own. Their promise is
 * weaker than the rest: a backend is compiled against one minor release. */
#ifndef ESIHELP_SYS_BACKEND_H
#define ESIHELP_SYS_BACKEND_H

#include <esihelp/log.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Memory that the caller empties at once; nothing in it is freed alone. One thread at a time. */
typedef struct esi_arena esi_arena;

/** `size` bytes, zeroed and aligned for any type; NULL when memory or the arena's limit is used
 *  up. Since 0.1. */
ESI_API void *esi_arena_alloc(esi_arena *arena, size_t size);

/** A NUL-terminated copy of `size` bytes. NULL when memory is used up. Since 0.1. */
ESI_API char *esi_arena_copy(esi_arena *arena, const char *text, size_t size);

/** How long a call may wait, and what may end it sooner. */
typedef struct esi_wait {
    int64_t until_ns;   /**< on the monotonic clock, as esi_clock_ns gives it */
    esi_cancel *cancel; /**< NULL: can't be cancelled */
} esi_wait;

/** The monotonic clock, in nanoseconds. Since 0.1. */
ESI_API int64_t esi_clock_ns(void);

/** Milliseconds left, rounded up, at most 2147483647; 0 when time is up or the switch is thrown.
 *  Since 0.1. */
ESI_API int32_t esi_wait_left_ms(const esi_wait *wait);

/** Has the switch been thrown? NULL is no. Since 0.1. */
ESI_API bool esi_cancel_fired(const esi_cancel *cancel);

/** Fills `err` (NULL is allowed) and answers `code`, to be returned: where an error is born, and
 *  nowhere above. origin: as "store/mine". The message is one line, without a capital, a full
 *  stop, a secret or a user's text; what is too long is cut. Since 0.1. */
ESI_API esi_err esi_fail(esi_error *err, esi_err code, const char *origin, const char *format, ...)
    ESI_PRINTF(4, 5);

/** Where a backend's log lines go. */
typedef struct esi_logger {
    esi_log_fn fn; /**< NULL: nowhere */
    void *context;
} esi_logger;

#ifdef __cplusplus
}
#endif
#endif
