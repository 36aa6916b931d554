/* phrase.h: the voice of the desk: connecting words of its own around what the sources say. The
 * policy file's replies come first; what it doesn't have is said in the words here. */
#ifndef ESIHELP_CORE_PHRASE_H
#define ESIHELP_CORE_PHRASE_H

#include "base/arena.h"
#include "base/str.h"
#include "core/policy.h"

/* The reply of that id, "" for one that nobody knows. */
struct view phrase_of(const struct policy *policy, const char *id);

/* Of a reply with alternatives ("... || ...") the one for that turn, so that a session doesn't hear
 * the same words again and again. */
struct view phrase_vary(struct view phrase, size_t turn);

/* The ids of all phrases, one after the other; NULL beyond the last. */
const char *phrase_id(size_t at);

/* Adds a phrase with {name} put in for each pair of names and values; a NULL name ends them. */
struct phrase_name {
    const char *name;
    struct view value;
};
void phrase_add(struct buf *out, struct view phrase, const struct phrase_name *names);

/* Adds a text as a sentence: a capital first, a mark last, white space runs as one space. */
void phrase_sentence(struct buf *out, struct view text);
/* Adds it without its closing full stop and, where it begins with an article or the like, with a
 * small letter: as part of a sentence. */
void phrase_part(struct buf *out, struct view text);
/* Adds it behind a colon: a small letter first where that is safe, a mark last. */
void phrase_clause(struct buf *out, struct view text);
/* Does it say by itself that something isn't allowed ("never share ...", "is forbidden")? */
bool phrase_denies(struct view text);
/* A question as a person would ask it: "the seat number" becomes "What is the seat number?", "Which
 * browser do you use" gets its mark. From `arena`; p is NULL when memory ran out. */
struct view phrase_question(struct view text, esi_arena *arena);
/* "you still have a code", "the plot is attached" as a question; false, and nothing is added, where
 * a plain one can't be made of it. */
bool phrase_polar(struct buf *out, struct view clause);
/* "a, b and c". */
void phrase_list(struct buf *out, const struct view *items, size_t count);
/* Starts a paragraph: a blank line unless nothing stands before. */
void phrase_paragraph(struct buf *out);

#endif
