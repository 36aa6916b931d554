/* turn_explain.c: the lines of a trace, and those of the stages that read the person; what was
 * found and said is told by turn_explain_answer.c. */
#include "desk/turn_explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/redact.h"

#define ORIGIN "desk/chat"
#define LINES_MAX 160

struct explanation {
    const esi_trace *lines[LINES_MAX];
    esi_trace last; /* behind the commit; its text is a constant */
    bool failed;
};

/* ---- lines ----------------------------------------------------------------------------------- */

esi_err turn_explain_begin(struct turn *turn) {
    if (!turn->request.explain) {
        return ESI_OK;
    }
    struct explanation *e = ARENA_NEW(&turn->reply->arena, struct explanation);
    if (!e) {
        return fail_memory(turn->err, ORIGIN);
    }
    turn->explanation = e;
    turn->reply->reply.trace = e->lines;
    return ESI_OK;
}

void turn_explain(struct turn *turn, const char *stage, const char *format, ...) {
    struct explanation *e = turn->explanation;
    esi_reply *reply = &turn->reply->reply;
    if (!e || e->failed || reply->trace_count + 1 >= LINES_MAX) {
        return; /* the last place is kept for turn_explain_last */
    }
    struct pen pen = {0};
    va_list list;
    va_start(list, format);
    (void)vsnprintf(pen.text, sizeof(pen.text), format, list);
    va_end(list);
    str_line(pen.text, sizeof(pen.text), pen.text);
    esi_trace *line = ARENA_NEW(&turn->reply->arena, esi_trace);
    const char *copy = arena_str(&turn->reply->arena, view_of(pen.text));
    e->failed = !line || !copy;
    if (!e->failed) {
        *line = (esi_trace){stage, copy};
        e->lines[reply->trace_count++] = line;
    }
}

void turn_explain_last(struct turn *turn, const char *stage, const char *text) {
    struct explanation *e = turn->explanation;
    esi_reply *reply = &turn->reply->reply;
    if (e) {
        e->last = (esi_trace){stage, text};
        e->lines[reply->trace_count++] = &e->last;
    }
}

esi_err turn_explain_check(const struct turn *turn) {
    return turn->explanation && turn->explanation->failed ? fail_memory(turn->err, ORIGIN) : ESI_OK;
}

void pen_add(struct pen *pen, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const int n = vsnprintf(pen->text + pen->n, sizeof(pen->text) - pen->n, format, list);
    va_end(list);
    if (n > 0) {
        const size_t room = sizeof(pen->text) - pen->n - 1;
        pen->n += (size_t)n < room ? (size_t)n : room;
    }
}

void pen_item(struct pen *pen, const char *before, struct view item) {
    pen_add(pen, "%s%.*s", pen->items++ == 0 ? before : ", ", (int)item.n, item.p ? item.p : "");
}

/* ---- the person ------------------------------------------------------------------------------ */

/* What a rule matched, as it was written but for secrets. */
static struct view masked_match(const esi_desk *desk, struct turn *turn, struct view match) {
    struct view masked = {0};
    if (redact_text(match, desk->policy->redact, &turn->work, &masked, NULL, NULL, NULL) !=
        ESI_OK) {
        turn->explanation->failed = true;
    }
    return masked;
}

void explain_screen(const esi_desk *desk, struct turn *turn) {
    static const char stage[] = "screen";
    const struct verdict *v = &turn->verdict;
    const char *role = esi_role_name(turn->role);
    if (!view_eq(turn->masked, turn->message)) {
        turn_explain(turn, stage, "secrets and personal data are masked");
    }
    if (!v->rule) {
        turn_explain(turn, stage, "no rule forbids it to this role (%s)", role);
        return;
    }
    struct pen matches = {0};
    for (size_t i = 0; i < v->match_count; i++) {
        pen_item(&matches, "", masked_match(desk, turn, v->matches[i]));
    }
    turn_explain(turn, stage, "policy:%s (%s) forbids it to this role (%s); seen in the %s: %s",
                 v->rule->id, v->rule->category, role, v->view ? v->view : "text", matches.text);
    if (turn->way == WAY_HELP) {
        turn_explain(turn, stage, "the rest is answered: %.*s", (int)turn->ask.n, turn->ask.p);
    } else {
        turn_explain(turn, stage, "refused as a whole; nothing is looked up");
    }
}

void explain_recall(const esi_desk *desk, struct turn *turn) {
    static const char stage[] = "recall";
    const struct issue_state *before = &turn->issues_before;
    (void)desk;
    if (turn->way == WAY_REPLAY) {
        turn_explain(turn, stage, "this request was answered before; its reply is given again");
        return;
    }
    if (turn->turns_before == 0) {
        turn_explain(turn, stage, "a new session");
        return;
    }
    turn_explain(turn, stage, "turn %lld of the session, open tickets: %zu%s",
                 (long long)turn->turns_before + 1, turn->open_ticket_count,
                 turn->asked ? "; the desk had asked something" : "");
    if (turn->verdict.rule && turn->before.n > 0) {
        turn_explain(turn, stage, "policy:%s (%s) forbids it, as it goes on with: %.*s",
                     turn->verdict.rule->id, turn->verdict.rule->category, (int)turn->before.n,
                     turn->before.p);
    }
    for (size_t i = 0; i < before->count; i++) {
        const struct issue *issue = &before->issues[i];
        turn_explain(turn, stage, "issue %d (%s%s): %.*s", (int)issue->number,
                     issue->phase == ISSUE_OPEN ? "open" : "closed",
                     issue->escalated ? ", escalated" : "", (int)issue->query.n, issue->query.p);
    }
}

static void list_signals(const struct policy *policy, uint64_t signals, struct pen *out) {
    for (size_t i = 0; i < policy->signal_count; i++) {
        if (signals >> i & 1) {
            pen_item(out, "; signals: ", view_of(policy->signals[i].id));
        }
    }
}

static void explain_reading(const esi_desk *desk, struct turn *turn) {
    const struct reading *r = &turn->reading;
    const struct {
        bool holds;
        const char *says;
    } signs[] = {
        {r->failed, "what was tried didn't help"},
        {r->solved, "it works now"},
        {r->affirmed, "yes"},
        {r->denied, "no"},
        {r->refers, "no topic of its own"},
        {r->other, "something else than before"},
        {r->wants_person, "wants a person"},
        {r->wants_no_ticket, "wants no ticket"},
        {r->only_me, "nobody else is hit"},
        {r->done_all, "tried everything"},
    };
    struct pen line = {0};
    pen_add(&line, "act: %s", esi_act_name(r->act));
    list_signals(desk->policy, r->signals, &line);
    line.items = 0;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (signs[i].holds) {
            pen_item(&line, "; says: ", view_of(signs[i].says));
        }
    }
    turn_explain(turn, "understand", "%s", line.text);
    struct pen done = {0};
    for (size_t i = 0; i < r->done_count; i++) {
        pen_item(&done, "done already: ", r->done[i]);
    }
    if (done.n > 0) {
        turn_explain(turn, "understand", "%s", done.text);
    }
}

void explain_understand(const esi_desk *desk, struct turn *turn) {
    static const char stage[] = "understand";
    const struct issue *issue = turn_issue(turn);
    explain_reading(desk, turn);
    if (turn->way == WAY_REFUSE || !issue || turn->step == ISSUE_NONE) {
        turn_explain(turn, stage, "no issue");
        return;
    }
    const char *does = turn->step == ISSUE_OPENED   ? "opens"
                       : turn->step == ISSUE_CLOSES ? "closes"
                                                    : "goes on with";
    turn_explain(turn, stage, "%s issue %d: %.*s", does, (int)issue->number, (int)issue->query.n,
                 issue->query.p);
    if (issue->failed_tries > 0) {
        turn_explain(turn, stage, "failed tries so far: %d%s", (int)issue->failed_tries,
                     issue->tried_all ? ", and everything was tried" : "");
    }
}
