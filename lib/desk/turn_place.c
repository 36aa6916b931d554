/* turn_place.c: what a turn goes on with, where only what is found for it tells: a question that
 * the issue's own section answers belongs to the issue, one that another section answers stands
 * alone. */
#include "core/issue_topic.h"
#include "desk/turn.h"

#define AS_GOOD 0.8f /* of the best section's words: the issue's own section answers as well */
#define TELLS 3      /* words of a topic that stands alone */
#define STRANGE 0.2  /* share of a topic that the issue has: it is about something else */
#define ENOUGH 0.5f  /* of the turn's words, for a report that adds to what was reported */

static const struct issue *issue_before(const struct turn *turn) {
    const struct issue_state *before = &turn->issues_before;
    return before->current >= 0 ? &before->issues[before->current] : NULL;
}

bool turn_place_unsure(const struct turn *turn) {
    const struct issue *issue = issue_before(turn);
    const struct reading *r = &turn->reading;
    const bool asks = r->act == ESI_ACT_QUESTION && r->asks;
    if (!issue || issue->phase != ISSUE_OPEN || (issue->cited_count == 0 && !asks) || r->refers ||
        r->leads_on || r->other || r->returns || r->topic_count == 0 || r->solved) {
        return false;
    }
    if (turn->step == ISSUE_CONTINUED && turn->issues.current != turn->issues_before.current) {
        return false; /* an older one */
    }
    return r->act == ESI_ACT_QUESTION ||
           (r->act == ESI_ACT_TROUBLE && !r->failed && turn->step == ISSUE_OPENED);
}

/* How much of what the turn says the section has. */
static float share(const struct turn *turn, const struct index_hit *hit) {
    float all = 0.0f;
    float has = 0.0f;
    for (size_t i = 0; i < turn->found.query.term_count; i++) {
        const struct index_term *term = &turn->found.query.terms[i];
        all += term->weight;
        has += hit->matched >> i & 1 ? term->weight : 0.0f;
    }
    return all > 0.0f ? has / all : 0.0f;
}

static bool is_cited(const struct turn *turn, const struct issue *issue, uint32_t section) {
    const struct view id = index_section_id(turn->snapshot->index, section);
    for (size_t i = 0; i < issue->cited_count; i++) {
        if (view_eq(issue->cited[i], id)) {
            return true;
        }
    }
    return false;
}

esi_err turn_place(esi_desk *desk, struct turn *turn) {
    const struct issue *issue = issue_before(turn);
    const bool covered = turn->coverage.outcome == ESI_COVERAGE_COVERED;
    const bool question = turn->reading.act == ESI_ACT_QUESTION;
    float own = 0.0f;
    float best = 0.0f;
    (void)desk;
    for (size_t i = 0; i < turn->found.hit_count; i++) {
        const struct index_hit *hit = &turn->found.hits[i].hit;
        const float has = share(turn, hit);
        best = has > best ? has : best;
        own = has > own && is_cited(turn, issue, hit->section) ? has : own;
    }
    const bool as_good = own > 0.0f && own >= AS_GOOD * best;
    bool here = turn->step == ISSUE_CONTINUED;
    double shared = 0;
    const esi_err rc = issue_topic_share(issue, &turn->reading, &turn->scratch, &shared, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    const bool tells = turn->reading.topic_count >= TELLS || turn->step == ISSUE_OPENED ||
                       (turn->reading.asks && shared < STRANGE);
    if (question && covered && tells) {
        here = as_good;
    } else if (as_good && own >= ENOUGH) {
        here = true;
    }
    if (here && question && !covered && !turn->reading.asks) {
        turn->reading.act = ESI_ACT_ANSWER; /* "St Anna": a fact of theirs */
    }
    if (here == (turn->step == ISSUE_CONTINUED)) {
        return ESI_OK;
    }
    turn->reading.place = here ? ISSUE_PLACE_HERE : ISSUE_PLACE_AT_NONE;
    return issue_take(&turn->issues_before, &turn->reading, turn->ask, &turn->scratch,
                      &turn->issues, &turn->step, turn->err);
}
