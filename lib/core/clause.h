/* clause.h: what one clause of a message does: asks, reports trouble, wants something, says that it
 * helped or didn't. Read from grammar, not from topics. */
#ifndef ESIHELP_CORE_CLAUSE_H
#define ESIHELP_CORE_CLAUSE_H

#include "core/cues.h"

struct clause {
    const struct cue_word *words;
    size_t count;
    size_t first;   /* number of its first word in the message */
    uint64_t seen;  /* cues of all its words that aren't quoted */
    bool last;      /* of its sentence */
    char mark;      /* what ends it */
    bool asks;      /* has the form of a question */
    bool why;       /* ... about a cause: trouble may be reported in it */
    bool supposes;  /* "if ...", "in case ...": nothing that happened */
    bool cites;     /* tells what somebody else says */
    bool excuses;   /* says why no ticket is wanted */
    bool confirms;  /* "is that right?": asks about what was said before it */
    bool curious;   /* "I'd only like to know", "just wondering" */
    bool disclaims; /* "it hasn't happened": what the message tells of is supposed */
    bool past;      /* of a time long gone */
    bool trouble;
    bool own_subject; /* its trouble has a subject of its own: "my console", not "it" */
    bool request;
    bool wants; /* ... told as a want: "I need more time", "I'd like to ..." */
    bool failed;
    bool solved;
    bool person;               /* wants a human or a ticket */
    bool no_ticket;            /* wants none */
    bool about_desk;           /* "who are you" */
    bool remedy;               /* ... the deed is one against trouble: "restarted it" */
    size_t done_from, done_to; /* words that tell a deed; equal: none */
};

/* Cuts a message into clauses and reads each. Errors: ESI_ENOMEM. */
esi_err clause_read(const struct cue_text *text, esi_arena *arena, struct clause **out,
                    size_t *out_count, esi_error *err) ESI_MUST_CHECK;

/* Part of clause_read, in clause_trouble.c: sets trouble, own_subject. */
void clause_trouble(struct clause *clause);
/* Part of clause_read, in clause_result.c: sets failed, solved, and trouble by them. */
void clause_result(struct clause *clause);
/* Part of clause_read, in clause_want.c: sets request, person, no_ticket, done. */
void clause_want(struct clause *clause);

/* The first unquoted word with one of these cues, at or after `from`; count if there is none. */
size_t clause_find(const struct clause *clause, uint64_t cues, size_t from);
/* The cues of its i-th word; 0 beyond the ends and for quoted words. */
uint64_t clause_cues(const struct clause *clause, size_t i);
/* What its i-th word stands for; 0 beyond the ends and for quoted words. */
uint32_t clause_kinds(const struct clause *clause, size_t i);
/* Is a word shortly before the i-th one a negation that reaches it? */
bool clause_denied(const struct clause *clause, size_t i);
/* Does it tell something: has it a verb that says so? */
bool clause_tells(const struct clause *clause);
/* Does the clause show a code as programs print them: "err-1107", "0x80070005"? Its place; count if
 * it doesn't. */
size_t clause_code(const struct clause *clause);
/* Is its i-th word one of those (separated by spaces)? */
bool clause_has(const struct clause *clause, size_t i, const char *forms);
/* The first of those words; count if none. */
size_t clause_word(const struct clause *clause, const char *forms, size_t from);

#endif
