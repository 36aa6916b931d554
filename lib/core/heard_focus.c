#include "core/heard.h"

#include "base/error.h"

#define SYMPTOM_SHARE 0.3

/* The end of the group that begins with the symptom at `from`: symptoms and what follows them. */
static size_t group_end(const struct note *note, size_t from) {
    size_t i = from;
    while (i < note->count && note->items[i].kind == NOTE_SYMPTOM) {
        i++;
    }
    while (i < note->count && note->items[i].kind != NOTE_SYMPTOM) {
        i++;
    }
    return i;
}

static esi_err symptom_match(const struct heard *heard, const struct note *note, size_t from,
                             double *out, esi_error *err) {
    double most = 0;
    for (size_t i = from; i < note->count && note->items[i].kind == NOTE_SYMPTOM; i++) {
        struct stems stems;
        const esi_err code = stems_read(note->items[i].text, heard->arena, &stems, err);
        if (code != ESI_OK) {
            return code;
        }
        const double share = stems_share(&stems, &heard->all);
        const double weight = share * (1 + 0.1 * stems_common(&stems, &heard->all));
        most = weight > most ? weight : most;
    }
    *out = most;
    return ESI_OK;
}

esi_err heard_symptoms(const struct heard *heard, const struct note *note, double *out,
                       esi_error *err) {
    double most = 0;
    for (size_t i = 0; i < note->count; i++) {
        struct stems stems;
        if (note->items[i].kind != NOTE_SYMPTOM) {
            continue;
        }
        const esi_err code = stems_read(note->items[i].text, heard->arena, &stems, err);
        if (code != ESI_OK) {
            return code;
        }
        const double share = stems_share(&stems, &heard->all);
        most = share > most ? share : most;
    }
    *out = most;
    return ESI_OK;
}

/* Of a table or catalogue: the one case whose symptom was described. */
static esi_err focus_group(const struct heard *heard, const struct note *note, int32_t *best,
                           size_t *groups, esi_error *err) {
    double most = 0;
    int32_t last = 0;
    for (size_t i = 0; i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        struct stems stems;
        if (item->kind != NOTE_SYMPTOM || item->group == 0) {
            continue;
        }
        *groups += item->group != last;
        last = item->group;
        const esi_err code = stems_read(item->text, heard->arena, &stems, err);
        if (code != ESI_OK) {
            return code;
        }
        const double share = stems_share(&stems, &heard->all);
        const double weight = share * (1 + 0.1 * stems_common(&stems, &heard->all));
        if (share >= SYMPTOM_SHARE && weight > most) {
            most = weight;
            *best = item->group;
        }
    }
    return ESI_OK;
}

/* A referral may be noted apart from the case that it stands in. */
static int32_t group_of(const struct note *note, size_t at) {
    const struct note_item *item = &note->items[at];
    int32_t group = item->group;
    for (size_t i = 0; i < note->count && group == 0 && item->kind == NOTE_REFER; i++) {
        group = note->items[i].line == item->line ? note->items[i].group : 0;
    }
    return group;
}

static esi_err focus_symptom(const struct heard *heard, const struct note *note, bool *in,
                             esi_error *err) {
    size_t groups = 0;
    size_t best_from = 0;
    size_t best_to = note->count;
    size_t first = note->count;
    double most = 0;
    for (size_t i = 0; i < note->count;) {
        if (note->items[i].kind != NOTE_SYMPTOM) {
            i++;
            continue;
        }
        double match = 0;
        const esi_err code = symptom_match(heard, note, i, &match, err);
        if (code != ESI_OK) {
            return code;
        }
        first = groups == 0 ? i : first;
        groups++;
        if (match > most) {
            most = match;
            best_from = i;
            best_to = group_end(note, i);
        }
        i = group_end(note, i);
    }
    const bool narrow = groups > 1 && most >= SYMPTOM_SHARE;
    for (size_t i = 0; i < note->count; i++) {
        in[i] = !narrow || i < first || (i >= best_from && i < best_to);
    }
    return ESI_OK;
}

esi_err heard_focus(const struct heard *heard, const struct note *note, bool *in, esi_error *err) {
    int32_t best = 0;
    size_t groups = 0;
    const esi_err code = focus_group(heard, note, &best, &groups, err);
    if (code != ESI_OK || groups == 0) {
        return code != ESI_OK ? code : focus_symptom(heard, note, in, err);
    }
    for (size_t i = 0; i < note->count; i++) {
        const int32_t group = group_of(note, i);
        in[i] = groups < 2 || best == 0 || group == 0 || group == best;
    }
    return ESI_OK;
}
