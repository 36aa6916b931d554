/* handling_parts.h: what the files of core/handling share. Private to it.
 *
 * A section is walked block by block (handling.c). Headings and lines that lead a list in give a
 * scope (handling_scope.c): who is spoken to, what kind of lines follow, for which role, under which
 * condition. Each sentence is then read inside its scope: who is spoken to and what is wanted
 * (handling_orders.c), the condition and the desk's action (handling_when.c), what is said, asked,
 * done or captured (handling_content.c), turned into words for the user (handling_voice.c). */
#ifndef ESIHELP_CORE_HANDLING_PARTS_H
#define ESIHELP_CORE_HANDLING_PARTS_H

#include "core/handling.h"

/* ---- words (handling_words.c) ---------------------------------------------------------------- */

enum hand_cue {
    HAND_IF = 1 << 0,    /* if, when, whenever, where */
    HAND_TIME = 1 << 1,  /* after, before, once, until, while, unless */
    HAND_NOT = 1 << 2,   /* not, never, and forms with n't */
    HAND_MODAL = 1 << 3, /* must, may, can, should, ... */
    HAND_BE = 1 << 4,    /* is, are, was, ... */
    HAND_HAVE = 1 << 5,  /* has, have, had */
    HAND_DET = 1 << 6,   /* the, a, your, this, ... */
    HAND_PREP = 1 << 7,  /* of, in, on, ... */
    HAND_THEY = 1 << 8,  /* they, them, he, she, ... */
    HAND_YOU = 1 << 9,
    HAND_DESK = 1 << 10,    /* assistant, bot, agent, desk, ... */
    HAND_USER = 1 << 11,    /* learner, user, participant, ... */
    HAND_WH = 1 << 12,      /* which, what, when, whether, how, ... */
    HAND_SEVERAL = 1 << 13, /* several, multiple, many */
    HAND_JOIN = 1 << 14,    /* and, or, then */
    /* verbs, by what they order */
    HAND_ESCALATE = 1 << 15,
    HAND_TELL = 1 << 16,
    HAND_LET = 1 << 17, /* have, get, let, make somebody do something */
    HAND_ASK = 1 << 18,
    HAND_CONFIRM = 1 << 19,
    HAND_CAPTURE = 1 << 20,
    HAND_RECORD =
        1 << 21,         /* record, note, include, attach: capturing only where a ticket is meant */
    HAND_OPEN = 1 << 22, /* open, create, file, raise: a ticket */
    HAND_CONTACT = 1 << 23,
    HAND_SUGGEST = 1 << 24,
    HAND_GUIDE = 1 << 25, /* guide, walk, direct, point somebody somewhere */
    HAND_REFUSE = 1 << 26,
    HAND_MANNER = 1 << 27, /* how to behave: keep, stay, use, follow, treat, apologise, ... */
    HAND_DO = 1 << 28,     /* what a person does at a computer */
    HAND_DOES = 1 << 29,   /* a verb with an s: takes, keeps */
    HAND_FAIL = 1 << 30,   /* words of trouble: fails, error, black, stuck */
};
#define HAND_VERB                                                                                  \
    (HAND_ESCALATE | HAND_TELL | HAND_LET | HAND_ASK | HAND_CONFIRM | HAND_CAPTURE | HAND_RECORD | \
     HAND_OPEN | HAND_CONTACT | HAND_SUGGEST | HAND_GUIDE | HAND_REFUSE | HAND_MANNER | HAND_DO)
/* Verbs that only the assistant is ordered with. */
#define HAND_DESK_VERB (HAND_TELL | HAND_ASK | HAND_CAPTURE | HAND_SUGGEST | HAND_GUIDE)

struct hand_word {
    struct view form; /* as written, without marks around it */
    struct view fold; /* small letters, plain apostrophe; empty in code */
    size_t from, to;  /* of the form, in the text */
    uint32_t cues;    /* none inside code and quotes */
    uint32_t roles;   /* that it names */
    char after;       /* the mark behind it: , ; : . ? ) or 0 */
    bool code, quoted;
};

struct hand_words {
    struct view text;
    struct hand_word *items;
    size_t count;
};

/* The words that tell something, made once for a document. NULL when memory ran out. */
struct hand_lexicon;
struct hand_lexicon *hand_lexicon(esi_arena *arena);
/* false when memory ran out. */
bool hand_split(const struct hand_lexicon *lexicon, struct view text, esi_arena *arena,
                struct hand_words *out);
/* Is word i one of these ("a|b|c")? */
bool hand_is(const struct hand_words *w, size_t i, const char *forms);
/* How many words at i are just these ("in case"); 0: they aren't. */
size_t hand_seq(const struct hand_words *w, size_t i, const char *words);
/* The first of the forms at or after `from`; count if there is none. */
size_t hand_find(const struct hand_words *w, size_t from, const char *forms);
/* The first word with one of the cues in [from, to); `to` if there is none. */
size_t hand_cue(const struct hand_words *w, size_t from, size_t to, uint32_t cues);
/* The cues of word i; 0 beyond the end. */
uint32_t hand_cues(const struct hand_words *w, size_t i);
/* The text from the beginning of word `from` to the end of word `to - 1`, without closing marks. */
struct view hand_slice(const struct hand_words *w, size_t from, size_t to);
/* The base form of a known verb with -s, -ed or -ing ("restarting": "restart"); empty where it isn't
 * one or memory ran out. */
struct view hand_base(const struct hand_lexicon *lexicon, struct view fold, esi_arena *arena);
/* A number: "3", "two", "once", "a", "second"; 0: none. */
int32_t hand_number(const struct hand_words *w, size_t i);
/* Does the word look like the id of a document? */
bool hand_is_document(const struct front *front, const struct hand_word *word);

#endif
