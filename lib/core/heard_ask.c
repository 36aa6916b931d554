#include "core/condition.h"
#include "core/cues.h"
#include "core/heard.h"
#include "core/phrase.h"

/* The question that asks whether a condition holds. */

struct view heard_question(const struct note_item *item, esi_arena *arena) {
    const struct view condition = condition_bare(item->condition);
    if (condition.n == 0) {
        return (struct view){0};
    }
    if (item->several_people) {
        return VIEW("Are others seeing this too?");
    }
    const int n = (int)condition.n;
    struct buf direct;
    buf_init(&direct, ISSUE_TEXT_MAX * 2);
    if (phrase_polar(&direct, condition) && !direct.failed) {
        const char *copy = arena_str(arena, buf_view(&direct));
        buf_clear(&direct);
        return view_of(copy);
    }
    buf_clear(&direct);
    char *question = condition_is_clause(condition, arena)
                         ? arena_printf(arena, "Can you tell me whether %.*s?", n, condition.p)
                         : arena_printf(arena, "Does this apply to you: %.*s?", n, condition.p);
    return view_of(question);
}

int heard_answer(const struct heard *heard, struct view question) {
    for (size_t i = 0; heard->issue && i < heard->issue->fact_count; i++) {
        const struct view fact = heard->issue->facts[i];
        const size_t at = view_find(fact, VIEW(ISSUE_ANSWERED), 0);
        /* a long question is kept by its beginning */
        if (at != SIZE_MAX && at > 0 && view_starts(question, view_slice(fact, 0, at))) {
            return heard_yes_or_no(heard, heard_said_part(fact));
        }
    }
    return 0;
}

esi_err heard_waits(const struct heard *heard, const struct note_item *item, bool *out,
                    esi_error *err) {
    struct condition condition;
    bool waits = item->tries > 0 || item->all_tried;
    const esi_err code = condition_read(item, item->condition, heard->arena, &condition, err);
    for (size_t i = 0; code == ESI_OK && i < condition.count; i++) {
        waits |= condition.parts[i].tries > 0;
    }
    if (code == ESI_OK) {
        *out = waits;
    }
    return code;
}

bool heard_can_ask(const struct note_item *item) {
    struct view rest = item->condition;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        char folded[24];
        if (word.n >= sizeof(folded)) {
            continue;
        }
        for (size_t i = 0; i < word.n; i++) {
            const char c = word.p[i];
            folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        const struct cue_word desk = {.form = {folded, word.n}};
        if (cues_in(&desk, "tier severity ticket tickets escalated escalation knowledge-base "
                           "assistant desk documented")) {
            return false;
        }
    }
    return true;
}
