#include "provider/openai_asking.h"

#include <stdatomic.h>

#include "base/error.h"
#include "base/log.h"
#include "base/token_count.h"
#include "provider/dialect.h"

#define ORIGIN "provider/openai"
#define USELESS_MAX 2 /* replies with nothing in them that are paid for before it is given up */

/* ---- what it costs -------------------------------------------------------------------------- */

static int64_t tokens_of(esi_text text) {
    return (int64_t)token_count((struct view){text.data, text.size});
}

static int64_t estimate_input(const esi_answer_request *r) {
    int64_t tokens = tokens_of(r->system);
    for (size_t i = 0; i < r->turn_count; i++) {
        tokens += tokens_of(r->turns[i].text);
    }
    return tokens;
}

/* About what the model wrote. Streams bring a token at a time. */
static int64_t estimate_output(struct asking *a) {
    esi_arena scratch = {.max = 2 * STRUCTURED_MAX};
    struct structured_out out = a->out;
    if (!a->read && a->text != NULL) {
        a->muted = true;
        if (structured_end(a->text, &scratch, &out, NULL) != ESI_OK) {
            out.text.size = 0;
        }
    }
    const int64_t tokens = out.text.size == 0 ? 0 : tokens_of(out.text);
    const int64_t pieces = (int64_t)a->reply.pieces;
    arena_clear(&scratch);
    return tokens > pieces ? tokens : pieces;
}

const char *asking_model(const struct asking *a, const struct endpoint *from) {
    const struct view said = buf_view(&a->reply.model);
    bool name = said.n > 0 && !a->reply.model.failed;
    for (size_t i = 0; i < said.n && name; i++) {
        name = said.p[i] > ' ' && said.p[i] <= '~';
    }
    return name ? said.p : from->known_as;
}

void asking_account(struct asking *a, const struct endpoint *from) {
    if (!a->begun) {
        return;
    }
    a->begun = false;
    if (a->heard.on_charge == NULL) {
        return;
    }
    const struct reply_usage usage = a->reply.usage;
    esi_charge charge = {.model = asking_model(a, from),
                         .input_tokens = usage.input,
                         .cached_tokens = usage.cached,
                         .output_tokens = usage.output};
    if (!usage.said) {
        charge.estimated = true;
        charge.input_tokens = estimate_input(a->request);
        charge.output_tokens = estimate_output(a);
    }
    a->heard.on_charge(&charge, a->heard.context);
}

void asking_account_unread(const struct asking *a, const struct endpoint *from) {
    if (a->heard.on_charge == NULL) {
        return;
    }
    const esi_charge charge = {
        .model = from->known_as, .input_tokens = estimate_input(a->request), .estimated = true};
    a->heard.on_charge(&charge, a->heard.context);
}

/* ---- reading -------------------------------------------------------------------------------- */

esi_err asking_read(struct asking *a, esi_error *err) {
    const struct view content = buf_view(&a->reply.content);
    esi_err result = ESI_OK;
    if (content.n == 0 || a->stopped) {
        return ESI_OK;
    }
    if (a->text == NULL) {
        result = structured_create(&a->form, &a->text, err);
    }
    if (result == ESI_OK) {
        result = structured_feed(a->text, content, err);
    }
    buf_empty(&a->reply.content);
    return result;
}

/* A reply that can't be read: by lack of memory nowhere, else not this one. */
enum call_verdict asking_unreadable(esi_err why) {
    return why == ESI_ENOMEM ? CALL_NOWHERE : CALL_ELSEWHERE;
}

/* ---- judging -------------------------------------------------------------------------------- */

/* The words of an error that name its kind; what it says in sentences may quote the prompt or the
 * key. */
static const char *kind_of(const struct api_error *e, char kind[64]) {
    const struct view said = e->code.n > 0 ? e->code : e->type;
    size_t n = 0;
    while (n < said.n && n < 63) {
        const char c = said.p[n];
        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' &&
            c != '-' && c != '.') {
            break;
        }
        kind[n++] = c;
    }
    kind[n] = '\0';
    return n > 0 && n == said.n ? kind : "no kind that is known";
}

/* A refusal of the form: what was refused is left out of the next request. */
static bool leave_out(struct asking *a, const struct endpoint *from, int status,
                      const struct api_error *e) {
    const size_t place = (size_t)(from - a->self->chat.items);
    const unsigned now = dialect_after(a->written[place], status, e, false);
    if (now == a->written[place]) {
        return false;
    }
    a->tried[place] = now;
    return true;
}

/* It answered what was written so: what was left out for that stays out. A refusal alone isn't
 * enough, since it may have had a reason of its own. */
static void learn(struct asking *a, struct endpoint *from) {
    const size_t place = (size_t)(from - a->self->chat.items);
    const unsigned now = a->tried[place];
    const unsigned known = now == 0 ? 0 : atomic_fetch_or(&from->dialect, now);
    if ((known | now) != known) {
        log_warn(&a->self->log, ORIGIN, NULL,
                 "%s (%s) refuses a form of request; it is asked without from now on (dialect %u)",
                 from->name, from->model, known | now);
    }
}

static enum call_verdict judge_status(struct asking *a, struct endpoint *from, int status,
                                      struct view body, esi_error *err) {
    esi_arena scratch = {.max = 256u << 10};
    struct api_error e = {.type = {NULL, 0}};
    enum call_verdict verdict = CALL_GOOD; /* the status tells all there is */
    const esi_err parsed = api_error_read(body, &scratch, &e, err);
    if (parsed != ESI_OK) {
        verdict = asking_unreadable(parsed);
    } else if (api_error_filtered(status, &e)) {
        a->finish = ESI_FINISH_FILTER;
        a->read = true;
        verdict = CALL_STOPPED;
    } else if (leave_out(a, from, status, &e)) {
        verdict = CALL_AGAIN;
    } else if (api_error_too_large(status, &e)) {
        (void)esi_fail(err, ESI_EUPSTREAM, ORIGIN, "the prompt is too long for %s (%s)", from->name,
                       from->model);
        verdict = CALL_ELSEWHERE;
    } else if (status != 429 && status != 503 && api_error_limited(status, &e)) {
        (void)esi_fail(err, ESI_EUNAVAILABLE, ORIGIN, "%s (%s) is at a limit", from->name,
                       from->model);
        verdict = CALL_LIMITED;
    }
    arena_clear(&scratch);
    return verdict;
}

/* An error in place of a reply, or within it. */
static enum call_verdict judge_error(struct asking *a, const struct endpoint *from,
                                     esi_error *err) {
    esi_arena scratch = {.max = 256u << 10};
    struct api_error e = {.type = {NULL, 0}};
    char kind[64];
    enum call_verdict verdict = CALL_ELSEWHERE;
    const esi_err parsed = api_error_read(buf_view(&a->reply.error), &scratch, &e, err);
    if (parsed != ESI_OK) {
        verdict = asking_unreadable(parsed);
    } else if (api_error_filtered(200, &e)) {
        a->reply.finish = REPLY_FILTER;
        verdict = CALL_GOOD;
    } else if (a->reply.pieces == 0 && api_error_limited(200, &e)) {
        (void)esi_fail(err, ESI_EUNAVAILABLE, ORIGIN, "%s (%s) is at a limit, by an error in a 200",
                       from->name, from->model);
        verdict = CALL_LIMITED;
    } else {
        (void)esi_fail(err, ESI_EUPSTREAM, ORIGIN, "%s (%s) put an error into a 200: %s",
                       from->name, from->model, kind_of(&e, kind));
    }
    arena_clear(&scratch);
    return verdict;
}

static enum call_verdict useless(struct asking *a, const struct endpoint *from, const char *what,
                                 esi_error *err) {
    (void)esi_fail(err, ESI_EUPSTREAM, ORIGIN, "%s (%s) %s", from->name, from->model, what);
    if (err != NULL) {
        err->upstream_status = 200; /* it answered, and there was nothing in it */
    }
    return ++a->useless < USELESS_MAX ? CALL_ELSEWHERE : CALL_NOWHERE;
}

static bool is_blank(esi_text text) {
    return view_trim((struct view){text.data, text.size}).n == 0;
}

/* The reply is all there, as far as it goes: what is it worth? */
static enum call_verdict judge_text(struct asking *a, const struct endpoint *from, esi_error *err) {
    static const esi_finish finishes[] = {[REPLY_UNFINISHED] = ESI_FINISH_STOP,
                                          [REPLY_STOPPED] = ESI_FINISH_STOP,
                                          [REPLY_LENGTH] = ESI_FINISH_LENGTH,
                                          [REPLY_FILTER] = ESI_FINISH_FILTER,
                                          [REPLY_GIVEN_UP] = ESI_FINISH_STOP};
    a->finish = finishes[a->reply.finish];
    if (a->reply.refusal.n > 0) {
        a->finish = ESI_FINISH_REFUSAL;
        a->read = true;
        return CALL_GOOD;
    }
    if (a->text != NULL) {
        const esi_err ended = structured_end(a->text, a->arena, &a->out, err);
        if (ended != ESI_OK) {
            return asking_unreadable(ended);
        }
    }
    a->read = true;
    if (a->stopped) {
        return CALL_STOPPED;
    }
    if (a->finish != ESI_FINISH_FILTER && is_blank(a->out.text)) {
        return useless(a, from,
                       a->finish == ESI_FINISH_LENGTH ? "used all its tokens up without an answer"
                                                      : "gave an empty answer",
                       err);
    }
    return CALL_GOOD;
}

static enum call_verdict judge_reply(struct asking *a, const struct endpoint *from, bool cut,
                                     esi_error *err) {
    struct reply *r = &a->reply;
    esi_err result = cut ? ESI_OK : reply_end(r, err);
    if (result == ESI_OK) {
        result = asking_read(a, err);
    }
    if (a->stopped) {
        return CALL_STOPPED;
    }
    if (result != ESI_OK) {
        return asking_unreadable(result);
    }
    if (r->error.n > 0) {
        const enum call_verdict verdict = judge_error(a, from, err);
        if (verdict != CALL_GOOD) {
            return verdict;
        }
    } else if (!r->any && !cut) {
        return useless(a, from, "gave something that is no answer of this API", err);
    }
    const bool broken = r->finish == REPLY_UNFINISHED && (cut || !r->ended);
    if (broken || r->finish == REPLY_GIVEN_UP) {
        (void)esi_fail(err, ESI_EUPSTREAM, ORIGIN, "the reply of %s (%s) was cut off", from->name,
                       from->model);
        return CALL_BROKEN;
    }
    return judge_text(a, from, err);
}

enum call_verdict asking_judge(struct endpoint *from, int status, struct view error_body, bool cut,
                               void *context, esi_error *err) {
    struct asking *a = context;
    if (status != 200) {
        return judge_status(a, from, status, error_body, err);
    }
    learn(a, from);
    const enum call_verdict verdict = judge_reply(a, from, cut, err);
    /* What refused to work on it, or isn't a model at all, costs nothing. */
    a->begun = a->reply.usage.said || a->reply.any || (cut && a->reply.error.n == 0);
    asking_account(a, from);
    return verdict;
}
