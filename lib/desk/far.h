/* far.h: searching where the collection isn't in memory: the store finds candidates, and a small
 * snapshot is made of them for the one question. What follows doesn't know the difference, but that
 * what no candidate has isn't there: ranks and coverage come close to those of the index in memory
 * and aren't the same. */
#ifndef ESIHELP_DESK_FAR_H
#define ESIHELP_DESK_FAR_H

#include "desk/lookup.h"

/* The question's own snapshot, where `now` is a catalogue; else `now` itself, counted once more.
 * in->vector is set where it was made. A search that fails for another reason than that the store
 * can't be reached is made again by words alone. Errors: those of the store. */
esi_err far_snapshot(esi_desk *desk, struct snapshot *now, struct lookup_in *in, esi_arena *arena,
                     struct snapshot **out, esi_error *err) ESI_MUST_CHECK;

#endif
