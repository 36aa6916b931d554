/* sys/store.h: what a store does. Its verbs are visits, not tables: each is answered in one round
 * trip where the backend can.
 *
 * All slots: may be called by many threads at a time, never with a lock of the library held; may
 * block until `wait` ends, and answer ESI_ETIMEOUT, ESI_ECANCELLED or ESI_EUNAVAILABLE then. A slot
 * that writes does so in one transaction: after an error nothing of it is there, but for
 * ESI_EUNAVAILABLE after the commit was sent, which session_load with the same claim resolves.
 * Results come from the caller's arena. Inputs live only for the call. Strings are NUL-terminated
 * UTF-8; where a comment doesn't say otherwise, NULL stands for "none" and is stored as such.
 * Times are milliseconds since 1970-01-01 UTC and come from the caller: a store has no clock, so
 * that its tests have none. Ids are UUIDv7 in text, made by the caller. */
#ifndef ESIHELP_SYS_STORE_H
#define ESIHELP_SYS_STORE_H

#include <esihelp/sys/backend.h>
#include <esihelp/sys/store_copy.h>
#include <esihelp/sys/store_kb.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esi_store esi_store; /* the backend's own */

typedef struct esi_store_config {
    size_t size;
    const char *url; /**< a path, ":memory:", or "postgres://..." */
    bool read_only;
    bool migrate; /**< bring an older schema up to date; false: refuse it, ESI_EUNAVAILABLE */
    esi_wait wait;
    esi_logger log;
    /* For stores that are reached over a network; zeroed: as they think best. */
    const char *knowledge_url; /**< a database of its own for the knowledge base; NULL: `url` */
    const char *replica_url;   /**< searches are tried there first; NULL: none */
    int32_t connections;       /**< at most, to each database; 0: 8 */
    int32_t prepare;           /**< named statements: 0 by a probe, 1 always, -1 never */
    bool searches;             /**< the database does the searching: kb_search */
} esi_store_config;

typedef struct esi_strings {
    const char *const *items;
    size_t count;
} esi_strings;

typedef struct esi_pairs {
    const esi_pair *items;
    size_t count;
} esi_pairs;

/* ---- requests that must not happen twice ------------------------------------------------- */

/** Who claims which request. A claim is a row (caller, request_id) with a lease. */
typedef struct esi_claim {
    const char *caller;     /**< user id or API key's id; "" for nobody */
    const char *request_id; /**< NULL: nothing is claimed, every call is new */
    uint8_t body_hash[32];  /**< of what was asked */
    int64_t lease_ms;       /**< after this the claim may be taken by another call */
} esi_claim;

typedef enum esi_claim_state {
    ESI_CLAIM_NEW = 0,     /**< ours now: go on */
    ESI_CLAIM_BUSY = 1,    /**< another call holds it */
    ESI_CLAIM_DONE = 2,    /**< committed: `reply` is what it answered */
    ESI_CLAIM_MISMATCH = 3 /**< committed or held with another body_hash */
} esi_claim_state;

/* ---- sessions ---------------------------------------------------------------------------- */

typedef struct esi_store_message {
    const char *id;
    bool from_user;   /**< false: the desk's answer */
    const char *text; /**< masked already */
    int64_t at_ms;
    const char *fallback; /**< as esi_store_turn.fallback; filled by ticket_get only */
} esi_store_message;

typedef struct esi_store_open_ticket {
    const char *id;
    int64_t number;
    const char *category;
    const char *kind;
    esi_tier tier;
    esi_severity severity;
} esi_store_open_ticket;

typedef struct esi_session_query {
    const char *session_id; /**< never NULL */
    const char *user_id;    /**< NULL: nobody's */
    int32_t history;        /**< newest messages wanted */
    esi_claim claim;
    const char *collection; /**< whose version is wanted */
    int64_t now_ms;
} esi_session_query;

typedef struct esi_session_view {
    bool exists;
    bool foreign; /**< it is another person's; nothing else is set then, nothing claimed */
    const esi_store_message *messages; /**< oldest first; these, and the open tickets, only with
                                            ESI_CLAIM_NEW: otherwise there is nothing to do */
    size_t message_count;
    const char *issues; /**< the session's issue state as turn_commit stored it; NULL: none */
    int64_t turns;      /**< committed so far; turn_commit gives it back as `expect_turns` */
    const esi_store_open_ticket *open_tickets; /**< those it opened or joined, oldest first */
    size_t open_ticket_count;
    int64_t kb_version; /**< of the collection; 0 where it has no documents yet */
    esi_claim_state claim;
    const char *reply;           /**< with ESI_CLAIM_DONE: the reply that turn_commit stored */
    const char *reply_ticket_id; /**< with ESI_CLAIM_DONE: the ticket of that turn; NULL: none */
    int64_t reply_ticket_number;
    int64_t tokens, cost; /**< that the session's turns took so far */
} esi_session_view;

/* ---- a turn ------------------------------------------------------------------------------ */

typedef struct esi_store_reference {
    const char *document_id;
    const char *title;
    const char *version;
    const char *section; /**< heading path */
    uint8_t hash[32];
    double score;
} esi_store_reference;

typedef struct esi_store_attempt {
    const char *step;
    int64_t at_ms;
    bool worked;
} esi_store_attempt;

/** A ticket to be opened, or joined where the session has an open one of this category, or where
 *  `join_user_since_ms` is set and the user has an open one of the same kind and category that was
 *  created since. Joining raises tier and severity, never lowers, merges details, attempts and
 *  rules, and adds an event. */
typedef struct esi_store_new_ticket {
    const char *id;
    const char *session_id;
    const char *user_id;
    const char *user_role;
    const char *category; /**< never NULL */
    const char *kind;     /**< never NULL */
    const char *summary;
    const char *description;
    const char *module;
    esi_tier tier;
    esi_severity severity;
    bool has_requested_severity;
    esi_severity requested_severity;
    double confidence;
    esi_strings rules;
    esi_pairs references; /**< id, title */
    esi_pairs details;    /**< value NULL: still to be asked */
    esi_pairs context;
    const esi_store_attempt *attempts;
    size_t attempt_count;
    int64_t join_user_since_ms; /**< 0: join by session only */
    int64_t due_at_ms;
    int64_t now_ms;
} esi_store_new_ticket;

typedef struct esi_store_guardrail_event {
    const char *id;
    const char *category;
    const char *rule;
    const char *reason;
    const char *matches; /**< masked, joined by " | " */
} esi_store_guardrail_event;

/** All that one turn leaves, written together or not at all. */
typedef struct esi_store_turn {
    const char *session_id;
    const char *user_id;
    const char *user_role;
    const char *module;
    int64_t expect_turns; /**< esi_session_view.turns; another turn meanwhile is ESI_ECONFLICT */
    const char *issues;   /**< the new issue state; NULL: none */
    const char *user_message_id;
    const char *user_text; /**< masked */
    const char *message_id;
    const char *answer; /**< masked */
    esi_act act;
    esi_coverage coverage;
    const char *category; /**< NULL: none */
    esi_tier tier;
    esi_severity severity;
    bool escalated;
    bool interrupted;
    double confidence;
    esi_strings rules;
    const char *model;
    int64_t input_tokens, output_tokens;
    int32_t elapsed_ms;
    const esi_store_reference *references;
    size_t reference_count;
    const esi_store_guardrail_event *guardrail; /**< NULL: nothing was blocked */
    const esi_store_new_ticket *ticket;         /**< NULL: none */
    const char *remark_ticket; /**< id of an open ticket that gets `remark` as an event; NULL */
    const char *remark;
    esi_claim claim;
    const char *reply; /**< stored with the claim, and beside it which ticket the turn opened or
                            joined; NULL without a claim */
    int64_t now_ms;
    int64_t cost;         /**< in millionths of a unit of money */
    const char *fallback; /**< esi_reply.fallback */
    const char *advice; /**< JSON: what the model thought of the case, and left open; NULL: none */
} esi_store_turn;

/** What became of the turn's ticket. */
typedef struct esi_store_turn_result {
    const char *ticket_id; /**< NULL: the turn had none */
    int64_t ticket_number;
    bool joined;
    esi_tier ticket_tier; /**< after joining */
    esi_severity ticket_severity;
} esi_store_turn_result;

/* ---- tickets ----------------------------------------------------------------------------- */

typedef struct esi_store_ticket {
    const char *id;
    int64_t number;
    const char *session_id;
    const char *user_id; /**< who it was opened for; the wire's createdBy */
    const char *user_role;
    esi_ticket_status status;
    esi_tier tier;
    esi_severity severity;
    bool has_requested_severity;
    esi_severity requested_severity;
    const char *category;
    const char *kind;
    const char *summary;
    const char *description;
    const char *module;
    const char *assignee;
    const char *incident_id;
    double confidence;
    esi_strings rules;
    esi_pairs references;
    esi_pairs details;
    esi_pairs context;
    const esi_store_attempt *attempts;
    size_t attempt_count;
    const esi_store_message *conversation; /**< filled by ticket_get only */
    size_t conversation_count;
    int64_t due_at_ms;
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t version;
} esi_store_ticket;

/** Which tickets; `see_*` says what the caller may see (see_all, or own, or own and from a
 *  severity up). */
typedef struct esi_store_ticket_query {
    const char *id; /**< ticket_get: id or decimal number */
    bool see_all;
    const char *see_user; /**< NULL: own doesn't count */
    bool see_severity;
    esi_severity see_severity_from;
    bool has_status;
    esi_ticket_status status;
    bool has_tier;
    esi_tier tier;
    bool has_severity;
    esi_severity severity;
    const char *assignee;
    const char *session_id;
    const char *text;
    int64_t before_number; /**< 0: from the newest */
    int32_t limit;         /**< rows wanted */
} esi_store_ticket_query;

typedef struct esi_store_ticket_change {
    const char *id;     /**< the ticket's id */
    int64_t if_version; /**< 0: don't look */
    bool has_status;
    esi_ticket_status status;
    bool has_tier;
    esi_tier tier;
    bool has_severity;
    esi_severity severity;
    const char *assignee; /**< NULL: as it is; "": nobody */
    const char *comment;
    const char *actor; /**< who changed it; "" the host */
    int64_t now_ms;
} esi_store_ticket_change;

/* ---- metrics, outbox --------------------------------------------------------------------- */

typedef struct esi_store_count {
    const char *name;
    int64_t count;
} esi_store_count;

typedef struct esi_store_metrics {
    int64_t conversations, messages, tickets, open_tickets, closed_tickets;
    int64_t by_tier[4], by_severity[4];
    int64_t escalations, guardrail_activations, not_covered;
    const esi_store_count *guardrail_by_category;
    size_t guardrail_category_count;
    const esi_store_count *categories;
    size_t category_count;
    double confidence_sum;
    int64_t confidence_count;
    int64_t sessions_with_ticket; /**< of the sessions with a message */
    bool has_median_resolution;
    double median_resolution_minutes;
    int64_t feedback_up, feedback_down;
    int64_t input_tokens, output_tokens;
    int64_t cost, fallbacks;
} esi_store_metrics;

typedef struct esi_store_outbox_event {
    const char *id;
    const char *kind;
    const char *subject;
    const char *body;
    int64_t at_ms;
    int32_t deliveries;
} esi_store_outbox_event;

/* ---- housekeeping ------------------------------------------------------------------------ */

/** What is old enough to go. */
typedef struct esi_store_purge {
    int64_t before_ms;   /**< what was last touched before then goes */
    bool untaken_events; /**< of the outbox: also those that nobody ever took */
    bool dry_run;        /**< count all that would go, however many; remove nothing */
    int32_t limit;       /**< at most so many sessions, tickets, ... at once; each goes whole */
    int64_t now_ms;
} esi_store_purge;

/** One finding of a check-up. */
typedef struct esi_store_finding {
    bool ok;
    const char *what; /**< "schema", "integrity", "foreign keys", "space", ... */
    const char *detail;
    const char *mend; /**< what to do; NULL where it is well */
} esi_store_finding;

/* ---- searching ----------------------------------------------------------------------------- */

/** What sections are looked for, by a store that searches itself. */
typedef struct esi_store_search {
    const char *words;    /**< the question; NULL: by its vector alone */
    const char *language; /**< it is read in; NULL: read from it */
    const float *vector;  /**< NULL: by its words alone */
    int32_t dimensions;   /**< of the vector */
    uint32_t role;        /**< bit (1 << esi_role): only what it may see; 0: everything */
    int32_t most;         /**< sections wanted by words, and as many by the vector; 1 to 1,000 */
    int64_t sections;     /**< about how many the collection has */
    int64_t version;      /**< a replica that hasn't come as far isn't believed */
} esi_store_search;

/** What a search found out beside the sections. */
typedef struct esi_store_found {
    int64_t version;              /**< of the collection; 0 where it has no documents yet */
    const esi_store_count *words; /**< the stems of the question, with how many sections have each:
                                       about, where they are many */
    size_t word_count;
    bool indexed;    /**< the vectors were searched by an index, and not one by one */
    bool mended;     /**< the index gave too few, and all were looked at */
    bool by_replica; /**< a replica answered */
} esi_store_found;
/* ---- the slots --------------------------------------------------------------------------- */

typedef struct esi_store_ops {
    size_t size;
    const char *name; /**< "sqlite", "postgres" */

    /** Opens and, where allowed, migrates. On failure nothing is left behind; a file that is
     *  something else is left as it was. Errors: ESI_ECORRUPT, ESI_ENEWER, ESI_EREADONLY, ESI_EIO,
     *  ESI_ENOSPC, ESI_EUNAVAILABLE, ESI_ENOMEM. */
    esi_err (*open)(const esi_store_config *config, esi_store **out, esi_error *err);
    /** No call is in it any more. Nothing that was acknowledged is lost. */
    void (*close)(esi_store *self);
    /** Reads one row, to see that it is there. */
    esi_err (*probe)(esi_store *self, const esi_wait *wait, esi_error *err);

    /** Loads a session and takes the claim, together. Doesn't make the session. A person's session
     *  is theirs alone: user_id must be the one it was made with, NULL for nobody's. */
    esi_err (*session_load)(esi_store *self, const esi_session_query *query, const esi_wait *wait,
                            esi_arena *arena, esi_session_view *out, esi_error *err);
    /** Gives a claim back, so that the request may be repeated at once. A claim that is committed
     *  stays. A power cut may undo a claim and its release, but nothing that was committed. */
    esi_err (*claim_release)(esi_store *self, const esi_claim *claim, const esi_wait *wait,
                             esi_error *err);
    /** Writes a turn: session (made where it doesn't exist), both messages, references, guardrail
     *  event, ticket with its event, outbox events, claim's reply. The remark goes to a ticket that
     *  the session opened or joined; another is passed over. Errors: ESI_ECONFLICT (another turn of
     *  this session came first, or another call took the claim over after its lease had ended),
     *  ESI_ENOTFOUND (the session is another person's), ESI_ENOSPC, ESI_EREADONLY. Neither a cancel
     *  nor the wait's end stops it once it has begun; it may run on another caller's thread. */
    esi_err (*turn_commit)(esi_store *self, const esi_store_turn *turn, const esi_wait *wait,
                           esi_arena *arena, esi_store_turn_result *out, esi_error *err);

    /** Fetches sections by id, in the order asked; ids that are gone are left out. */
    esi_err (*kb_fetch)(esi_store *self, const char *collection, const char *const *section_ids,
                        size_t count, const esi_wait *wait, esi_arena *arena,
                        const esi_store_passage **out, size_t *out_count, esi_error *err);
    /** Lists what is stored, by source. scope: NULL for all. */
    esi_err (*kb_entries)(esi_store *self, const char *collection, const char *scope,
                          const esi_wait *wait, esi_arena *arena, const esi_store_entry **out,
                          size_t *out_count, esi_error *err);
    /** Puts one document in place of the one with its id or its source, and raises the
     *  collection's version. `space` must be the collection's, or the collection has none yet.
     *  Errors: ESI_EDIM. */
    esi_err (*kb_upsert)(esi_store *self, const char *collection, const esi_store_space *space,
                         const esi_store_document *document, int64_t now_ms, const esi_wait *wait,
                         esi_error *err);
    /** Removes documents by id, together, and raises the version. Says how many there were. */
    esi_err (*kb_remove)(esi_store *self, const char *collection, const char *const *ids,
                         size_t count, int64_t now_ms, const esi_wait *wait, size_t *out_removed,
                         esi_error *err);
    /** The collection's version and space, in one cheap read. space->model NULL: none yet. */
    esi_err (*kb_version)(esi_store *self, const char *collection, const esi_wait *wait,
                          esi_arena *arena, int64_t *out_version, esi_store_space *out_space,
                          esi_error *err);
    /** Visits, of one consistent state, every document changed after version `since` (0: all), and
     *  every one removed after it (those first; none with `since` 0); tells the version of that
     *  state. The visit runs on the calling thread and holds a connection: it doesn't call the
     *  store. */
    esi_err (*kb_changes)(esi_store *self, const char *collection, int64_t since,
                          const esi_wait *wait, esi_store_visit_fn visit, void *context,
                          int64_t *out_version, esi_error *err);

    /** Opens or joins a ticket outside a turn, and makes the session that it names where it doesn't
     *  exist. It takes the claim (NULL: none) and completes it. Errors: ESI_ENOTFOUND (a session of
     *  another person), ESI_EINPROGRESS, ESI_EMISMATCH. With a claim that is done, nothing is
     *  written and the first ticket is given. */
    esi_err (*ticket_create)(esi_store *self, const esi_store_new_ticket *ticket,
                             const esi_claim *claim, const esi_wait *wait, esi_arena *arena,
                             esi_store_ticket *out, esi_error *err);
    /** Reads one ticket (query->id and see_*), with its conversation. Errors: ESI_ENOTFOUND. */
    esi_err (*ticket_get)(esi_store *self, const esi_store_ticket_query *query,
                          const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                          esi_error *err);
    /** Lists tickets by number, newest first. */
    esi_err (*ticket_list)(esi_store *self, const esi_store_ticket_query *query,
                           const esi_wait *wait, esi_arena *arena, const esi_store_ticket **out,
                           size_t *out_count, esi_error *err);
    /** Changes one ticket, adds an event and an outbox event ("ticket.closed" where it is no longer
     *  open, else "ticket.changed"), raises its version; what changes nothing and says nothing
     *  leaves it as it is. Statuses go forward (OPEN, IN_PROGRESS, RESOLVED, CLOSED), and from
     *  RESOLVED back to OPEN. Errors: ESI_EINVAL (another step), ESI_ENOTFOUND, ESI_ECONFLICT
     *  (if_version, or reopening beside an open one: the message tells its number and id). */
    esi_err (*ticket_change)(esi_store *self, const esi_store_ticket_change *change,
                             const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                             esi_error *err);

    /** Counts what happened from `from_ms` up to before `to_ms`: messages and blocked turns by
     *  their time, tickets by when they were opened, with the status they have now. A session has a
     *  ticket if it opened or joined one before `to_ms`. */
    esi_err (*metrics)(esi_store *self, int64_t from_ms, int64_t to_ms, const esi_wait *wait,
                       esi_arena *arena, esi_store_metrics *out, esi_error *err);
    /** Leases up to `limit` events until now_ms + lease_ms, oldest first. */
    esi_err (*outbox_take)(esi_store *self, int32_t limit, int64_t lease_ms, int64_t now_ms,
                           const esi_wait *wait, esi_arena *arena,
                           const esi_store_outbox_event **out, size_t *out_count, esi_error *err);
    /** Removes events that arrived. */
    esi_err (*outbox_ack)(esi_store *self, const char *const *ids, size_t count,
                          const esi_wait *wait, esi_error *err);
    /** Looks for what is wrong and says how to mend it; changes nothing. */
    esi_err (*check)(esi_store *self, const esi_wait *wait, esi_arena *arena,
                     const esi_store_finding **out, size_t *out_count, esi_error *err);
    /** Moves a collection that is at `version` to another space, and raises the version: its
     *  sections get these vectors, those that aren't named have none; other spaces go. All or
     *  nothing. Errors:
     *  ESI_ECONFLICT (it is at another version by now). */
    esi_err (*kb_respace)(esi_store *self, const char *collection, int64_t version,
                          const esi_store_space *space, const esi_store_vector *vectors,
                          size_t count, const esi_wait *wait, esi_error *err);
    /** Removes what is old, up to purge->limit of each kind, and counts the rows of each table
     *  (those that a person's data is in, and kb_removed), also where there were none. *out_more:
     *  call it again, there may be more. What goes:
     *  - tickets that are RESOLVED or CLOSED and were touched last before before_ms, with their
     *    events; an open one never;
     *  - sessions that were touched last before then, with their messages, references, guardrail
     *    events and feedback, unless they opened or joined a ticket that stays;
     *  - events of the outbox from before then that were taken once and aren't leased now. What
     *    was never taken is news that nobody has: it stays, but for untaken_events;
     *  - requests whose time is up, however old;
     *  - the memory of documents removed before then, and at least a day ago.
     *  Where the knowledge base is in a database of its own, its part is a second transaction. */
    esi_err (*purge)(esi_store *self, const esi_store_purge *purge, const esi_wait *wait,
                     esi_arena *arena, const esi_store_count **out, size_t *out_count,
                     bool *out_more, esi_error *err);
    /** Removes everything of one person, and counts the rows of each table that were removed or
     *  changed. Removed: their account with its tokens, sessions with all that was said in them,
     *  tickets with their events, outbox events about those, requests. A ticket of another person,
     *  or one that another person's session joined, stays, without the person: their name is
     *  taken out of it, of its events and its outbox events, and so are their words: the text that
     *  was theirs, the lists that were made of what they said, their comments. */
    esi_err (*erase)(esi_store *self, const char *user_id, const esi_wait *wait, esi_arena *arena,
                     const esi_store_count **out, size_t *out_count, esi_error *err);
    /** Puts documents as kb_upsert does, one after another, but all of them or none. NULL: the
     *  store is no faster for that. Errors: ESI_EDIM, ESI_ETOOBIG (more than 1,000). */
    esi_err (*kb_load)(esi_store *self, const char *collection, const esi_store_space *space,
                       const esi_store_document *documents, size_t count, int64_t now_ms,
                       const esi_wait *wait, esi_error *err);
    /** Makes an embedding space of the collection's, beside the live one, or finds it as it was
     *  left (or the live one). Tells how many sections have no vector in it. Documents that are put
     *  go on to have vectors in the live space alone. */
    esi_err (*space_begin)(esi_store *self, const char *collection, const esi_store_space *space,
                           const esi_wait *wait, int64_t *out_missing, esi_error *err);
    /** Sections without a vector in a space, by id. */
    esi_err (*space_missing)(esi_store *self, const char *collection,
                             const esi_store_missing_query *query, const esi_wait *wait,
                             esi_arena *arena, const esi_store_passage **out, size_t *out_count,
                             esi_error *err);
    /** Puts vectors into a space; what was put stays, whatever comes after. Sections that are gone,
     *  or have one there, are passed over. Into the live space: the version is raised, and the
     *  sections' documents count as changed. */
    esi_err (*space_put)(esi_store *self, const char *collection, const esi_store_space *space,
                         const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                         esi_error *err);
    /** Makes a space the live one, and raises the version: every document counts as changed. The
     *  former space stays, with its vectors. Errors: ESI_ECONFLICT (a section has no vector in it:
     *  documents came meanwhile). */
    esi_err (*space_swap)(esi_store *self, const char *collection, const esi_store_space *space,
                          const esi_wait *wait, esi_error *err);
    /** Removes the collection's spaces but the live one, and what vectors_keep kept of spaces that
     *  no collection has. Says how many there were. */
    esi_err (*space_drop)(esi_store *self, const char *collection, const esi_wait *wait,
                          size_t *out_dropped, esi_error *err);
    /** NULL: its rows can't be carried. */
    const esi_store_copy_ops *copy;
    /** Finds candidates for a question in one round trip, and visits their documents with no other
     *  sections than those: the best by words, and those nearest by their vectors, of what the role
     *  may see; scope and hash aren't set. What it leaves out, and in which order it comes, is its
     *  own: its ranks aren't those of the index in memory. NULL: it doesn't search. Errors:
     *  ESI_EDIM (the vector is of another length than the collection's). */
    esi_err (*kb_search)(esi_store *self, const char *collection, const esi_store_search *query,
                         const esi_wait *wait, esi_arena *arena, esi_store_visit_fn visit,
                         void *context, esi_store_found *out, esi_error *err);
    /** As kb_changes, of sections only id, ordinal, line, heading and hash: text is "", note and
     *  vector are NULL. There with kb_search. */
    esi_err (*kb_catalogue)(esi_store *self, const char *collection, int64_t since,
                            const esi_wait *wait, esi_store_visit_fn visit, void *context,
                            int64_t *out_version, esi_error *err);
    /** Brings the store that the configuration names up to date, with what only its owner may do:
     *  schema, and indexes where the database searches. It may take long: the wait is the
     *  configuration's. grant: a role that gets what it takes to serve; NULL: what it would take is
     *  told, of a role SERVING_ROLE. NULL: opening it is all there is to it. */
    esi_err (*migrate)(const esi_store_config *config, const char *grant, esi_arena *arena,
                       esi_store_migration *out, esi_error *err);

    /** What models cost since then, by all turns: cheap enough for every few seconds. */
    esi_err (*usage)(esi_store *self, int64_t since_ms, const esi_wait *wait, int64_t *out_tokens,
                     int64_t *out_cost, esi_error *err);
    /** Vectors that were made of texts before, by their hashes: out[i] is NULL where there is none
     *  of hashes[i]. Those that are given count as used at now_ms, to the day. count: at most
     *  2,048. */
    esi_err (*vectors_find)(esi_store *self, const esi_store_space *space,
                            const uint8_t (*hashes)[32], size_t count, int64_t now_ms,
                            const esi_wait *wait, esi_arena *arena, const float **out,
                            esi_error *err);
    /** Keeps vectors for vectors_find, those that are there already as they are. Beyond
     *  ESI_STORE_VECTORS_MAX of a space the ones that were used least lately go. */
    esi_err (*vectors_keep)(esi_store *self, const esi_store_space *space,
                            const uint8_t (*hashes)[32], const float *const *vectors, size_t count,
                            int64_t now_ms, const esi_wait *wait, esi_error *err);
    /** Who fills a collection's space, so that two don't pay for the same: takes or renews the
     *  lease for `who` until now_ms + lease_ms (0: gives it back). *out_taken false: another's
     *  holds, or there was none to give back. */
    esi_err (*space_lease)(esi_store *self, const char *collection, const char *who, int64_t now_ms,
                           int64_t lease_ms, const esi_wait *wait, bool *out_taken, esi_error *err);
} esi_store_ops;

/** Vectors that a store keeps of one space beside those of sections. */
#define ESI_STORE_VECTORS_MAX 200000

#ifdef __cplusplus
}
#endif
#endif
