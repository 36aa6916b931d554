/* trace.h: why a turn was decided as it was, for people. */
#ifndef ESIHELP_SERVER_TRACE_H
#define ESIHELP_SERVER_TRACE_H

#include <esihelp/chat.h>

#include "term.h"

/* Prints a reply's trace, the stage's name before the first of its lines. */
void trace_print(const struct term *term, const esi_reply *reply, size_t indent);

#endif
