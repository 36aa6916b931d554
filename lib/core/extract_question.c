#include "base/error.h"
#include "core/cues.h"
#include "core/extract_follow.h"
#include "core/focus.h"

/* What answers a question: each of its parts by itself, and of a trouble that is being treated by
 * its own sections first. */

static const char *const origin = "core/extract";

/* Of what the best section has of a question, for one that treats the trouble. */
#define OWN_SHARE 0.75

/* "... and how long does that take?": of what was asked before. */
static bool refers_back(struct view part) {
    struct view word;
    while (view_split(&part, ' ', &word)) {
        while (word.n > 0 && (word.p[word.n - 1] == '?' || word.p[word.n - 1] == ',')) {
            word.n--;
        }
        if (cues_in(&(struct cue_word){.form = word}, "it that this they them")) {
            return true;
        }
    }
    return false;
}

/* Somebody who asks several things gets each of them answered. */
esi_err select_best(struct selecting *s) {
    struct view parts[WANT_PARTS_MAX];
    size_t count = 0;
    struct view whole = select_asked(s->in);
    esi_err code = ESI_OK;
    s->now = s->heard->now;
    if (s->in->reading->act == ESI_ACT_QUESTION) {
        const size_t all = whole.n;
        code = focus_asked(whole, s->arena, &whole, s->err);
        if (code == ESI_OK && whole.n < all) { /* not the story around it */
            code = stems_read(whole, s->arena, &s->now, s->err);
        }
    }
    if (code == ESI_OK) {
        code = want_parts(whole, s->arena, parts, &count, s->err);
    }
    if (code == ESI_OK && count == 0) {
        s->asked = whole;
        return select_one(s);
    }
    for (size_t i = 0; i < count && code == ESI_OK; i++) {
        const struct stems before = s->now;
        s->asked = parts[i];
        code = stems_read(parts[i], s->arena, &s->now, s->err);
        if (code == ESI_OK && i > 0 && refers_back(parts[i])) {
            struct stems both;
            code = stems_join(&s->now, &before, s->arena, &both, s->err);
            s->now = code == ESI_OK ? both : s->now;
        }
        if (code == ESI_OK) {
            code = select_one(s);
        }
    }
    return code;
}

/* "Should I just start a second one?": of a trouble that is being treated its own sections answer
 * first. */
static bool treats(const struct extract_in *in, enum section_use *uses) {
    const struct issue *issue = in->issue;
    bool any = false;
    for (size_t i = 0; issue && i < in->passage_count; i++) {
        uses[i] = SECTION_NONE;
        for (size_t k = 0; k < issue->cited_count; k++) {
            if (section_usable(&in->passages[i]) &&
                view_eq(issue->cited[k], in->passages[i].section_id)) {
                uses[i] = SECTION_MAIN;
                any = true;
            }
        }
    }
    /* "how long is that good for": of what was answered last */
    const bool back = in->reading->refers && in->reading->topic_count == 0;
    return any && in->step == ISSUE_CONTINUED && (issue->act == ESI_ACT_TROUBLE || back);
}

/* Nothing was found but steps that were given: nobody asks for them, or they were of no help. */
static bool repeats(const struct selecting *s, const struct selection *own) {
    const struct issue *issue = s->in->issue;
    const bool failed = issue && issue->failed_tries > 0;
    size_t given = 0;
    for (size_t i = 0; i < own->body_count; i++) {
        given += own->body[i].kind == NOTE_STEP && follow_given(s, own->body[i].text);
    }
    return own->own <= 0 && (failed ? given > 0 : given > 1 && !own->wants_steps);
}

esi_err select_answer(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                      struct selection **out, esi_error *err) {
    struct selecting s = {.in = in, .heard = heard, .arena = arena, .err = err};
    struct selection *own = NULL;
    struct selection *any = NULL;
    enum section_use *uses = ARENA_ARRAY(arena, in->passage_count + 1, enum section_use);
    esi_err code = uses ? ESI_OK : fail_memory(err, origin);
    if (code == ESI_OK && treats(in, uses)) {
        code = select_begin(&s, &own);
        s.uses = uses;
        code = code == ESI_OK ? select_best(&s) : code;
        s.uses = NULL;
    }
    const bool enough = code == ESI_OK && own && own->body_count > 0 && in->reading->refers;
    if (code == ESI_OK && !enough) {
        code = select_begin(&s, &any);
        code = code == ESI_OK ? select_best(&s) : code;
    }
    if (code == ESI_OK) {
        const bool as_good =
            enough || (own && own->body_count > 0 && own->own >= OWN_SHARE * any->own);
        *out = as_good ? own : any;
        if (own && repeats(&s, *out)) {
            (*out)->body_count = (*out)->steps = 0;
        }
    }
    return code;
}
