/* issue_topic.h: is a turn about what an issue is about? By the words of what was asked, of the
 * steps that were given and of the questions that were put. */
#ifndef ESIHELP_CORE_ISSUE_TOPIC_H
#define ESIHELP_CORE_ISSUE_TOPIC_H

#include "core/issue.h"

/* How much of the turn's topic the issue has, 0 to 1, each word by its weight; 1 for a turn without
 * a topic. Errors: ESI_ENOMEM. */
esi_err issue_topic_share(const struct issue *issue, const struct reading *reading,
                          esi_arena *arena, double *out, esi_error *err) ESI_MUST_CHECK;

/* How much the two have in common, of the one with fewer words; 0 where one has none. */
double issue_topic_overlap(const struct issue *issue, const struct reading *reading);

/* Does the turn name a code that the issue hasn't: "NL-1107"? */
bool issue_topic_new_code(const struct issue *issue, const struct reading *reading);

#endif
