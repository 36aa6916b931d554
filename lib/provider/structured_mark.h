/* structured_mark.h: leaves out the marks by which a model names its sources within the text:
 * "Restart it [s1, s2]." is "Restart it." What is cited is told beside the text. Pure. */
#ifndef ESIHELP_PROVIDER_STRUCTURED_MARK_H
#define ESIHELP_PROVIDER_STRUCTURED_MARK_H

#include "provider/structured_read.h"

/* Adds to `out` what of `text` may be passed on, from *at; *at is behind it then. A mark is a list
 * of offered ids in brackets, with the space before it. The end of what came is held back where it
 * may be one, unless the text has `ended`. The ids go to `set`. */
void marks_leave_out(struct view text, bool ended, size_t *at, struct buf *out, struct id_set *set);

#endif
