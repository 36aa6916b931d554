/* condition.h: what the condition of a note's item asks for, taken apart: "more than two teams lose
 * the tunnel", "it is still black after one restart", "it has been queued for more than an hour".
 * core/heard holds it against what was said. */
#ifndef ESIHELP_CORE_CONDITION_H
#define ESIHELP_CORE_CONDITION_H

#include "core/note.h"
#include "core/quantity.h"
#include "core/stems.h"

/* Who must be hit. */
enum condition_people {
    PEOPLE_ANY,
    PEOPLE_ONE,     /* "of one person": no more than that */
    PEOPLE_ALONE,   /* "only your bench" */
    PEOPLE_SEVERAL, /* at least `people` */
    PEOPLE_ALL      /* "every seat of a class", "the whole row" */
};

/* One statement of it. All that it asks for must hold. */
struct condition_part {
    struct view text; /* all of it */
    struct stems
        words;     /* what must have been said; the subject of "the screen shows" weighs little */
    int32_t tries; /* failed tries that it supposes; 0: none */
    struct view deed; /* ... of this: "restart"; empty: of any step */
    bool more;        /* ... beside the steps: "after that and one cold start" */
    bool has_quantity;
    struct quantity quantity; /* a time, a size, a share, how often; of people it is in `people` */
    enum condition_people who;
    double people; /* more than so many, or so many at least: `people_bound` */
    enum quantity_bound people_bound;
    uint32_t people_kinds; /* KIND_PEOPLE and KIND_SEAT, or KIND_GROUP and KIND_SITE */
    bool every;            /* "every lamp": one of them isn't enough */
    bool others;           /* "another person's files": one's own aren't meant */
    bool before;           /* "has lost one before" */
    bool owns;             /* "you still have the old phone" */
    bool gone;             /* ... is gone: the opposite of that */
    bool again;            /* "it is paused again": what it was before the try doesn't count */
    bool untried;          /* "as long as the steps haven't been tried" */
    uint32_t acts;         /* "requests for ...": bit (1 << esi_act); 0: any */
    bool opens;            /* begins another way to meet the whole: "or ..." */
    bool variant; /* another way to meet the statement before: "the console or the screen" */
};

#define CONDITION_PARTS_MAX 8

struct condition {
    struct condition_part *parts;
    size_t count;
};

/* text: the condition or exception of the item. Errors: ESI_ENOMEM. */
esi_err condition_read(const struct note_item *item, struct view text, esi_arena *arena,
                       struct condition *out, esi_error *err) ESI_MUST_CHECK;

/* Without the "if" or "when" that leads it in. */
struct view condition_bare(struct view condition);
/* "You have neither", "none of this applies", "at any other time": the opposite of all that stands
 * beside it. */
bool condition_excludes(struct view condition, esi_arena *arena);
/* Has it a verb, or is it only a thing: "a stolen stick"? */
bool condition_is_clause(struct view condition, esi_arena *arena);

#endif
