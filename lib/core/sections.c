#include "core/sections.h"

#include "base/error.h"
#include "core/handling.h"

#define NEAR_BEST 0.75    /* share of the best score that a section with the right symptom needs */
#define SYMPTOM_SHARE 0.3 /* share of a symptom's words that must have been said */
#define SYMPTOM_CLEAR 0.6 /* ... to leave a section that was followed so far */

bool section_usable(const struct passage *passage) {
    return (passage->carries || passage->referred) && !passage->outranked &&
           (passage->standing == STANDING_CURRENT || passage->standing == STANDING_UNDATED);
}

/* A turn that adds to what was said stays with the section that was followed. */
static bool goes_on(const struct heard *heard) {
    const struct reading *r = heard->reading;
    return heard->issue && heard->issue->cited_count > 0 &&
           (r->refers || r->failed || r->act == ESI_ACT_ANSWER || r->topic_count == 0);
}

static size_t cited_at(const struct issue *issue, struct view section) {
    for (size_t i = 0; i < issue->cited_count; i++) {
        if (view_eq(issue->cited[i], section)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static size_t followed_so_far(const struct heard *heard, const struct passage *passages,
                              size_t count) {
    size_t best = count;
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < count && goes_on(heard); i++) {
        const size_t at = cited_at(heard->issue, passages[i].section_id);
        if (section_usable(&passages[i]) && at < first) {
            best = i;
            first = at;
        }
    }
    return best;
}

static bool has_steps(const struct passage *p) {
    for (size_t i = 0; i < p->note.count; i++) {
        if (p->note.items[i].kind == NOTE_STEP) {
            return true;
        }
    }
    return false;
}

static esi_err find_main(const struct heard *heard, const struct passage *passages, size_t count,
                         size_t *out, esi_error *err) {
    const size_t followed = followed_so_far(heard, passages, count);
    size_t first = count;
    size_t symptom = count;
    size_t steps = count;
    for (size_t i = 0; i < count && symptom == count; i++) {
        double match = 0;
        if (!section_usable(&passages[i]) || passages[i].referred) {
            continue;
        }
        const esi_err code = heard_symptoms(heard, &passages[i].note, &match, err);
        if (code != ESI_OK) {
            return code;
        }
        first = first == count ? i : first;
        /* for trouble, a section that says what to do goes before one that only tells */
        const bool handles = heard->reading->act != ESI_ACT_QUESTION && has_steps(&passages[i]);
        steps = steps == count && handles && passages[i].score >= NEAR_BEST * passages[first].score
                    ? i
                    : steps;
        const double needed = followed < count ? SYMPTOM_CLEAR : SYMPTOM_SHARE;
        if (match >= needed && passages[i].score >= NEAR_BEST * passages[first].score) {
            symptom = i;
        }
    }
    *out = symptom < count && followed == count ? symptom : followed < count ? followed : first;
    if (symptom < count && followed < count && symptom != followed) {
        double match = 0;
        const esi_err code = heard_symptoms(heard, &passages[followed].note, &match, err);
        *out = code == ESI_OK && match < SYMPTOM_SHARE ? symptom : followed;
        return code;
    }
    return ESI_OK;
}

/* One is a part of the other, or it only tells the desk how to handle its document's matters. */
static bool belongs(const struct passage *main, const struct passage *p) {
    if (!view_eq(main->document_id, p->document_id)) {
        return false;
    }
    if (main->heading.n > 0 && p->heading.n > 0 &&
        (view_starts(main->heading, p->heading) || view_starts(p->heading, main->heading))) {
        return true;
    }
    bool desk = p->note.count > 0;
    for (size_t i = 0; i < p->note.count; i++) {
        const enum note_kind kind = p->note.items[i].kind;
        desk &= p->note.items[i].for_desk || kind == NOTE_WHEN || kind == NOTE_ASK ||
                kind == NOTE_CAPTURE || kind == NOTE_NEVER;
    }
    return desk;
}

/* Does the main section send its reader there, as things stand? */
static esi_err is_referred(const struct heard *heard, const struct passage *main,
                           const struct passage *p, bool *out, esi_error *err) {
    bool *in = ARENA_ARRAY(heard->arena, main->note.count + 1, bool);
    if (!in) {
        return fail_memory(err, "core/sections");
    }
    bool steps = false;
    *out = false;
    esi_err code = heard_focus(heard, &main->note, in, err);
    for (size_t i = 0; i < main->note.count && code == ESI_OK; i++) {
        const struct note_item *item = &main->note.items[i];
        steps |= item->kind == NOTE_STEP;
        if (in[i] && item->kind == NOTE_REFER && view_eq_nocase(item->text, p->document_id)) {
            enum condition_state state = CONDITION_OPEN;
            code = heard_condition(heard, &main->note, item, &state, err);
            *out |= state == CONDITION_MET;
        }
    }
    *out |= !steps;
    return code;
}

esi_err sections_read(const struct heard *heard, const struct passage *passages, size_t count,
                      enum section_use *out, esi_error *err) {
    size_t main = count;
    esi_err code = find_main(heard, passages, count, &main, err);
    for (size_t i = 0; i < count && code == ESI_OK; i++) {
        const struct passage *p = &passages[i];
        out[i] = SECTION_NONE;
        if (!section_usable(p)) {
            continue;
        }
        out[i] = i == main ? SECTION_MAIN : SECTION_OTHER;
        if (i == main || main == count) {
            continue;
        }
        bool with = belongs(&passages[main], p);
        if (!with && p->referred) {
            code = is_referred(heard, &passages[main], p, &with, err);
        }
        out[i] = with ? SECTION_WITH : SECTION_OTHER;
    }
    return code;
}
