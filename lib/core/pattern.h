/* pattern.h: many expressions over one text at small cost. One automaton over the literals that the
 * expressions require runs first; PCRE2 runs only where one hit. The sole user of PCRE2. */
#ifndef ESIHELP_CORE_PATTERN_H
#define ESIHELP_CORE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <esihelp/sys/backend.h>

#include "base/str.h"

#define PATTERN_NONE UINT32_MAX
#define PATTERN_LENGTH_MAX 8192 /* bytes of one expression */
#define PATTERN_COUNT_MAX 4096
#define PATTERN_STEPS_MAX 2000000 /* PCRE2 match steps for one text, all patterns together */
#define PATTERN_HEAP_MAX_KB 2048

struct pattern_set;

/* Built by one thread, then frozen; any thread may match. */
esi_err pattern_set_create(struct pattern_set **out, esi_error *err) ESI_MUST_CHECK;
void pattern_set_free(struct pattern_set *set);

/* A new group: its patterns are asked together. */
esi_err pattern_group(struct pattern_set *set, uint32_t *out, esi_error *err) ESI_MUST_CHECK;
/* Adds an expression (PCRE2, UTF, caseless over folded text) to a group. `where` goes into the
 * message. Errors: ESI_EPOLICY with PCRE2's reason and place, ESI_ETOOBIG, ESI_ENOMEM. */
esi_err pattern_add(struct pattern_set *set, uint32_t group, const char *expression,
                    const char *where, esi_error *err) ESI_MUST_CHECK;
/* Compiles the automaton; nothing can be added afterwards. */
esi_err pattern_freeze(struct pattern_set *set, esi_error *err) ESI_MUST_CHECK;

struct pattern_match {
    uint32_t group;
    uint32_t from, to; /* bytes of the text */
    bool limit;        /* a limit was hit in this group: where it matters, that counts as a match */
};

struct pattern_scan;

/* Runs the automaton over one text; groups are then asked one by one. A scan may be reused for
 * other texts by the same thread. text must outlive the scan's questions. */
esi_err pattern_scan_create(const struct pattern_set *set, struct pattern_scan **out,
                            esi_error *err) ESI_MUST_CHECK;
void pattern_scan_free(struct pattern_scan *scan);
void pattern_scan_text(struct pattern_scan *scan, struct view text);
/* The same for another form of that text: what was spent on it so far still counts. */
void pattern_scan_again(struct pattern_scan *scan, struct view text);
/* May the group match at all? Costs nothing. */
bool pattern_scan_maybe(const struct pattern_scan *scan, uint32_t group);
/* The first match of a group at or after `from`; false if there is none. */
bool pattern_scan_find(struct pattern_scan *scan, uint32_t group, size_t from,
                       struct pattern_match *out);
/* The same of those that begin before `until`. */
bool pattern_scan_find_before(struct pattern_scan *scan, uint32_t group, size_t from, size_t until,
                              struct pattern_match *out);
/* How many different expressions of the group match anywhere, counted up to `enough`; *first is the
 * first match of the first of them. */
size_t pattern_scan_different(struct pattern_scan *scan, uint32_t group, size_t enough,
                              struct pattern_match *first);
/* Did memory run out while the text was looked at? Then nothing that was answered counts. */
bool pattern_scan_failed(const struct pattern_scan *scan);
/* Steps spent on this text so far. */
uint32_t pattern_scan_steps(const struct pattern_scan *scan);

#endif
