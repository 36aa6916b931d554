#include "core/headline.h"

#include "core/clause.h"

/* What a sentence is worth as a headline; of equals the first counts. */
enum worth { WORTH_NOTHING, WORTH_TONE, WORTH_WORDS, WORTH_ASKED, WORTH_WANTED, WORTH_TOLD };

/* Cues of words that say nothing of what is wrong. */
#define CUES_TONE                                                                                  \
    (CUE_GREET | CUE_GREETFILL | CUE_PLEASE | CUE_HURRY | CUE_THANK | CUE_ACK | CUE_YES |          \
     CUE_FAREWELL | CUE_HELP | CUE_AND | CUE_BUT | CUE_TALK)

static bool only_tone(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause->words[i].cues;
        if (!(cues & (CUES_TONE | CUE_GENERIC | CUE_SELF | CUE_DET | CUE_PREP | CUE_BE))) {
            return false;
        }
    }
    return true;
}

/* "it doesn't work" and "my friend has the same problem" name nothing. */
static bool names_thing(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        if (clause->words[i].cues == 0 || (clause->words[i].cues & CUE_QUOTED)) {
            return true;
        }
    }
    return false;
}

static enum worth worth_of(const struct clause *clause) {
    if (clause->count == 0) {
        return WORTH_NOTHING;
    }
    if (clause->person || clause->no_ticket || clause->about_desk || only_tone(clause)) {
        return WORTH_TONE;
    }
    if (clause->trouble && !clause->supposes && (!clause->asks || clause->why)) {
        return names_thing(clause) ? WORTH_TOLD : WORTH_WANTED;
    }
    return clause->request ? WORTH_WANTED : clause->asks ? WORTH_ASKED : WORTH_WORDS;
}

/* From `first` to the clause that ends its sentence. */
static size_t sentence_end(const struct clause *clauses, size_t count, size_t first) {
    size_t end = first;
    while (end + 1 < count && !clauses[end].last) {
        end++;
    }
    return end;
}

/* Greetings and "please" before the words that count. */
static size_t skip_tone(const struct cue_word *words, size_t from, size_t to) {
    size_t at = from;
    uint64_t skipped = CUE_GREET | CUE_PLEASE | CUE_ACK | CUE_YES | CUE_BUT;
    while (at < to && (words[at].cues & skipped) && !(words[at].cues & CUE_QUOTED)) {
        skipped |= words[at].cues & CUE_GREET ? CUE_GREETFILL : 0;
        at++;
    }
    return at < to ? at : from;
}

esi_err headline_find(struct view message, esi_arena *arena, struct view *out, esi_error *err) {
    struct cue_text text;
    struct clause *clauses = NULL;
    size_t count = 0;
    esi_err code = cues_read(message, arena, &text, err);
    if (code == ESI_OK) {
        code = clause_read(&text, arena, &clauses, &count, err);
    }
    if (code != ESI_OK) {
        return code;
    }
    enum worth best = WORTH_TONE;
    struct view found = view_trim(message);
    for (size_t first = 0; first < count;) {
        const size_t end = sentence_end(clauses, count, first);
        enum worth worth = WORTH_NOTHING;
        size_t begin = first;
        for (size_t i = first; i <= end; i++) {
            const enum worth one = worth_of(&clauses[i]);
            begin = worth <= WORTH_TONE && one > WORTH_TONE ? i : begin;
            worth = one > worth ? one : worth;
        }
        if (worth > best) {
            const struct clause *tail = &clauses[end];
            const size_t to = tail->first + tail->count;
            const size_t from = skip_tone(text.words, clauses[begin].first, to);
            found = cues_source(&text, message, text.words[from].from, text.words[to - 1].to);
            best = worth;
        }
        first = end + 1;
    }
    *out = view_trim(found);
    return ESI_OK;
}
