/* answer.h: the kind of answer that a question wants (how long, how often, who, where, may I), and
 * whether a statement has one. The words stand in lib/data/answers.txt. */
#ifndef ESIHELP_CORE_ANSWER_H
#define ESIHELP_CORE_ANSWER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/text.h"

#define ANSWER_SPAN 0x0001u    /* how long: "30 minutes" */
#define ANSWER_OFTEN 0x0002u   /* how often: "every hour", "twice a week" */
#define ANSWER_WHEN 0x0004u    /* when: "at 07:00", "on Mondays", "after the exercise" */
#define ANSWER_NUMBER 0x0008u  /* how many */
#define ANSWER_AMOUNT 0x0010u  /* how big, how much: "250 MB" */
#define ANSWER_MONEY 0x0020u   /* what it costs */
#define ANSWER_PERSON 0x0040u  /* who */
#define ANSWER_CONTACT 0x0080u /* how to reach somebody: a number, an address */
#define ANSWER_PLACE 0x0100u   /* where: a menu, a room */
#define ANSWER_VERSION 0x0200u
#define ANSWER_CODE 0x0400u  /* what to type */
#define ANSWER_LEAVE 0x0800u /* may I */
#define ANSWER_CAUSE 0x1000u /* why */
#define ANSWER_STEPS 0x2000u /* how do I */
#define ANSWER_UNIT 0x4000u  /* a word that counts time */
#define ANSWER_LAST 0x8000u  /* says by itself how long */

/* Kinds that a statement either has or hasn't. */
#define ANSWER_TELLING 0x1FFFu

/* A word and what it shows: in a statement, behind "how", behind "what". */
struct answer_word {
    const char *word;
    uint16_t told, how, what;
};
extern const struct answer_word answer_words[];
extern const size_t answer_word_count;

/* tokens: of the question, as text_tokens gives them. */
uint32_t answer_asked(const struct token *tokens, size_t count);
/* Which kinds does the statement have? tokens: of it. */
uint32_t answer_told(struct view statement, const struct token *tokens, size_t count);

#endif
