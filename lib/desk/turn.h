/* turn.h: one message on its way through the desk. Each field names its one writer: the stage that
 * sets it. Later stages read it. */
#ifndef ESIHELP_DESK_TURN_H
#define ESIHELP_DESK_TURN_H

#include <esihelp/chat.h>

#include "base/os.h"
#include "core/coverage.h"
#include "core/decide.h"
#include "core/extract.h"
#include "core/guardrail.h"
#include "core/issue.h"
#include "core/prompt.h"
#include "desk/desk.h"
#include "desk/gate.h"
#include "desk/lookup.h"
#include "desk/reply.h"

/* The way a turn takes through the table of stages. */
enum way {
    WAY_PASS = 1,   /* answered from the knowledge base */
    WAY_REFUSE = 2, /* refused: nothing is looked up */
    WAY_HELP = 4,   /* refused, with the allowed part answered by rule */
    WAY_REPLAY = 8  /* answered before: the stored reply is given again */
};

/* Why an answer was made without the model that was to write it. */
enum fallback {
    FALLBACK_NONE,
    FALLBACK_UNREACHABLE,
    FALLBACK_TIMEOUT,
    FALLBACK_LIMIT,
    FALLBACK_BUDGET,
    FALLBACK_REFUSAL,
    FALLBACK_FILTER,
    FALLBACK_CUT,
    FALLBACK_EMPTY,
    FALLBACK_UNFOUNDED,
    FALLBACK_LEAK,
    FALLBACK_DECLINED
};
/* As esi_reply.fallback; NULL for none. */
const char *fallback_name(enum fallback fallback);

#define TURN_PASSAGES_MAX 16 /* picked and referred to */

struct turn {
    /* the edge (chat.c) */
    esi_chat_request request; /* checked; of this release's size */
    struct view message;      /* as it came */
    esi_role role;
    esi_wait wait;
    esi_error *err;
    int64_t started_ns;
    int64_t now_ms;
    const char *session_id; /* the caller's, or session_made */
    char session_made[OS_UUID_SIZE];
    char user_message_id[OS_UUID_SIZE];
    char message_id[OS_UUID_SIZE];
    esi_claim claim;
    struct gate_pass pass;
    bool entered; /* the gate */
    bool claimed; /* recall: to be released if the turn fails */
    enum way way; /* screen; recall sets WAY_REPLAY */

    esi_arena scratch;               /* emptied after compose: many may wait for a model at once */
    esi_arena work;                  /* until the turn ends */
    struct reply *reply;             /* its arena leaves with the caller */
    struct explanation *explanation; /* turn_explain.c; NULL: nobody asks why */

    /* screen */
    struct verdict verdict;
    struct view masked; /* the message without secrets and personal data */
    struct view ask;    /* what is to be answered of it */

    /* recall */
    struct view before;       /* the person's last message, where this one was read with it */
    esi_session_view session; /* scratch, but for the fields copied below */
    esi_store_open_ticket *open_tickets;
    size_t open_ticket_count;
    int64_t turns_before;
    struct issue_state issues_before;
    bool asked; /* the desk ended its last turn with a question */

    /* understand */
    const char *language;
    struct reading reading;    /* understand; retrieve, too, where only what is found tells ... */
    struct issue_state issues; /* ... what a turn belongs to */
    enum issue_step step;
    esi_coverage coverage_before; /* of the issue that goes on */

    /* retrieve */
    struct snapshot *snapshot;
    struct lookup found; /* scratch */
    struct passage *passages;
    uint32_t *passage_rank; /* place among the hits; UINT32_MAX: referred to */
    uint32_t *passage_section;
    uint32_t *passage_from; /* the section that refers to it; UINT32_MAX: a hit */
    size_t passage_count;

    /* retrieve; decide where nothing was looked up; settle may raise it */
    struct coverage coverage;

    /* decide */
    struct decision decision;
    struct decide_reasons *reasons; /* NULL: nobody asks why */

    /* compose */
    struct extract_out composed;
    struct prompt prompt;
    bool ask_model;

    /* answer; compose sets `fallback` where the model isn't asked for its cost */
    struct buf answer; /* what the user gets */
    bool *cites;       /* one per passage */
    bool *told;        /* one per passage: the caller was told that the answer may rest on it */
    const char *model; /* who wrote it */
    enum fallback fallback;
    struct view *open; /* what of the question the sources leave open, by the model */
    size_t open_count;
    esi_advice advice;             /* of a model whose answer was used; category in `work` */
    bool shown;                    /* the caller was given text */
    bool cancelled;                /* the caller wants no more */
    bool replaced;                 /* what a model wrote was not used */
    struct verdict answer_verdict; /* why, where an answer rule did it */

    /* settle */
    bool raised; /* by the model's advice */

    /* record */
    const char *ticket_id;
    int64_t ticket_number;
    bool ticket_joined; /* one that was open, and didn't open it */
    char ticket_made[OS_UUID_SIZE];
    bool recorded;

    struct bill bill; /* what models cost, whoever asked them */
};

/* The stages, in the order of the table in chat.c. */
esi_err turn_screen(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_recall(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_understand(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_retrieve(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_decide(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_compose(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_answer(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_settle(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;
esi_err turn_record(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;

/* turn_rival.c: brings along, beside the picked sections that carry the answer, those of other
 * documents that hold in their place. */
esi_err turn_add_rivals(struct turn *turn, size_t dimensions, size_t *count) ESI_MUST_CHECK;
/* Marks what another document outranks; what holds then carries the answer. */
esi_err turn_judge_rivals(struct turn *turn, size_t dimensions) ESI_MUST_CHECK;

/* Copies a text into `work`, where it outlives compose. False: memory is used up. */
bool turn_keep(struct turn *turn, struct view *text);

/* The issue that the turn is about; NULL: none. */
struct issue *turn_issue(struct turn *turn);

/* Do the turn's words leave open whether it goes on with the session's issue? */
bool turn_place_unsure(const struct turn *turn);
/* Then what was found for the turn alone tells: takes the turn into the issues anew if need be. */
esi_err turn_place(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;

/* Is there anything to look up? Not for greetings, thanks, talk, and what closes an issue. */
bool turn_wants_knowledge(const struct turn *turn);

/* The model's share of the turn's time: the deadline less the reserve for the commit. */
esi_wait model_wait(const esi_desk *desk, const struct turn *turn);

/* Tells the caller; false when it wants no more (turn->cancelled is set then). */
bool turn_tell(struct turn *turn, const esi_event *event);
/* Tells which passages the answer rests on, each once. */
esi_err turn_tell_sources(struct turn *turn) ESI_MUST_CHECK;
/* Tells text, after its sources, and keeps it in turn->answer. */
esi_err turn_tell_text(struct turn *turn, struct view text) ESI_MUST_CHECK;

/* Writes the answer with the model; sets turn->fallback where it can't be used. */
esi_err turn_ask_model(esi_desk *desk, struct turn *turn) ESI_MUST_CHECK;

/* The ticket that the turn opens or joins. */
esi_err turn_draft_ticket(esi_desk *desk, struct turn *turn,
                          esi_store_new_ticket *out) ESI_MUST_CHECK;

#endif
