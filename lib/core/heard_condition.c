#include <string.h>

#include "base/error.h"
#include "core/fact.h"
#include "core/heard_weigh.h"

static const char *const origin = "core/heard";

#define SIGNAL_WORDS 3   /* from as many on a signal alone doesn't meet a statement */
#define SIGNAL_SHARE 0.3 /* ... but with so much of its words */
#define FEW_WEIGHT 3.5   /* of a line that names nothing but how often: "the second time today" */
#define OWNED_SHARE 0.3  /* of the words for what somebody has or hasn't */
#define KIN_MAX 8        /* conditions beside "none of this applies" that are looked at */
#define MANY_PEOPLE 3.0  /* what "several" may be */

struct asked {
    const struct heard *heard;
    const struct note_item *item;
    struct heard_view view;
};

/* ---- what was tried -------------------------------------------------------------------------- */

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
    /* whoever names as many deeds as there are steps has been through them, in whatever words */
    const size_t named = heard->issue ? heard->issue->tried_count : 0;
    *out = all || (failed && steps > 0 && (tried == steps || (tried > 0 && named >= steps)));
    return ESI_OK;
}

/* Was this deed among what was tried? One that no step of the section is about is taken to be. */
static esi_err deed_tried(const struct weighing *w, struct view deed, bool *out, esi_error *err) {
    const struct heard *heard = w->heard;
    struct step_words wanted;
    bool known = false;
    esi_err code = step_read(deed, heard->arena, &wanted, err);
    *out = false;
    for (size_t i = 0; code == ESI_OK && i < heard->tried_count && !*out; i++) {
        *out = step_mentions(&heard->tried[i], &wanted);
    }
    for (size_t i = 0; w->note && code == ESI_OK && i < w->note->count && !*out && !known; i++) {
        struct step_words step;
        if (w->note->items[i].kind == NOTE_STEP) {
            code = step_read(w->note->items[i].text, heard->arena, &step, err);
            known = code == ESI_OK && step_mentions(&step, &wanted);
            for (size_t k = 0; known && k < heard->tried_count; k++) { /* "pressed it" */
                *out |= heard->tried[k].objects.count == 0 && heard->tried[k].deed_count > 0 &&
                        step_is(&step, &heard->tried[k]);
            }
        }
    }
    *out |= !known && !w->part->more;
    return code;
}

/* "Requested it again, still no mail": the first time counts, too. */
static esi_err done_again(const struct weighing *w, bool *out, esi_error *err) {
    const struct reading *reading = w->heard->reading;
    struct step_words wanted;
    esi_err code = step_read(w->part->deed, w->heard->arena, &wanted, err);
    *out = false;
    for (size_t i = 0; code == ESI_OK && reading->failed && i < reading->done_count; i++) {
        struct step_words done;
        code = step_read(reading->done[i], w->heard->arena, &done, err);
        *out |= code == ESI_OK && step_mentions(&done, &wanted) &&
                fact_has_word(reading->done[i], "again twice second more");
    }
    return code;
}

/* "It is paused again": said now, and not before the try. */
static esi_err is_back(const struct weighing *w, bool *out, esi_error *err) {
    struct stems now;
    const esi_err code = stems_read(w->heard->reading->message, w->heard->arena, &now, err);
    *out = !w->part->again || stems_common(&w->part->words, &w->part->words) < FEW_WEIGHT ||
           (code == ESI_OK && (now.count == 0 || stems_common(&w->part->words, &now) > 0 ||
                               fact_has_word(w->heard->reading->message, "again same")));
    return code;
}

static esi_err tries_state(const struct weighing *w, enum condition_state *out, esi_error *err) {
    const struct issue *issue = w->heard->issue;
    int32_t tries = issue ? issue->failed_tries : 0;
    tries = tries == 0 && w->heard->reading->failed ? 1 : tries;
    bool again = false;
    esi_err code = w->part->deed.n > 0 && tries > 0 ? done_again(w, &again, err) : ESI_OK;
    tries += again;
    bool deed = true;
    bool back = true;
    if (code == ESI_OK) {
        code = is_back(w, &back, err);
    }
    if (code == ESI_OK && tries >= w->part->tries && w->part->deed.n > 0) {
        code = deed_tried(w, w->part->deed, &deed, err);
    }
    if (code == ESI_OK) {
        *out = tries >= w->part->tries && deed && back ? CONDITION_MET : CONDITION_LATER;
    }
    return code;
}

/* ---- who is hit ------------------------------------------------------------------------------ */

static bool has_signal(const struct heard *heard, const char *id) {
    return (heard_signals(heard) & policy_signal_bit(heard->policy, id)) != 0;
}

static bool is_alone(const struct heard *heard) {
    return heard->reading->only_me || (heard->issue && heard->issue->only_me) ||
           has_signal(heard, "only-me");
}

static enum condition_state several_state(const struct weighing *w) {
    const struct condition_part *part = w->part;
    const struct quantity stated = {
        .kind = QUANTITY_COUNT, .bound = part->people_bound, .value = part->people};
    bool counted = false; /* and it was too few */
    for (size_t i = 0; i < w->heard->quantity_count; i++) {
        const struct quantity *q = &w->heard->quantities[i];
        if (q->kind == QUANTITY_COUNT && (q->kinds & part->people_kinds)) {
            counted = true;
            if (quantity_within(q, &stated)) {
                return CONDITION_MET;
            }
        }
    }
    if (has_signal(w->heard, "class") || has_signal(w->heard, "platform-wide")) {
        return CONDITION_MET;
    }
    if (has_signal(w->heard, "several-people")) {
        const struct quantity several = {
            .kind = QUANTITY_COUNT, .bound = BOUND_LEAST, .value = MANY_PEOPLE};
        const bool people =
            part->people_kinds == 0 || (part->people_kinds & (KIND_PEOPLE | KIND_SEAT));
        return counted                                        ? CONDITION_CONTRADICTED
               : people && quantity_within(&several, &stated) ? CONDITION_MET
                                                              : CONDITION_OPEN;
    }
    return is_alone(w->heard) ? CONDITION_CONTRADICTED : CONDITION_OPEN;
}

static enum condition_state people_state(const struct weighing *w) {
    const bool several = has_signal(w->heard, "several-people") || has_signal(w->heard, "class");
    const bool all = has_signal(w->heard, "class") || has_signal(w->heard, "platform-wide") ||
                     (several && w->heard->total);
    switch (w->part->who) {
    case PEOPLE_ANY:
        break;
    case PEOPLE_ONE:
        return several ? CONDITION_CONTRADICTED : CONDITION_MET;
    case PEOPLE_ALONE:
        return several              ? CONDITION_CONTRADICTED
               : is_alone(w->heard) ? CONDITION_MET
                                    : CONDITION_OPEN;
    case PEOPLE_ALL:
        return all                              ? CONDITION_MET
               : !several && is_alone(w->heard) ? CONDITION_CONTRADICTED
                                                : CONDITION_OPEN;
    case PEOPLE_SEVERAL:
        return several_state(w);
    }
    return CONDITION_MET;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* "Locked a second time" isn't met by "I typed it six times". */
static bool is_of(const struct weighing *w, const struct quantity *stated, size_t at) {
    const struct heard_line *line = &w->heard->lines[w->heard->quantity_lines[at]];
    bool of = stated->kind != QUANTITY_TIMES || w->heard->line_count == 0 ||
              stems_common(&line->stems, &line->stems) <= FEW_WEIGHT ||
              stems_common(&w->part->words, &line->stems) > 0;
    for (size_t i = 0; i < w->part->words.count && !of; i++) {
        of = w->likeness[i] > 0 && stems_have(&line->stems, w->like[i]);
    }
    return of;
}

/* Of several numbers of a kind the last holds: "ten minutes", later "an hour and a half now"; what
 * has lasted long enough once has so for good: "since Monday", then "waited for an hour". */
static enum condition_state quantity_state(const struct weighing *w) {
    const struct quantity *stated = &w->part->quantity;
    /* "again within an hour": who reports it at once doesn't say when */
    const bool soon = stated->kind == QUANTITY_TIME &&
                      (stated->bound == BOUND_MOST || stated->bound == BOUND_LESS);
    const bool lasts = stated->kind == QUANTITY_TIME && !soon && stated->bound != BOUND_LESS;
    enum condition_state state = soon ? CONDITION_MET : CONDITION_OPEN;
    for (size_t i = 0; i < w->heard->quantity_count; i++) {
        const struct quantity *said = &w->heard->quantities[i];
        const bool same_unit =
            stated->kind != QUANTITY_COUNT || view_eq_nocase(said->unit, stated->unit);
        if (said->kind == stated->kind && same_unit && !said->period && !said->ahead &&
            is_of(w, stated, i)) {
            state = quantity_within(said, stated) ? CONDITION_MET : CONDITION_CONTRADICTED;
            if (state == CONDITION_MET && lasts) {
                return state;
            }
        }
    }
    return state;
}

/* A step of the section that takes as long was done, and it failed. */
static esi_err waited(const struct weighing *w, bool *out, esi_error *err) {
    const struct quantity *stated = &w->part->quantity;
    *out = false;
    for (size_t i = 0; w->note && stated->kind == QUANTITY_TIME && i < w->note->count; i++) {
        struct cue_text words;
        struct quantity found[QUANTITIES_MAX];
        if (w->note->items[i].kind != NOTE_STEP) {
            continue;
        }
        const esi_err code = cues_read(w->note->items[i].text, w->heard->arena, &words, err);
        if (code != ESI_OK) {
            return code;
        }
        const size_t count = quantities_read(&words, 0, words.count, found);
        for (size_t k = 0; k < count; k++) {
            *out |= found[k].kind == QUANTITY_TIME && found[k].value == stated->value;
        }
    }
    return ESI_OK;
}

/* Has it a word of that kind? */
static bool says_kind(const struct heard *heard, struct view text, uint32_t kind) {
    struct cue_text words;
    esi_error ignored;
    if (cues_read(text, heard->arena, &words, &ignored) != ESI_OK) {
        return false;
    }
    for (size_t i = 0; i < words.count; i++) {
        if (words.words[i].kinds & kind) {
            return true;
        }
    }
    return false;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum condition_state both(enum condition_state a, enum condition_state b) {
    static const enum condition_state order[] = {CONDITION_CONTRADICTED, CONDITION_LATER,
                                                 CONDITION_OPEN, CONDITION_MET};
    for (size_t i = 0; i < 4; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return a;
}

static enum condition_state either(enum condition_state a, enum condition_state b) {
    static const enum condition_state order[] = {CONDITION_MET, CONDITION_OPEN, CONDITION_LATER,
                                                 CONDITION_CONTRADICTED};
    for (size_t i = 0; i < 4; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return a;
}

/* "I have my codes here", "the phone is at the bottom of a lake", "and so are the codes". */
static enum condition_state owned_state(const struct weighing *w) {
    const struct stems *words = &w->part->words;
    const bool denied = words->negates != w->part->gone;
    enum condition_state state = CONDITION_OPEN;
    bool away = false; /* what the line before tells of */
    for (size_t i = 0; i < w->heard->line_count; i++) {
        const struct heard_line *line = &w->heard->lines[i];
        const bool follows = fact_has_word(line->text, "so neither nor either too") && away;
        const bool gone = line->stems.negates || says_kind(w->heard, line->text, KIND_AWAY);
        away = follows || gone;
        const bool another = fact_has_word(line->text, "new another replacement") &&
                             fact_has_word(w->part->text, "old"); /* phone */
        if (another || stems_share(words, &line->stems) < OWNED_SHARE) {
            continue;
        }
        if (away) {
            state = denied ? CONDITION_MET : CONDITION_CONTRADICTED;
        } else if (fact_has_word(line->text, "have has got kept here still own keep")) {
            state = denied ? CONDITION_CONTRADICTED : CONDITION_MET;
        }
    }
    return state;
}

static esi_err part_state(const struct asked *asked, const struct condition_part *part,
                          enum condition_state *out, esi_error *err) {
    const struct heard *heard = asked->heard;
    struct weighing w = {.heard = heard,
                         .note = asked->view.note,
                         .given = asked->view.given,
                         .strict = asked->view.strict,
                         .part = part};
    w.like = ARENA_ARRAY(heard->arena, part->words.count + 1, struct view);
    w.likeness = ARENA_ARRAY(heard->arena, part->words.count + 1, float);
    if (!w.like || !w.likeness) {
        return fail_memory(err, origin);
    }
    const esi_act act = heard->issue ? heard->issue->act : heard->reading->act;
    if (part->untried || (part->acts != 0 && !(part->acts & (1u << act)))) {
        const bool tried = heard->tried_count > 0 || heard->reading->failed;
        *out = part->untried && !tried ? CONDITION_MET : CONDITION_CONTRADICTED;
        return ESI_OK;
    }
    if (part->owns && part->tries == 0) {
        *out = owned_state(&w);
        if (*out != CONDITION_OPEN) {
            return ESI_OK;
        }
    }
    const bool beside = part->tries > 0 || part->has_quantity || part->who > PEOPLE_ONE;
    enum condition_state state = CONDITION_OPEN;
    esi_err code = weigh_words(&w, beside, &state, err);
    if (state == CONDITION_OPEN && part->tries > 0 && asked->view.given) {
        state = CONDITION_MET; /* what it still does is what was reported */
    }
    /* "a scored run is hit": of more words some must have been said, too */
    const bool meant = part->words.count < SIGNAL_WORDS || w.said >= SIGNAL_SHARE;
    if (code == ESI_OK && state != CONDITION_CONTRADICTED && !beside && meant) {
        int said = 0;
        code = heard_signals_said(heard, part->text, &said, err);
        /* "lost work" is what the policy reads as such, and not any word of it */
        const bool unread = said < 0 && part->words.count < SIGNAL_WORDS;
        state = said > 0 ? CONDITION_MET : unread ? CONDITION_OPEN : state;
    }
    state = both(state, people_state(&w));
    if (code == ESI_OK && part->tries > 0) {
        enum condition_state tries = CONDITION_LATER;
        code = tries_state(&w, &tries, err);
        state = both(state, tries);
    }
    if (code == ESI_OK && part->has_quantity) {
        enum condition_state quantity = quantity_state(&w);
        bool done = false;
        if (quantity == CONDITION_OPEN && part->tries > 0 && state == CONDITION_MET) {
            code = waited(&w, &done, err);
        }
        state = both(state, done ? CONDITION_MET : quantity);
    }
    if (code == ESI_OK) {
        *out = state;
    }
    return code;
}

static esi_err parts_state(const struct asked *asked, const struct condition *condition,
                           enum condition_state *out, esi_error *err) {
    enum condition_state any = CONDITION_CONTRADICTED; /* of the ways to meet it */
    enum condition_state all = CONDITION_MET;          /* of the statements of one way */
    for (size_t i = 0; i < condition->count; i++) {
        const struct condition_part *part = &condition->parts[i];
        enum condition_state state = CONDITION_OPEN;
        const esi_err code = part_state(asked, part, &state, err);
        if (code != ESI_OK) {
            return code;
        }
        for (; i + 1 < condition->count && condition->parts[i + 1].variant; i++) {
            enum condition_state other = CONDITION_OPEN;
            const esi_err more = part_state(asked, &condition->parts[i + 1], &other, err);
            if (more != ESI_OK) {
                return more;
            }
            state = either(state, other);
        }
        all = part->opens ? state : both(all, state);
        const bool last = i + 1 == condition->count || condition->parts[i + 1].opens;
        any = last ? either(any, all) : any;
    }
    *out = any;
    return ESI_OK;
}

/* A condition or an exception of an item, by what it says. */
static esi_err text_state(const struct asked *asked, struct view text, enum condition_state *out,
                          esi_error *err) {
    struct condition condition;
    const esi_err code = condition_read(asked->item, text, asked->heard->arena, &condition, err);
    return code == ESI_OK ? parts_state(asked, &condition, out, err) : code;
}

/* "None of these apply", "neither": said so. */
static bool says_none(const struct heard *heard) {
    for (size_t i = 0; i < heard->line_count; i++) {
        const struct view line = heard->lines[i].text;
        if (condition_excludes(line, heard->arena) || view_eq_nocase(line, VIEW("neither")) ||
            view_eq_nocase(line, VIEW("none"))) {
            return true;
        }
    }
    return false;
}

/* "The clock is right" where a case is about the clock. */
static esi_err is_fine(const struct heard *heard, struct view about, bool *out, esi_error *err) {
    struct stems words;
    const esi_err code = stems_read(about, heard->arena, &words, err);
    *out = false;
    for (size_t i = 0; code == ESI_OK && i < heard->line_count; i++) {
        const struct heard_line *line = &heard->lines[i];
        *out |= stems_common(&words, &line->stems) > 0 && !line->stems.negates &&
                (says_kind(heard, line->text, KIND_FINE) ||
                 fact_has_word(line->text, "right correct valid current"));
    }
    return code;
}

/* What stands beside "if you have neither", "if none of this applies": another condition of the
 * section, or what is seen in another case of it. */
static struct view beside_it(const struct note_item *it, const struct note_item *other,
                             esi_arena *arena) {
    const bool times = fact_has_word(it->condition, "time times day days hour hours");
    const bool hours = other->kind == NOTE_FACT && fact_has_digit(other->text);
    const struct view text = times ? (hours ? other->text : other->condition)
                             : other->kind == NOTE_SYMPTOM ? other->text
                                                           : other->condition;
    const bool own = other == it || view_eq(text, it->condition);
    return own || condition_excludes(text, arena) ? (struct view){0} : text;
}

static struct view weekday_in(struct view text, esi_arena *arena) {
    struct cue_text words;
    esi_error ignored;
    const bool read = cues_read(text, arena, &words, &ignored) == ESI_OK;
    for (size_t i = 0; read && i < words.count; i++) {
        if (cues_in(&words.words[i], "monday tuesday wednesday thursday friday saturday sunday")) {
            return words.words[i].form;
        }
    }
    return (struct view){0};
}

/* "Tuesday between five and seven", where it is Thursday. */
static enum condition_state day_state(const struct heard *heard, struct view text) {
    const struct view day = weekday_in(text, heard->arena);
    enum condition_state state = CONDITION_OPEN;
    for (size_t i = 0; day.n > 0 && i < heard->line_count; i++) {
        const struct view said = weekday_in(heard->lines[i].text, heard->arena);
        if (said.n > 0 && view_eq(said, day)) {
            return CONDITION_MET;
        }
        state = said.n > 0 ? CONDITION_CONTRADICTED : state;
    }
    return state;
}

static esi_err none_state(const struct asked *asked, enum condition_state *out, esi_error *err) {
    const struct note *note = asked->view.note;
    size_t count = 0;
    size_t denied = 0;
    struct view last = {0};
    *out = says_none(asked->heard) ? CONDITION_MET : CONDITION_OPEN;
    for (size_t i = 0; note && *out == CONDITION_OPEN && i < note->count && count < KIN_MAX; i++) {
        const struct view text = beside_it(asked->item, &note->items[i], asked->heard->arena);
        const struct note_item kin = {.kind = NOTE_WHEN, .condition = text};
        const struct asked one = {asked->heard, &kin, {.note = note}};
        enum condition_state state = CONDITION_OPEN;
        if (text.n == 0 || view_eq(text, last)) {
            continue;
        }
        last = text;
        const bool hours = view_eq(text, note->items[i].text) && note->items[i].kind == NOTE_FACT;
        const esi_err code = hours ? ESI_OK : text_state(&one, text, &state, err);
        if (code != ESI_OK) {
            return code;
        }
        state = hours ? day_state(asked->heard, text) : state;
        bool fine = false;
        const esi_err more =
            state == CONDITION_OPEN ? is_fine(asked->heard, text, &fine, err) : ESI_OK;
        if (more != ESI_OK) {
            return more;
        }
        count++;
        denied += state == CONDITION_CONTRADICTED || fine;
        *out = state == CONDITION_MET ? CONDITION_CONTRADICTED : *out;
    }
    *out = *out == CONDITION_OPEN && count > 0 && denied == count ? CONDITION_MET : *out;
    return ESI_OK;
}

static esi_err condition_state(const struct asked *asked, enum condition_state *out,
                               esi_error *err) {
    const struct heard *heard = asked->heard;
    const struct note_item *item = asked->item;
    if (item->all_tried) {
        bool all = false;
        const esi_err code = all_tried(heard, asked->view.note, &all, err);
        if (code == ESI_OK) {
            *out = all ? CONDITION_MET : CONDITION_LATER;
        }
        return code;
    }
    if (condition_bare(item->condition).n == 0) {
        const int32_t tries = heard->issue ? heard->issue->failed_tries : 0;
        *out = tries >= item->tries ? CONDITION_MET : CONDITION_LATER;
        return ESI_OK;
    }
    const struct view question = heard_question(item, heard->arena);
    if (!question.p) {
        return fail_memory(err, origin);
    }
    const int answer = heard_answer(heard, question);
    if (answer != 0) {
        *out = answer > 0 ? CONDITION_MET : CONDITION_CONTRADICTED;
        return ESI_OK;
    }
    if (condition_excludes(item->condition, heard->arena)) {
        return none_state(asked, out, err);
    }
    return text_state(asked, item->condition, out, err);
}

esi_err heard_condition_of(const struct heard *heard, const struct heard_view *view,
                           const struct note_item *item, enum condition_state *out,
                           esi_error *err) {
    const struct asked asked = {heard, item, *view};
    enum condition_state state = CONDITION_OPEN;
    enum condition_state exception = CONDITION_OPEN;
    esi_err code = condition_state(&asked, &state, err);
    /* what a rule excepts counts where it is known to hold; of tries the condition speaks */
    if (code == ESI_OK && item->exception.n > 0 && item->tries == 0 && !item->all_tried) {
        code = text_state(&asked, item->exception, &exception, err);
    }
    if (code == ESI_OK) {
        *out = exception == CONDITION_MET ? CONDITION_CONTRADICTED : state;
    }
    return code;
}

esi_err heard_condition(const struct heard *heard, const struct note *note,
                        const struct note_item *item, enum condition_state *out, esi_error *err) {
    const struct heard_view view = {.note = note};
    return heard_condition_of(heard, &view, item, out, err);
}
