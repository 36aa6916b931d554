/* turn_model.c: lets a model write, and looks at every sentence before anybody sees it. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "core/ground.h"
#include "core/redact.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define PENDING_MAX 65536 /* bytes of a sentence that doesn't end */
#define OPEN_MAX 8        /* lines about what is left open ... */
#define OPEN_LINE_MAX 400 /* ... and bytes of one */

struct listener {
    esi_desk *desk;
    struct turn *turn;
    struct buf pending; /* text whose sentence isn't complete yet */
    size_t passed, dropped;
    bool declined; /* it says that the sources don't carry an answer */
    bool leaked;   /* an answer rule of the policy matched: nothing of it may stay */
    esi_err rc;
};

/* ---- the output check ------------------------------------------------------------------------ */

static struct ground_in ground_of(const struct listener *l) {
    return (struct ground_in){.policy = l->desk->policy,
                              .passages = l->turn->passages,
                              .passage_count = l->turn->passage_count,
                              .question = l->turn->ask,
                              .role = l->turn->role,
                              .desk = l->turn->prompt.told};
}

/* Is it, but for its marks, what a model is told to say where the sources carry no answer? */
static bool declines(struct view sentence) {
    static const char marks[] = "\"'*_`.!";
    const struct view literal = VIEW(EXTRACT_NOT_COVERED);
    while (sentence.n > 0 && strchr(marks, sentence.p[0])) {
        sentence = view_slice(sentence, 1, sentence.n);
    }
    while (sentence.n > 0 && strchr(marks, sentence.p[sentence.n - 1])) {
        sentence.n--;
    }
    return view_eq_nocase(sentence, view_slice(literal, 0, literal.n - 1));
}

/* Sentence by sentence: what its sources don't carry is left out. */
static esi_err judge(struct listener *l, struct view sentence) {
    struct turn *turn = l->turn;
    if (text_blank(sentence)) {
        return l->passed > 0 ? turn_tell_text(turn, sentence) : ESI_OK;
    }
    if (declines(view_trim(sentence))) {
        l->declined = true; /* never true here: what isn't covered is told without a model */
        return ESI_OK;
    }
    const struct ground_in in = ground_of(l);
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

/* ---- while it writes ------------------------------------------------------------------------- */

/* What it cites of what it was offered; where that is nothing, what the composed answer rests
 * on. */
static void cite(struct turn *turn, const char *const *ids, size_t count) {
    const struct prompt *prompt = &turn->prompt;
    bool any = false;
    bool *cites = turn->cites;
    memset(cites, 0, turn->passage_count * sizeof(*cites));
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < prompt->source_count; j++) {
            if (strcmp(ids[i], prompt->sources[j].id) == 0) {
                cites[prompt->source_passage[j]] = true;
                any = true;
            }
        }
    }
    if (!any) {
        memcpy(cites, turn->composed.cites, turn->passage_count * sizeof(*cites));
    }
}

static int on_cited(const char *const *ids, size_t count, void *context) {
    struct listener *l = context;
    cite(l->turn, ids, count);
    l->rc = turn_tell_sources(l->turn);
    return l->rc != ESI_OK || l->turn->cancelled;
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

/* Another endpoint begins anew: nothing of what was heard, shown or judged holds. */
static int on_restart(void *context) {
    struct listener *l = context;
    struct turn *turn = l->turn;
    if (turn->shown) {
        const esi_event replace = {.kind = ESI_EVENT_REPLACE, .session_id = turn->session_id};
        (void)turn_tell(turn, &replace);
        turn->shown = false;
    }
    buf_empty(&turn->answer);
    buf_empty(&l->pending);
    l->passed = l->dropped = 0;
    l->declined = false;
    memcpy(turn->cites, turn->composed.cites, turn->passage_count * sizeof(*turn->cites));
    return turn->cancelled;
}

static int on_tick(void *context) {
    struct turn *turn = ((struct listener *)context)->turn;
    const esi_event tick = {.kind = ESI_EVENT_TICK, .session_id = turn->session_id};
    return !turn_tell(turn, &tick);
}

static void on_charge(const esi_charge *charge, void *context) {
    bill_charge(charge, &((struct listener *)context)->turn->bill);
}

/* ---- what came of it ------------------------------------------------------------------------- */

static esi_err copy_model_name(const struct listener *l, const esi_answer *answer) {
    const char *name = answer->model ? answer->model : l->desk->writer.info.chat_model;
    l->turn->model = arena_str(&l->turn->work, view_of(name));
    return l->turn->model ? ESI_OK : fail_memory(l->turn->err, ORIGIN);
}

/* A copy that outlives the answer, masked. */
static esi_err keep_line(struct listener *l, struct view line, struct view *out) {
    struct turn *turn = l->turn;
    struct view masked;
    esi_err rc =
        redact_text(line, l->desk->policy->redact, &turn->scratch, &masked, NULL, NULL, turn->err);
    if (rc == ESI_OK) {
        const char *copy = arena_str(&turn->work, masked);
        *out = (struct view){copy, masked.n};
        rc = copy ? ESI_OK : fail_memory(turn->err, ORIGIN);
    }
    return rc;
}

/* What it leaves open, line by line behind the output check. Sources needn't carry that, but
 * nothing may be in it that they don't contain and a command, an address or a secret is. */
static esi_err keep_open(struct listener *l, const esi_answer *answer) {
    struct turn *turn = l->turn;
    const size_t count = answer->open_count < OPEN_MAX ? answer->open_count : OPEN_MAX;
    const struct ground_in in = ground_of(l);
    struct view *open = ARENA_ARRAY(&turn->work, count, struct view);
    esi_err rc = open ? ESI_OK : fail_memory(turn->err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const struct view line = view_trim(view_of(answer->open[i]));
        enum ground_fault fault;
        struct view what;
        if (line.n == 0 || line.n > OPEN_LINE_MAX || text_blank(line)) {
            continue;
        }
        rc = ground_sentence(&in, line, &turn->scratch, &fault, &what, turn->err);
        if (rc == ESI_OK && (fault == GROUND_OK || fault == GROUND_UNCARRIED)) {
            rc = keep_line(l, line, &open[turn->open_count++]);
        }
        arena_clear(&turn->scratch);
    }
    turn->open = open;
    return rc;
}

static esi_err keep_advice(struct listener *l, const esi_answer *answer) {
    struct turn *turn = l->turn;
    turn->advice = answer->advice;
    if (answer->advice.category) {
        turn->advice.category = arena_str(&turn->work, view_of(answer->advice.category));
        if (!turn->advice.category) {
            return fail_memory(turn->err, ORIGIN);
        }
    }
    return ESI_OK;
}

static enum fallback why_failed(esi_err rc, const esi_error *why) {
    if (rc == ESI_ETIMEOUT) {
        return FALLBACK_TIMEOUT;
    }
    if (why->upstream_status == 429) {
        return FALLBACK_LIMIT;
    }
    const bool answered = rc == ESI_EUPSTREAM && why->upstream_status == 200;
    return answered ? FALLBACK_EMPTY : FALLBACK_UNREACHABLE;
}

/* Why what it wrote isn't used; FALLBACK_NONE: it is. */
static enum fallback weigh(const struct listener *l, const esi_answer *answer) {
    if (l->leaked) {
        return FALLBACK_LEAK;
    }
    if (answer->finish == ESI_FINISH_REFUSAL) {
        return FALLBACK_REFUSAL;
    }
    if (answer->finish == ESI_FINISH_FILTER) {
        return FALLBACK_FILTER;
    }
    if (l->dropped > l->passed) {
        return FALLBACK_UNFOUNDED; /* what is left is no answer */
    }
    if (l->passed > 0) {
        return FALLBACK_NONE;
    }
    return l->declined                           ? FALLBACK_DECLINED
           : answer->finish == ESI_FINISH_LENGTH ? FALLBACK_CUT
                                                 : FALLBACK_EMPTY;
}

/* The rest of its text. An answer that was cut keeps its whole sentences. */
static esi_err finish_text(struct listener *l, const esi_answer *answer) {
    const bool streamed = l->pending.n > 0 || l->passed + l->dropped > 0 || l->declined;
    if (answer->finish == ESI_FINISH_REFUSAL || answer->finish == ESI_FINISH_FILTER) {
        return ESI_OK;
    }
    if (answer->has_cited) {
        cite(l->turn, answer->cited, answer->cited_count);
    }
    if (!streamed) {
        buf_add(&l->pending, (struct view){answer->text.data, answer->text.size});
        if (l->pending.failed) {
            return fail_memory(l->turn->err, ORIGIN);
        }
    }
    return drain(l, answer->finish != ESI_FINISH_LENGTH);
}

/* A failure of ours ends the turn; one of the model's doesn't, nor that nobody wants more. */
static esi_err after_answer(struct listener *l, esi_err asked, const esi_answer *answer,
                            const esi_error *why) {
    struct turn *turn = l->turn;
    if (l->rc != ESI_OK) {
        return l->rc;
    }
    turn->cancelled = turn->cancelled || esi_cancel_fired(turn->request.cancel);
    esi_err rc = ESI_OK;
    if (asked == ESI_OK && !turn->cancelled) {
        rc = finish_text(l, answer);
    }
    if (rc == ESI_OK) {
        rc = copy_model_name(l, answer);
    }
    if (rc != ESI_OK || turn->cancelled) {
        return rc; /* what was shown stands */
    }
    turn->fallback = asked == ESI_OK ? weigh(l, answer) : why_failed(asked, why);
    if (turn->fallback != FALLBACK_NONE) {
        log_warn(&l->desk->settings.log, ORIGIN, turn->request.request_id,
                 "the model's answer isn't used (%s)%s%s", fallback_name(turn->fallback),
                 asked == ESI_OK ? "" : ": ", asked == ESI_OK ? "" : why->message);
        return ESI_OK;
    }
    rc = turn_tell_sources(turn);
    if (rc == ESI_OK) {
        rc = keep_open(l, answer);
    }
    return rc == ESI_OK ? keep_advice(l, answer) : rc;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* What a model may call a case. */
static esi_err list_categories(const esi_desk *desk, struct turn *turn,
                               esi_answer_request *request) {
    const struct policy *policy = desk->policy;
    const char **names = ARENA_ARRAY(&turn->work, policy->category_count, const char *);
    if (!names) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < policy->category_count; i++) {
        names[i] = policy->categories[i].id;
    }
    request->categories = names;
    request->category_count = policy->category_count;
    return ESI_OK;
}

esi_err turn_ask_model(esi_desk *desk, struct turn *turn) {
    const struct prompt *prompt = &turn->prompt;
    struct listener listener = {.desk = desk, .turn = turn};
    const esi_answer_listener ears = {.context = &listener,
                                      .on_cited = on_cited,
                                      .on_text = on_text,
                                      .on_restart = on_restart,
                                      .on_tick = on_tick,
                                      .on_charge = on_charge};
    esi_answer_request request = {.size = sizeof(request),
                                  .system = {prompt->system.p, prompt->system.n},
                                  .turns = prompt->turns,
                                  .turn_count = prompt->turn_count,
                                  .sources = prompt->sources,
                                  .source_count = prompt->source_count,
                                  .max_tokens = desk->settings.answer_tokens,
                                  .listener = &ears,
                                  .wait = model_wait(desk, turn)};
    buf_init(&listener.pending, PENDING_MAX);
    turn->cites = ARENA_ARRAY(&turn->work, turn->passage_count, bool);
    if (!turn->cites) {
        return fail_memory(turn->err, ORIGIN);
    }
    memcpy(turn->cites, turn->composed.cites, turn->passage_count * sizeof(*turn->cites));
    esi_err rc = list_categories(desk, turn, &request);
    if (rc != ESI_OK) {
        return rc;
    }
    esi_arena memory = {0};
    esi_answer answer = {0};
    esi_error why = {0};
    const esi_err asked =
        desk->writer.ops->answer(desk->writer.self, &request, &memory, &answer, &why);
    rc = after_answer(&listener, asked, &answer, &why);
    arena_clear(&memory);
    buf_clear(&listener.pending);
    return rc;
}
