/* cues.h: the grammar of what people write to a help desk. Which word says "no", "still", "please",
 * "doesn't", and where a clause ends. The words stand in lib/data/cues.txt; none of them belongs to
 * any platform. */
#ifndef ESIHELP_CORE_CUES_H
#define ESIHELP_CORE_CUES_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/text.h"

/* What a word may do in a sentence; a word may have several. */
#define CUE_NOT (1ull << 0)   /* not, n't, never, nothing, unable */
#define CUE_MODAL (1ull << 1) /* can, will, would */
#define CUE_MUST (1ull << 2)  /* should, must: says nothing of what happened */
#define CUE_DO (1ull << 3)    /* do, does, did */
#define CUE_BE (1ull << 4)
#define CUE_HAVE (1ull << 5)
#define CUE_WH (1ull << 6) /* what, where, how */
#define CUE_IF (1ull << 7)
#define CUE_SELF (1ull << 8) /* I, we, my */
#define CUE_OWN (1ull << 9)  /* my, our */
#define CUE_YOU (1ull << 10)
#define CUE_THAT (1ull << 11)   /* it, this, they: points back */
#define CUE_DET (1ull << 12)    /* the, my: a noun follows */
#define CUE_OTHERS (1ull << 13) /* everyone, colleagues */
#define CUE_FAIL (1ull << 14)   /* crash, freeze, lost */
#define CUE_THING (1ull << 15)  /* error, problem: a failure's name */
#define CUE_STATE (1ull << 16)  /* down, blank: a failure after "is" */
#define CUE_GOOD (1ull << 17)   /* available, correct: a failure after "is not" */
#define CUE_WORK (1ull << 18)   /* work, help, fix */
#define CUE_SOLVE (1ull << 19)  /* fix, recover */
#define CUE_STILL (1ull << 20)  /* still, again */
#define CUE_SAME (1ull << 21)
#define CUE_KEEP (1ull << 22)
#define CUE_THANK (1ull << 23)
#define CUE_GREET (1ull << 24)
#define CUE_GREETFILL (1ull << 25) /* "there", "team": may follow a greeting */
#define CUE_YES (1ull << 26)
#define CUE_NO (1ull << 27)
#define CUE_ACK (1ull << 28) /* fine, great, I see */
#define CUE_PLEASE (1ull << 29)
#define CUE_TRY (1ull << 30)
#define CUE_MEND (1ull << 31) /* restart, clear: what people do against trouble */
#define CUE_DEED (1ull << 32) /* other things that people do */
#define CUE_WANT (1ull << 33)
#define CUE_TELL (1ull << 34) /* tell, explain: asks for words, not for deeds */
#define CUE_HELP (1ull << 35)
#define CUE_ORDER (1ull << 36) /* verbs that begin an order */
#define CUE_PERSON (1ull << 37)
#define CUE_TICKET (1ull << 38)
#define CUE_TALK (1ull << 39)
#define CUE_NOW (1ull << 40)
#define CUE_SAY (1ull << 41)
#define CUE_MIND (1ull << 42) /* know, think: "I don't know" reports no failure */
#define CUE_ALLOW (1ull << 43)
#define CUE_ALL (1ull << 44)
#define CUE_FEW (1ull << 45) /* once, twice, times */
#define CUE_ORDINAL (1ull << 46)
#define CUE_NUMBER (1ull << 47)
#define CUE_UNIT (1ull << 48) /* minutes, hours */
#define CUE_BUT (1ull << 49)
#define CUE_AND (1ull << 50)
#define CUE_PREP (1ull << 51)
#define CUE_HURRY (1ull << 52) /* mood and haste: only tone */
#define CUE_GET (1ull << 53)   /* get, see, receive */
#define CUE_OLD (1ull << 54)
#define CUE_GENERIC (1ull << 55) /* says nothing about the topic */
#define CUE_FAREWELL (1ull << 56)
#define CUE_SUBJ (1ull << 57) /* a pronoun that begins a clause */
#define CUE_VERB (1ull << 58)
#define CUE_ED (1ull << 59) /* past tense or participle */
#define CUE_S (1ull << 60)
#define CUE_ING (1ull << 61)
#define CUE_QUOTED (1ull << 62) /* stands in quotation marks: said by something else */

/* What a word stands for, beside its grammar. */
#define KIND_PEOPLE (1u << 0) /* student, colleague, guy */
#define KIND_GROUP (1u << 1)  /* class, crew, squad: several people in one word */
#define KIND_SEAT (1u << 2)   /* station, workplace: one person's place */
#define KIND_SITE (1u << 3)   /* row, room, hall: a place of several */
#define KIND_MANY (1u << 4)   /* several, dozen, three */
#define KIND_TOTAL (1u << 5)  /* all, every, half, whole */
#define KIND_RUNS (1u << 6)   /* open, load, start: what a thing does when all is well */
#define KIND_FINE (1u << 7)   /* fine, stable, green: how it is then */
#define KIND_PART (1u << 8)   /* value, button, page: a part of what is spoken of */
#define KIND_PLURAL (1u << 9)
#define KIND_SPARED (1u << 10)  /* harm, complaint: "no harm" reports nothing */
#define KIND_CONTEST (1u << 11) /* match, race: who loses one has no trouble */
#define KIND_PERIOD (1u << 12)  /* week, spring, march */
#define KIND_AWAY (1u << 14)    /* lost, stolen, dead: who had it has it no more */
#define KIND_WRITING (1u << 13) /* page, handbook, cheat sheet: what people read things in */

struct cue_entry {
    const char *word;
    uint64_t cues;
    uint32_t kinds;
};
extern const struct cue_entry cue_table[]; /* sorted; made of lib/data/cues.txt */
extern const size_t cue_table_count;

#define CUES_WORDS_MAX 2000

struct cue_word {
    struct view form; /* folded; contractions whole: "doesn't" */
    uint64_t cues;
    uint32_t kinds;
    uint32_t from, to; /* bytes of the folded text */
    char mark;         /* what ends a stretch after it: . ? ! , ; : or \n; 0: nothing */
};

struct cue_text {
    struct text_folded folded;
    struct cue_word *words;
    size_t count;
};

/* Reads a message's words. What is beyond CUES_WORDS_MAX is left out. Errors: ESI_ENOMEM. */
esi_err cues_read(struct view message, esi_arena *arena, struct cue_text *out,
                  esi_error *err) ESI_MUST_CHECK;

/* The cues of one folded word, inflected or slightly misspelt; 0 where it has none. */
uint64_t cues_of(struct view folded);

/* The kinds of one folded word, also of a plural; 0 where it has none. */
uint32_t cues_kinds(struct view folded);

/* The bytes of the source that folded bytes [from, to) came from. */
struct view cues_source(const struct cue_text *text, struct view message, uint32_t from,
                        uint32_t to);

/* Is it that word? */
bool cues_is(const struct cue_word *word, const char *form);
/* Is it one of those (separated by spaces)? */
bool cues_in(const struct cue_word *word, const char *forms);

#endif
