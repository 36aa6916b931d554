/* extract_parts.h: the parts that answers are put together from. */
#ifndef ESIHELP_CORE_EXTRACT_PARTS_H
#define ESIHELP_CORE_EXTRACT_PARTS_H

#include "core/extract_select.h"
#include "core/phrase.h"

struct composing {
    const struct extract_in *in;
    struct heard *heard;
    struct selection *selection; /* NULL: nothing was taken from the sources */
    struct extract_out out;
    struct buf text;
    bool conflict; /* said which of two documents holds, */
    bool settled;  /* ... and what it states in place of what was claimed: nothing else is asked */
    esi_arena *arena;
    esi_error *err;
};

/* A phrase where it stands, behind a space, or as a paragraph of its own. */
/* With names put in: see phrase_add. */
void part_names(struct composing *c, const char *id, const struct phrase_name *names);
/* A space, unless a line begins. */
void part_space(struct composing *c);
void part_phrase(struct composing *c, const char *id);
void part_follow(struct composing *c, const char *id);
void part_paragraph(struct composing *c, const char *id);

/* What was selected. Before several steps stands one phrase, before a single one another; NULL:
 * none. Errors: ESI_ENOMEM. */
esi_err part_body(struct composing *c, const char *lead, const char *lead_one) ESI_MUST_CHECK;
void part_nevers(struct composing *c);
/* Who does it, where this person's role may not. */
void part_barred(struct composing *c);
/* Who mends what the cited sections pass on in any case, for somebody who only asks about it. */
esi_err part_matter(struct composing *c) ESI_MUST_CHECK;
/* Which of two documents holds, where the person repeats what the other one says, or names it. Said
 * once. */
void part_conflict(struct composing *c);
/* Who takes over, as a sentence; nothing where there is no ticket. */
void part_handover(struct composing *c);

/* Takes a question among those that are asked; questions beyond the limit are left out. */
void part_ask(struct composing *c, struct view question);
/* Those of the sections, of the condition that is open, and of what a ticket needs.
 * Errors: ESI_ENOMEM. */
esi_err part_ask_sections(struct composing *c) ESI_MUST_CHECK;
void part_questions(struct composing *c);
/* What a ticket needs, for somebody who asks. */
void part_captures(struct composing *c);

#endif
