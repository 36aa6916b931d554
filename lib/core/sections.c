#include "core/sections.h"

#include "base/error.h"
#include "core/cues.h"
#include "core/handling.h"

#define SUPPOSED_SHARE 0.33 /* of a heading's words, where it states a condition */
#define WORDS_MAX 16384     /* bytes of a section that are compared */
#define NEAR_BEST 0.6     /* share of the best score that a section with the right symptom needs */
#define SYMPTOM_SHARE 0.3 /* share of a symptom's words that must have been said */
#define SYMPTOM_CLEAR 0.6 /* ... to leave a section that was followed so far */

bool section_current(const struct passage *p) {
    return !p->outranked && (p->standing == STANDING_CURRENT || p->standing == STANDING_UNDATED);
}

bool section_usable(const struct passage *passage) {
    return (passage->carries || passage->referred) && section_current(passage);
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

static bool has_kind(const struct passage *p, uint32_t kinds) {
    for (size_t i = 0; i < p->note.count; i++) {
        const struct note_item *item = &p->note.items[i];
        if (!(kinds & (1u << item->kind))) {
            continue;
        }
        if (item->kind != NOTE_WHEN || item->actions & (NOTE_ESCALATE | NOTE_TICKET)) {
            return true;
        }
    }
    return false;
}

/* The first with what is wanted that comes near the best; count if there is none. */
static size_t first_with(const struct passage *passages, size_t count, size_t first,
                         uint32_t kinds) {
    for (size_t i = first; i < count; i++) {
        if (section_usable(&passages[i]) && !passages[i].referred &&
            passages[i].score >= NEAR_BEST * passages[first].score &&
            has_kind(&passages[i], kinds)) {
            return i;
        }
    }
    return count;
}

/* A document's preface is found by its title's words and says nothing: the section of it that comes
 * next and has steps is meant. */
static size_t behind_preface(const struct passage *passages, size_t count, size_t first) {
    const uint32_t help = 1u << NOTE_STEP | 1u << NOTE_SAY | 1u << NOTE_WHEN | 1u << NOTE_CAUSE;
    if (first == count || has_kind(&passages[first], help)) {
        return first;
    }
    for (size_t i = first + 1; i < count; i++) {
        const struct passage *p = &passages[i];
        if (section_current(p) && view_eq(p->document_id, passages[first].document_id) &&
            p->score >= NEAR_BEST * passages[first].score && has_kind(p, 1u << NOTE_STEP)) {
            return i;
        }
    }
    return first;
}

/* The section that handles it, by what it is for: for trouble one that says what to do goes before
 * one that tells, and that before one that only states. */
static size_t by_use(const struct heard *heard, const struct passage *passages, size_t count,
                     size_t first) {
    static const uint32_t uses[] = {1u << NOTE_STEP,
                                    1u << NOTE_SAY | 1u << NOTE_WHEN | 1u << NOTE_CAUSE};
    for (size_t i = 0; heard->reading->act != ESI_ACT_QUESTION && first < count && i < 2; i++) {
        const size_t found = first_with(passages, count, first, uses[i]);
        if (found < count) {
            return found;
        }
    }
    return heard->reading->act == ESI_ACT_QUESTION ? first : behind_preface(passages, count, first);
}

struct found {
    double needed; /* share of a symptom's words that must have been said */
    size_t first;  /* that may be used; count if there is none */
    size_t symptom;
};

static esi_err find_symptom(const struct heard *heard, const struct passage *passages, size_t count,
                            struct found *found, esi_error *err) {
    double most = 0;
    found->first = found->symptom = count;
    for (size_t i = 0; i < count; i++) {
        double match = 0;
        if (!section_usable(&passages[i]) || passages[i].referred) {
            continue;
        }
        found->first = found->first == count ? i : found->first;
        const esi_err code = heard_symptoms(heard, &passages[i].note, &match, err);
        if (code != ESI_OK) {
            return code;
        }
        if (match >= found->needed && match * passages[i].score > most &&
            passages[i].score >= NEAR_BEST * passages[found->first].score) {
            most = match * passages[i].score;
            found->symptom = i;
        }
    }
    /* what was found gives way to what it refers to: that handles it */
    for (size_t i = 0; found->first == count && i < count; i++) {
        const bool orders = section_for_desk(&passages[i].note);
        found->first = section_usable(&passages[i]) && !orders ? i : count;
    }
    return ESI_OK;
}

static esi_err find_main(const struct heard *heard, const struct passage *passages, size_t count,
                         size_t *out, esi_error *err) {
    const size_t followed = followed_so_far(heard, passages, count);
    struct found found = {.needed = followed < count ? SYMPTOM_CLEAR : SYMPTOM_SHARE};
    esi_err code = find_symptom(heard, passages, count, &found, err);
    if (code != ESI_OK) {
        return code;
    }
    if (followed == count) {
        *out = found.symptom < count ? found.symptom : by_use(heard, passages, count, found.first);
        return ESI_OK;
    }
    *out = followed;
    if (found.symptom < count && found.symptom != followed) {
        double match = 0;
        code = heard_symptoms(heard, &passages[followed].note, &match, err);
        *out = code == ESI_OK && match < SYMPTOM_SHARE ? found.symptom : followed;
    }
    return code;
}

/* Nothing but orders to the desk and rules. */
static bool only_rules(const struct note *note) {
    bool desk = note->count > 0;
    for (size_t i = 0; i < note->count; i++) {
        const enum note_kind kind = note->items[i].kind;
        desk &= note->items[i].for_desk || kind == NOTE_WHEN || kind == NOTE_ASK ||
                kind == NOTE_CAPTURE || kind == NOTE_NEVER;
    }
    return desk;
}

bool section_rules(const struct note *note) {
    bool rules = false;
    for (size_t i = 0; i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        const bool given = item->kind == NOTE_FACT && view_starts(item->text, VIEW("If "));
        const bool rule =
            item->condition.n > 0 && (item->kind == NOTE_WHEN || item->kind == NOTE_ASK ||
                                      item->kind == NOTE_CAPTURE || item->kind == NOTE_NEVER);
        if (!given && !rule) {
            return false;
        }
        rules |= item->kind == NOTE_WHEN;
    }
    return rules;
}

bool section_for_desk(const struct note *note) {
    bool more = false; /* a list of what isn't allowed is for everybody */
    for (size_t i = 0; i < note->count; i++) {
        more |= note->items[i].kind != NOTE_NEVER;
    }
    return more && only_rules(note);
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
    return only_rules(&p->note);
}

static bool names(const struct passage *main, const struct passage *p) {
    for (size_t i = 0; i < main->note.count; i++) {
        const struct note_item *item = &main->note.items[i];
        if (item->kind == NOTE_REFER && view_eq_nocase(item->text, p->document_id)) {
            return true;
        }
    }
    return false;
}

static struct view last_part(struct view heading) {
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    return heading;
}

/* 'See "Renumbering" below': what was said of the matter sends there by its heading. */
static bool quotes(const struct note *note, const bool *in, struct view heading) {
    heading = last_part(heading);
    for (size_t i = 0; i < note->count && heading.n > 0; i++) {
        const struct view source = note->items[i].source;
        for (size_t at = view_find(source, heading, 0); in[i] && at != SIZE_MAX;
             at = view_find(source, heading, at + 1)) {
            if (at > 0 && source.p[at - 1] == '"') {
                return true;
            }
        }
    }
    return false;
}

/* Does the main section send its reader there, as things stand? */
static esi_err is_referred(const struct heard *heard, const struct passage *main,
                           const struct passage *p, bool *out, esi_error *err) {
    bool *in = ARENA_ARRAY(heard->arena, main->note.count + 1, bool);
    if (!in) {
        return fail_memory(err, "core/sections");
    }
    bool steps = false;
    double match = 0;
    *out = false;
    esi_err code = heard_focus(heard, &main->note, in, err);
    if (code == ESI_OK) {
        code = heard_symptoms(heard, &p->note, &match, err);
    }
    if (code == ESI_OK && quotes(&main->note, in, p->heading)) {
        *out = true;
        return ESI_OK;
    }
    if (code != ESI_OK || (has_kind(p, 1u << NOTE_SYMPTOM) && match < SYMPTOM_SHARE)) {
        return code; /* of a catalogue only the entry that was described */
    }
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

/* All its words: what a user may read, its heading, and what was understood of it. */
static esi_err words_of(const struct heard *heard, const struct passage *p, struct stems *out,
                        esi_error *err) {
    struct buf text;
    buf_init(&text, WORDS_MAX);
    buf_add(&text, p->heading);
    buf_char(&text, '\n');
    note_search_text(&p->note, &text);
    buf_char(&text, '\n');
    buf_add(&text, p->text);
    const char *copy =
        text.failed && !text.too_long ? NULL : arena_str(heard->arena, buf_view(&text));
    buf_clear(&text);
    return copy ? stems_read(view_of(copy), heard->arena, out, err)
                : fail_memory(err, "core/sections");
}

esi_err section_meets(const struct heard *heard, const struct passage *p, bool *out,
                      esi_error *err) {
    struct stems words;
    double match = 0;
    esi_err code = words_of(heard, p, &words, err);
    if (code == ESI_OK) {
        code = heard_symptoms(heard, &p->note, &match, err);
    }
    if (code == ESI_OK) {
        *out = heard->report.count == 0 || match >= SYMPTOM_SHARE ||
               stems_common(&words, &heard->report) > 0;
    }
    return code;
}

/* A section called "If ..." or "When ..." is for those who say so. */
static esi_err is_supposed(const struct heard *heard, const struct passage *p, bool *out,
                           esi_error *err) {
    static const char *const leads[] = {"If ", "When ", "In case "};
    struct view heading = p->heading;
    struct stems stems;
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    *out = false;
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        *out |= view_starts(heading, view_of(leads[i]));
    }
    if (!*out) {
        return ESI_OK;
    }
    /* "When it is more than you" supposes nothing that could be said in its words; "when it goes
     * wrong" is what a trouble does */
    static const char troubles[] = "go goe wrong fail work troubl problem happen break help stick";
    const esi_err code = stems_read(heading, heard->arena, &stems, err);
    size_t told = 0;
    for (size_t i = 0; code == ESI_OK && i < stems.count; i++) {
        told += !cues_in(&(struct cue_word){.form = stems.items[i]}, troubles);
    }
    if (code == ESI_OK && told == 0) {
        *out = false;
        return ESI_OK;
    }
    *out = code == ESI_OK && stems_common(&stems, &stems) > 0 &&
           stems_share(&stems, &heard->all) < SUPPOSED_SHARE;
    return code;
}

esi_err sections_read(const struct heard *heard, const struct passage *passages, size_t count,
                      enum section_use *out, esi_error *err) {
    size_t main = count;
    esi_err code = find_main(heard, passages, count, &main, err);
    bool supposed = false;
    if (code == ESI_OK && main < count && heard->reading->act != ESI_ACT_QUESTION) {
        code = is_supposed(heard, &passages[main], &supposed, err);
    }
    main = supposed ? count : main;
    for (size_t i = 0; i < count && code == ESI_OK; i++) {
        const struct passage *p = &passages[i];
        out[i] = SECTION_NONE;
        if (!section_usable(p) && i != main) {
            continue;
        }
        out[i] = i == main ? SECTION_MAIN : SECTION_OTHER;
        if (i == main || main == count) {
            continue;
        }
        bool with = belongs(&passages[main], p);
        if (!with && (p->referred || names(&passages[main], p))) {
            code = is_referred(heard, &passages[main], p, &with, err);
        }
        out[i] = with ? SECTION_WITH : SECTION_OTHER;
    }
    return code;
}
