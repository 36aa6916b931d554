/* policy.h: the rule file. Nothing about a platform is hard-coded in C: it stands here. */
#ifndef ESIHELP_CORE_POLICY_H
#define ESIHELP_CORE_POLICY_H

#include <esihelp/types.h>

#include "base/str.h"
#include "core/pattern.h"

#define POLICY_FILE_MAX (1u << 20) /* bytes of one rule file */
#define POLICY_SIGNALS_MAX 64

enum policy_scope { SCOPE_QUESTION = 1, SCOPE_DOCUMENT = 2, SCOPE_ANSWER = 4 };

/* What a text does with the action it names. A rule lists the intents that it blocks. */
enum policy_intent {
    INTENT_HOW = 1,     /* asks how to do it */
    INTENT_ORDER = 2,   /* wants it done, or says "I will", "let me" */
    INTENT_REPORT = 4,  /* tells that it happened or that someone did it */
    INTENT_QUOTE = 8,   /* quotes */
    INTENT_WHY = 16,    /* asks why, who, whether it is allowed, which policy */
    INTENT_NEGATED = 32 /* "how do I avoid ...", "I don't want to ..." */
};

struct policy_rule {
    const char *id;
    const char *category;
    uint32_t scopes;  /* policy_scope */
    uint32_t roles;   /* blocked for these: bit (1 << esi_role) */
    uint32_t intents; /* policy_intent that it blocks; 0: whatever the intent */
    esi_tier tier;
    esi_severity severity;
    bool escalate;
    bool ticket;
    bool help;          /* the knowledge base's allowed steps may go with the refusal */
    const char *reason; /* one sentence: why */
    const char *reply;  /* what the person is told first */
    uint32_t any;       /* group in policy.patterns: one match is enough */
    uint32_t unless;    /* group whose match lifts it; PATTERN_NONE */
};

/* A sign in the user's words: lost work, several people, graded work, ... Bit i of a signal set is
 * policy.signals[i]. */
struct policy_signal {
    const char *id;
    uint32_t any;    /* group in policy.patterns */
    uint32_t unless; /* PATTERN_NONE */
};

/* What an issue may be about. Read from the user's words, then from the cited document's tags. */
struct policy_category {
    const char *id;
    uint32_t any;
    const char *const *tags; /* of documents; NULL-terminated */
};

/* A rule of triage: when all of `when` holds, raise to at least this. */
struct policy_triage {
    const char *id;       /* "policy:ID" in the reply's rules */
    uint32_t acts;        /* bit (1 << esi_act); 0: any */
    uint64_t all;         /* signals that must all be there */
    uint64_t any;         /* one of these must be there; 0: no matter */
    uint64_t none;        /* none of these may be there */
    uint32_t coverages;   /* bit (1 << esi_coverage); 0: any */
    int32_t failed_tries; /* at least; 0: no matter. -1: as many as the section allows */
    int32_t vague_rounds; /* at least; 0: no matter */
    const char *category; /* NULL: any */
    esi_tier tier;
    esi_severity severity;
    bool escalate;
    bool ticket;
};

/* Words that give a reply its voice, by id ("greeting", "thanks", "refusal", ...), with {platform}
 * and other names in braces filled in by core/extract. */
struct policy_reply {
    const char *id;
    const char *text;
};

struct policy {
    const char *name;
    const struct policy_rule *rules;
    size_t rule_count;
    const struct policy_signal *signals;
    size_t signal_count;
    const struct policy_category *categories;
    size_t category_count;
    const struct policy_triage *triage;
    size_t triage_count;
    const struct policy_reply *replies;
    size_t reply_count;
    const char *const (*synonyms)[2]; /* a word and what it may also be called */
    size_t synonym_count;
    int32_t tries;         /* failed tries where a section doesn't say; 2 */
    int32_t vague_rounds;  /* rounds of questions before escalating; 2 */
    int32_t join_minutes;  /* a person's guardrail tickets of one category join; 60 */
    bool uncovered_ticket; /* an uncovered question opens a ticket */
    bool model_may_raise;  /* a model's labels may raise tier and severity */
    uint32_t redact;       /* bit (1 << redact_kind) that is masked */
    struct pattern_set *patterns;
};

/* Reads the rules. text NULL (p == NULL): the default, compiled in. A file may say
 * "extends":"default": what it has replaces by id. `name` is the file's name for messages.
 * Errors: ESI_EPOLICY ("FILE:LINE: what is wrong and what would be right"), ESI_ENOMEM. */
esi_err policy_read(struct view text, const char *name, struct policy **out,
                    esi_error *err) ESI_MUST_CHECK;
void policy_free(struct policy *policy);

/* The text of the default rules, as kb/policy.json holds it. */
struct view policy_default(void);

/* The reply text of that id; NULL if there is none. */
const char *policy_reply(const struct policy *policy, const char *id);
/* The bit of a signal's id; 0 if there is none. */
uint64_t policy_signal_bit(const struct policy *policy, const char *id);

/* The signals in a folded text (text_fold). */
esi_err policy_signals(const struct policy *policy, struct view folded, uint64_t *out,
                       esi_error *err) ESI_MUST_CHECK;

#endif
