#include "core/extract_follow.h"

#include "core/cues.h"

#define NAMED_SHARE 0.5 /* of a symptom's words that this turn must have said */
#define MEANT_SHARE 0.5 /* ... of a condition's words */
#define LACK_SHARE 0.6  /* ... of what isn't there that a step must speak of */
#define TELLING 0.6f    /* weight of a word that tells which step is meant */
#define REPLY_SHARE 0.4 /* ... of a question's words: the step is what it was asked for */

static bool goes_on(const struct selecting *s) {
    return s->in->step == ISSUE_CONTINUED && s->in->issue;
}

/* ---- the case that is meant now -------------------------------------------------------------- */

static bool negates(struct view text) {
    struct view rest = text;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        char folded[24];
        for (size_t i = 0; i < word.n && word.n < sizeof(folded); i++) {
            const char c = word.p[i];
            folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        if (word.n < sizeof(folded) &&
            (cues_of((struct view){folded, word.n}) & (CUE_NO | CUE_NOT))) {
            return true;
        }
    }
    return false;
}

static bool of_turn(const struct selecting *s, const struct heard_line *line) {
    const struct view message = s->in->message;
    return message.n > 0 && line->text.p >= message.p && line->text.p < message.p + message.n;
}

/* What of this turn denies something. */
static esi_err denied_now(struct selecting *s, struct stems *out) {
    esi_err code = ESI_OK;
    *out = (struct stems){0};
    for (size_t i = 0; i < s->heard->line_count && code == ESI_OK; i++) {
        const struct heard_line *line = &s->heard->lines[i];
        struct stems both;
        if (of_turn(s, line) && negates(line->text)) {
            code = stems_join(out, &line->stems, s->arena, &both, s->err);
            *out = code == ESI_OK ? both : *out;
        }
    }
    return code;
}

struct named {
    double weight; /* 0: none */
    size_t at;     /* of the symptom */
    size_t first;
    size_t cases;
};

static esi_err find_case(struct selecting *s, const struct note *note, struct named *out) {
    struct stems denied;
    esi_err code = denied_now(s, &denied);
    out->first = note->count;
    for (size_t i = 0; i < note->count && code == ESI_OK; i++) {
        const struct note_item *item = &note->items[i];
        struct stems symptom;
        if (item->kind != NOTE_SYMPTOM) {
            continue;
        }
        const struct note_item *before = i > 0 ? item - 1 : NULL;
        out->first = out->first == note->count ? i : out->first;
        out->cases += !before || before->kind != NOTE_SYMPTOM || before->group != item->group;
        code = stems_read(item->text, s->arena, &symptom, s->err);
        const struct stems *said = negates(item->text) ? &denied : &s->heard->now;
        const double share = code == ESI_OK ? stems_share(&symptom, said) : 0;
        const double weight = code == ESI_OK ? share * (1 + 0.1 * stems_common(&symptom, said)) : 0;
        if (share >= NAMED_SHARE && weight > out->weight) {
            out->weight = weight;
            out->at = i;
        }
    }
    return code;
}

esi_err follow_focus(struct selecting *s, const struct note *note, bool *in, bool *named) {
    struct named found = {0};
    *named = false;
    const esi_err code = goes_on(s) ? find_case(s, note, &found) : ESI_OK;
    if (code != ESI_OK || found.cases < 2 || found.weight <= 0) {
        return code;
    }
    const int32_t group = note->items[found.at].group;
    size_t from = found.at;
    size_t to = found.at;
    while (from > 0 && note->items[from - 1].kind == NOTE_SYMPTOM) {
        from--;
    }
    while (to < note->count && note->items[to].kind == NOTE_SYMPTOM) {
        to++;
    }
    while (to < note->count && note->items[to].kind != NOTE_SYMPTOM) {
        to++;
    }
    for (size_t i = 0; i < note->count; i++) {
        const int32_t own = note->items[i].group;
        in[i] = group > 0 ? own == 0 || own == group : i < found.first || (i >= from && i < to);
    }
    *named = true;
    return ESI_OK;
}

/* ---- one step -------------------------------------------------------------------------------- */

bool follow_given(const struct selecting *s, struct view step) {
    for (size_t i = 0; s->in->issue && i < s->in->issue->step_count; i++) {
        if (view_eq(s->in->issue->steps[i], step)) {
            return true;
        }
    }
    return false;
}

/* Was it said to be done, and isn't only among all that failed? */
static esi_err told_done(struct selecting *s, struct view text, bool *out) {
    const struct issue *issue = s->in->issue;
    struct step_words step;
    esi_err code = step_read(text, s->arena, &step, s->err);
    *out = issue->tried_all;
    for (size_t i = 0; code == ESI_OK && i < issue->tried_count && !*out; i++) {
        struct step_words done;
        if (follow_given(s, issue->tried[i])) {
            continue;
        }
        code = step_read(issue->tried[i], s->arena, &done, s->err);
        *out = code == ESI_OK && step_is(&step, &done);
    }
    return code;
}

/* "My old phone is broken", "still frozen": the steps for whom that is so. */
static esi_err is_meant_now(struct selecting *s, const struct note_item *item, bool *out) {
    struct stems condition;
    *out = false;
    if (item->condition.n == 0 || !goes_on(s)) {
        return ESI_OK;
    }
    esi_err code = stems_read(item->condition, s->arena, &condition, s->err);
    bool done = false;
    if (code == ESI_OK) {
        code = told_done(s, item->text, &done);
    }
    struct stems before;
    bool meant = code == ESI_OK && stems_share(&condition, &s->heard->now) >= MEANT_SHARE;
    if (code == ESI_OK && s->in->reading->failed) {
        /* what was so from the start is no news: "no mail came" is */
        code = stems_read(s->in->issue->query, s->arena, &before, s->err);
        const bool news = code == ESI_OK && stems_share(&condition, &before) < MEANT_SHARE;
        bool waits = false;
        code = code == ESI_OK ? heard_waits(s->heard, item, &waits, s->err) : code;
        meant = waits || (meant && news);
    }
    *out = !done && meant;
    return code;
}

/* The words of a condition without those that say that something is of no help. */
static size_t without_help(struct stems *words) {
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (!cues_in(&(struct cue_word){.form = words->items[i]}, "help either fail step steps")) {
            words->items[kept] = words->items[i];
            words->weights[kept++] = words->weights[i];
        }
    }
    const size_t left_out = words->count - kept;
    words->count = kept;
    return left_out;
}

esi_err follow_unhelped(struct selecting *s, const struct note_item *item, bool *out) {
    const struct reading *reading = s->in->reading;
    const bool helps = view_find(item->condition, VIEW(" help"), 0) != SIZE_MAX;
    struct stems words;
    *out = false;
    if (!helps || !negates(item->condition) || !reading->failed || !goes_on(s)) {
        return ESI_OK;
    }
    esi_err code = stems_read(item->condition, s->arena, &words, s->err);
    if (code == ESI_OK && without_help(&words) > 0) {
        bool done = false;
        code = told_done(s, item->text, &done);
        *out = !done && (words.count == 0 || reading->done_count == 0 ||
                         stems_share(&words, &s->heard->now) >= MEANT_SHARE);
    }
    return code;
}

esi_err follow_step(struct selecting *s, const struct note_item *item, bool met, bool named,
                    enum follow_step *out) {
    bool tried = false;
    bool now = false;
    const bool given = follow_given(s, item->text);
    esi_err code = heard_tried(s->heard, item->text, &tried, s->err);
    if (code == ESI_OK) {
        code = follow_unhelped(s, item, &now);
    }
    if (code == ESI_OK && met && given && !now) {
        code = is_meant_now(s, item, &now);
    }
    if (code == ESI_OK) {
        now |= named && !tried && !s->in->reading->failed;
        *out = now ? FOLLOW_SAY : tried ? FOLLOW_TRIED : given ? FOLLOW_GIVEN : FOLLOW_SAY;
    }
    return code;
}

esi_err follow_lacks(struct selecting *s, const struct note *note, bool *out) {
    *out = false;
    for (size_t i = 0; i < note->count && !*out; i++) {
        const struct note_item *when = &note->items[i];
        enum condition_state state = CONDITION_OPEN;
        struct stems lack;
        if (when->kind != NOTE_WHEN || !negates(when->condition)) {
            continue;
        }
        esi_err code = heard_condition(s->heard, note, when, &state, s->err);
        if (code == ESI_OK) {
            code = stems_read(when->condition, s->arena, &lack, s->err);
        }
        for (size_t k = 0; code == ESI_OK && state == CONDITION_MET && k < note->count; k++) {
            struct stems step;
            if (note->items[k].kind == NOTE_STEP) {
                code = stems_read(note->items[k].text, s->arena, &step, s->err);
                *out |= code == ESI_OK && stems_share(&lack, &step) >= LACK_SHARE;
            }
        }
        if (code != ESI_OK) {
            return code;
        }
    }
    return ESI_OK;
}

/* ---- what is left ---------------------------------------------------------------------------- */

/* The question that this turn replies to; empty where it replies to none. */
static struct view replied_to(const struct selecting *s) {
    const struct issue *issue = s->in->issue;
    if (s->in->reading->act != ESI_ACT_ANSWER) {
        return (struct view){0};
    }
    for (size_t i = issue->fact_count; i > 0; i--) {
        const struct view fact = issue->facts[i - 1];
        const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
        if (at != SIZE_MAX) {
            return view_slice(fact, 0, at);
        }
    }
    return (struct view){0};
}

/* "Yes, printed them back then": were the steps what the question was asked for? */
static esi_err reply_means(struct selecting *s, bool *out) {
    const struct view question = replied_to(s);
    struct stems asked;
    esi_err code = stems_read(question, s->arena, &asked, s->err);
    *out = false;
    for (size_t i = 0; code == ESI_OK && asked.count > 0 && i < s->out->left.count; i++) {
        struct stems step;
        code = stems_read(s->out->left.items[i].text, s->arena, &step, s->err);
        *out |= code == ESI_OK && stems_share(&asked, &step) >= REPLY_SHARE;
    }
    return code;
}

/* How much the person speaks of what the step is done to, beyond what the section is about. */
static esi_err touched(struct selecting *s, const struct pick *pick, double *out) {
    const struct passage *p = &s->in->passages[pick->passage];
    struct step_words step;
    struct stems heading;
    esi_err code = step_read(pick->text, s->arena, &step, s->err);
    if (code == ESI_OK) {
        code = stems_read(p->heading, s->arena, &heading, s->err);
    }
    *out = 0;
    for (size_t i = 0; code == ESI_OK && i < step.objects.count; i++) {
        const struct view stem = step.objects.items[i];
        const bool span = cues_in(&(struct cue_word){.form = stem}, "minut hour second day time");
        if (!span && step.objects.weights[i] > TELLING && stems_have(&s->heard->now, stem) &&
            !stems_have(&heading, stem)) {
            *out += (double)step.objects.weights[i];
        }
    }
    return code;
}

/* Whoever speaks of a step is through with it: the one behind it comes next, after a failed try the
 * one behind the last. A reply to a question of ours calls for the step that it is about. */
static esi_err find_next(struct selecting *s) {
    const struct picks *left = &s->out->left;
    const struct view asked = replied_to(s);
    double most = 0;
    for (size_t i = 0; i < left->count; i++) {
        double share = 0;
        const esi_err code = touched(s, &left->items[i], &share);
        if (code != ESI_OK) {
            return code;
        }
        if (share > most || (share > 0 && s->in->reading->failed)) {
            most = share;
            s->out->next = i + (asked.n == 0 || s->in->reading->failed);
        }
    }
    return ESI_OK;
}

/* Where nothing that was given is said to be done, a failed try calls for the first of the steps
 * that are for those whom the others didn't help. */
static esi_err find_second(struct selecting *s, bool *out) {
    const struct picks *left = &s->out->left;
    *out = false;
    for (size_t i = 0; i < left->count && !*out; i++) {
        const struct pick *pick = &left->items[i];
        const struct note_item *item = &s->in->passages[pick->passage].note.items[pick->index];
        const esi_err code =
            pick->condition.n > 0 ? heard_waits(s->heard, item, out, s->err) : ESI_OK;
        if (code != ESI_OK) {
            return code;
        }
        s->out->next = *out ? i : s->out->next;
    }
    return ESI_OK;
}

esi_err follow_left(struct selecting *s) {
    struct selection *out = s->out;
    const struct reading *reading = s->in->reading;
    const bool polar = (reading->affirmed || reading->denied) && reading->done_count == 0;
    bool again = false;
    if (!goes_on(s) || out->steps > 0 || out->left.count == 0) {
        return ESI_OK;
    }
    esi_err code = find_next(s);
    if (code == ESI_OK && polar && !reading->failed) {
        code = reply_means(s, &again);
        out->next = again ? 0 : out->next;
    }
    if (code == ESI_OK && reading->failed && out->tried + out->next == 0) {
        code = find_second(s, &again);
    }
    again |= reading->failed && out->tried + out->next > 0;
    for (size_t i = out->next; code == ESI_OK && again && i < out->left.count; i++) {
        select_say(out, out->left.items[i]);
    }
    if (code == ESI_OK && again) {
        out->given -= out->left.count;
        out->tried += out->next;
        out->left.count = 0;
    }
    return code;
}
