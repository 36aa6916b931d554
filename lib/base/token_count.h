/* token_count.h: about how many tokens of a language model a text has. */
#ifndef ESIHELP_BASE_TOKEN_COUNT_H
#define ESIHELP_BASE_TOKEN_COUNT_H

#include <stddef.h>

#include "base/str.h"

/* An estimate that is rather too high than too low: for prose, code, tables, figures and other
 * scripts within 0.9 and 1.6 of what the costliest of the usual vocabularies takes (cl100k, o200k,
 * Llama 3's). For English and code they agree; of other scripts a newer one may take a third. */
size_t token_count(struct view text);

#endif
