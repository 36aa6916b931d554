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
    bool plans;   /* "I'll just wait" */
    bool remedy;  /* "what do I do?" */
    bool appears; /* "there's a yellow icon", "a window pops up": something is seen */
    bool states;  /* "the port is allocated already": told as it is now */
};

/* Does it need what was said before to be understood? */
bool issue_points_back(const struct reader *r, const struct reading *out, const struct acts *acts);
/* "And if I'm late?", "what about Windows", "what was the value again?": adds to what went before.
 */
bool issue_leads_on(const struct reader *r, const struct acts *acts, const struct reading *out);
/* "Another problem", "by the way": a topic of its own. */
bool issue_says_other(const struct clause *clause);
/* "Back to the console", "coming back to the VPN": not "I got back to my seat". */
bool issue_says_return(const struct clause *clause);

#endif
