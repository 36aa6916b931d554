/* turn_ticket.c: the ticket with facts, not only a transcript. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define DETAILS_MAX 24
#define DESCRIPTION_MAX 16384

/* What the issue began with: "still the same" says nothing to who reads the ticket. */
static struct view what_it_is(struct turn *turn) {
    const struct issue *issue = turn_issue(turn);
    const bool goes_on = turn->step == ISSUE_CONTINUED && issue && issue->query.n > 0;
    return view_trim(goes_on ? issue->query : turn->masked);
}

/* What, where: the first sentence of what the person wrote, shortened, with the module. */
static esi_err summarise(struct turn *turn, const char **out) {
    struct view rest = what_it_is(turn);
    struct view sentence = rest;
    struct view first;
    if (text_sentence(&rest, &first) && text_count(view_trim(first)) >= 12) {
        sentence = view_trim(first);
    }
    const char *module = turn->request.module;
    const size_t tail = module ? text_count(view_of(module)) + 3 : 0;
    const bool with_module = module && *module && tail < ESI_SUMMARY_MAX_CHARS / 2;
    const size_t room = ESI_SUMMARY_MAX_CHARS - (with_module ? tail : 0);
    struct buf text;
    buf_init(&text, 4 * ESI_SUMMARY_MAX_CHARS + 16);
    if (text_count(sentence) > room) {
        buf_add(&text, view_trim(text_head(sentence, room - 1)));
        buf_str(&text, "\xe2\x80\xa6");
    } else {
        buf_add(&text, sentence);
    }
    for (size_t i = 0; i < text.n; i++) { /* one line */
        if (text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == '\t') {
            text.p[i] = ' ';
        }
    }
    if (with_module) {
        buf_printf(&text, " (%s)", module);
    }
    *out = text.failed ? NULL : arena_str(&turn->work, buf_view(&text));
    buf_clear(&text);
    return *out ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

static bool same_name(const esi_pair *details, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (view_eq_nocase(view_of(details[i].name), view_of(name))) {
            return true;
        }
    }
    return false;
}

/* "QUESTION => ANSWER", where the person answered one of ours; else what they stated by
 * themselves. */
static esi_err fill_fact(struct turn *turn, struct view fact, esi_pair *out) {
    const struct view arrow = VIEW(" => ");
    const size_t at = view_find(fact, arrow, 0);
    const struct view name =
        at == SIZE_MAX ? VIEW("Stated by the person") : view_slice(fact, 0, at);
    const size_t from = at == SIZE_MAX ? 0 : at + arrow.n;
    out->name = arena_str(&turn->work, name);
    out->value = arena_str(&turn->work, view_slice(fact, from, fact.n));
    return out->name && out->value ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

/* What the cited sections want captured, filled from what was said; then the facts themselves. */
static esi_err fill_details(struct turn *turn, esi_pairs *out) {
    const struct issue *issue = turn_issue(turn);
    esi_pair *details = ARENA_ARRAY(&turn->work, DETAILS_MAX, esi_pair);
    size_t count = 0;
    if (!details) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < turn->composed.detail_count && count < DETAILS_MAX; i++) {
        struct view value = {0};
        const struct view name = turn->composed.details[i].text;
        const bool known = extract_known(name, issue, turn->ask, &value);
        const char *text = arena_str(&turn->work, name);
        const char *said = known && value.n > 0 ? arena_str(&turn->work, value) : NULL;
        if (!text || (known && value.n > 0 && !said)) {
            return fail_memory(turn->err, ORIGIN);
        }
        if (!same_name(details, count, text)) {
            details[count++] = (esi_pair){text, said};
        }
    }
    for (size_t i = 0; issue && i < issue->fact_count && count < DETAILS_MAX; i++) {
        esi_err rc = fill_fact(turn, issue->facts[i], &details[count++]);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    *out = (esi_pairs){details, count};
    return ESI_OK;
}

static esi_err fill_attempts(struct turn *turn, esi_store_new_ticket *out) {
    const struct issue *issue = turn_issue(turn);
    const size_t count = issue ? issue->tried_count : 0;
    esi_store_attempt *attempts = ARENA_ARRAY(&turn->work, count, esi_store_attempt);
    if (!attempts) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        attempts[i] = (esi_store_attempt){.step = arena_str(&turn->work, issue->tried[i]),
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
        rc = summarise(turn, &t.summary);
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
