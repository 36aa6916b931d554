/* issue_parts.h: what the files that read a message share. */
#ifndef ESIHELP_CORE_ISSUE_PARTS_H
#define ESIHELP_CORE_ISSUE_PARTS_H

#include "core/clause.h"
#include "core/issue.h"

/* One message, its words and clauses. */
struct reader {
    const struct policy *policy;
    struct view message;
    struct cue_text text;
    struct clause *clauses;
    size_t clause_count;
    uint64_t seen; /* cues of all words */
    esi_arena *arena;
    esi_error *err;
};

/* What its clauses do, together. */
struct acts {
    bool trouble, own_trouble, asks, request, wants, solved, about_desk, told, confirms;
    bool curious;   /* "I only want to know": what else it tells is no report */
    bool disclaims; /* "it hasn't happened" */
    bool reports;   /* a clause tells trouble by itself */
    bool lasts;     /* a trouble is told as it goes on: "it keeps dying" */
    bool plans;     /* "I'll just wait" */
    bool remedy;    /* "what do I do?" */
    bool appears;   /* "there's a yellow icon", "a window pops up": something is seen */
    bool states;    /* "the port is allocated already": told as it is now */
};

/* Does it need what was said before to be understood? */
bool issue_points_back(const struct reader *r, const struct reading *out, const struct acts *acts);
/* "And if I'm late?", "what about Windows", "what was the value again?": adds to what went before.
 */
bool issue_leads_on(const struct reader *r, const struct acts *acts, const struct reading *out);
/* "Another problem", "by the way": a topic of its own. */
bool issue_says_other(const struct clause *clause);
/* "Sorry, misread", "I meant the other one": mends what was said. */
bool issue_says_correction(const struct clause *clause);
/* "Back to the console", "coming back to the VPN": not "I got back to my seat". */
bool issue_says_return(const struct clause *clause);

/* Puts into the reading what only the issue can tell: whether the turn is a correction (the issue
 * forgets what was found for the wrong thing), a failed try, an answer. here: it is the issue that
 * was spoken of last. Errors: ESI_ENOMEM. */
esi_err issue_relate(struct issue *issue, struct reading *reading, bool here, esi_arena *arena,
                     esi_error *err) ESI_MUST_CHECK;
/* Of the questions of the last turn the one that a reply is for; there must be one. */
struct view issue_question(const struct issue *issue, const struct reading *reading);
/* "Do you ...": wants a yes or a no. */
bool issue_is_polar(struct view question);

#endif
