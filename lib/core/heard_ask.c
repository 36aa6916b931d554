#include "core/condition.h"
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
