/* prompt_case.c: what is known of the case, what is to be asked, and what was decided. */
#include "base/error.h"
#include "base/token_count.h"
#include "core/phrase.h"
#include "core/prompt_parts.h"

#define ORIGIN "core/prompt"
#define LINE_CHARS 300

/* ---- the case -------------------------------------------------------------------------------- */

struct listing {
    struct prompting *p;
    struct buf *out;
    size_t left; /* tokens */
};

/* A line that there is no room for is left out. */
static void add_line(struct listing *l, const char *lead, struct view text, const char *link,
                     struct view more) {
    const size_t before = l->out->n;
    buf_str(l->out, lead);
    prompt_defuse_line(l->p, l->out, text, LINE_CHARS);
    if (more.n > 0) {
        buf_str(l->out, link);
        prompt_defuse_line(l->p, l->out, more, LINE_CHARS);
    }
    buf_char(l->out, '\n');
    const size_t cost = token_count(view_slice(buf_view(l->out), before, l->out->n));
    if (cost > l->left) {
        buf_cut(l->out, before);
    } else {
        l->left -= cost;
    }
}

static void add_one(struct listing *l, const char *lead, struct view text) {
    add_line(l, lead, text, "", (struct view){0});
}

/* "QUESTION => ANSWER" where the desk had asked. */
static void add_fact(struct listing *l, struct view fact) {
    const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
    if (at == SIZE_MAX) {
        add_one(l, "Said: ", fact);
    } else {
        add_line(l, "Asked: ", view_slice(fact, 0, at),
                 " Answer: ", view_slice(fact, at + sizeof(ISSUE_ANSWERED) - 1, fact.n));
    }
}

/* What this very message says needs no second telling. */
static bool is_news(const struct prompting *p, struct view text) {
    return text.n > 0 && view_find(p->in->question, text, 0) == SIZE_MAX;
}

static bool is_step_tried(const struct issue *issue, struct view step) {
    size_t i = 0;
    while (i < issue->tried_count && !view_eq(issue->tried[i], step)) {
        i++;
    }
    return i < issue->tried_count;
}

/* What it is about, in the words of the messages that told it. */
static void add_subject(struct listing *l, struct view query) {
    struct view line;
    while (view_line(&query, &line)) {
        if (is_news(l->p, view_trim(line))) {
            add_one(l, "About: ", line);
        }
    }
}

static void add_known(struct listing *l, const struct issue *issue) {
    add_subject(l, issue->query);
    for (size_t i = 0; i < issue->tried_count; i++) {
        add_one(l, "Tried, and it didn't help: ", issue->tried[i]);
    }
    if (issue->tried_all) {
        add_one(l, "All that was advised was tried.", (struct view){0});
    }
    for (size_t i = 0; i < issue->fact_count; i++) {
        if (is_news(l->p, issue->facts[i])) {
            add_fact(l, issue->facts[i]);
        }
    }
    if (issue->only_me) {
        add_one(l, "Nobody else is hit.", (struct view){0});
    }
    for (size_t i = 0; i < issue->step_count; i++) {
        if (!is_step_tried(issue, issue->steps[i])) {
            add_one(l, "Advised already: ", issue->steps[i]);
        }
    }
}

esi_err prompt_case(struct prompting *p, size_t tokens, struct buf *out) {
    const size_t before = out->n;
    prompt_open(p, out, "case", 0);
    const size_t empty = out->n;
    struct listing l = {.p = p, .out = out, .left = tokens};
    for (size_t i = 0; i < p->in->ask_count; i++) {
        add_one(&l, "To be asked: ", p->in->ask[i]);
    }
    if (p->in->issue) {
        add_known(&l, p->in->issue);
    }
    if (out->n == empty) {
        buf_cut(out, before);
    } else {
        prompt_close(p, out);
    }
    return out->failed ? fail_memory(p->err, ORIGIN) : ESI_OK;
}

/* ---- the decision ---------------------------------------------------------------------------- */

void prompt_decision(struct prompting *p, struct buf *out) {
    static const char *const teams[] = {"tier_0", "tier_1", "tier_2", "tier_3"};
    const struct decision *d = p->in->decision;
    if (!d) {
        return;
    }
    if (!d->ticket) {
        buf_str(out, "Decided: no ticket is opened and nobody is called. Promise neither.\n");
        return;
    }
    buf_str(out, "Decided: ");
    if (d->escalate) {
        const bool with_them = p->in->ticket_open && p->in->issue && p->in->issue->escalated;
        const char *team = teams[d->tier <= ESI_TIER_3 ? d->tier : ESI_TIER_3];
        buf_str(out, with_them ? "this is with " : "this is passed on to ");
        buf_add(out, phrase_of(p->in->policy, team));
        buf_str(out, with_them ? " already. " : ", and a person takes over. ");
    } else {
        buf_str(out, "nobody is called. ");
    }
    buf_str(out, p->in->ticket_open ? "What the person writes is added to their open ticket."
                                    : "A ticket is opened for it.");
    buf_str(out, d->severity >= ESI_SEVERITY_HIGH ? " It is urgent. Say so.\n" : " Say so.\n");
}
