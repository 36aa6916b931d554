/* turn_decide.c: coverage, authority, and what the rules and the sections make of it. */
#include <string.h>

#include "base/error.h"
#include "core/sections.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define REFERRED_LEAST 0.4f /* of the best hit's score: a section referred to has so much itself */

static bool has_steps(const struct note *note) {
    size_t i = 0;
    while (i < note->count && note->items[i].kind != NOTE_STEP) {
        i++;
    }
    return i < note->count;
}

/* Does the question fit the section by its own words, too? */
static bool fits(const struct turn *turn, uint32_t section) {
    for (size_t i = 0; i < turn->found.hit_count; i++) {
        if (turn->found.hits[i].hit.section == section) {
            return turn->found.hits[i].score >= REFERRED_LEAST;
        }
    }
    return false;
}

/* Does the section that refers to this one carry the answer, and leave the steps to it? */
static bool is_left_to(const struct turn *turn, size_t at) {
    /* what only tells how others are handled answers nothing itself */
    if (section_for_desk(&turn->passages[at].note) || !fits(turn, turn->passage_section[at])) {
        return false;
    }
    for (size_t i = 0; i < turn->passage_count; i++) {
        if (turn->passage_section[i] == turn->passage_from[at]) {
            return turn->passages[i].carries && !has_steps(&turn->passages[i].note);
        }
    }
    return false;
}

/* Did it answer this issue before, of which this turn alone says too little? */
static bool answered_before(const struct turn *turn, struct view section) {
    const bool goes_on = turn->step == ISSUE_CONTINUED && turn->issues.current >= 0;
    const struct issue *issue = goes_on ? &turn->issues.issues[turn->issues.current] : NULL;
    for (size_t i = 0; issue && i < issue->cited_count; i++) {
        if (view_eq(issue->cited[i], section)) {
            return true;
        }
    }
    return false;
}

/* A section carries the answer when coverage counted on its place among the hits; one that is
 * referred to only helps out. Those referred to stand behind those that refer to them. */
static void mark_carrying(struct turn *turn) {
    for (size_t i = 0; i < turn->passage_count; i++) {
        const uint32_t rank = turn->passage_rank[i];
        turn->passages[i].carries =
            turn->coverage.outcome == ESI_COVERAGE_COVERED &&
            (rank == UINT32_MAX ? is_left_to(turn, i)
                                : (rank < 64 && (turn->coverage.carriers >> rank & 1) != 0) ||
                                      answered_before(turn, turn->passages[i].section_id));
    }
}

/* What was looked up is judged already. */
static void judge_coverage(struct turn *turn) {
    if (turn->way == WAY_REFUSE) {
        turn->coverage = (struct coverage){.outcome = ESI_COVERAGE_NULL};
    } else if (!turn_wants_knowledge(turn)) {
        /* the desk's own reply carries a greeting or thanks */
        turn->coverage = (struct coverage){.outcome = ESI_COVERAGE_COVERED, .confidence = 1.0};
    }
}

/* What carries the answer is in documents that don't hold any more, and nothing took its place. */
static void drop_retired(struct turn *turn) {
    bool carries = false;
    bool usable = false;
    for (size_t i = 0; i < turn->passage_count; i++) {
        carries |= turn->passages[i].carries;
        usable |= turn->passages[i].named ||
                  (turn->passages[i].carries && section_current(&turn->passages[i]));
    }
    if (carries && !usable && turn->step != ISSUE_CONTINUED) {
        turn->coverage.outcome = ESI_COVERAGE_NONE;
        turn->coverage.why = "what carries it doesn't hold any more";
        mark_carrying(turn);
    }
}

/* Somebody holds against us what a document says: which one holds is all that is asked. */
static void cover_claim(struct turn *turn) {
    for (size_t i = 0; i < turn->passage_count; i++) {
        if (turn->coverage.outcome == ESI_COVERAGE_NONE && turn->passages[i].named) {
            turn->coverage.outcome = ESI_COVERAGE_COVERED;
            turn->coverage.why = "a document is named, and another one holds";
        }
    }
}

/* What is decided outlives what it was decided with. */
static esi_err keep_decision(struct turn *turn, const struct decision *decided) {
    struct decision d = *decided;
    bool fits = turn_keep(turn, &d.category);
    for (size_t i = 0; i < d.rule_count; i++) {
        fits = fits && turn_keep(turn, &d.rules[i]);
    }
    if (!fits) {
        return fail_memory(turn->err, ORIGIN);
    }
    turn->decision = d;
    return ESI_OK;
}

esi_err turn_decide(esi_desk *desk, struct turn *turn) {
    judge_coverage(turn);
    mark_carrying(turn);
    esi_err rc = turn_judge_rivals(turn, (size_t)desk->embedder.info.dimensions);
    if (rc == ESI_OK) {
        drop_retired(turn);
        cover_claim(turn);
    }
    if (rc == ESI_OK && turn->explanation) {
        turn->reasons = ARENA_NEW(&turn->work, struct decide_reasons);
        rc = turn->reasons ? ESI_OK : fail_memory(turn->err, ORIGIN);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const struct decide_in in = {.policy = desk->policy,
                                 .verdict = &turn->verdict,
                                 .reading = &turn->reading,
                                 .issue = turn_issue(turn),
                                 .closes = turn->step == ISSUE_CLOSES,
                                 .coverage = &turn->coverage,
                                 .passages = turn->passages,
                                 .passage_count = turn->passage_count,
                                 .role = turn->role,
                                 .reasons = turn->reasons};
    struct decision decided;
    rc = decide_turn(&in, &turn->scratch, &decided, turn->err);
    return rc == ESI_OK ? keep_decision(turn, &decided) : rc;
}
