/* retention.h: what a desk has kept for long enough, and what it keeps of one person. */
#ifndef ESIHELP_RETENTION_H
#define ESIHELP_RETENTION_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESI_RETENTION_MIN_MS INT64_C(3600000) /**< what is younger than an hour isn't purged */

/** What is old enough to go. Start from ESI_PURGE_REQUEST_INIT and set older_than_ms. */
typedef struct esi_purge_request {
    size_t size;
    int64_t older_than_ms; /**< since it was last touched; at least ESI_RETENTION_MIN_MS */
    bool undelivered;      /**< also events of the outbox that nobody ever took */
    bool dry_run;          /**< count what would go, and remove nothing */
    int64_t deadline_ms;   /**< 100 to 600000; 0: the desk's */
} esi_purge_request;

#define ESI_PURGE_REQUEST_INIT                                                                     \
    { sizeof(esi_purge_request), 0, false, false, 0 }

/** How many rows of one table. */
typedef struct esi_retention_count {
    const char *table; /**< "chat_sessions", "tickets", ... as the schema calls them */
    int64_t count;
} esi_retention_count;

/** What was removed, or would be: every table that may hold such rows, also where there were none.
 *  Frozen; freed by esi_retention_report_free. */
typedef struct esi_retention_report {
    const esi_retention_count *const *items;
    size_t count;
    bool complete; /**< false: time was up before everything was gone; purge again */
} esi_retention_report;

/** Removes what is old: RESOLVED and CLOSED tickets with their history, sessions with all that was
 *  said in them, events that were handed out and never acknowledged, stored replies whose time is
 *  up, the memory of removed documents. An open ticket stays, whatever its age, and a session stays
 *  as long as a ticket that it opened or joined. Events that were never taken stay, too, unless
 *  request->undelivered says otherwise. Metrics count what is left.
 *
 *  It goes in small steps, each a transaction of its own, so that turns go on meanwhile; it may be
 *  stopped at any time and called again. After an error, and where the report isn't complete, what
 *  went is gone.
 *
 *  Errors: ESI_EINVAL (older_than_ms), ESI_EREADONLY, ESI_EUNAVAILABLE, ESI_ETIMEOUT (before the
 *  first step was done), ESI_ENOSPC, ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_retention_purge(esi_desk *desk, const esi_purge_request *request,
                                    esi_retention_report **out, esi_error *err) ESI_MUST_CHECK;

/** Removes everything of one person in one transaction: their account and its keys, their sessions
 *  with all that was said, their tickets with their history, the events about those, their stored
 *  replies. Where they worked on another person's ticket, that ticket stays, without their name and
 *  without their comments. A ticket of theirs that somebody else's session joined stays without
 *  their name and without what they said. Those rows are counted, too.
 *
 *  What other people wrote about the person in words of their own isn't found. Nor are copies that
 *  left the desk: events that were taken, backups, logs. What the person asks afterwards is kept
 *  again.
 *
 *  user_id: as in esi_chat_request and esi_actor, or an account's name; 1 to ESI_ID_MAX bytes.
 *
 *  Errors: ESI_EINVAL, ESI_ETOOBIG, ESI_EENCODING (user_id), ESI_EREADONLY, ESI_EUNAVAILABLE,
 *  ESI_ETIMEOUT, ESI_ENOSPC, ESI_ENOMEM. Nobody of that name is no error: the counts are 0.
 *  Thread: shared. Since 0.1. */
ESI_API esi_err esi_retention_erase(esi_desk *desk, const char *user_id, esi_retention_report **out,
                                    esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_retention_report_free(esi_retention_report *report);

#ifdef __cplusplus
}
#endif
#endif
