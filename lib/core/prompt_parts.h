/* prompt_parts.h: the parts that a prompt is put together from. Private to prompt. */
#ifndef ESIHELP_CORE_PROMPT_PARTS_H
#define ESIHELP_CORE_PROMPT_PARTS_H

#include "core/prompt.h"

/* Our lines begin and end with these; they are taken out of every other text. */
#define PROMPT_OPEN "\xE2\x9F\xA6"  /* U+27E6 */
#define PROMPT_CLOSE "\xE2\x9F\xA7" /* U+27E7 */

#define PROMPT_TURN_TOKENS 8 /* what an endpoint's own marks around a turn take, or nearly so */
#define PROMPT_BYTES_MAX (4u << 20)
#define PROMPT_SOURCES_MAX 16

struct prompting {
    const struct prompt_in *in;
    struct view mark;
    struct prompt out;
    struct buf text;                      /* the last turn */
    struct buf clean;                     /* room for prompt_defuse */
    size_t source_at[PROMPT_SOURCES_MAX]; /* where in it the text of each source begins */
    esi_arena scratch;                    /* until the prompt is built */
    esi_arena *arena;                     /* what stays */
    esi_error *err;
};

/* prompt_system.c: sets out.system. */
esi_err prompt_system(struct prompting *p) ESI_MUST_CHECK;

/* prompt_defuse.c: adds foreign text so that it can't be taken for ours, nor for an endpoint's. */
void prompt_defuse(struct prompting *p, struct buf *out, struct view text);
/* The same on one line, at most `most` characters of it. */
void prompt_defuse_line(struct prompting *p, struct buf *out, struct view text, size_t most);

/* prompt_source.c: adds the sources with their handling to the last turn, within `tokens`. */
esi_err prompt_sources(struct prompting *p, size_t tokens) ESI_MUST_CHECK;

/* prompt_case.c: what is to be asked and what is known, in lines of about so many tokens; nothing
 * where there is nothing. */
esi_err prompt_case(struct prompting *p, size_t tokens, struct buf *out) ESI_MUST_CHECK;
void prompt_decision(struct prompting *p, struct buf *out);

/* prompt_history.c: sets out.turns to those before the last, within `tokens`, with room for it. */
esi_err prompt_history(struct prompting *p, size_t tokens) ESI_MUST_CHECK;

/* The lines around a block. */
void prompt_open(const struct prompting *p, struct buf *out, const char *what, size_t number);
void prompt_close(const struct prompting *p, struct buf *out);

/* As much of a text as has about so many tokens: whole lines; of a longer first line a part. */
struct view prompt_head(struct view text, size_t tokens);

#endif
