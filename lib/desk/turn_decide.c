/* turn_decide.c: coverage, authority, and what the rules and the sections make of it. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/rival.h"
#include "desk/meta.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define TITLE_WORDS 64
#define REFERRED_LEAST 0.4f /* of the best hit's score: a section referred to has so much itself */

/* The stems of a title and heading that carry meaning. */
static esi_err title_words(struct turn *turn, const struct passage *p, struct view *out) {
    struct buf text;
    struct token *tokens;
    size_t count;
    buf_init(&text, 8192);
    buf_add(&text, p->title);
    buf_char(&text, ' ');
    buf_add(&text, p->heading);
    esi_err rc = text_tokens(buf_view(&text), turn->language, TITLE_WORDS, &turn->scratch, &tokens,
                             &count, turn->err);
    struct buf words;
    buf_init(&words, 8192);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        if (!text_is_stopword(tokens[i].form, turn->language)) {
            buf_add(&words, tokens[i].stem);
            buf_char(&words, ' ');
        }
    }
    const char *copy = rc == ESI_OK ? arena_str(&turn->scratch, buf_view(&words)) : NULL;
    if (rc == ESI_OK && !copy) {
        rc = fail_memory(turn->err, ORIGIN);
    }
    *out = (struct view){copy, copy ? words.n : 0};
    buf_clear(&text);
    buf_clear(&words);
    return rc;
}

/* Does the question name this document by its id or its version's title? */
static bool names_document(struct view question, const struct passage *p) {
    if (p->document_id.n < 3) {
        return false;
    }
    for (size_t at = 0; at + p->document_id.n <= question.n; at++) {
        const struct view piece = view_slice(question, at, at + p->document_id.n);
        if (view_eq_nocase(piece, p->document_id)) {
            return true;
        }
    }
    return false;
}

static esi_err fill_rival(struct turn *turn, size_t at, struct rival *out) {
    const struct index *index = turn->snapshot->index;
    const struct passage *p = &turn->passages[at];
    const uint32_t document = index_section_document(index, turn->passage_section[at]);
    const struct knowledge_standing *standing = &turn->snapshot->standing[document];
    out->who = (struct contender){.id = p->document_id,
                                  .title = p->title,
                                  .version = p->version,
                                  .updated = p->updated,
                                  .standing = (enum standing)p->standing,
                                  .named = standing->named,
                                  .declares_rule = standing->declares_rule,
                                  .subject = standing->subject};
    if (standing->superseded_by != KNOWLEDGE_NOBODY) {
        out->who.superseded_by = index_document_at(index, standing->superseded_by).id;
    }
    out->vector = index_section_vector(index, turn->passage_section[at]);
    out->text = p->text;
    return title_words(turn, p, &out->title_words);
}

static esi_err judge_rivals(struct turn *turn, size_t dimensions) {
    const size_t count = turn->passage_count;
    struct rival *rivals = ARENA_ARRAY(&turn->scratch, count, struct rival);
    bool *named = ARENA_ARRAY(&turn->scratch, count, bool);
    if (!rivals || !named) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        const esi_err rc = fill_rival(turn, i, &rivals[i]);
        if (rc != ESI_OK) {
            return rc;
        }
        named[i] = names_document(turn->ask, &turn->passages[i]);
    }
    rival_judge(turn->passages, rivals, named, count, dimensions);
    return ESI_OK;
}

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
    if (!fits(turn, turn->passage_section[at])) {
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

esi_err turn_decide(esi_desk *desk, struct turn *turn) {
    judge_coverage(turn);
    mark_carrying(turn);
    esi_err rc = judge_rivals(turn, (size_t)desk->embedder.info.dimensions);
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
    return decide_turn(&in, &turn->work, &turn->decision, turn->err);
}
