#include "core/clause.h"

#include "base/error.h"

#define AUX (CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST)

uint64_t clause_cues(const struct clause *clause, size_t i) {
    if (i >= clause->count || (clause->words[i].cues & CUE_QUOTED)) {
        return 0;
    }
    return clause->words[i].cues;
}

size_t clause_find(const struct clause *clause, uint64_t cues, size_t from) {
    while (from < clause->count && !(clause_cues(clause, from) & cues)) {
        from++;
    }
    return from < clause->count ? from : clause->count;
}

bool clause_has(const struct clause *clause, size_t i, const char *forms) {
    return i < clause->count && !(clause->words[i].cues & CUE_QUOTED) &&
           cues_in(&clause->words[i], forms);
}

size_t clause_word(const struct clause *clause, const char *forms, size_t from) {
    while (from < clause->count && !clause_has(clause, from, forms)) {
        from++;
    }
    return from < clause->count ? from : clause->count;
}

/* ---- where clauses end ----------------------------------------------------------------------- */

static bool begins_clause(const struct cue_word *words, size_t count, size_t i) {
    if (i >= count || (words[i].cues & CUE_QUOTED)) {
        return false;
    }
    if (words[i].cues & (CUE_SUBJ | CUE_OWN | CUE_PLEASE)) {
        return true;
    }
    /* "and the console stays black", but not "the VPN and the console" */
    const bool noun =
        (words[i].cues & CUE_DET) || (words[i].cues & CUE_OTHERS) || (words[i].cues & CUE_NOT);
    for (size_t k = i + 1; noun && k < count && k < i + 4; k++) {
        if (words[k].cues & (AUX | CUE_KEEP | CUE_FAIL | CUE_NOT | CUE_S)) {
            return true;
        }
        if (words[k].mark) {
            break;
        }
    }
    return (words[i].cues & CUE_WH) && i + 1 < count && (words[i + 1].cues & (AUX | CUE_PREP));
}

/* Does a clause end after word i? */
static bool ends_clause(const struct cue_word *words, size_t count, size_t i) {
    const char mark = words[i].mark;
    if (i + 1 >= count || (mark && mark != ',' && mark != ':')) {
        return true;
    }
    const struct cue_word *next = &words[i + 1];
    if (next->cues & CUE_QUOTED) {
        return false;
    }
    if (cues_is(next, "if") && i + 2 < count && (words[i + 2].cues & CUE_YOU)) {
        return false; /* "I'd be glad if you could ..." */
    }
    if (next->cues & (CUE_BUT | CUE_IF)) {
        return !cues_is(next, "yet") && !cues_is(next, "whether");
    }
    if (cues_in(next, "because while whereas until")) {
        return true;
    }
    if (cues_is(next, "when") && i > 0 && !(words[i].cues & CUE_PREP)) {
        return true;
    }
    if (cues_in(next, "and so then since")) {
        const size_t skip = i + 2 < count && cues_in(&words[i + 2], "then now also") ? 3 : 2;
        return begins_clause(words, count, i + skip);
    }
    return mark == ',' && begins_clause(words, count, i + 1);
}

/* ---- what form it has ------------------------------------------------------------------------ */

/* Words that stand before a clause proper: "hi", "please", "and", "so". */
static size_t skip_fillers(const struct clause *clause) {
    size_t i = 0;
    while (i + 1 < clause->count &&
           ((clause_cues(clause, i) & (CUE_GREET | CUE_BUT | CUE_AND | CUE_PLEASE | CUE_THANK)) ||
            clause_has(clause, i, "ok okay so well also just then now hm oh there all team"))) {
        i++;
    }
    return i;
}

static bool aux_within(const struct clause *clause, size_t from, size_t reach) {
    for (size_t i = from; i < from + reach; i++) {
        if (clause_cues(clause, i) & AUX) {
            return true;
        }
    }
    return false;
}

/* "I don't know how", "I wonder where", "tell me what", "not sure whether". */
static bool asks_indirectly(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        if (!(clause_cues(clause, i) & (CUE_MIND | CUE_TELL))) {
            continue;
        }
        for (size_t k = i + 1; k < i + 4; k++) {
            if ((clause_cues(clause, k) & CUE_WH) || clause_has(clause, k, "if whether about")) {
                return true;
            }
        }
        if (i <= 1 && (clause_cues(clause, i) & CUE_TELL) && (clause_cues(clause, i) & CUE_VERB) &&
            !(clause_cues(clause, i) & (CUE_ED | CUE_S | CUE_ING))) {
            return true;
        }
    }
    const size_t to = clause_word(clause, "to", 0);
    return to > 0 && to < clause->count && (clause_cues(clause, to - 1) & CUE_WANT) &&
           (clause_cues(clause, to + 1) & CUE_TELL);
}

static bool opens_question(const struct clause *clause, size_t i) {
    const uint64_t cues = clause_cues(clause, i);
    if (clause_has(clause, i, "when where while which") && clause->mark != '?') {
        return (clause_cues(clause, i + 1) & AUX) != 0 ||
               (clause_has(clause, i, "which") && aux_within(clause, i + 1, 3));
    }
    if (cues & CUE_WH) {
        return clause->mark == '?' || clause_has(clause, i + 1, "to about if come") ||
               aux_within(clause, i + 1, 4) || clause_has(clause, i, "whats hows wheres what's") ||
               (cues & AUX);
    }
    if (cues & AUX & ~CUE_NOT && !(cues & (CUE_SUBJ | CUE_SELF)) && !(cues & CUE_ED)) {
        /* "is the ...", "can I ..."; not "don't open ...", "do it" */
        const uint64_t next = clause_cues(clause, i + 1);
        const bool order = (cues & CUE_DO) && !(next & (CUE_SUBJ | CUE_DET | CUE_SELF | CUE_YOU));
        const bool denied = (cues & CUE_NOT) && !(next & (CUE_SUBJ | CUE_DET));
        return !order && !denied && clause->count > i + 1 && !(next & CUE_NOT);
    }
    return false;
}

static void read_form(struct clause *clause) {
    const size_t i = skip_fillers(clause);
    clause->asks = opens_question(clause, i) || asks_indirectly(clause);
    const bool how_fix =
        clause_has(clause, i, "how") && clause_find(clause, CUE_SOLVE, i) < clause->count;
    clause->why =
        clause->asks && (clause_has(clause, i, "why") || how_fix ||
                         (clause_has(clause, i, "how") && clause_has(clause, i + 1, "come")));
    clause->supposes = (clause_cues(clause, i) & CUE_IF) != 0 ||
                       clause_has(clause, i, "once whenever") ||
                       (clause_has(clause, i, "what") && clause_has(clause, i + 1, "if"));
    for (size_t k = i; k < clause->count; k++) {
        clause->supposes |= clause_has(clause, k, "in") && clause_has(clause, k + 1, "case");
        clause->past |=
            clause_has(clause, k, "previously formerly") ||
            (clause_has(clause, k, "last") &&
             clause_has(clause, k + 1, "week month year semester term time course")) ||
            (clause_has(clause, k, "weeks months years") && clause_has(clause, k + 1, "ago back"));
    }
    clause->past = clause->past && !(clause->seen & (CUE_NOW | CUE_STILL));
    /* "my colleague says that ...": not what this person reports */
    const size_t say = clause_find(clause, CUE_SAY, i);
    if (say < clause->count && say > i) {
        bool other = false;
        for (size_t k = i; k < say; k++) {
            other |= (clause_cues(clause, k) & (CUE_OTHERS | CUE_PERSON)) != 0 ||
                     clause_has(clause, k, "he she they manual guide policy document friend");
        }
        clause->cites = other && !(clause_cues(clause, say) & CUE_ING);
    }
    clause->about_desk =
        clause->asks && clause->count <= i + 7 && clause_find(clause, CUE_YOU, i) < clause->count &&
        ((clause_cues(clause, i + 1) & CUE_BE) || (clause_cues(clause, i) & CUE_BE) ||
         (clause_has(clause, i, "what") && clause_has(clause, i + 1, "can"))) &&
        clause_find(clause, CUE_OWN | CUE_FAIL | CUE_MEND, i) == clause->count;
}

/* ---- the whole message ----------------------------------------------------------------------- */

static void open_clause(struct clause *clause, const struct cue_text *text, size_t first,
                        size_t end) {
    clause->words = text->words + first;
    clause->first = first;
    clause->count = end - first;
    clause->mark = text->words[end - 1].mark;
    clause->last = end == text->count || (clause->mark && clause->mark != ',');
    for (size_t i = 0; i < clause->count; i++) {
        clause->seen |= clause_cues(clause, i);
    }
}

esi_err clause_read(const struct cue_text *text, esi_arena *arena, struct clause **out,
                    size_t *out_count, esi_error *err) {
    size_t count = 0;
    for (size_t i = 0; i < text->count; i++) {
        count += ends_clause(text->words, text->count, i);
    }
    struct clause *clauses = ARENA_ARRAY(arena, count + 1, struct clause);
    if (!clauses) {
        return fail_memory(err, "core/clause");
    }
    size_t first = 0;
    size_t used = 0;
    for (size_t i = 0; i < text->count; i++) {
        if (!ends_clause(text->words, text->count, i)) {
            continue;
        }
        struct clause *clause = &clauses[used++];
        open_clause(clause, text, first, i + 1);
        read_form(clause);
        /* "What happens if it crashes", "what do I do when it hangs": supposed with the question */
        const struct clause *before = used > 1 ? clause - 1 : NULL;
        const bool when = clause_has(clause, 0, "when");
        if (when && !clause->asks && before && before->asks && !before->last) {
            clause->supposes = true;
        }
        clause_trouble(clause);
        clause_want(clause);
        first = i + 1;
    }
    *out = clauses;
    *out_count = used;
    return ESI_OK;
}
