/* issue.h: what a session is about. Old state and turn in, new state out; nothing else. */
#ifndef ESIHELP_CORE_ISSUE_H
#define ESIHELP_CORE_ISSUE_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "base/text.h"
#include "core/note.h"
#include "core/policy.h"

#define ISSUE_MAX 8 /* issues kept of one session: the newest */
#define ISSUE_FACTS_MAX 24
#define ISSUE_STEPS_MAX 32
#define ISSUE_CITED_MAX 12
#define ISSUE_ASKED_MAX 12
#define ISSUE_RULES_MAX 16
#define ISSUE_TOPIC_MAX 40
#define ISSUE_QUERY_MAX 600 /* bytes */
#define ISSUE_TEXT_MAX 300  /* bytes of a step, question or fact that is kept */
#define ISSUE_JSON_MAX 65536
#define ISSUE_ANSWERED " => " /* between a question of the desk and what the user said to it */

/* Where a turn belongs, once it is known for certain. */
enum issue_place {
    ISSUE_PLACE_OPEN,   /* its words tell */
    ISSUE_PLACE_HERE,   /* it goes on with the current issue */
    ISSUE_PLACE_AT_NONE /* it stands alone */
};

/* What one message says, read from its folded and spelling-corrected words alone. */
struct reading {
    struct view message; /* its words */
    esi_act act;
    uint64_t signals;  /* bits of policy.signals */
    bool failed;       /* says that what was tried didn't help ("still", "again", "same error") */
    bool solved;       /* "it works now" */
    bool affirmed;     /* yes */
    bool denied;       /* no */
    bool refers;       /* has no topic of its own: "yes", "the second one", "please hurry" */
    bool wants_person; /* wants a human or a ticket */
    bool wants_no_ticket;
    bool asked;             /* the desk's last turn ended with a question */
    enum issue_place place; /* the desk sets it where what was found of the turn tells */
    bool corrects;          /* "sorry, misread, it's ...": what was reported before was wrong */
    bool other;             /* "another problem", "by the way": not what went before */
    bool returns;           /* "back to the console": what was spoken of earlier */
    bool leads_on;  /* "and if I'm late?", "what was the value again?": adds to what went before */
    bool reports;   /* a clause of it tells that something isn't as it should be */
    bool asks;      /* has a question in it, whatever else it is */
    bool states;    /* "the scan time is 320": tells how something is */
    bool bare;      /* "seat 14", "pear-188": nothing but a fact */
    bool tried;     /* tells of something done, and of trouble: a try, if steps were given */
    bool remedied;  /* ... that is done against trouble: "restarted it", "tried two browsers" */
    bool full;      /* a question, report or wish that can stand alone */
    bool only_me;   /* "just me", "nobody else" */
    bool done_all;  /* "I tried everything", "all of the steps" */
    int32_t times;  /* how often it says that it tried: "twice"; 0: doesn't say */
    int32_t choice; /* "the second one": 2; 0: none */
    struct view *done; /* steps that it says were done already, in its words */
    size_t done_count;
    struct view *facts; /* quoted error texts, identifiers, times, places: what a ticket wants */
    size_t fact_count;
    struct view *topic; /* stems of its words that carry meaning */
    float *topic_weights;
    size_t topic_count;
};

/* tokens: of the message. asked: did the desk end its last turn with a question?
 * Errors: ESI_ENOMEM. */
esi_err issue_read(const struct policy *policy, struct view message, const struct token *tokens,
                   size_t count, bool asked, esi_arena *arena, struct reading *out,
                   esi_error *err) ESI_MUST_CHECK;

enum issue_phase { ISSUE_OPEN, ISSUE_CLOSED };

/* One thing that a session is about. Views are of the arena it was decoded into or built in. */
struct issue {
    int32_t number; /* from 1 within the session */
    enum issue_phase phase;
    esi_act act;          /* of the turn that opened it, or trouble once that was reported */
    uint64_t signals;     /* all that were read in its turns */
    struct view category; /* empty: not known yet */
    esi_tier tier;        /* only rise until it is closed */
    esi_severity severity;
    bool escalated;
    esi_coverage coverage; /* of its last turn with a topic */
    int32_t failed_tries;
    int32_t vague_rounds;
    struct view query;  /* what was asked: the words that its next turn is retrieved with */
    struct view *topic; /* stems */
    size_t topic_count;
    struct view *cited; /* section ids that answered it */
    size_t cited_count;
    struct view *steps; /* steps given to the user, in order */
    size_t step_count;
    struct view *tried; /* steps that failed or were done already */
    size_t tried_count;
    bool tried_all;     /* says that everything was tried */
    bool only_me;       /* says that nobody else is hit */
    struct view *asked; /* questions that the desk asked, so that it asks once */
    size_t asked_count;
    int32_t asked_last; /* how many of them its last turn asked */
    struct view *facts; /* "QUESTION => ANSWER" where the desk had asked */
    size_t fact_count;
    struct view *rules; /* what decided so far */
    size_t rule_count;
};

struct issue_state {
    struct issue issues[ISSUE_MAX]; /* oldest first */
    size_t count;
    int32_t last_number;
    int32_t current; /* index into issues; -1: none */
};

/* state NULL or empty text: no issues yet. What can't be read any more is left out, not an error.
 * Errors: ESI_ENOMEM. */
esi_err issue_decode(struct view json, const struct policy *policy, esi_arena *arena,
                     struct issue_state *out, esi_error *err) ESI_MUST_CHECK;
esi_err issue_encode(const struct issue_state *state, const struct policy *policy, struct buf *out,
                     esi_error *err) ESI_MUST_CHECK;

/* A copy with memory of its own. Errors: ESI_ENOMEM. */
esi_err issue_copy(const struct issue_state *from, esi_arena *arena, struct issue_state *out,
                   esi_error *err) ESI_MUST_CHECK;

enum issue_step {
    ISSUE_OPENED,
    ISSUE_CONTINUED,
    ISSUE_CLOSES,
    ISSUE_NONE /* greeting, small talk */
};

/* Takes a turn's reading into the state: opens, continues or closes an issue and counts failed
 * tries. What only the issue can tell is put into the reading: a deed that was a try (failed), a
 * bare fact that answers (act). What was retrieved is added by issue_answered. Errors: ESI_ENOMEM.
 */
esi_err issue_take(const struct issue_state *old, struct reading *reading, struct view message,
                   esi_arena *arena, struct issue_state *out, enum issue_step *step,
                   esi_error *err) ESI_MUST_CHECK;

/* What the turn's later stages found, put into the current issue. Tier, severity and escalation
 * only rise. Errors: ESI_ENOMEM. */
struct issue_outcome {
    esi_coverage coverage;
    struct view category;
    esi_tier tier;
    esi_severity severity;
    bool escalated;
    const struct view *cited;
    size_t cited_count;
    const struct view *steps;
    size_t step_count;
    const struct view *asked;
    size_t asked_count;
    const struct view *rules;
    size_t rule_count;
};
esi_err issue_answered(struct issue_state *state, const struct issue_outcome *outcome,
                       esi_arena *arena, esi_error *err) ESI_MUST_CHECK;

#endif
