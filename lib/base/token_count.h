/* token_count.h: about how many tokens of a language model a text has. */
#ifndef ESIHELP_BASE_TOKEN_COUNT_H
#define ESIHELP_BASE_TOKEN_COUNT_H

#include <stddef.h>

#include "base/str.h"

/* An estimate that is rather too high than too low for the usual vocabularies (cl100k, o200k,
 * Llama's): within 0.9 to 1.6 of the true count for prose, code and tables of any script. */
size_t token_count(struct view text);

#endif
