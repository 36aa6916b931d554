/* policy.h: the rule file. Nothing about a platform is hard-coded in C: it stands here.
 *
 * A rule file is one JSON object (kb/policy.json is the default and an example of all of it):
 *
 *   "version": 1
 *   "extends": "default"   takes the default rules over; what this file has replaces by id (rules,
 *                          intents, signals, categories), by name (lists, replies) or whole (keys,
 *                          redact); synonyms are added
 *   "lists"                {"name": ["fragment", ...]}: {{name}} in an expression or a fragment
 *                          stands for one of the fragments, so that a vocabulary is written once
 *   "guardrail"
 *     "intents"            [{"id": "how", "before": [...], "after": [...]}]: expressions that show
 *                          what a sentence does with the action in it; of those before the action
 *                          the last one decides, then one behind it; with none it is an order
 *                          "insist" is none of an action: a message that it matches, after one
 *                          that was refused, asks for the same again
 *     "phrases"            [{"id": "person-near", "any": [...]}]: in one more view of the text each
 *                          match is replaced by the id, which rules may then speak of;
 *                          with "logins": true so is what looks like a login name (r.okafor),
 *                          with "names": true a word that owns something ("okafor's") and that
 *                          neither English nor a document has, unless "but" matches it
 *     "site"               [{"id": "workspace", "does": [...], "is": [...], "names": [...],
 *                            "but": [...]}]: what the documents call by a name of their own, which
 *                          is then read as the id: the thing of which a sentence says that it does
 *                          or is that, or what "names" matches; but not what "but" matches
 *     "spelling"           ["password", ...]: in that view a word that isn't known and is a slip of
 *                          the pen away from one of these is taken for it
 *     "rules"              [{"id", "category", "scopes": ["question", "document", "answer"],
 *                            "roles": [blocked for these], "intents": [blocked; missing: all],
 *                            "tier": "TIER_1", "severity": "LOW", "escalate": true,
 *                            "ticket": true, "help": true, "reason": "...", "reply": "...",
 *                            "any": [expressions], "unless": [expressions],
 *                            "least": how many different ones of "any" must match; 1}]
 *   "triage"
 *     "tries", "vague_rounds", "join_minutes", "uncovered_ticket", "model_may_raise"
 *     "unless"             [expressions] that lift every signal in their sentence, but for those
 *                          that say "always": true
 *     "signals"            [{"id", "any": [...], "unless": [...], "label", "always",
 *                          "defined"}]: *                          at most 64
 *     "categories"         [{"id", "any": [...], "tags": [...]}]
 *     "rules"              [{"id", "acts", "all", "any", "none" (signals), "coverage",
 *                            "failed_tries" (-1: as many as the section allows), "vague_rounds",
 *                            "category", "tier", "severity", "escalate", "ticket"}]
 *   "replies"              {"id": "text"}
 *   "synonyms"             [["log in", "sign in"], ...]
 *   "redact"               ["email", "phone", "card", "iban", "national_id", "ip", "key",
 *                           "password"]
 *
 * Expressions are PCRE2's, matched without regard to case against text that was folded (text_fold:
 * one space between words, plain quotes), so they are written in lower case. They should begin with
 * literal words ("\\b(?:delete|wipe) ..."): then they are only tried where one of those stands. An
 * "unless" lifts a match of "any" when it matches within the same sentence. Every name that isn't
 * listed here is refused, so that a slip of the pen doesn't switch a rule off. */
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
    INTENT_INSIST = 64, /* "come on, he said so" */
    INTENT_NEGATED = 32 /* "how do I avoid ...", "I don't want to ..." */
};

/* What shows an intent: expressions that stand before the action in its sentence, or behind it. */
struct policy_cue {
    uint32_t intent; /* policy_intent */
    uint32_t before; /* groups in policy.patterns; PATTERN_NONE */
    uint32_t after;
};

/* A way of saying something that stands for one word ("the girl next to me", "seat 14" for
 * "person-near"), so that rules need not know all of them. */
struct policy_phrase {
    const char *means;
    uint32_t any; /* group in policy.patterns */
};

/* How documents show what a site calls something that the rules speak of; see guardrail_site.h. */
struct policy_site {
    const char *means;
    uint32_t does, is, names, but; /* groups in policy.patterns; PATTERN_NONE */
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
    uint32_t any;       /* group in policy.patterns: one match is enough ... */
    uint32_t least;     /* ... or so many different expressions of it, anywhere in the text */
    uint32_t unless;    /* group whose match lifts it; PATTERN_NONE */
};

/* A sign in the user's words: lost work, several people, graded work, ... Bit i of a signal set is
 * policy.signals[i]. */
struct policy_signal {
    const char *id;
    const char *label; /* who or what is hit, for a ticket's summary; NULL: doesn't say */
    uint32_t any;      /* group in policy.patterns */
    uint32_t unless;   /* PATTERN_NONE */
    bool always;       /* nothing but its own `unless` lifts it */
    bool defined;      /* read in what documents say that a word means, too */
};

/* What an issue may be about. Read from the user's words, then from the cited document's tags. */
struct policy_category {
    const char *id;
    uint32_t any;            /* PATTERN_NONE */
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
    const struct policy_cue *cues;
    size_t cue_count;
    uint32_t insists; /* group: what somebody says who was refused and tries again; PATTERN_NONE */
    const struct policy_phrase *phrases;
    size_t phrase_count;
    const struct policy_site *site;
    size_t site_count;
    const char *named;  /* what the name of a person stands for; NULL: itself */
    uint32_t not_named; /* group: words that look like names; PATTERN_NONE */
    const char *login;  /* what a login name (s1234567, r.okafor) stands for; NULL: itself */
    const struct view *spelling; /* words that are meant where one is misspelt, in order */
    uint16_t spelling_of[27];    /* where those of each first letter begin, and the end */
    const struct policy_signal *signals;
    size_t signal_count;
    uint32_t signals_unless; /* group whose match lifts any that isn't `always`; PATTERN_NONE */
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
/* The same, but for what begins where `denied` is set: one per byte of the text. */
esi_err policy_signals_but(const struct policy *policy, struct view folded, const bool *denied,
                           uint64_t *out, esi_error *err) ESI_MUST_CHECK;

/* The category that a folded text speaks of most; NULL where no expression matches. */
esi_err policy_category(const struct policy *policy, struct view folded,
                        const struct policy_category **out, esi_error *err) ESI_MUST_CHECK;
/* The category whose tags hold this one (case doesn't count); NULL if there is none. */
const struct policy_category *policy_category_of_tag(const struct policy *policy, struct view tag);

/* The next match of `any` at or after `from` that no match of `unless` in its sentence lifts. */
bool policy_find(struct pattern_scan *scan, struct view folded, uint32_t any, uint32_t unless,
                 size_t from, struct pattern_match *out);
/* The sentence of a folded text around a place; without its closing mark. */
void policy_sentence(struct view folded, size_t place, size_t *from, size_t *to);

#endif
