/* headline.h: a message in one line, for who reads a list of tickets: the sentence that tells what
 * is wrong or wanted, without greeting and mood. */
#ifndef ESIHELP_CORE_HEADLINE_H
#define ESIHELP_CORE_HEADLINE_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

/* A part of `message`, as it is spelt; all of it where no sentence says more than the others.
 * Errors: ESI_ENOMEM. */
esi_err headline_find(struct view message, esi_arena *arena, struct view *out,
                      esi_error *err) ESI_MUST_CHECK;

#endif
