/* index_list.c: lists of sections: of a term, of a phrase, of several alternatives together. */
#include "core/index_parts.h"

#include <string.h>

#include "base/error.h"

#define ORIGIN "core/index"

struct index_list index_list_of(const struct index *index, uint32_t term) {
    const uint32_t from = index->term_from[term];
    return (struct index_list){
        .sections = index->posting_section + from,
        .impacts = index->posting_impact + from,
        .at = index->posting_at + from,
        .count = index->term_from[term + 1] - from,
    };
}

size_t index_list_seek(const struct index_list *list, size_t from, uint32_t section) {
    size_t step = 1, to = from;
    while (to < list->count && list->sections[to] < section) {
        from = to + 1;
        to += step;
        step *= 2;
    }
    to = to < list->count ? to : list->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (list->sections[middle] < section) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/* The words of a phrase in one section. */
struct phrase {
    const uint16_t *places[INDEX_PHRASE_MAX];
    uint32_t counts[INDEX_PHRASE_MAX];
    size_t words;
};

static bool stands(const uint16_t *places, uint32_t count, uint32_t place) {
    for (uint32_t i = 0; i < count && places[i] <= place; i++) {
        if (places[i] == place) {
            return true;
        }
    }
    return false;
}

/* How often it stands in each field, and where first, in the heading if it can; false: nowhere. */
static bool phrase_count(const struct phrase *phrase, uint32_t fields[3], uint32_t *first) {
    bool found = false;
    memset(fields, 0, 3 * sizeof *fields);
    for (uint32_t i = 0; i < phrase->counts[0]; i++) {
        const uint32_t place = phrase->places[0][i];
        size_t word = 1;
        while (word < phrase->words &&
               stands(phrase->places[word], phrase->counts[word], place + (uint32_t)word)) {
            word++;
        }
        if (word == phrase->words) {
            fields[place >= PLACE_TEXT ? 0 : place >= PLACE_HEADING ? 1 : 2]++;
            const bool better =
                *first < PLACE_HEADING && place >= PLACE_HEADING && place < PLACE_TEXT;
            *first = found && !better ? *first : place;
            found = true;
        }
    }
    return found;
}

static uint32_t section_length(const struct index *index, uint32_t section) {
    const uint32_t document = index->section_document[section];
    return index->documents[document]->sections[section - index->document_first[document]].length;
}

/* Moves every list on to `section`; false: one of them doesn't have it. */
static bool meet(const struct index_list *lists, size_t count, size_t *at, uint32_t section) {
    for (size_t i = 0; i < count; i++) {
        at[i] = index_list_seek(&lists[i], at[i], section);
        if (at[i] == lists[i].count || lists[i].sections[at[i]] != section) {
            return false;
        }
    }
    return true;
}

esi_err index_list_phrase(const struct index *index, const uint32_t *terms, size_t count,
                          esi_arena *arena, struct index_list *out, esi_error *err) {
    struct index_list lists[INDEX_PHRASE_MAX] = {{0}};
    size_t at[INDEX_PHRASE_MAX] = {0};
    size_t rarest = 0;
    for (size_t i = 0; i < count; i++) {
        lists[i] = index_list_of(index, terms[i]);
        rarest = lists[i].count < lists[rarest].count ? i : rarest;
    }
    const struct index_list lead = lists[rarest];
    uint32_t *sections = ARENA_ARRAY(arena, lead.count, uint32_t);
    float *impacts = ARENA_ARRAY(arena, lead.count, float);
    uint32_t *places = ARENA_ARRAY(arena, lead.count, uint32_t);
    if (sections == NULL || impacts == NULL || places == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct index_list list = {sections, impacts, places, 0};
    for (size_t i = 0; i < lead.count; i++) {
        const uint32_t section = lead.sections[i];
        if (!meet(lists, count, at, section)) {
            continue;
        }
        struct phrase phrase = {.words = count};
        for (size_t w = 0; w < count; w++) {
            const struct document_posting *posting =
                index_posting(index, section, lists[w].at[at[w]], &phrase.places[w]);
            phrase.counts[w] = (uint32_t)posting->text + posting->heading + posting->title;
        }
        uint32_t fields[3], first = 0;
        if (phrase_count(&phrase, fields, &first)) {
            sections[list.count] = section;
            impacts[list.count] = index_impact(index, fields[0], fields[1], fields[2],
                                               section_length(index, section));
            places[list.count++] = AT_OWN | (fields[1] + fields[2] > 0 ? AT_OWN_HEADED : 0) | first;
        }
    }
    *out = list;
    return ESI_OK;
}

esi_err index_list_join(const struct index_list *a, const struct index_list *b, float factor,
                        esi_arena *arena, struct index_list *out, esi_error *err) {
    const size_t most = a->count + b->count;
    uint32_t *sections = ARENA_ARRAY(arena, most, uint32_t);
    float *impacts = ARENA_ARRAY(arena, most, float);
    uint32_t *at = ARENA_ARRAY(arena, most, uint32_t);
    if (sections == NULL || impacts == NULL || at == NULL) {
        return fail_memory(err, ORIGIN);
    }
    size_t i = 0, j = 0, n = 0;
    while (i < a->count || j < b->count) {
        const bool has_a = i < a->count && (j == b->count || a->sections[i] <= b->sections[j]);
        const bool has_b = j < b->count && (i == a->count || b->sections[j] <= a->sections[i]);
        const float of_a = has_a ? a->impacts[i] : 0.0f;
        const float of_b = has_b ? b->impacts[j] * factor : 0.0f;
        sections[n] = has_a ? a->sections[i] : b->sections[j];
        const bool first = has_a && (!has_b || of_a >= of_b);
        impacts[n] = first ? of_a : of_b;
        at[n++] = first ? a->at[i] : b->at[j];
        i += has_a;
        j += has_b;
    }
    *out = (struct index_list){sections, impacts, at, n};
    return ESI_OK;
}
