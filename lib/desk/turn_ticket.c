/* turn_ticket.c: the ticket with facts, not only a transcript. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "core/fact.h"
#include "core/headline.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define DETAILS_MAX 24
#define DESCRIPTION_MAX 16384
#define MARKS_MAX 60 /* characters of where and who in a summary */
#define MARKS_BYTES 2048

/* What the issue began with: "still the same" says nothing to who reads the ticket. */
static struct view what_it_is(struct turn *turn) {
    const struct issue *issue = turn_issue(turn);
    const bool goes_on = turn->step == ISSUE_CONTINUED && issue && issue->query.n > 0;
    struct view query = goes_on ? issue->query : (struct view){0};
    struct view first;
    return goes_on && view_line(&query, &first) ? view_trim(first) : view_trim(turn->masked);
}

static void add_mark(struct buf *marks, struct view mark) {
    if (mark.n > 0) {
        buf_str(marks, marks->n > 0 ? "; " : "");
        buf_add(marks, mark);
    }
}

/* Where, and who is hit: "lab-7; seat B12; several people". */
static esi_err mark_summary(esi_desk *desk, struct turn *turn, struct view headline,
                            struct buf *marks) {
    const struct issue *issue = turn_issue(turn);
    add_mark(marks, view_of(turn->request.module));
    for (size_t i = 0; issue && i < issue->fact_count && marks->n < MARKS_MAX / 2; i++) {
        struct fact fact;
        const esi_err rc = fact_read(issue->facts[i], &turn->work, &fact, turn->err);
        if (rc != ESI_OK) {
            return rc;
        }
        if (fact.place && view_find(headline, fact.value, 0) == SIZE_MAX) {
            add_mark(marks, fact.name);
            buf_char(marks, ' ');
            buf_add(marks, fact.value);
        }
    }
    const uint64_t signals = issue && turn->decision.kind ? issue->signals : 0;
    for (size_t i = 0; i < desk->policy->signal_count; i++) {
        if (signals & UINT64_C(1) << i) {
            add_mark(marks, view_of(desk->policy->signals[i].label));
        }
    }
    return marks->failed ? fail_memory(turn->err, ORIGIN) : ESI_OK;
}

/* The first characters of a text, a whole number of words where it has several. */
static struct view cut_words(struct view text, size_t characters) {
    const struct view head = text_head(text, characters);
    size_t end = head.n;
    while (end > head.n / 2 && head.n < text.n && text.p[end] != ' ') {
        end--;
    }
    return view_trim(end > head.n / 2 ? view_slice(head, 0, end) : head);
}

static esi_err write_summary(struct turn *turn, struct view headline, struct view marks,
                             const char **out) {
    const size_t tail = marks.n > 0 ? text_count(marks) + 3 : 0;
    const size_t room = ESI_SUMMARY_MAX_CHARS - tail;
    struct buf text;
    buf_init(&text, 4 * ESI_SUMMARY_MAX_CHARS + 16);
    if (text_count(headline) > room) {
        buf_add(&text, cut_words(headline, room - 1));
        buf_str(&text, "\xe2\x80\xa6");
    } else {
        buf_add(&text, headline);
    }
    if (marks.n > 0) {
        buf_printf(&text, " (%.*s)", (int)marks.n, marks.p);
    }
    for (size_t i = 0; i < text.n; i++) { /* one line */
        if (text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == '\t') {
            text.p[i] = ' ';
        }
    }
    *out = text.failed ? NULL : arena_str(&turn->work, buf_view(&text));
    buf_clear(&text);
    return *out ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

/* What, where, who is hit, in one line. */
static esi_err summarise(esi_desk *desk, struct turn *turn, const char **out) {
    struct view headline;
    struct buf marks;
    buf_init(&marks, MARKS_BYTES);
    esi_err rc = headline_find(what_it_is(turn), &turn->work, &headline, turn->err);
    if (rc == ESI_OK) {
        rc = mark_summary(desk, turn, headline, &marks);
    }
    if (rc == ESI_OK) {
        rc = write_summary(turn, headline, cut_words(buf_view(&marks), MARKS_MAX), out);
    }
    buf_clear(&marks);
    return rc;
}

static bool same_name(const esi_pair *details, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (view_eq_nocase(view_of(details[i].name), view_of(name))) {
            return true;
        }
    }
    return false;
}

struct details {
    struct turn *turn;
    esi_pair items[DETAILS_MAX];
    size_t count;
};

/* Sets a value, or adds it to those that are there under that name. */
static esi_err put_detail(struct details *d, struct view name, struct view value) {
    esi_arena *arena = &d->turn->work;
    esi_pair *item = NULL;
    for (size_t i = 0; i < d->count; i++) {
        if (view_eq_nocase(view_of(d->items[i].name), name)) {
            item = &d->items[i];
        } else if (value.n > 0 && d->items[i].value &&
                   view_find(view_of(d->items[i].value), value, 0) != SIZE_MAX) {
            return ESI_OK; /* said under another name */
        }
    }
    if (!item && d->count == DETAILS_MAX) {
        return ESI_OK;
    }
    if (!item) {
        item = &d->items[d->count++];
        *item = (esi_pair){arena_str(arena, name), NULL};
    }
    const bool known = item->value && view_find(view_of(item->value), value, 0) != SIZE_MAX;
    if (value.n > 0 && !known) {
        item->value = item->value
                          ? arena_printf(arena, "%s, %.*s", item->value, (int)value.n, value.p)
                          : arena_str(arena, value);
    }
    return item->name && (item->value || value.n == 0) ? ESI_OK : fail_memory(d->turn->err, ORIGIN);
}

/* What the cited sections want captured, filled from what was said. */
static esi_err put_wanted(struct details *d) {
    struct turn *turn = d->turn;
    esi_err rc = ESI_OK;
    for (size_t i = 0; i < turn->composed.detail_count && rc == ESI_OK; i++) {
        const struct view wanted = turn->composed.details[i].text;
        struct view value = {0};
        struct view name;
        if (!extract_known(wanted, turn_issue(turn), turn->ask, &value)) {
            value = (struct view){0};
        }
        rc = fact_name(wanted, &turn->work, &name, turn->err);
        if (rc == ESI_OK) {
            rc = put_detail(d, name, value);
        }
    }
    return rc;
}

static esi_err fill_details(struct turn *turn, esi_pairs *out) {
    const struct issue *issue = turn_issue(turn);
    struct details *d = ARENA_ARRAY(&turn->work, 1, struct details);
    if (!d) {
        return fail_memory(turn->err, ORIGIN);
    }
    d->turn = turn;
    esi_err rc = put_wanted(d);
    for (size_t i = 0; rc == ESI_OK && issue && i < issue->fact_count; i++) {
        struct fact fact;
        rc = fact_read(issue->facts[i], &turn->work, &fact, turn->err);
        if (rc == ESI_OK) {
            rc = put_detail(d, fact.name, fact.value);
        }
    }
    *out = (esi_pairs){d->items, d->count};
    return rc;
}

/* How many of the issue's tries its ticket has already. */
static size_t tries_told(const struct turn *turn, const struct issue *issue) {
    for (size_t i = 0; i < turn->issues_before.count; i++) {
        const struct issue *before = &turn->issues_before.issues[i];
        if (before->number == issue->number && before->escalated) {
            return before->tried_count < issue->tried_count ? before->tried_count
                                                            : issue->tried_count;
        }
    }
    return 0;
}

static esi_err fill_attempts(struct turn *turn, esi_store_new_ticket *out) {
    const struct issue *issue = turn_issue(turn);
    const size_t told = issue ? tries_told(turn, issue) : 0;
    const size_t count = issue ? issue->tried_count - told : 0;
    esi_store_attempt *attempts = ARENA_ARRAY(&turn->work, count, esi_store_attempt);
    if (!attempts) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        attempts[i] = (esi_store_attempt){.step = arena_str(&turn->work, issue->tried[told + i]),
                                          .at_ms = turn->now_ms};
        if (!attempts[i].step) {
            return fail_memory(turn->err, ORIGIN);
        }
    }
    out->attempts = attempts;
    out->attempt_count = count;
    return ESI_OK;
}

static esi_err fill_references(struct turn *turn, esi_pairs *out) {
    esi_pair *pairs = ARENA_ARRAY(&turn->work, turn->passage_count, esi_pair);
    size_t count = 0;
    if (!pairs) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < turn->passage_count; i++) {
        if (!turn->cites[i]) {
            continue;
        }
        const esi_pair pair = {arena_str(&turn->work, turn->passages[i].document_id),
                               arena_str(&turn->work, turn->passages[i].title)};
        if (!pair.name || !pair.value) {
            return fail_memory(turn->err, ORIGIN);
        }
        if (!same_name(pairs, count, pair.name)) {
            pairs[count++] = pair;
        }
    }
    *out = (esi_pairs){pairs, count};
    return ESI_OK;
}

static esi_err fill_rules(struct turn *turn, esi_strings *out) {
    const struct decision *d = &turn->decision;
    bool fits = export_list(&turn->work, d->rules, d->rule_count, &out->items);
    out->count = d->rule_count;
    return fits ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

esi_err turn_draft_ticket(esi_desk *desk, struct turn *turn, esi_store_new_ticket *out) {
    const struct decision *d = &turn->decision;
    const bool guardrail = turn->verdict.kind != VERDICT_PASS;
    esi_store_new_ticket t = {.id = turn->ticket_made,
                              .session_id = turn->session_id,
                              .user_id = turn->request.user_id,
                              .user_role = esi_role_name(turn->role),
                              .kind = d->kind,
                              .module = turn->request.module,
                              .tier = d->tier,
                              .severity = d->severity,
                              .confidence = turn->coverage.confidence,
                              .context = {turn->request.context, turn->request.context_count},
                              .now_ms = turn->now_ms};
    if (guardrail && turn->request.user_id && desk->policy->join_minutes > 0) {
        t.join_user_since_ms = turn->now_ms - desk->policy->join_minutes * INT64_C(60000);
    }
    t.category = arena_str(&turn->work, d->category.n > 0 ? d->category : VIEW("general"));
    t.description = arena_str(&turn->work, view_slice(turn->masked, 0, DESCRIPTION_MAX));
    esi_err rc = t.category && t.description ? ESI_OK : fail_memory(turn->err, ORIGIN);
    if (rc == ESI_OK) {
        rc = summarise(desk, turn, &t.summary);
    }
    if (rc == ESI_OK) {
        rc = fill_details(turn, &t.details);
    }
    if (rc == ESI_OK) {
        rc = fill_attempts(turn, &t);
    }
    if (rc == ESI_OK) {
        rc = fill_references(turn, &t.references);
    }
    if (rc == ESI_OK) {
        rc = fill_rules(turn, &t.rules);
    }
    if (rc == ESI_OK) {
        *out = t;
    }
    return rc;
}
