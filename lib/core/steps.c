#include "core/steps.h"

#include "base/error.h"
#include "base/text.h"
#include "base/word_vector.h"
#include "core/cues.h"

#define TOKENS_MAX 120
#define LIKE_LEAST 0.6f

/* Stems of words for the same deed; the first stands for all. */
static const char *const families[] = {
    "restart reboot relaunch power-cycl",
    "reload refresh",
    "sign log relogin",
    "quit close exit leav",
    "clear delet remov flush empti",
    "connect reconnect rejoin",
    "instal reinstal",
    "switch chang replac swap",
    "updat upgrad",
    "check verifi confirm",
    "open start launch",
    "stop shut halt",
};

static struct view family_of(struct view stem) {
    const struct cue_word word = {.form = stem};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (cues_in(&word, families[i])) {
            struct view rest = view_of(families[i]);
            struct view first = stem;
            (void)view_split(&rest, ' ', &first);
            return first;
        }
    }
    return stem;
}

static void add_deed(struct step_words *step, struct view deed) {
    for (size_t i = 0; i < step->deed_count; i++) {
        if (view_eq(step->deeds[i], deed)) {
            return;
        }
    }
    if (step->deed_count < STEP_DEEDS_MAX) {
        step->deeds[step->deed_count++] = deed;
    }
}

static bool is_deed(const struct token *token, uint64_t cues) {
    return token->kind == TOKEN_WORD && (cues & CUE_VERB) &&
           (cues & (CUE_MEND | CUE_DEED | CUE_ORDER)) && !(cues & (CUE_TRY | CUE_GET));
}

static void read_deeds(const struct token *tokens, size_t count, struct step_words *out) {
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        const uint64_t cues = cues_of(tokens[i].form);
        out->mends |= is_deed(&tokens[i], cues) && (cues & CUE_MEND);
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t cues = cues_of(tokens[i].form);
        const bool grammar = text_is_stopword(tokens[i].form, "en") || (cues & CUE_TRY);
        /* an order begins with its verb, whether the word is known or not */
        const bool leads = first && !grammar && tokens[i].kind == TOKEN_WORD;
        const bool deed = is_deed(&tokens[i], cues);
        if (out->mends ? deed && (cues & CUE_MEND) : deed || leads) {
            add_deed(out, family_of(tokens[i].stem));
        }
        first = first && grammar;
    }
}

/* "The VM" is "the machine". */
static void name_things(struct step_words *step) {
    for (size_t i = 0; i < step->objects.count; i++) {
        const struct cue_word word = {.form = step->objects.items[i]};
        if (cues_in(&word, "vm vms comput pc")) {
            step->objects.items[i] = VIEW("machin");
        }
    }
}

static void drop_deeds(struct step_words *step) {
    size_t kept = 0;
    for (size_t i = 0; i < step->objects.count; i++) {
        const struct view deed = family_of(step->objects.items[i]);
        bool is = false;
        for (size_t k = 0; k < step->deed_count; k++) {
            is |= view_eq(deed, step->deeds[k]);
        }
        if (!is) {
            step->objects.items[kept] = step->objects.items[i];
            step->objects.weights[kept++] = step->objects.weights[i];
        }
    }
    step->objects.count = kept;
}

esi_err step_read(struct view text, esi_arena *arena, struct step_words *out, esi_error *err) {
    struct token *tokens = NULL;
    size_t count = 0;
    struct step_words step = {0};
    esi_err code = text_tokens(text, "en", TOKENS_MAX, arena, &tokens, &count, err);
    if (code == ESI_OK) {
        code = stems_read(text, arena, &step.objects, err);
    }
    if (code == ESI_OK) {
        read_deeds(tokens, count, &step);
        drop_deeds(&step);
        name_things(&step);
        *out = step;
    }
    return code;
}

/* Its n-th word: a deed, then an object; p is NULL beyond. */
static struct view word_of(const struct step_words *step, size_t n) {
    if (n < step->deed_count) {
        return step->deeds[n];
    }
    n -= step->deed_count;
    return n < step->objects.count ? step->objects.items[n] : (struct view){NULL, 0};
}

bool step_mentions(const struct step_words *step, const struct step_words *wanted) {
    for (size_t i = 0; word_of(wanted, i).p; i++) {
        const struct view word = family_of(word_of(wanted, i));
        const uint16_t vector = word_vector_find(word);
        for (size_t k = 0; word_of(step, k).p; k++) {
            const struct view other = family_of(word_of(step, k));
            if (view_eq(word, other) ||
                word_vector_similarity(vector, word_vector_find(other)) >= LIKE_LEAST) {
                return true;
            }
        }
    }
    return false;
}

static bool shares_deed(const struct step_words *step, const struct step_words *done) {
    for (size_t i = 0; i < step->deed_count; i++) {
        for (size_t k = 0; k < done->deed_count; k++) {
            if (view_eq(step->deeds[i], done->deeds[k])) {
                return true;
            }
        }
    }
    return false;
}

bool step_is(const struct step_words *step, const struct step_words *done) {
    const bool deed = shares_deed(step, done);
    const double here = stems_share(&step->objects, &done->objects);
    const double there = stems_share(&done->objects, &step->objects);
    if (!deed) {
        return here >= 0.8 && step->objects.count >= 2;
    }
    /* of several deeds in one breath nothing says which object is whose */
    if (done->mends && done->deed_count > 1) {
        return step->mends;
    }
    /* "rebooted it": the deed alone; "cleared the cache": the object must be there, too */
    return done->objects.count == 0 || step->objects.count == 0 || there >= 0.4 || here >= 0.4;
}
