#include "eval_chat.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

struct eval_chat_result {
    esi_reply **replies; /* of the first run that ended, one a turn; NULL until then */
    size_t count;
    bool differs; /* what follows says how another run did */
    size_t turn;
    const char *what;
    struct outbuf one, other;
};

/* ---- running --------------------------------------------------------------------------------- */

struct run {
    uint32_t scenario;
    uint32_t number;
};

/* What the threads share. */
struct race {
    const struct eval_chat_plan *plan;
    struct eval_chat_result *results;
    struct run *runs; /* in the order in which they begin */
    size_t count;
    pthread_mutex_t lock; /* guards what follows, and the results */
    size_t next;
    size_t done;
    esi_err code; /* the first failure ends the race */
    esi_error err;
};

static void free_replies(esi_reply **replies, size_t count) {
    for (size_t i = 0; replies != NULL && i < count; i++) {
        esi_reply_free(replies[i]);
    }
    free(replies);
}

/* One turn, on a session that no other run has. */
static esi_err ask(const struct race *race, const struct run *run, size_t turn, esi_reply **out,
                   esi_error *err) {
    const struct scenario *scenario = race->plan->set->items[run->scenario];
    char name[64];
    snprintf(name, sizeof name, "eval-%u-%u", (unsigned)run->scenario, (unsigned)run->number);
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = name;
    request.user_id = name;
    request.role = scenario->role;
    request.message = scenario->turns[turn].message;
    request.context = scenario->context;
    request.context_count = scenario->context_count;
    request.explain = true;
    for (size_t i = 0; i < scenario->context_count; i++) {
        if (strcmp(scenario->context[i].name, "module") == 0) {
            request.module = scenario->context[i].value;
        }
    }
    esi_error why = {0};
    const esi_err code = esi_chat_ask(race->plan->desk, &request, out, &why);
    if (code != ESI_OK) {
        return fail(err, code, NULL, "%s:%zu: %s, turn %zu: %s", scenario->file, scenario->line,
                    scenario->id, turn + 1, why.message);
    }
    return ESI_OK;
}

static esi_err ask_all(const struct race *race, const struct run *run, esi_reply ***out,
                       esi_error *err) {
    const struct scenario *scenario = race->plan->set->items[run->scenario];
    esi_reply **replies = calloc(scenario->turn_count, sizeof *replies);
    if (replies == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    esi_err code = ESI_OK;
    for (size_t i = 0; code == ESI_OK && i < scenario->turn_count; i++) {
        code = ask(race, run, i, &replies[i], err);
    }
    if (code != ESI_OK) {
        free_replies(replies, scenario->turn_count);
        return code;
    }
    *out = replies;
    return ESI_OK;
}

/* The first run of a scenario to end is what the others are held against. */
static esi_err compare(struct eval_chat_result *result, esi_reply **replies, esi_error *err) {
    for (size_t i = 0; i < result->count && !result->differs; i++) {
        result->what = expect_differ(result->replies[i], replies[i], &result->one, &result->other);
        result->turn = i;
        result->differs = result->what != NULL;
        if (result->one.failed || result->other.failed) {
            return fail(err, ESI_ENOMEM, NULL, "out of memory");
        }
    }
    return ESI_OK;
}

/* Takes the replies over. */
static esi_err take_replies(struct race *race, const struct run *run, esi_reply **replies,
                            esi_error *err) {
    struct eval_chat_result *result = &race->results[run->scenario];
    if (result->replies == NULL) {
        result->replies = replies;
        result->count = race->plan->set->items[run->scenario]->turn_count;
        return ESI_OK;
    }
    const esi_err code = compare(result, replies, err);
    free_replies(replies, result->count);
    return code;
}

static bool next_run(struct race *race, struct run *out) {
    pthread_mutex_lock(&race->lock);
    const bool more = race->code == ESI_OK && race->next < race->count;
    if (more) {
        *out = race->runs[race->next++];
    }
    pthread_mutex_unlock(&race->lock);
    return more;
}

static void take_part(struct race *race, const struct term *progress) {
    struct run run;
    while (next_run(race, &run)) {
        esi_reply **replies = NULL;
        esi_error err = {0};
        esi_err code = ask_all(race, &run, &replies, &err);
        pthread_mutex_lock(&race->lock);
        if (code == ESI_OK) {
            code = take_replies(race, &run, replies, &err);
        }
        if (code != ESI_OK && race->code == ESI_OK) {
            race->code = code;
            race->err = err;
        }
        const size_t done = ++race->done;
        pthread_mutex_unlock(&race->lock);
        if (progress != NULL) {
            term_progress(progress, done, race->count, race->plan->set->items[run.scenario]->id);
        }
    }
}

static void *take_part_too(void *context) {
    take_part(context, NULL);
    return NULL;
}

/* A number below n (splitmix64). */
static size_t roll(uint64_t *dice, size_t n) {
    uint64_t z = *dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ (z >> 31)) % n);
}

static void order_runs(const struct eval_chat_plan *plan, struct run *runs) {
    const size_t scenarios = plan->set->count;
    const size_t count = scenarios * plan->repeat;
    uint64_t dice = plan->seed;
    for (size_t i = 0; i < count; i++) {
        runs[i] = (struct run){(uint32_t)(i % scenarios), (uint32_t)(i / scenarios)};
    }
    for (size_t i = count; plan->shuffled && i > 1; i--) {
        const size_t with = roll(&dice, i);
        const struct run run = runs[i - 1];
        runs[i - 1] = runs[with];
        runs[with] = run;
    }
}

/* This thread takes part, too; one that can't be had is done without. */
static void race_all(struct race *race, pthread_t *threads, size_t most) {
    size_t started = 0;
    while (started + 1 < most &&
           pthread_create(&threads[started], NULL, take_part_too, race) == 0) {
        started++;
    }
    take_part(race, race->plan->progress);
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    if (race->plan->progress != NULL) {
        term_progress_end(race->plan->progress);
    }
}

esi_err eval_chat_run(const struct eval_chat_plan *plan, struct eval_chat_result **out,
                      esi_error *err) {
    struct race race = {.plan = plan, .count = plan->set->count * plan->repeat};
    const size_t most = plan->threads < race.count ? plan->threads : race.count;
    race.results = calloc(plan->set->count, sizeof *race.results);
    race.runs = calloc(race.count, sizeof *race.runs);
    pthread_t *threads = calloc(most, sizeof *threads);
    if (race.results == NULL || race.runs == NULL || threads == NULL ||
        pthread_mutex_init(&race.lock, NULL) != 0) {
        race.code = fail(&race.err, ESI_ENOMEM, NULL, "out of memory");
    } else {
        order_runs(plan, race.runs);
        race_all(&race, threads, most);
        pthread_mutex_destroy(&race.lock);
    }
    free(threads);
    free(race.runs);
    if (race.code != ESI_OK) {
        if (race.results != NULL) {
            eval_chat_free(race.results, plan->set->count);
        }
        *err = race.err;
        return race.code;
    }
    *out = race.results;
    return ESI_OK;
}

void eval_chat_free(struct eval_chat_result *results, size_t count) {
    for (size_t i = 0; results != NULL && i < count; i++) {
        free_replies(results[i].replies, results[i].count);
        outbuf_clear(&results[i].one);
        outbuf_clear(&results[i].other);
    }
    free(results);
}

/* ---- judging --------------------------------------------------------------------------------- */

static const char *const GROUPS[] = {"of one turn", "of several turns", NULL};
static const char *const GROUP_NAMES[] = {"oneTurn", "severalTurns", NULL};

const struct report_kind eval_chat_kind = {.suite = "chat",
                                           .items = "scenarios",
                                           .part = "turn",
                                           .keys = expect_keys,
                                           .groups = GROUPS,
                                           .group_names = GROUP_NAMES};
_Static_assert((int)EXPECT_KEYS <= REPORT_KEYS_MAX, "a report has room for each key");

/* The stage of a turn that has the last word on each key. */
static const char *const STAGES[EXPECT_KEYS] = {
    [EXPECT_BLOCKED] = "screen",     [EXPECT_CATEGORY] = "screen",  [EXPECT_ACT] = "understand",
    [EXPECT_COVERAGE] = "retrieve",  [EXPECT_TIER] = "decide",      [EXPECT_SEVERITY] = "decide",
    [EXPECT_ESCALATION] = "decide",  [EXPECT_TICKET] = "record",    [EXPECT_CITES] = "retrieve",
    [EXPECT_NOT_CITES] = "retrieve", [EXPECT_SAYS] = "compose",     [EXPECT_NOT_SAYS] = "compose",
    [EXPECT_ASKS] = "compose",       [EXPECT_NOT_ASKS] = "compose",
};

struct judging {
    struct report *report;
    struct report_miss miss; /* what the misses of this turn share */
    uint32_t given;          /* keys that are expected of this turn */
    uint32_t missed;         /* those missed so far; a key's causes come before it */
    bool left_out;           /* of this turn: what should be cited was not found */
    esi_err code;
    esi_error *err;
};

static bool has_line(const esi_reply *reply, const char *stage, const char *part) {
    for (size_t i = 0; i < reply->trace_count; i++) {
        if (strcmp(reply->trace[i]->stage, stage) == 0 &&
            strstr(reply->trace[i]->text, part) != NULL) {
            return true;
        }
    }
    return false;
}

/* Does a line of that stage speak of one of the documents in `wanted` ("a" or "b")? */
static bool speaks_of(const esi_reply *reply, const char *stage, const char *wanted) {
    bool found = false;
    for (const char *id = strchr(wanted, '"'); id != NULL && !found; id = strchr(id, '"')) {
        char section[256];
        const size_t size = strcspn(id + 1, "\"");
        snprintf(section, sizeof section, "%.*s#", (int)size, id + 1);
        found = has_line(reply, stage, section);
        id += 1 + size;
        id += *id != '\0';
    }
    return found;
}

/* Keys whose miss brings about others of the same turn, the first cause first. */
static const enum expect_key CAUSES[] = {EXPECT_BLOCKED, EXPECT_ACT, EXPECT_COVERAGE};

/* What the rule of a refusal says by itself. */
#define OF_THE_RULE                                                                                \
    (1u << EXPECT_ACT | 1u << EXPECT_COVERAGE | 1u << EXPECT_TIER | 1u << EXPECT_SEVERITY |        \
     1u << EXPECT_ESCALATION | 1u << EXPECT_TICKET)

/* Where a miss began: what a refusal, a misread act or the wrong coverage brought about isn't the
 * fault of the stages behind. */
static const char *stage_of(const struct judging *j, enum expect_key key, const char *wanted) {
    const esi_reply *reply = j->miss.reply;
    for (size_t i = 0; i < sizeof CAUSES / sizeof CAUSES[0]; i++) {
        if (CAUSES[i] != key && (j->missed >> CAUSES[i] & 1) != 0) {
            return STAGES[CAUSES[i]];
        }
    }
    const bool blocked = reply->guardrail != NULL && reply->guardrail->blocked;
    if (blocked && ((OF_THE_RULE >> key & 1) != 0 || !has_line(reply, "retrieve", ""))) {
        return "screen";
    }
    /* Nobody said how well it is covered, but what is wrong follows from that. */
    const bool found = reply->coverage == ESI_COVERAGE_COVERED;
    if (!blocked && !found && key > EXPECT_COVERAGE && (j->given >> EXPECT_COVERAGE & 1) == 0) {
        return STAGES[EXPECT_COVERAGE];
    }
    if (key == EXPECT_CITES && speaks_of(reply, "retrieve", wanted)) {
        return speaks_of(reply, "compose", wanted) ? "compose" : "decide";
    }
    if (key == EXPECT_SAYS && j->left_out) {
        return "retrieve";
    }
    if (key == EXPECT_TICKET && (j->missed >> EXPECT_ESCALATION & 1) != 0) {
        return "decide";
    }
    return STAGES[key];
}

static void take_miss(void *context, enum expect_key key, const char *wanted, const char *got) {
    struct judging *judging = context;
    struct report_miss miss = judging->miss;
    judging->missed |= 1u << key;
    miss.key = key;
    miss.stage = stage_of(judging, key, wanted);
    if (key == EXPECT_CITES && strcmp(miss.stage, "retrieve") == 0) {
        judging->left_out = true;
    }
    if (judging->code == ESI_OK) {
        judging->code = report_add_miss(judging->report, &miss, wanted, got, judging->err);
    }
}

static esi_err judge_turn(struct judging *judging, const struct scenario_turn *turn,
                          const esi_reply *reply) {
    judging->miss.part++;
    judging->miss.message = turn->message;
    judging->miss.reply = reply;
    judging->given = turn->expect.given;
    judging->missed = 0;
    judging->left_out = false;
    for (size_t key = 0; key < EXPECT_KEYS; key++) {
        judging->report->asked[key] += expect_count(&turn->expect, (enum expect_key)key);
    }
    const esi_err code = expect_judge(&turn->expect, reply, take_miss, judging, judging->err);
    return code == ESI_OK ? judging->code : code;
}

static esi_err judge_scenario(struct report *report, size_t item, const struct scenario *scenario,
                              const struct eval_chat_result *result, esi_error *err) {
    struct judging judging = {.report = report, .miss = {.item = item}, .err = err};
    report->items[item].id = scenario->id;
    report->items[item].group = scenario->turn_count > 1;
    esi_err code = ESI_OK;
    for (size_t i = 0; code == ESI_OK && i < scenario->turn_count; i++) {
        code = judge_turn(&judging, &scenario->turns[i], result->replies[i]);
    }
    if (code != ESI_OK || !result->differs) {
        return code;
    }
    const struct report_split split = {.item = item,
                                       .part = result->turn + 1,
                                       .message = scenario->turns[result->turn].message,
                                       .what = result->what};
    return report_add_split(report, &split, result->one.data, result->other.data, err);
}

esi_err eval_chat_judge(const struct scenario_set *set, const struct eval_chat_result *results,
                        struct report *out, esi_error *err) {
    struct report report;
    esi_err code = report_init(&report, &eval_chat_kind, set->count, err);
    if (code != ESI_OK) {
        return code;
    }
    for (size_t i = 0; code == ESI_OK && i < set->count; i++) {
        code = judge_scenario(&report, i, set->items[i], &results[i], err);
    }
    if (code == ESI_OK) {
        *out = report;
    } else {
        report_clear(&report);
    }
    return code;
}
