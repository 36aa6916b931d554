#include "core/heard.h"

#include <string.h>

#include "base/error.h"
#include "core/clause.h"

static const char *const origin = "core/heard";

#define CONDITION_SHARE 0.6 /* share of a condition's words that must have been said */
#define CONDITION_LEAST 1.5 /* weight below which a condition's words tell nothing */
#define SYMPTOM_SHARE 0.3

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
        if (!c->supposes) {
            code = add_line(heard, line, err);
        }
        if (code == ESI_OK && c->trouble) {
            code = join_words(line, &heard->report, heard->arena, err);
        }
    }
    return code;
}

/* Of "QUESTION => ANSWER" the answer: the question is in our words. */
static struct view said_part(struct view fact) {
    const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
    return at == SIZE_MAX ? fact : view_slice(fact, at + sizeof(ISSUE_ANSWERED) - 1, fact.n);
}

bool heard_can_ask(const struct note_item *item) {
    struct view rest = item->condition;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        char folded[24];
        if (word.n >= sizeof(folded)) {
            continue;
        }
        for (size_t i = 0; i < word.n; i++) {
            const char c = word.p[i];
            folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        const struct cue_word desk = {.form = {folded, word.n}};
        if (cues_in(&desk, "tier severity ticket tickets escalated escalation knowledge-base "
                           "assistant desk documented")) {
            return false;
        }
    }
    return true;
}

/* 1: the words say yes; -1: no; 0: neither. */
static int yes_or_no(const struct heard *heard, struct view said) {
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
    const struct view said = said_part(fact);
    const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
    const int answer = at == SIZE_MAX ? 0 : yes_or_no(heard, said);
    esi_err code = add_line(heard, said, err);
    if (code != ESI_OK || answer == 0 || heard->line_count == HEARD_LINES_MAX) {
        return code;
    }
    struct heard_line *line = &heard->lines[heard->line_count];
    line->text = view_slice(fact, 0, at);
    code = stems_read(line->text, heard->arena, &line->stems, err);
    if (code == ESI_OK) {
        line->stems.denies ^= answer < 0;
        line->decided = true;
        heard->line_count++;
    }
    return code;
}

static esi_err read_tried(struct heard *heard, esi_error *err) {
    const struct issue *issue = heard->issue;
    heard->tried = ARENA_ARRAY(heard->arena, ISSUE_STEPS_MAX, struct step_words);
    if (!heard->tried) {
        return fail_memory(err, origin);
    }
    esi_err code = ESI_OK;
    for (size_t i = 0; issue && i < issue->tried_count && code == ESI_OK; i++) {
        if (heard->tried_count < ISSUE_STEPS_MAX) {
            code =
                step_read(issue->tried[i], heard->arena, &heard->tried[heard->tried_count++], err);
        }
    }
    return code;
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
    /* a failed try is no part of the query that the issue is looked up with, and is heard */
    const struct view said = message.n > 0 || !reading->failed ? message : reading->message;
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

/* ---- conditions ------------------------------------------------------------------------------ */

/* "If", "when" and the like lead a condition in. */
static struct view bare_condition(struct view condition) {
    static const char *const leads[] = {"if ",   "when ",       "whenever ", "where ", "in case ",
                                        "once ", "as soon as ", "should ",   "unless "};
    struct view bare = view_trim(condition);
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct view lead = view_of(leads[i]);
        if (bare.n > lead.n && view_eq_nocase(view_slice(bare, 0, lead.n), lead)) {
            bare = view_slice(bare, lead.n, bare.n);
            break;
        }
    }
    while (bare.n > 0 && strchr(".:;,", bare.p[bare.n - 1])) {
        bare.n--;
    }
    return view_trim(bare);
}

static bool is_clause(struct view text, esi_arena *arena) {
    struct cue_text words;
    esi_error ignored;
    if (cues_read(text, arena, &words, &ignored) != ESI_OK) {
        return false;
    }
    for (size_t i = 1; i < words.count; i++) {
        const uint64_t cues = words.words[i].cues;
        const struct view before = words.words[i - 1].form;
        const bool plural = (cues & CUE_VERB) && view_ends(before, VIEW("s")) &&
                            !(words.words[i - 1].cues & (CUE_DET | CUE_PREP));
        if (plural || (cues & (CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_S | CUE_ED))) {
            return true;
        }
    }
    return words.count > 1 && (words.words[0].cues & (CUE_SUBJ | CUE_SELF | CUE_OTHERS));
}

struct view heard_question(const struct note_item *item, esi_arena *arena) {
    const struct view condition = bare_condition(item->condition);
    if (condition.n == 0) {
        return (struct view){0};
    }
    if (item->several_people) {
        return VIEW("Are others seeing this too?");
    }
    const int n = (int)condition.n;
    char *question = is_clause(condition, arena)
                         ? arena_printf(arena, "Can you tell me whether %.*s?", n, condition.p)
                         : arena_printf(arena, "Does this apply to you: %.*s?", n, condition.p);
    return view_of(question);
}

/* The answer to a question of ours: 1 yes, -1 no, 0 neither. */
static int answer_to(const struct heard *heard, struct view question) {
    const struct view asked = text_head(question, ISSUE_TEXT_MAX / 8);
    for (size_t i = 0; heard->issue && i < heard->issue->fact_count; i++) {
        const struct view fact = heard->issue->facts[i];
        if (!view_starts(fact, asked) || asked.n == 0 ||
            view_find(fact, VIEW(ISSUE_ANSWERED), 0) != asked.n) {
            continue;
        }
        return yes_or_no(heard, said_part(fact));
    }
    return 0;
}

static esi_err all_tried(const struct heard *heard, const struct note *note, bool *out,
                         esi_error *err) {
    bool all = heard->issue && heard->issue->tried_all;
    size_t steps = 0;
    size_t tried = 0;
    for (size_t i = 0; note && !all && i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        if (item->kind != NOTE_STEP || !heard_role(item->roles, heard->role)) {
            continue;
        }
        bool done = false;
        const esi_err code = heard_tried(heard, item->text, &done, err);
        if (code != ESI_OK) {
            return code;
        }
        steps++;
        tried += done;
    }
    const bool failed = heard->issue && heard->issue->failed_tries > 0;
    *out = all || (failed && steps > 0 && tried == steps);
    return ESI_OK;
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

/* Sets *out where a condition speaks of signals: were all of them read in the user's words? */
static esi_err signals_said(const struct heard *heard, struct view condition, bool *out,
                            esi_error *err) {
    struct text_folded folded;
    uint64_t asked = 0;
    esi_err code = text_fold(condition, heard->arena, &folded, err);
    if (code == ESI_OK) {
        code = policy_signals(heard->policy, (struct view){folded.p, folded.n}, &asked, err);
    }
    if (code == ESI_OK) {
        const uint64_t said = (heard->issue ? heard->issue->signals : 0) | heard->reading->signals;
        asked &= telling_signals(heard->policy);
        *out = asked != 0 && (said & asked) == asked;
    }
    return code;
}

static esi_err several_people(const struct heard *heard, const struct note_item *item,
                              enum condition_state *out, esi_error *err) {
    bool said = false;
    const esi_err code = signals_said(heard, item->condition, &said, err);
    if (code == ESI_OK) {
        const bool alone = heard->reading->only_me || (heard->issue && heard->issue->only_me);
        *out = said ? CONDITION_MET : alone ? CONDITION_CONTRADICTED : CONDITION_OPEN;
    }
    return code;
}

/* Compares the condition's words with each thing said, and with all of it together. */
static enum condition_state compare(const struct heard *heard, const struct stems *condition) {
    double most = 0;
    const struct heard_line *nearest = NULL;
    if (stems_common(condition, condition) < CONDITION_LEAST) {
        return CONDITION_OPEN; /* "it comes back": nothing that could have been said */
    }
    for (size_t i = 0; i < heard->line_count; i++) {
        const struct heard_line *line = &heard->lines[i];
        const double share = stems_share(condition, &line->stems);
        if (share > most || (share == most && share > 0 && line->decided)) {
            most = share;
            nearest = line;
        }
    }
    if (nearest && most >= CONDITION_SHARE) {
        return nearest->stems.denies == condition->denies ? CONDITION_MET : CONDITION_CONTRADICTED;
    }
    return stems_share(condition, &heard->all) >= 0.85 ? CONDITION_MET : CONDITION_OPEN;
}

static esi_err by_words(const struct heard *heard, const struct note_item *item,
                        enum condition_state *out, esi_error *err) {
    const struct view condition = bare_condition(item->condition);
    struct stems stems;
    bool said = false;
    esi_err code = stems_read(condition, heard->arena, &stems, err);
    if (code == ESI_OK) {
        code = signals_said(heard, condition, &said, err);
    }
    if (code == ESI_OK) {
        const enum condition_state state = compare(heard, &stems);
        *out = state == CONDITION_OPEN && said ? CONDITION_MET : state;
    }
    return code;
}

bool heard_supposes_try(const struct note_item *item) {
    struct view rest = bare_condition(item->condition);
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        const bool repeated = view_starts(view_trim(rest), VIEW("and ")); /* "again and again" */
        if (view_eq_nocase(word, VIEW("still")) || view_eq_nocase(word, VIEW("persists")) ||
            (view_eq_nocase(word, VIEW("again")) && !repeated)) {
            return true;
        }
    }
    return false;
}

static bool was_tried(const struct heard *heard) {
    const struct issue *issue = heard->issue;
    return heard->reading->failed ||
           (issue && (issue->failed_tries > 0 || issue->tried_count > 0 || issue->tried_all));
}

static esi_err condition_state(const struct heard *heard, const struct note *note,
                               const struct note_item *item, enum condition_state *out,
                               esi_error *err) {
    if (item->all_tried) {
        bool all = false;
        const esi_err code = all_tried(heard, note, &all, err);
        if (code == ESI_OK) {
            *out = all ? CONDITION_MET : CONDITION_LATER;
        }
        return code;
    }
    if (item->tries > 0) {
        const int32_t tries = heard->issue ? heard->issue->failed_tries : 0;
        *out = tries >= item->tries ? CONDITION_MET : CONDITION_LATER;
        return ESI_OK;
    }
    if (bare_condition(item->condition).n == 0) {
        *out = CONDITION_MET;
        return ESI_OK;
    }
    if (heard_supposes_try(item) && !was_tried(heard)) {
        *out = CONDITION_LATER;
        return ESI_OK;
    }
    const struct view question = heard_question(item, heard->arena);
    if (!question.p) {
        return fail_memory(err, origin);
    }
    const int answer = answer_to(heard, question);
    if (answer != 0) {
        *out = answer > 0 ? CONDITION_MET : CONDITION_CONTRADICTED;
        return ESI_OK;
    }
    return item->several_people ? several_people(heard, item, out, err)
                                : by_words(heard, item, out, err);
}

/* What a rule excepts counts where it is known to hold. */
static esi_err is_excepted(const struct heard *heard, const struct note *note,
                           const struct note_item *item, bool *out, esi_error *err) {
    enum condition_state state = CONDITION_OPEN;
    const struct note_item exception = {.kind = item->kind, .condition = item->exception};
    esi_err code = ESI_OK;
    if (item->exception.n > 0 && item->tries == 0 && !item->all_tried) {
        code = condition_state(heard, note, &exception, &state, err);
    }
    *out = state == CONDITION_MET;
    return code;
}

esi_err heard_condition(const struct heard *heard, const struct note *note,
                        const struct note_item *item, enum condition_state *out, esi_error *err) {
    enum condition_state state = CONDITION_OPEN;
    bool excepted = false;
    esi_err code = condition_state(heard, note, item, &state, err);
    if (code == ESI_OK) {
        code = is_excepted(heard, note, item, &excepted, err);
    }
    if (code == ESI_OK) {
        *out = excepted ? CONDITION_CONTRADICTED : state;
    }
    return code;
}

/* ---- the part of a section that is meant ----------------------------------------------------- */

/* The end of the group that begins with the symptom at `from`: symptoms and what follows them. */
static size_t group_end(const struct note *note, size_t from) {
    size_t i = from;
    while (i < note->count && note->items[i].kind == NOTE_SYMPTOM) {
        i++;
    }
    while (i < note->count && note->items[i].kind != NOTE_SYMPTOM) {
        i++;
    }
    return i;
}

static esi_err symptom_match(const struct heard *heard, const struct note *note, size_t from,
                             double *out, esi_error *err) {
    double most = 0;
    for (size_t i = from; i < note->count && note->items[i].kind == NOTE_SYMPTOM; i++) {
        struct stems stems;
        const esi_err code = stems_read(note->items[i].text, heard->arena, &stems, err);
        if (code != ESI_OK) {
            return code;
        }
        const double share = stems_share(&stems, &heard->all);
        const double weight = share * (1 + 0.1 * stems_common(&stems, &heard->all));
        most = weight > most ? weight : most;
    }
    *out = most;
    return ESI_OK;
}

esi_err heard_symptoms(const struct heard *heard, const struct note *note, double *out,
                       esi_error *err) {
    double most = 0;
    for (size_t i = 0; i < note->count; i++) {
        struct stems stems;
        if (note->items[i].kind != NOTE_SYMPTOM) {
            continue;
        }
        const esi_err code = stems_read(note->items[i].text, heard->arena, &stems, err);
        if (code != ESI_OK) {
            return code;
        }
        const double share = stems_share(&stems, &heard->all);
        most = share > most ? share : most;
    }
    *out = most;
    return ESI_OK;
}

/* Of a table or catalogue: the one case whose symptom was described. */
static esi_err focus_group(const struct heard *heard, const struct note *note, int32_t *best,
                           size_t *groups, esi_error *err) {
    double most = 0;
    int32_t last = 0;
    for (size_t i = 0; i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        struct stems stems;
        if (item->kind != NOTE_SYMPTOM || item->group == 0) {
            continue;
        }
        *groups += item->group != last;
        last = item->group;
        const esi_err code = stems_read(item->text, heard->arena, &stems, err);
        if (code != ESI_OK) {
            return code;
        }
        const double share = stems_share(&stems, &heard->all);
        const double weight = share * (1 + 0.1 * stems_common(&stems, &heard->all));
        if (share >= SYMPTOM_SHARE && weight > most) {
            most = weight;
            *best = item->group;
        }
    }
    return ESI_OK;
}

/* A referral may be noted apart from the case that it stands in. */
static int32_t group_of(const struct note *note, size_t at) {
    const struct note_item *item = &note->items[at];
    int32_t group = item->group;
    for (size_t i = 0; i < note->count && group == 0 && item->kind == NOTE_REFER; i++) {
        group = note->items[i].line == item->line ? note->items[i].group : 0;
    }
    return group;
}

static esi_err focus_symptom(const struct heard *heard, const struct note *note, bool *in,
                             esi_error *err) {
    size_t groups = 0;
    size_t best_from = 0;
    size_t best_to = note->count;
    size_t first = note->count;
    double most = 0;
    for (size_t i = 0; i < note->count;) {
        if (note->items[i].kind != NOTE_SYMPTOM) {
            i++;
            continue;
        }
        double match = 0;
        const esi_err code = symptom_match(heard, note, i, &match, err);
        if (code != ESI_OK) {
            return code;
        }
        first = groups == 0 ? i : first;
        groups++;
        if (match > most) {
            most = match;
            best_from = i;
            best_to = group_end(note, i);
        }
        i = group_end(note, i);
    }
    const bool narrow = groups > 1 && most >= SYMPTOM_SHARE;
    for (size_t i = 0; i < note->count; i++) {
        in[i] = !narrow || i < first || (i >= best_from && i < best_to);
    }
    return ESI_OK;
}

esi_err heard_focus(const struct heard *heard, const struct note *note, bool *in, esi_error *err) {
    int32_t best = 0;
    size_t groups = 0;
    const esi_err code = focus_group(heard, note, &best, &groups, err);
    if (code != ESI_OK || groups == 0) {
        return code != ESI_OK ? code : focus_symptom(heard, note, in, err);
    }
    for (size_t i = 0; i < note->count; i++) {
        const int32_t group = group_of(note, i);
        in[i] = groups < 2 || best == 0 || group == 0 || group == best;
    }
    return ESI_OK;
}
