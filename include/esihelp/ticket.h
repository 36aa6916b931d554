/* ticket.h: tickets, for people and for hosts that forward them. */
#ifndef ESIHELP_TICKET_H
#define ESIHELP_TICKET_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One message of the conversation that a ticket shows. */
typedef struct esi_ticket_message {
    const char *role;     /**< "user" or "assistant" */
    const char *text;     /**< secrets and personal data are masked */
    int64_t at_ms;        /**< milliseconds since 1970-01-01 UTC */
    const char *fallback; /**< as esi_reply.fallback: why the answer was made without the model;
                               NULL: it wasn't */
} esi_ticket_message;

/** One step that the person tried. */
typedef struct esi_ticket_attempt {
    const char *step;
    int64_t at_ms;
    bool worked;
} esi_ticket_attempt;

/** A ticket. Frozen; freed by esi_ticket_free, or with the list it belongs to. Strings that don't
 *  apply are NULL, times that don't are 0. */
typedef struct esi_ticket {
    const char *id;
    int64_t number; /**< the short number for people, from 1 */
    const char *session_id;
    esi_ticket_status status;
    esi_tier tier;
    esi_severity severity;
    bool has_requested_severity; /**< requested_severity is what the person wished for */
    esi_severity requested_severity;
    const char *category; /**< never NULL; "general" where nothing is known */
    const char *kind; /**< "trouble", "request", "question", "guardrail", "uncovered", "manual" */
    const char *summary;
    const char *description;
    const char *module;
    const char *user_role; /**< as esi_role_name */
    const char *created_by;
    const char *assignee;
    const char *incident_id;                       /**< the ticket that this one is a part of */
    const esi_ticket_message *const *conversation; /**< filled by esi_ticket_get only */
    size_t conversation_count;
    const char *const *rules;
    size_t rule_count;
    double confidence;
    const esi_pair *const *references; /**< id and title of the documents cited */
    size_t reference_count;
    const esi_pair *const *details; /**< what a ticket should say; value NULL: still to be asked */
    size_t detail_count;
    const esi_ticket_attempt *const *attempts;
    size_t attempt_count;
    const esi_pair *const *context;
    size_t context_count;
    int64_t due_at_ms;
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t version; /**< rises with each change; see esi_ticket_change.if_version */
} esi_ticket;

typedef struct esi_ticket_list {
    const esi_ticket *const *items;
    size_t count;
    const char *next_cursor; /**< NULL: that was the last page */
} esi_ticket_list;

/** Who is calling, for what they may see and change. An embedded host that has checked already
 *  passes NULL and may do everything. */
typedef struct esi_actor {
    size_t size;
    const char *user_id; /**< NULL: nobody by name, who finds a ticket by its id alone, and only one
                              that nobody by name opened */
    esi_role role;
} esi_actor;

#define ESI_ACTOR_INIT                                                                             \
    { sizeof(esi_actor), 0, ESI_ROLE_NONE }

/** A ticket to be opened. Start from ESI_TICKET_REQUEST_INIT. */
typedef struct esi_ticket_request {
    size_t size;
    const char *request_id;  /**< NULL, or as in esi_chat_request */
    const char *session_id;  /**< NULL, or the session that it belongs to */
    const char *summary;     /**< required; what is longer than ESI_SUMMARY_MAX_CHARS is refused */
    const char *description; /**< NULL, or at most ESI_DESCRIPTION_MAX_BYTES */
    const char *module;
    const char *category; /**< NULL: read from the text */
    bool has_tier;        /**< false: the rules decide */
    esi_tier tier;
    bool has_severity;
    esi_severity severity;
    const esi_pair *context;
    size_t context_count;
    int64_t deadline_ms;
} esi_ticket_request;

#define ESI_TICKET_REQUEST_INIT                                                                    \
    {                                                                                              \
        sizeof(esi_ticket_request), 0, 0, 0, 0, 0, 0, false, ESI_TIER_0, false, ESI_SEVERITY_LOW,  \
            0, 0, 0                                                                                \
    }

/** Which tickets to list. Start from ESI_TICKET_QUERY_INIT; newest first. */
typedef struct esi_ticket_query {
    size_t size;
    bool has_status;
    esi_ticket_status status;
    bool has_tier;
    esi_tier tier;
    bool has_severity;
    esi_severity severity;
    const char *assignee;
    const char *session_id;
    const char *text;   /**< words that summary or description contain */
    const char *cursor; /**< next_cursor of the page before */
    int32_t limit;      /**< 1 to ESI_LIST_MAX; 0: 20 */
    int64_t deadline_ms;
} esi_ticket_query;

#define ESI_TICKET_QUERY_INIT                                                                      \
    {                                                                                              \
        sizeof(esi_ticket_query), false, ESI_TICKET_OPEN, false, ESI_TIER_0, false,                \
            ESI_SEVERITY_LOW, 0, 0, 0, 0, 0, 0                                                     \
    }

/** A change to a ticket; what isn't set stays. Start from ESI_TICKET_CHANGE_INIT. */
typedef struct esi_ticket_change {
    size_t size;
    bool has_status;
    esi_ticket_status status;
    bool has_tier;
    esi_tier tier;
    bool has_severity;
    esi_severity severity;
    const char *assignee; /**< NULL: as it is; "": nobody */
    const char *comment;  /**< kept in the history; needed where tier or severity is lowered */
    int64_t if_version;   /**< refuse with ESI_ECONFLICT if it isn't this; 0: don't look */
    int64_t deadline_ms;
} esi_ticket_change;

#define ESI_TICKET_CHANGE_INIT                                                                     \
    {                                                                                              \
        sizeof(esi_ticket_change), false, ESI_TICKET_OPEN, false, ESI_TIER_0, false,               \
            ESI_SEVERITY_LOW, 0, 0, 0, 0                                                           \
    }

/** Opens a ticket, or joins the session's open one of the same category.
 *
 *  actor: NULL, or who asks. A trainee's or instructor's severity is kept as their wish.
 *  out: to be given to esi_ticket_free.
 *  Errors: ESI_EINVAL, ESI_ETOOBIG, ESI_EENCODING (err->pointer), ESI_ENOTFOUND (the session),
 *  ESI_EINPROGRESS, ESI_EMISMATCH, ESI_ETIMEOUT, ESI_EUNAVAILABLE, ESI_ENOSPC, ESI_EREADONLY,
 *  ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_ticket_create(esi_desk *desk, const esi_actor *actor,
                                  const esi_ticket_request *request, esi_ticket **out,
                                  esi_error *err) ESI_MUST_CHECK;

/** Reads one ticket, with its conversation.
 *
 *  id: the ticket's id, or its number in decimal. Errors: ESI_EINVAL, ESI_ENOTFOUND (also where
 *  the actor may not see it), ESI_EUNAVAILABLE, ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_ticket_get(esi_desk *desk, const esi_actor *actor, const char *id,
                               esi_ticket **out, esi_error *err) ESI_MUST_CHECK;

/** Lists the tickets that the actor may see. query: NULL means ESI_TICKET_QUERY_INIT.
 *
 *  Errors: ESI_EINVAL (a limit, a cursor), ESI_EUNAVAILABLE, ESI_ENOMEM.
 *  Thread: shared. Since 0.1. */
ESI_API esi_err esi_ticket_list_get(esi_desk *desk, const esi_actor *actor,
                                    const esi_ticket_query *query, esi_ticket_list **out,
                                    esi_error *err) ESI_MUST_CHECK;

/** Changes one ticket; the change, who made it and the comment go into its history.
 *
 *  Errors: ESI_EINVAL (nothing to change; a step between statuses that isn't allowed),
 *  ESI_ENOTFOUND, ESI_EFORBIDDEN (this role may not), ESI_ECONFLICT (if_version, or reopening while
 *  another is open), ESI_EUNAVAILABLE, ESI_ENOSPC, ESI_EREADONLY, ESI_ENOMEM. Thread: shared. Since
 *  0.1. */
ESI_API esi_err esi_ticket_update(esi_desk *desk, const esi_actor *actor, const char *id,
                                  const esi_ticket_change *change, esi_ticket **out,
                                  esi_error *err) ESI_MUST_CHECK;

/** Free results. NULL does nothing. Since 0.1. */
ESI_API void esi_ticket_free(esi_ticket *ticket);
ESI_API void esi_ticket_list_free(esi_ticket_list *list);

#ifdef __cplusplus
}
#endif
#endif
