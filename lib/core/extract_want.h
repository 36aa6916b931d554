/* extract_want.h: what kind of answer a question wants (a time, a person, a command, leave to do
 * something), and whether a statement has one. */
#ifndef ESIHELP_CORE_EXTRACT_WANT_H
#define ESIHELP_CORE_EXTRACT_WANT_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/define.h"

#define WANT_NUMBER 0x001u  /* how many, how big: a figure */
#define WANT_TIME 0x002u    /* when, how long, how soon */
#define WANT_PERSON 0x004u  /* who */
#define WANT_CODE 0x008u    /* which command, what to type */
#define WANT_PLACE 0x010u   /* where */
#define WANT_LEAVE 0x020u   /* may I, is it allowed */
#define WANT_CAUSE 0x040u   /* why */
#define WANT_MEANING 0x080u /* what is it */
#define WANT_STEPS 0x100u   /* how do I */
#define WANT_ACTION 0x1000u /* what do I do: steps by all means */
#define WANT_YES_NO 0x200u  /* is it so, will it */
#define WANT_SPAN 0x800u    /* how long, how soon: a time that isn't a condition */
#define WANT_DESK 0x400u    /* what the desk does: when it escalates, what is severe */

/* Kinds that a statement either has or hasn't; of the others every statement may have some. */
#define WANT_TELLING (WANT_NUMBER | WANT_TIME | WANT_PERSON | WANT_CODE | WANT_PLACE | WANT_CAUSE)

struct want {
    uint32_t kinds;
    struct define_terms terms; /* whose meaning is asked for */
};

/* Errors: ESI_ENOMEM. */
esi_err want_read(struct view question, esi_arena *arena, struct want *out,
                  esi_error *err) ESI_MUST_CHECK;

#define WANT_PARTS_MAX 3

/* The questions of a message that asks several things, each by itself; 0 where it asks one.
 * Errors: ESI_ENOMEM. */
esi_err want_parts(struct view question, esi_arena *arena, struct view parts[WANT_PARTS_MAX],
                   size_t *count, esi_error *err) ESI_MUST_CHECK;

/* Which of those kinds does the statement have? */
uint32_t want_met(uint32_t kinds, struct view statement);

#endif
