/* note.h: a handling note: what a section tells the desk to do. Data only; core/handling makes it,
 * coverage, decide, issue and extract read it. */
#ifndef ESIHELP_CORE_NOTE_H
#define ESIHELP_CORE_NOTE_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

enum note_kind {
    NOTE_SYMPTOM, /* what a person sees, says or gets: an error text, "the console is black" */
    NOTE_CAUSE,
    NOTE_STEP,    /* the user does this; `order` says when */
    NOTE_SAY,     /* the user is told this */
    NOTE_ASK,     /* the user is asked this */
    NOTE_WHEN,    /* a condition with an action of the desk */
    NOTE_CAPTURE, /* the ticket needs this */
    NOTE_NEVER,   /* isn't allowed; `roles` says for whom (0: for nobody) */
    NOTE_FACT,    /* a statement: what something is, how it works, where it stands */
    NOTE_REFER    /* see another document: text is its id */
};

/* What a NOTE_WHEN makes the desk do; several may be set. */
enum note_action {
    NOTE_ESCALATE = 1,
    NOTE_SET_TIER = 2,     /* `tier` */
    NOTE_SET_SEVERITY = 4, /* `severity` */
    NOTE_TICKET = 8,
    NOTE_NO_ESCALATE = 16 /* "don't escalate for ...": the desk handles it itself */
};

struct note_item {
    enum note_kind kind;
    struct view text;      /* in the words it would be given in; a WHEN's: the action in words */
    struct view condition; /* "it persists after one restart"; empty: always */
    struct view exception; /* "unless a restart has helped": where it is known to hold, the item
                              doesn't */
    struct view source;    /* the words of the document it was read from */
    uint32_t roles;        /* bit (1 << esi_role); 0: everybody */
    int32_t order;         /* steps count from 1 within one list; 0: no order */
    int32_t tries;         /* of a WHEN: failed tries before it acts; 0: not about tries */
    bool all_tried;        /* of a WHEN: all the section's steps failed */
    bool several_people;   /* of a WHEN: more than one person is hit */
    uint32_t actions;      /* of a WHEN */
    esi_tier tier;
    esi_severity severity;
    bool code;     /* text is code: keep its lines */
    bool for_desk; /* it was an order to the assistant */
    bool mended;   /* a site said it in front matter */
    int32_t line;  /* where it stands in the document, from 1 */
    int32_t
        group; /* items of one case (a row of a table, a question with its answer): from 1 within
                      the section; 0: of all of it */
};

struct note {
    struct note_item *items;
    size_t count;
    struct view *unread; /* lines that were neither printed nor obeyed */
    size_t unread_count;
};

/* As JSON and back. Decoding accepts what a newer release added. */
esi_err note_encode(const struct note *note, struct buf *out, esi_error *err) ESI_MUST_CHECK;
esi_err note_decode(struct view json, esi_arena *arena, struct note *out,
                    esi_error *err) ESI_MUST_CHECK;

/* The words by which a question may find the note: symptoms, conditions, steps, what is said and
 * asked; a line each, added to `out`. What the document's own text has already may come again. */
void note_search_text(const struct note *note, struct buf *out);

const char *note_kind_name(enum note_kind kind);

#endif
