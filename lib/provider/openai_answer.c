#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/token_count.h"
#include "provider/call.h"
#include "provider/dialect.h"
#include "provider/openai_body.h"
#include "provider/openai_parts.h"
#include "provider/openai_reply.h"
#include "provider/structured.h"
#include "provider/structured_text.h"

#define ORIGIN "provider/openai"
#define USELESS_MAX 2 /* replies with nothing in them that are paid for before it is given up */

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

/* ---- what the listener hears ---------------------------------------------------------------- */

static int stop_if(struct asking *a, int answered) {
    a->stopped = a->stopped || answered != 0;
    return answered;
}

static int give_cited(const char *const *ids, size_t count, void *context) {
    struct asking *a = context;
    if (a->muted || a->heard.on_cited == NULL) {
        return 0;
    }
    return stop_if(a, a->heard.on_cited(ids, count, a->heard.context));
}

static int give_text(const char *text, size_t size, void *context) {
    struct asking *a = context;
    if (a->muted) {
        return 0;
    }
    a->given += size;
    if (a->heard.on_text == NULL) {
        return 0;
    }
    return stop_if(a, a->heard.on_text(text, size, a->heard.context));
}

static bool was_given(void *context) {
    const struct asking *a = context;
    return a->given > 0;
}

/* Nobody hears a restart where nobody hears the text. */
static int tell_restart(void *context) {
    struct asking *a = context;
    if (a->heard.on_restart == NULL) {
        return a->heard.on_text != NULL;
    }
    return stop_if(a, a->heard.on_restart(a->heard.context));
}

static int tell_tick(void *context) {
    struct asking *a = context;
    return a->heard.on_tick == NULL ? 0 : stop_if(a, a->heard.on_tick(a->heard.context));
}

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

/* As the reply says, where that is a name. */
static const char *model_of(const struct asking *a, const struct endpoint *from) {
    const struct view said = buf_view(&a->reply.model);
    bool name = said.n > 0 && !a->reply.model.failed;
    for (size_t i = 0; i < said.n && name; i++) {
        name = said.p[i] > ' ' && said.p[i] <= '~';
    }
    return name ? said.p : from->known_as;
}

/* Tells once of each reply what it cost. */
static void account(struct asking *a, const struct endpoint *from) {
    if (!a->begun) {
        return;
    }
    a->begun = false;
    if (a->heard.on_charge == NULL) {
        return;
    }
    const struct reply_usage usage = a->reply.usage;
    esi_charge charge = {.model = model_of(a, from),
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

/* ---- sending -------------------------------------------------------------------------------- */

static void drop_reply(struct asking *a) {
    reply_clear(&a->reply);
    structured_free(a->text);
    a->text = NULL;
    reply_init(&a->reply);
    a->begun = false;
    a->given = 0;
    a->muted = false;
    a->read = false;
    a->out = (struct structured_out){.found = false};
}

static esi_err write_body(struct endpoint *to, struct buf *body, void *context, esi_error *err) {
    struct asking *a = context;
    if (a->to != NULL) {
        account(a, a->to);
    }
    drop_reply(a);
    a->to = to;
    const size_t place = (size_t)(to - a->self->chat.items);
    const unsigned dialect = atomic_load(&to->dialect) | a->tried[place];
    a->written[place] = dialect;
    const struct answer_body answer = {
        .request = a->request,
        .model = to->model,
        .schema = buf_view(&a->schema),
        .dialect = dialect,
        .stream = !to->one_reply && (dialect & DIALECT_NO_STREAM) == 0,
    };
    answer_body_write(&answer, body);
    if (!body->failed) {
        return ESI_OK;
    }
    if (body->too_long) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "the prompt is larger than %zu bytes", body->max);
    }
    return fail_memory(err, ORIGIN);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* What of the model's words is there goes to the reader of structured replies. */
static esi_err read_content(struct asking *a, esi_error *err) {
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
static enum call_verdict unreadable(esi_err why) {
    return why == ESI_ENOMEM ? CALL_NOWHERE : CALL_ELSEWHERE;
}

static enum call_verdict take_bytes(struct view bytes, void *context, esi_error *err) {
    struct asking *a = context;
    a->begun = true;
    esi_err result = reply_take(&a->reply, bytes, err);
    if (result == ESI_OK) {
        result = read_content(a, err);
    }
    if (a->stopped) {
        return CALL_STOPPED;
    }
    return result == ESI_OK ? CALL_GOOD : unreadable(result);
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
        verdict = unreadable(parsed);
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
        verdict = unreadable(parsed);
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
            return unreadable(ended);
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
        result = read_content(a, err);
    }
    if (a->stopped) {
        return CALL_STOPPED;
    }
    if (result != ESI_OK) {
        return unreadable(result);
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

static enum call_verdict end_reply(struct endpoint *from, int status, struct view error_body,
                                   bool cut, void *context, esi_error *err) {
    struct asking *a = context;
    if (status != 200) {
        return judge_status(a, from, status, error_body, err);
    }
    learn(a, from);
    const enum call_verdict verdict = judge_reply(a, from, cut, err);
    /* What refused to work on it, or isn't a model at all, costs nothing. */
    a->begun = a->reply.usage.said || a->reply.any || (cut && a->reply.error.n == 0);
    account(a, from);
    return verdict;
}

/* ---- the slot ------------------------------------------------------------------------------- */

/* Are those the lines? */
static bool are_lines(const struct structured_in *form, struct view lines) {
    struct view line;
    size_t i = 0;
    while (view_line(&lines, &line)) {
        if (i == form->category_count || !view_eq(line, view_of(form->categories[i]))) {
            return false;
        }
        i++;
    }
    return i == form->category_count;
}

static esi_err make_schema(struct asking *a, esi_error *err) {
    struct buf *lines = &a->self->categories, *schema = &a->self->schema;
    buf_empty(lines);
    buf_empty(schema);
    const esi_err result = structured_schema(&a->form, schema, err);
    for (size_t i = 0; i < a->form.category_count; i++) {
        buf_str(lines, a->form.categories[i]);
        buf_char(lines, '\n');
    }
    if (result != ESI_OK || lines->failed) {
        buf_empty(schema);
    }
    return result != ESI_OK ? result : lines->failed ? fail_memory(err, ORIGIN) : ESI_OK;
}

/* The schema of its reply: the last one, where it has the same categories. */
static esi_err find_schema(struct asking *a, esi_error *err) {
    esi_provider *self = a->self;
    esi_err result = ESI_OK;
    os_lock(&self->lock);
    if (self->schema.n == 0 || !are_lines(&a->form, buf_view(&self->categories))) {
        result = make_schema(a, err);
    }
    buf_add(&a->schema, buf_view(&self->schema));
    os_unlock(&self->lock);
    return result == ESI_OK && a->schema.failed ? fail_memory(err, ORIGIN) : result;
}

static esi_err set_up(struct asking *a, esi_error *err) {
    const esi_answer_request *r = a->request;
    if (r->listener != NULL) {
        a->heard = *r->listener;
    }
    a->form = (struct structured_in){.sources = r->sources,
                                     .source_count = r->source_count,
                                     .categories = r->categories,
                                     .category_count = r->category_count,
                                     .on_cited = give_cited,
                                     .on_text = give_text,
                                     .context = a};
    reply_init(&a->reply);
    buf_init(&a->schema, OPENAI_SCHEMA_MAX);
    return find_schema(a, err);
}

/* What was given before the listener stopped. */
static esi_err end_stopped(struct asking *a, esi_error *err) {
    esi_err result = ESI_OK;
    a->finish = ESI_FINISH_STOPPED;
    a->muted = true;
    if (!a->read && a->text != NULL) {
        result = structured_end(a->text, a->arena, &a->out, err);
    }
    a->out.text.size = a->given;
    return result;
}

/* What the model said about why it won't, as one may show it. */
static const char *refusal_of(struct asking *a, size_t *size) {
    struct buf clean;
    buf_init(&clean, 3 * a->reply.refusal.n); /* a byte that is no character is replaced by three */
    text_reader_plain(buf_view(&a->reply.refusal), &clean);
    *size = clean.n;
    const char *text = clean.failed ? NULL : arena_str(a->arena, buf_view(&clean));
    buf_clear(&clean);
    return text;
}

static esi_err tell(struct asking *a, const struct endpoint *from, esi_answer *out,
                    esi_error *err) {
    const esi_err ended = a->stopped ? end_stopped(a, err) : ESI_OK;
    if (ended != ESI_OK) {
        return ended;
    }
    esi_answer answer = {.text = a->out.text,
                         .cited = a->out.cited,
                         .cited_count = a->out.cited_count,
                         .has_cited = a->out.has_cited,
                         .finish = a->finish,
                         .open = a->out.open,
                         .open_count = a->out.open_count,
                         .advice = a->out.advice};
    answer.model = arena_str(a->arena, view_of(model_of(a, from)));
    if (a->finish == ESI_FINISH_REFUSAL) {
        answer.text.data = refusal_of(a, &answer.text.size);
    } else if (answer.text.data == NULL) {
        answer.text = (esi_text){arena_str(a->arena, VIEW("")), 0};
    }
    if (answer.model == NULL || answer.text.data == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = answer;
    return ESI_OK;
}

esi_err openai_answer(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                      esi_answer *out, esi_error *err) {
    static const struct call_reader calls = {.write = write_body,
                                             .take = take_bytes,
                                             .end = end_reply,
                                             .given = was_given,
                                             .restart = tell_restart,
                                             .tick = tell_tick};
    if (self->chat.count == 0) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN, "no endpoint is there for answers");
    }
    struct asking a = {.self = self, .request = request, .arena = arena};
    struct endpoint *from = NULL;
    esi_err result = set_up(&a, err);
    if (result == ESI_OK) {
        struct call_reader reader = calls;
        reader.context = &a;
        const struct call call = {.http = self->http,
                                  .endpoints = &self->chat,
                                  .reader = &reader,
                                  .hedge_ms = self->hedge_ms,
                                  .wait = request->wait,
                                  .log = self->log};
        esi_error failed;
        result = call_run(&call, &from, &failed);
        if (result != ESI_OK && !a.stopped && err != NULL) {
            *err = failed;
        }
        result = a.stopped ? ESI_OK : result;
        if (a.to != NULL) {
            account(&a, a.to);
        }
    }
    if (result == ESI_OK) {
        result = tell(&a, a.to, out, err);
    }
    reply_clear(&a.reply);
    structured_free(a.text);
    buf_clear(&a.schema);
    return result;
}
