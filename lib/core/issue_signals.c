#include "core/issue_signals.h"

#include "base/error.h"
#include "core/people.h"

/* Signals count where something is asserted. */
static bool asserts(const struct clause *clause) {
    return !clause->supposes && !clause->cites && !clause->past &&
           (!clause->asks || clause->trouble || clause->request || clause->person);
}

/* The bytes of some words. */
struct stretch {
    uint32_t from, to;
};

/* "Nobody", "no one". */
static bool is_nobody(const struct clause *clause, size_t i) {
    return clause_has(clause, i, "nobody none") || clause_has(clause, i + 1, "one");
}

/* "No work", "nothing graded": the words right behind it are denied. "No longer" tells that
 * something has ended, "not only" that there is more. */
static bool denies_noun(const struct clause *clause, size_t i, uint64_t aux) {
    return clause_has(clause, i, "no not without nothing") &&
           !clause_has(clause, i + 1, "longer only just") &&
           !(aux & (CUE_MODAL | CUE_DO | CUE_HAVE | CUE_BE));
}

/* What the negation at i reaches: "no work was lost", "isn't graded", "nobody else". What can't be
 * done stays: "can't submit the exam" is about the exam. */
static struct stretch reach_of(const struct clause *clause, size_t i) {
    const size_t all = clause->count - 1;
    const uint64_t cues = clause_cues(clause, i);
    const uint64_t before = i > 0 ? clause_cues(clause, i - 1) : 0;
    const uint64_t aux = cues | (clause_has(clause, i, "not") ? before : 0);
    const bool lost = clause_find(clause, CUE_FAIL, i + 1) < clause->count;
    size_t end = i; /* none */
    if (is_nobody(clause, i)) {
        end = clause_word(clause, "else", i) < clause->count ? all : i;
    } else if (denies_noun(clause, i, aux)) {
        while (end < all && end < i + 3 && !clause->words[end].mark) {
            end++;
        }
    } else if (((aux & CUE_BE) && !clause_has(clause, i + 1, "longer only just")) ||
               ((aux & (CUE_HAVE | CUE_DO)) && lost)) {
        /* "isn't available" is a trouble */
        end = clause_cues(clause, i + 1) & (CUE_GOOD | CUE_WORK | CUE_ING) ? i : all;
    }
    const uint32_t first = clause->words[i].to;
    return (struct stretch){first, end > i ? clause->words[end].to : first};
}

static void mark_denied(const struct clause *clause, bool *denied) {
    for (size_t i = 0; i < clause->count; i++) {
        if (clause_cues(clause, i) & CUE_NOT) {
            const struct stretch reach = reach_of(clause, i);
            for (uint32_t k = reach.from; k < reach.to; k++) {
                denied[k] = true;
            }
        }
    }
}

static void blank(const struct clause *clause, char *folded) {
    for (uint32_t i = clause->words[0].from; i < clause->words[clause->count - 1].to; i++) {
        folded[i] = '.';
    }
}

esi_err issue_signals(const struct signals_in *in, esi_arena *arena, uint64_t *out,
                      esi_error *err) {
    const struct view text = {in->text->folded.p, in->text->folded.n};
    char *folded = arena_str(arena, text);
    bool *denied = ARENA_ARRAY(arena, text.n + 1, bool);
    if (!folded || !denied) {
        return fail_memory(err, "core/issue");
    }
    bool several = false;
    for (size_t i = 0; i < in->clause_count; i++) {
        const struct clause *clause = &in->clauses[i];
        if (asserts(clause)) {
            mark_denied(clause, denied);
        } else {
            blank(clause, folded);
        }
        /* "everyone on my course says that it crashes" */
        const bool told = clause->cites && !clause->asks && !clause->supposes && !clause->past;
        several |= (told || asserts(clause)) && people_hit(clause) != PEOPLE_NOT_SAID;
    }
    uint64_t signals = 0;
    const struct view said = {folded, text.n};
    const esi_err code = policy_signals_but(in->policy, said, denied, &signals, err);
    if (code == ESI_OK) {
        *out = signals | (several ? policy_signal_bit(in->policy, "several-people") : 0);
    }
    return code;
}
