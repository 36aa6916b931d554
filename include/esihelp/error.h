/* error.h: what a call answers when it can't do what was asked. */
#ifndef ESIHELP_ERROR_H
#define ESIHELP_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include <esihelp/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Answer of every call that can fail: 0 is success, everything else one of these. The numbers
 *  never change; new codes are added at the end. */
typedef enum esi_err {
    ESI_OK = 0,
    ESI_EINVAL = 1,        /**< an argument is outside what its comment allows */
    ESI_ENOMEM = 2,        /**< memory ran out, or a stated limit on memory was reached */
    ESI_ENOTFOUND = 3,     /**< no such session, ticket, document or file for this caller */
    ESI_EFORBIDDEN = 4,    /**< it exists, but this role may not do that with it */
    ESI_ECONFLICT = 5,     /**< it was changed meanwhile, or exists already */
    ESI_EINPROGRESS = 6,   /**< the same request is being worked on by another call */
    ESI_ETIMEOUT = 7,      /**< the deadline passed first */
    ESI_ECANCELLED = 8,    /**< the caller's esi_cancel was fired, or on_event answered non-zero */
    ESI_EUNAVAILABLE = 9,  /**< a store or a model can't be reached or is too busy; try again */
    ESI_ETOOBIG = 10,      /**< larger than a stated limit */
    ESI_EENCODING = 11,    /**< text is not UTF-8, or holds a NUL */
    ESI_EPARSE = 12,       /**< a file or a message doesn't follow its format */
    ESI_EPOLICY = 13,      /**< the rule file is refused; the message names file, line and reason */
    ESI_EIO = 14,          /**< the operating system refused to read or write */
    ESI_ENOSPC = 15,       /**< the disk is full */
    ESI_EREADONLY = 16,    /**< the store can't be written */
    ESI_ECORRUPT = 17,     /**< the store's file is damaged, or is something else */
    ESI_ENEWER = 18,       /**< the store was written by a newer release */
    ESI_EDIM = 19,         /**< the embedding model doesn't fit the stored vectors */
    ESI_EUPSTREAM = 20,    /**< a model's endpoint answered with an error */
    ESI_EUNSUPPORTED = 21, /**< this build or this backend can't do that */
    ESI_EMISMATCH = 22,    /**< the request id was used before with another body */
    ESI_EAUTH = 23,        /**< who is calling isn't known, or the password is wrong */
    ESI_EINTERNAL = 24     /**< a fault of the library or of one of its parts; please report it */
} esi_err;

/** Longest message in esi_error, its closing NUL included. */
#define ESI_ERROR_MESSAGE_MAX 384

/** The details of a failure, filled in by the call that failed. A caller that doesn't want them
 *  passes NULL. On success it is left as it was. */
typedef struct esi_error {
    esi_err code;
    int http_status;                     /**< the status a REST service should answer, 400 to 599 */
    int upstream_status;                 /**< HTTP status that a model's endpoint gave, else 0 */
    bool retryable;                      /**< the same call may succeed later */
    int32_t retry_after_ms;              /**< how long to wait first; 0 where nothing is known */
    char sqlstate[6];                    /**< PostgreSQL's SQLSTATE, or "" */
    char origin[26];                     /**< the part that failed, as "store/sqlite", or "" */
    char pointer[96];                    /**< JSON pointer to the input that was refused, or "" */
    char message[ESI_ERROR_MESSAGE_MAX]; /**< one line, without secrets and without user text */
} esi_error;

/** The name of a code as it is spelled here, for example "ESI_EINVAL"; "ESI_EUNKNOWN" for a number
 *  that this release doesn't know.
 *
 *  Result: a constant of the library; never NULL. Thread: shared. Since 0.1. */
ESI_API const char *esi_err_name(esi_err code);

/** What a code means, in one short English phrase, for a message that has nothing better.
 *
 *  Result: a constant of the library; never NULL. Thread: shared. Since 0.1. */
ESI_API const char *esi_err_text(esi_err code);

#ifdef __cplusplus
}
#endif
#endif
