/* openai_asking.h: one answer while it is asked for: what openai_answer sends and hears, and what
 * openai_judge makes of each reply. */
#ifndef ESIHELP_PROVIDER_OPENAI_ASKING_H
#define ESIHELP_PROVIDER_OPENAI_ASKING_H

#include "provider/call.h"
#include "provider/openai_parts.h"
#include "provider/openai_reply.h"
#include "provider/structured.h"

/* One answer, from the first request for it to what the caller is given. */
struct asking {
    esi_provider *self;
    const esi_answer_request *request;
    esi_answer_listener heard; /* all NULL where nobody listens */
    esi_arena *arena;          /* the caller's */
    struct structured_in form;
    struct buf schema;
    unsigned written[ENDPOINTS_MAX]; /* the dialect of the last body for each endpoint */
    unsigned tried[ENDPOINTS_MAX];   /* what is left out beside what is known of it */

    /* Of the reply that is being read: */
    const struct endpoint *to;
    struct reply reply;
    struct structured *text; /* NULL: the model wrote nothing yet */
    bool begun;              /* bytes of it came, and aren't accounted for yet */
    size_t given;            /* bytes of its text that went to the listener */

    bool muted;   /* the listener has heard enough: what is read is for counting */
    bool stopped; /* by the listener */
    int useless;  /* replies so far that had nothing in them */
    bool read;    /* `out` is filled */
    struct structured_out out;
    esi_finish finish;
};

/* What of the model's words has come goes to the reader of structured replies. */
esi_err asking_read(struct asking *a, esi_error *err) ESI_MUST_CHECK;
/* Who answers, as the reply says, where that is a name. */
const char *asking_model(const struct asking *a, const struct endpoint *from);
/* Tells what the reply cost, once. */
void asking_account(struct asking *a, const struct endpoint *from);
/* The same of a request without a reply. */
void asking_account_unread(const struct asking *a, const struct endpoint *from);

/* What a reply is worth that can't be read. */
enum call_verdict asking_unreadable(esi_err why);
/* What one is worth that ended, as call.h says of `end`. */
enum call_verdict asking_judge(struct endpoint *from, int status, struct view error_body, bool cut,
                               void *context, esi_error *err);

#endif
