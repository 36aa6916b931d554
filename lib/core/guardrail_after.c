/* guardrail_after.c: a message that goes on with the one before it. "What is Barkd?" is harmless,
 * and so is "how do I switch it off?" alone. */
#include <string.h>

#include "base/error.h"
#include "core/cues.h"
#include "core/guardrail.h"

#define ORIGIN "core/guardrail"
#define BEFORE_MAX 400  /* bytes of the message before that are looked at: its end */
#define INSISTS_MAX 160 /* bytes of a message that only insists */
#define BETWEEN " || "  /* stands between the two where expressions speak of both */

static bool points_back(struct view text) {
    static const char words[] = "it that this them those these";
    struct view word;
    while (view_split(&text, ' ', &word)) {
        while (word.n > 0 && strchr(".,;:!?", word.p[word.n - 1]) != NULL) {
            word.n--;
        }
        const struct cue_word w = {.form = word};
        if (word.n > 0 && cues_in(&w, words)) {
            return true;
        }
    }
    return false;
}

/* "Come on, he said it's fine": nothing but another try. */
static esi_err read_insists(const struct guardrail_in *in, esi_arena *arena, bool *out,
                            esi_error *err) {
    struct text_folded folded;
    struct pattern_scan *scan = NULL;
    struct pattern_match m;
    *out = false;
    if (in->policy->insists == PATTERN_NONE || in->text.n > INSISTS_MAX) {
        return ESI_OK;
    }
    esi_err e = text_fold(in->text, arena, &folded, err);
    if (e == ESI_OK) {
        e = pattern_scan_create(in->policy->patterns, &scan, err);
    }
    if (e == ESI_OK) {
        pattern_scan_text(scan, (struct view){folded.p, folded.n});
        *out = pattern_scan_find(scan, in->policy->insists, 0, &m) && !m.limit;
        e = pattern_scan_failed(scan) ? fail_memory(err, ORIGIN) : ESI_OK;
        pattern_scan_free(scan);
    }
    return e;
}

/* Both in one text; *tail is where the later one begins. */
static char *join(struct view before, struct view text, esi_arena *arena, size_t *tail) {
    const size_t skip = before.n > BEFORE_MAX ? before.n - BEFORE_MAX : 0;
    const size_t between = strlen(BETWEEN);
    size_t from = skip;
    while (skip > 0 && from < before.n && before.p[from] != ' ') {
        from++;
    }
    *tail = before.n - from + between;
    char *both = arena_alloc(arena, *tail + text.n + 1);
    if (both != NULL) {
        memcpy(both, before.p + from, before.n - from);
        memcpy(both + before.n - from, BETWEEN, between);
        memcpy(both + *tail, text.p, text.n);
        both[*tail + text.n] = '\0';
    }
    return both;
}

static esi_err screen_both(const struct guardrail_in *in, struct view before, esi_arena *arena,
                           struct verdict *out, esi_error *err) {
    size_t tail = 0;
    const char *both = join(before, in->text, arena, &tail);
    struct guardrail_in joined = *in;
    struct verdict v;
    if (both == NULL) {
        return fail_memory(err, ORIGIN);
    }
    joined.text = (struct view){both, tail + in->text.n};
    const esi_err e = guardrail_screen_site(&joined, arena, &v, err);
    size_t kept = 0;
    for (size_t i = 0; e == ESI_OK && i < v.match_count; i++) {
        if (v.matches[i].p >= both + tail) {
            v.matches[kept++] = v.matches[i];
        }
    }
    if (kept > 0) {
        const size_t at = view_find(v.rest, view_trim(VIEW(BETWEEN)), 0);
        v.match_count = kept;
        v.rest = at == SIZE_MAX ? VIEW("") : view_trim(view_slice(v.rest, at + 2, v.rest.n));
        *out = v;
    }
    return e;
}

esi_err guardrail_screen_after(const struct guardrail_in *in, struct view before, esi_arena *arena,
                               struct verdict *out, esi_error *err) {
    struct guardrail_in first = *in;
    struct verdict earlier, v = {.kind = VERDICT_PASS};
    bool insists = false;
    first.text = before;
    esi_err e = guardrail_screen_site(&first, arena, &earlier, err);
    if (e == ESI_OK && earlier.kind != VERDICT_PASS) {
        e = read_insists(in, arena, &insists, err);
    }
    if (e == ESI_OK && insists) {
        v = (struct verdict){
            .kind = VERDICT_REFUSE, .rule = earlier.rule, .view = "message before"};
    } else if (e == ESI_OK && points_back(in->text)) {
        e = screen_both(in, before, arena, &v, err);
    }
    if (e == ESI_OK) {
        *out = v;
    }
    return e;
}
