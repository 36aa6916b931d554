#include "core/stems.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/cues.h"

#define TOKENS_MAX 600
#define LIGHT 0.5f /* the least a word weighs: "machine" tells less than "kubelet" */

/* Words that stand for whoever asks, whatever they ask about. */
static bool is_asker(struct view form) {
    static const char asker[] = "user users learner learners trainee trainees student students "
                                "participant participants person people customer customers caller "
                                "requester reporter somebody someone anybody anyone";
    const struct cue_word word = {.form = form};
    return cues_in(&word, asker);
}

static bool carries_meaning(const struct token *token, uint64_t cues) {
    const uint64_t grammar = CUE_NOT | CUE_MODAL | CUE_MUST | CUE_DO | CUE_BE | CUE_HAVE | CUE_WH |
                             CUE_IF | CUE_SELF | CUE_YOU | CUE_THAT | CUE_DET | CUE_STILL |
                             CUE_KEEP | CUE_PLEASE | CUE_TRY | CUE_BUT | CUE_AND | CUE_PREP;
    if (token->stem.n == 0 || (token->kind == TOKEN_WORD && token->form.n < 2)) {
        return false;
    }
    return token->kind != TOKEN_WORD ||
           (!text_is_stopword(token->form, "en") && !(cues & grammar) && !is_asker(token->form));
}

static float weigh(const struct token *token, uint64_t cues) {
    if (token->kind == TOKEN_IDENTIFIER) {
        return 4.0f;
    }
    if (token->kind == TOKEN_NUMBER) {
        return 2.0f; /* "tier 2": the number tells which */
    }
    bool known = false;
    const float rarity = (float)text_rarity(token->form, &known) - 2.5f;
    const float weight = rarity < LIGHT ? LIGHT : rarity > 3.5f ? 3.5f : rarity;
    return cues & (CUE_GENERIC | CUE_SAY | CUE_GET | CUE_TELL | CUE_WANT | CUE_NOW) ? LIGHT
                                                                                    : weight;
}

static void add(struct stems *stems, struct view stem, float weight) {
    if (stems->count < STEMS_MAX && !stems_have(stems, stem)) {
        stems->items[stems->count] = stem;
        stems->weights[stems->count++] = weight;
    }
}

static bool make_room(struct stems *stems, size_t count, esi_arena *arena) {
    const size_t room = count < STEMS_MAX ? count : STEMS_MAX;
    stems->items = ARENA_ARRAY(arena, room + 1, struct view);
    stems->weights = ARENA_ARRAY(arena, room + 1, float);
    return stems->items && stems->weights;
}

esi_err stems_read(struct view text, esi_arena *arena, struct stems *out, esi_error *err) {
    struct token *tokens = NULL;
    size_t count = 0;
    const esi_err code = text_tokens(text, "en", TOKENS_MAX, arena, &tokens, &count, err);
    if (code != ESI_OK) {
        return code;
    }
    struct stems stems = {0};
    if (!make_room(&stems, count, arena)) {
        return fail_memory(err, "core/stems");
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t cues = tokens[i].kind == TOKEN_WORD ? cues_of(tokens[i].form) : 0;
        stems.negates ^= (cues & CUE_NOT) != 0;
        stems.denies ^= (cues & CUE_NOT) != 0 || ((cues & CUE_FAIL) && !(cues & CUE_THING));
        if (carries_meaning(&tokens[i], cues)) {
            add(&stems, tokens[i].stem, weigh(&tokens[i], cues));
        }
    }
    *out = stems;
    return ESI_OK;
}

esi_err stems_join(const struct stems *a, const struct stems *b, esi_arena *arena,
                   struct stems *out, esi_error *err) {
    struct stems both = {.denies = a->denies, .negates = a->negates};
    if (!make_room(&both, a->count + b->count, arena)) {
        return fail_memory(err, "core/stems");
    }
    for (size_t i = 0; i < a->count; i++) {
        add(&both, a->items[i], a->weights[i]);
    }
    for (size_t i = 0; i < b->count; i++) {
        add(&both, b->items[i], b->weights[i]);
    }
    *out = both;
    return ESI_OK;
}

bool stems_have(const struct stems *stems, struct view stem) {
    for (size_t i = 0; i < stems->count; i++) {
        if (view_eq(stems->items[i], stem)) {
            return true;
        }
    }
    return false;
}

double stems_common(const struct stems *a, const struct stems *b) {
    double common = 0;
    for (size_t i = 0; i < a->count; i++) {
        common += stems_have(b, a->items[i]) ? (double)a->weights[i] : 0.0;
    }
    return common;
}

double stems_share(const struct stems *part, const struct stems *whole) {
    double all = 0;
    for (size_t i = 0; i < part->count; i++) {
        all += (double)part->weights[i];
    }
    return all > 0 ? stems_common(part, whole) / all : 0.0;
}
