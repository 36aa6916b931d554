/* chat.h: one question, one answer from the knowledge base. */
#ifndef ESIHELP_CHAT_H
#define ESIHELP_CHAT_H

#include <esihelp/desk.h>
#include <esihelp/guardrail.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A passage of the knowledge base that an answer rests on. */
typedef struct esi_reference {
    const char *id; /**< the document's id */
    const char *title;
    const char *version; /**< "" where the document states none */
    const char *section; /**< heading path, as "VPN > Dropped connections" */
    double score;        /**< 0 to 1 */
} esi_reference;

/** One line of why a turn was decided as it was. */
typedef struct esi_trace {
    const char *stage; /**< "screen", "recall", "understand", "retrieve", "decide", "compose",
                            "answer", "settle" or "record" */
    const char *text;  /**< one line for a person; its wording may change with any release */
} esi_trace;

/** The answer to one message. Frozen; esi_reply_free frees it with everything it points to. */
typedef struct esi_reply {
    const char *session_id;
    const char *message_id;
    const char *answer; /**< plain text with Markdown lists; never NULL */
    const esi_reference *const *references;
    size_t reference_count;
    double confidence; /**< 0 to 1: how well the sources carry the answer */
    esi_act act;
    esi_coverage coverage;
    const char *category; /**< what it is about, as "vm"; NULL where nothing is known */
    esi_tier tier;
    esi_severity severity;
    bool needs_escalation; /**< true always comes with a ticket */
    const esi_verdict *guardrail;
    const char *ticket_id;    /**< NULL: none */
    int64_t ticket_number;    /**< the short number for people; 0: none */
    const char *const *rules; /**< what decided, as "policy:lost-work", "kb:ID#section" */
    size_t rule_count;
    const char *const *questions; /**< what the desk wants to know, also part of the answer */
    size_t question_count;
    const char *model;    /**< who wrote the answer: a model's name, or "offline" */
    int64_t input_tokens; /**< 0 where no model was asked */
    int64_t output_tokens;
    bool replayed;    /**< the stored reply of an earlier call with the same request_id */
    bool interrupted; /**< the caller cancelled after text had been shown */
    /** With `explain` only: why each stage did what it did, in the order of the stages. The same
     *  for the same turn: no times, no ids that differ from run to run. It may quote the message,
     *  with secrets and personal data masked. */
    const esi_trace *const *trace;
    size_t trace_count;
    /** Why the answer was made without the model that was to write it: "unreachable", "timeout",
     *  "limit", "budget", "refusal", "filter", "cut", "empty", "unfounded" (the sources don't carry
     *  what it wrote), "leak" or "declined" (it found nothing in the sources). NULL: it wasn't. */
    const char *fallback;
    /** What of the question the sources leave open, by the model; a line each. */
    const char *const *open;
    size_t open_count;
    int64_t cost; /**< of all calls of models, in millionths of the unit of the price table; 0 where
                       no price is known */
} esi_reply;

/** What esi_chat_request.on_event is told while a turn is under way. */
typedef enum esi_event_kind {
    ESI_EVENT_META = 0,    /**< the session's id is known: session_id */
    ESI_EVENT_SOURCE = 1,  /**< a passage that the answer may rest on: reference */
    ESI_EVENT_DELTA = 2,   /**< more text, provisional until DONE: text, text_size */
    ESI_EVENT_REPLACE = 3, /**< forget the text so far; deltas follow anew */
    ESI_EVENT_TICK = 4,    /**< nothing new; comes about once a second while a model is awaited */
    ESI_EVENT_DONE = 5     /**< committed: reply */
} esi_event_kind;

typedef struct esi_event {
    esi_event_kind kind;
    const char *session_id;
    const esi_reference *reference;
    const char *text; /**< NUL-terminated */
    size_t text_size;
    const esi_reply *reply; /**< the caller's own; it is also esi_chat_ask's result */
} esi_event;

/** Called on the thread that called esi_chat_ask, never with a lock held; what `event` points to
 *  lives only for the call. Non-zero cancels the turn. */
typedef int (*esi_event_fn)(const esi_event *event, void *context);

/** A message to the desk. Start from ESI_CHAT_REQUEST_INIT. */
typedef struct esi_chat_request {
    size_t size;
    const char *session_id;  /**< NULL starts a session; 1 to ESI_ID_MAX of [A-Za-z0-9._:-] */
    const char *request_id;  /**< repeat a call with the same id and nothing happens twice; NULL */
    const char *user_id;     /**< whose session it is, at most ESI_ID_MAX bytes; NULL: nobody's */
    esi_role role;           /**< ESI_ROLE_NONE counts as a trainee */
    const char *message;     /**< UTF-8, 1 to ESI_MESSAGE_MAX_CHARS characters */
    size_t message_size;     /**< bytes of message, or ESI_ZSTR */
    const char *module;      /**< where the person is on the platform; NULL */
    const esi_pair *context; /**< shown in the ticket */
    size_t context_count;    /**< at most ESI_CONTEXT_MAX_PAIRS */
    int64_t deadline_ms;     /**< 100 to 600000; 0: the desk's */
    esi_event_fn on_event;   /**< NULL: no events */
    void *event_context;
    esi_cancel *cancel; /**< NULL: can't be cancelled */
    bool explain;       /**< esi_reply.trace says why; costs nothing where it is false, and decides
                             nothing where it is true */
} esi_chat_request;

#define ESI_CHAT_REQUEST_INIT                                                                      \
    { sizeof(esi_chat_request), 0, 0, 0, ESI_ROLE_NONE, 0, ESI_ZSTR, 0, 0, 0, 0, 0, 0, 0, false }

/** Answers one message: screens it, finds what the knowledge base says, answers from that alone,
 *  decides tier, severity and escalation, opens or joins a ticket, and records all of it in one
 *  transaction.
 *
 *  request: see the struct. out: to be given to esi_reply_free.
 *  A guardrail block is a reply, not an error.
 *  Errors: ESI_EINVAL, ESI_ETOOBIG, ESI_EENCODING (the message; err->pointer says which field),
 *  ESI_ENOTFOUND (another person's session), ESI_EINPROGRESS (the same request_id is being
 *  answered), ESI_EMISMATCH (that request_id had another body), ESI_ECONFLICT (another process took
 *  a turn of this session meanwhile), ESI_ETIMEOUT, ESI_ECANCELLED (nothing was shown, nothing is
 *  recorded), ESI_EUNAVAILABLE, ESI_ENOSPC, ESI_EREADONLY, ESI_EIO, ESI_ENOMEM. After an error
 *  nothing of the turn is recorded, and it may be repeated. Thread: shared; turns of one session
 *  follow one another. Since 0.1. */
ESI_API esi_err esi_chat_ask(esi_desk *desk, const esi_chat_request *request, esi_reply **out,
                             esi_error *err) ESI_MUST_CHECK;

/** Frees a reply. NULL does nothing. Since 0.1. */
ESI_API void esi_reply_free(esi_reply *reply);

#ifdef __cplusplus
}
#endif
#endif
