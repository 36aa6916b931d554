/* questions.h: vectors of questions that were asked before: a question that comes again is neither
 * paid for nor waited for again. The latest of them, in memory. Any thread may call. */
#ifndef ESIHELP_DESK_QUESTIONS_H
#define ESIHELP_DESK_QUESTIONS_H

#include <esihelp/sys/backend.h>

#include "base/str.h"

#define QUESTIONS_MAX 512 /* of 1,536 dimensions: 3 MB */

struct questions;

/* dimensions: of all their vectors. */
esi_err questions_create(size_t dimensions, struct questions **out, esi_error *err) ESI_MUST_CHECK;
void questions_free(struct questions *q);

/* The vector of that text into `vector`; false: it isn't known. NULL knows none. */
bool questions_find(struct questions *q, struct view text, float *vector);
/* Without memory it isn't kept. NULL keeps none. */
void questions_keep(struct questions *q, struct view text, const float *vector);

#endif
