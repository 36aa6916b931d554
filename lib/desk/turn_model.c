/* turn_model.c: lets a model write, and looks at every sentence before anybody sees it. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "core/ground.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define ANSWER_TOKENS 700
#define PENDING_MAX 65536 /* bytes of a sentence that doesn't end */

struct listener {
    esi_desk *desk;
    struct turn *turn;
    struct buf pending; /* text whose sentence isn't complete yet */
    size_t passed, dropped;
    bool leaked; /* an answer rule of the policy matched: nothing of it may stay */
    esi_err rc;
};

/* Sentence by sentence: what its sources don't carry is left out. */
static esi_err judge(struct listener *l, struct view sentence) {
    struct turn *turn = l->turn;
    if (text_blank(sentence)) {
        return l->passed > 0 ? turn_tell_text(turn, sentence) : ESI_OK;
    }
    const struct ground_in in = {.policy = l->desk->policy,
                                 .passages = turn->passages,
                                 .passage_count = turn->passage_count,
                                 .question = turn->ask,
                                 .role = turn->role};
    enum ground_fault fault;
    struct view what;
    esi_err rc = ground_sentence(&in, sentence, &turn->scratch, &fault, &what, turn->err);
    if (rc == ESI_OK && fault == GROUND_OK) {
        l->passed++;
        rc = turn_tell_text(turn, sentence);
    } else if (rc == ESI_OK) {
        l->dropped++;
        log_warn(&l->desk->settings.log, ORIGIN, turn->request.request_id,
                 "a sentence of the model's answer was dropped: %s", ground_fault_name(fault));
        if (fault == GROUND_BLOCKED) {
            l->leaked = true;
            rc = guardrail_screen(l->desk->policy, sentence, turn->role, SCOPE_ANSWER, &turn->work,
                                  &turn->answer_verdict, turn->err);
        }
    }
    arena_clear(&turn->scratch);
    return rc;
}

/* Judges what is complete of the pending text; `end`: all of it. */
static esi_err drain(struct listener *l, bool end) {
    struct view rest = buf_view(&l->pending);
    struct view sentence;
    size_t taken = 0;
    esi_err rc = ESI_OK;
    while (rc == ESI_OK && !l->leaked && rest.n > 0) {
        struct view after = rest;
        if (!text_sentence(&after, &sentence) || (after.n == 0 && !end)) {
            break;
        }
        const size_t n = rest.n - after.n; /* with the white space around it */
        rc = judge(l, view_slice(rest, 0, n));
        taken += n;
        rest = after;
    }
    if (taken > 0) {
        memmove(l->pending.p, l->pending.p + taken, l->pending.n - taken);
        buf_cut(&l->pending, l->pending.n - taken);
    }
    return rc;
}

static int on_text(const char *text, size_t size, void *context) {
    struct listener *l = context;
    buf_add(&l->pending, (struct view){text, size});
    if (l->pending.failed) {
        l->rc = fail_memory(l->turn->err, ORIGIN);
    } else {
        l->rc = drain(l, false);
    }
    return l->rc != ESI_OK || l->leaked || l->turn->cancelled;
}

static void on_charge(const esi_charge *charge, void *context) {
    struct turn *turn = ((struct listener *)context)->turn;
    turn->input_tokens += charge->input_tokens;
    turn->output_tokens += charge->output_tokens;
}

static void cite(struct turn *turn, const esi_answer *answer) {
    const struct prompt *prompt = &turn->prompt;
    if (!answer->has_cited) {
        return; /* this model doesn't say: what the composed answer rests on stands */
    }
    bool any = false;
    bool *cites = turn->cites;
    memset(cites, 0, turn->passage_count * sizeof(*cites));
    for (size_t i = 0; i < answer->cited_count; i++) {
        for (size_t j = 0; j < prompt->source_count; j++) {
            if (strcmp(answer->cited[i], prompt->sources[j].id) == 0) {
                cites[prompt->source_passage[j]] = true;
                any = true;
            }
        }
    }
    if (!any) {
        memcpy(cites, turn->composed.cites, turn->passage_count * sizeof(*cites));
    }
}

static esi_err copy_model_name(esi_desk *desk, struct turn *turn, const esi_answer *answer) {
    const char *name = answer->model ? answer->model : desk->writer.info.chat_model;
    turn->model = arena_str(&turn->work, view_of(name));
    return turn->model ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

/* A failure of ours or the caller's own wish ends the turn; a failure of the model's doesn't. */
static esi_err after_answer(struct listener *l, esi_err rc, const esi_answer *answer,
                            const esi_error *why) {
    struct turn *turn = l->turn;
    if (l->rc != ESI_OK) {
        return l->rc;
    }
    if (rc != ESI_OK) {
        log_warn(&l->desk->settings.log, ORIGIN, turn->request.request_id,
                 "the model gave no answer: %s", why->message);
        if (!turn->cancelled) {
            buf_empty(&turn->answer);
        }
        return ESI_OK;
    }
    if (l->pending.n == 0 && l->passed + l->dropped == 0 && answer->text.size > 0) {
        buf_add(&l->pending,
                (struct view){answer->text.data, answer->text.size}); /* not streamed */
    }
    esi_err done = turn->cancelled ? ESI_OK : drain(l, true);
    if (done == ESI_OK) {
        done = copy_model_name(l->desk, turn, answer);
    }
    /* More was dropped than stayed, or it leaked: what is left is no answer. */
    if (l->leaked || l->dropped > l->passed || answer->finish == ESI_FINISH_REFUSAL ||
        answer->finish == ESI_FINISH_FILTER) {
        buf_empty(&turn->answer);
    }
    return done;
}

esi_err turn_ask_model(esi_desk *desk, struct turn *turn) {
    const struct prompt *prompt = &turn->prompt;
    struct listener listener = {.desk = desk, .turn = turn};
    const esi_answer_listener ears = {
        .context = &listener, .on_text = on_text, .on_charge = on_charge};
    buf_init(&listener.pending, PENDING_MAX);
    turn->cites = ARENA_ARRAY(&turn->work, turn->passage_count, bool);
    if (!turn->cites) {
        return fail_memory(turn->err, ORIGIN);
    }
    memcpy(turn->cites, turn->composed.cites, turn->passage_count * sizeof(*turn->cites));
    const esi_answer_request request = {.size = sizeof(request),
                                        .system = {prompt->system.p, prompt->system.n},
                                        .turns = prompt->turns,
                                        .turn_count = prompt->turn_count,
                                        .sources = prompt->sources,
                                        .source_count = prompt->source_count,
                                        .max_tokens = ANSWER_TOKENS,
                                        .listener = &ears,
                                        .wait = model_wait(desk, turn)};
    esi_arena memory = {0};
    esi_answer answer = {0};
    esi_error why = {0};
    const esi_err asked =
        desk->writer.ops->answer(desk->writer.self, &request, &memory, &answer, &why);
    const esi_err rc = after_answer(&listener, asked, &answer, &why);
    if (rc == ESI_OK && asked == ESI_OK) {
        cite(turn, &answer);
    }
    arena_clear(&memory);
    buf_clear(&listener.pending);
    return rc;
}
