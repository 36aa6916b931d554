#include "core/issue.h"

#include <string.h>

#include "base/error.h"
#include "core/issue_parts.h"
#include "core/issue_topic.h"
#include "core/steps.h"

static const char *const origin = "core/issue";

/* ---- small lists of views -------------------------------------------------------------------- */

struct list {
    struct view *items;
    size_t count, max;
};

/* A list with room for `max`, holding what was there. NULL items when memory ran out. */
static struct list list_of(const struct view *old, size_t count, size_t max, esi_arena *arena) {
    struct list list = {.max = max};
    list.items = ARENA_ARRAY(arena, max, struct view);
    list.count = list.items && count > 0 ? (count < max ? count : max) : 0;
    if (list.count > 0) {
        memcpy(list.items, old, list.count * sizeof(*old));
    }
    return list;
}

static bool list_has(const struct list *list, struct view v) {
    for (size_t i = 0; i < list->count; i++) {
        if (view_eq(list->items[i], v)) {
            return true;
        }
    }
    return false;
}

/* Adds what isn't there yet; when it is full, the oldest goes. */
static void list_add(struct list *list, struct view v) {
    v = view_trim(v);
    v = v.n > ISSUE_TEXT_MAX ? text_head(v, ISSUE_TEXT_MAX / 4) : v;
    if (v.n == 0 || list_has(list, v)) {
        return;
    }
    if (list->count == list->max) {
        memmove(list->items, list->items + 1, (list->max - 1) * sizeof(*list->items));
        list->count--;
    }
    list->items[list->count++] = v;
}

static void list_add_all(struct list *list, const struct view *v, size_t count) {
    for (size_t i = 0; i < count; i++) {
        list_add(list, v[i]);
    }
}

/* ---- what a turn belongs to ------------------------------------------------------------------ */

#define TELLING 0.6f  /* weight of a word that tells which step is meant */
#define VALUE_WORDS 2 /* of a value that answers, before something else is said */
#define ABOUT 0.34    /* share of a turn's topic that an issue must have */
#define ASIDE 0.6     /* ... where the turn says that it is about something else */

/* A turn that stands alone must share what it is about; a fragment goes on with the issue. */
static esi_err belongs(const struct issue *issue, const struct reading *reading, esi_arena *arena,
                       bool *out, esi_error *err) {
    const bool question = reading->act == ESI_ACT_QUESTION;
    *out = reading->place != ISSUE_PLACE_AT_NONE;
    if (reading->place != ISSUE_PLACE_OPEN || reading->wants_no_ticket ||
        reading->act == ESI_ACT_ANSWER || reading->topic_count == 0 || reading->bare) {
        return ESI_OK;
    }
    if (!reading->other && (reading->refers || reading->leads_on || !reading->full)) {
        *out = reading->refers || !issue_topic_new_code(issue, reading);
        return ESI_OK;
    }
    if (!reading->other && !question &&
        (issue->topic_count == 0 || (reading->asked && reading->fact_count > 0))) {
        return ESI_OK; /* a reply that says more than was asked */
    }
    if (issue_topic_new_code(issue, reading) && !reading->failed) {
        *out = false;
        return ESI_OK;
    }
    double share = 0;
    const esi_err code = issue_topic_share(issue, reading, arena, &share, err);
    *out = share >= (reading->other ? ASIDE : ABOUT);
    return code;
}

/* Can it be gone on with? A closed one is taken up again when its trouble is back. */
static bool is_live(const struct issue *issue, const struct reading *reading) {
    return issue->phase == ISSUE_OPEN || reading->failed ||
           (reading->act == ESI_ACT_QUESTION && reading->asks && reading->refers) ||
           (reading->act == ESI_ACT_TROUBLE &&
            (reading->refers || issue_topic_overlap(issue, reading) >= 0.5));
}

/* An older issue that the turn is about more than about the current one; -1: none. */
static int32_t find_older(const struct issue_state *state, const struct reading *reading) {
    int32_t best = -1;
    double most = 0.5;
    if (state->current >= 0) {
        const double here = issue_topic_overlap(&state->issues[state->current], reading);
        most = here >= most ? here + 0.01 : most;
    }
    for (size_t i = 0; i < state->count; i++) {
        const struct issue *issue = &state->issues[i];
        const double share = issue_topic_overlap(issue, reading);
        if ((int32_t)i != state->current && share >= most && is_live(issue, reading) &&
            (reading->full || reading->failed) && !reading->refers && !reading->other) {
            best = (int32_t)i;
            most = share;
        }
    }
    return best;
}

/* "Back to the VPN": the one that has most of the turn's topic, else the last trouble. */
static esi_err find_returned(const struct issue_state *state, const struct reading *reading,
                             esi_arena *arena, int32_t *out, esi_error *err) {
    int32_t best = -1;
    int32_t last = -1;
    double most = 0;
    for (size_t i = 0; i < state->count; i++) {
        double share = 0;
        const esi_err code = issue_topic_share(&state->issues[i], reading, arena, &share, err);
        if (code != ESI_OK) {
            return code;
        }
        const bool here = (int32_t)i == state->current;
        if (share > most || (!here && share >= most && share > 0)) {
            most = share;
            best = (int32_t)i;
        }
        last = !here && state->issues[i].act == ESI_ACT_TROUBLE ? (int32_t)i : last;
    }
    *out = best >= 0 ? best : last;
    return ESI_OK;
}

/* "It's still missing" behind a question aside: the trouble before it; -1: nothing such. */
static int32_t find_tried(const struct issue_state *state, int32_t current) {
    if (state->issues[current].act != ESI_ACT_QUESTION) {
        return -1;
    }
    int32_t i = (int32_t)state->count - 1;
    while (i >= 0 &&
           (state->issues[i].act != ESI_ACT_TROUBLE || state->issues[i].phase != ISSUE_OPEN)) {
        i--;
    }
    return i;
}

/* The issue that the turn goes on with: the current one, or an older one that it is more about.
 * -1: none. */
static esi_err find_issue(const struct issue_state *state, const struct reading *reading,
                          esi_arena *arena, int32_t *out, esi_error *err) {
    const int32_t current = state->current;
    bool here = false;
    esi_err code = ESI_OK;
    if (reading->returns && state->count > 1) {
        code = find_returned(state, reading, arena, out, err);
        if (code != ESI_OK || *out >= 0) {
            return code;
        }
    }
    *out = reading->place == ISSUE_PLACE_OPEN ? find_older(state, reading) : -1;
    if (*out < 0 && current >= 0 && reading->failed) {
        *out = find_tried(state, current);
    }
    if (*out < 0 && current >= 0 && is_live(&state->issues[current], reading)) {
        code = belongs(&state->issues[current], reading, arena, &here, err);
        *out = here ? current : -1;
    }
    return code;
}

/* ---- taking a turn in ------------------------------------------------------------------------ */

static int act_rank(esi_act act) {
    return act == ESI_ACT_TROUBLE ? 3 : act == ESI_ACT_REQUEST ? 2 : act == ESI_ACT_QUESTION;
}

static struct view joined_query(struct view query, struct view message, esi_arena *arena) {
    const struct view added = text_head(view_trim(message), ISSUE_QUERY_MAX / 4);
    if (query.n == 0) {
        return added;
    }
    if (query.n + 1 + added.n > ISSUE_QUERY_MAX || view_find(query, added, 0) != SIZE_MAX) {
        return query;
    }
    char *joined = arena_printf(arena, "%.*s\n%.*s", (int)query.n, query.p, (int)added.n, added.p);
    return joined ? view_of(joined) : (struct view){0};
}

/* The first characters of a text, never half a word. */
static struct view whole_words(struct view text, size_t characters) {
    struct view head = text_head(text, characters);
    while (head.n < text.n && head.n > 0 && text.p[head.n] != ' ') {
        head.n--;
    }
    return head.n > 0 ? head : text_head(text, characters);
}

/* A reply is kept with the question that it answers. */
static struct view answered(struct view question, struct view message, esi_arena *arena) {
    const struct view said = whole_words(view_trim(message), ISSUE_TEXT_MAX / 3);
    const struct view asked = whole_words(question, ISSUE_TEXT_MAX / 3);
    char *fact = arena_printf(arena, "%.*s" ISSUE_ANSWERED "%.*s", (int)asked.n, asked.p,
                              (int)said.n, said.p);
    return fact ? view_of(fact) : (struct view){0};
}

struct taking {
    struct issue *issue;
    const struct reading *reading;
    struct view message;
    bool opened;
    esi_arena *arena;
    esi_error *err;
};

/* "22, and where do I find it?": a value that stands before everything else. */
static struct view leading_value(struct view message) {
    size_t end = 0;
    size_t words = 0;
    bool digit = false;
    const struct view text = view_trim(message);
    while (end < text.n && !strchr(",.;:?!\n", text.p[end])) {
        words += end == 0 || (text.p[end - 1] == ' ' && text.p[end] != ' ');
        digit |= text.p[end] >= '0' && text.p[end] <= '9';
        end++;
    }
    return digit && words <= VALUE_WORDS && end < text.n ? view_slice(text, 0, end)
                                                         : (struct view){0};
}

/* "The yellow cable is a new one, still dark": of the steps the last that is spoken of, by words
 * that aren't the trouble's own; 0 for none. */
static esi_err last_spoken_of(const struct taking *t, size_t *out) {
    const struct issue *issue = t->issue;
    struct stems said;
    struct stems trouble;
    esi_err code = stems_read(t->message, t->arena, &said, t->err);
    if (code == ESI_OK) {
        code = stems_read(issue->query, t->arena, &trouble, t->err);
    }
    *out = 0;
    for (size_t k = 0; code == ESI_OK && k < issue->step_count; k++) {
        struct step_words step;
        code = step_read(issue->steps[k], t->arena, &step, t->err);
        for (size_t i = 0; code == ESI_OK && i < step.objects.count; i++) {
            const struct view word = step.objects.items[i];
            if (step.objects.weights[i] > TELLING && stems_have(&said, word) &&
                !stems_have(&trouble, word)) {
                *out = k + 1;
            }
        }
    }
    return code;
}

/* "Yes submitted it, the tick is there", asked whether others see it: tells of a step, and answers
 * nothing. */
static esi_err tells_of_steps(const struct taking *t, struct view question, bool *out) {
    struct stems said;
    struct stems asked;
    size_t last = 0;
    esi_err code = stems_read(t->message, t->arena, &said, t->err);
    if (code == ESI_OK) {
        code = stems_read(question, t->arena, &asked, t->err);
    }
    if (code == ESI_OK) {
        code = last_spoken_of(t, &last);
    }
    *out = code == ESI_OK && t->reading->done_count > 0 && last > 0 &&
           stems_common(&said, &asked) <= 0;
    return code;
}

static esi_err take_facts(const struct taking *t) {
    struct issue *issue = t->issue;
    struct list facts = list_of(issue->facts, issue->fact_count, ISSUE_FACTS_MAX, t->arena);
    if (!facts.items) {
        return fail_memory(t->err, origin);
    }
    const bool asked = !t->opened && t->reading->asked && issue->asked_count > 0;
    const struct view question = asked ? issue_question(issue, t->reading) : (struct view){0};
    /* "no, never saved any": a report as well, and a reply */
    const bool polar = (t->reading->affirmed || t->reading->denied) && issue_is_polar(question);
    const bool whole = asked && (polar || t->reading->act == ESI_ACT_ANSWER);
    const struct view said = whole ? t->message : leading_value(t->message);
    bool of_steps = false;
    if (asked && polar) {
        const esi_err code = tells_of_steps(t, question, &of_steps);
        if (code != ESI_OK) {
            return code;
        }
    }
    if (asked && said.n > 0 && !of_steps) {
        const struct view fact = answered(question, said, t->arena);
        if (!fact.p) {
            return fail_memory(t->err, origin);
        }
        list_add(&facts, fact);
    }
    list_add_all(&facts, t->reading->facts, t->reading->fact_count);
    issue->facts = facts.items;
    issue->fact_count = facts.count;
    return ESI_OK;
}

/* Who did the third step did the two before it: they were given in order. */
static esi_err add_steps_before(const struct taking *t, struct list *tried) {
    const struct issue *issue = t->issue;
    size_t last = 0;
    for (size_t i = 0; i < t->reading->done_count; i++) {
        struct step_words done;
        esi_err code = step_read(t->reading->done[i], t->arena, &done, t->err);
        for (size_t k = 0; code == ESI_OK && k < issue->step_count; k++) {
            struct step_words step;
            code = step_read(issue->steps[k], t->arena, &step, t->err);
            if (code == ESI_OK && step_is(&step, &done)) {
                last = k + 1 > last ? k + 1 : last;
            }
        }
        if (code != ESI_OK) {
            return code;
        }
    }
    list_add_all(tried, issue->steps, last);
    return ESI_OK;
}

/* Steps that were tried: those the user names, or all that were given when they say it failed. */
static esi_err take_tries(const struct taking *t) {
    struct issue *issue = t->issue;
    const struct reading *reading = t->reading;
    struct list tried = list_of(issue->tried, issue->tried_count, ISSUE_STEPS_MAX, t->arena);
    if (!tried.items) {
        return fail_memory(t->err, origin);
    }
    /* before anything was said here only what is done against trouble is a try */
    const bool named = t->opened ? reading->remedied || reading->done_all
                                 : issue->step_count > 0 || reading->done_count > 0 ||
                                       reading->done_all || issue->tried_count > 0;
    esi_err code = ESI_OK;
    if ((reading->failed || (t->opened && reading->tried)) && named) {
        issue->failed_tries += reading->times > 1 && reading->times <= 10 ? reading->times : 1;
        if (reading->done_count == 0 || reading->done_all) {
            size_t last = 0;
            code = reading->done_all ? ESI_OK : last_spoken_of(t, &last);
            list_add_all(&tried, issue->steps, last > 0 ? last : issue->step_count);
        } else {
            code = add_steps_before(t, &tried);
        }
    }
    list_add_all(&tried, reading->done, reading->done_count);
    issue->tried = tried.items;
    issue->tried_count = tried.count;
    issue->tried_all |= reading->done_all;
    return code;
}

/* "NL-1107", "ERR_42": a trouble of its own, whatever else the turn says. */
static bool names_code(const struct reading *reading) {
    for (size_t i = 0; i < reading->fact_count; i++) {
        bool digit = false;
        bool dash = false;
        for (size_t k = 0; k < reading->facts[i].n; k++) {
            const char c = reading->facts[i].p[k];
            digit |= c >= '0' && c <= '9';
            dash |= c == '-' || c == '_';
        }
        if (digit && dash) {
            return true;
        }
    }
    return false;
}

/* What was answered by a section is looked up with the words that found it: a failed try and the
 * answer to a question of ours ("seat 14") would lead to sections about seats. */
static bool widens_query(const struct taking *t) {
    const bool stands = !t->opened && t->issue->coverage == ESI_COVERAGE_COVERED;
    const bool replies = t->reading->failed || t->reading->act == ESI_ACT_ANSWER;
    return t->reading->act != ESI_ACT_THANKS && (!stands || !replies || names_code(t->reading));
}

static esi_err take_topic(const struct taking *t) {
    struct issue *issue = t->issue;
    struct list topic = list_of(issue->topic, issue->topic_count, ISSUE_TOPIC_MAX, t->arena);
    if (!topic.items) {
        return fail_memory(t->err, origin);
    }
    for (size_t i = 0; i < t->reading->topic_count && topic.count < topic.max; i++) {
        list_add(&topic, t->reading->topic[i]);
    }
    const bool adds = topic.count > issue->topic_count || t->opened;
    issue->topic = topic.items;
    issue->topic_count = topic.count;
    if (adds && widens_query(t)) {
        const struct view query = joined_query(issue->query, t->message, t->arena);
        if (!query.p && t->message.n > 0) {
            return fail_memory(t->err, origin);
        }
        issue->query = query;
    }
    return ESI_OK;
}

static esi_err take_turn(const struct taking *t) {
    struct issue *issue = t->issue;
    issue->phase = ISSUE_OPEN;
    issue->signals |= t->reading->signals;
    issue->only_me |= t->reading->only_me;
    if (t->opened || act_rank(t->reading->act) > act_rank(issue->act)) {
        issue->act = t->reading->act;
    }
    esi_err code = take_topic(t);
    if (code == ESI_OK) {
        code = take_tries(t);
    }
    return code == ESI_OK ? take_facts(t) : code;
}

/* A turn that is about nothing by itself: a greeting, thanks, a chat. */
static bool is_phatic(const struct issue_state *state, const struct reading *reading) {
    const bool open = state->current >= 0 && state->issues[state->current].phase == ISSUE_OPEN;
    if (reading->act == ESI_ACT_GREETING) {
        return true;
    }
    if (reading->act == ESI_ACT_SMALLTALK || reading->act == ESI_ACT_ANSWER) {
        return !open;
    }
    /* thanks alone close nothing, and an escalated issue stays as it is */
    return reading->act == ESI_ACT_THANKS && !(open && state->issues[state->current].escalated);
}

static struct issue *new_issue(struct issue_state *state) {
    if (state->count == ISSUE_MAX) {
        memmove(state->issues, state->issues + 1, (ISSUE_MAX - 1) * sizeof(state->issues[0]));
        state->count--;
    }
    struct issue *issue = &state->issues[state->count];
    *issue = (struct issue){.number = ++state->last_number};
    state->current = (int32_t)state->count++;
    return issue;
}

esi_err issue_take(const struct issue_state *old, struct reading *reading, struct view message,
                   esi_arena *arena, struct issue_state *out, enum issue_step *step,
                   esi_error *err) {
    struct issue_state state = {.current = -1};
    if (old) {
        state = *old;
    }
    if (state.current >= (int32_t)state.count) {
        state.current = -1;
    }
    const bool open = state.current >= 0 && state.issues[state.current].phase == ISSUE_OPEN;
    if (reading->solved && open) {
        state.issues[state.current].phase = ISSUE_CLOSED;
        if (reading->act == ESI_ACT_THANKS || !reading->full) {
            *out = state;
            *step = ISSUE_CLOSES;
            return ESI_OK;
        }
    }
    if (is_phatic(&state, reading)) {
        *out = state;
        *step = ISSUE_NONE;
        return ESI_OK;
    }
    int32_t found = -1;
    esi_err code = find_issue(&state, reading, arena, &found, err);
    if (code != ESI_OK) {
        return code;
    }
    struct issue *issue = found >= 0 ? &state.issues[found] : NULL;
    if (issue) {
        code = issue_relate(issue, reading, found == state.current, arena, err);
    }
    if (code != ESI_OK) {
        return code;
    }
    struct taking taking = {.reading = reading, .message = message, .arena = arena, .err = err};
    taking.opened = found < 0;
    if (found >= 0) {
        state.current = found;
        taking.issue = &state.issues[found];
    } else {
        taking.issue = new_issue(&state);
    }
    code = take_turn(&taking);
    if (code == ESI_OK) {
        *out = state;
        *step = taking.opened ? ISSUE_OPENED : ISSUE_CONTINUED;
    }
    return code;
}

/* ---- what the turn found --------------------------------------------------------------------- */

esi_err issue_answered(struct issue_state *state, const struct issue_outcome *outcome,
                       esi_arena *arena, esi_error *err) {
    if (state->current < 0 || (size_t)state->current >= state->count) {
        return ESI_OK;
    }
    struct issue *issue = &state->issues[state->current];
    struct list cited = list_of(issue->cited, issue->cited_count, ISSUE_CITED_MAX, arena);
    struct list steps = list_of(issue->steps, issue->step_count, ISSUE_STEPS_MAX, arena);
    struct list asked = list_of(issue->asked, issue->asked_count, ISSUE_ASKED_MAX, arena);
    struct list rules = list_of(issue->rules, issue->rule_count, ISSUE_RULES_MAX, arena);
    if (!cited.items || !steps.items || !asked.items || !rules.items) {
        return fail_memory(err, origin);
    }
    list_add_all(&cited, outcome->cited, outcome->cited_count);
    list_add_all(&steps, outcome->steps, outcome->step_count);
    list_add_all(&asked, outcome->asked, outcome->asked_count);
    list_add_all(&rules, outcome->rules, outcome->rule_count);
    issue->cited = cited.items;
    issue->cited_count = cited.count;
    issue->steps = steps.items;
    issue->step_count = steps.count;
    issue->asked = asked.items;
    issue->asked_count = asked.count;
    issue->asked_last = (int32_t)outcome->asked_count;
    issue->rules = rules.items;
    issue->rule_count = rules.count;
    issue->coverage = outcome->coverage != ESI_COVERAGE_NULL ? outcome->coverage : issue->coverage;
    issue->vague_rounds += outcome->coverage == ESI_COVERAGE_VAGUE;
    issue->category = outcome->category.n > 0 ? outcome->category : issue->category;
    issue->tier = outcome->tier > issue->tier ? outcome->tier : issue->tier;
    issue->severity = outcome->severity > issue->severity ? outcome->severity : issue->severity;
    issue->escalated |= outcome->escalated;
    return ESI_OK;
}
