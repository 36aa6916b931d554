/* types.h: the words that every other header uses. */
#ifndef ESIHELP_TYPES_H
#define ESIHELP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <esihelp/error.h>
#include <esihelp/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where an input gives a text's size: the text ends at its NUL. */
#define ESI_ZSTR ((size_t)-1)

/* Limits on what comes from outside. A text that is longer is refused with ESI_ETOOBIG. */
#define ESI_MESSAGE_MAX_CHARS 8000      /**< code points of one user message */
#define ESI_ID_MAX 128                  /**< bytes of a session, request or user id */
#define ESI_MODULE_MAX 256              /**< bytes of a module's name */
#define ESI_CONTEXT_MAX_PAIRS 20        /**< pairs of one message's context */
#define ESI_CONTEXT_MAX_CHARS 256       /**< code points of one context value */
#define ESI_TEXT_MAX_BYTES 65536        /**< bytes of one text given to esi_guardrail_check */
#define ESI_DOCUMENT_MAX_BYTES 16777216 /**< bytes of one Markdown document, 16 MiB */
#define ESI_SUMMARY_MAX_CHARS 120       /**< code points of a ticket's summary */
#define ESI_DESCRIPTION_MAX_BYTES 65536 /**< bytes of a ticket's description */
#define ESI_LIST_MAX 100                /**< rows of one page of a list */

/** What a person may do. Numbers are stored; they never change. */
typedef enum esi_role {
    ESI_ROLE_NONE = 0, /**< not given: a trainee, the least of all */
    ESI_ROLE_TRAINEE = 1,
    ESI_ROLE_INSTRUCTOR = 2,
    ESI_ROLE_OPERATOR = 3,
    ESI_ROLE_SUPPORT_ENGINEER = 4,
    ESI_ROLE_ADMIN = 5
} esi_role;

/** Who should deal with it: 0 the desk itself, then the support tiers. */
typedef enum esi_tier { ESI_TIER_0 = 0, ESI_TIER_1 = 1, ESI_TIER_2 = 2, ESI_TIER_3 = 3 } esi_tier;

typedef enum esi_severity {
    ESI_SEVERITY_LOW = 0,     /**< a question, a nuisance, or there is a workaround */
    ESI_SEVERITY_MEDIUM = 1,  /**< one person can't go on */
    ESI_SEVERITY_HIGH = 2,    /**< several people, or graded work, are hit */
    ESI_SEVERITY_CRITICAL = 3 /**< an outage, work lost, or a risk of loss */
} esi_severity;

/** How well the knowledge base carries an answer. */
typedef enum esi_coverage {
    ESI_COVERAGE_NULL = 0,    /**< not asked: a refusal without help */
    ESI_COVERAGE_COVERED = 1, /**< one section carries what was asked */
    ESI_COVERAGE_VAGUE = 2,   /**< trouble, but nothing says which; the desk asks */
    ESI_COVERAGE_NONE = 3     /**< the knowledge base says nothing about it */
} esi_coverage;

/** What a turn is. */
typedef enum esi_act {
    ESI_ACT_QUESTION = 0, /**< asks for information */
    ESI_ACT_TROUBLE = 1,  /**< reports that something doesn't work */
    ESI_ACT_REQUEST = 2,  /**< wants something done */
    ESI_ACT_ANSWER = 3,   /**< answers a question of the desk */
    ESI_ACT_THANKS = 4,   /**< thanks, or says that it works now */
    ESI_ACT_GREETING = 5, /**< a greeting and nothing else */
    ESI_ACT_SMALLTALK = 6 /**< talk without a wish */
} esi_act;

typedef enum esi_ticket_status {
    ESI_TICKET_OPEN = 0,
    ESI_TICKET_IN_PROGRESS = 1,
    ESI_TICKET_RESOLVED = 2,
    ESI_TICKET_CLOSED = 3
} esi_ticket_status;

/** A name and its value, both NUL-terminated UTF-8. */
typedef struct esi_pair {
    const char *name;
    const char *value;
} esi_pair;

/** The words of the wire for each value, as "trainee", "TIER_0", "LOW", "covered", "trouble",
 *  "OPEN"; "" for a number that isn't one.
 *
 *  Result: a constant of the library. Thread: shared. Since 0.1. */
ESI_API const char *esi_role_name(esi_role role);
ESI_API const char *esi_tier_name(esi_tier tier);
ESI_API const char *esi_severity_name(esi_severity severity);
ESI_API const char *esi_coverage_name(esi_coverage coverage);
ESI_API const char *esi_act_name(esi_act act);
ESI_API const char *esi_ticket_status_name(esi_ticket_status status);

/** The value of a word of the wire; case doesn't count, and "support engineer", "support-engineer"
 *  and "support_engineer" are one.
 *
 *  name: NUL-terminated; NULL is unknown. out: set on success only.
 *  Errors: ESI_EINVAL for a word that isn't one. Thread: shared. Since 0.1. */
ESI_API esi_err esi_role_parse(const char *name, esi_role *out) ESI_MUST_CHECK;
ESI_API esi_err esi_tier_parse(const char *name, esi_tier *out) ESI_MUST_CHECK;
ESI_API esi_err esi_severity_parse(const char *name, esi_severity *out) ESI_MUST_CHECK;
ESI_API esi_err esi_ticket_status_parse(const char *name, esi_ticket_status *out) ESI_MUST_CHECK;

/** A switch that any thread may throw to end a call that another thread is in. One object may be
 *  given to several calls; it stays thrown. */
typedef struct esi_cancel esi_cancel;

/** A new switch, not thrown. NULL when memory ran out. Thread: shared. Since 0.1. */
ESI_API esi_cancel *esi_cancel_create(void);

/** Throws the switch: every wait of every call that holds it ends, with ESI_ECANCELLED where
 *  nothing was shown yet. A commit under way completes. NULL does nothing.
 *  Thread: shared. Since 0.1. */
ESI_API void esi_cancel_fire(esi_cancel *cancel);

/** Frees a switch that no call holds any more. NULL does nothing.
 *  Thread: one at a time. Since 0.1. */
ESI_API void esi_cancel_free(esi_cancel *cancel);

#ifdef __cplusplus
}
#endif
#endif
