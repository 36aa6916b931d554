#include "trace.h"

#include <string.h>

#include "outbuf.h"

#define STAGE_COLUMNS 11

void trace_print(const struct term *term, const esi_reply *reply, size_t indent) {
    for (size_t i = 0; i < reply->trace_count; i++) {
        const esi_trace *line = reply->trace[i];
        const bool first = i == 0 || strcmp(line->stage, reply->trace[i - 1]->stage) != 0;
        char stage[STAGE_COLUMNS + 1];
        snprintf(stage, sizeof stage, "%-*s", STAGE_COLUMNS, first ? line->stage : "");
        fprintf(term->file, "%*s", (int)indent, "");
        term_text(term, TERM_DIM, stage);
        term_hanging(term, line->text, indent + STAGE_COLUMNS, indent + STAGE_COLUMNS + 2);
    }
}
