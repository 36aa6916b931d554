#include "core/issue_topic.h"

#include "base/word_vector.h"
#include "core/stems.h"

#define STEPS_MAX 12    /* of those given last */
#define QUESTIONS_MAX 4 /* ... asked last */
#define ALIKE_FROM 0.45 /* words less alike than this have nothing to do with each other */
#define ALIKE_SHARE 0.7 /* what a word counts at most that is only alike */

double issue_topic_overlap(const struct issue *issue, const struct reading *reading) {
    const size_t least =
        issue->topic_count < reading->topic_count ? issue->topic_count : reading->topic_count;
    size_t shared = 0;
    for (size_t i = 0; i < reading->topic_count; i++) {
        for (size_t k = 0; k < issue->topic_count; k++) {
            if (view_eq(reading->topic[i], issue->topic[k])) {
                shared++;
                break;
            }
        }
    }
    return least == 0 ? 0.0 : (double)shared / (double)least;
}

/* The words of what was said to the user. */
static esi_err said_words(const struct issue *issue, esi_arena *arena, struct stems *out,
                          esi_error *err) {
    struct stems all = {0};
    const size_t step = issue->step_count > STEPS_MAX ? issue->step_count - STEPS_MAX : 0;
    const size_t asked =
        issue->asked_count > QUESTIONS_MAX ? issue->asked_count - QUESTIONS_MAX : 0;
    const size_t steps = issue->step_count - step;
    const size_t count = steps + issue->asked_count - asked;
    for (size_t i = 0; i < count; i++) {
        struct stems words;
        struct stems both;
        const struct view text =
            i < steps ? issue->steps[step + i] : issue->asked[asked + i - steps];
        esi_err code = stems_read(text, arena, &words, err);
        if (code == ESI_OK) {
            code = stems_join(&all, &words, arena, &both, err);
        }
        if (code != ESI_OK) {
            return code;
        }
        all = both;
    }
    *out = all;
    return ESI_OK;
}

/* 1 for the word itself, less for one that may stand for it. */
static double likeness(struct view a, uint16_t a_vector, struct view b) {
    if (view_eq(a, b)) {
        return 1.0;
    }
    const double alike = (double)word_vector_similarity(a_vector, word_vector_find(b));
    const double share = (alike - ALIKE_FROM) / (1.0 - ALIKE_FROM);
    return share > 0 ? share * ALIKE_SHARE : 0.0;
}

static double known(struct view word, const struct issue *issue, const struct stems *said) {
    const uint16_t vector = word_vector_find(word);
    double most = 0;
    for (size_t i = 0; i < issue->topic_count && most < 1; i++) {
        const double like = likeness(word, vector, issue->topic[i]);
        most = like > most ? like : most;
    }
    for (size_t i = 0; i < said->count && most < 1; i++) {
        const double like = likeness(word, vector, said->items[i]);
        most = like > most ? like : most;
    }
    return most;
}

esi_err issue_topic_share(const struct issue *issue, const struct reading *reading,
                          esi_arena *arena, double *out, esi_error *err) {
    struct stems said;
    double weight = 0;
    double shared = 0;
    const esi_err code = said_words(issue, arena, &said, err);
    for (size_t i = 0; code == ESI_OK && i < reading->topic_count; i++) {
        const double w = (double)reading->topic_weights[i];
        weight += w;
        shared += w * known(reading->topic[i], issue, &said);
    }
    if (code == ESI_OK) {
        *out = weight > 0 ? shared / weight : 1.0;
    }
    return code;
}

/* The word of a fact that is a code: "NL-1107", of "prints ERR_420"; empty if none is. */
static struct view code_of(struct view fact) {
    struct view rest = fact;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        size_t digits = 0;
        bool joined = false;
        for (size_t k = 0; k < word.n; k++) {
            digits += word.p[k] >= '0' && word.p[k] <= '9';
            joined |= word.p[k] == '-' || word.p[k] == '_';
        }
        if (digits >= 2 && joined) {
            return word;
        }
    }
    return (struct view){0};
}

bool issue_topic_new_code(const struct issue *issue, const struct reading *reading) {
    for (size_t i = 0; i < reading->fact_count; i++) {
        const struct view fact = code_of(reading->facts[i]);
        bool known_code = fact.n == 0;
        for (size_t k = 0; k < issue->fact_count && !known_code; k++) {
            known_code = view_find(issue->facts[k], fact, 0) != SIZE_MAX;
        }
        known_code = known_code || view_find(issue->query, fact, 0) != SIZE_MAX;
        for (size_t k = 0; k < issue->step_count && !known_code; k++) {
            known_code = view_find(issue->steps[k], fact, 0) != SIZE_MAX;
        }
        if (!known_code) {
            return true;
        }
    }
    return false;
}
