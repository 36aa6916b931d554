/* turn_explain_answer.c: what was found, what followed from it, and what was said. */
#include <string.h>

#include "desk/turn_explain.h"

/* ---- retrieve -------------------------------------------------------------------------------- */

/* The words of the question that a section has, or those that it lacks. */
static void list_words(const struct index_query *query, uint64_t matched, bool has,
                       const char *before, struct pen *out) {
    out->items = 0;
    for (size_t i = 0; i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        if (!term->stopword && !term->spare && (matched >> i & 1) == (has ? 1u : 0u)) {
            pen_item(out, before, term->form);
        }
    }
}

static void explain_words(struct turn *turn) {
    const struct index_query *query = &turn->found.query;
    struct pen unknown = {0};
    struct pen mended = {0};
    for (size_t i = 0; i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        if (!term->known && !term->stopword && !term->spare) {
            pen_item(&unknown, "no section knows: ", term->form);
        }
        if (term->corrected) {
            pen_item(&mended, "spelling mended: ", term->form);
            pen_add(&mended, " as %.*s", (int)term->used.n, term->used.p);
        }
    }
    if (unknown.n > 0) {
        turn_explain(turn, "retrieve", "%s", unknown.text);
    }
    if (mended.n > 0) {
        turn_explain(turn, "retrieve", "%s", mended.text);
    }
}

static void explain_hit(struct turn *turn, size_t at) {
    const struct index *index = turn->snapshot->index;
    const struct fused *hit = &turn->found.hits[at];
    const struct view id =
        index_document_at(index, index_section_document(index, hit->hit.section)).id;
    const struct view heading = index_section_heading(index, hit->hit.section);
    const bool carries = at < 64 && (turn->coverage.carriers >> at & 1);
    struct pen line = {0};
    pen_add(&line, "%.2f %.*s#%.*s", (double)hit->score, (int)id.n, id.p, (int)heading.n,
            heading.p);
    if (at < COVERAGE_TOLD) {
        pen_add(&line, ", evidence %.2f", (double)turn->coverage.evidence[at]);
    }
    pen_add(&line, "%s", carries ? ", carries the answer" : "");
    list_words(&turn->found.query, hit->hit.matched, true, "; has ", &line);
    list_words(&turn->found.query, hit->hit.matched, false, "; lacks ", &line);
    turn_explain(turn, "retrieve", "%s", line.text);
}

static void explain_coverage(struct turn *turn) {
    const struct coverage *c = &turn->coverage;
    turn_explain(turn, "retrieve", "coverage %s: %s (evidence %.2f, needed %.2f)%s%.*s%s",
                 esi_coverage_name(c->outcome), c->why, c->confidence, (double)c->needed,
                 c->missing.n > 0 ? "; nothing is known of \"" : "", (int)c->missing.n,
                 c->missing.p ? c->missing.p : "", c->missing.n > 0 ? "\"" : "");
}

void explain_retrieve(const esi_desk *desk, struct turn *turn) {
    (void)desk;
    if (!turn_wants_knowledge(turn)) {
        turn_explain(turn, "retrieve", "nothing is looked up");
        return;
    }
    if (turn->reading.place != ISSUE_PLACE_OPEN) {
        turn_explain(turn, "retrieve", "by what was found of it the message %s issue %d",
                     turn->step == ISSUE_OPENED ? "stands alone and opens" : "goes on with",
                     (int)turn_issue(turn)->number);
    }
    const bool whole = turn->step == ISSUE_CONTINUED && turn_issue(turn)->query.n > 0;
    turn_explain(turn, "retrieve", "looked up with %s",
                 whole ? "all that was said of the issue" : "the message");
    explain_words(turn);
    /* The best, and those further back that carry the answer. */
    for (size_t i = 0; i < turn->found.hit_count; i++) {
        if (i < COVERAGE_TOLD || (i < 64 && (turn->coverage.carriers >> i & 1))) {
            explain_hit(turn, i);
        }
    }
    for (size_t i = 0; i < turn->passage_count; i++) {
        const struct passage *p = &turn->passages[i];
        if (p->referred) {
            turn_explain(turn, "retrieve", "%.*s#%.*s comes along by a reference",
                         (int)p->document_id.n, p->document_id.p, (int)p->heading.n, p->heading.p);
        }
    }
    explain_coverage(turn);
}

/* ---- decide ---------------------------------------------------------------------------------- */

static void explain_rivals(struct turn *turn) {
    for (size_t i = 0; i < turn->passage_count; i++) {
        const struct passage *p = &turn->passages[i];
        if (p->outranked) {
            turn_explain(turn, "decide", "%.*s#%.*s is outranked by %.*s (%.*s)%s",
                         (int)p->document_id.n, p->document_id.p, (int)p->heading.n, p->heading.p,
                         (int)p->outranked_by.n, p->outranked_by.p, (int)p->outranked_why.n,
                         p->outranked_why.p, p->named ? "; named, so that both are cited" : "");
        }
    }
}

/* What a rule of the policy asks for at least. */
static void explain_rule(const esi_desk *desk, struct turn *turn, struct view rule) {
    const struct view prefix = VIEW("policy:");
    const struct view id =
        view_starts(rule, prefix) ? view_slice(rule, prefix.n, rule.n) : (struct view){0};
    for (size_t i = 0; i < desk->policy->triage_count; i++) {
        const struct policy_triage *t = &desk->policy->triage[i];
        if (view_eq(view_of(t->id), id)) {
            turn_explain(turn, "decide", "policy:%s: at least %s, %s%s", t->id,
                         esi_tier_name(t->tier), esi_severity_name(t->severity),
                         t->escalate ? ", escalated" : "");
            return;
        }
    }
    turn_explain(turn, "decide", "%.*s", (int)rule.n, rule.p);
}

static void explain_sections(struct turn *turn) {
    static const char *const names[] = {
        [SECTION_NONE] = "isn't used",
        [SECTION_OTHER] = "says something, but doesn't handle this",
        [SECTION_WITH] = "belongs to the one that handles this",
        [SECTION_MAIN] = "handles this",
    };
    for (size_t i = 0; turn->reasons->uses && i < turn->passage_count; i++) {
        const struct passage *p = &turn->passages[i];
        const enum section_use use = turn->reasons->uses[i];
        if (p->carries || use != SECTION_NONE) {
            turn_explain(turn, "decide", "%.*s#%.*s %s", (int)p->document_id.n, p->document_id.p,
                         (int)p->heading.n, p->heading.p, names[use]);
        }
    }
}

/* What a WHEN makes the desk do. */
static void add_actions(const struct note_item *item, struct pen *out) {
    const struct {
        uint32_t action;
        const char *name;
    } actions[] = {
        {NOTE_ESCALATE, "escalate"},
        {NOTE_SET_TIER, esi_tier_name(item->tier)},
        {NOTE_SET_SEVERITY, esi_severity_name(item->severity)},
        {NOTE_TICKET, "ticket"},
        {NOTE_NO_ESCALATE, "don't escalate"},
    };
    out->items = 0;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (item->actions & actions[i].action) {
            pen_item(out, " -> ", view_of(actions[i].name));
        }
    }
}

static void explain_conditions(struct turn *turn) {
    static const char *const states[] = {
        [CONDITION_MET] = "met",
        [CONDITION_CONTRADICTED] = "contradicted",
        [CONDITION_OPEN] = "open",
        [CONDITION_LATER] = "not yet: tries that weren't made",
    };
    for (size_t i = 0; i < turn->reasons->count; i++) {
        const struct decide_reason *r = &turn->reasons->items[i];
        struct pen line = {0};
        pen_add(&line, "%.*s:%d: %s%.*s", (int)r->passage->document_id.n, r->passage->document_id.p,
                (int)r->item->line, r->item->condition.n > 0 ? "if " : "always",
                (int)r->item->condition.n, r->item->condition.p ? r->item->condition.p : "");
        add_actions(r->item, &line);
        turn_explain(turn, "decide", "%s: %s", line.text, states[r->state]);
    }
    if (turn->reasons->tries > 0) {
        turn_explain(turn, "decide", "failed tries: %d of %d allowed", (int)turn->reasons->tries,
                     (int)turn->reasons->tries_allowed);
    }
}

void explain_decide(const esi_desk *desk, struct turn *turn) {
    const struct decision *d = &turn->decision;
    explain_rivals(turn);
    explain_sections(turn);
    explain_conditions(turn);
    for (size_t i = 0; i < d->rule_count; i++) {
        explain_rule(desk, turn, d->rules[i]);
    }
    if (d->open_condition) {
        turn_explain(turn, "decide", "open, so that it is asked: %.*s",
                     (int)d->open_condition->condition.n, d->open_condition->condition.p);
    }
    turn_explain(turn, "decide", "category %.*s, %s, %s, %s", (int)d->category.n, d->category.p,
                 esi_tier_name(d->tier), esi_severity_name(d->severity),
                 d->escalate ? "escalated"
                 : d->ticket ? "a ticket, not escalated"
                             : "not escalated");
}

/* ---- compose, answer, settle, record --------------------------------------------------------- */

/* How many parts of each kind of a section's note are in the answer. */
static void explain_parts(struct turn *turn, const struct passage *p, bool cited) {
    struct pen line = {0};
    pen_add(&line, "from %.*s#%.*s%s", (int)p->document_id.n, p->document_id.p, (int)p->heading.n,
            p->heading.p, cited ? "" : " (not cited)");
    for (int kind = NOTE_SYMPTOM; kind <= NOTE_REFER; kind++) {
        size_t count = 0;
        for (size_t i = 0; i < p->note.count; i++) {
            const struct note_item *item = &p->note.items[i];
            count += (int)item->kind == kind && item->text.n > 0 &&
                     view_find(turn->composed.answer, item->text, 0) != SIZE_MAX;
        }
        if (count > 0) {
            pen_add(&line, "%s%s (%zu)", line.items++ == 0 ? ": " : ", ",
                    note_kind_name((enum note_kind)kind), count);
        }
    }
    if (cited || line.items > 0) {
        turn_explain(turn, "compose", "%s", line.text);
    }
}

void explain_compose(const esi_desk *desk, struct turn *turn) {
    (void)desk;
    const struct extract_out *c = &turn->composed;
    for (size_t i = 0; i < turn->passage_count; i++) {
        explain_parts(turn, &turn->passages[i], c->cites[i]);
    }
    for (size_t i = 0; i < c->question_count; i++) {
        turn_explain(turn, "compose", "asks: %.*s", (int)c->questions[i].n, c->questions[i].p);
    }
    turn_explain(turn, "compose", "steps: %zu, questions: %zu, details for a ticket: %zu%s",
                 c->step_count, c->question_count, c->detail_count,
                 turn->ask_model ? "; a model is asked to write it" : "");
}

void explain_answer(const esi_desk *desk, struct turn *turn) {
    (void)desk;
    const char *why = fallback_name(turn->fallback);
    turn_explain(turn, "answer", "written by %s%s%s", turn->model ? turn->model : "nobody",
                 why ? ", in place of a model: " : "", why ? why : "");
    for (size_t i = 0; i < turn->open_count; i++) {
        turn_explain(turn, "answer", "the model leaves open: %.*s", (int)turn->open[i].n,
                     turn->open[i].p);
    }
}

/* What a model thought of the case, and whether anything came of it. */
static void explain_advice(const esi_desk *desk, struct turn *turn) {
    const esi_advice *a = &turn->advice;
    struct pen line = {0};
    if (a->has_tier) {
        pen_item(&line, "the model would say ", view_of(esi_tier_name(a->tier)));
    }
    if (a->has_severity) {
        pen_item(&line, "the model would say ", view_of(esi_severity_name(a->severity)));
    }
    if (a->has_escalate) {
        pen_item(&line, "the model would say ",
                 a->escalate ? VIEW("escalated") : VIEW("not escalated"));
    }
    if (a->category) {
        pen_item(&line, "the model would say ", view_of(a->category));
    }
    if (line.n > 0) {
        turn_explain(turn, "settle", "%s: %s", line.text,
                     turn->raised                    ? "raised"
                     : desk->policy->model_may_raise ? "nothing to raise"
                                                     : "a model has no say");
    }
}

void explain_settle(const esi_desk *desk, struct turn *turn) {
    explain_advice(desk, turn);
    const struct policy_rule *rule = turn->answer_verdict.rule;
    if (turn->replaced && rule) {
        turn_explain(turn, "settle", "policy:%s raises to at least %s, %s", rule->id,
                     esi_tier_name(rule->tier), esi_severity_name(rule->severity));
    }
}

void explain_record(const esi_desk *desk, struct turn *turn) {
    (void)desk;
    turn_explain_last(turn, "record",
                      !turn->reply->reply.ticket_id ? "no ticket"
                      : turn->ticket_joined         ? "joins the ticket that is open for it"
                                                    : "opens a ticket");
}
