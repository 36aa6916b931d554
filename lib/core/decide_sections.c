#include "base/error.h"
#include "base/text.h"
#include "core/decide_parts.h"

static const char *const origin = "core/decide";

#define SAME_CASE 0.6    /* share of a condition's words that another one has, too */
#define NEAR_SCORE 0.6   /* of the best section's score */
#define DESCRIBED 0.3    /* share of the words for a case that must have been said */
#define SUBJECT_MAX 2048 /* bytes of a section's headings and symptoms */

/* Of "Machines > Black console" the last part. */
static struct view last_heading(const struct passage *p) {
    struct view section = p->heading;
    for (size_t at = view_find(section, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(section, VIEW(" > "), 0)) {
        section = view_slice(section, at + 3, section.n);
    }
    return section;
}

static esi_err name_section(struct deciding *d, const struct passage *p) {
    const struct view section = last_heading(p);
    return deciding_name(d, view_of(arena_printf(d->arena, "kb:%.*s#%.*s", (int)p->document_id.n,
                                                 p->document_id.p, (int)section.n, section.p)));
}

static bool acts_on_tier(const struct note_item *item) {
    return (item->actions & (NOTE_ESCALATE | NOTE_SET_TIER | NOTE_SET_SEVERITY | NOTE_TICKET)) != 0;
}

static esi_err obey(struct deciding *d, const struct passage *passage,
                    const struct note_item *item) {
    const bool escalate = (item->actions & NOTE_ESCALATE) != 0;
    esi_tier tier = item->actions & NOTE_SET_TIER ? item->tier : ESI_TIER_0;
    if (escalate && tier < ESI_TIER_1) {
        tier = ESI_TIER_1;
    }
    const esi_severity severity =
        item->actions & NOTE_SET_SEVERITY ? item->severity : ESI_SEVERITY_LOW;
    decide_raise(&d->decision, tier, severity, escalate);
    d->decision.ticket |= (item->actions & NOTE_TICKET) != 0;
    return name_section(d, passage);
}

/* Kept for who asks why. */
static void keep_reason(struct deciding *d, const struct passage *passage,
                        const struct note_item *item, enum condition_state state) {
    struct decide_reasons *reasons = d->in->reasons;
    if (reasons && reasons->count < DECIDE_REASONS_MAX) {
        reasons->items[reasons->count++] = (struct decide_reason){passage, item, state};
    }
}

/* Would a "yes" to this condition raise more than what is decided or open so far? */
static void keep_open(struct deciding *d, const struct note_item *item) {
    const bool raises =
        ((item->actions & NOTE_ESCALATE) && !d->decision.escalate) ||
        ((item->actions & NOTE_SET_TIER) && item->tier > d->decision.tier) ||
        ((item->actions & NOTE_SET_SEVERITY) && item->severity > d->decision.severity);
    const bool more = !d->decision.open_condition || item->severity > d->open_severity ||
                      (item->severity == d->open_severity && item->tier > d->open_tier);
    if (raises && more) {
        d->decision.open_condition = item;
        d->open_severity = item->severity;
        d->open_tier = item->tier;
    }
}

static bool was_asked(const struct deciding *d, const struct note_item *item) {
    const struct view question = heard_question(item, d->arena);
    for (size_t i = 0; d->in->issue && i < d->in->issue->asked_count; i++) {
        if (view_eq(d->in->issue->asked[i], question)) {
            return true;
        }
    }
    return false;
}

/* "A slow machine is LOW and stays with Tier 0." */
static bool keeps_low(const struct note_item *item) {
    const bool tier = (item->actions & NOTE_SET_TIER) && item->tier > ESI_TIER_0;
    const bool severity = (item->actions & NOTE_SET_SEVERITY) && item->severity > ESI_SEVERITY_LOW;
    return !(item->actions & (NOTE_ESCALATE | NOTE_TICKET)) && !tier && !severity;
}

/* Does the rule for tiers keep low what the item would raise? */
static esi_err is_held(struct deciding *d, const struct passage *passage,
                       const struct note_item *item, bool *out) {
    struct stems low;
    struct stems high;
    *out = false;
    if (!d->held || passage->ruling) {
        return ESI_OK;
    }
    esi_err code = stems_read(d->held->condition, d->arena, &low, d->err);
    if (code == ESI_OK) {
        code = stems_read(item->condition, d->arena, &high, d->err);
    }
    *out = code == ESI_OK && stems_share(&high, &low) >= SAME_CASE;
    return code;
}

/* A section called "If you left your range" that doesn't handle the issue acts where that was
 * said. */
static esi_err heading_said(struct deciding *d, const struct passage *passage, bool *out) {
    const struct view heading = last_heading(passage);
    const struct note_item item = {.kind = NOTE_WHEN, .condition = heading};
    const struct heard_view view = {.note = &passage->note, .strict = true};
    enum condition_state state = CONDITION_OPEN;
    esi_err code = ESI_OK;
    if (view_starts(heading, VIEW("If ")) || view_starts(heading, VIEW("When "))) {
        code = heard_condition_of(d->heard, &view, &item, &state, d->err);
    }
    *out = code == ESI_OK && state == CONDITION_MET;
    return code;
}

/* Of a section that doesn't handle the issue only what was said in so many words acts. What the
 * rule for tiers keeps low is raised by tries that failed, and by no other section's word. */
static esi_err may_act(struct deciding *d, const struct passage *passage, enum section_use use,
                       const struct note_item *item, bool *out) {
    bool held = false;
    bool waits = false;
    esi_err code = is_held(d, passage, item, &held);
    bool said = item->condition.n > 0;
    if (code == ESI_OK && !said && use < SECTION_WITH) {
        code = heading_said(d, passage, &said);
    }
    if (code == ESI_OK && (use < SECTION_WITH || held)) {
        code = heard_waits(d->heard, item, &waits, d->err);
    }
    *out = (use >= SECTION_WITH || (said && !waits)) && (!held || waits);
    return code;
}

/* What a section is about: its title, its heading, and the symptoms of the case that is meant. */
static esi_err read_subject(struct deciding *d, const struct passage *passage, const bool *in,
                            struct stems *out) {
    struct buf text;
    buf_init(&text, SUBJECT_MAX);
    buf_add(&text, passage->title);
    buf_char(&text, '\n');
    buf_add(&text, passage->heading);
    for (size_t i = 0; i < passage->note.count; i++) {
        if (in[i] && passage->note.items[i].kind == NOTE_SYMPTOM) {
            buf_char(&text, '\n');
            buf_add(&text, passage->note.items[i].text);
        }
    }
    const bool failed = text.failed && !text.too_long;
    const char *copy = failed ? NULL : arena_str(d->arena, buf_view(&text));
    buf_clear(&text);
    return copy ? stems_read(view_of(copy), d->arena, out, d->err) : fail_memory(d->err, origin);
}

/* "This is an outage": what a section calls the case that was met. */
static esi_err add_called(struct deciding *d, const struct note_item *item) {
    static const char *const leads[] = {"this is ",     "that is ",    "it is ",
                                        "it's ",        "that's ",     "counts as ",
                                        "treat it as ", "treated as ", "this means "};
    struct text_folded folded = {0};
    size_t at = SIZE_MAX;
    esi_err code = text_fold(item->source, d->arena, &folded, d->err);
    const struct view source = {folded.p, code == ESI_OK ? folded.n : 0};
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]) && source.n > 0; i++) {
        const size_t found = view_find(source, view_of(leads[i]), 0);
        at = found < at ? found : at;
    }
    if (code == ESI_OK && at != SIZE_MAX) {
        uint64_t called = 0;
        code = policy_signals(d->in->policy, view_slice(source, at, source.n), &called, d->err);
        d->signals |= called;
    }
    return code;
}

static esi_err do_item(struct deciding *d, const struct passage *passage,
                       const struct note_item *item) {
    bool waits = false;
    esi_err code = heard_waits(d->heard, item, &waits, d->err);
    d->tries_spent |= waits && (item->actions & (NOTE_ESCALATE | NOTE_TICKET));
    if (code == ESI_OK) {
        code = add_called(d, item);
    }
    return code == ESI_OK ? obey(d, passage, item) : code;
}

/* Of a catalogue only the case that was described acts: its orders have no condition of their
 * own. */
static esi_err is_described(struct deciding *d, const struct note *note,
                            const struct note_item *item, bool *out) {
    esi_err code = ESI_OK;
    size_t symptoms = 0;
    *out = false;
    for (size_t i = 0; code == ESI_OK && i < note->count && !*out; i++) {
        struct stems stems;
        if (note->items[i].kind == NOTE_SYMPTOM && note->items[i].group == item->group) {
            symptoms++;
            code = stems_read(note->items[i].text, d->arena, &stems, d->err);
            *out = code == ESI_OK && stems_share(&stems, &d->heard->all) >= DESCRIBED;
        }
    }
    *out |= symptoms == 0;
    return code;
}

/* Does what the item says, as its condition stands. */
static esi_err apply_item(struct deciding *d, const struct passage *passage,
                          const struct note_item *item, const struct stems *subject) {
    const struct heard_view view = {
        .note = &passage->note, .given = subject, .strict = !subject && !passage->ruling};
    enum condition_state state = CONDITION_OPEN;
    bool meant = true;
    esi_err code = heard_condition_of(d->heard, &view, item, &state, d->err);
    if (code == ESI_OK && item->group > 0 && item->condition.n == 0) {
        code = is_described(d, &passage->note, item, &meant);
    }
    state = meant ? state : CONDITION_CONTRADICTED;
    keep_reason(d, passage, item, state);
    if (code == ESI_OK && state == CONDITION_MET && passage->ruling && keeps_low(item)) {
        d->held = item;
        code = name_section(d, passage);
    } else if (code == ESI_OK && state == CONDITION_MET) {
        code = do_item(d, passage, item);
    } else if (code == ESI_OK && state == CONDITION_OPEN && subject && heard_can_ask(item) &&
               !was_asked(d, item)) {
        keep_open(d, item);
    }
    return code;
}

static esi_err apply_passage(struct deciding *d, const struct passage *passage,
                             enum section_use use) {
    struct stems subject;
    bool *in = ARENA_ARRAY(d->arena, passage->note.count + 1, bool);
    if (!in) {
        return fail_memory(d->err, origin);
    }
    esi_err code = heard_focus(d->heard, &passage->note, in, d->err);
    if (code == ESI_OK) {
        code = read_subject(d, passage, in, &subject);
    }
    for (size_t i = 0; code == ESI_OK && i < passage->note.count; i++) {
        const struct note_item *item = &passage->note.items[i];
        const bool keeps = passage->ruling && keeps_low(item) && item->condition.n > 0;
        bool may = false;
        if (!in[i] || item->kind != NOTE_WHEN || !(acts_on_tier(item) || keeps) ||
            !heard_role(item->roles, d->in->role)) {
            continue;
        }
        code = may_act(d, passage, use, item, &may);
        if (code == ESI_OK && may) {
            code = apply_item(d, passage, item, use >= SECTION_WITH ? &subject : NULL);
        }
    }
    return code;
}

/* A section that was found next to the best, though coverage doesn't count on it: what was said in
 * so many words acts. */
static bool is_near(const struct deciding *d, const struct passage *passage) {
    double best = 0;
    for (size_t i = 0; i < d->in->passage_count; i++) {
        const double score = d->in->passages[i].score;
        best = score > best ? score : best;
    }
    return section_current(passage) && !passage->referred && passage->score >= NEAR_SCORE * best;
}

/* What the rule for tiers fixes goes before what the sections say. */
esi_err deciding_sections(struct deciding *d, bool covered) {
    esi_err code = ESI_OK;
    for (size_t i = 0; i < d->in->passage_count && code == ESI_OK; i++) {
        const struct passage *p = &d->in->passages[i];
        if (p->ruling && section_current(p)) {
            code = apply_passage(d, p, d->uses[i]);
        }
    }
    for (size_t i = 0; covered && i < d->in->passage_count && code == ESI_OK; i++) {
        const struct passage *p = &d->in->passages[i];
        if (!p->ruling && (d->uses[i] != SECTION_NONE || is_near(d, p))) {
            code = apply_passage(d, p, d->uses[i]);
        }
    }
    return code;
}

/* How many failed tries the sections that handle it allow. */
void deciding_tries(struct deciding *d) {
    for (size_t i = 0; i < d->in->passage_count; i++) {
        const struct note *note = &d->in->passages[i].note;
        for (size_t k = 0; k < note->count && d->uses[i] >= SECTION_WITH; k++) {
            const struct note_item *item = &note->items[k];
            const bool fewer = d->allowed_tries == 0 || item->tries < d->allowed_tries;
            if (item->kind == NOTE_WHEN && item->tries > 0 && (item->actions & NOTE_ESCALATE) &&
                heard_role(item->roles, d->in->role) && fewer) {
                d->allowed_tries = item->tries;
            }
        }
    }
}
