/* json_scan.h: is this text JSON, to the letter? */
#ifndef ESIHELP_BASE_JSON_SCAN_H
#define ESIHELP_BASE_JSON_SCAN_H

#include <stddef.h>

#include <esihelp/error.h>

#include "base/str.h"

#define JSON_DEPTH_MAX 64 /* levels of arrays and objects */

/* What is wrong with a text, and where. */
struct json_fault {
    esi_err code;     /* ESI_EPARSE, ESI_EENCODING, ESI_ETOOBIG (nesting) */
    size_t at;        /* bytes from the start */
    const char *what; /* a phrase for the message */
};

/* Is the text one value as RFC 8259 writes it, with white space around it, in UTF-8, without a NUL
 * or a lone surrogate (raw or escaped), and nested no deeper than JSON_DEPTH_MAX? Names that occur
 * twice aren't looked for. Doesn't recurse. */
bool json_scan(struct view text, struct json_fault *fault);

#endif
