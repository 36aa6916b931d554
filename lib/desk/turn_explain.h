/* turn_explain.h: why each stage did what it did, for callers that ask. Each function reads what
 * its stage has just left in the turn, and changes nothing of it. Nothing is done, and nothing
 * paid, where nobody asks. */
#ifndef ESIHELP_DESK_TURN_EXPLAIN_H
#define ESIHELP_DESK_TURN_EXPLAIN_H

#include "desk/turn.h"

/* Makes room for the lines where the caller asked for them. Errors: ESI_ENOMEM. */
esi_err turn_explain_begin(struct turn *turn) ESI_MUST_CHECK;

/* Adds one line. What is wider than a line is cut; it is one line whatever it quotes. */
void turn_explain(struct turn *turn, const char *stage, const char *format, ...) ESI_PRINTF(3, 4);

/* The last line, of a constant text: needs no memory. */
void turn_explain_last(struct turn *turn, const char *stage, const char *text);

/* A line that is put together; what is too long is cut. Begin with all zero. */
struct pen {
    char text[480];
    size_t n;
    int items; /* of the list under way */
};

void pen_add(struct pen *pen, const char *format, ...) ESI_PRINTF(2, 3);
/* An item of a list: `before` stands before the first one, a comma before the others. */
void pen_item(struct pen *pen, const char *before, struct view item);

/* Did memory run out for a line? The turn fails then, as long as it may. */
esi_err turn_explain_check(const struct turn *turn) ESI_MUST_CHECK;

void explain_screen(const esi_desk *desk, struct turn *turn);
void explain_recall(const esi_desk *desk, struct turn *turn);
void explain_understand(const esi_desk *desk, struct turn *turn);
void explain_retrieve(const esi_desk *desk, struct turn *turn);
void explain_decide(const esi_desk *desk, struct turn *turn);
void explain_compose(const esi_desk *desk, struct turn *turn);
void explain_answer(const esi_desk *desk, struct turn *turn);
void explain_settle(const esi_desk *desk, struct turn *turn);
/* Behind the commit, where nothing may fail any more: needs no memory. */
void explain_record(const esi_desk *desk, struct turn *turn);

#endif
