/* issue_relate.c: what a turn does to the issue that it goes on with: corrects it, answers a
 * question of ours, says that the steps didn't help. */
#include "core/issue_parts.h"
#include "core/issue_topic.h"

#define SAME 0.5      /* share of a report's words that the issue has: nothing new is told */
#define REPLY_TOPIC 6 /* words of a yes or no that tell something */

/* "Do you ...", "Can you tell me whether ...": wants a yes or a no. */
bool issue_is_polar(struct view question) {
    static const char *const words[] = {"Can you tell me ", "Could you tell me "};
    static const char *const leads[] = {"Does ", "Do ",  "Did ",  "Is ",  "Are ",   "Was ",
                                        "Were ", "Has ", "Have ", "Can ", "Could ", "Will "};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct view lead = view_of(words[i]);
        if (view_starts(question, lead)) {
            return view_starts(view_slice(question, lead.n, question.n), VIEW("whether "));
        }
    }
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct view lead = view_of(leads[i]);
        if (question.n > lead.n && view_eq_nocase(view_slice(question, 0, lead.n), lead)) {
            return true;
        }
    }
    return false;
}

/* Of the questions of the last turn the one that a reply is for: a yes or no is for one that wants
 * it, anything else for one that doesn't. */
struct view issue_question(const struct issue *issue, const struct reading *reading) {
    const bool polar = reading->affirmed || reading->denied;
    size_t last = issue->asked_last > 0 ? (size_t)issue->asked_last : 1;
    last = last < issue->asked_count ? last : issue->asked_count;
    const struct view *asked = issue->asked + (issue->asked_count - last);
    for (size_t i = 0; i < last; i++) {
        if (issue_is_polar(asked[i]) == polar) {
            return asked[i];
        }
    }
    return asked[last - 1];
}

/* "No, never saved any": a yes or no to what was asked, whatever else it tells. */
static bool replies(const struct issue *issue, const struct reading *reading) {
    const bool says = (reading->affirmed || reading->denied) && !reading->failed;
    const bool tells = reading->act == ESI_ACT_TROUBLE || reading->act == ESI_ACT_SMALLTALK;
    return says && tells && reading->asked && issue->asked_count > 0 &&
           reading->topic_count <= REPLY_TOPIC && issue_is_polar(issue_question(issue, reading));
}

/* "Nope", where steps were given and nothing was asked. */
static bool says_no(const struct issue *issue, const struct reading *reading) {
    return reading->denied && !reading->asked && !reading->only_me && reading->topic_count == 0 &&
           reading->act == ESI_ACT_ANSWER && issue->step_count > 0;
}

/* Was something else meant than what was reported: another code, another thing? A correction of
 * what was answered to a question is an answer. */
static bool corrects(const struct issue *issue, const struct reading *reading) {
    const bool code = issue_topic_new_code(issue, reading);
    const bool thing =
        !reading->bare && reading->topic_count > 0 && issue_topic_overlap(issue, reading) < 1;
    return reading->corrects && issue->query.n > 0 && (code || thing);
}

/* What was found for the wrong thing goes with it. */
static void forget(struct issue *issue) {
    issue->query = (struct view){0};
    issue->topic_count = issue->cited_count = issue->step_count = 0;
}

/* "No mail came", "it won't budge": a report in answer to steps that tells nothing new says that
 * they didn't help. */
static esi_err reports_back(const struct issue *issue, const struct reading *reading,
                            esi_arena *arena, bool *out, esi_error *err) {
    double share = 0;
    const bool may = issue->step_count > 0 && issue->act != ESI_ACT_QUESTION &&
                     reading->act == ESI_ACT_TROUBLE && reading->reports && !reading->other &&
                     !reading->asks && !reading->only_me && !reading->leads_on &&
                     !issue_topic_new_code(issue, reading);
    const esi_err code = may ? issue_topic_share(issue, reading, arena, &share, err) : ESI_OK;
    *out = may && share >= SAME;
    return code;
}

esi_err issue_relate(struct issue *issue, struct reading *reading, bool here, esi_arena *arena,
                     esi_error *err) {
    if (corrects(issue, reading)) {
        reading->failed = reading->tried = false;
        reading->done_count = 0;
        reading->act = reading->act == ESI_ACT_ANSWER ? issue->act : reading->act;
        forget(issue);
        return ESI_OK;
    }
    bool back = false;
    const esi_err code = here ? reports_back(issue, reading, arena, &back, err) : ESI_OK;
    if (code != ESI_OK) {
        return code;
    }
    reading->failed |= back || reading->tried || says_no(issue, reading);
    /* a statement that reports nothing tells more of what was reported */
    const bool tells = reading->states && !reading->asks && !reading->reports && !reading->failed &&
                       !reading->tried &&
                       (reading->act == ESI_ACT_QUESTION || reading->act == ESI_ACT_SMALLTALK);
    const bool fact =
        reading->bare && (reading->asked || reading->act != ESI_ACT_TROUBLE || !reading->states);
    if (fact || tells || replies(issue, reading)) {
        reading->act = ESI_ACT_ANSWER;
    }
    return ESI_OK;
}
