/* passage.h: a retrieved section, as what decides and answers sees it. Data only. */
#ifndef ESIHELP_CORE_PASSAGE_H
#define ESIHELP_CORE_PASSAGE_H

#include "core/note.h"

/* A retrieved section as the later stages see it. */
struct passage {
    struct view section_id;
    struct view document_id;
    struct view title, version, updated, heading;
    struct view text; /* what a user may read */
    struct view tags;
    struct note note;
    double score;
    int32_t standing; /* enum standing */
    bool carries;     /* coverage counted on it */
    bool outranked;   /* another passage on the same subject holds: not used, cited only if named */
    struct view outranked_by; /* its document id */
    struct view outranked_why;
    bool named;        /* outranked, but its document is named or its claim repeated: cited, too */
    size_t holds_item; /* of the note, from 1: states what an outranked one states otherwise */
    bool referred;     /* came along by a cross-reference */
    bool
        ruling; /* fixes tiers or severities whatever a trouble is about; looked at in every turn */
};

#endif
