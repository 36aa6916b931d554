/* expect.h: what must hold of the reply to one message, and whether it does. */
#ifndef ESIHELP_SERVER_EXPECT_H
#define ESIHELP_SERVER_EXPECT_H

#include <esihelp/chat.h>

#include "body.h"
#include "outbuf.h"

/* Items of one list. */
#define EXPECT_ITEMS_MAX 64

/* What can be expected; expect_keys are their names in a scenario. */
enum expect_key {
    EXPECT_BLOCKED,
    EXPECT_CATEGORY,
    EXPECT_ACT,
    EXPECT_COVERAGE,
    EXPECT_TIER,
    EXPECT_SEVERITY,
    EXPECT_ESCALATION,
    EXPECT_TICKET,
    EXPECT_CITES,
    EXPECT_NOT_CITES,
    EXPECT_SAYS,
    EXPECT_NOT_SAYS,
    EXPECT_ASKS,
    EXPECT_NOT_ASKS,
    EXPECT_KEYS
};

extern const char *const expect_keys[EXPECT_KEYS + 1]; /* NULL-terminated */

/* The word for a value of a key that has values; "" for one that it hasn't. */
const char *expect_value_name(enum expect_key key, size_t value);

struct expect {
    uint32_t given; /* bit (1 << expect_key) */
    struct expectation {
        uint32_t values;    /* bit (1 << value) for each that will do; of a boolean 1 and 2 */
        const char **items; /* owned array; the texts are the body's */
        size_t count;
    } of[EXPECT_KEYS];
};

/* Reads an object of expectations. An unknown key, value or type is an error, as is one that comes
 * twice. Errors: ESI_EINVAL, ESI_ETOOBIG, ESI_ENOMEM. On failure nothing has to be cleared. */
esi_err expect_read(const struct body_value *object, struct expect *out,
                    esi_error *err) ESI_MUST_CHECK;
void expect_clear(struct expect *expect);

/* How many things are expected under a key: one, or one for each item. */
size_t expect_count(const struct expect *expect, enum expect_key key);

/* Called for each expectation that doesn't hold: once a key, or once an item of a list. */
typedef void (*expect_miss_fn)(void *context, enum expect_key key, const char *wanted,
                               const char *got);

/* Holds a reply against what is expected of it. Errors: ESI_ENOMEM. */
esi_err expect_judge(const struct expect *expect, const esi_reply *reply, expect_miss_fn on_miss,
                     void *context, esi_error *err) ESI_MUST_CHECK;

/* Are two replies to the same message the same in every decision and in the answer? Says in what
 * they differ, by an expectation's name or as "rules" or "confidence"; NULL: in nothing. What each
 * of them says there is written into the two buffers; where one of them failed, nobody knows. */
const char *expect_differ(const esi_reply *one, const esi_reply *other, struct outbuf *one_says,
                          struct outbuf *other_says);

#endif
