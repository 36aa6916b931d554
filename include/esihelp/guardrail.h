/* guardrail.h: may this role ask that? */
#ifndef ESIHELP_GUARDRAIL_H
#define ESIHELP_GUARDRAIL_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A text to be screened. Start from ESI_GUARDRAIL_REQUEST_INIT. */
typedef struct esi_guardrail_request {
    size_t size;
    const char *text; /**< UTF-8, 1 to ESI_TEXT_MAX_BYTES bytes, not only white space */
    size_t text_size; /**< bytes of text, or ESI_ZSTR */
    esi_role role;    /**< ESI_ROLE_NONE counts as a trainee */
} esi_guardrail_request;

#define ESI_GUARDRAIL_REQUEST_INIT                                                                 \
    { sizeof(esi_guardrail_request), 0, ESI_ZSTR, ESI_ROLE_NONE }

/** What the rules say. Frozen; freed by esi_verdict_free, or with the reply it belongs to. */
typedef struct esi_verdict {
    bool blocked;
    bool help;                  /**< the knowledge base's allowed steps may go with the refusal */
    const char *category;       /**< lower-case name, or NULL when nothing was blocked */
    const char *rule;           /**< id of the rule that decided, or NULL */
    const char *reason;         /**< one sentence for the person, or NULL */
    const char *const *matches; /**< what the rule matched, as the person wrote it */
    size_t match_count;
    esi_tier tier; /**< what the rule asks for; ESI_TIER_0 when nothing was blocked */
    esi_severity severity;
    bool escalate;
    const char *redacted; /**< the text with secrets and personal data masked; never NULL */
} esi_verdict;

/** Screens one text by the desk's rules, for a role. Needs no network and no store.
 *
 *  out: to be given to esi_verdict_free.
 *  Errors: ESI_EINVAL (no text, only white space, an unknown role), ESI_ETOOBIG, ESI_EENCODING,
 *  ESI_ENOMEM. A rule whose matching hits its limit counts as blocked. Thread: shared.
 *  Since 0.1. */
ESI_API esi_err esi_guardrail_check(esi_desk *desk, const esi_guardrail_request *request,
                                    esi_verdict **out, esi_error *err) ESI_MUST_CHECK;

/** Frees a verdict of esi_guardrail_check. NULL does nothing. Since 0.1. */
ESI_API void esi_verdict_free(esi_verdict *verdict);

/** The rules that are compiled in, as the text of a rule file: what a site's own file extends.
 *
 *  size: receives its bytes; NULL is allowed. Result: a constant of the library, NUL-terminated;
 *  never NULL. Thread: shared. Since 0.1. */
ESI_API const char *esi_policy_default(size_t *size);

/** Reads a rule file as esi_desk_open would, and says what is wrong with it.
 *
 *  text: the file's content; size: its bytes, or ESI_ZSTR. name: what messages call the file; NULL
 *  is "policy". Errors: ESI_EPOLICY (the message names file, line and reason), ESI_EPARSE (it isn't
 *  JSON; the message names file, line and column), ESI_ETOOBIG, ESI_EENCODING, ESI_EINVAL (no
 *  text), ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_policy_check(const char *text, size_t size, const char *name,
                                 esi_error *err) ESI_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
