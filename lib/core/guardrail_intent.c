#include "core/guardrail_view.h"

/* The cue that ends nearest before the match governs it; of two that end together the longer, so
 * that "why can't I" is a why and not a can't. */
struct governor {
    enum policy_intent intent;
    size_t from, to;
    bool found;
};

static void look_before(struct pattern_scan *scan, const struct policy_cue *cue, size_t begin,
                        size_t end, struct governor *best) {
    struct pattern_match m;
    size_t at = begin;
    if (cue->before == PATTERN_NONE || !pattern_scan_maybe(scan, cue->before)) {
        return;
    }
    while (pattern_scan_find_before(scan, cue->before, at, end, &m) && !m.limit) {
        const size_t to = m.to < end ? m.to : end;
        if (!best->found || to > best->to || (to == best->to && m.from < best->from)) {
            *best = (struct governor){(enum policy_intent)cue->intent, m.from, to, true};
        }
        at = m.to > m.from ? m.to : m.from + 1u;
    }
}

enum policy_intent guardrail_intent(const struct policy *policy, struct pattern_scan *scan,
                                    struct view text, const struct pattern_match *match) {
    size_t begin = 0, end = 0;
    policy_sentence(text, match->from, &begin, &end);
    struct governor best = {.intent = INTENT_ORDER};
    for (size_t i = 0; i < policy->cue_count; i++) {
        look_before(scan, &policy->cues[i], begin, match->from, &best);
    }
    for (size_t i = 0; i < policy->cue_count && !best.found; i++) {
        const struct policy_cue *cue = &policy->cues[i];
        struct pattern_match m;
        if (cue->after != PATTERN_NONE &&
            pattern_scan_find_before(scan, cue->after, match->to, end, &m) && !m.limit) {
            best = (struct governor){(enum policy_intent)cue->intent, m.from, m.to, true};
        }
    }
    return best.intent;
}
