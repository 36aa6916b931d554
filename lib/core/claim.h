/* claim.h: what a text states in figures: "kept for 60 days", "listens on udp/51944". Two texts
 * differ that give other figures for the same thing; a message that gives one repeats it. */
#ifndef ESIHELP_CORE_CLAIM_H
#define ESIHELP_CORE_CLAIM_H

#include "core/note.h"
#include "core/quantity.h"
#include "core/stems.h"

#define CLAIM_CODES_MAX 4
#define CLAIMS_MAX 24 /* of one text; what is beyond is left out */

struct claim {
    struct quantity figures[QUANTITIES_MAX];
    size_t figure_count;
    struct view codes[CLAIM_CODES_MAX]; /* "tcp/1194", "06:00": words with digits in them */
    size_t code_count;
    struct stems words; /* what it is about: those of its sentence and of its heading */
    size_t item;        /* of the note */
};

struct claims {
    struct claim *items;
    size_t count;
};

/* Those of a section. Errors: ESI_ENOMEM. */
esi_err claims_of_note(const struct note *note, struct view heading, esi_arena *arena,
                       struct claims *out, esi_error *err) ESI_MUST_CHECK;
/* Those of a message. Errors: ESI_ENOMEM. */
esi_err claims_of_text(struct view text, esi_arena *arena, struct claims *out,
                       esi_error *err) ESI_MUST_CHECK;

/* Where a message names what it has something from: "the course book says", "a mate told me". */
struct claim_source {
    bool any;
    bool writing;      /* it speaks of a page, a guide, a sheet */
    bool doubts;       /* asks whether it holds: "is that right?", "still true?", "though?" */
    uint32_t lead;     /* where it begins to be said, in bytes of the message: "according to" */
    uint32_t from, to; /* the words for the source */
    uint32_t doubt_from, doubt_to; /* the word that doubts it */
};
/* Errors: ESI_ENOMEM. */
esi_err claim_source_of(struct view message, esi_arena *arena, struct claim_source *out,
                        esi_error *err) ESI_MUST_CHECK;

/* How much the two speak of one thing where they state other figures of it, 0 to 1: of all pairs
 * the one that has most in common. item: of `b`'s note; may be NULL. */
double claims_differ(const struct claims *a, const struct claims *b, size_t *item);

/* How near a figure of `stated` comes to being the right one for what is said, 0 to 1: of the same
 * kind, another one. item: of its note. */
double claims_answer(const struct claims *said, const struct claims *stated, size_t *item);

/* Is a figure said that `lost` states and `won` doesn't? */
bool claims_repeat(const struct claims *said, const struct claims *lost, const struct claims *won);

#endif
