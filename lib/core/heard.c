#include "core/heard.h"

#include <string.h>

#include "base/error.h"
#include "core/clause.h"
#include "core/people.h"

static const char *const origin = "core/heard";

bool heard_role(uint32_t roles, esi_role role) {
    const esi_role who = role == ESI_ROLE_NONE ? ESI_ROLE_TRAINEE : role;
    return roles == 0 || (roles & (1u << who)) != 0;
}

/* ---- what was said --------------------------------------------------------------------------- */

static esi_err add_line(struct heard *heard, struct view text, esi_error *err) {
    text = view_trim(text);
    if (text.n == 0 || heard->line_count == HEARD_LINES_MAX) {
        return ESI_OK;
    }
    for (size_t i = 0; i < heard->line_count; i++) {
        if (view_eq(heard->lines[i].text, text)) {
            return ESI_OK;
        }
    }
    struct heard_line *line = &heard->lines[heard->line_count];
    const esi_err code = stems_read(text, heard->arena, &line->stems, err);
    if (code != ESI_OK) {
        return code;
    }
    line->text = text;
    heard->line_count++;
    struct stems all;
    const esi_err joined = stems_join(&heard->all, &line->stems, heard->arena, &all, err);
    if (joined == ESI_OK) {
        heard->all = all;
    }
    return joined;
}

static esi_err join_words(struct view line, struct stems *into, esi_arena *arena, esi_error *err) {
    struct stems words;
    struct stems both;
    esi_err code = stems_read(line, arena, &words, err);
    if (code == ESI_OK) {
        code = stems_join(into, &words, arena, &both, err);
    }
    if (code == ESI_OK) {
        *into = both;
    }
    return code;
}

/* "All of us", "the whole row". */
static bool says_total(const struct clause *c) {
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (clause_has(c, i, "everyone everybody nobody none")) {
            return true;
        }
        for (size_t k = i + 1; clause_has(c, i, "all whole entire every") && k < i + 4; k++) {
            if (clause_has(c, k, "us") ||
                (clause_kinds(c, k) & (KIND_PEOPLE | KIND_GROUP | KIND_SEAT | KIND_SITE))) {
                return true;
            }
        }
    }
    return false;
}

static void add_quantities(struct heard *heard, const struct cue_text *words, size_t from,
                           size_t to) {
    const size_t line = heard->line_count > 0 ? heard->line_count - 1 : 0;
    struct quantity found[QUANTITIES_MAX];
    const size_t count = quantities_read(words, from, to, found);
    for (size_t i = 0; i < count && heard->quantity_count < HEARD_QUANTITIES_MAX; i++) {
        heard->quantity_lines[heard->quantity_count] = (uint8_t)line;
        heard->quantities[heard->quantity_count++] = found[i];
    }
}

/* "The other crews have it, too": with one's own they are three. */
static void add_people(struct heard *heard, const struct clause *c) {
    const uint32_t one = KIND_PEOPLE | KIND_SEAT;
    uint32_t kinds;
    size_t least;
    heard->total |= people_read(c, &kinds, &least) == PEOPLE_EACH;
    if (least > 0 && heard->quantity_count < HEARD_QUANTITIES_MAX) {
        heard->quantity_lines[heard->quantity_count] = 0;
        heard->quantities[heard->quantity_count++] =
            (struct quantity){.kind = QUANTITY_COUNT,
                              .bound = BOUND_LEAST,
                              .value = (double)least,
                              .kinds = kinds & one ? one : kinds};
    }
}

/* "It isn't in any of them": a denial that names nothing itself. */
static bool points_back(const struct clause *c) {
    bool denied = false;
    bool named = false;
    for (size_t i = 0; i < c->count; i++) {
        denied |= (clause_cues(c, i) & CUE_NOT) != 0;
        named |= clause_cues(c, i) == 0;
    }
    return denied && !named && (c->seen & CUE_THAT);
}

/* Clause by clause: what one denies says nothing about the next. */
static esi_err add_clauses(struct heard *heard, struct view text, esi_error *err) {
    struct cue_text words;
    struct clause *clauses = NULL;
    size_t count = 0;
    esi_err code = cues_read(text, heard->arena, &words, err);
    if (code == ESI_OK) {
        code = clause_read(&words, heard->arena, &clauses, &count, err);
    }
    for (size_t i = 0; i < count && code == ESI_OK; i++) {
        const struct clause *c = &clauses[i];
        const struct view line =
            cues_source(&words, text, c->words[0].from, c->words[c->count - 1].to);
        const bool back = i > 0 && !c[-1].supposes && !c[-1].last && points_back(c);
        if (back) { /* "looked through all of them, it isn't there": speaks of what stands before */
            const struct view both =
                cues_source(&words, text, c[-1].words[0].from, c->words[c->count - 1].to);
            code = add_line(heard, both, err);
        }
        if (!c->supposes && code == ESI_OK) {
            code = add_line(heard, line, err);
            add_quantities(heard, &words, c->first, c->first + c->count);
            heard->total |= says_total(c);
            add_people(heard, c);
        }
        if (code == ESI_OK && c->trouble) {
            code = join_words(line, &heard->report, heard->arena, err);
        }
    }
    return code;
}

struct view heard_said_part(struct view fact) {
    const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
    return at == SIZE_MAX ? fact : view_slice(fact, at + sizeof(ISSUE_ANSWERED) - 1, fact.n);
}

int heard_yes_or_no(const struct heard *heard, struct view said) {
    struct cue_text words;
    esi_error ignored;
    if (cues_read(said, heard->arena, &words, &ignored) != ESI_OK || words.count == 0) {
        return 0;
    }
    for (size_t k = 0; k < words.count && k < 3; k++) {
        const uint64_t cues = words.words[k].cues;
        if (cues & (CUE_NO | CUE_NOT)) {
            return -1;
        }
        if (cues & CUE_YES) {
            return 1;
        }
    }
    const uint64_t second = words.count > 1 ? words.words[1].cues : 0;
    return second & (CUE_DO | CUE_BE | CUE_HAVE) && words.count <= 2 ? 1 : 0;
}

/* A fact is what was said. A yes or no to a question makes the question's words a statement. */
static esi_err add_fact(struct heard *heard, struct view fact, esi_error *err) {
    const struct view said = heard_said_part(fact);
    const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
    const int answer = at == SIZE_MAX ? 0 : heard_yes_or_no(heard, said);
    esi_err code = add_line(heard, said, err);
    if (code != ESI_OK || answer == 0 || heard->line_count == HEARD_LINES_MAX) {
        return code;
    }
    struct heard_line *line = &heard->lines[heard->line_count];
    line->text = view_slice(fact, 0, at);
    code = stems_read(line->text, heard->arena, &line->stems, err);
    if (code == ESI_OK) {
        line->stems.denies ^= answer < 0;
        line->stems.negates ^= answer < 0;
        line->decided = true;
        heard->line_count++;
    }
    return code;
}

static esi_err add_tried(struct heard *heard, const struct view *steps, size_t count,
                         esi_error *err) {
    esi_err code = ESI_OK;
    for (size_t i = 0; i < count && code == ESI_OK && heard->tried_count < HEARD_TRIED_MAX; i++) {
        code = step_read(steps[i], heard->arena, &heard->tried[heard->tried_count++], err);
    }
    return code;
}

/* "Did that" is all that was given. */
static esi_err read_tried(struct heard *heard, esi_error *err) {
    const struct issue *issue = heard->issue;
    heard->tried = ARENA_ARRAY(heard->arena, HEARD_TRIED_MAX, struct step_words);
    if (!heard->tried) {
        return fail_memory(err, origin);
    }
    esi_err code = issue ? add_tried(heard, issue->tried, issue->tried_count, err) : ESI_OK;
    bool given = false;
    for (size_t i = 0; i < heard->tried_count && code == ESI_OK; i++) {
        given |= heard->tried[i].deed_count == 0 && heard->tried[i].objects.count == 0;
    }
    return code == ESI_OK && given ? add_tried(heard, issue->steps, issue->step_count, err) : code;
}

esi_err heard_read(const struct policy *policy, const struct issue *issue,
                   const struct reading *reading, struct view message, esi_role role,
                   esi_arena *arena, struct heard **out, esi_error *err) {
    struct heard *heard = ARENA_NEW(arena, struct heard);
    if (!heard) {
        return fail_memory(err, origin);
    }
    heard->policy = policy;
    heard->issue = issue;
    heard->reading = reading;
    heard->role = role;
    heard->arena = arena;
    esi_err code = issue ? add_clauses(heard, issue->query, err) : ESI_OK;
    /* what is no part of the query that the issue is looked up with is heard, too */
    const struct view said = message.n > 0 ? message : reading->message;
    if (code == ESI_OK) {
        code = add_clauses(heard, text_head(said, ISSUE_QUERY_MAX), err);
    }
    for (size_t i = 0; issue && i < issue->fact_count && code == ESI_OK; i++) {
        code = add_fact(heard, issue->facts[i], err);
    }
    if (code == ESI_OK) {
        code = read_tried(heard, err);
    }
    if (code == ESI_OK) {
        code = stems_read(text_head(message, ISSUE_QUERY_MAX), arena, &heard->now, err);
    }
    if (code == ESI_OK) {
        *out = heard;
    }
    return code;
}

esi_err heard_tried(const struct heard *heard, struct view step, bool *out, esi_error *err) {
    struct step_words words = {0};
    if (heard->tried_count == 0) {
        *out = false;
        return ESI_OK;
    }
    const esi_err code = step_read(step, heard->arena, &words, err);
    for (size_t i = 0; code == ESI_OK && i < heard->tried_count; i++) {
        if (step_is(&words, &heard->tried[i])) {
            *out = true;
            return ESI_OK;
        }
    }
    if (code == ESI_OK) {
        *out = false;
    }
    return code;
}

/* ---- signals --------------------------------------------------------------------------------- */

uint64_t heard_signals(const struct heard *heard) {
    return (heard->issue ? heard->issue->signals : 0) | heard->reading->signals;
}

/* Signals that make the policy call a person by themselves: "graded", "outage". What only says that
 * somebody can't go on would meet every condition. */
static uint64_t telling_signals(const struct policy *policy) {
    uint64_t telling = 0;
    for (size_t i = 0; i < policy->triage_count; i++) {
        const struct policy_triage *rule = &policy->triage[i];
        telling |= rule->escalate ? rule->all | rule->any : 0;
    }
    return telling;
}

esi_err heard_signals_said(const struct heard *heard, struct view condition, int *out,
                           esi_error *err) {
    struct text_folded folded;
    uint64_t asked = 0;
    esi_err code = text_fold(condition, heard->arena, &folded, err);
    if (code == ESI_OK) {
        code = policy_signals(heard->policy, (struct view){folded.p, folded.n}, &asked, err);
    }
    if (code == ESI_OK) {
        asked &= telling_signals(heard->policy);
        *out = asked == 0 ? 0 : (heard_signals(heard) & asked) == asked ? 1 : -1;
    }
    return code;
}
